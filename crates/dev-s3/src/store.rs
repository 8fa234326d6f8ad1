//! The buckets: an index in memory, with the bytes in memory or in the files of a directory.

mod directory;
mod multipart;

use std::collections::{BTreeMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use s3s::dto::ETagCondition;
use s3s::{S3Error, S3Result, s3_error};

pub(crate) use self::directory::Directory;
pub(crate) use self::multipart::{Completed, Expected, Finished, Part, Upload};
use crate::content::{Content, Segment, Staging};
use crate::object::{Info, Object, now_millis};

/// All buckets of a server.
pub(crate) struct Store {
    buckets: Mutex<BTreeMap<String, Bucket>>,
    directory: Option<Directory>,
    /// Makes upload ids and file names distinct, and ids sort by age.
    sequence: AtomicU64,
}

/// A bucket, and the multipart uploads in it.
#[derive(Default)]
pub(crate) struct Bucket {
    /// Milliseconds since 1970.
    pub(crate) created: u64,
    /// ACLs are off: Object Ownership is `BucketOwnerEnforced`.
    pub(crate) owner_enforced: bool,
    pub(crate) objects: BTreeMap<String, Arc<Object>>,
    /// By key and upload id.
    pub(crate) uploads: BTreeMap<(String, String), Upload>,
    /// The last completed multipart uploads, for clients that repeat the completion.
    pub(crate) finished: VecDeque<Finished>,
}

/// A condition on the object that is replaced.
#[derive(Clone, Debug, Default)]
pub(crate) struct Condition {
    pub(crate) if_match: Option<ETagCondition>,
    pub(crate) if_none_match: Option<ETagCondition>,
}

impl Store {
    pub(crate) fn in_memory() -> Self {
        Self { buckets: Mutex::default(), directory: None, sequence: AtomicU64::new(0) }
    }

    /// A store with the buckets that the directory already contains.
    pub(crate) fn in_directory(directory: Directory) -> io::Result<Self> {
        let buckets = Mutex::new(directory.load()?);
        Ok(Self { buckets, directory: Some(directory), sequence: AtomicU64::new(now_millis()) })
    }

    /// Runs `read` on a bucket.
    pub(crate) fn bucket<T>(&self, name: &str, read: impl FnOnce(&mut Bucket) -> T) -> S3Result<T> {
        self.lock().get_mut(name).map(read).ok_or_else(no_such_bucket)
    }

    pub(crate) fn object(&self, bucket: &str, key: &str) -> S3Result<Arc<Object>> {
        self.bucket(bucket, |bucket| bucket.objects.get(key).cloned())?.ok_or_else(no_such_key)
    }

    /// Names and times of creation, in milliseconds since 1970.
    pub(crate) fn buckets(&self) -> Vec<(String, u64)> {
        self.lock().iter().map(|(name, bucket)| (name.clone(), bucket.created)).collect()
    }

    /// Returns false if the bucket already exists. The bucket is then unchanged.
    pub(crate) fn create_bucket(&self, name: &str, owner_enforced: bool) -> io::Result<bool> {
        let mut buckets = self.lock();
        if buckets.contains_key(name) {
            return Ok(false);
        }
        let bucket = Bucket { created: now_millis(), owner_enforced, ..Bucket::default() };
        if let Some(directory) = &self.directory {
            directory.save_bucket(name, &bucket)?;
        }
        buckets.insert(name.to_owned(), bucket);
        Ok(true)
    }

    pub(crate) fn set_owner_enforced(&self, name: &str, owner_enforced: bool) -> S3Result<()> {
        let mut buckets = self.lock();
        let bucket = buckets.get_mut(name).ok_or_else(no_such_bucket)?;
        bucket.owner_enforced = owner_enforced;
        if let Some(directory) = &self.directory {
            directory.save_bucket(name, bucket).map_err(S3Error::internal_error)?;
        }
        Ok(())
    }

    pub(crate) fn delete_bucket(&self, name: &str) -> S3Result<()> {
        let mut buckets = self.lock();
        let bucket = buckets.get(name).ok_or_else(no_such_bucket)?;
        if !bucket.objects.is_empty() {
            return Err(s3_error!(BucketNotEmpty, "The bucket you tried to delete is not empty"));
        }
        if let Some(directory) = &self.directory {
            directory.remove_bucket(name).map_err(S3Error::internal_error)?;
        }
        buckets.remove(name);
        Ok(())
    }

    /// The place for the bytes of a request body until they are part of an object.
    pub(crate) async fn stage(&self, expected: Option<u64>) -> io::Result<Staging> {
        match &self.directory {
            Some(directory) => Staging::file(directory.incoming(&self.unique_name())).await,
            None => Ok(Staging::memory(expected)),
        }
    }

    /// Makes the object visible under its key, in place of an existing object.
    pub(crate) fn put(&self, bucket: &str, info: Info, segments: &[Segment], condition: &Condition) -> S3Result<()> {
        let mut buckets = self.lock();
        let slot = buckets.get_mut(bucket).ok_or_else(no_such_bucket)?;
        condition.check(slot.objects.get(&info.key).map(|object| &object.info))?;
        self.place(bucket, slot, info, segments).map_err(S3Error::internal_error)
    }

    /// Copies the bytes of an object, without reading them.
    pub(crate) fn copy(&self, bucket: &str, info: Info, content: &Content) -> S3Result<()> {
        let duplicate = || match &self.directory {
            Some(directory) => {
                content.segments().iter().map(|segment| directory.duplicate(segment, &self.unique_name())).collect()
            }
            None => Ok(content.segments().to_vec()),
        };
        let segments: Vec<Segment> = duplicate().map_err(S3Error::internal_error)?;
        self.put(bucket, info, &segments, &Condition::default())
    }

    /// Changes an object's metadata. Its bytes and its time stay the same.
    pub(crate) fn amend(&self, bucket: &str, key: &str, change: impl FnOnce(&mut Info)) -> S3Result<()> {
        let mut buckets = self.lock();
        let slot = buckets.get_mut(bucket).ok_or_else(no_such_bucket)?;
        let object = slot.objects.get_mut(key).ok_or_else(no_such_key)?;
        let mut amended = Object::clone(object);
        change(&mut amended.info);
        if let Some(directory) = &self.directory {
            directory.save_object(bucket, &amended).map_err(S3Error::internal_error)?;
        }
        *object = Arc::new(amended);
        Ok(())
    }

    /// Deletes an object. A missing key is no error.
    pub(crate) fn delete(&self, bucket: &str, key: &str, condition: &Condition) -> S3Result<()> {
        let mut buckets = self.lock();
        let slot = buckets.get_mut(bucket).ok_or_else(no_such_bucket)?;
        condition.check(slot.objects.get(key).map(|object| &object.info))?;
        let Some(object) = slot.objects.remove(key) else { return Ok(()) };
        if let Some(directory) = &self.directory {
            directory.remove_object(bucket, key).map_err(S3Error::internal_error)?;
        }
        object.content.release();
        Ok(())
    }

    fn place(&self, bucket: &str, slot: &mut Bucket, info: Info, segments: &[Segment]) -> io::Result<()> {
        let key = info.key.clone();
        let object = match &self.directory {
            Some(directory) => {
                let placed: io::Result<_> =
                    segments.iter().map(|segment| directory.place(bucket, segment, &self.unique_name())).collect();
                let object = Object { info, content: Content::new(placed?) };
                directory.save_object(bucket, &object)?;
                object.content.keep();
                object
            }
            None => Object { info, content: Content::new(segments.to_vec()) },
        };
        if let Some(replaced) = slot.objects.insert(key, Arc::new(object)) {
            replaced.content.release();
        }
        Ok(())
    }

    fn unique_name(&self) -> String {
        let number = self.sequence.fetch_add(1, Ordering::Relaxed);
        // A fresh `RandomState` is the standard library's source of randomness.
        let random = RandomState::new().hash_one(number);
        format!("{number:012x}{random:016x}")
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Bucket>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Condition {
    pub(crate) fn check(&self, current: Option<&Info>) -> S3Result<()> {
        let holds = |condition: &ETagCondition, info: &Info| match condition {
            ETagCondition::Any => true,
            ETagCondition::ETag(etag) => etag.value() == info.etag,
        };
        if let Some(condition) = &self.if_match {
            let info = current.ok_or_else(no_such_key)?;
            if !holds(condition, info) {
                return Err(precondition_failed("If-Match"));
            }
        }
        if let (Some(condition), Some(info)) = (&self.if_none_match, current)
            && holds(condition, info)
        {
            return Err(precondition_failed("If-None-Match"));
        }
        Ok(())
    }
}

pub(crate) fn precondition_failed(header: &str) -> S3Error {
    s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold: {header}")
}

pub(crate) fn no_such_key() -> S3Error {
    s3_error!(NoSuchKey, "The specified key does not exist.")
}

pub(crate) fn no_such_bucket() -> S3Error {
    s3_error!(NoSuchBucket, "The specified bucket does not exist")
}
