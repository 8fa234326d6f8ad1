//! Claims: the right to change a row, and the steps of such a change.

use std::{
    collections::HashSet,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::{
    Arg, Connection, Error, FileId, MediaFile, Operation, Plan, Replaced, Result, Store,
    arg::count,
    columns::{self, COLUMNS, VISIBLE},
    document_id,
    event::{Event, Subscriptions},
    kilobytes,
    row::Row,
    stored_json,
};

/// The right to change one row.
///
/// Every claim has a token that no other claim has. The row contains the token, and every statement that changes the
/// row compares it. A change that lost its row, to another host or to another change of this host, can therefore not
/// write to it any longer.
///
/// The heartbeat renews the lease of every claim that exists. A claim that is dropped, by a panic for example, is not
/// renewed any longer. After its lease has ended, any host may finish or undo the change from the row's plan.
pub struct Claim {
    store: Store,
    key: ClaimKey,
}

/// The token of a claim, which no other claim has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ClaimKey {
    pub(super) id: i64,
    pub(super) token: String,
}

/// The claims that exist in this process.
pub(super) struct ActiveClaims {
    /// The beginning of every token of this process.
    host: String,
    next: AtomicU64,
    keys: Mutex<HashSet<ClaimKey>>,
}

/// The state of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowState {
    /// The objects of a new file are being written. The file is not visible.
    Pending,
    /// The file is complete, and no change of its objects is running.
    Ready,
    /// The objects of a visible file are being replaced.
    Replacing,
    /// The objects are being removed. The file is not visible any longer.
    Deleting,
}

impl RowState {
    /// The state as the column contains it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Ready => "ready",
            Self::Replacing => "replacing",
            Self::Deleting => "deleting",
        }
    }

    /// The state with this name.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        [Self::Pending, Self::Ready, Self::Replacing, Self::Deleting].into_iter().find(|state| state.name() == name)
    }
}

/// The outcome of an attempt to claim a file.
#[derive(Debug)]
pub enum ClaimAttempt {
    /// The file is claimed.
    Claimed(Claim, Box<MediaFile>),
    /// Another change has claimed the file.
    Busy {
        /// Whether the lease of that change has ended.
        expired: bool,
    },
    /// No visible file has the id.
    Missing,
}

/// Whether the removal of a row is announced to webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announce {
    /// The file was visible.
    Yes,
    /// The file was never visible.
    No,
}

impl Store {
    /// Claims a complete file for a change to the state `to`. Of several attempts at the same time one succeeds.
    pub async fn claim(&self, id: &FileId, lease: Duration, to: RowState) -> Result<ClaimAttempt> {
        let token = self.claims.new_token();
        let take = Take { id: id.clone(), token: token.clone(), lease: count(lease.as_millis()), to };
        Ok(match self.write(take).await? {
            Taken::Claimed(file) => ClaimAttempt::Claimed(self.claimed(file.id, token), file),
            Taken::Busy { expired } => ClaimAttempt::Busy { expired },
            Taken::Missing => ClaimAttempt::Missing,
        })
    }

    /// The claim of a row that contains the token.
    pub(super) fn claimed(&self, id: i64, token: String) -> Claim {
        let key = ClaimKey { id, token };
        self.claims.keys().insert(key.clone());
        Claim { store: self.clone(), key }
    }
}

/// Each method fails with [`Error::LostLease`] when the row is not this claim's any longer.
impl Claim {
    /// The id of the row.
    pub fn id(&self) -> i64 {
        self.key.id
    }

    pub(super) fn key(&self) -> &ClaimKey {
        &self.key
    }

    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    /// Stores the plan of the change.
    pub async fn set_plan(&self, plan: &Plan) -> Result<()> {
        self.store.write(SetPlan { key: self.key.clone(), plan: stored_json::text(plan) }).await
    }

