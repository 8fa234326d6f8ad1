//! The Longshore provider `my-provider`: files in a service that is reached by HTTP.
//!
//! This file contains what a host calls. `service.rs` contains the requests: change them to those of your service, and
//! change the options below to what it needs.

#![forbid(unsafe_code)]

mod service;

use longshore_provider::{
    Body, ByteRange, Call, Error, ErrorKind, File, InitContext, ObjectMeta, Opened, Provider,
    Result, Secret, Uploaded,
    key::{object_key, url_path},
};

use self::service::{IfDropped, Service};

longshore_provider::options! {
    /// The options in `providerOptions`. The host checks a configuration against this struct before `init`, and shows
    /// these comments to the authors of configurations.
    pub struct Options {
        /// The address below which files are stored, such as `https://storage.example.org/zone`.
        endpoint: String,
        /// The key that may read and write there.
        access_key: Secret,
        /// The beginning of every public URL. The default is the endpoint.
        #[serde(default)]
        public_url: Option<String>,
        /// A prefix of all keys.
        #[serde(default)]
        root_path: String,
    }
}

/// The service, and where its files are.
pub struct MyProvider {
    service: Service,
    public_url: String,
    root_path: String,
}

impl Provider for MyProvider {
    type Options = Options;

    async fn init(options: Options, _: InitContext) -> Result<Self> {
        let endpoint = options.endpoint.trim_end_matches('/').to_owned();
        if !endpoint.starts_with("https://") && !endpoint.starts_with("http://") {
            let message = "providerOptions.endpoint must begin with `https://`";
            return Err(Error::invalid_options(message));
        }
        let public_url = options.public_url.unwrap_or_else(|| endpoint.clone());
        Ok(Self {
            public_url: public_url.trim_end_matches('/').to_owned(),
            root_path: options.root_path,
            service: Service::new(endpoint, options.access_key)?,
        })
    }

    async fn upload(&self, file: &File, body: Body, call: &Call) -> Result<Uploaded> {
        self.store(file, body, call).await
    }

    async fn replace(&self, new: &File, old: &File, body: Body, call: &Call) -> Result<Uploaded> {
        let old_key = object_key(&self.root_path, old)?;
        let uploaded = self.store(new, body, call).await?;
        if uploaded.key != old_key {
            self.service.delete(&old_key).await?;
        }
        Ok(uploaded)
    }

    async fn delete(&self, file: &File, _: &Call) -> Result<()> {
        let key = object_key(&self.root_path, file)?;
        self.service.delete(&key).await
    }

    async fn url(&self, file: &File) -> Result<String> {
        Ok(self.url_of(&object_key(&self.root_path, file)?))
    }

    async fn open(&self, file: &File, range: Option<ByteRange>, _: &Call) -> Result<Opened> {
        let key = object_key(&self.root_path, file)?;
        self.service.open(&key, range).await
    }

    async fn head(&self, file: &File, _: &Call) -> Result<ObjectMeta> {
        let key = object_key(&self.root_path, file)?;
        self.service.head(&key).await
    }

    async fn health(&self, _: &Call) -> Result<()> {
        self.service.health().await
    }
}

impl MyProvider {
    async fn store(&self, file: &File, body: Body, call: &Call) -> Result<Uploaded> {
        if call.private {
            return Err(Error::unsupported("private files"));
        }
        let key = object_key(&self.root_path, file)?;
        // Held until the upload has ended, clean-up included.
        let lock = self.service.lock(&key).await;
        // A `PUT` is all or nothing: an existing file stays, or the new file takes its place. There is nothing to undo.
        let if_dropped = match self.service.head(&key).await {
            Ok(_) => IfDropped::Keep,
            Err(error) if error.kind() == ErrorKind::NotFound => IfDropped::Delete,
            Err(error) => return Err(error),
        };
        self.service
            .put(&key, &file.mime, body, if_dropped, lock)
            .await?;
        let url = self.url_of(&key);
        Ok(Uploaded::new(key, url))
    }

    fn url_of(&self, key: &str) -> String {
        format!("{}/{}", self.public_url, url_path(key))
    }
}

longshore_provider::export_provider!(MyProvider as "my-provider");
