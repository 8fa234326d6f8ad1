//! The Longshore provider `my-provider`.
//!
//! This file contains the methods that a host calls. `service.rs` contains the code that stores files. It stores them in
//! a folder, so that everything works before you change the first line. Change it to use your service, and change the
//! options below to what that service needs.

#![forbid(unsafe_code)]

mod service;

use std::path::PathBuf;

use longshore_provider::{
    Body, ByteRange, Call, Error, File, InitContext, ObjectMeta, Opened, Provider, Result,
    Uploaded,
    key::{object_key, url_path},
};

use self::service::Service;

longshore_provider::options! {
    /// The options in `providerOptions`. The host checks a configuration against this struct before `init`, and shows
    /// these comments to the authors of configurations.
    pub struct Options {
        /// The folder in which files are stored, relative to the project's folder.
        #[serde(default = "default_folder")]
        folder: PathBuf,
        /// The beginning of every URL: an address, or a path on the host's server. Serve the folder
        /// `files` there.
        #[serde(default = "default_base_url")]
        base_url: String,
        // Use `longshore_provider::Secret` for a password or key of your service: it is never printed.
    }
}

/// The service, and what the URLs of its files begin with.
pub struct MyProvider {
    service: Service,
    base_url: String,
}

impl Provider for MyProvider {
    type Options = Options;

    async fn init(options: Options, context: InitContext) -> Result<Self> {
        let service = Service::new(&context.project.join(options.folder)).await?;
        Ok(Self {
            service,
            base_url: options.base_url,
        })
    }

    async fn upload(&self, file: &File, body: Body, call: &Call) -> Result<Uploaded> {
        if call.private {
            return Err(Error::unsupported("private files"));
        }
        let key = object_key("", file)?;
        let size = self.service.put(&key, body).await?;
        Ok(Uploaded::new(&key, self.url_of(&key)).with_size(size))
    }

    async fn delete(&self, file: &File, _: &Call) -> Result<()> {
        self.service.delete(&object_key("", file)?).await
    }

    async fn url(&self, file: &File) -> Result<String> {
        Ok(self.url_of(&object_key("", file)?))
    }

    async fn key(&self, file: &File) -> Result<String> {
        object_key("", file)
    }

    async fn open(&self, file: &File, range: Option<ByteRange>, _: &Call) -> Result<Opened> {
        self.service.open(&object_key("", file)?, range).await
    }

    async fn head(&self, file: &File, _: &Call) -> Result<ObjectMeta> {
        self.service.head(&object_key("", file)?).await
    }
}

impl MyProvider {
    fn url_of(&self, key: &str) -> String {
        format!("{}/{}", self.base_url.trim_end_matches('/'), url_path(key))
    }
}

fn default_base_url() -> String {
    "/my-provider".to_owned()
}

fn default_folder() -> PathBuf {
    "my-provider-files".into()
}

longshore_provider::export_provider!(MyProvider as "my-provider");
