//! The service that stores files: a folder, in place of yours.
//!
//! Most services offer these four calls. The future of each may be dropped at any `await`, when a client goes away or the
//! time is up. Put what has to be undone then, or when a call fails, into a `Cleanup`.

use std::{
    fs::Metadata,
    io::{self, SeekFrom},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use longshore_provider::{
    Body, ByteRange, Bytes, Cleanup, Error, ObjectMeta, Opened, Result,
    futures::stream,
    tokio::{
        fs::{self, File},
        io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt},
    },
};

/// Bytes that are read at once.
const CHUNK: usize = 256 * 1024;

pub(crate) struct Service {
    files: PathBuf,
    /// Files that are not complete yet, out of sight.
    parts: PathBuf,
}

impl Service {
    /// Makes the client, once. The service need not be reachable yet: `Provider::health` is for that.
    pub(crate) async fn new(folder: &Path) -> Result<Self> {
        let (files, parts) = (folder.join("files"), folder.join("parts"));
        for folder in [&files, &parts] {
            fs::create_dir_all(folder).await.map_err(|error| {
                let message = format!("`folder`: cannot make `{}`", folder.display());
                Error::invalid_options(message).caused_by(&error)
            })?;
        }
        Ok(Self { files, parts })
    }

    /// Stores all of `body`, or nothing, in place of an older file. Returns the number of bytes.
    pub(crate) async fn put(&self, key: &str, mut body: Body) -> Result<u64> {
        let part = self.new_part();
        let cleanup = Cleanup::new({
            let part = part.clone();
            async move {
                // The file may be missing if nothing was written yet.
                let _ = fs::remove_file(part).await;
            }
        });
        let mut file = File::create(&part).await?;
        let mut size = 0;
        // Chunk by chunk, so that memory does not grow with the file.
        while let Some(chunk) = body.next().await {
            let chunk = chunk?;
            file.write_all(&chunk).await?;
            size += chunk.len() as u64;
        }
        file.sync_all().await?;
        let moved = self.move_to(key, &part).await;
        moved.map_err(|error| failure(key, error))?;
        cleanup.disarm();
        Ok(size)
    }

    /// Removes a file. A missing file is no error. Folders stay.
    pub(crate) async fn delete(&self, key: &str) -> Result<()> {
        match fs::remove_file(self.path(key)).await {
            Err(error) if !is_missing(&error) => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The metadata of a file.
    pub(crate) async fn head(&self, key: &str) -> Result<ObjectMeta> {
        match fs::metadata(self.path(key)).await {
            Ok(metadata) => meta(key, &metadata),
            Err(error) => Err(failure_to_read(key, error)),
        }
    }

    /// Opens a file, or a range of it.
    pub(crate) async fn open(&self, key: &str, range: Option<ByteRange>) -> Result<Opened> {
        let opened = File::open(self.path(key)).await;
        let mut file = opened.map_err(|error| failure_to_read(key, error))?;
        let meta = meta(key, &file.metadata().await?)?;
        let (start, length) = range.map_or((0, None), |range| (range.start, range.length));
        if start > 0 && start >= meta.size {
            return Err(Error::invalid_input("the range starts behind the end"));
        }
        let left = meta.size - start;
        let length = length.map_or(left, |length| length.min(left));
        file.seek(SeekFrom::Start(start)).await?;
        let chunks = stream::try_unfold(file.take(length), |mut file| async move {
            let mut chunk = Vec::with_capacity(CHUNK);
            let read = file.read_buf(&mut chunk).await?;
            Ok((read > 0).then(|| (Bytes::from(chunk), file)))
        });
        Ok(Opened::new(meta, Body::from_stream(chunks, Some(length))))
    }

    async fn move_to(&self, key: &str, part: &Path) -> io::Result<()> {
        let path = self.path(key);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).await?;
        }
        fs::rename(part, path).await
    }

    /// Keys come from `object_key`, which refuses those that lead out of the folder.
    fn path(&self, key: &str) -> PathBuf {
        self.files.join(key)
    }

    fn new_part(&self) -> PathBuf {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        self.parts.join(format!("{}-{count}", std::process::id()))
    }
}

fn meta(key: &str, metadata: &Metadata) -> Result<ObjectMeta> {
    if !metadata.is_file() {
        return Err(Error::not_found(key));
    }
    let mut meta = ObjectMeta::new(key, metadata.len());
    meta.last_modified = metadata.modified().ok();
    Ok(meta)
}

/// Callers act on the kind of an error. `Error::from` maps the usual errors of the file system. These have another
/// meaning here.
fn failure(key: &str, error: io::Error) -> Error {
    use io::ErrorKind::{AlreadyExists, InvalidFilename, IsADirectory, NotADirectory};
    match error.kind() {
        AlreadyExists | InvalidFilename | IsADirectory | NotADirectory => {
            Error::invalid_input(format!("the folder cannot have a file `{key}`")).caused_by(&error)
        }
        _ => error.into(),
    }
}

fn failure_to_read(key: &str, error: io::Error) -> Error {
    match error {
        error if is_missing(&error) => Error::not_found(key),
        error => failure(key, error),
    }
}

fn is_missing(error: &io::Error) -> bool {
    use io::ErrorKind::{IsADirectory, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory | IsADirectory)
}
