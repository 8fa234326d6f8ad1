//! Storing files: in one request if they are small, else in parts.

use aws_sdk_s3::types::ChecksumAlgorithm;
use longshore_provider::{Body, Call, Cleanup, Error, ErrorKind, File, Result, Uploaded, key::object_key, tracing};

use crate::{
    AwsS3,
    action_options::{self, ActionOptions, WRITING},
    multipart,
    part::{Parts, size_of},
    put,
    settings::LARGEST_PART,
    written::Written,
};

impl AwsS3 {
    pub(crate) async fn store(&self, file: &File, body: Body, call: &Call) -> Result<Uploaded> {
        let key = object_key(&self.settings.root_path, file)?;
        let written = self.written(file, call)?;
        self.send(&key, body, &written).await
    }

    /// Stores `new`, then removes `old` if it has another key. If that cannot be done, `new` is removed again.
    pub(crate) async fn store_over(&self, new: &File, old: &File, body: Body, call: &Call) -> Result<Uploaded> {
        let key = object_key(&self.settings.root_path, new)?;
        let old_key = object_key(&self.settings.root_path, old)?;
        let mut written = self.written(new, call)?;
        if key == old_key {
            written.if_none_match = None;
            return self.send(&key, body, &written).await;
        }
        let uploaded = self.send(&key, body, &written).await?;
        let undo = Cleanup::new({
            let (client, bucket, key) = (self.client.clone(), self.site.bucket.clone(), key.clone());
            async move {
                if let Err(error) = client.delete_object().bucket(bucket).key(&key).send().await {
                    let error = error.into_service_error();
                    tracing::warn!("`{key}` could not be removed again after a failed replacement: {error}");
                }
            }
        });
        self.remove(&old_key, &ActionOptions::default()).await?;
        undo.disarm();
        Ok(uploaded)
    }

    /// The headers of an upload. What keeps a private file private is decided here, for all of them.
    pub(crate) fn written(&self, file: &File, call: &Call) -> Result<Written> {
        let options = action_options::of(&call.action_options, WRITING)?;
        let private = call.private || self.settings.acl.is_private();
        let (written, dropped) = Written::new(&self.settings, file, options, private);
        if dropped {
            self.once.acl_dropped.call_once(|| {
                tracing::warn!("files are private, so the configured ACL, which lets others read, is not sent");
            });
        }
        Ok(written)
    }

    /// The checksum that requests with a body carry.
    pub(crate) fn checksum<'a>(&'a self, written: &'a Written) -> Option<&'a ChecksumAlgorithm> {
        written.checksum_algorithm.as_ref().or(self.default_checksum.as_ref())
    }

    async fn send(&self, key: &str, body: Body, written: &Written) -> Result<Uploaded> {
        let multipart = &self.settings.multipart;
        let total = body.size();
        if total.is_some_and(|total| size_of(0, multipart.part_size, Some(total)) > LARGEST_PART) {
            return Err(Error::new(ErrorKind::TooLarge, format!("`{key}` is larger than S3 stores")));
        }
        let mut parts = Parts::new(body, self.budget, self.settings.body_timeout);
        let first = parts.next(size_of(0, multipart.part_size, total)).await?;
        let etag = match first {
            Some(first) if parts.has_more().await? => {
                multipart::send(self, key, written, first, &mut parts, total).await?
            }
            only => put::send(self, key, written, only).await?,
        };
        let uploaded = Uploaded::new(key, self.urls.of(key)).with_size(parts.read());
        Ok(match etag {
            Some(etag) => uploaded.with_etag(etag),
            None => uploaded,
        })
    }
}
