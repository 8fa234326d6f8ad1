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
    doubt::{Found, Sent, doubtful, look},
    etag,
    failure::{Action, Site},
    part::Part,
    payload::Payload,
    quick::Outcome,
    trace,
    written::Written,
};

/// After a call was dropped, a body that had arrived in full may take so long to become an object.
const SETTLING: Duration = Duration::from_millis(500);

/// Sends the only part of a file (`None` if it is empty), and answers the tag.
pub(crate) async fn send(provider: &AwsS3, key: &str, written: &Written, part: Option<Part>) -> Result<Option<String>> {
    let checksum = provider.checksum(written);
    let payload = part.as_ref().map_or_else(|| Payload::new(&[], checksum), |part| part.payload(checksum));
    let attempt = Arc::new(Attempt {
        client: provider.client.clone(),
        site: provider.site.clone(),
        key: key.to_owned(),
        written: written.clone(),
        part,
        since: Instant::now(),
    });
    let cleanup = attempt.cleanup();
    let sent = Sent::default();
    let outcome = match quickly(provider, key, written, &payload, &sent).await {
        Outcome::Stored(etag) => Ok(etag),
        Outcome::Failed(rest) => attempt.through_sdk(payload, &sent, Some(rest)).await,
        Outcome::NotTried => attempt.through_sdk(payload, &sent, None).await,
    };
    if let Some(cleanup) = cleanup {
        cleanup.disarm();
    }
    outcome
}

async fn quickly(provider: &AwsS3, key: &str, written: &Written, payload: &Payload, sent: &Sent) -> Outcome {
    match &provider.quick {
        Some(quick) => quick.put(key, written, payload, sent).await,
        None => Outcome::NotTried,
    }
}

/// What is sent, as long as it may be needed to recognise it.
struct Attempt {
    client: Client,
    site: Arc<Site>,
    key: String,
    written: Written,
    part: Option<Part>,
    since: Instant,
}

impl Attempt {
    /// By the SDK, which tries again as often as it is configured, or as is left.
    async fn through_sdk(&self, payload: Payload, sent: &Sent, left: Option<RetryConfig>) -> Result<Option<String>> {
        let Self { written, key, site, .. } = self;
        let request = self.client.put_object().bucket(&site.bucket).key(key);
        let request = request
            .set_acl(written.acl.clone())
            .set_cache_control(written.cache_control.clone())
            .set_content_disposition(written.content_disposition.clone())
            .set_content_encoding(written.content_encoding.clone())
            .set_content_language(written.content_language.clone())
            .set_content_type(written.content_type.clone())
            .set_expires(written.expires)
            .set_metadata(written.metadata.clone())
            .set_storage_class(written.storage_class.clone())
            .set_tagging(written.tagging.clone())
            .set_server_side_encryption(written.encryption.clone())
            .set_ssekms_key_id(written.kms_key_id.clone())
            .set_checksum_algorithm(written.checksum_algorithm.clone())
            .set_if_none_match(written.if_none_match.clone())
            .set_request_payer(written.request_payer.clone())
            .set_expected_bucket_owner(written.expected_bucket_owner.clone())
            .set_checksum_crc32(payload.crc32)
            .set_checksum_crc32_c(payload.crc32_c)
            .set_checksum_crc64_nvme(payload.crc64_nvme)
            .set_checksum_sha256(payload.sha256)
            .body(payload.body.into());
        let mut request = request.customize().interceptor(sent.clone());
        if let Some(hash) = payload.hash {
            request = request.interceptor(hash);
        }
        if let Some(left) = left {
            request = request.config_override(Config::builder().retry_config(left));
        }
        match request.send().await {
            Ok(output) => Ok(output.e_tag),
            Err(error) => {
                let made = site.error(Action::UPLOAD, key, &error);
                if !sent.leaves_doubt(&error) {
                    return Err(made);
                }
                self.stored().await.map(Some).ok_or_else(|| doubtful(made))
            }
        }
    }

    /// The tag of the object, if it is what was sent.
    async fn stored(&self) -> Option<String> {
        let found = look(&self.client, &self.site, &self.key, &self.written).await.ok()??;
        self.is(&found).then_some(found.etag)
    }

    /// An object that a key of KMS encrypts cannot be recognised by its tag: it counts as another one.
    fn is(&self, found: &Found) -> bool {
        let chunks = self.part.as_ref().map(Part::chunks).unwrap_or_default();
        found.is_written_since(self.since) && etag::of_body(chunks) == found.etag
    }

    /// Removes what was sent if the call is dropped and it arrived all the same. Only where nothing can have been there
    /// before: a file that was overwritten does not come back by that, and the new one is better than none.
    fn cleanup(self: &Arc<Self>) -> Option<Cleanup> {
        let new = self.written.if_none_match.is_some();
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
        let request = self.client.delete_object().bucket(&self.site.bucket).key(&self.key);
        let request = request
            .set_request_payer(self.written.request_payer.clone())
            .set_expected_bucket_owner(self.written.expected_bucket_owner.clone());
        if let Err(error) = request.send().await {
            let error = self.site.error(Action::DELETE, &self.key, &error);
            tracing::warn!("`{}` was stored by a call that was given up, and could not be removed: {error}", self.key);
        }
    }
}
