//! The options in `providerOptions`.

use std::{collections::BTreeMap, time::Duration};

use longshore_provider::{Error, Result, Secret};

longshore_provider::options! {
    /// Options of the provider `opendal`.
    pub struct OpendalOptions {
        /// OpenDAL's name of the service: `azblob`, `gcs`, `webdav`, `sftp`, `s3`, `b2`, `oss`, `fs`, `memory` or another
        /// built-in service. The error for an unknown name lists all names.
        pub(crate) service: String,
        /// The options of the service, with OpenDAL's names: see `services` at <https://docs.rs/opendal>. Every value is a
        /// string. A relative `root` of `fs` starts at the project's folder.
        #[serde(default)]
        pub(crate) options: BTreeMap<String, Secret>,
        /// The prefix of every key: a folder below the service's `root`.
        #[serde(default)]
        pub(crate) root_path: Option<String>,
        /// The beginning of public URLs, such as the address of a CDN. The default is `/`: URLs are paths, and a web server
        /// has to serve the files there.
        #[serde(default)]
        pub(crate) base_url: Option<String>,
        /// Whether files can be read only by signed URLs. The service must be able to sign, and must allow no anonymous
        /// reads.
        #[serde(default)]
        pub(crate) private: bool,
        /// The lifetime of signed URLs, in seconds.
        #[serde(default = "fifteen_minutes")]
        signed_url_expires: u64,
        /// The size of a part in bytes, on services that accept files in parts.
        #[serde(default = "eight_mebibytes")]
        part_size: u64,
        /// The size of the largest file in bytes, on services that need a file in one piece, such as `memory` and `webdav`.
        /// The provider holds that file in memory.
        #[serde(default = "sixty_four_mebibytes")]
        pub(crate) max_bytes: u64,
        /// The time limit of one request to the service, in seconds.
        #[serde(default = "one_minute")]
        timeout: u64,
    }
}

impl OpendalOptions {
    /// The lifetime of signed URLs.
    pub(crate) fn expiry(&self) -> Result<Duration> {
        seconds("signedUrlExpires", self.signed_url_expires)
    }

    /// The time limit of one request.
    pub(crate) fn timeout(&self) -> Result<Duration> {
        seconds("timeout", self.timeout)
    }

    /// The size of a part in bytes.
    pub(crate) fn part(&self) -> Result<usize> {
        const MIB: u64 = 1024 * 1024;
        let fits = (MIB..=1024 * MIB).contains(&self.part_size);
        let size = usize::try_from(self.part_size).ok().filter(|_| fits);
        size.ok_or_else(|| Error::invalid_options("providerOptions.partSize must be between 1 MiB and 1 GiB"))
    }
}

fn seconds(name: &str, seconds: u64) -> Result<Duration> {
    if (1..=7 * 24 * 3600).contains(&seconds) {
        return Ok(Duration::from_secs(seconds));
    }
    Err(Error::invalid_options(format!("providerOptions.{name} must be between a second and a week")))
}

fn fifteen_minutes() -> u64 {
    900
}

fn one_minute() -> u64 {
    60
}

fn eight_mebibytes() -> u64 {
    8 * 1024 * 1024
}

fn sixty_four_mebibytes() -> u64 {
    64 * 1024 * 1024
}
