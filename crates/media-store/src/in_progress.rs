//! The rows that are being changed.

use crate::{
    Connection, MediaFile, Operation, Plan, Result, Store,
    columns::{self, COLUMNS},
    row::Row,
};

impl Store {
    /// Every row whose objects are being written, replaced or removed, with the plan of the change.
    pub async fn in_progress(&self) -> Result<Vec<(MediaFile, Option<Plan>)>> {
        self.read(InProgress).await
    }
}

struct InProgress;

impl Operation for InProgress {
    type Output = Vec<(MediaFile, Option<Plan>)>;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Self::Output> {
        let sql = format!("select {COLUMNS}, plan from longshore_files where state <> 'ready'");
        let read = |row: &Row<'_>| Ok((columns::read(row)?, row.json::<Plan>(columns::COUNT)?));
        connection.rows(&sql, &[], read).await
    }
}
