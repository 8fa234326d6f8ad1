//! What stands in `providerOptions`.

use std::{collections::BTreeMap, time::Duration};

use longshore_provider::{Error, Result, Secret};

longshore_provider::options! {
    /// Options of the provider `opendal`.
    pub struct OpendalOptions {
        /// The service, by OpenDAL's name for it: `azblob`, `gcs`, `webdav`, `sftp`, `s3`, `b2`, `oss`, `fs`, `memory` or
        /// another one that the library was built with. An unknown name is an error that lists all names.
        pub(crate) service: String,
        /// The service's own options, all of them texts, by OpenDAL's names: <https://docs.rs/opendal>, at
        /// `services`. A relative `root` of `fs` starts at the project's folder.
        #[serde(default)]
        pub(crate) options: BTreeMap<String, Secret>,
        /// The prefix of every key: a folder below the service's `root`.
        #[serde(default)]
        pub(crate) root_path: Option<String>,
        /// What public URLs begin with, such as the address of a CDN. Without it, URLs are paths (`/` and the key), and a
        /// web server has to serve the files there.
        #[serde(default)]
        pub(crate) base_url: Option<String>,
        /// Whether files are read by signed URLs alone. Only for services that can sign and that allow no
        /// anonymous reads.
        #[serde(default)]
        pub(crate) private: bool,
        /// How long signed URLs work, in seconds.
        #[serde(default = "fifteen_minutes")]
        signed_url_expires: u64,
        /// Bytes of a part, where the service takes a file in parts.
        #[serde(default = "eight_mebibytes")]
        part_size: u64,
        /// The largest file for services that take a file in one piece (such as `memory` and `webdav`), in bytes: it is
        /// held in memory.
        #[serde(default = "sixty_four_mebibytes")]
        pub(crate) max_bytes: u64,
        /// How long one request to the service may take, in seconds.
        #[serde(default = "one_minute")]
        timeout: u64,
    }
}

impl OpendalOptions {
    /// The lifetime of signed URLs.
    pub(crate) fn expiry(&self) -> Result<Duration> {
        seconds("signedUrlExpires", self.signed_url_expires)
    }

    /// How long one request may take.
    pub(crate) fn patience(&self) -> Result<Duration> {
        seconds("timeout", self.timeout)
    }

    /// Bytes of a part.
    pub(crate) fn part(&self) -> Result<usize> {
        const MIB: u64 = 1024 * 1024;
        let fits = (MIB..=1024 * MIB).contains(&self.part_size);
        let size = usize::try_from(self.part_size).ok().filter(|_| fits);
        size.ok_or_else(|| Error::invalid_options("providerOptions.partSize has to be between 1 MiB and 1 GiB"))
    }
}

fn seconds(name: &str, seconds: u64) -> Result<Duration> {
    if (1..=7 * 24 * 3600).contains(&seconds) {
        return Ok(Duration::from_secs(seconds));
    }
    Err(Error::invalid_options(format!("providerOptions.{name} has to be between a second and a week")))
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
