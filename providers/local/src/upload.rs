//! Storing a file: aside, then by a rename.

use std::sync::Arc;

use cap_std::fs::Metadata;
use longshore_provider::{Body, Bytes, Cleanup, Error, ErrorKind, Result, tokio::task::spawn_blocking};

use crate::{
    folder::{Folder, blocking},
    staged::Staged,
};

/// Bytes that are written in one go; so many more are gathered meanwhile.
const BATCH: usize = 1024 * 1024;

/// Stores `body` under `key`, whole or not at all. The file and its name are on the disk when it returns.
pub(crate) async fn upload(folder: &Arc<Folder>, key: &str, overwrite: bool, mut body: Body) -> Result<Metadata> {
    if !overwrite {
        refuse_existing(folder, key).await?;
    }
    let staged = Arc::new(Staged::new(Arc::clone(folder)));
    let cleanup = Cleanup::new(abandon(Arc::clone(&staged)));
    let mut batch = Vec::new();
    loop {
        let writing = blocking({
            let staged = Arc::clone(&staged);
            move || staged.write(&batch)
        });
        // The next bytes are fetched while these are written.
        let (written, next) = longshore_provider::futures::future::join(writing, gather(&mut body)).await;
        written?;
        batch = next?;
        if batch.is_empty() {
            break;
        }
    }
    let metadata = {
        let (staged, key) = (Arc::clone(&staged), key.to_owned());
        blocking(move || staged.store(&key, overwrite)).await?
    };
    cleanup.disarm();
    Ok(metadata)
}

/// Spares the caller from sending a file that cannot be stored. What counts is asked again at the end.
async fn refuse_existing(folder: &Arc<Folder>, key: &str) -> Result<()> {
    let (folder, key) = (Arc::clone(folder), key.to_owned());
    blocking(move || {
        if folder.dir().symlink_metadata(&key).is_ok() {
            let message = format!("something is already stored under `{key}`");
            return Err(Error::new(ErrorKind::AlreadyExists, message));
        }
        Ok(())
    })
    .await
}

async fn abandon(staged: Arc<Staged>) {
    // A step under way may hold the lock for as long as the disk takes.
    staged.give_up();
    // Spawning fails only while the runtime shuts down. The next start removes the file then.
    let _ = spawn_blocking(move || staged.abandon()).await;
}

/// The next chunks, at least [`BATCH`] bytes of them unless the body ends; none at the end.
async fn gather(body: &mut Body) -> Result<Vec<Bytes>> {
    let mut chunks = Vec::new();
    let mut size = 0;
    while size < BATCH {
        match body.next().await {
            Some(chunk) => {
                let chunk = chunk?;
                size += chunk.len();
                chunks.push(chunk);
            }
            None => break,
        }
    }
    Ok(chunks)
}
