//! The writer thread. The waiting operations form a group, and each group is one commit.

use std::sync::Arc;

use rusqlite::ErrorCode::{ConstraintViolation, DatabaseBusy, DatabaseLocked, DiskFull, TooBig};

use super::{
    file::{DatabaseFile, Open},
    job::Job,
    queue::{Queue, Served},
};
use crate::DatabaseError;

/// The most operations of a group: the first of them waits for the last.
const GROUP: usize = 256;

/// Runs the operations of a queue until it is closed.
pub(super) fn run(queue: &Queue<Box<dyn Job>>, file: &DatabaseFile, open: Open) {
    let _served = Served(queue);
    let mut writer = Writer { file, open: Some(open) };
    loop {
        let mut jobs = queue.take(GROUP);
        if jobs.is_empty() {
            break;
        }
        jobs.retain(|job| job.wanted());
        writer.group(jobs);
    }
}

struct Writer<'a> {
    file: &'a DatabaseFile,
    /// The connection; `None` after a failure that the connection may have caused.
    open: Option<Open>,
}

impl Writer<'_> {
    /// Runs a group and sends the outcome of each operation.
    fn group(&mut self, mut jobs: Vec<Box<dyn Job>>) {
        if jobs.is_empty() {
            return;
        }
        let outcome = self.current().map_err(Failure::Database).and_then(|open| match &mut jobs[..] {
            [job] if !job.several_statements() => single(open, job.as_mut()),
            jobs => transaction(open, jobs),
        });
        match outcome {
            Ok(()) => {
                for job in jobs {
                    job.answer();
                }
            }
            Err(Failure::Panicked(index)) => {
                // Closing the connection rolls back the group. The other operations run again.
                self.open = None;
                jobs.remove(index).fail(DatabaseError::Panicked);
                self.group(jobs);
            }
            Err(Failure::Database(error)) => {
                self.recover(&error);
                let error = Arc::new(error);
                for job in jobs {
                    job.fail(DatabaseError::Group(Arc::clone(&error)));
                }
            }
        }
    }

    /// The connection, reopened if it broke or if another file is at the path.
    fn current(&mut self) -> Result<&mut Open, DatabaseError> {
        if let Some(open) = &self.open {
            match self.file.is_current(open) {
                Ok(true) => {}
                Ok(false) => self.open = None,
                Err(error) => {
                    self.open = None;
                    return Err(error);
                }
            }
        }
        match &mut self.open {
            Some(open) => Ok(open),
            missing => Ok(missing.insert(self.file.writer()?)),
        }
    }

    /// Rolls back a failed transaction, and closes the connection if it may be broken.
    fn recover(&mut self, error: &DatabaseError) {
        tracing::error!(error = error as &dyn std::error::Error, "changes were not committed");
        let Some(open) = &self.open else { return };
        let rolled_back = open.connection.is_autocommit() || open.connection.execute_batch("rollback").is_ok();
        if !rolled_back || !is_harmless(error) {
            self.open = None;
        }
    }
}

/// Why a group was not committed.
enum Failure {
    Database(DatabaseError),
    /// The operation at this index of the group panicked.
    Panicked(usize),
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

/// Runs an operation of a single statement, which SQLite commits by itself.
fn single(open: &mut Open, job: &mut dyn Job) -> Result<(), Failure> {
    open.tick();
    match job.run(&mut open.connection) {
        Err(DatabaseError::Panicked) => Err(Failure::Panicked(0)),
        // All other errors concern this operation only.
        Err(error) if !is_harmless(&error) => Err(error.into()),
        Err(error) => {
            job.keep(error);
            Ok(())
        }
        Ok(_) => Ok(()),
    }
}

/// Runs operations in a transaction and commits it. A failed operation is rolled back without affecting the others.
fn transaction(open: &mut Open, jobs: &mut [Box<dyn Job>]) -> Result<(), Failure> {
    execute(open, "begin immediate")?;
    for (index, job) in jobs.iter_mut().enumerate() {
        let savepoint = job.several_statements();
        if savepoint {
            execute(open, "savepoint operation")?;
        }
        open.tick();
        let succeeded = match job.run(&mut open.connection) {
            Ok(succeeded) => succeeded,
            Err(DatabaseError::Panicked) => return Err(Failure::Panicked(index)),
            // SQLite has rolled back all of it.
            Err(error) if open.connection.is_autocommit() => return Err(error.into()),
            Err(error) => {
                job.keep(error);
                false
            }
        };
        if savepoint {
            if !succeeded {
                execute(open, "rollback to operation")?;
            }
            execute(open, "release operation")?;
        }
    }
    Ok(execute(open, "commit")?)
}

fn execute(open: &Open, sql: &str) -> Result<(), DatabaseError> {
    open.connection.prepare_cached(sql)?.raw_execute()?;
    Ok(())
}

/// Whether the connection is still usable after an error.
fn is_harmless(error: &DatabaseError) -> bool {
    match error {
        DatabaseError::Sqlite(error) => error.sqlite_error_code().is_some_and(|code| {
            matches!(code, ConstraintViolation | DatabaseBusy | DatabaseLocked | DiskFull | TooBig)
        }),
        DatabaseError::Content { .. } => true,
        _ => false,
    }
}
