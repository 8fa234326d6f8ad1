//! Storing a file in parts. All of them, or nothing.

use std::time::Duration;

use aws_sdk_s3::{
    Client,
    error::ProvideErrorMetadata,
    operation::{create_multipart_upload::CreateMultipartUploadOutput, upload_part::UploadPartOutput},
    types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart, ServerSideEncryption},
};
use longshore_provider::{
    Cleanup, Error, ErrorKind, Result,
    futures::FutureExt,
    tokio::{
        self,
        sync::mpsc,
        task::{JoinError, JoinSet},
        time::Instant,
    },
    tracing,
};

use crate::{
    AwsS3, etag,
    failure::{Action, BucketLocation},
    open_uploads::Began,
    part::{MOST_PARTS, Part, Parts, size_of},
    put_headers::PutHeaders,
    trace,
    unknown_outcome::{AttemptTracker, ObjectProbe, look},
};

/// How long aborting may take. A service that has stopped answering must not hold up the call that fails because of it.
const ABORT_TIMEOUT: Duration = Duration::from_secs(5);

/// Sends `first` and the rest of `parts`, and answers the tag. Unless that succeeds, all that was sent is removed.
pub(crate) async fn send(
    provider: &AwsS3,
    key: &str,
    headers: &PutHeaders,
    first: Part,
    parts: &mut Parts,
    total: Option<u64>,
) -> Result<Option<String>> {
    let options = &provider.settings.multipart;
    let Session { upload, strays, under_way, cleanup } = begin(provider, key, headers).await?;
    let mut sending = Sending { upload, tasks: JoinSet::new(), under_way, done: Vec::new() };
    let mut part = Some(first);
    let mut number: i32 = 0;
    while let Some(ready) = part {
        while sending.tasks.len() >= options.queue_size {
            sending.finish_one().await?;
        }
        if u64::from(number.unsigned_abs()) == MOST_PARTS {
            let message = "the file, whose size was not announced, has more bytes than fit into 10000 parts";
            return Err(sending.stopped(Error::new(ErrorKind::TooLarge, message)).await);
        }
        number += 1;
        sending.start(number, ready);
        let size = size_of(u64::from(number.unsigned_abs()), options.part_size, total);
        part = sending.watching(parts.next(size)).await?;
    }
    while !sending.tasks.is_empty() {
        sending.finish_one().await?;
    }
    let etag = complete(&mut sending, parts.read()).await?;
    cleanup.disarm();
    if let Some(began) = strays
        && !options.leave_parts_on_error
    {
        provider.open_uploads.abort(key, &headers.call_options(), began).await;
    }
    Ok(etag)
}

/// A multipart upload at the service, and what its requests repeat.
#[derive(Clone)]
struct Upload {
    client: Client,
    location: std::sync::Arc<BucketLocation>,
    key: String,
    begun: Begun,
    since: Instant,
    headers: std::sync::Arc<PutHeaders>,
    checksum: Option<ChecksumAlgorithm>,
}

/// The service's response to `CreateMultipartUpload`.
#[derive(Clone, Default)]
struct Begun {
    id: String,
    /// The service encrypts in a way that leaves no MD5s in the tags.
    opaque: bool,
}

/// How beginning an upload ended.
#[derive(Clone)]
struct Created {
    begun: Result<Begun>,
    /// The time in which uploads began whose ids are unknown, as the response was lost. `None` if there are none.
    strays: Option<Began>,
}

/// An upload that has begun.
struct Session {
    upload: Upload,
    strays: Option<Began>,
    /// Held by each part on its way: the clean-up waits until the last one is dropped.
    under_way: mpsc::Sender<()>,
    cleanup: Cleanup,
}

