//! Leases: how long a claim lasts without a heartbeat, and taking over the rows whose lease has ended.

use std::time::Duration;

use crate::{
    Arg, Claim, Connection, DatabaseError, FileId, MediaFile, Operation, Plan, Result, RowState, Store,
    arg::{count, list},
    claim::{ClaimKey, ours},
    columns::{self, COLUMNS},
    row::Row,
    stored_json,
};

/// A change whose lease had ended, claimed anew.
#[derive(Debug)]
pub struct Unfinished {
    /// The claim of the row.
    pub claim: Claim,
    /// The state of the row.
    pub state: RowState,
    /// The file as the row describes it.
    pub file: MediaFile,
    /// How far the change had come.
    pub plan: Option<Plan>,
    /// Whether a call with an unknown outcome may still write the main object.
    pub may_arrive: bool,
}

impl Store {
    /// The heartbeat: renews the lease of every claim of this process.
    pub async fn renew_claims(&self, lease: Duration) -> Result<()> {
        let keys = self.claims.all();
        if !keys.is_empty() {
            self.write(Renew { keys, lease: count(lease.as_millis()) }).await?;
        }
        Ok(())
    }

    /// Claims rows whose lease has ended, at most `limit`, in the order in which they ended. Each row goes to one host.
    pub async fn take_expired(&self, lease: Duration, limit: usize) -> Result<Vec<Unfinished>> {
        self.take(lease, Which::AtMost(count(limit))).await
    }

    /// Claims the row of one file, if its lease has ended.
    pub async fn take_expired_file(&self, lease: Duration, id: &FileId) -> Result<Option<Unfinished>> {
        Ok(self.take(lease, Which::File(id.clone())).await?.into_iter().next())
    }

    /// The number of rows that are being changed, by state.
    pub async fn unfinished(&self) -> Result<Vec<(&'static str, u64)>> {
        self.read(CountUnfinished).await
    }

    async fn take(&self, lease: Duration, which: Which) -> Result<Vec<Unfinished>> {
        // A heartbeat of this process may be late: changes that are still running here are not taken over.
        self.renew_claims(lease).await?;
        let token = self.claims.new_token();
        let expired = self.write(TakeExpired { token: token.clone(), lease: count(lease.as_millis()), which }).await?;
        let claimed = expired.into_iter().map(|Expired { state, file, plan, may_arrive }| {
            let claim = self.claimed(file.id, token.clone());
            Unfinished { claim, state, file, plan, may_arrive }
        });
        Ok(claimed.collect())
    }
}

impl Claim {
    /// Renews the lease.
    ///
    /// # Errors
    ///
    /// [`Error::LostLease`](crate::Error::LostLease)
    pub async fn renew(&self, lease: Duration) -> Result<()> {
        let renew = Renew { keys: vec![self.key().clone()], lease: count(lease.as_millis()) };
        ours(self.store().write(renew).await?)
    }

    /// Gives up the claim: any host may finish or undo the change once `after` has passed.
    pub async fn abandon(self, after: Duration) -> Result<()> {
        let abandon = Abandon { key: self.key().clone(), after: count(after.as_millis()) };
        self.store().write(abandon).await
    }

    /// Gives up the claim of a replacement. The plan states that its main object may still be written for `arrives`.
    /// Any host may check the object once `after` has passed.
    pub async fn abandon_with_unknown_outcome(&self, plan: Plan, arrives: Duration, after: Duration) -> Result<()> {
        let (arrives, after) = (count(arrives.as_millis()), count(after.as_millis()));
        self.store().write(AbandonUnknown { key: self.key().clone(), plan, arrives, after }).await
    }
}

struct Renew {
    keys: Vec<ClaimKey>,
    /// Milliseconds.
    lease: i64,
}

impl Operation for Renew {
    type Output = u64;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<u64> {
        let dialect = connection.dialect();
        // The lists need not be paired: a row contains a token only if a claim of that row wrote it.
        let sql = format!(
            "update longshore_files set lease_until = longshore_now() + ?1
             where state <> 'ready' and id in ({}) and claim in ({})",
            dialect.numbers(2),
            dialect.texts(3)
        );
        let ids: Vec<i64> = self.keys.iter().map(|key| key.id).collect();
        let tokens: Vec<&str> = self.keys.iter().map(|key| key.token.as_str()).collect();
        let (ids, tokens) = (list(&ids), stored_json::text(&tokens));
        connection.execute(&sql, &[self.lease.into(), Arg::from(&ids), Arg::from(&tokens)]).await
    }
}

