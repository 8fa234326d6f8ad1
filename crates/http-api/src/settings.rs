//! How the server works. Whoever reads `config/longshore.toml` fills this in.

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use longshore_plugin_host::config::longshore::{Action, Cors};

use super::query::PageSizes;

/// How long an upload waits for its turn, unless a test is less patient.
pub const UPLOAD_WAIT: Duration = Duration::from_secs(20);

/// The lowest average rate of a body, unless a test is less patient: half a KiB a second.
pub const LOWEST_RATE: u64 = 512;

/// What the server has to know. The keys of `config/longshore.toml` stand behind each field.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens: `server.bind`.
    pub bind: SocketAddr,
    /// Where health and metrics are served, if at all: `server.adminBind`.
    pub admin_bind: Option<SocketAddr>,
    /// Connections at a time; more wait to be accepted: `server.connections`.
    pub connections: usize,
    /// How long the head of a request may take: `server.headerTimeout`.
    pub header_timeout: Duration,
    /// How long a body may go without a KiB of progress, or an answer without any: `server.bodyTimeout`.
    pub body_timeout: Duration,
    /// The lowest average rate of a body in bytes a second, after the first `body_timeout`. No key: [`LOWEST_RATE`].
    pub lowest_rate: u64,
    /// How long a connection may wait for its next request: `server.idleTimeout`.
    pub idle_timeout: Duration,
    /// How long what is in flight may take to end when the server stops: `server.shutdownTimeout`.
    pub shutdown_timeout: Duration,
    /// Uploads in flight: `limits.uploads`, or `upload.config.concurrentUploadRequests`.
    pub uploads: usize,
    /// How long an upload waits for its turn before it is turned away. No key: [`UPLOAD_WAIT`].
    pub upload_wait: Duration,
    /// Files of one request: `limits.files`.
    pub files: usize,
    /// Bytes of a request that are no files: `limits.fields`.
    pub fields: usize,
    /// How large pages are: `limits.pageSize` and `limits.maxPageSize`.
    pub page_sizes: PageSizes,
    /// What everybody may do: `permissions.public`.
    pub public: BTreeSet<Action>,
    /// Which pages may use the API from a browser: `cors`.
    pub cors: Cors,
    /// Whether a page shows the API's description: `server.docs`.
    pub docs: bool,
    /// How much of a body is still read when the answer is known before its end. No key: its default.
    pub drain: Drain,
}

/// How much of a body nobody wants is read, so that the answer reaches clients that send first and read then.
#[derive(Clone, Copy, Debug)]
pub struct Drain {
    /// At most so many bytes.
    pub bytes: u64,
    /// At most so long.
    pub time: Duration,
}

impl Default for Drain {
    fn default() -> Self {
        Self { bytes: 256 * 1024 * 1024, time: Duration::from_secs(10) }
    }
}
