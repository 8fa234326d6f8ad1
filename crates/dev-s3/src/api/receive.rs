//! Receives a request body into memory or onto disk, and verifies its length and checksums on the way.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures::StreamExt as _;
use http::{HeaderMap, StatusCode};
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::StreamingBlob;
use s3s::{S3Error, S3ErrorCode, S3Result, StdError, TrailingHeaders, s3_error};

use crate::checksum::{Algorithm, Hasher, Value};
use crate::content::Segment;
use crate::store::Store;

/// A body that was received in full, and matches the length and checksums that the client declared.
pub(super) struct Received {
    pub(super) segment: Segment,
    pub(super) md5: [u8; 16],
    pub(super) checksum: Value,
}

/// The length and checksums that the client declares, in headers or in trailers.
pub(super) struct Claims {
    length: Option<u64>,
    md5: Option<[u8; 16]>,
    checksum: Option<Value>,
    /// The algorithm of the checksum in the trailers.
    trailer: Option<Algorithm>,
    trailers: Option<TrailingHeaders>,
}

impl Claims {
    /// `declared` are the checksums in the headers. `length` is the length of the decoded content.
    pub(super) fn new(
        length: Option<i64>,
        md5: Option<&str>,
        declared: &[(Algorithm, String)],
        headers: &HeaderMap,
        trailers: Option<TrailingHeaders>,
    ) -> S3Result<Self> {
        let trailer = headers.get("x-amz-trailer").and_then(|value| value.to_str().ok());
        let trailer = trailer.and_then(|name| {
            Algorithm::ALL.into_iter().find(|algorithm| algorithm.header().eq_ignore_ascii_case(name.trim()))
        });
        let checksum = match declared {
            [] => None,
            [(algorithm, text)] => Some(Value::parse(*algorithm, text)?),
            _ => return Err(s3_error!(InvalidRequest, "Expecting a single x-amz-checksum- header")),
        };
        let md5 = md5.map(|text| {
            let bytes = BASE64.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
            bytes.ok_or_else(|| s3_error!(InvalidDigest, "The Content-MD5 you specified is not valid."))
        });
        Ok(Self {
            length: length.and_then(|length| u64::try_from(length).ok()),
            md5: md5.transpose()?,
            checksum,
            trailer,
            trailers,
        })
    }

    /// The algorithm that the client used, by header or trailer.
    pub(super) fn algorithm(&self) -> Option<Algorithm> {
        self.checksum.as_ref().map(|checksum| checksum.algorithm).or(self.trailer)
    }

    fn check(self, size: u64, md5: [u8; 16], computed: &Value) -> S3Result<()> {
        if self.length.is_some_and(|length| length != size) {
            return Err(incomplete());
        }
        if self.md5.is_some_and(|claimed| claimed != md5) {
            return Err(s3_error!(BadDigest, "The Content-MD5 you specified did not match what we received."));
        }
        if let Some(claimed) = &self.checksum {
            claimed.expect(computed)?;
        }
        if let Some(algorithm) = self.trailer {
            let trailers = self.trailers.and_then(|trailers| trailers.take());
            let text = trailers.as_ref().and_then(|trailers| trailers.get(algorithm.header()));
            let text = text.and_then(|text| text.to_str().ok()).ok_or_else(malformed_trailer)?;
            Value::parse(algorithm, text)?.expect(computed)?;
        }
        Ok(())
    }
}

/// Reads the body to its end. On any error nothing of it stays.
///
/// The checksum is computed by the algorithm that the client uses, else by `otherwise`.
pub(super) async fn receive(
    store: &Store,
    body: Option<StreamingBlob>,
    claims: Claims,
    otherwise: Algorithm,
) -> S3Result<Received> {
    let mut staging = store.stage(claims.length).await.map_err(not_kept)?;
    let mut md5 = Md5::new();
    let mut hasher = Hasher::new(claims.algorithm().unwrap_or(otherwise));
    let mut size = 0;
    if let Some(mut body) = body {
        while let Some(bytes) = body.next().await {
            let bytes = bytes.map_err(|error| broken_body(&error))?;
            size += bytes.len() as u64;
            if claims.length.is_some_and(|length| size > length) {
                return Err(incomplete());
            }
            md5.update(&bytes);
            hasher.update(&bytes);
            staging.write(&bytes).await.map_err(not_kept)?;
        }
    }
    let (md5, checksum) = (md5.finalize(), hasher.finish());
    claims.check(size, md5, &checksum)?;
    let segment = staging.finish().await.map_err(not_kept)?;
    Ok(Received { segment, md5, checksum })
}

/// A disk that is full is a refusal, as other services have it: the client knows that nothing was stored.
fn not_kept(error: io::Error) -> S3Error {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            let code = S3ErrorCode::Custom("InsufficientStorage".into());
            let mut full = S3Error::with_message(code, "There is no space left where objects are kept.");
            full.set_status_code(StatusCode::INSUFFICIENT_STORAGE);
            full
        }
        _ => S3Error::internal_error(error),
    }
}

/// Names what is wrong with a body that could not be read. s3s keeps the types of these errors to itself.
fn broken_body(error: &StdError) -> S3Error {
    let text = error.to_string();
    let says = |word: &str| text.contains(word);
    if says("Sha256Mismatch") {
        let code = S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into());
        let message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
        return bad_request(code, message);
    }
    if says("SignatureMismatch") {
        return s3_error!(SignatureDoesNotMatch, "The signature of a chunk does not match what was computed.");
    }
    if says("FormatError") || says("TooLarge") {
        return s3_error!(InvalidRequest, "The body is not encoded as aws-chunked");
    }
    incomplete()
}

fn incomplete() -> S3Error {
    s3_error!(IncompleteBody, "You did not provide the number of bytes specified by the Content-Length HTTP header")
}

fn malformed_trailer() -> S3Error {
    let code = S3ErrorCode::Custom("MalformedTrailerError".into());
    bad_request(code, "The request contained trailing data that was not well-formed or did not conform to our schema.")
}

fn bad_request(code: S3ErrorCode, message: &'static str) -> S3Error {
    let mut error = S3Error::with_message(code, message);
    error.set_status_code(http::StatusCode::BAD_REQUEST);
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_disk_is_a_refusal_and_no_internal_error() {
        let full = not_kept(io::ErrorKind::StorageFull.into());
        assert_eq!((full.code().as_str(), full.status_code().unwrap().as_u16()), ("InsufficientStorage", 507));
        assert_eq!(not_kept(io::Error::other("x")).code().as_str(), "InternalError");
    }
}
