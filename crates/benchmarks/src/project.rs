//! A project with a provider of the workspace, opened as a host opens it.

use std::path::Path;

use longshore_plugin_host::{
    config::{Config, LoadRequest, load},
    load::Loader,
    registry::Registry,
};
use tempfile::TempDir;
use tracing_subscriber::EnvFilter;

/// The credentials of every S3 server that the benchmarks talk to, and what they sign with.
pub const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
/// Its other half.
pub const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// The region of every bucket.
pub const REGION: &str = "eu-central-1";
/// The bucket.
pub const BUCKET: &str = "bench";

/// `plugins.toml` for the provider `aws-s3` with a private bucket; `s3_options` and `more` are further lines of TOML,
/// within `s3Options` and behind it.
pub fn aws_s3(session_token: Option<&str>, s3_options: &str, more: &str) -> String {
    let token = session_token.map(|token| format!(", sessionToken = \"{token}\"")).unwrap_or_default();
    format!(
        "[upload.config]\n\
         provider = \"aws-s3\"\n\
         sizeLimit = 0\n\
         [upload.config.providerOptions.s3Options]\n\
         region = \"{REGION}\"\n\
         credentials = {{ accessKeyId = \"{ACCESS_KEY_ID}\", secretAccessKey = \"{SECRET_ACCESS_KEY}\"{token} }}\n\
         params = {{ Bucket = \"{BUCKET}\", ACL = \"private\" }}\n\
         {s3_options}\n\
         {more}\n"
    )
}

/// Writes the configuration `toml` into a folder of its own, which is deleted when it is dropped.
///
/// # Panics
///
/// It cannot be written.
pub fn write(toml: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(folder.path().join("config")).expect("a folder in it");
    std::fs::write(folder.path().join("config/plugins.toml"), toml).expect("a file in it");
    folder
}

/// The configuration of the project in `folder`. From here on warnings are logged, as `longshore` does it: what a
/// library's log costs depends on what its host wants to hear.
///
/// # Panics
///
/// It is wrong.
pub fn config(folder: &Path) -> Config {
    // Another project of this process may have started it.
    let _ = tracing_subscriber::fmt().with_env_filter(EnvFilter::new("warn")).with_writer(std::io::stderr).try_init();
    load(&LoadRequest::in_folder(folder)).unwrap_or_else(|problems| panic!("{problems}"))
}

/// Opens the configuration `toml`; its libraries are those of the workspace, which are built first. The folder of the
/// project is deleted when the second value is dropped.
///
/// # Panics
///
/// Anything goes wrong: there is nothing to measure then.
pub async fn open(toml: &str) -> (Registry, TempDir) {
    longshore_test_artifacts::folder();
    let folder = write(toml);
    let config = config(folder.path());
    let registry = open_with(&Loader::of(&config), &config).await;
    (registry, folder)
}

/// Opens a configuration whose libraries are found by `loader`.
///
/// # Panics
///
/// It cannot be opened.
pub async fn open_with(loader: &Loader, config: &Config) -> Registry {
    match Registry::open(loader, config).await {
        Ok(registry) => registry,
        Err(error) => panic!("{error}: {:?}", std::error::Error::source(&error)),
    }
}