/// Begins an upload. It runs as a task of its own: if the call ends while the service is still answering, the
/// clean-up waits for that answer, which has the id to abort.
async fn begin(provider: &AwsS3, key: &str, headers: &PutHeaders) -> Result<Session> {
    let upload = Upload {
        client: provider.client.clone(),
        location: provider.location.clone(),
        key: key.to_owned(),
        begun: Begun::default(),
        since: Instant::now(),
        headers: std::sync::Arc::new(headers.clone()),
        checksum: provider.checksum(headers).cloned(),
    };
    let leave = provider.settings.multipart.leave_parts_on_error;
    let task = tokio::spawn(trace::kept(create(upload.clone())));
    let created = task
        .map(|joined| {
            joined.unwrap_or_else(|error| Created {
                begun: Err(Error::internal("the upload broke off").caused_by(&error)),
                strays: None,
            })
        })
        .shared();
    let (under_way, mut parts) = mpsc::channel::<()>(1);
    let cleanup = Cleanup::new({
        let (created, upload, open_uploads) = (created.clone(), upload.clone(), provider.open_uploads.clone());
        async move {
            let abort = async {
                let Created { begun, strays } = created.await;
                // A part that arrives after the abort would stay.
                parts.recv().await;
                let options = upload.headers.call_options();
                if let Ok(begun) = begun {
                    end(Upload { begun, ..upload.clone() }, leave).await;
                }
                if let Some(began) = strays.filter(|_| !leave) {
                    open_uploads.abort(&upload.key, &options, began).await;
                }
            };
            if tokio::time::timeout(ABORT_TIMEOUT, abort).await.is_err() {
                tracing::warn!(
                    "a multipart upload could not be aborted in time: a lifecycle rule removes what is left"
                );
            }
        }
    });
    let Created { begun, strays } = created.await;
    Ok(Session { upload: Upload { begun: begun?, ..upload }, strays, under_way, cleanup })
}

async fn create(upload: Upload) -> Created {
    let tracker = AttemptTracker::default();
    let begun = create_tracked(&upload, &tracker).await;
    // The request that succeeded is one of those that are open.
    let lost = tracker.open() > u32::from(begun.is_ok());
    Created { begun, strays: lost.then(|| Began::Between(upload.since, Instant::now())) }
}

async fn create_tracked(upload: &Upload, tracker: &AttemptTracker) -> Result<Begun> {
    let headers = &upload.headers;
    let request = upload.client.create_multipart_upload().bucket(&upload.location.bucket).key(&upload.key);
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
        // The checksum that the parts carry: S3 refuses to complete an upload whose parts have another one than it declared.
        // It is a checksum of the parts' checksums then, but for CRC64NVME, where S3 makes that of the whole of them.
        .set_checksum_algorithm(upload.checksum.clone())
        .set_request_payer(headers.request_payer.clone())
        .set_expected_bucket_owner(headers.expected_bucket_owner.clone());
    let answer = request.customize().interceptor(tracker.clone()).send().await;
    let output = answer.map_err(|error| upload.error(&error))?;
    let CreateMultipartUploadOutput { upload_id, server_side_encryption, .. } = output;
    let id = upload_id.ok_or_else(|| Error::internal("the service began an upload and did not say its id"))?;
    let opaque = server_side_encryption.is_some_and(|kind| kind != ServerSideEncryption::Aes256);
    Ok(Begun { id, opaque })
}

/// Aborts the upload, unless `leavePartsOnError` is set.
async fn end(upload: Upload, leave: bool) {
    let Upload { client, location, key, begun: Begun { id, .. }, headers, .. } = upload;
    if leave {
        tracing::warn!(key, upload_id = id, "a failed upload was left at the service, as leavePartsOnError says");
        return;
    }
    let request = client.abort_multipart_upload().bucket(&location.bucket).key(&key).upload_id(&id);
    let request = request
        .set_request_payer(headers.request_payer.clone())
        .set_expected_bucket_owner(headers.expected_bucket_owner.clone());
    match request.send().await {
        Ok(_) => {}
        Err(error) if error.code() == Some("NoSuchUpload") => {}
        Err(error) => {
            let error = location.error(Action::ABORT, &key, &error);
            tracing::warn!(
                upload_id = id,
                "{error}; its parts stay until a lifecycle rule (AbortIncompleteMultipartUpload) removes them"
            );
        }
    }
}