struct Abandon {
    key: ClaimKey,
    /// Milliseconds.
    after: i64,
}

impl Operation for Abandon {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<()> {
        // The token is removed: a heartbeat that is under way must not renew the lease.
        let sql = "update longshore_files set claim = null, lease_until = longshore_now() + ?3
                   where id = ?1 and claim = ?2 and state <> 'ready'";
        ours(connection.execute(sql, &[self.key.id.into(), Arg::from(&self.key.token), self.after.into()]).await?)
    }
}

struct AbandonUnknown {
    key: ClaimKey,
    plan: Plan,
    /// Milliseconds, as `after`.
    arrives: i64,
    after: i64,
}

impl Operation for AbandonUnknown {
    type Output = ();

    fn several_statements(&self) -> bool {
        true
    }

    async fn run(&self, connection: &mut Connection<'_>) -> Result<()> {
        let now = connection.first("select longshore_now()", &[], |row| row.int(0)).await?;
        let until = now.map(|now| now.saturating_add(self.arrives));
        let plan = stored_json::text(&Plan { may_arrive_until: until, ..self.plan.clone() });
        let args = [self.key.id.into(), Arg::from(&self.key.token), Arg::from(&plan), self.after.into()];
        let sql = "update longshore_files set plan = ?3, claim = null, lease_until = longshore_now() + ?4
                   where id = ?1 and claim = ?2 and state = 'replacing'";
        ours(connection.execute(sql, &args).await?)
    }
}

struct TakeExpired {
    token: String,
    /// Milliseconds.
    lease: i64,
    which: Which,
}

enum Which {
    /// The rows whose lease ended first.
    AtMost(i64),
    File(FileId),
}

struct Expired {
    state: RowState,
    file: MediaFile,
    plan: Option<Plan>,
    may_arrive: bool,
}

impl Operation for TakeExpired {
    type Output = Vec<Expired>;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Vec<Expired>> {
        let (condition, limit, first) = match &self.which {
            Which::AtMost(rows) => ("1 = 1", "limit ?1", (*rows).into()),
            Which::File(id) => (id.condition(), "", id.arg()),
        };
        let sql = format!(
            "update longshore_files set claim = ?2, lease_until = longshore_now() + ?3
             where id in (select id from longshore_files
             where {condition} and state <> 'ready' and lease_until <= longshore_now()
             order by lease_until, id {limit}{})
             returning {COLUMNS}, state, plan, longshore_now()",
            connection.dialect().skip_locked()
        );
        let args = [first, Arg::from(&self.token), self.lease.into()];
        let read = |row: &Row<'_>| {
            let file = columns::read(row)?;
            let state = row.text(columns::COUNT)?;
            let state = RowState::of_name(&state).ok_or_else(|| DatabaseError::unknown(columns::COUNT, &state))?;
            let (plan, now) = (row.json::<Plan>(columns::COUNT + 1)?, row.int(columns::COUNT + 2)?);
            let until = plan.as_ref().and_then(|plan| plan.may_arrive_until);
            Ok(Expired { state, file, plan, may_arrive: until.is_some_and(|until| now < until) })
        };
        let mut expired = connection.rows(&sql, &args, read).await?;
        expired.sort_by_key(|expired| expired.file.id);
        Ok(expired)
    }
}

struct CountUnfinished;

impl Operation for CountUnfinished {
    type Output = Vec<(&'static str, u64)>;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Vec<(&'static str, u64)>> {
        let sql = "select state, count(*) from longshore_files where state <> 'ready' group by state";
        let read = |row: &Row<'_>| Ok((row.text(0)?, row.int(1)?));
        let counts: Vec<(String, i64)> = connection.rows(sql, &[], read).await?;
        Ok([RowState::Pending, RowState::Replacing, RowState::Deleting]
            .map(|state| {
                let found = counts.iter().find(|(name, _)| name == state.name());
                (state.name(), found.map_or(0, |(_, count)| u64::try_from(*count).unwrap_or_default()))
            })
            .to_vec())
    }
}
