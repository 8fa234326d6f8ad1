//! Taking a file for a change of its objects, and the steps of that change.

use std::{sync::Arc, time::Duration};

use super::{
    Arg, Connection, Operation, Plan, Replaced, Store,
    arg::count,
    columns::{self, COLUMNS, VISIBLE},
    event::{Event, Subscriptions},
    row::Row,
    stored_json,
};
use crate::{Error, FileId, MediaFile, Result, kilobytes};

/// What is going on with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Its objects are being written; nobody sees it.
    Pending,
    /// It is complete and nobody changes its objects.
    Ready,
    /// Its objects are being replaced; people see it.
    Replacing,
    /// Its objects are being removed; nobody sees it any longer.
    Deleting,
}

impl State {
    /// As the column has it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Ready => "ready",
            Self::Replacing => "replacing",
            Self::Deleting => "deleting",
        }
    }

    /// The state of a name.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        [Self::Pending, Self::Ready, Self::Replacing, Self::Deleting].into_iter().find(|state| state.name() == name)
    }
}

/// Whether a row could be taken.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Claim {
    /// It is ours.
    Claimed(Box<MediaFile>),
    /// Somebody is replacing it.
    Busy {
        /// Whether they have given no sign of life for the length of their lease.
        expired: bool,
    },
    /// People see no such file.
    Missing,
}

impl Store {
    /// Takes a complete file for a change: of several who try at once, one gets it.
    pub(crate) async fn claim(&self, id: &FileId, owner: &str, lease: Duration, to: State) -> Result<Claim> {
        self.write(Take { id: id.clone(), owner: owner.to_owned(), lease: count(lease.as_millis()), to }).await
    }

    /// Says how far the change of a row has come.
    ///
    /// # Errors
    ///
    /// [`Error::LostLease`] when the row is not ours any longer.
    pub(crate) async fn set_plan(&self, id: i64, owner: &str, plan: &Plan) -> Result<()> {
        self.write(SetPlan { id, owner: owner.to_owned(), plan: stored_json::text(plan) }).await
    }

    /// Shows the new file in the place of the old one. The row stays ours, with a plan of what is to clean up.
    ///
    /// # Errors
    ///
    /// [`Error::LostLease`] when the row is not ours any longer.
    pub(crate) async fn replaced(&self, id: i64, owner: &str, new: &Replaced, plan: &Plan) -> Result<MediaFile> {
        let (new, plan) = (new.clone(), stored_json::text(plan));
        let subscriptions = Arc::clone(&self.subscriptions);
        let file = self.write(Show { id, owner: owner.to_owned(), new, plan, subscriptions }).await?;
        self.announced(Event::Update, [id]);
        Ok(file)
    }

    /// Ends a change: the row is complete, and nobody's.
    ///
    /// # Errors
    ///
    /// [`Error::LostLease`] when the row is not ours any longer.
    pub(crate) async fn release(&self, id: i64, owner: &str) -> Result<()> {
        self.write(Release { id, owner: owner.to_owned() }).await
    }

    /// Removes the row and its links, with an event when the file was one that people saw.
    ///
    /// # Errors
    ///
    /// [`Error::LostLease`] when the row is not ours any longer.
    pub(crate) async fn remove(&self, id: i64, owner: &str, event: bool) -> Result<()> {
        let subscriptions = Arc::clone(&self.subscriptions);
        self.write(Remove { id, owner: owner.to_owned(), event, subscriptions }).await?;
        if event {
            self.announced(Event::Delete, [id]);
        }
        Ok(())
    }
}

struct Take {
    id: FileId,
    owner: String,
    /// Milliseconds.
    lease: i64,
    to: State,
}

impl Operation for Take {
    type Output = Claim;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Claim> {
        let condition = self.id.condition();
        let args: [Arg<'_>; 4] = [self.id.arg(), Arg::from(&self.owner), self.lease.into(), self.to.name().into()];
        let sql = format!(
            "update longshore_files
             set state = ?4, owner = ?2, lease_until = longshore_now() + ?3, plan = null
             where {condition} and state = 'ready'
             returning {COLUMNS}"
        );
        if let Some(file) = connection.first(&sql, &args, columns::read).await? {
            return Ok(Claim::Claimed(Box::new(file)));
        }
        let busy = busy(connection, &self.id).await?;
        Ok(busy.map_or(Claim::Missing, |expired| Claim::Busy { expired }))
    }
}

/// Whether the lease of the change of a file has ended; `None` when people see no such file. Only read after the file
/// could not be had: what happens in between makes the answer late, not wrong.
pub(super) async fn busy(connection: &mut Connection<'_>, id: &FileId) -> Result<Option<bool>> {
    let sql = format!(
        "select cast(case when lease_until <= longshore_now() then 1 else 0 end as bigint) from longshore_files
         where {} and {VISIBLE}",
        id.condition()
    );
    connection.first(&sql, &[id.arg()], |row| Ok(row.int(0)? != 0)).await
}

struct SetPlan {
    id: i64,
    owner: String,
    plan: String,
}

impl Operation for SetPlan {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<()> {
        let args = [self.id.into(), Arg::from(&self.owner), Arg::from(&self.plan)];
        let sql = "update longshore_files set plan = ?3 where id = ?1 and owner = ?2";
        ours(connection.execute(sql, &args).await?)
    }
}

struct Show {
    id: i64,
    owner: String,
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
            self.id.into(),
            Arg::from(&self.owner),
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
             where id = ?1 and owner = ?2 and state = 'replacing'
             returning {COLUMNS}"
        );
        let file = connection.first(&sql, &args, columns::read).await?.ok_or(Error::LostLease)?;
        self.subscriptions.announce(connection, Event::Update, file.updated_at, &file).await?;
        Ok(file)
    }
}

struct Release {
    id: i64,
    owner: String,
}

impl Operation for Release {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<()> {
        let sql = "update longshore_files set state = 'ready', owner = null, lease_until = null, plan = null
                   where id = ?1 and owner = ?2 and state in ('replacing', 'deleting')";
        ours(connection.execute(sql, &[self.id.into(), Arg::from(&self.owner)]).await?)
    }
}

struct Remove {
    id: i64,
    owner: String,
    event: bool,
    subscriptions: Arc<Subscriptions>,
}

impl Operation for Remove {
    type Output = ();

    fn several_statements(&self) -> bool {
        self.event && self.subscriptions.want(Event::Delete)
    }

    async fn run(&self, connection: &mut Connection<'_>) -> Result<()> {
        let args = [self.id.into(), Arg::from(&self.owner)];
        if !self.several_statements() {
            return ours(connection.execute("delete from longshore_files where id = ?1 and owner = ?2", &args).await?);
        }
        let sql =
            format!("delete from longshore_files where id = ?1 and owner = ?2 returning {COLUMNS}, longshore_now()");
        let read = |row: &Row<'_>| Ok((columns::read(row)?, row.int(columns::COUNT)?));
        let (file, now) = connection.first(&sql, &args, read).await?.ok_or(Error::LostLease)?;
        self.subscriptions.announce(connection, Event::Delete, now, &file).await
    }
}

/// A row that did not change is not ours.
pub(super) fn ours(rows: u64) -> Result<()> {
    if rows == 0 { Err(Error::LostLease) } else { Ok(()) }
}
