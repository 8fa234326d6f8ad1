//! The settings of a media library.

use std::{path::PathBuf, time::Duration};

use longshore_images::ImageSettings;
use longshore_provider::Secret;

/// How a media library works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where its table is.
    pub database: Database,
    /// The largest file, in bytes; 0 is no limit.
    pub size_limit: u64,
    /// Files of up to so many bytes are held in memory until the whole request has been read.
    pub small_file: usize,
    /// Files of one request that are stored at a time.
    pub concurrent_files: usize,
    /// Image formats by name with the side that each fits in, in the order in which they are shown.
    pub breakpoints: Vec<(String, u32)>,
    /// How images are processed.
    pub images: ImageSettings,
    /// Which types of files are accepted.
    pub types: TypePolicy,
    /// The types of entries that files may be attached to; `None` is any.
    pub links: Option<Vec<String>>,
    /// The webhooks that get the events.
    pub webhooks: Vec<Webhook>,
    /// How long a claim lasts without a heartbeat. After that any host finishes or undoes the change.
    pub lease: Duration,
    /// How long a provider may take over a call, or over the next bytes of a file, before it is given up.
    pub provider_stall: Duration,
    /// How long an image waits for memory before it is turned away; `None` is as long as it takes.
    pub memory_wait: Option<Duration>,
    /// How often the sweeper looks for such rows.
    pub sweep_every: Duration,
}

/// Where the table is.
#[derive(Clone, Debug)]
pub enum Database {
    /// A file of this machine.
    Sqlite {
        /// The file; its folder is made when it is missing.
        file: PathBuf,
        /// When a commit is safe.
        synchronous: Synchronous,
    },
    /// A server.
    Postgres {
        /// `postgres://user:password@host/name`.
        url: Secret,
        /// The most connections to it.
        connections: u32,
    },
}

/// When a commit of SQLite is safe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// A change that was confirmed survives a power failure.
    #[default]
    Full,
    /// A change that was confirmed survives a crash of the program. A power failure may lose the last changes.
    Normal,
}

/// Which types of files are accepted; entries such as `image/*` and `*` are patterns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypePolicy {
    /// The types to accept; `None` accepts all.
    pub allowed: Option<Vec<String>>,
    /// The types to refuse, before `allowed` is asked.
    pub denied: Option<Vec<String>>,
}

/// The webhooks that get the events.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Where events are posted to.
    pub url: String,
    /// Which events: `media.create`, `media.update`, `media.delete`.
    pub events: Vec<String>,
    /// Signs the body, if there is one.
    pub secret: Option<Secret>,
    /// Sent along, such as an `Authorization` of its own.
    pub headers: Vec<(String, Secret)>,
}
