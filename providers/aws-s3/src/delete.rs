//! Removing files, with what failed uploads of them have left.

use std::{sync::atomic::Ordering, time::Duration};

use aws_sdk_s3::Client;
use longshore_provider::{Call, Error, ErrorKind, File, Result, key::object_key, tokio, tracing};

use crate::{
    AwsS3,
    action_options::{ActionOptions, reading},
    doubt::{Sent, doubtful},
    failure::{Action, Site},
};

/// How long looking for unfinished uploads may take: the file itself is gone by then.
const SWEEP_TIMEOUT: Duration = Duration::from_secs(10);

/// Removes one object. A missing one is no error.
pub(crate) async fn object(client: &Client, site: &Site, key: &str, options: &ActionOptions) -> Result<()> {
    let sent = Sent::default();
    let request = client.delete_object().bucket(&site.bucket).key(key);
    let removed = request
        .set_request_payer(options.request_payer.clone())
        .set_expected_bucket_owner(options.expected_bucket_owner.clone())
        .customize()
        .interceptor(sent.clone())
        .send()
        .await
        .map_err(|error| {
            let made = site.error(Action::DELETE, key, &error);
            if sent.leaves_doubt(&error) { doubtful(made) } else { made }
        });
    match removed {
        // Some services answer this where S3 answers that all is well.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed.map(|_| ()),
    }
}

impl AwsS3 {
    pub(crate) async fn remove_file(&self, file: &File, call: &Call) -> Result<()> {
        let key = object_key(&self.settings.root_path, file)?;
        self.remove(&key, &reading(call)?).await
    }

    /// Removes the object at `key`, and aborts unfinished uploads of it. A missing object is no error.
    pub(crate) async fn remove(&self, key: &str, options: &ActionOptions) -> Result<()> {
        object(&self.client, &self.site, key, options).await?;
        self.sweep(key, options).await;
        Ok(())
    }

    /// Aborts unfinished uploads of `key`. The file is gone by then: what goes wrong is logged.
    pub(crate) async fn sweep(&self, key: &str, options: &ActionOptions) {
        if !self.once.sweep_refused.load(Ordering::Relaxed) {
            match tokio::time::timeout(SWEEP_TIMEOUT, self.abort_unfinished(key, options)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => self.not_swept(&error),
                Err(_) => tracing::warn!("looking for unfinished uploads of `{key}` took too long"),
            }
        }
    }

    async fn abort_unfinished(&self, key: &str, options: &ActionOptions) -> Result<()> {
        let (mut key_marker, mut id_marker) = (None, None);
        loop {
            let request = self.client.list_multipart_uploads().bucket(&self.site.bucket).prefix(key);
            let page = request
                .set_key_marker(key_marker)
                .set_upload_id_marker(id_marker)
                .set_request_payer(options.request_payer.clone())
                .set_expected_bucket_owner(options.expected_bucket_owner.clone())
                .send()
                .await
                .map_err(|error| self.site.error(Action::LIST_UPLOADS, key, &error))?;
            for upload in page.uploads().iter().filter(|upload| upload.key() == Some(key)) {
                let Some(id) = upload.upload_id() else { continue };
                let request = self.client.abort_multipart_upload().bucket(&self.site.bucket).key(key).upload_id(id);
                let aborted = request
                    .set_request_payer(options.request_payer.clone())
                    .set_expected_bucket_owner(options.expected_bucket_owner.clone())
                    .send()
                    .await
                    .map_err(|error| self.site.error(Action::ABORT, key, &error));
                if let Err(error) = aborted
                    && error.service_code() != Some("NoSuchUpload")
                {
                    return Err(error);
                }
            }
            // Keys come in order: the exact one is the first with that prefix.
            let beyond = page.uploads().last().is_some_and(|upload| upload.key() != Some(key));
            if !page.is_truncated().unwrap_or(false) || beyond {
                return Ok(());
            }
            (key_marker, id_marker) = (page.next_key_marker, page.next_upload_id_marker);
            if key_marker.is_none() {
                return Ok(());
            }
        }
    }

    /// The file is gone, which was asked for. What this lacks is said once.
    fn not_swept(&self, error: &Error) {
        let lasting = matches!(
            error.kind(),
            ErrorKind::PermissionDenied | ErrorKind::Unsupported | ErrorKind::Unauthenticated | ErrorKind::InvalidInput
        );
        if !lasting {
            tracing::warn!("{error}");
        } else if !self.once.sweep_refused.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "{error}; unfinished uploads of deleted files are not looked for any more: allow \
                 s3:ListBucketMultipartUploads and s3:AbortMultipartUpload, or add a lifecycle rule \
                 (AbortIncompleteMultipartUpload) to the bucket"
            );
        }
    }
}
