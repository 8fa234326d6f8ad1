//! How the server works. Whoever reads `config/longshore.toml` fills this in.

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use longshore_plugin_host::config::longshore::{Action, Cors};

use super::query::PageSizes;

/// How long an upload waits for its turn, unless a test is less patient.
pub(crate) const UPLOAD_WAIT: Duration = Duration::from_secs(20);

/// What the server has to know. The keys of `config/longshore.toml` stand behind each field.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Where it listens: `server.bind`.
    pub(crate) bind: SocketAddr,
    /// Where health and metrics are served, if at all: `server.adminBind`.
    pub(crate) admin_bind: Option<SocketAddr>,
    /// Connections at a time; more wait to be accepted: `server.connections`.
    pub(crate) connections: usize,
    /// How long the head of a request may take: `server.headerTimeout`.
    pub(crate) header_timeout: Duration,
    /// How long a body may go without a KiB of progress, or an answer without any: `server.bodyTimeout`.
    pub(crate) body_timeout: Duration,
    /// How long a connection may wait for its next request: `server.idleTimeout`.
    pub(crate) idle_timeout: Duration,
    /// How long what is in flight may take to end when the server stops: `server.shutdownTimeout`.
    pub(crate) shutdown_timeout: Duration,
    /// Uploads in flight: `limits.uploads`, or `upload.config.concurrentUploadRequests`.
    pub(crate) uploads: usize,
    /// How long an upload waits for its turn before it is turned away. No key: [`UPLOAD_WAIT`].
    pub(crate) upload_wait: Duration,
    /// Files of one request: `limits.files`.
    pub(crate) files: usize,
    /// Bytes of a request that are no files: `limits.fields`.
    pub(crate) fields: usize,
    /// How large pages are: `limits.pageSize` and `limits.maxPageSize`.
    pub(crate) page_sizes: PageSizes,
    /// What everybody may do: `permissions.public`.
    pub(crate) public: BTreeSet<Action>,
    /// Which pages may use the API from a browser: `cors`.
    pub(crate) cors: Cors,
    /// Whether a page shows the API's description: `server.docs`.
    pub(crate) docs: bool,
    /// How much of a body is still read when the answer is known before its end. No key: its default.
    pub(crate) drain: Drain,
}

/// How much of a body nobody wants is read, so that the answer reaches clients that send first and read then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drain {
    /// At most so many bytes.
    pub(crate) bytes: u64,
    /// At most so long.
    pub(crate) time: Duration,
}

impl Default for Drain {
    fn default() -> Self {
        Self { bytes: 256 * 1024 * 1024, time: Duration::from_secs(10) }
    }
}
