//! An operation in a queue.

use std::panic::{self, AssertUnwindSafe};

use futures::FutureExt;
use tokio::sync::oneshot;

use crate::{Connection, DatabaseError, Error, Operation, Result};

/// An operation of any type.
pub(super) trait Job: Send {
    /// Whether the caller still waits for the outcome.
    fn wanted(&self) -> bool;

    /// Whether the operation needs a transaction of its own, or a savepoint.
    fn several_statements(&self) -> bool;

    /// Runs the operation and keeps its outcome, unless the database failed. Returns whether the operation succeeded.
    ///
    /// # Errors
    ///
    /// After [`DatabaseError::Panicked`] the state of the connection is unknown.
    fn run(&mut self, connection: &mut rusqlite::Connection) -> Result<bool, DatabaseError>;

    /// Keeps a failure as its outcome.
    fn keep(&mut self, error: DatabaseError);

    /// Sends the outcome to the caller.
    fn answer(self: Box<Self>);

    /// Fails the operation, which was not committed. An error of the operation itself takes precedence.
    fn fail(self: Box<Self>, error: DatabaseError);
}

/// An operation, and the channel to its caller.
pub(super) struct Task<O: Operation> {
    operation: O,
    outcome: Option<Result<O::Output>>,
    reply: oneshot::Sender<Result<O::Output>>,
}

impl<O: Operation> Task<O> {
    pub(super) fn new(operation: O, reply: oneshot::Sender<Result<O::Output>>) -> Self {
        Self { operation, outcome: None, reply }
    }
}

impl<O: Operation> Job for Task<O> {
    fn wanted(&self) -> bool {
        !self.reply.is_closed()
    }

    fn several_statements(&self) -> bool {
        self.operation.several_statements()
    }

    fn run(&mut self, connection: &mut rusqlite::Connection) -> Result<bool, DatabaseError> {
        let run = || {
            let mut connection = Connection::Sqlite(connection);
            self.operation.run(&mut connection).now_or_never().expect("SQLite never waits")
        };
        // The thread serves all operations: a panic fails this operation only.
        match panic::catch_unwind(AssertUnwindSafe(run)) {
            Ok(Err(Error::Database(error))) => Err(error),
            Ok(outcome) => Ok(self.outcome.insert(outcome).is_ok()),
            Err(_) => Err(DatabaseError::Panicked),
        }
    }

    fn keep(&mut self, error: DatabaseError) {
        self.outcome = Some(Err(Error::Database(error)));
    }

    fn answer(self: Box<Self>) {
        // The caller may have gone away meanwhile.
        if let Some(outcome) = self.outcome {
            let _ = self.reply.send(outcome);
        }
    }

    fn fail(self: Box<Self>, error: DatabaseError) {
        let outcome = match self.outcome {
            Some(Err(own)) => Err(own),
            Some(Ok(_)) | None => Err(Error::Database(error)),
        };
        let _ = self.reply.send(outcome);
    }
}
