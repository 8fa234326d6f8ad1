//! Credentials that are fetched within a limit of time, or not at all.

use std::time::Duration;

use aws_credential_types::provider::{self, error::CredentialsError, future};
use aws_sdk_s3::config::{ProvideCredentials, SharedCredentialsProvider};
use longshore_provider::tokio;

/// Asks another provider, and gives up after `limit`: where there is no instance, asking for its role never ends.
#[derive(Debug)]
pub(crate) struct Limited {
    inner: SharedCredentialsProvider,
    limit: Duration,
}

impl Limited {
    pub(crate) fn new(inner: SharedCredentialsProvider, limit: Duration) -> Self {
        Self { inner, limit }
    }

    async fn fetch(&self) -> provider::Result {
        match tokio::time::timeout(self.limit, self.inner.provide_credentials()).await {
            Ok(result) => result,
            Err(_) => Err(CredentialsError::provider_timed_out(self.limit)),
        }
    }
}

impl ProvideCredentials for Limited {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.fetch())
    }
}
