//! Storing a file in parts. All of them, or nothing.

mod complete;
mod sending;

use std::time::Duration;

use aws_sdk_s3::{
    Client,
    error::ProvideErrorMetadata,
    operation::create_multipart_upload::CreateMultipartUploadOutput,
    types::{ChecksumAlgorithm, ServerSideEncryption},
};
use longshore_provider::{
    Cleanup, Error, ErrorKind, Result,
    futures::FutureExt,
    tokio::{self, sync::mpsc, time::Instant},
    tracing,
};

use self::{complete::complete, sending::Sending};
use crate::{
    AwsS3,
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
    let mut sending = Sending::of(upload, under_way);
    let mut part = Some(first);
    let mut number: i32 = 0;
    while let Some(ready) = part {
        while sending.running() >= options.queue_size {
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
    while sending.running() > 0 {
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
        tracing::warn!(
            key,
            upload_id = id,
            "a failed upload was left at the service, because leavePartsOnError is set"
        );
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
