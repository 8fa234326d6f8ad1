//! Signatures of version 4, as S3 takes them: in the query of a URL, and in a header.
//!
//! The SDK's own presigner takes ten times as long and makes the same signatures (tests compare them), but for one
//! thing: it adds `x-id=GetObject`, which no service needs, and which this leaves out.

mod presigned;
mod session;
#[cfg(test)]
mod tests;
mod timestamp;

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_sdk_s3::config::{ProvideCredentials, SharedCredentialsProvider};
use longshore_provider::{Error, ErrorKind, Result, SignedUrl, tokio};

pub(crate) use self::{session::Session, timestamp::Timestamp};
use crate::{failure::without_credentials, location::Location, settings::LONGEST_EXPIRY};

/// Signs for one bucket.
#[derive(Debug)]
pub(crate) struct Signer {
    pub(crate) location: Location,
    credentials: SharedCredentialsProvider,
    session: RwLock<Option<Arc<Session>>>,
    /// Held while credentials are fetched, so that it is done once.
    fetching: tokio::sync::Mutex<()>,
}

impl Signer {
    pub(crate) fn new(location: Location, credentials: SharedCredentialsProvider) -> Self {
        Self { location, credentials, session: RwLock::default(), fetching: tokio::sync::Mutex::default() }
    }

    /// A URL that reads the file at `key` for `expires_in`, or until its credentials end if that is sooner. `query`
    /// holds further parameters; their names begin with a lower-case letter.
    pub(crate) async fn sign(&self, key: &str, expires_in: Duration, query: &[(&str, String)]) -> Result<SignedUrl> {
        if expires_in.as_secs() == 0 || expires_in > LONGEST_EXPIRY {
            return Err(Error::invalid_input("a signed URL works for 1 second at least and a week (604800 s) at most"));
        }
        let now = Timestamp::of(SystemTime::now());
        let session = self.session(now).await?;
        let expires_in = session.limited(expires_in.as_secs(), now.seconds);
        let url = session.url(&self.location, key, now, expires_in, query);
        Ok(SignedUrl::signed(url, UNIX_EPOCH + Duration::from_secs(now.seconds + expires_in)))
    }

    async fn session(&self, now: Timestamp) -> Result<Arc<Session>> {
        if let Some(session) = self.serving(now) {
            return Ok(session);
        }
        let _fetching = self.fetching.lock().await;
        match self.serving(now) {
            Some(session) => Ok(session),
            None => self.renewed(now).await,
        }
    }

    /// Like [`session`](Self::session), but never waits for another task that fetches credentials. Meanwhile the old
    /// credentials serve to their end. `None` if there are none.
    pub(crate) async fn session_at_hand(&self, now: Timestamp) -> Result<Option<Arc<Session>>> {
        if let Some(session) = self.serving(now) {
            return Ok(Some(session));
        }
        match self.fetching.try_lock() {
            Ok(_fetching) => self.renewed(now).await.map(Some),
            Err(_) => Ok(self.cached().filter(|session| session.signs(now))),
        }
    }

    async fn renewed(&self, now: Timestamp) -> Result<Arc<Session>> {
        let cached = self.cached();
        let session = match cached {
            Some(session) if session.is_fresh(now) => session.on_the_day_of(now, &self.location),
            cached => match (self.credentials.provide_credentials().await, cached) {
                (Ok(credentials), _) => Session::new(credentials, &self.location, now),
                (Err(_), Some(session)) if session.outlives(now) => session.kept_on(now, &self.location),
                (Err(error), _) => return Err(without_credentials(&error)),
            },
        };
        if !session.outlives(now) {
            let message = "the credentials have expired: renew them where they come from";
            return Err(Error::new(ErrorKind::Unauthenticated, message));
        }
        let session = Arc::new(session);
        *self.session.write().unwrap_or_else(PoisonError::into_inner) = Some(session.clone());
        Ok(session)
    }

    /// The service did not take the credentials: they are fetched again before the next signature.
    pub(crate) fn forget(&self) {
        *self.session.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn serving(&self, now: Timestamp) -> Option<Arc<Session>> {
        self.cached().filter(|session| session.is_fresh(now) && session.signs(now))
    }

    fn cached(&self) -> Option<Arc<Session>> {
        self.session.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
