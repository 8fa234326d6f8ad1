//! The bytes of objects and parts: in memory, or in files that are written once and never changed.

use std::io::{self, Read as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Bytes, BytesMut};
use futures::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use http_body::Frame;
use http_body_util::StreamBody;
use s3s::Body;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _, BufWriter};
use tokio_util::io::ReaderStream;

/// Bytes per read and write of a file.
const CHUNK: usize = 1 << 20;

/// The bytes of an object: its uploaded parts, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    segments: Vec<Segment>,
}

/// Bytes that arrived in one request.
#[derive(Clone, Debug)]
pub(crate) enum Segment {
    Memory(Bytes),
    File { file: Arc<DataFile>, size: u64 },
}

/// A file that is removed when its last user drops it, unless an object on disk refers to it.
#[derive(Debug)]
pub(crate) struct DataFile {
    path: PathBuf,
    kept: AtomicBool,
}

/// Bytes that are still arriving. If the value is dropped before [`finish`](Self::finish), nothing stays behind.
pub(crate) enum Staging {
    Memory(BytesMut),
    File { writer: BufWriter<tokio::fs::File>, file: DataFile, size: u64 },
}

impl Content {
    pub(crate) fn new(segments: Vec<Segment>) -> Self {
        Self { segments }
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    pub(crate) fn part_sizes(&self) -> impl Iterator<Item = u64> {
        self.segments.iter().map(Segment::size)
    }

    /// The range of the part `number`, counted from 1, within the object.
    pub(crate) fn part(&self, number: usize) -> Option<Range<u64>> {
        let part = self.segments.get(number.checked_sub(1)?)?;
        let start = self.part_sizes().take(number - 1).sum();
        Some(start..start + part.size())
    }

    /// Streams a range, which must lie inside the object.
    pub(crate) fn body(&self, range: Range<u64>) -> Body {
        let mut pieces = self.pieces(range);
        if let [Piece { segment: Segment::Memory(bytes), range }] = pieces.as_mut_slice() {
            return Body::from(bytes.slice(within(range)));
        }
        let stream = stream::iter(pieces).then(Piece::stream).try_flatten().map_ok(Frame::data);
        Body::http_body_unsync(StreamBody::new(stream))
    }

    pub(crate) fn read_all(&self) -> io::Result<Bytes> {
        if let [Segment::Memory(bytes)] = self.segments.as_slice() {
            return Ok(bytes.clone());
        }
        let mut all = Vec::new();
        for segment in &self.segments {
            match segment {
                Segment::Memory(bytes) => all.extend_from_slice(bytes),
                Segment::File { file, .. } => {
                    std::fs::File::open(&file.path)?.read_to_end(&mut all)?;
                }
            }
        }
        Ok(all.into())
    }

    /// Keeps the files when the process ends.
    pub(crate) fn keep(&self) {
        self.set_kept(true);
    }

    /// Lets the files be removed when the last reader is done.
    pub(crate) fn release(&self) {
        self.set_kept(false);
    }

    fn set_kept(&self, kept: bool) {
        for segment in &self.segments {
            if let Segment::File { file, .. } = segment {
                file.kept.store(kept, Ordering::Relaxed);
            }
        }
    }

    /// Splits a range of the object into ranges of its segments.
    fn pieces(&self, range: Range<u64>) -> Vec<Piece> {
        let mut start = 0;
        let mut pieces = Vec::new();
        for segment in &self.segments {
            let end = start + segment.size();
            let wanted = range.start.max(start)..range.end.min(end);
            if wanted.start < wanted.end {
                pieces.push(Piece { segment: segment.clone(), range: wanted.start - start..wanted.end - start });
            }
            start = end;
        }
        pieces
    }
}

impl Segment {
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File { size, .. } => *size,
        }
    }
}

impl DataFile {
    /// Owns a file that is removed on drop unless it is kept.
    pub(crate) fn temporary(path: PathBuf) -> Self {
        Self { path, kept: AtomicBool::new(false) }
    }

    /// Owns a file of an object that existed when the server started.
    pub(crate) fn existing(path: PathBuf) -> Self {
        Self { path, kept: AtomicBool::new(true) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives up the file, which has a new name and a new owner.
    pub(crate) fn forget(&self) {
        self.kept.store(true, Ordering::Relaxed);
    }
}

impl Drop for DataFile {
    fn drop(&mut self) {
        if !*self.kept.get_mut() {
            // A destructor cannot report an error. The next start clears files that could not be removed.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Staging {
    pub(crate) fn memory(expected: Option<u64>) -> Self {
        // The client's length is only a claim, so the reserved memory is limited.
        let capacity = expected.unwrap_or(0).min(64 << 20);
        Self::Memory(BytesMut::with_capacity(usize::try_from(capacity).unwrap_or(0)))
    }

    pub(crate) async fn file(path: PathBuf) -> io::Result<Self> {
        let file = tokio::fs::File::create_new(&path).await?;
        let owner = DataFile::temporary(path);
        Ok(Self::File { writer: BufWriter::with_capacity(CHUNK, file), file: owner, size: 0 })
    }

    pub(crate) async fn write(&mut self, bytes: &Bytes) -> io::Result<()> {
        match self {
            Self::Memory(buffer) => buffer.extend_from_slice(bytes),
            Self::File { writer, size, .. } => {
                writer.write_all(bytes).await?;
                *size += bytes.len() as u64;
            }
        }
        Ok(())
    }

    pub(crate) async fn finish(self) -> io::Result<Segment> {
        match self {
            Self::Memory(buffer) => Ok(Segment::Memory(buffer.freeze())),
            Self::File { mut writer, file, size } => {
                writer.flush().await?;
                Ok(Segment::File { file: Arc::new(file), size })
            }
        }
    }
}

struct Piece {
    segment: Segment,
    range: Range<u64>,
}

impl Piece {
    async fn stream(self) -> io::Result<BoxStream<'static, io::Result<Bytes>>> {
        match self.segment {
            Segment::Memory(bytes) => {
                let bytes = bytes.slice(within(&self.range));
                Ok(stream::once(async move { Ok(bytes) }).boxed())
            }
            Segment::File { file, .. } => {
                let mut reader = tokio::fs::File::open(file.path()).await?;
                reader.seek(io::SeekFrom::Start(self.range.start)).await?;
                let reader = reader.take(self.range.end - self.range.start);
                Ok(ReaderStream::with_capacity(reader, CHUNK).boxed())
            }
        }
    }
}

/// The range of a segment in memory, whose size is a `usize`.
fn within(range: &Range<u64>) -> Range<usize> {
    let index = |offset: u64| usize::try_from(offset).expect("an offset inside of bytes in memory");
    index(range.start)..index(range.end)
}
