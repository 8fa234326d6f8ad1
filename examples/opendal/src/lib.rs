//! Files in any service of Apache OpenDAL: `cargo build --release --manifest-path examples/opendal/Cargo.toml` builds the shared
//! library. README.md describes how to install and configure the provider.

#![forbid(unsafe_code)]

mod failure;
mod list;
mod names;
mod options;
mod read;
mod service;
mod store;

use std::time::{Duration, SystemTime};

use longshore_provider::{
    Body, ByteRange, Call, Error, File, InitContext, ListPage, ListRequest, ObjectMeta, Opened, Provider, Result,
    SignOptions, SignedUrl, Uploaded,
    key::{check, object_key, root_prefix, url_path},
};
use opendal::Operator;

pub use self::options::OpendalOptions;
use self::{
    failure::{failed, is_missing},
    store::{ASIDE, Sending},
};

/// Files in a service of OpenDAL.
pub struct Opendal {
    operator: Operator,
    root_path: String,
    /// The prefix of every URL, up to the key.
    url: String,
    private: bool,
    expiry: Duration,
    sending: Sending,
}

impl Provider for Opendal {
    type Options = OpendalOptions;

    async fn init(options: OpendalOptions, context: InitContext) -> Result<Self> {
        let operator = service::operator(&options, &context.project)?;
        if options.private && !service::signs(&operator) {
            return Err(Error::invalid_options(
                "providerOptions.private: the service cannot sign URLs that open one file for a limited time",
            ));
        }
        let url = match options.base_url.as_deref().map(|url| url.trim().trim_end_matches('/')) {
            Some(base) if !base.is_empty() => format!("{base}/"),
            _ => "/".to_owned(),
        };
        Ok(Self {
            operator,
            url,
            private: options.private,
            expiry: options.expiry()?,
            sending: Sending { part: options.part()?, max_bytes: options.max_bytes },
            root_path: options.root_path.unwrap_or_default(),
        })
    }

    async fn upload(&self, file: &File, body: Body, call: &Call) -> Result<Uploaded> {
        let key = self.key(file)?;
        if call.private && !self.private {
            return Err(Error::unsupported("private files, unless providerOptions.private is true"));
        }
        let stored = store::store(&self.operator, &key, &file.mime, body, &self.sending).await?;
        let mut uploaded = Uploaded::new(&key, self.url_of(&key)).with_size(stored.size);
        if let Some(etag) = stored.etag {
            uploaded = uploaded.with_etag(etag);
        }
        Ok(uploaded)
    }

    async fn delete(&self, file: &File, _: &Call) -> Result<()> {
        let key = self.key(file)?;
        match store::delete(&self.operator, &key).await {
            Ok(()) => Ok(()),
            Err(error) if is_missing(&error) => Ok(()),
            Err(error) => Err(failed(format_args!("delete `{key}`"), &error)),
        }
    }

    async fn is_private(&self) -> Result<bool> {
        Ok(self.private)
    }

    async fn get_signed_url(&self, file: &File, options: &SignOptions) -> Result<SignedUrl> {
        let key = self.key(file)?;
        if !self.private {
            return Ok(SignedUrl::unsigned(self.url_of(&key)));
        }
        let expiry = options.expires_in.unwrap_or(self.expiry);
        let expires_at = SystemTime::now() + expiry;
        let signed = self.operator.presign_read(&service::as_signed(&self.operator, &key), expiry).await;
        let signed = signed.map_err(|error| failed(format_args!("sign the URL of `{key}`"), &error))?;
        // COS and OBS add a `date` header, which is not part of the signature.
        if signed.header().keys().any(|name| name != "host" && name != "date") {
            return Err(Error::unsupported("signed URLs on this service: they would need headers besides the URL"));
        }
        if signed.uri().query().is_none() {
            // The options disable signing (`skip_signature`, `allow_anonymous`).
            return Err(Error::unsupported("signed URLs, without credentials"));
        }
        Ok(SignedUrl::signed(signed.uri().to_string(), expires_at))
    }

    async fn url(&self, file: &File) -> Result<String> {
        Ok(self.url_of(&self.key(file)?))
    }

    async fn key(&self, file: &File) -> Result<String> {
        Self::key(self, file)
    }

    async fn open(&self, file: &File, range: Option<ByteRange>, _: &Call) -> Result<Opened> {
        read::open(&self.operator, &self.key(file)?, range).await
    }

    async fn head(&self, file: &File, _: &Call) -> Result<ObjectMeta> {
        read::head(&self.operator, &self.key(file)?).await
    }

    async fn health(&self, _: &Call) -> Result<()> {
        self.operator.check().await.map_err(|error| failed("reach the service", &error))
    }

    async fn list(&self, request: &ListRequest, _: &Call) -> Result<ListPage> {
        if !self.operator.info().capability().list {
            return Err(Error::unsupported("listing, on this service"));
        }
        list::list(&self.operator, &root_prefix(&self.root_path), request).await
    }
}

impl Opendal {
    /// The key of `file`. Keys that OpenDAL would change are refused.
    fn key(&self, file: &File) -> Result<String> {
        let key = object_key(&self.root_path, file)?;
        check(&key)?;
        if key.trim() != key {
            return Err(Error::invalid_input(format!("the key {key:?} is refused: it begins or ends with a space")));
        }
        if key.starts_with(ASIDE) {
            return Err(Error::invalid_input(format!("keys below `{ASIDE}` are reserved")));
        }
        Ok(key)
    }

    fn url_of(&self, key: &str) -> String {
        format!("{}{}", self.url, url_path(key))
    }
}

longshore_provider::export_provider!(Opendal as "opendal", extensions ["list"]);
