//! The time limit of a call to the service that transfers no file.

use std::{future::Future, time::Duration};

use longshore_provider::{Error, ErrorKind, Result};

/// The limit. The S3 providers give up earlier, with a better message.
const LIMIT: Duration = Duration::from_secs(65);

/// The result of the call, or a timeout error.
pub(super) async fn within_limit<T>(call: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(LIMIT, call).await.unwrap_or_else(|_| {
        let message = format!("the provider did not respond within {} s", LIMIT.as_secs());
        Err(Error::new(ErrorKind::Timeout, message))
    })
}
