//! A reader thread.

use super::{
    file::{DatabaseFile, Open},
    job::Job,
    queue::Queue,
};
use crate::DatabaseError;

/// Runs the operations of a queue, one after the other, until the queue is closed. The first operation opens the
/// connection.
pub(super) fn run(queue: &Queue<Box<dyn Job>>, file: &DatabaseFile) {
    let mut open = None;
    while let Some(mut job) = queue.take(1).pop() {
        if !job.wanted() {
            continue;
        }
        match current(file, &mut open) {
            Ok(connection) => {
                connection.tick();
                let failure = job.run(&mut connection.connection).err();
                if matches!(failure, Some(DatabaseError::Panicked)) {
                    open = None;
                }
                if let Some(error) = failure {
                    job.keep(error);
                }
                job.answer();
            }
            Err(error) => job.fail(error),
        }
    }
}

fn current<'a>(file: &DatabaseFile, open: &'a mut Option<Open>) -> Result<&'a mut Open, DatabaseError> {
    if let Some(known) = open
        && !file.is_current(known)?
    {
        *open = None;
    }
    match open {
        Some(open) => Ok(open),
        None => Ok(open.insert(file.reader()?)),
    }
}
