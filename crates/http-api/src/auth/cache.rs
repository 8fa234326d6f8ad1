//! Tokens that were looked up a moment ago.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use longshore_media_library::Token;

/// How long an answer of the table counts: a token that is revoked works so long, as `token revoke` says.
const FRESH: Duration = Duration::from_secs(3);

/// How often it is noted that a token is used.
const NOTED: Duration = Duration::from_mins(1);

/// The most tokens that are kept, and the most hashes of wrong ones.
const MOST: usize = 1024;

/// What the table said of the hashes of tokens. Hashes of random tokens may be compared in any time: a guess that is close
/// to a hash says nothing about the token.
#[derive(Default)]
pub(super) struct Cache {
    tokens: Mutex<HashMap<String, (Arc<Token>, Instant)>>,
    /// Apart from the tokens, so that nobody can push those out with wrong ones.
    wrong: Mutex<HashMap<String, Instant>>,
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

impl Cache {
    /// What the table said of a hash a moment ago.
    pub(super) fn get(&self, hash: &str, now: Instant) -> Known {
        match lock(&self.tokens).get(hash) {
            Some((token, at)) if is_fresh(*at, now) => return Known::Token(token.clone()),
            _ => {}
        }
        match lock(&self.wrong).get(hash) {
            Some(at) if is_fresh(*at, now) => Known::NoToken,
            _ => Known::Nothing,
        }
    }

    /// Keeps what the table said.
    pub(super) fn put(&self, hash: String, token: Option<Arc<Token>>, now: Instant) {
        match token {
            Some(token) => insert(&mut lock(&self.tokens), hash, (token, now), |(_, at)| is_fresh(*at, now)),
            None => insert(&mut lock(&self.wrong), hash, now, |at| is_fresh(*at, now)),
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

fn is_fresh(at: Instant, now: Instant) -> bool {
    now.duration_since(at) < FRESH
}

/// Inserts an entry. A full map drops what is not fresh any more, or else everything: its entries last for seconds anyway.
fn insert<V>(map: &mut HashMap<String, V>, hash: String, value: V, is_fresh: impl Fn(&V) -> bool) {
    if map.len() >= MOST {
        map.retain(|_, value| is_fresh(value));
    }
    if map.len() >= MOST {
        map.clear();
    }
    map.insert(hash, value);
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
    fn wrong_tokens_fill_no_memory_and_push_no_token_out() {
        let (cache, now) = (Cache::default(), Instant::now());
        cache.put("right".to_owned(), Some(token(1)), now);
        for number in 0..3 * MOST {
            cache.put(number.to_string(), None, now);
        }
        assert_eq!(lock(&cache.wrong).len(), MOST);
        assert_eq!(cache.get("right", now), Known::Token(token(1)));
        cache.put("new".to_owned(), Some(token(2)), now);
        cache.put("wrong".to_owned(), None, now);
        assert_eq!(cache.get("new", now), Known::Token(token(2)));
        assert_eq!(cache.get("wrong", now), Known::NoToken);
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
