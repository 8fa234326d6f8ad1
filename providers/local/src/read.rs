//! Reading a file, or what is known of it.

use std::{io, sync::Arc};

use cap_std::fs::{File, Metadata, MetadataExt, OpenOptions, OpenOptionsExt};
use longshore_provider::{Body, ByteRange, Bytes, Error, ErrorKind, ObjectMeta, Opened, Result, futures::stream};
use rustix::{buffer::spare_capacity, fs::OFlags, io::pread};

use crate::folder::{Folder, blocking, is_missing};

/// Bytes that are read in one go.
const CHUNK: u64 = 1024 * 1024;

/// The metadata of the file under `key`.
pub(crate) fn head(folder: &Folder, key: &str) -> Result<ObjectMeta> {
    match folder.dir().metadata(key) {
        Ok(metadata) if metadata.is_file() => Ok(object_meta(key, &metadata)),
        Ok(_) => Err(Error::not_found(key)),
        Err(error) => Err(unreadable(folder, key, &error)),
    }
}

/// Opens the file under `key`. The bytes belong to the file as it is now, even if it is replaced meanwhile.
pub(crate) fn open(folder: &Arc<Folder>, key: &str, range: Option<ByteRange>) -> Result<Opened> {
    // First of all: opening a device may do something.
    head(folder, key)?;
    let mut options = OpenOptions::new();
    // Opening a named pipe, which may have been put there since, would wait for a process at its other end.
    options.read(true).custom_flags(nonblocking());
    let file = folder.dir().open_with(key, &options).map_err(|error| unreadable(folder, key, &error))?;
    let metadata = file.metadata().map_err(|error| unreadable(folder, key, &error))?;
    if !metadata.is_file() {
        return Err(Error::not_found(key));
    }
    let meta = object_meta(key, &metadata);
    let (start, end) = match range {
        None => (0, meta.size),
        Some(ByteRange { start, .. }) if start > 0 && start >= meta.size => {
            let message = format!("the range starts at byte {start}, but `{key}` has only {}", meta.size);
            return Err(Error::invalid_input(message));
        }
        Some(ByteRange { start, length }) => {
            (start, length.map_or(meta.size, |length| start.saturating_add(length).min(meta.size)))
        }
    };
    let body = body(Arc::clone(folder), file, start, end);
    Ok(Opened::new(meta, body))
}

fn nonblocking() -> i32 {
    OFlags::NONBLOCK.bits().cast_signed()
}

/// The metadata of the file under `key`, from the file system's.
pub(crate) fn object_meta(key: &str, metadata: &Metadata) -> ObjectMeta {
    let mut meta = ObjectMeta::new(key, metadata.len());
    meta.etag = Some(etag(metadata));
    meta.last_modified = metadata.modified().ok().map(cap_std::time::SystemTime::into_std);
    meta
}

/// Every stored version is a file of its own, so its number, time and size tell it from the others.
pub(crate) fn etag(metadata: &Metadata) -> String {
    let (ino, size, seconds, nanos) = (metadata.ino(), metadata.len(), metadata.mtime(), metadata.mtime_nsec());
    format!("{ino:x}-{seconds:x}{nanos:08x}-{size:x}")
}

fn body(folder: Arc<Folder>, file: File, start: u64, end: u64) -> Body {
    let file = Arc::new(file);
    let chunks = stream::try_unfold(start, move |start| {
        let (folder, file) = (Arc::clone(&folder), Arc::clone(&file));
        async move {
            if start >= end {
                return Ok(None);
            }
            let chunk = blocking(move || {
                let length = CHUNK.min(end - start);
                read(&file, start, length).map_err(|error| folder.failure("read a file", &error))
            });
            let chunk = chunk.await?;
            if chunk.is_empty() {
                return Err(Error::new(ErrorKind::BrokenBody, "the file has become shorter while it was read"));
            }
            let next = start + chunk.len() as u64;
            Ok(Some((chunk, next)))
        }
    });
    Body::from_stream(chunks, Some(end - start))
}

/// As many bytes as there are, up to `length`: all of them unless the file ends.
fn read(file: &File, start: u64, length: u64) -> io::Result<Bytes> {
    let length = usize::try_from(length).expect("a chunk is small");
    let mut chunk = Vec::with_capacity(length);
    while chunk.len() < length {
        let offset = start + chunk.len() as u64;
        let read = pread(file, spare_capacity(&mut chunk), offset)?;
        if read == 0 {
            break;
        }
    }
    // The allocator may have given more than was asked for.
    chunk.truncate(length);
    Ok(Bytes::from(chunk))
}

fn unreadable(folder: &Folder, key: &str, error: &io::Error) -> Error {
    if is_missing(error) { Error::not_found(key) } else { folder.failure(format_args!("read `{key}`"), error) }
}
