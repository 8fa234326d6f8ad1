//! The parts of an upload: several are sent at once.

use aws_sdk_s3::{operation::upload_part::UploadPartOutput, types::CompletedPart};
use longshore_provider::{
    Error, Result,
    tokio::{
        self,
        sync::mpsc,
        task::{JoinError, JoinSet},
    },
};

use super::Upload;
use crate::{part::Part, trace};

/// Parts on their way and those that have arrived.
pub(super) struct Sending {
    pub(super) upload: Upload,
    tasks: JoinSet<Result<CompletedPart>>,
    under_way: mpsc::Sender<()>,
    pub(super) done: Vec<CompletedPart>,
}

impl Sending {
    pub(super) fn of(upload: Upload, under_way: mpsc::Sender<()>) -> Self {
        Self { upload, tasks: JoinSet::new(), under_way, done: Vec::new() }
    }

    /// The number of parts on their way.
    pub(super) fn running(&self) -> usize {
        self.tasks.len()
    }

    pub(super) fn start(&mut self, number: i32, part: Part) {
        let under_way = self.under_way.clone();
        let sending = send_part(self.upload.clone(), number, part);
        self.tasks.spawn(trace::kept(async move {
            let _under_way = under_way;
            sending.await
        }));
    }

    /// Waits for one part to arrive.
    pub(super) async fn finish_one(&mut self) -> Result<()> {
        match self.tasks.join_next().await {
            Some(joined) => self.arrived(joined).await,
            None => Ok(()),
        }
    }

    /// Waits for `next`, but not longer than until a part fails.
    pub(super) async fn watching<T>(&mut self, next: impl Future<Output = Result<T>>) -> Result<T> {
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
    pub(super) async fn stopped(&mut self, error: Error) -> Error {
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
