//! Bytes in several chunks, sent as they are.
//!
//! The SDK hashes a body for signature and checksum only if it is one piece of memory; others it sends unsigned, with
//! the checksum behind them, which many services do not take. Joining the chunks of a part would cost a copy of every
//! byte, so both are computed here, and handed to the SDK. The direct PUT needs them as well.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_sdk_s3::{
    config::{ConfigBag, Intercept, RuntimeComponents},
    error::BoxError,
    primitives::SdkBody,
    types::ChecksumAlgorithm,
};
use aws_sigv4::http_request::SignableBody;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_types::base64;
use crc_fast::CrcAlgorithm;
use http_body::{Body, Frame, SizeHint};
use longshore_provider::Bytes;
use sha2::{Digest, Sha256};

use crate::encode;

/// A body, and what its request must carry.
pub(crate) struct Payload {
    pub(crate) body: SdkBody,
    /// How it is signed; `None` leaves that to the SDK, as it does the checksums.
    pub(crate) hash: Option<PayloadHash>,
    pub(crate) crc32: Option<String>,
    pub(crate) crc32_c: Option<String>,
    pub(crate) crc64_nvme: Option<String>,
    pub(crate) sha256: Option<String>,
}

impl Payload {
    /// The body of a request that is to carry a checksum of this kind, if of any.
    pub(crate) fn new(chunks: &[Bytes], checksum: Option<&ChecksumAlgorithm>) -> Self {
        let mut payload =
            Self { body: body(chunks), hash: None, crc32: None, crc32_c: None, crc64_nvme: None, sha256: None };
        match checksum {
            None | Some(ChecksumAlgorithm::Sha256) => {}
            Some(ChecksumAlgorithm::Crc32) => payload.crc32 = Some(crc(CrcAlgorithm::Crc32IsoHdlc, chunks, 4)),
            Some(ChecksumAlgorithm::Crc32C) => payload.crc32_c = Some(crc(CrcAlgorithm::Crc32Iscsi, chunks, 4)),
            Some(ChecksumAlgorithm::Crc64Nvme) => payload.crc64_nvme = Some(crc(CrcAlgorithm::Crc64Nvme, chunks, 8)),
            Some(_) => {
                payload.body = chunks.concat().into();
                return payload;
            }
        }
        let hash = chunks.iter().fold(Sha256::new(), Digest::chain_update).finalize();
        if checksum == Some(&ChecksumAlgorithm::Sha256) {
            payload.sha256 = Some(base64::encode(hash));
        }
        let mut digits = String::with_capacity(64);
        encode::append_hex(&mut digits, &hash);
        payload.hash = Some(PayloadHash(digits));
        payload
    }
}

/// Can be sent any number of times.
pub(crate) fn body(chunks: &[Bytes]) -> SdkBody {
    match chunks {
        [] => SdkBody::empty(),
        [chunk] => chunk.clone().into(),
        _ => {
            let chunks = chunks.to_vec();
            SdkBody::retryable(move || SdkBody::from_body_1_x(Chunks::new(chunks.clone())))
        }
    }
}

/// The last `width` bytes of the checksum's number, highest first, as the headers have them.
fn crc(algorithm: CrcAlgorithm, chunks: &[Bytes], width: usize) -> String {
    let mut digest = crc_fast::Digest::new(algorithm);
    for chunk in chunks {
        digest.update(chunk);
    }
    base64::encode(&digest.finalize().to_be_bytes()[8 - width..])
}

/// Tells the signer what the SHA-256 of the body is, in hexadecimal digits.
#[derive(Debug)]
pub(crate) struct PayloadHash(String);

impl PayloadHash {
    pub(crate) fn digits(&self) -> &str {
        &self.0
    }
}

impl Intercept for PayloadHash {
    fn name(&self) -> &'static str {
        "PayloadHash"
    }

    fn modify_before_signing(
        &self,
        _: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut config = bag.load::<SigV4OperationSigningConfig>().cloned().unwrap_or_default();
        config.signing_options.payload_override = Some(SignableBody::Precomputed(self.0.clone()));
        bag.interceptor_state().store_put(config);
        Ok(())
    }
}

/// Chunks, handed out one by one.
struct Chunks {
    chunks: std::vec::IntoIter<Bytes>,
    left: u64,
}

impl Chunks {
    fn new(chunks: Vec<Bytes>) -> Self {
        let left = chunks.iter().map(|chunk| chunk.len() as u64).sum();
        Self { chunks: chunks.into_iter(), left }
    }
}

impl Body for Chunks {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let chunk = self.chunks.next();
        self.left -= chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        Poll::Ready(chunk.map(|chunk| Ok(Frame::data(chunk))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }
}
