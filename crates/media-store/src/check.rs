//! Checks of the configured database that create nothing and connect to no server.

use std::{
    fs, io,
    path::{Path, PathBuf},
    str::FromStr,
};

use longshore_provider::Secret;
use rustix::fs::{Access, access};
use sqlx::postgres::PgConnectOptions;
use thiserror::Error;

use crate::Database;

/// Why the configured database cannot be used. No message contains a part of a URL, which has a password.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InvalidDatabase {
    /// The URL of a server does not parse.
    #[error("the URL of the database is not valid: {0}")]
    Url(String),
    /// A character ends the part of the URL that it belongs to.
    #[error("the URL of the database has a `{0}` that is not percent-encoded")]
    Unencoded(char),
    /// A part of the path to the file is not a folder.
    #[error("`{}` is not a folder", .0.display())]
    NotAFolder(PathBuf),
    /// The path of the file is a folder or a device.
    #[error("`{}` is not a file", .0.display())]
    NotAFile(PathBuf),
    /// The file, or the folder that contains it or would contain it, is not writable.
    #[error("`{}` may not be written to by the user who runs this", .0.display())]
    ReadOnly(PathBuf),
    /// The metadata of the file or its folder cannot be read.
    #[error("`{}` cannot be looked at: {source}", path.display())]
    Io {
        /// The path that was checked.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
}

impl InvalidDatabase {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Url(_) | Self::Unencoded(_) => Some(
                "in `postgres://user:password@host/name`, write `%23` for a `#` in the user or the password, `%2F` for `/`, \
                 `%3F` for `?`, `%40` for `@` and `%25` for `%`",
            ),
            Self::NotAFolder(_) | Self::NotAFile(_) => Some("name another file by `database.file`"),
            Self::ReadOnly(_) => Some("change its owner, or name another file by `database.file`"),
            Self::Io { .. } => None,
        }
    }
}

impl Database {
    /// Checks that the URL of a server parses, or that the file of SQLite can be created or written to. Creates nothing
    /// and connects to no server.
    pub fn check(&self) -> Result<(), InvalidDatabase> {
        match self {
            Self::Sqlite { file, .. } => check_file(file),
            Self::Postgres { url, .. } => parse_url(url).map(drop),
        }
    }
}

/// The options of a connection to a server.
pub(super) fn parse_url(url: &Secret) -> Result<PgConnectOptions, InvalidDatabase> {
    let text = url.expose();
    // Each of these characters ends the part of the URL before it: the rest of a password would be misread.
    if text.contains('#') {
        return Err(InvalidDatabase::Unencoded('#'));
    }
    let (_, after_scheme) = text.split_once("://").unwrap_or_default();
    if let Some(end) = after_scheme.find(['/', '?'])
        && after_scheme[end..].contains('@')
    {
        return Err(InvalidDatabase::Unencoded(if after_scheme[end..].starts_with('/') { '/' } else { '?' }));
    }
    PgConnectOptions::from_str(text).map_err(|error| match error {
        sqlx::Error::Configuration(reason) => InvalidDatabase::Url(reason.to_string()),
        error => InvalidDatabase::Url(error.to_string()),
    })
}

fn check_file(file: &Path) -> Result<(), InvalidDatabase> {
    match fs::metadata(file) {
        Ok(metadata) if !metadata.is_file() => Err(InvalidDatabase::NotAFile(file.to_owned())),
        // SQLite creates its log beside the file.
        Ok(_) => check_access(file).and_then(|()| check_folder(file.parent())),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            check_folder(file.ancestors().skip(1).find(|folder| folder.exists()))
        }
        Err(source) => Err(InvalidDatabase::Io { path: file.to_owned(), source }),
    }
}

fn check_folder(folder: Option<&Path>) -> Result<(), InvalidDatabase> {
    let Some(folder) = folder.filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    if folder.is_dir() { check_access(folder) } else { Err(InvalidDatabase::NotAFolder(folder.to_owned())) }
}

fn check_access(path: &Path) -> Result<(), InvalidDatabase> {
    let is_dir = path.is_dir();
    let wanted = if is_dir { Access::WRITE_OK | Access::EXEC_OK } else { Access::READ_OK | Access::WRITE_OK };
    access(path, wanted).map_err(|_| InvalidDatabase::ReadOnly(path.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(url: &str) -> Option<String> {
        let database = Database::Postgres { url: Secret::new(url), connections: 1 };
        let error = database.check().err()?;
        assert!(error.hint().is_some() && !error.to_string().contains("word"), "{error}");
        Some(error.to_string())
    }

    #[test]
    fn a_url_with_a_password_that_is_not_encoded_is_refused_without_it() {
        let unencoded = |c| Some(format!("the URL of the database has a `{c}` that is not percent-encoded"));
        assert_eq!(told("postgres://user:pass%23word@host/name"), None);
        assert_eq!(told("postgres://user:pass#word@host/name"), unencoded('#'));
        assert_eq!(told("postgres://user:12#word@host/name"), unencoded('#'));
        assert_eq!(told("postgres://user:12/word@host/name"), unencoded('/'));
        assert_eq!(told("postgres://user:12?word@host/name"), unencoded('?'));
        let invalid = told("postgres://user@host:word/name").unwrap();
        assert_eq!(invalid, "the URL of the database is not valid: invalid port number");
    }

    #[test]
    fn a_file_can_be_where_a_folder_is_or_can_be_made() {
        let folder = tempfile::tempdir().unwrap();
        let check = |name: &str| check_file(&folder.path().join(name));
        fs::write(folder.path().join("file"), "").unwrap();
        for good in ["file", "new", "a/b/new"] {
            check(good).unwrap();
        }
        assert!(matches!(check("file/new"), Err(InvalidDatabase::NotAFolder(path)) if path.ends_with("file")));
        assert!(matches!(check(""), Err(InvalidDatabase::NotAFile(_))));
    }
}