    /// Makes the row describe the new file. The claim stays, with a plan of the objects to clean up.
    pub async fn show_replacement(&self, new: &Replaced, plan: &Plan) -> Result<MediaFile> {
        let (new, plan) = (new.clone(), stored_json::text(plan));
        let subscriptions = Arc::clone(&self.store.subscriptions);
        let file = self.store.write(Show { key: self.key.clone(), new, plan, subscriptions }).await?;
        self.store.announced(Event::Update, [self.key.id]);
        Ok(file)
    }

    /// Marks a pending row for deletion: it cannot become visible any longer, so that its objects can be removed.
    pub async fn mark_for_deletion(&self) -> Result<()> {
        self.store.write(MarkForDeletion(self.key.clone())).await
    }

    /// Ends a replacement or a removal that did not take place: the file is complete.
    pub async fn release(&self) -> Result<()> {
        self.store.write(Release(self.key.clone())).await
    }

    /// Removes the row and its links.
    pub async fn remove(&self, announce: Announce) -> Result<()> {
        let subscriptions = Arc::clone(&self.store.subscriptions);
        self.store.write(Remove { key: self.key.clone(), announce, subscriptions }).await?;
        if announce == Announce::Yes {
            self.store.announced(Event::Delete, [self.key.id]);
        }
        Ok(())
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.store.claims.keys().remove(&self.key);
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Claim").field(&self.key).finish()
    }
}

impl ActiveClaims {
    pub(super) fn new() -> Self {
        Self { host: document_id(), next: AtomicU64::default(), keys: Mutex::default() }
    }

    /// A token that no claim has had before.
    pub(super) fn new_token(&self) -> String {
        format!("{}-{}", self.host, self.next.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) fn all(&self) -> Vec<ClaimKey> {
        self.keys().iter().cloned().collect()
    }

    fn keys(&self) -> MutexGuard<'_, HashSet<ClaimKey>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Take {
    id: FileId,
    token: String,
    /// Milliseconds.
    lease: i64,
    to: RowState,
}

enum Taken {
    Claimed(Box<MediaFile>),
    Busy { expired: bool },
    Missing,
}

impl Operation for Take {
    type Output = Taken;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Taken> {
        let condition = self.id.condition();
        let args: [Arg<'_>; 4] = [self.id.arg(), Arg::from(&self.token), self.lease.into(), self.to.name().into()];
        let sql = format!(
            "update longshore_files
             set state = ?4, claim = ?2, lease_until = longshore_now() + ?3, plan = null
             where {condition} and state = 'ready'
             returning {COLUMNS}"
        );
        if let Some(file) = connection.first(&sql, &args, columns::read).await? {
            return Ok(Taken::Claimed(Box::new(file)));
        }
        let busy = busy(connection, &self.id).await?;
        Ok(busy.map_or(Taken::Missing, |expired| Taken::Busy { expired }))
    }
}

/// Whether the lease of the change of a file has ended; `None` when no such file is visible. The row is read after an
/// attempt to change it failed. A change in between makes the result outdated, not wrong.
pub(super) async fn busy(connection: &mut Connection<'_>, id: &FileId) -> Result<Option<bool>> {
    let sql = format!(
        "select cast(case when lease_until <= longshore_now() then 1 else 0 end as bigint) from longshore_files
         where {} and {VISIBLE}",
        id.condition()
    );
    connection.first(&sql, &[id.arg()], |row| Ok(row.int(0)? != 0)).await
}

struct SetPlan {
    key: ClaimKey,
    plan: String,
}

impl Operation for SetPlan {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<()> {
        let args = [self.key.id.into(), Arg::from(&self.key.token), Arg::from(&self.plan)];
        let sql = "update longshore_files set plan = ?3 where id = ?1 and claim = ?2";
        ours(connection.execute(sql, &args).await?)
    }
}

struct Show {
    key: ClaimKey,
    new: Replaced,
    plan: String,
    subscriptions: Arc<Subscriptions>,
}

impl Operation for Show {
    type Output = MediaFile;

    fn several_statements(&self) -> bool {
        self.subscriptions.want(Event::Update)
    }

