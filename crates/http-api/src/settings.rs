//! The settings of the server. The caller fills them in from `config/longshore.toml`.

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use longshore_plugin_host::config::longshore::{Action, Cors};

use super::query::PageSizes;

/// The default time that an upload waits for a slot. Tests use shorter times.
pub const UPLOAD_WAIT: Duration = Duration::from_secs(20);

/// The default of the lowest average body rate: half a KiB per second. Tests use other rates.
pub const LOWEST_RATE: u64 = 512;

/// The settings of the HTTP server. Each field names its key in `config/longshore.toml`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address of the API: `server.bind`.
    pub bind: SocketAddr,
    /// The address of health, readiness and metrics, if any: `server.adminBind`.
    pub admin_bind: Option<SocketAddr>,
    /// The most simultaneous connections. Further clients wait to be accepted: `server.connections`.
    pub connections: usize,
    /// The timeout of a request head: `server.headerTimeout`.
    pub header_timeout: Duration,
    /// The timeout of each KiB of a request body, and of a response without progress: `server.bodyTimeout`.
    pub body_timeout: Duration,
    /// The lowest average body rate in bytes per second, after the first `body_timeout`. No key: [`LOWEST_RATE`].
    pub lowest_rate: u64,
    /// The timeout of the next request on a connection: `server.idleTimeout`.
    pub idle_timeout: Duration,
    /// The timeout of requests in flight at shutdown: `server.shutdownTimeout`.
    pub shutdown_timeout: Duration,
    /// The most uploads in flight: `limits.uploads`, or `upload.config.concurrentUploadRequests`.
    pub uploads: usize,
    /// The time that an upload waits for a slot before it is refused. No key: [`UPLOAD_WAIT`].
    pub upload_wait: Duration,
    /// The most files in one request: `limits.files`.
    pub files: usize,
    /// The most bytes of a request that are not files: `limits.fields`.
    pub fields: usize,
    /// The limits of page sizes: `limits.pageSize` and `limits.maxPageSize`.
    pub page_sizes: PageSizes,
    /// The anonymous permissions: `permissions.public`.
    pub public: BTreeSet<Action>,
    /// The origins whose pages may use the API from a browser: `cors`.
    pub cors: Cors,
    /// Whether the server serves a page with the API's description: `server.docs`.
    pub docs: bool,
    /// The amount of a request body that is still read after an early response. No key: the default of [`Drain`].
    pub drain: Drain,
}

/// Limits for reading the rest of a refused body, which lets clients that send everything before they read receive the
/// response.
#[derive(Clone, Copy, Debug)]
pub struct Drain {
    /// The most bytes.
    pub bytes: u64,
    /// The longest time.
    pub time: Duration,
}

impl Default for Drain {
    fn default() -> Self {
        Self { bytes: 256 * 1024 * 1024, time: Duration::from_secs(10) }
    }
}
