//! The completion of an upload, also if the response to it was lost.

use aws_sdk_s3::{
    error::ProvideErrorMetadata,
    types::{CompletedMultipartUpload, CompletedPart},
};
use longshore_provider::{Result, tokio::time::Instant};

use super::{Upload, sending::Sending};
use crate::{
    etag,
    unknown_outcome::{AttemptTracker, ObjectProbe},
};

pub(super) async fn complete(sending: &mut Sending, size: u64) -> Result<Option<String>> {
    let upload = &sending.upload;
    sending.done.sort_unstable_by_key(CompletedPart::part_number);
    let outcome = Outcome { size, parts: sending.done.len(), tag: Tag::of(upload, &sending.done).await };
    let parts = CompletedMultipartUpload::builder().set_parts(Some(std::mem::take(&mut sending.done))).build();
    let request = upload.client.complete_multipart_upload().bucket(&upload.location.bucket).key(&upload.key);
    let tracker = AttemptTracker::default();
    let request = request
        .upload_id(&upload.begun.id)
        .multipart_upload(parts)
        .set_if_none_match(upload.headers.if_none_match.clone())
        .set_request_payer(upload.headers.request_payer.clone())
        .set_expected_bucket_owner(upload.headers.expected_bucket_owner.clone())
        .customize()
        .interceptor(tracker.clone());
    match request.send().await {
        Ok(output) => Ok(output.e_tag),
        // It may have been completed all the same: by an attempt whose answer was lost, or with an answer that the SDK
        // cannot read (moto 5.2 names its root element in a way of its own).
        Err(error) if tracker.leaves_outcome_unknown(&error) || error.code() == Some("NoSuchUpload") => {
            match upload.look().await {
                Ok(Some(found)) if outcome.is(&found, upload.since) => Ok(Some(found.etag)),
                _ => Err(upload.error(&error)),
            }
        }
        Err(error) => Err(upload.error(&error)),
    }
}

/// Tells the object that an upload makes from one that was stored before.
struct Outcome {
    size: u64,
    parts: usize,
    tag: Tag,
}

/// The tag that the object will have, as far as it is known.
enum Tag {
    Is(String),
    /// It cannot be computed, so it is any but that of what was there before, if there was something.
    IsNot(Option<String>),
    Unknown,
}

impl Tag {
    /// Asks the service what is there before the upload is completed, if that will be needed.
    async fn of(upload: &Upload, parts: &[CompletedPart]) -> Self {
        match etag::of_parts(parts).filter(|_| !upload.begun.opaque) {
            Some(tag) => Self::Is(tag),
            None => match upload.look().await {
                Ok(found) => Self::IsNot(found.map(|found| found.etag)),
                Err(_) => Self::Unknown,
            },
        }
    }
}

impl Outcome {
    fn is(&self, found: &ObjectProbe, since: Instant) -> bool {
        let tag = match &self.tag {
            Tag::Is(tag) => *tag == found.etag,
            Tag::IsNot(before) => {
                before.as_ref() != Some(&found.etag) && found.etag.ends_with(&format!("-{}", self.parts))
            }
            Tag::Unknown => false,
        };
        tag && found.size == self.size && found.is_written_since(since)
    }
}
