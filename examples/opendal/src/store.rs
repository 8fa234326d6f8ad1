//! Uploads. Each stores the whole file or nothing.
//!
//! A separate task writes, and is never cancelled in the middle of a request. It receives the bytes through a channel. If the
//! channel ends early, the task undoes its writes. So no request of a cancelled upload can arrive after its clean-up.
//!
//! If the service can rename, the task writes a temporary file and renames it. Object storage cannot rename. There a file
//! appears with its last part, and an aborted upload leaves no file.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
};

use longshore_provider::{
    Body, Cleanup, Error, ErrorKind, Result,
    tokio::{
        self,
        sync::{mpsc, oneshot},
    },
    tracing,
};
use opendal::{Buffer, Metadata, Operator, options::WriteOptions};

use crate::failure::{failed, is_missing};

/// The folder of temporary files.
pub(crate) const ASIDE: &str = ".longshore-tmp/";

/// The limits of uploads.
pub(crate) struct Sending {
    /// The size of a part in bytes.
    pub(crate) part: usize,
    /// The size of the largest file, on services that need a file in one piece.
    pub(crate) max_bytes: u64,
}

/// A stored file.
pub(crate) struct Stored {
    pub(crate) size: u64,
    pub(crate) etag: Option<String>,
}

enum Piece {
    Bytes(Buffer),
    /// The end of the body. Only now may the file appear.
    End,
}

/// Stores `body` under `key`.
pub(crate) async fn store(operator: &Operator, key: &str, mime: &str, body: Body, sending: &Sending) -> Result<Stored> {
    let capability = operator.info().capability();
    let options = WriteOptions {
        content_type: Some(mime.to_owned()).filter(|mime| !mime.is_empty() && capability.write_with_content_type),
        chunk: Some(sending.part).filter(|_| capability.write_can_multi),
        ..WriteOptions::default()
    };
    let aside = capability.rename.then(|| format!("{ASIDE}{:016x}", RandomState::new().build_hasher().finish()));
    let (send, pieces) = mpsc::channel(1);
    let (answer, answered) = oneshot::channel();
    let writing = write(operator.clone(), key.to_owned(), aside.clone(), options, pieces);
    let task = tokio::spawn(async move {
        // The receiver is gone if the call was dropped.
        let _ = answer.send(writing.await);
    });
    let cleanup = Cleanup::new(async move {
        let _ = task.await;
    });
    let size = if capability.write_can_multi {
        send_parts(body, &send).await?
    } else {
        send_whole(body, &send, sending.max_bytes).await?
    };
    let written =
        answered.await.map_err(|_| Error::internal("the task that writes the file ended without a result"))?;
    let metadata = written.map_err(|error| failed(format_args!("store `{key}`"), &error))?;
    cleanup.disarm();
    // The ETag of the temporary file may differ from that of the renamed file.
    let etag = metadata.etag().filter(|_| aside.is_none()).map(str::to_owned);
    Ok(Stored { size, etag })
}

/// Deletes the file under `key`. A folder of that name stays.
pub(crate) async fn delete(operator: &Operator, key: &str) -> opendal::Result<()> {
    if is_folder(operator, key).await? {
        return Ok(());
    }
    operator.delete(key).await
}

/// Whether `key` is the name of a folder. WebDAV deletes or overwrites a folder with everything in it, and so do other services.
/// Services that cannot rename are object storage, which has no folders.
async fn is_folder(operator: &Operator, key: &str) -> opendal::Result<bool> {
    if !operator.info().capability().rename {
        return Ok(false);
    }
    match operator.stat(key).await {
        Ok(metadata) => Ok(metadata.is_dir()),
        Err(error) if is_missing(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Sends each chunk to the task. If the task has ended, its result contains the error.
async fn send_parts(mut body: Body, send: &mpsc::Sender<Piece>) -> Result<u64> {
    let mut size = 0;
    while let Some(chunk) = body.next().await {
        let chunk = chunk?;
        size += chunk.len() as u64;
        if send.send(Piece::Bytes(chunk.into())).await.is_err() {
            return Ok(size);
        }
    }
    let _ = send.send(Piece::End).await;
    Ok(size)
}

/// Sends the whole body to the task at once.
async fn send_whole(mut body: Body, send: &mpsc::Sender<Piece>, max_bytes: u64) -> Result<u64> {
    let mut size = body.size().unwrap_or_default();
    let (mut chunks, mut counted) = (Vec::new(), 0);
    while size <= max_bytes {
        let Some(chunk) = body.next().await else {
            let _ = send.send(Piece::Bytes(chunks.into())).await;
            let _ = send.send(Piece::End).await;
            return Ok(counted);
        };
        let chunk = chunk?;
        counted += chunk.len() as u64;
        size = size.max(counted);
        chunks.push(chunk);
    }
    let message =
        format!("the service needs a file in one piece, and providerOptions.maxBytes allows {max_bytes} bytes");
    Err(Error::new(ErrorKind::TooLarge, message))
}

/// Writes the pieces. If the end is missing, or a write fails, it undoes its writes.
async fn write(
    operator: Operator,
    key: String,
    aside: Option<String>,
    options: WriteOptions,
    mut pieces: mpsc::Receiver<Piece>,
) -> opendal::Result<Metadata> {
    let path = aside.as_ref().unwrap_or(&key);
    let mut writer = operator.writer_options(path, options).await?;
    let written = async {
        while let Some(piece) = pieces.recv().await {
            match piece {
                Piece::Bytes(bytes) => writer.write(bytes).await?,
                Piece::End => {
                    let metadata = writer.close().await?;
                    if path != &key {
                        if is_folder(&operator, &key).await? {
                            return Err(opendal::Error::new(opendal::ErrorKind::IsADirectory, "the key is a folder"));
                        }
                        operator.rename(path, &key).await?;
                    }
                    return Ok(metadata);
                }
            }
        }
        Err(opendal::Error::new(opendal::ErrorKind::Unexpected, "the upload was cancelled"))
    }
    .await;
    if written.is_err() {
        // A service that writes to a temporary key may not support `abort`. The temporary file is deleted instead.
        let aborted = writer.abort().await;
        let undone = if aside.is_some() { operator.delete(path).await } else { aborted };
        if let Err(error) = undone {
            tracing::warn!(path, error = error.message(), "cannot undo a failed upload: part of the file may remain");
        }
    }
    written
}