/// Parts on their way and those that have arrived.
struct Sending {
    upload: Upload,
    tasks: JoinSet<Result<CompletedPart>>,
    under_way: mpsc::Sender<()>,
    done: Vec<CompletedPart>,
}

impl Sending {
    fn start(&mut self, number: i32, part: Part) {
        let under_way = self.under_way.clone();
        let sending = send_part(self.upload.clone(), number, part);
        self.tasks.spawn(trace::kept(async move {
            let _under_way = under_way;
            sending.await
        }));
    }

    /// Waits for one part to arrive.
    async fn finish_one(&mut self) -> Result<()> {
        match self.tasks.join_next().await {
            Some(joined) => self.arrived(joined).await,
            None => Ok(()),
        }
    }

    /// Waits for `next`, but not longer than until a part fails.
    async fn watching<T>(&mut self, next: impl Future<Output = Result<T>>) -> Result<T> {
        let mut next = std::pin::pin!(next);
        loop {
            // Nothing is awaited within an arm: the arm that loses would forget what it had found out.
            let joined = tokio::select! {
                ready = &mut next => match ready {
                    Ok(ready) => return Ok(ready),
                    Err(error) => return Err(self.stopped(error).await),
                },
                Some(joined) = self.tasks.join_next() => joined,
            };
            self.arrived(joined).await?;
        }
    }

    async fn arrived(&mut self, joined: Result<Result<CompletedPart>, JoinError>) -> Result<()> {
        match joined {
            Ok(Ok(part)) => {
                self.done.push(part);
                Ok(())
            }
            Ok(Err(error)) => Err(self.stopped(error).await),
            Err(error) => {
                let error = Error::internal("sending a part broke off").caused_by(&error);
                Err(self.stopped(error).await)
            }
        }
    }

    /// Stops all parts: the call that fails needs no more of them.
    async fn stopped(&mut self, error: Error) -> Error {
        self.tasks.shutdown().await;
        error
    }
}

async fn send_part(upload: Upload, number: i32, part: Part) -> Result<CompletedPart> {
    let payload = part.payload(upload.checksum.as_ref());
    let request =
        upload.client.upload_part().bucket(&upload.location.bucket).key(&upload.key).upload_id(&upload.begun.id);
    let request = request
        .part_number(number)
        .set_checksum_algorithm(upload.headers.checksum_algorithm.clone())
        .set_request_payer(upload.headers.request_payer.clone())
        .set_expected_bucket_owner(upload.headers.expected_bucket_owner.clone())
        .set_checksum_crc32(payload.crc32)
        .set_checksum_crc32_c(payload.crc32_c)
        .set_checksum_crc64_nvme(payload.crc64_nvme)
        .set_checksum_sha256(payload.sha256)
        .body(payload.body.into());
    let answer = match payload.hash {
        Some(hash) => request.customize().interceptor(hash).send().await,
        None => request.send().await,
    };
    let output = answer.map_err(|error| upload.error(&error))?;
    let UploadPartOutput {
        e_tag,
        checksum_crc32,
        checksum_crc32_c,
        checksum_crc64_nvme,
        checksum_sha1,
        checksum_sha256,
        ..
    } = output;
    Ok(CompletedPart::builder()
        .part_number(number)
        .set_e_tag(e_tag)
        .set_checksum_crc32(checksum_crc32)
        .set_checksum_crc32_c(checksum_crc32_c)
        .set_checksum_crc64_nvme(checksum_crc64_nvme)
        .set_checksum_sha1(checksum_sha1)
        .set_checksum_sha256(checksum_sha256)
        .build())
}

async fn complete(sending: &mut Sending, size: u64) -> Result<Option<String>> {
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

impl Upload {
    async fn look(&self) -> Result<Option<ObjectProbe>> {
        look(&self.client, &self.location, &self.key, &self.headers).await
    }

    fn error<E>(
        &self,
        error: &aws_sdk_s3::error::SdkError<E, aws_smithy_runtime_api::client::orchestrator::HttpResponse>,
    ) -> Error
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        self.location.error(Action::UPLOAD, &self.key, error)
    }
}
