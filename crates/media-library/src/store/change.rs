//! Changing what is said about a file.

use std::sync::Arc;

use super::{
    Arg, Connection, Operation, Store,
    columns::{self, COLUMNS, VISIBLE},
    event::{Event, Subscriptions},
    stored_json,
};
use crate::{FileId, FileInfo, MediaFile, Result};

impl Store {
    /// Changes what `info` says and keeps what it does not say; `None` when there is no such file.
    pub(crate) async fn update_info(&self, id: &FileId, info: &FileInfo) -> Result<Option<MediaFile>> {
        let subscriptions = Arc::clone(&self.subscriptions);
        let file = self.write(UpdateInfo { id: id.clone(), info: info.clone(), subscriptions }).await?;
        self.announced(Event::Update, file.iter().map(|file| file.id));
        Ok(file)
    }
}

struct UpdateInfo {
    id: FileId,
    info: FileInfo,
    subscriptions: Arc<Subscriptions>,
}

impl Operation for UpdateInfo {
    type Output = Option<MediaFile>;

    fn several_statements(&self) -> bool {
        self.subscriptions.want(Event::Update)
    }

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Option<MediaFile>> {
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
             where {} and {VISIBLE}
             returning {COLUMNS}",
            self.id.condition()
        );
        let file = connection.first(&sql, &args, columns::read).await?;
        if let Some(file) = &file {
            self.subscriptions.announce(connection, Event::Update, file.updated_at, file).await?;
        }
        Ok(file)
    }
}
