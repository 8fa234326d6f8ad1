//! Leases: who is at work on a row, and what becomes of rows that nobody is at work on any longer.

use std::time::Duration;

use super::{
    Arg, Connection, DatabaseError, Operation, Plan, State, Store,
    arg::{count, list},
    claim::ours,
    columns::{self, COLUMNS},
    row::Row,
    stored_json,
};
use crate::{FileId, MediaFile, Result};

/// A row whose change was left, now ours.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Unfinished {
    /// What was going on.
    pub(crate) state: State,
    /// What the row says.
    pub(crate) file: MediaFile,
    /// How far the change had come.
    pub(crate) plan: Option<Plan>,
    /// Its main object may be written yet by a call that was given up.
    pub(crate) may_arrive: bool,
}

impl Store {
    /// A sign of life for rows that are being changed; answers which of them are still ours.
    pub(crate) async fn renew(&self, owner: &str, lease: Duration, ids: &[i64]) -> Result<Vec<i64>> {
        self.write(Renew { owner: owner.to_owned(), lease: count(lease.as_millis()), ids: list(ids) }).await
    }

    /// Ends our leases now, so that the next sweeper takes the rows.
    pub(crate) async fn abandon(&self, owner: &str, ids: &[i64]) -> Result<()> {
        self.write(Renew { owner: owner.to_owned(), lease: 0, ids: list(ids) }).await?;
        Ok(())
    }

    /// Says of a replacement that its main object may be written yet, for so long; and leaves it to the next sweeper after
    /// `lease`.
    ///
    /// # Errors
    ///
    /// [`Error::LostLease`](crate::Error::LostLease) when the row is not ours any longer.
    pub(crate) async fn doubt(
        &self,
        id: i64,
        owner: &str,
        plan: Plan,
        for_so_long: Duration,
        lease: Duration,
    ) -> Result<()> {
        let (for_so_long, lease) = (count(for_so_long.as_millis()), count(lease.as_millis()));
        self.write(Doubt { id, owner: owner.to_owned(), plan, for_so_long, lease }).await
    }

    /// Takes rows whose lease has ended, at most so many, those first that have waited longest. Each goes to one taker.
    pub(crate) async fn take_expired(&self, owner: &str, lease: Duration, limit: usize) -> Result<Vec<Unfinished>> {
        let which = Which::AtMost(count(limit));
        self.write(TakeExpired { owner: owner.to_owned(), lease: count(lease.as_millis()), which }).await
    }

    /// The same, of one file.
    pub(crate) async fn take_expired_file(
        &self,
        owner: &str,
        lease: Duration,
        id: &FileId,
    ) -> Result<Option<Unfinished>> {
        let which = Which::File(id.clone());
        let taken = self.write(TakeExpired { owner: owner.to_owned(), lease: count(lease.as_millis()), which }).await?;
        Ok(taken.into_iter().next())
    }

    /// How many rows are being changed, by their state.
    pub async fn unfinished(&self) -> Result<Vec<(&'static str, u64)>> {
        self.read(CountUnfinished).await
    }
}

struct Renew {
    owner: String,
    /// Milliseconds.
    lease: i64,
    /// A JSON array.
    ids: String,
}

impl Operation for Renew {
    type Output = Vec<i64>;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Vec<i64>> {
        let sql = format!(
            "update longshore_files set lease_until = longshore_now() + ?2
             where owner = ?1 and state <> 'ready' and id in ({}) returning id",
            connection.dialect().numbers(3)
        );
        let args = [Arg::from(&self.owner), self.lease.into(), Arg::from(&self.ids)];
        connection.rows(&sql, &args, |row| row.int(0)).await
    }
}

struct Doubt {
    id: i64,
    owner: String,
    plan: Plan,
    /// Milliseconds, as `lease`.
    for_so_long: i64,
    lease: i64,
}

impl Operation for Doubt {
    type Output = ();

    fn several_statements(&self) -> bool {
        true
    }

    async fn run(&self, connection: &mut Connection<'_>) -> Result<()> {
        let now = connection.first("select longshore_now()", &[], |row| row.int(0)).await?;
        let until = now.map(|now| now.saturating_add(self.for_so_long));
        let plan = stored_json::text(&Plan { may_arrive_until: until, ..self.plan.clone() });
        let args = [self.id.into(), Arg::from(&self.owner), Arg::from(&plan), self.lease.into()];
        let sql = "update longshore_files set plan = ?3, lease_until = longshore_now() + ?4
                   where id = ?1 and owner = ?2 and state = 'replacing'";
        ours(connection.execute(sql, &args).await?)
    }
}

struct TakeExpired {
    owner: String,
    /// Milliseconds.
    lease: i64,
    which: Which,
}

enum Which {
    /// So many that have waited longest.
    AtMost(i64),
    File(FileId),
}

impl Operation for TakeExpired {
    type Output = Vec<Unfinished>;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Vec<Unfinished>> {
        let (condition, limit, first) = match &self.which {
            Which::AtMost(rows) => ("1 = 1", "limit ?1", (*rows).into()),
            Which::File(id) => (id.condition(), "", id.arg()),
        };
        let sql = format!(
            "update longshore_files set owner = ?2, lease_until = longshore_now() + ?3
             where id in (select id from longshore_files
             where {condition} and state <> 'ready' and lease_until <= longshore_now()
             order by lease_until, id {limit}{})
             returning {COLUMNS}, state, plan, longshore_now()",
            connection.dialect().skip_locked()
        );
        let args = [first, Arg::from(&self.owner), self.lease.into()];
        let read = |row: &Row<'_>| {
            let file = columns::read(row)?;
            let state = row.text(columns::COUNT)?;
            let state = State::of_name(&state).ok_or_else(|| DatabaseError::unknown(columns::COUNT, &state))?;
            let (plan, now) = (row.json::<Plan>(columns::COUNT + 1)?, row.int(columns::COUNT + 2)?);
            let until = plan.as_ref().and_then(|plan| plan.may_arrive_until);
            Ok(Unfinished { state, file, plan, may_arrive: until.is_some_and(|until| now < until) })
        };
        let mut taken = connection.rows(&sql, &args, read).await?;
        taken.sort_by_key(|unfinished| unfinished.file.id);
        Ok(taken)
    }
}

struct CountUnfinished;

impl Operation for CountUnfinished {
    type Output = Vec<(&'static str, u64)>;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Vec<(&'static str, u64)>> {
        let sql = "select state, count(*) from longshore_files where state <> 'ready' group by state";
        let read = |row: &Row<'_>| Ok((row.text(0)?, row.int(1)?));
        let counts: Vec<(String, i64)> = connection.rows(sql, &[], read).await?;
        Ok([State::Pending, State::Replacing, State::Deleting]
            .map(|state| {
                let found = counts.iter().find(|(name, _)| name == state.name());
                (state.name(), found.map_or(0, |(_, count)| u64::try_from(*count).unwrap_or_default()))
            })
            .to_vec())
    }
}
