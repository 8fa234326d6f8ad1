//! Uploads in parts that were begun and never finished: they are in no listing of files, and cost money until they
//! are aborted.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aws_sdk_s3::{Client, operation::list_multipart_uploads::ListMultipartUploadsOutput, primitives::DateTime};
use longshore_provider::{
    Error, ErrorKind, Result,
    tokio::time::{Instant, timeout},
    tracing,
};

use crate::{
    action_options::ActionOptions,
    failure::{Action, BucketLocation},
    unknown_outcome::{Clock, SLACK},
};

/// How long looking for open uploads may take: the caller's own work is done by then.
const ABORT_TIMEOUT: Duration = Duration::from_secs(10);

/// Aborts open uploads of a key.
#[derive(Clone)]
pub(crate) struct OpenUploads {
    client: Client,
    location: Arc<BucketLocation>,
    /// Set when the service refuses to list open uploads: it is then not asked again.
    refused: Arc<AtomicBool>,
}

/// Selects uploads by the time when they began.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Began {
    AtAnyTime,
    Between(Instant, Instant),
}

impl OpenUploads {
    pub(crate) fn new(client: Client, location: Arc<BucketLocation>) -> Self {
        Self { client, location, refused: Arc::default() }
    }

    /// Aborts open uploads of exactly this key. Failures are logged: the caller has done what it was called for.
    pub(crate) async fn abort(&self, key: &str, options: &ActionOptions, began: Began) {
        if self.refused.load(Ordering::Relaxed) {
            return;
        }
        match timeout(ABORT_TIMEOUT, self.abort_all(key, options, began)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.log(&error),
            Err(_) => tracing::warn!("looking for unfinished uploads of `{key}` took too long"),
        }
    }

    async fn abort_all(&self, key: &str, options: &ActionOptions, began: Began) -> Result<()> {
        let (mut key_marker, mut id_marker) = (None, None);
        loop {
            let clock = Clock::default();
            let request = self.client.list_multipart_uploads().bucket(&self.location.bucket).prefix(key);
            let page = request
                .set_key_marker(key_marker)
                .set_upload_id_marker(id_marker)
                .set_request_payer(options.request_payer.clone())
                .set_expected_bucket_owner(options.expected_bucket_owner.clone())
                .customize()
                .interceptor(clock.clone())
                .send()
                .await
                .map_err(|error| self.location.error(Action::LIST_UPLOADS, key, &error))?;
            let of_key = page.uploads().iter().filter(|upload| upload.key() == Some(key));
            for upload in of_key.filter(|upload| began.includes(upload.initiated(), &clock)) {
                if let Some(id) = upload.upload_id() {
                    self.abort_one(key, id, options).await?;
                }
            }
            if is_last(&page, key) {
                return Ok(());
            }
            (key_marker, id_marker) = (page.next_key_marker, page.next_upload_id_marker);
        }
    }

    async fn abort_one(&self, key: &str, id: &str, options: &ActionOptions) -> Result<()> {
        let request = self.client.abort_multipart_upload().bucket(&self.location.bucket).key(key).upload_id(id);
        let aborted = request
            .set_request_payer(options.request_payer.clone())
            .set_expected_bucket_owner(options.expected_bucket_owner.clone())
            .send()
            .await
            .map_err(|error| self.location.error(Action::ABORT, key, &error));
        match aborted {
            Err(error) if error.service_code() != Some("NoSuchUpload") => Err(error),
            _ => Ok(()),
        }
    }

    /// A refusal that will not pass is logged once, with what to do.
    fn log(&self, error: &Error) {
        let lasting = matches!(
            error.kind(),
            ErrorKind::PermissionDenied | ErrorKind::Unsupported | ErrorKind::Unauthenticated | ErrorKind::InvalidInput
        );
        if !lasting {
            tracing::warn!("{error}");
        } else if !self.refused.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "{error}; unfinished uploads are not looked for any more: allow s3:ListBucketMultipartUploads and \
                 s3:AbortMultipartUpload, or add a lifecycle rule (AbortIncompleteMultipartUpload) to the bucket"
            );
        }
    }
}

impl Began {
    /// Whether an upload that began at `initiated`, by the service's own clock, is selected. An upload
    /// without a time is left alone: a client may still be sending it.
    fn includes(self, initiated: Option<&DateTime>, clock: &Clock) -> bool {
        match self {
            Self::AtAnyTime => true,
            Self::Between(first, last) => initiated
                .and_then(|initiated| clock.since(*initiated))
                .is_some_and(|age| age <= first.elapsed() + SLACK && age + SLACK >= last.elapsed()),
        }
    }
}

/// Whether no later page has uploads of this key. Keys come in order, and the exact one is the first with that prefix.
fn is_last(page: &ListMultipartUploadsOutput, key: &str) -> bool {
    let beyond = page.uploads().last().is_some_and(|upload| upload.key() != Some(key));
    beyond || !page.is_truncated().unwrap_or(false) || page.next_key_marker().is_none()
}