    async fn run(&self, connection: &mut Connection<'_>) -> Result<MediaFile> {
        let new = &self.new;
        let focal_point = stored_json::focal_point(new.focal_point.as_ref());
        let formats = stored_json::formats(new.formats.as_deref());
        let metadata = new.provider_metadata.as_ref().map(stored_json::text);
        let chain = stored_json::text(&new.provider_chain);
        let args: [Arg<'_>; 21] = [
            self.key.id.into(),
            Arg::from(&self.key.token),
            Arg::from(&self.plan),
            Arg::from(&new.name),
            Arg::from(&new.alternative_text),
            Arg::from(&new.caption),
            Arg::from(&focal_point),
            new.width.into(),
            new.height.into(),
            Arg::from(&formats),
            Arg::from(&new.mime),
            kilobytes(new.size_bytes).into(),
            count(new.size_bytes).into(),
            Arg::from(&new.url),
            Arg::from(&new.preview_url),
            Arg::from(&new.key),
            Arg::from(&new.etag),
            Arg::from(&new.checksum),
            Arg::from(&new.provider),
            Arg::from(&chain),
            Arg::from(&metadata),
        ];
        let sql = format!(
            "update longshore_files
             set plan = ?3, name = ?4, alternative_text = ?5, caption = ?6, focal_point = ?7, width = ?8, height = ?9, \
             formats = ?10, mime = ?11, size = ?12, size_bytes = ?13, url = ?14, preview_url = ?15, object_key = ?16, \
             etag = ?17, checksum = ?18, provider = ?19, provider_chain = ?20, provider_metadata = ?21, \
             updated_at = longshore_now()
             where id = ?1 and claim = ?2 and state = 'replacing'
             returning {COLUMNS}"
        );
        let file = connection.first(&sql, &args, columns::read).await?.ok_or(Error::LostLease)?;
        self.subscriptions.announce(connection, Event::Update, file.updated_at, &file).await?;
        Ok(file)
    }
}

struct MarkForDeletion(ClaimKey);

impl Operation for MarkForDeletion {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<()> {
        let sql = "update longshore_files set state = 'deleting' where id = ?1 and claim = ?2 and state = 'pending'";
        ours(connection.execute(sql, &[self.0.id.into(), Arg::from(&self.0.token)]).await?)
    }
}

struct Release(ClaimKey);

impl Operation for Release {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<()> {
        let sql = "update longshore_files set state = 'ready', claim = null, lease_until = null, plan = null
                   where id = ?1 and claim = ?2 and state in ('replacing', 'deleting')";
        ours(connection.execute(sql, &[self.0.id.into(), Arg::from(&self.0.token)]).await?)
    }
}

struct Remove {
    key: ClaimKey,
    announce: Announce,
    subscriptions: Arc<Subscriptions>,
}

impl Operation for Remove {
    type Output = ();

    fn several_statements(&self) -> bool {
        self.announce == Announce::Yes && self.subscriptions.want(Event::Delete)
    }

    async fn run(&self, connection: &mut Connection<'_>) -> Result<()> {
        let args = [self.key.id.into(), Arg::from(&self.key.token)];
        if !self.several_statements() {
            return ours(connection.execute("delete from longshore_files where id = ?1 and claim = ?2", &args).await?);
        }
        let sql =
            format!("delete from longshore_files where id = ?1 and claim = ?2 returning {COLUMNS}, longshore_now()");
        let read = |row: &Row<'_>| Ok((columns::read(row)?, row.int(columns::COUNT)?));
        let (file, now) = connection.first(&sql, &args, read).await?.ok_or(Error::LostLease)?;
        self.subscriptions.announce(connection, Event::Delete, now, &file).await
    }
}

/// A statement that changed no row: the row is not the claim's any longer.
pub(super) fn ours(rows: u64) -> Result<()> {
    if rows == 0 { Err(Error::LostLease) } else { Ok(()) }
}
