//! The database file, and connections to it.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use rusqlite::{Connection, OpenFlags, functions::FunctionFlags};

use crate::{DatabaseError, Error, Result, Synchronous, text::fold};

/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 64;
/// How long to wait for another process that writes, in milliseconds.
const PATIENCE: u32 = 5000;

/// The path and the settings of the database.
pub(super) struct DatabaseFile {
    path: PathBuf,
    synchronous: Synchronous,
}

/// An open connection.
pub(super) struct Open {
    pub(super) connection: Connection,
    /// Device and inode of the file. Another file may have taken its path.
    identity: (u64, u64),
    /// The result of `longshore_now()`, which is constant within an operation.
    now: Arc<AtomicI64>,
}

impl DatabaseFile {
    pub(super) fn new(path: PathBuf, synchronous: Synchronous) -> Self {
        Self { path, synchronous }
    }

    /// Creates the file and its folder if they are missing, and opens the file for writing. Only the user of this
    /// process can read a created file: the tables contain the hashes of tokens, and list private files too. SQLite
    /// gives its log the permissions of the file.
    pub(super) fn create(&self) -> Result<Open> {
        if let Some(folder) = self.path.parent() {
            let unusable = |source| Error::DataFolder { path: folder.to_owned(), source };
            DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unusable)?;
        }
        let unusable = |source| Error::DataFolder { path: self.path.clone(), source };
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self.warn_if_others_can_read(),
            made => made.map(drop).map_err(unusable)?,
        }
        let open = || -> Result<Open, DatabaseError> {
            let open = self.connect(OpenFlags::SQLITE_OPEN_CREATE)?;
            self.prepare_to_write(&open)?;
            Ok(open)
        };
        open().map_err(|source| Error::Unusable { database: self.path.display().to_string(), source: Box::new(source) })
    }

    /// Opens the existing file for writing.
    pub(super) fn writer(&self) -> Result<Open, DatabaseError> {
        let open = self.connect(OpenFlags::empty())?;
        self.prepare_to_write(&open)?;
        Ok(open)
    }

    /// Opens the existing file for reading.
    pub(super) fn reader(&self) -> Result<Open, DatabaseError> {
        let open = self.connect(OpenFlags::empty())?;
        open.connection.pragma_update(None, "query_only", true)?;
        Ok(open)
    }

    /// Whether a connection belongs to the file that is at the path now.
    ///
    /// SQLite continues to write to a removed file, and those changes are lost when the connection is closed.
    pub(super) fn is_current(&self, open: &Open) -> Result<bool, DatabaseError> {
        Ok(self.identity()? == open.identity)
    }

    fn warn_if_others_can_read(&self) {
        let mode = fs::metadata(&self.path).map(|metadata| metadata.mode() & 0o7777).unwrap_or_default();
        if mode & 0o007 != 0 {
            let path = self.path.display();
            tracing::warn!(
                "everybody on this machine can read the database `{path}` (mode {mode:04o}): run `chmod o= {path}*`"
            );
        }
    }

    fn connect(&self, flags: OpenFlags) -> Result<Open, DatabaseError> {
        let flags = flags | OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if !flags.contains(OpenFlags::SQLITE_OPEN_CREATE) {
            self.identity()?;
        }
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(std::time::Duration::from_millis(PATIENCE.into()))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.pragma_update(None, "foreign_keys", true)?;
        let now = Arc::new(AtomicI64::new(0));
        add_functions(&connection, &now)?;
        Ok(Open { connection, identity: self.identity()?, now })
    }

    fn prepare_to_write(&self, open: &Open) -> Result<(), DatabaseError> {
        let connection = &open.connection;
        if connection.is_readonly("main")? {
            return Err(DatabaseError::ReadOnly);
        }
        let mode: String = connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
        if mode != "wal" {
            // File systems without shared memory do not support WAL. The other journal mode is slower and equally safe.
            tracing::warn!(mode, "SQLite cannot keep a write-ahead log here");
        }
        let synchronous = match self.synchronous {
            Synchronous::Full => "full",
            Synchronous::Normal => "normal",
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
        // A burst of writes leaves no large log behind.
        connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
        Ok(())
    }

    fn identity(&self) -> Result<(u64, u64), DatabaseError> {
        match fs::metadata(&self.path) {
            Ok(metadata) => Ok((metadata.dev(), metadata.ino())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(DatabaseError::Gone(self.path.clone())),
            Err(error) => Err(error.into()),
        }
    }
}

impl Open {
    /// Sets the clock for the next operation.
    pub(super) fn tick(&self) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        self.now.store(i64::try_from(now).unwrap_or(i64::MAX), Ordering::Relaxed);
    }
}

/// Defines the SQL functions that the statements call. PostgreSQL has them as stored functions.
fn add_functions(connection: &Connection, now: &Arc<AtomicI64>) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_INNOCUOUS;
    let now = Arc::clone(now);
    connection.create_scalar_function("longshore_now", 0, flags, move |_| Ok(now.load(Ordering::Relaxed)))?;
    let flags = flags | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("longshore_fold", 1, flags, |context| {
        let text = context.get_raw(0).as_str_or_null()?;
        Ok(text.map(|text| fold(text).into_owned()))
    })
}
