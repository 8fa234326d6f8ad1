//! Files by their ids, or by the key of an object.

use std::collections::HashMap;

use crate::{
    Arg, Connection, FileId, MediaFile, Operation, Result, Store,
    arg::list,
    columns::{self, COLUMNS, VISIBLE},
    stored_json,
};

impl Store {
    /// The visible file with this id.
    pub async fn get(&self, id: &FileId) -> Result<Option<MediaFile>> {
        self.read(Get(id.clone())).await
    }

    /// The visible files with these ids, in the order of the ids.
    pub async fn get_many(&self, ids: &[i64]) -> Result<Vec<MediaFile>> {
        self.read(GetMany(ids.to_vec())).await
    }
}

impl FileId {
    /// The condition that a row has this id, which is bound at `?1`.
    pub(super) fn condition(&self) -> &'static str {
        match self {
            Self::Number(_) => "id = ?1",
            Self::Document(_) => "document_id = ?1",
        }
    }

    pub(super) fn arg(&self) -> Arg<'_> {
        match self {
            Self::Number(id) => (*id).into(),
            Self::Document(id) => id.into(),
        }
    }
}

impl Store {
    /// The visible files whose main object has one of these keys.
    pub async fn with_keys(&self, keys: &[String]) -> Result<Vec<MediaFile>> {
        self.read(WithKeys(keys.to_vec())).await
    }
}

struct Get(FileId);

impl Operation for Get {
    type Output = Option<MediaFile>;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Option<MediaFile>> {
        let sql = format!("select {COLUMNS} from longshore_files where {} and {VISIBLE}", self.0.condition());
        connection.first(&sql, &[self.0.arg()], columns::read).await
    }
}

struct WithKeys(Vec<String>);

impl Operation for WithKeys {
    type Output = Vec<MediaFile>;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Vec<MediaFile>> {
        let keys = connection.dialect().texts(1);
        let sql = format!("select {COLUMNS} from longshore_files where object_key in ({keys}) and {VISIBLE}");
        connection.rows(&sql, &[Arg::from(&stored_json::text(&self.0))], columns::read).await
    }
}

pub(super) struct GetMany(pub(super) Vec<i64>);

impl Operation for GetMany {
    type Output = Vec<MediaFile>;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Vec<MediaFile>> {
        let numbers = connection.dialect().numbers(1);
        let sql = format!("select {COLUMNS} from longshore_files where id in ({numbers}) and {VISIBLE}");
        let mut files = connection.rows(&sql, &[Arg::from(&list(&self.0))], columns::read).await?;
        let places: HashMap<i64, usize> = self.0.iter().enumerate().map(|(place, &id)| (id, place)).collect();
        files.sort_by_key(|file| places.get(&file.id).copied());
        Ok(files)
    }
}
