//! The table `limits`.

use std::time::Duration;

use crate::config::fields::Fields;
use crate::config::key::Key;
use crate::config::node::Node;
use crate::config::problem::Problem;

pub(super) const KEYS: [Key; 7] = [
    Key::integer("fields", 1024, 1 << 30, "The most bytes of a request that are no files, all fields together.")
        .or("1048576"),
    Key::integer("files", 1, 100_000, "The most files of one request.").or("100"),
    Key::integer("maxPageSize", 1, 1_000_000, "The most files on a page of /api/upload/files/page.").or("100"),
    Key::integer(
        "pageSize",
        1,
        1_000_000,
        "Files on a page of /api/upload/files/page, unless the request has a page size.",
    )
    .or("25"),
    Key::integer(
        "providerTimeout",
        1,
        86_400,
        "How many seconds a call of a provider may go without progress. Then the call is cancelled and undone.",
    )
    .or("120"),
    Key::integer(
        "smallFile",
        0,
        1 << 30,
        "Files of up to this size, in bytes, are held in memory. Larger files are streamed. The largest file that is \
         accepted is `upload.config.sizeLimit` in plugins.toml.",
    )
    .or("1048576"),
    Key::integer("uploads", 1, 100_000, "Uploads in flight; more wait. One client has at most half of them.").or("64"),
];

/// The limits. The largest file is `upload.config.sizeLimit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The largest file that is kept in memory, in bytes. Larger files are streamed: `smallFile`.
    pub small_file: usize,
    /// The number of concurrent uploads. Further uploads wait: `uploads`, unless
    /// `upload.config.concurrentUploadRequests` is set.
    pub uploads: usize,
    /// The largest number of files in one request: `files`.
    pub files: usize,
    /// The largest size of a request's fields without its files, in bytes, all fields together: `fields`.
    pub fields: usize,
    /// The default number of files on a page: `pageSize`.
    pub page_size: u64,
    /// The largest number of files on a page: `maxPageSize`.
    pub max_page_size: u64,
    /// The time without progress after which a provider's call is cancelled: `providerTimeout`, in seconds.
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
        let limits = Self {
            small_file: fields.number("smallFile").unwrap_or(default.small_file),
            uploads: fields.number("uploads").unwrap_or(default.uploads),
            files: fields.number("files").unwrap_or(default.files),
            fields: fields.number("fields").unwrap_or(default.fields),
            page_size: fields.number("pageSize").unwrap_or(default.page_size),
            max_page_size: fields.number("maxPageSize").unwrap_or(default.max_page_size),
            provider_timeout: fields.seconds("providerTimeout").unwrap_or(default.provider_timeout),
        };
        if limits.page_size > limits.max_page_size
            && let Some(node) = fields.node("pageSize").or_else(|| fields.node("maxPageSize"))
        {
            let (default, most) = (limits.page_size, limits.max_page_size);
            let message = format!("`pageSize` ({default}) is larger than `maxPageSize` ({most})");
            fields.problem(Problem::of_value(&node.origin, message));
        }
        limits
    }
}
