//! A cache of recent token lookups.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use longshore_media_library::Token;

/// How long a lookup is reused. A revoked token keeps working for up to this long; `token revoke` documents this.
const FRESH: Duration = Duration::from_secs(3);

/// The shortest time between two updates of a token's last use.
const NOTED: Duration = Duration::from_mins(1);

/// The most cached tokens, and the most cached hashes of unknown tokens.
const MOST: usize = 1024;

/// Results of token lookups by hash. Constant-time comparison is unnecessary: a guess whose hash is close to a stored
/// hash reveals nothing about the token.
#[derive(Default)]
pub(super) struct Cache {
    tokens: Mutex<HashMap<String, (Arc<Token>, Instant)>>,
    /// Separate from `tokens`, because requests with invalid tokens must not evict valid ones.
    wrong: Mutex<HashMap<String, Instant>>,
    noted: Mutex<HashMap<i64, Instant>>,
}

/// The cached result for a hash.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// The cache has no fresh entry. The caller has to query the database.
    Nothing,
    /// No token has this hash.
    NoToken,
    /// The token with this hash.
    Token(Arc<Token>),
}

impl Cache {
    /// The cached result for a hash.
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

    /// Caches the result of a lookup.
    pub(super) fn put(&self, hash: String, token: Option<Arc<Token>>, now: Instant) {
        match token {
            Some(token) => insert(&mut lock(&self.tokens), hash, (token, now), |(_, at)| is_fresh(*at, now)),
            None => insert(&mut lock(&self.wrong), hash, now, |at| is_fresh(*at, now)),
        }
    }

    /// Whether the last use of a token should be recorded now. `true` also starts the next interval.
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

/// Inserts an entry. A full map drops its expired entries, or all entries if none has expired. They last only seconds.
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
