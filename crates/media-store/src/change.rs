//! Changing the information about a file.

use std::sync::Arc;

use crate::{
    Arg, Connection, FileId, FileInfo, MediaFile, Operation, Result, Store, claim,
    columns::{self, COLUMNS},
    event::{Event, Subscriptions},
    stored_json,
};

/// The outcome of an attempt to change the information about a file.
#[derive(Clone, Debug, PartialEq)]
pub enum InfoUpdate {
    /// The file has the new information.
    Updated(Box<MediaFile>),
    /// A replacement is running, and will write the information from before.
    Busy {
        /// Whether the lease of the replacement has ended.
        expired: bool,
    },
    /// No visible file has the id.
    Missing,
}

impl Store {
    /// Changes the fields that `info` contains and keeps the others.
    pub async fn update_info(&self, id: &FileId, info: &FileInfo) -> Result<InfoUpdate> {
        let subscriptions = Arc::clone(&self.subscriptions);
        let update = self.write(UpdateInfo { id: id.clone(), info: info.clone(), subscriptions }).await?;
        if let InfoUpdate::Updated(file) = &update {
            self.announced(Event::Update, [file.id]);
        }
        Ok(update)
    }
}

struct UpdateInfo {
    id: FileId,
    info: FileInfo,
    subscriptions: Arc<Subscriptions>,
}

impl Operation for UpdateInfo {
    type Output = InfoUpdate;

    fn several_statements(&self) -> bool {
        self.subscriptions.want(Event::Update)
    }

    async fn run(&self, connection: &mut Connection<'_>) -> Result<InfoUpdate> {
        let focal_point = stored_json::focal_point(self.info.focal_point.as_ref());
        let args: [Arg<'_>; 5] = [
            self.id.arg(),
            Arg::from(&self.info.name),
            Arg::from(&self.info.alternative_text),
            Arg::from(&self.info.caption),
            Arg::from(&focal_point),
        ];
        let sql = format!(
            "update longshore_files
             set name = coalesce(?2, name), alternative_text = coalesce(?3, alternative_text), \
             caption = coalesce(?4, caption), focal_point = coalesce(?5, focal_point), updated_at = longshore_now()
             where {} and {STEADY}
             returning {COLUMNS}",
            self.id.condition()
        );
        if let Some(file) = connection.first(&sql, &args, columns::read).await? {
            self.subscriptions.announce(connection, Event::Update, file.updated_at, &file).await?;
            return Ok(InfoUpdate::Updated(Box::new(file)));
        }
        let busy = claim::busy(connection, &self.id).await?;
        Ok(busy.map_or(InfoUpdate::Missing, |expired| InfoUpdate::Busy { expired }))
    }
}

/// The rows that no running replacement will overwrite: complete files, and replaced files of which only the old
/// formats are still to be removed. The text of a plan begins with its phase.
const STEADY: &str = r#"(state = 'ready' or (state = 'replacing' and plan like '{"phase":"cleaning"%'))"#;
