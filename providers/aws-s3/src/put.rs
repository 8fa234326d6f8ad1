//! Storing a small file: in one request.

use std::{sync::Arc, time::Duration};

use aws_sdk_s3::{Client, Config, config::retry::RetryConfig};
use longshore_provider::{
    Cleanup, Result,
    tokio::time::{Instant, sleep},
    tracing,
};

use crate::{
    AwsS3,
    direct_put::Outcome,
    etag,
    failure::{Action, BucketLocation},
    part::Part,
    payload::Payload,
    put_headers::PutHeaders,
    trace,
    unknown_outcome::{AttemptTracker, ObjectProbe, look, outcome_unknown},
};

/// After a call was dropped, a body that had arrived in full may take so long to become an object.
const SETTLING: Duration = Duration::from_millis(500);

/// Sends the only part of a file (`None` if it is empty), and answers the tag.
pub(crate) async fn send(
    provider: &AwsS3,
    key: &str,
    headers: &PutHeaders,
    part: Option<Part>,
) -> Result<Option<String>> {
    let checksum = provider.checksum(headers);
    let payload = part.as_ref().map_or_else(|| Payload::new(&[], checksum), |part| part.payload(checksum));
    let attempt = Arc::new(Attempt {
        client: provider.client.clone(),
        location: provider.location.clone(),
        key: key.to_owned(),
        headers: headers.clone(),
        part,
        since: Instant::now(),
    });
    let cleanup = attempt.cleanup();
    let tracker = AttemptTracker::default();
    let outcome = match directly(provider, key, headers, &payload, &tracker).await {
        Outcome::Stored(etag) => Ok(etag),
        Outcome::Failed(rest) => attempt.through_sdk(payload, &tracker, Some(rest)).await,
        Outcome::NotTried => attempt.through_sdk(payload, &tracker, None).await,
    };
    if let Some(cleanup) = cleanup {
        cleanup.disarm();
    }
    outcome
}

async fn directly(
    provider: &AwsS3,
    key: &str,
    headers: &PutHeaders,
    payload: &Payload,
    tracker: &AttemptTracker,
) -> Outcome {
    match &provider.direct_put {
        Some(direct_put) => direct_put.put(key, headers, payload, tracker).await,
        None => Outcome::NotTried,
    }
}

/// An upload of a small file. It keeps the bytes until its outcome is known.
struct Attempt {
    client: Client,
    location: Arc<BucketLocation>,
    key: String,
    headers: PutHeaders,
    part: Option<Part>,
    since: Instant,
}

impl Attempt {
    /// By the SDK, which tries again as often as it is configured, or as is left.
    async fn through_sdk(
        &self,
        payload: Payload,
        tracker: &AttemptTracker,
        left: Option<RetryConfig>,
    ) -> Result<Option<String>> {
        let Self { headers, key, location, .. } = self;
        let request = self.client.put_object().bucket(&location.bucket).key(key);
        let request = request
            .set_acl(headers.acl.clone())
            .set_cache_control(headers.cache_control.clone())
            .set_content_disposition(headers.content_disposition.clone())
            .set_content_encoding(headers.content_encoding.clone())
            .set_content_language(headers.content_language.clone())
            .set_content_type(headers.content_type.clone())
            .set_expires(headers.expires)
            .set_metadata(headers.metadata.clone())
            .set_storage_class(headers.storage_class.clone())
            .set_tagging(headers.tagging.clone())
            .set_server_side_encryption(headers.encryption.clone())
            .set_ssekms_key_id(headers.kms_key_id.clone())
            .set_checksum_algorithm(headers.checksum_algorithm.clone())
            .set_if_none_match(headers.if_none_match.clone())
            .set_request_payer(headers.request_payer.clone())
            .set_expected_bucket_owner(headers.expected_bucket_owner.clone())
            .set_checksum_crc32(payload.crc32)
            .set_checksum_crc32_c(payload.crc32_c)
            .set_checksum_crc64_nvme(payload.crc64_nvme)
            .set_checksum_sha256(payload.sha256)
            .body(payload.body.into());
        let mut request = request.customize().interceptor(tracker.clone());
        if let Some(hash) = payload.hash {
            request = request.interceptor(hash);
        }
        if let Some(left) = left {
            request = request.config_override(Config::builder().retry_config(left));
        }
        match request.send().await {
            Ok(output) => Ok(output.e_tag),
            Err(error) => {
                let made = location.error(Action::UPLOAD, key, &error);
                if !tracker.leaves_outcome_unknown(&error) {
                    return Err(made);
                }
                self.stored().await.map(Some).ok_or_else(|| outcome_unknown(made))
            }
        }
    }

    /// The tag of the object, if it is what was sent.
    async fn stored(&self) -> Option<String> {
        let found = look(&self.client, &self.location, &self.key, &self.headers).await.ok()??;
        self.is(&found).then_some(found.etag)
    }

    /// An object that a key of KMS encrypts cannot be recognised by its tag: it counts as another one.
    fn is(&self, found: &ObjectProbe) -> bool {
        let chunks = self.part.as_ref().map(Part::chunks).unwrap_or_default();
        found.is_written_since(self.since) && etag::of_body(chunks) == found.etag
    }

    /// Removes what was sent if the call is dropped and it arrived all the same. Only where nothing can have been there
    /// before: a file that was overwritten does not come back by that, and the new one is better than none.
    fn cleanup(self: &Arc<Self>) -> Option<Cleanup> {
        let new = self.headers.if_none_match.is_some();
        new.then(|| Cleanup::new(trace::kept(self.clone().undo())))
    }

    async fn undo(self: Arc<Self>) {
        let mut stored = self.stored().await;
        if stored.is_none() {
            sleep(SETTLING).await;
            stored = self.stored().await;
        }
        if stored.is_none() {
            return;
        }
        let request = self.client.delete_object().bucket(&self.location.bucket).key(&self.key);
        let request = request
            .set_request_payer(self.headers.request_payer.clone())
            .set_expected_bucket_owner(self.headers.expected_bucket_owner.clone());
        if let Err(error) = request.send().await {
            let error = self.location.error(Action::DELETE, &self.key, &error);
            tracing::warn!("`{}` was stored by a call that was dropped, and cannot be removed: {error}", self.key);
        }
    }
}
