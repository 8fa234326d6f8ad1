//! What stands in `providerOptions`.

use longshore_provider::serde_json::{Map, Value};

longshore_provider::options! {
    /// Options of the provider `local`.
    #[derive(Debug)]
    pub struct LocalOptions {
        /// The folder to keep files in, which must exist; a relative one starts at the project.
        #[serde(default = "default_directory")]
        pub(crate) directory: String,
        /// What URLs begin with: a path on this server, or a whole URL such as `https://media.example.org`.
        #[serde(default = "default_public_path")]
        pub(crate) public_path: String,
        /// A folder below `directory` to keep all files in.
        #[serde(default)]
        pub(crate) root_path: Option<String>,
        /// The largest file in bytes; wins over the limit of the media library. Deprecated: set
        /// `upload.config.sizeLimit`.
        #[serde(default)]
        pub(crate) size_limit: Option<u64>,
        /// Settings of the static file server, such as `maxage`. Read by the server, not by this provider.
        #[serde(default)]
        pub(crate) local_server: Option<Map<String, Value>>,
        /// Whether a file is on the disk before an upload is answered, so that it survives a power failure.
        #[serde(default = "default_sync")]
        pub(crate) sync: bool,
    }
}

fn default_directory() -> String {
    "public/uploads".to_owned()
}

fn default_public_path() -> String {
    "/uploads".to_owned()
}

fn default_sync() -> bool {
    true
}
