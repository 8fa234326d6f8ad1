//! A file of this machine as the body of an upload.

use std::{
    fs::File,
    io::{self, Read, Seek},
    os::fd::AsFd,
    path::Path,
};

use futures::{Stream, stream};
use indicatif::ProgressBar;
use longshore_provider::{Body, Bytes, Error, ErrorKind, Result};
use tokio::task::{JoinHandle, spawn_blocking};

/// The size of a chunk in bytes. While a chunk is sent, the next chunk is read.
const CHUNK: usize = 1024 * 1024;

/// An opened file.
pub(in crate::cli) struct Source {
    file: File,
    /// The size in bytes; `None` for pipes, whose size is unknown before the end.
    pub(in crate::cli) size: Option<u64>,
}

impl Source {
    /// Opens a file; `-` is standard input.
    pub(in crate::cli) async fn open(path: &Path) -> Result<Self> {
        let path = path.to_owned();
        // On a thread of its own: opening a named pipe blocks until a writer opens it.
        spawn_blocking(move || {
            let opened = if path.as_os_str() == "-" { stdin() } else { File::open(&path) };
            opened.and_then(Self::of).map_err(|error| cannot_read(&error))
        })
        .await
        .map_err(|error| Error::internal("the file's reader failed").caused_by(&error))?
    }

    fn of(mut file: File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        // Standard input may be a file that another program has already read from.
        let size = metadata.is_file().then(|| file.stream_position().map(|at| metadata.len().saturating_sub(at)));
        Ok(Self { file, size: size.transpose()? })
    }

    /// The bytes of the file as a body. A file that grows or shrinks meanwhile is an error. If the size was unknown,
    /// more than `limit` bytes are an error.
    pub(in crate::cli) fn into_body(self, limit: Option<u64>, bar: ProgressBar) -> Body {
        let Self { file, size } = self;
        let reader = Reader { next: Some(read_chunk(file)), sent: 0, size, limit, bar };
        Body::from_stream(chunks(reader), size)
    }
}

struct Reader {
    /// The chunk that is being read; `None` after the end or an error.
    next: Option<JoinHandle<(File, io::Result<Vec<u8>>)>>,
    sent: u64,
    size: Option<u64>,
    limit: Option<u64>,
    bar: ProgressBar,
}

fn chunks(reader: Reader) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
    stream::unfold(reader, |mut reader| async {
        let chunk = reader.next_chunk().await.transpose()?;
        if chunk.is_err() {
            reader.next = None;
        }
        Some((chunk, reader))
    })
}

impl Reader {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>> {
        let Some(next) = self.next.take() else { return Ok(None) };
        let (file, chunk) = next.await.map_err(|error| Error::internal("the reader failed").caused_by(&error))?;
        let chunk = chunk.map_err(|error| cannot_read(&error))?;
        let total = self.sent + chunk.len() as u64;
        match self.size {
            Some(size) if total > size => return Err(broken("grew")),
            Some(size) if chunk.is_empty() && total < size => return Err(broken("shrank")),
            None if self.limit.is_some_and(|limit| total > limit) => {
                let message = format!("the input is larger than the limit of {} bytes", self.limit.unwrap_or_default());
                return Err(Error::new(ErrorKind::TooLarge, message));
            }
            _ => {}
        }
        if chunk.is_empty() {
            return Ok(None);
        }
        self.next = Some(read_chunk(file));
        if self.size == Some(total) {
            self.at_the_end().await?;
        }
        self.sent = total;
        self.bar.set_position(total);
        Ok(Some(chunk.into()))
    }

    /// Holds the last chunk back until the end of the input is known. A reader that has received the announced size may
    /// stop reading, and would store a file that has grown as if it were complete.
    async fn at_the_end(&mut self) -> Result<()> {
        let Some(next) = self.next.take() else { return Ok(()) };
        match next.await {
            Ok((_, Ok(more))) if more.is_empty() => Ok(()),
            Ok((_, Ok(_))) => Err(broken("grew")),
            Ok((_, Err(error))) => Err(cannot_read(&error)),
            Err(error) => Err(Error::internal("the reader failed").caused_by(&error)),
        }
    }
}

fn read_chunk(mut file: File) -> JoinHandle<(File, io::Result<Vec<u8>>)> {
    spawn_blocking(move || {
        let mut chunk = Vec::with_capacity(CHUNK);
        let read = (&mut file).take(CHUNK as u64).read_to_end(&mut chunk);
        (file, read.map(|_| chunk))
    })
}

/// Standard input without the buffer of the standard library, which would only add a copy.
fn stdin() -> io::Result<File> {
    io::stdin().as_fd().try_clone_to_owned().map(File::from)
}

fn cannot_read(error: &io::Error) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::IsADirectory => ErrorKind::InvalidInput,
        _ => Error::from(io::Error::from(error.kind())).kind(),
    };
    Error::new(kind, "the file cannot be read").with_retryable(false).caused_by(error)
}

fn broken(how: &str) -> Error {
    Error::new(ErrorKind::BrokenBody, format!("the file {how} while it was sent"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    async fn opened(content: &[u8]) -> (tempfile::NamedTempFile, Source) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        let source = Source::open(file.path()).await.unwrap();
        (file, source)
    }

    async fn read(source: Source, limit: Option<u64>) -> Result<Bytes> {
        source.into_body(limit, ProgressBar::hidden()).into_bytes(usize::MAX).await
    }

    #[tokio::test]
    async fn a_file_arrives_whole() {
        for size in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
            let content: Vec<u8> = (0..size).map(|at| at.to_le_bytes()[0]).collect();
            let (_file, source) = opened(&content).await;
            assert!(read(source, None).await.unwrap() == content, "{size}");
        }
    }

    #[tokio::test]
    async fn a_file_that_changes_its_size_breaks_before_its_last_byte() {
        for (before, after) in [(10, 9), (10, 11), (CHUNK, CHUNK + 1), (CHUNK, 1), (2 * CHUNK, CHUNK), (0, 1)] {
            let (file, source) = opened(&vec![1; before]).await;
            file.as_file().set_len(after as u64).unwrap();
            let mut body = source.into_body(None, ProgressBar::hidden());
            let mut sent = 0;
            let error = loop {
                match body.next().await.expect("an error comes before the end") {
                    Ok(chunk) => sent += chunk.len(),
                    Err(error) => break error,
                }
            };
            assert_eq!(error.kind(), ErrorKind::BrokenBody);
            assert!(sent < before || before == 0, "all of {before} bytes were sent");
        }
    }

    #[tokio::test]
    async fn inputs_that_cannot_be_read_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let kind = async |path: &Path| Source::open(path).await.err().map(|error| error.kind());
        assert_eq!(kind(folder.path()).await, Some(ErrorKind::InvalidInput));
        assert_eq!(kind(&folder.path().join("none")).await, Some(ErrorKind::NotFound));
    }
}
