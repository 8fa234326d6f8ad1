//! Multipart uploads: parts that become an object only when the upload is completed.

use std::collections::BTreeMap;

use s3s::crypto::{Checksum as _, Md5};
use s3s::{S3Error, S3Result, s3_error};

use super::{Condition, Segment, Store, no_such_bucket};
use crate::acl::Acl;
use crate::checksum::{Algorithm, Stored, Value};
use crate::hex;
use crate::object::{Headers, Info, now_millis};

/// The smallest size of a part in bytes, except for the last part.
const SMALLEST_PART: u64 = 5 << 20;
/// The number of completed uploads that a bucket remembers.
const REMEMBERED: usize = 1000;

/// An upload that is neither completed nor aborted.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    /// Milliseconds since 1970.
    pub(crate) initiated: u64,
    pub(crate) acl: Acl,
    pub(crate) headers: Headers,
    pub(crate) tagging: Option<String>,
    /// The algorithm that the client chose. Without one, the server computes CRC64NVME.
    pub(crate) algorithm: Option<Algorithm>,
    /// The object's checksum is made from the checksums of the parts.
    pub(crate) composite: bool,
    pub(crate) parts: BTreeMap<i32, Part>,
}

/// A part that has arrived.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) segment: Segment,
    /// The bytes of the part's `ETag`, which are its MD5 unless a KMS key is used.
    pub(crate) tag: [u8; 16],
    pub(crate) checksum: Value,
    /// Milliseconds since 1970.
    pub(crate) modified: u64,
}

/// A part that the client lists to complete an upload.
#[derive(Clone, Debug)]
pub(crate) struct Completed {
    pub(crate) number: i32,
    /// The `ETag` without quotes.
    pub(crate) etag: String,
    pub(crate) checksum: Option<Value>,
}

/// The outcome of an upload that was completed.
#[derive(Clone, Debug)]
pub(crate) struct Finished {
    pub(crate) key: String,
    pub(crate) upload_id: String,
    pub(crate) etag: String,
    pub(crate) checksum: Option<Stored>,
}

impl Upload {
    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm.unwrap_or(Algorithm::Crc64Nvme)
    }

    /// The parts to join, in order.
    fn select(&self, completed: &[Completed]) -> S3Result<Vec<&Part>> {
        if completed.is_empty() {
            return Err(s3_error!(MalformedXML, "You must specify at least one part"));
        }
        if !completed.is_sorted_by(|one, next| one.number < next.number) {
            return Err(s3_error!(InvalidPartOrder, "The list of parts was not in ascending order."));
        }
        let parts = completed.iter().map(|wanted| self.part(wanted)).collect::<S3Result<Vec<_>>>()?;
        let (_last, others) = parts.split_last().expect("at least one part was listed");
        if others.iter().any(|part| part.segment.size() < SMALLEST_PART) {
            return Err(s3_error!(EntityTooSmall, "Your proposed upload is smaller than the minimum allowed size"));
        }
        Ok(parts)
    }

    fn part(&self, wanted: &Completed) -> S3Result<&Part> {
        let number = wanted.number;
        let invalid = || {
            s3_error!(
                InvalidPart,
                "Part {number} could not be found. It may not have been uploaded, or its entity tag may not have matched."
            )
        };
        let part = self.parts.get(&number).ok_or_else(invalid)?;
        if hex(&part.tag) != wanted.etag {
            return Err(invalid());
        }
        match (&wanted.checksum, self.algorithm) {
            // For an upload without a declared algorithm, S3 keeps the checksum that it computes, and ignores the
            // checksums of the parts.
            (Some(checksum), None) if checksum.algorithm != self.algorithm() => Err(invalid()),
            (Some(checksum), _) if *checksum != part.checksum => Err(invalid()),
            (None, Some(algorithm)) if self.composite => Err(s3_error!(
                InvalidRequest,
                "The upload was created using a {} checksum. The complete request must include the checksum for each \
                 part. It was missing for part {number} in the request.",
                algorithm.name().to_lowercase()
            )),
            _ => Ok(part),
        }
    }

    fn checksum(&self, parts: &[&Part]) -> Option<Stored> {
        let algorithm = self.algorithm();
        if parts.iter().any(|part| part.checksum.algorithm != algorithm) {
            return None;
        }
        if self.composite {
            let values: Vec<Value> = parts.iter().map(|part| part.checksum.clone()).collect();
            return Some(Stored::composite(algorithm, &values));
        }
        let values: Vec<_> = parts.iter().map(|part| (part.checksum.clone(), part.segment.size())).collect();
        Stored::combined(algorithm, &values)
    }
}

