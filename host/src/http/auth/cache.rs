//! Tokens that were looked up a moment ago.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use longshore_media_library::Token;
use subtle::ConstantTimeEq;
use tokio::time::Instant;

/// How long an answer of the table counts: a token that is revoked works so long.
const FRESH: Duration = Duration::from_secs(3);

/// How often it is noted that a token is used.
const NOTED: Duration = Duration::from_secs(60);

/// The most answers that are kept, of wrong tokens too.
const MOST: usize = 1024;

/// What the table said of the hashes of tokens.
#[derive(Default)]
pub(super) struct Cache {
    answers: Mutex<HashMap<String, Answer>>,
    noted: Mutex<HashMap<i64, Instant>>,
}

struct Answer {
    token: Option<Arc<Token>>,
    at: Instant,
}

impl Cache {
    /// What the table said of a hash a moment ago; `None` if it has to be asked.
    pub(super) fn get(&self, hash: &str) -> Option<Option<Arc<Token>>> {
        let answers = lock(&self.answers);
        let (known, answer) = answers.get_key_value(hash)?;
        let is_same = bool::from(known.as_bytes().ct_eq(hash.as_bytes()));
        (is_same && answer.at.elapsed() < FRESH).then(|| answer.token.clone())
    }

    /// Keeps what the table said.
    pub(super) fn put(&self, hash: String, token: Option<Arc<Token>>) {
        let mut answers = lock(&self.answers);
        if answers.len() >= MOST {
            answers.retain(|_, answer| answer.at.elapsed() < FRESH);
        }
        if answers.len() < MOST {
            answers.insert(hash, Answer { token, at: Instant::now() });
        }
    }

    /// Whether it is time to note that a token is used. It then counts as noted.
    pub(super) fn is_due(&self, id: i64) -> bool {
        let mut noted = lock(&self.noted);
        let now = Instant::now();
        let due = noted.get(&id).is_none_or(|at| now.duration_since(*at) >= NOTED);
        if due {
            noted.retain(|_, at| now.duration_since(*at) < NOTED);
            noted.insert(id, now);
        }
        due
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(id: i64) -> Arc<Token> {
        let actions = vec!["find".to_owned()];
        let (last_used_at, expires_at) = (None, None);
        Arc::new(Token { id, name: "t".to_owned(), actions, created_at: 0, last_used_at, expires_at, expired: false })
    }

    #[tokio::test(start_paused = true)]
    async fn answers_count_for_a_moment() {
        let cache = Cache::default();
        assert!(cache.get("a").is_none());
        cache.put("a".to_owned(), Some(token(1)));
        cache.put("b".to_owned(), None);
        assert_eq!(cache.get("a").unwrap().unwrap().id, 1);
        assert!(cache.get("b").unwrap().is_none());
        tokio::time::advance(FRESH).await;
        assert!(cache.get("a").is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn wrong_tokens_do_not_fill_the_memory() {
        let cache = Cache::default();
        for number in 0..3 * MOST {
            cache.put(number.to_string(), None);
        }
        assert_eq!(lock(&cache.answers).len(), MOST);
        tokio::time::advance(FRESH).await;
        cache.put("new".to_owned(), Some(token(1)));
        assert!(cache.get("new").unwrap().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn use_is_noted_once_a_minute() {
        let cache = Cache::default();
        assert!(cache.is_due(1));
        assert!(cache.is_due(2));
        assert!(!cache.is_due(1));
        tokio::time::advance(NOTED).await;
        assert!(cache.is_due(1));
    }
}
