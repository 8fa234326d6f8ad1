//! SQLite: one writer thread and several reader threads.
//!
//! The writer commits all waiting operations together, which takes one sync of the disk instead of one for each
//! operation. In WAL mode readers never wait for the writer. SQLite is called directly rather than through sqlx, whose
//! driver sends every row from a thread of its own: a page of files takes seven times as long with it.

mod file;
mod job;
mod queue;
mod reader;
mod writer;

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
};

use tokio::sync::oneshot;

use self::{
    file::DatabaseFile,
    job::{Job, Task},
    queue::Queue,
};
use crate::{Error, Operation, Result, Synchronous, migrate::Migrate};

/// A database file and its threads. A clone shares both.
#[derive(Clone)]
pub(super) struct Sqlite(Arc<Threads>);

struct Threads {
    writes: Arc<Queue<Box<dyn Job>>>,
    reads: Arc<Queue<Box<dyn Job>>>,
    running: Mutex<Vec<JoinHandle<()>>>,
}

/// The number of reader threads. It follows the number of cores: more threads would wait for each other.
const READERS: std::ops::RangeInclusive<usize> = 2..=4;

impl Sqlite {
    /// Opens the file. Creates the file and its folder if they are missing.
    pub(super) async fn open(path: &Path, synchronous: Synchronous) -> Result<Self> {
        let path = std::path::absolute(path).map_err(|source| Error::DataFolder { path: path.to_owned(), source })?;
        let unusable = |source| Error::Unusable { database: path.display().to_string(), source: Box::new(source) };
        let file = Arc::new(DatabaseFile::new(path.clone(), synchronous));
        let made = Arc::clone(&file);
        let connection =
            tokio::task::spawn_blocking(move || made.create()).await.expect("opening a file does not panic")?;

        let threads = Threads { writes: Arc::default(), reads: Arc::default(), running: Mutex::default() };
        let (queue, of_writer) = (Arc::clone(&threads.writes), Arc::clone(&file));
        threads.spawn("media-writer", move || writer::run(&queue, &of_writer, connection))?;
        let readers = thread::available_parallelism().map_or(1, usize::from).clamp(*READERS.start(), *READERS.end());
        for _ in 0..readers {
            let (queue, file) = (Arc::clone(&threads.reads), Arc::clone(&file));
            threads.spawn("media-reader", move || reader::run(&queue, &file))?;
        }

        let sqlite = Self(Arc::new(threads));
        match sqlite.write(Migrate).await {
            Ok(()) => Ok(sqlite),
            Err(Error::Database(source)) => Err(unusable(source)),
            Err(error) => Err(error),
        }
    }

    /// Runs an operation in the writer's next group.
    pub(super) async fn write<O: Operation>(&self, operation: O) -> Result<O::Output> {
        submit(&self.0.writes, operation).await
    }

    /// Runs an operation on a reader.
    pub(super) async fn read<O: Operation>(&self, operation: O) -> Result<O::Output> {
        submit(&self.0.reads, operation).await
    }

    /// Finishes the queued operations, then ends the threads.
    pub(super) async fn close(&self) {
        self.0.end();
        let running = std::mem::take(&mut *self.0.running.lock().unwrap_or_else(PoisonError::into_inner));
        let joined =
            tokio::task::spawn_blocking(move || running.into_iter().map(JoinHandle::join).all(|end| end.is_ok()));
        if !joined.await.unwrap_or_default() {
            tracing::error!("a thread of the database has panicked");
        }
    }
}

async fn submit<O: Operation>(queue: &Queue<Box<dyn Job>>, operation: O) -> Result<O::Output> {
    let (reply, answer) = oneshot::channel();
    queue.push(Box::new(Task::new(operation, reply))).map_err(|_| Error::Closed)?;
    answer.await.map_err(|_| Error::Closed)?
}

impl Threads {
    fn spawn(&self, name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
        let thread = thread::Builder::new().name(name.to_owned()).spawn(work);
        let thread = thread.map_err(|error| Error::Database(error.into()))?;
        self.running.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        Ok(())
    }

    fn end(&self) {
        self.writes.close();
        self.reads.close();
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.end();
    }
}
