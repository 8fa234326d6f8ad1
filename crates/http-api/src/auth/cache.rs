//! Tokens that were looked up a moment ago.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use longshore_media_library::Token;
use subtle::ConstantTimeEq;

/// How long an answer of the table counts: a token that is revoked works so long, as `token revoke` says.
const FRESH: Duration = Duration::from_secs(3);

/// How often it is noted that a token is used.
const NOTED: Duration = Duration::from_mins(1);

/// The most answers that are kept, of wrong tokens too.
const MOST: usize = 1024;

/// What the table said of the hashes of tokens.
#[derive(Default)]
pub(super) struct Cache {
    answers: Mutex<HashMap<String, Answer>>,
    noted: Mutex<HashMap<i64, Instant>>,
}

/// What is known of a hash.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// The table has to be asked.
    Nothing,
    /// It is no token's.
    NoToken,
    /// It is this one's.
    Token(Arc<Token>),
}

struct Answer {
    token: Option<Arc<Token>>,
    at: Instant,
}

impl Cache {
    /// What the table said of a hash a moment ago.
    pub(super) fn get(&self, hash: &str, now: Instant) -> Known {
        let answers = lock(&self.answers);
        let Some((known, answer)) = answers.get_key_value(hash) else { return Known::Nothing };
        let is_same = bool::from(known.as_bytes().ct_eq(hash.as_bytes()));
        match &answer.token {
            _ if !is_same || !answer.is_fresh(now) => Known::Nothing,
            Some(token) => Known::Token(token.clone()),
            None => Known::NoToken,
        }
    }

    /// Keeps what the table said.
    pub(super) fn put(&self, hash: String, token: Option<Arc<Token>>, now: Instant) {
        let mut answers = lock(&self.answers);
        if answers.len() >= MOST {
            answers.retain(|_, answer| answer.is_fresh(now));
        }
        if answers.len() < MOST {
            answers.insert(hash, Answer { token, at: now });
        }
    }

    /// Whether it is time to note that a token is used. It then counts as noted.
    pub(super) fn is_due(&self, id: i64, now: Instant) -> bool {
        let mut noted = lock(&self.noted);
        let due = noted.get(&id).is_none_or(|at| now.duration_since(*at) >= NOTED);
        if due {
            noted.retain(|_, at| now.duration_since(*at) < NOTED);
            noted.insert(id, now);
        }
        due
    }
}

impl Answer {
    fn is_fresh(&self, now: Instant) -> bool {
        now.duration_since(self.at) < FRESH
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

    #[test]
    fn answers_count_for_a_moment() {
        let (cache, now) = (Cache::default(), Instant::now());
        assert_eq!(cache.get("a", now), Known::Nothing);
        cache.put("a".to_owned(), Some(token(1)), now);
        cache.put("b".to_owned(), None, now);
        assert_eq!(cache.get("a", now), Known::Token(token(1)));
        assert_eq!(cache.get("b", now), Known::NoToken);
        assert_eq!(cache.get("a", now + FRESH), Known::Nothing);
    }

    #[test]
    fn wrong_tokens_do_not_fill_the_memory() {
        let (cache, now) = (Cache::default(), Instant::now());
        for number in 0..3 * MOST {
            cache.put(number.to_string(), None, now);
        }
        assert_eq!(lock(&cache.answers).len(), MOST);
        cache.put("new".to_owned(), Some(token(1)), now + FRESH);
        assert_eq!(cache.get("new", now + FRESH), Known::Token(token(1)));
    }

    #[test]
    fn use_is_noted_once_a_minute() {
        let (cache, now) = (Cache::default(), Instant::now());
        assert!(cache.is_due(1, now));
        assert!(cache.is_due(2, now));
        assert!(!cache.is_due(1, now));
        assert!(cache.is_due(1, now + NOTED));
    }
}
