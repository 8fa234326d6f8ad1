//! The key fields of a file, as extensions carry them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, File, Result};

/// The fields of [`File`] that [`object_key`](crate::key::object_key) reads.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StoredAt {
    hash: String,
    ext: String,
    path: Option<String>,
    key: Option<String>,
    relative_key: Option<String>,
}

pub(crate) fn place_to(file: &File) -> Result<Value> {
    let File { hash, ext, path, key, relative_key, .. } = file.clone();
    serde_json::to_value(StoredAt { hash, ext, path, key, relative_key })
        .map_err(|error| Error::internal("the file cannot be written as JSON").caused_by(&error))
}

pub(crate) fn place_from(value: Value) -> Result<File> {
    let StoredAt { hash, ext, path, key, relative_key } = serde_json::from_value(value)
        .map_err(|error| Error::invalid_input("the file cannot be read").caused_by(&error))?;
    Ok(File { path, key, relative_key, ..File::named(hash, ext) })
}
