//! How long the service may take to answer a call that moves no file.

use std::{future::Future, time::Duration};

use longshore_provider::{Error, ErrorKind, Result};

/// Above the time in which the S3 providers give up by themselves, with a better message.
const LIMIT: Duration = Duration::from_secs(65);

/// The call's answer, or that there was none in time.
pub(super) async fn within_limit<T>(call: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(LIMIT, call).await.unwrap_or_else(|_| {
        let message = format!("the provider gave no answer within {} s", LIMIT.as_secs());
        Err(Error::new(ErrorKind::Timeout, message))
    })
}
