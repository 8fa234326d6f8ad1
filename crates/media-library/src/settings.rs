//! The settings of a media library.

use std::time::Duration;

use longshore_images::ImageSettings;
use longshore_media_store::{Database, Webhook};

/// The settings of a media library.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where its table is.
    pub database: Database,
    /// The largest file, in bytes; 0 is no limit.
    pub size_limit: u64,
    /// Files of up to this many bytes are buffered in memory until the whole request has been read.
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
    /// A webhook, and the events that it receives.
    pub webhooks: Vec<Webhook>,
    /// How long a claim lasts without a heartbeat. After that any host finishes or undoes the change.
    pub lease: Duration,
    /// How long a provider may take for a call, or for the next bytes of a file, before the call is abandoned.
    pub provider_stall: Duration,
    /// How long an image waits for memory before it is refused; `None` waits without a limit.
    pub memory_wait: Option<Duration>,
    /// How often the sweeper looks for rows whose lease has ended.
    pub sweep_every: Duration,
}

/// The types of files that are accepted. Entries may be patterns, such as `image/*` and `*`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypePolicy {
    /// The types to accept; `None` accepts all.
    pub allowed: Option<Vec<String>>,
    /// The types to refuse. They take precedence over `allowed`.
    pub denied: Option<Vec<String>>,
}
