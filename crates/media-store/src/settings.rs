//! Where the table is, and which webhooks receive its events.

use std::path::PathBuf;

use longshore_provider::Secret;

/// Where the table is.
#[derive(Clone, Debug)]
pub enum Database {
    /// An SQLite database in a file of this machine.
    Sqlite {
        /// The file. Its folder is created if it is missing.
        file: PathBuf,
        /// When a commit counts as durable.
        synchronous: Synchronous,
    },
    /// A PostgreSQL server.
    Postgres {
        /// `postgres://user:password@host/name`.
        url: Secret,
        /// The most connections to it.
        connections: u32,
    },
}

/// When a commit of SQLite counts as durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// A change that was confirmed survives a power failure.
    #[default]
    Full,
    /// A change that was confirmed survives a crash of the program. A power failure may lose the last changes.
    Normal,
}

/// A webhook, and the events that it receives.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// The URL that events are posted to.
    pub url: String,
    /// The names of the events: `media.create`, `media.update`, `media.delete`.
    pub events: Vec<String>,
    /// The secret that signs the body, if there is one.
    pub secret: Option<Secret>,
    /// Headers to send with each event, such as `Authorization`.
    pub headers: Vec<(String, Secret)>,
}
