//! The table `limits`.

use std::time::Duration;

use crate::config::fields::Fields;
use crate::config::node::Node;
use crate::config::problem::Problem;

const KEYS: [&str; 7] = ["fields", "files", "maxPageSize", "pageSize", "providerTimeout", "smallFile", "uploads"];

/// How much of everything. The largest file is `upload.config.sizeLimit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Files of up to so many bytes are held in memory; larger ones flow through: `smallFile`.
    pub small_file: usize,
    /// Uploads in flight; more wait: `uploads`. `upload.config.concurrentUploadRequests` takes its place if configured.
    pub uploads: usize,
    /// Files of one request: `files`.
    pub files: usize,
    /// Bytes of a request that are no files, all fields together: `fields`.
    pub fields: usize,
    /// Files on a page when the request does not say: `pageSize`.
    pub page_size: u64,
    /// The most files on a page: `maxPageSize`.
    pub max_page_size: u64,
    /// How long a provider may go without a sign of life before its call is given up: `providerTimeout`, in seconds.
    pub provider_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            small_file: 1024 * 1024,
            uploads: 64,
            files: 100,
            fields: 1024 * 1024,
            page_size: 25,
            max_page_size: 100,
            provider_timeout: Duration::from_mins(2),
        }
    }
}

impl Limits {
    pub(super) fn read(node: Option<&Node>, problems: &mut Vec<Problem>) -> Self {
        let default = Self::default();
        let mut fields = Fields::open(node, &KEYS, problems, |name| match name {
            "sizeLimit" | "fileSize" | "maxFileSize" => {
                Some("the largest file is `upload.config.sizeLimit` in plugins.toml".to_owned())
            }
            _ => None,
        });
        Self {
            small_file: fields.count("smallFile", 0..=1 << 30).unwrap_or(default.small_file),
            uploads: fields.count("uploads", 1..=100_000).unwrap_or(default.uploads),
            files: fields.count("files", 1..=100_000).unwrap_or(default.files),
            fields: fields.count("fields", 1024..=1 << 30).unwrap_or(default.fields),
            page_size: fields.number("pageSize", 1..=1_000_000).unwrap_or(default.page_size),
            max_page_size: fields.number("maxPageSize", 1..=1_000_000).unwrap_or(default.max_page_size),
            provider_timeout: fields.seconds("providerTimeout", 1..=86_400).unwrap_or(default.provider_timeout),
        }
    }
}