impl Store {
    /// Returns the upload id.
    pub(crate) fn create_upload(&self, bucket: &str, key: &str, upload: Upload) -> S3Result<String> {
        let id = self.unique_name();
        self.bucket(bucket, |bucket| bucket.uploads.insert((key.to_owned(), id.clone()), upload))?;
        Ok(id)
    }

    pub(crate) fn upload(&self, bucket: &str, key: &str, id: &str) -> S3Result<Upload> {
        let name = (key.to_owned(), id.to_owned());
        self.bucket(bucket, |bucket| bucket.uploads.get(&name).cloned())?.ok_or_else(no_such_upload)
    }

    pub(crate) fn put_part(&self, bucket: &str, key: &str, id: &str, number: i32, part: Part) -> S3Result<()> {
        let name = (key.to_owned(), id.to_owned());
        self.bucket(bucket, |bucket| {
            let upload = bucket.uploads.get_mut(&name).ok_or_else(no_such_upload)?;
            upload.parts.insert(number, part);
            Ok(())
        })?
    }

    pub(crate) fn abort_upload(&self, bucket: &str, key: &str, id: &str) -> S3Result<()> {
        let name = (key.to_owned(), id.to_owned());
        self.bucket(bucket, |bucket| bucket.uploads.remove(&name))?.map(drop).ok_or_else(no_such_upload)
    }

    /// Makes one object of the parts. A repeated call returns the same result, as in S3.
    pub(crate) fn complete_upload(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
        completed: &[Completed],
        expected: &Expected<'_>,
    ) -> S3Result<Finished> {
        let mut buckets = self.lock();
        let slot = buckets.get_mut(bucket).ok_or_else(no_such_bucket)?;
        let name = (key.to_owned(), id.to_owned());
        let Some(upload) = slot.uploads.get(&name) else {
            let again = slot.finished.iter().find(|finished| finished.upload_id == id && finished.key == key);
            return again.cloned().ok_or_else(no_such_upload);
        };
        let parts = upload.select(completed)?;
        let size = parts.iter().map(|part| part.segment.size()).sum();
        if expected.size.is_some_and(|expected| expected != size) {
            return Err(s3_error!(InvalidRequest, "The object size does not match x-amz-mp-object-size"));
        }
        let checksum = upload.checksum(&parts);
        if let (Some((algorithm, text)), Some(stored)) = (expected.checksum, &checksum)
            && (*algorithm != stored.algorithm || *text != stored.text)
        {
            return Err(crate::checksum::mismatch(*algorithm));
        }
        expected.condition.check(slot.objects.get(key).map(|object| &object.info))?;
        let digests: Vec<u8> = parts.iter().flat_map(|part| part.tag).collect();
        let etag = format!("{}-{}", hex(&upload.headers.tag(Md5::checksum(&digests))), parts.len());
        let segments: Vec<Segment> = parts.iter().map(|part| part.segment.clone()).collect();
        let info = Info {
            key: key.to_owned(),
            size,
            etag: etag.clone(),
            modified: now_millis(),
            acl: upload.acl,
            headers: upload.headers.clone(),
            tagging: upload.tagging.clone(),
            checksum: checksum.clone(),
        };
        self.place(bucket, slot, info, &segments).map_err(S3Error::internal_error)?;
        slot.uploads.remove(&name);
        let finished = Finished { key: key.to_owned(), upload_id: id.to_owned(), etag, checksum };
        slot.finished.push_back(finished.clone());
        if slot.finished.len() > REMEMBERED {
            slot.finished.pop_front();
        }
        Ok(finished)
    }
}

/// The client's expectations of the completed upload.
pub(crate) struct Expected<'a> {
    pub(crate) size: Option<u64>,
    pub(crate) checksum: Option<&'a (Algorithm, String)>,
    pub(crate) condition: &'a Condition,
}

pub(crate) fn no_such_upload() -> S3Error {
    s3_error!(
        NoSuchUpload,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or \
         completed."
    )
}
