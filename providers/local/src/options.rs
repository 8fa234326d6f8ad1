//! What stands in `providerOptions`.

use longshore_provider::{
    Error, Result,
    serde_json::{Map, Value},
    tracing,
};

longshore_provider::options! {
    /// Options of the provider `local`.
    #[derive(Debug)]
    pub struct LocalOptions {
        /// The folder of the files. It must exist. A relative path starts at the project.
        #[serde(default = "default_directory")]
        pub(crate) directory: String,
        /// The beginning of every URL: a path on the server, or a whole URL such as `https://media.example.org`. The server
        /// serves the files under the path of a whole URL too. The path must not be below `/api/`.
        #[serde(default = "default_public_path")]
        pub(crate) public_path: String,
        /// A folder below `directory` for all files.
        #[serde(default)]
        pub(crate) root_path: Option<String>,
        /// The size of the largest file in bytes, which overrides the limit of the media library. Deprecated: set
        /// `upload.config.sizeLimit`.
        #[serde(default)]
        pub(crate) size_limit: Option<u64>,
        /// Settings of the server of files. `maxage` is the time in milliseconds for which clients cache a file (0). Other
        /// settings are ignored.
        #[serde(default)]
        pub(crate) local_server: Option<Map<String, Value>>,
        /// Whether a file is flushed to the disk before an upload succeeds, so that it survives a power failure.
        #[serde(default = "default_sync")]
        pub(crate) sync: bool,
    }
}

/// Refuses settings of the server of files that it would not understand. It reads them itself.
pub(crate) fn check_server(settings: Option<&Map<String, Value>>) -> Result<()> {
    for (name, value) in settings.into_iter().flatten() {
        if name != "maxage" {
            tracing::warn!("providerOptions.localServer.{name} means nothing here");
        } else if !value.is_u64() {
            return Err(Error::invalid_options(
                "providerOptions.localServer.maxage has to be a whole number of milliseconds",
            ));
        }
    }
    Ok(())
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
