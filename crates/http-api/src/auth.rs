//! Authorization by API tokens and anonymous permissions.

mod cache;

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use axum::http::{HeaderMap, header::AUTHORIZATION};
use longshore_media_library::{Error as LibraryError, MediaLibrary, Token};
use longshore_plugin_host::config::longshore::Action;

use self::cache::{Cache, Known};
use super::error::HttpError;
use crate::token;

/// Checks the permissions of requests.
pub(super) struct Auth {
    public: BTreeSet<Action>,
    cache: Cache,
}

impl Auth {
    /// `public` contains the anonymous permissions.
    pub(super) fn new(public: BTreeSet<Action>) -> Self {
        Self { public, cache: Cache::default() }
    }

    /// Checks that a request may do `action`, and returns the id of its token. If a token is sent, only its permissions
    /// count; anonymous permissions are not added. Strapi does the same.
    ///
    /// # Errors
    ///
    /// [`HttpError::Unauthorized`]: the token is unknown or has expired. [`HttpError::Forbidden`]: the token does not
    /// permit the action, or the request has no token and the action is not public. Errors of the database are passed
    /// on.
    pub(super) async fn allow(
        &self,
        headers: &HeaderMap,
        action: Action,
        library: &MediaLibrary,
    ) -> Result<Option<i64>, HttpError> {
        let (id, allowed) = match bearer(headers) {
            None => (None, self.public.contains(&action)),
            Some(secret) => {
                let token = self.token(secret, library).await?;
                (Some(token.id), token.actions.iter().any(|name| name == action.name()))
            }
        };
        if allowed { Ok(id) } else { Err(HttpError::Forbidden) }
    }

    async fn token(&self, secret: &str, library: &MediaLibrary) -> Result<Arc<Token>, HttpError> {
        let (hash, now) = (token::hash(secret), Instant::now());
        let known = match self.cache.get(&hash, now) {
            Known::Token(token) => Some(token),
            Known::NoToken => None,
            Known::Nothing => {
                let found = library.store().token_by_hash(&hash).await.map_err(LibraryError::from)?.map(Arc::new);
                self.cache.put(hash, found.clone(), now);
                found
            }
        };
        let token = known.filter(|token| !token.expired).ok_or(HttpError::Unauthorized)?;
        if self.cache.is_due(token.id, now) {
            let (library, id) = (library.clone(), token.id);
            tokio::spawn(async move {
                if let Err(error) = library.store().touch_token(id).await {
                    tracing::warn!("cannot note when a token was used: {error}");
                }
            });
        }
        Ok(token)
    }
}

/// The token of `Authorization: Bearer …`. Headers in any other form are ignored.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut words = headers.get(AUTHORIZATION)?.to_str().ok()?.split_whitespace();
    let (scheme, token) = (words.next()?, words.next()?);
    (scheme.eq_ignore_ascii_case("bearer") && words.next().is_none()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_words_of_which_the_first_is_bearer_are_a_token() {
        let read = |value: &'static str| {
            let headers = HeaderMap::from_iter([(AUTHORIZATION, value.parse().unwrap())]);
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(read("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(read("bearer  abc ").as_deref(), Some("abc"));
        for other in ["", "Bearer", "Basic abc", "Bearer abc def", "abc"] {
            assert_eq!(read(other), None, "{other}");
        }
        assert_eq!(bearer(&HeaderMap::new()), None);
    }
}
