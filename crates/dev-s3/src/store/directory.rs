//! Buckets in a directory.
//!
//! ```text
//! DIR/.lock                     held while a server uses the directory
//! DIR/.incoming/                request bodies and parts; emptied at every start
//! DIR/BUCKET/bucket.json
//! DIR/BUCKET/objects/NAME.json  key, headers, ACL, …, and the names of its data files
//! DIR/BUCKET/data/              the bytes, a file for each part
//! ```
//!
//! A key cannot be used as a file name: it may be too long, contain `..`, or differ from another key only by case. The
//! name of the JSON file is therefore a readable part of the key, followed by its hash. Renaming the JSON file makes an
//! object appear, or replaces it.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use s3s::crypto::{Checksum as _, Sha256};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Bucket, Content, Segment};
use crate::content::DataFile;
use crate::object::{Info, Object};

/// A directory that this process alone uses.
pub(crate) struct Directory {
    root: PathBuf,
    /// Holds the lock until the directory is dropped.
    _lock: File,
}

#[derive(Serialize, Deserialize)]
struct BucketRecord {
    created: u64,
    owner_enforced: bool,
}

#[derive(Serialize, Deserialize)]
struct ObjectRecord {
    info: Info,
    data: Vec<DataRecord>,
}

#[derive(Serialize, Deserialize)]
struct DataRecord {
    file: String,
    size: u64,
}

impl Directory {
    /// Creates what is missing. Fails when another server uses the directory.
    pub(crate) fn open(root: &Path) -> io::Result<Self> {
        fs::create_dir_all(root)?;
        let lock = File::create(root.join(".lock"))?;
        lock.try_lock().map_err(|error| match error {
            fs::TryLockError::WouldBlock => io::Error::new(io::ErrorKind::ResourceBusy, "another server uses it"),
            fs::TryLockError::Error(error) => error,
        })?;
        let directory = Self { root: root.to_owned(), _lock: lock };
        match fs::remove_dir_all(directory.root.join(".incoming")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs::create_dir(directory.root.join(".incoming"))?,
        }
        Ok(directory)
    }

    /// Creates a file for bytes that belong to no object yet.
    pub(crate) fn incoming(&self, name: &str) -> PathBuf {
        self.root.join(".incoming").join(name)
    }

    /// Reads all buckets, and removes data files that no object refers to.
    pub(crate) fn load(&self) -> io::Result<BTreeMap<String, Bucket>> {
        let mut buckets = BTreeMap::new();
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if s3s::path::check_bucket_name(&name) && entry.path().join("bucket.json").is_file() {
                buckets.insert(name, Self::load_bucket(&entry.path())?);
            }
        }
        Ok(buckets)
    }

    pub(crate) fn save_bucket(&self, name: &str, bucket: &Bucket) -> io::Result<()> {
        let root = self.root.join(name);
        fs::create_dir_all(root.join("objects"))?;
        fs::create_dir_all(root.join("data"))?;
        let record = BucketRecord { created: bucket.created, owner_enforced: bucket.owner_enforced };
        write_json(&root.join("bucket.json"), &record)
    }

    pub(crate) fn remove_bucket(&self, name: &str) -> io::Result<()> {
        fs::remove_dir_all(self.root.join(name))
    }

    /// Moves bytes into the bucket. They are temporary until [`Content::keep`].
    pub(crate) fn place(&self, bucket: &str, segment: &Segment, name: &str) -> io::Result<Segment> {
        let Segment::File { file, size } = segment else { return Ok(segment.clone()) };
        let path = self.root.join(bucket).join("data").join(name);
        fs::rename(file.path(), &path)?;
        file.forget();
        Ok(Segment::File { file: Arc::new(DataFile::temporary(path)), size: *size })
    }

    /// Gives the bytes of an object a second name, by a hard link if the file system supports hard links.
    pub(crate) fn duplicate(&self, segment: &Segment, name: &str) -> io::Result<Segment> {
        let Segment::File { file, size } = segment else { return Ok(segment.clone()) };
        let path = self.incoming(name);
        if fs::hard_link(file.path(), &path).is_err() {
            fs::copy(file.path(), &path)?;
        }
        Ok(Segment::File { file: Arc::new(DataFile::temporary(path)), size: *size })
    }

    pub(crate) fn save_object(&self, bucket: &str, object: &Object) -> io::Result<()> {
        let data = object.content.segments().iter().map(|segment| {
            let Segment::File { file, size } = segment else {
                return Err(io::Error::other("bytes in memory cannot be saved in a directory"));
            };
            let name = file.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
            Ok(DataRecord { file: name, size: *size })
        });
        let record = ObjectRecord { info: object.info.clone(), data: data.collect::<io::Result<_>>()? };
        write_json(&self.record_path(bucket, &object.info.key), &record)
    }

    pub(crate) fn remove_object(&self, bucket: &str, key: &str) -> io::Result<()> {
        fs::remove_file(self.record_path(bucket, key))
    }

    fn record_path(&self, bucket: &str, key: &str) -> PathBuf {
        self.root.join(bucket).join("objects").join(file_name(key))
    }

    fn load_bucket(root: &Path) -> io::Result<Bucket> {
        let record: BucketRecord = read_json(&root.join("bucket.json"))?;
        let mut bucket = Bucket { created: record.created, owner_enforced: record.owner_enforced, ..Bucket::default() };
        let mut used = HashSet::<OsString>::new();
        for entry in fs::read_dir(root.join("objects"))? {
            let path = entry?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                fs::remove_file(path)?;
                continue;
            }
            let record: ObjectRecord = read_json(&path)?;
            used.extend(record.data.iter().map(|data| OsString::from(&data.file)));
            let segments = record.data.into_iter().map(|data| {
                let file = DataFile::existing(root.join("data").join(data.file));
                Segment::File { file: Arc::new(file), size: data.size }
            });
            let object = Object { content: Content::new(segments.collect()), info: record.info };
            bucket.objects.insert(object.info.key.clone(), Arc::new(object));
        }
        for entry in fs::read_dir(root.join("data"))? {
            let entry = entry?;
            if !used.contains(&entry.file_name()) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(bucket)
    }
}

fn write_json(path: &Path, record: &impl Serialize) -> io::Result<()> {
    let temporary = path.with_extension("new");
    fs::write(&temporary, serde_json::to_vec_pretty(record)?)?;
    fs::rename(temporary, path)
}

fn read_json<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    let named = |error: serde_json::Error| io::Error::other(format!("{}: {error}", path.display()));
    serde_json::from_slice(&fs::read(path)?).map_err(named)
}

/// A name that is safe, tells two keys apart, and lets people recognise the key.
fn file_name(key: &str) -> String {
    let safe = |letter: char| if letter.is_ascii_alphanumeric() || "._-".contains(letter) { letter } else { '_' };
    let tail = key.chars().rev().take(60).collect::<Vec<_>>();
    let mut name: String = tail.into_iter().rev().map(safe).collect();
    name.push('-');
    for byte in &Sha256::checksum(key.as_bytes())[..16] {
        write!(name, "{byte:02x}").expect("writing into a string cannot fail");
    }
    name.push_str(".json");
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_safe_and_distinct() {
        let keys = ["a", "A", "../../etc/passwd", "a/b", "a_b", "ä", &"x".repeat(1024), "."];
        let names: HashSet<String> = keys.iter().map(|key| file_name(key)).collect();
        assert_eq!(names.len(), keys.len());
        assert!(names.iter().all(|name| name.len() < 128 && !name.contains('/') && name.is_ascii()));
    }
}
