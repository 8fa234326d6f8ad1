//! The Longshore provider for Amazon S3 and what speaks its protocol.
//!
//! `init` turns `options`, as written in the configuration, into checked `settings`, and `client` computes the bucket's
//! address by the SDK's own rules. Each operation has a file. Signing and URLs send no request.

#![forbid(unsafe_code)]

mod acl;
mod action_options;
mod bucket_name;
mod client;
mod credentials;
mod delete;
mod direct_put;
mod encode;
mod etag;
mod failure;
mod head;
mod health;
mod legacy;
mod list;
mod location;
mod multipart;
mod open;
mod open_uploads;
mod options;
mod part;
mod payload;
mod put;
mod put_headers;
mod settings;
mod sign;
mod stall_detector;
mod trace;
mod unknown_outcome;
mod upload;
mod url;
#[cfg(test)]
mod vectors;

use std::sync::{Arc, Once};

use aws_sdk_s3::{Client, types::ChecksumAlgorithm};
use longshore_memory_budget::MemoryBudget;
use longshore_provider::{
    Body, ByteRange, Call, Error, ErrorKind, File, InitContext, ListPage, ListRequest, ObjectMeta, Opened, Provider,
    Result, SignOptions, SignedUrl, Uploaded, key::object_key, tokio, tracing,
};

pub use crate::options::{
    AwsS3Options, Encryption, MultipartOptions, Params, ProviderConfig, S3Options, StaticCredentials,
};
use crate::{
    action_options::SIGNING, client::Connected, direct_put::DirectPut, failure::BucketLocation,
    open_uploads::OpenUploads, settings::Settings, sign::Signer, trace::traced, url::Urls,
};

/// The longest key of S3, in bytes.
const LONGEST_KEY: usize = 1024;

longshore_provider::export_provider!(AwsS3 as "aws-s3", extensions ["list"]);

/// A bucket at Amazon S3, or at a service that speaks its protocol.
pub struct AwsS3 {
    client: Client,
    location: Arc<BucketLocation>,
    settings: Settings,
    urls: Urls,
    signer: Signer,
    direct_put: Option<DirectPut>,
    budget: MemoryBudget,
    /// The checksum that requests carry unless options name another one.
    default_checksum: Option<ChecksumAlgorithm>,
    logged: LoggedOnce,
    open_uploads: OpenUploads,
}

/// Warnings that are logged once.
struct LoggedOnce {
    acl_dropped: Once,
    public_by_default: Once,
}

impl Provider for AwsS3 {
    type Options = AwsS3Options;

    async fn init(options: AwsS3Options, context: InitContext) -> Result<Self> {
        let settings = Settings::read(options)?;
        action_options::check(&context.action_options).map_err(Error::invalid_options)?;
        let (connected, settings) = connect(settings).await?;
        for warning in &settings.warnings {
            tracing::warn!("{warning}");
        }
        let Connected { client, credentials, endpoint, public, aws, checksum, direct_put } = connected;
        let location = BucketLocation {
            bucket: settings.bucket.clone(),
            endpoint: endpoint.base.trim_end_matches(&endpoint.path).to_owned(),
            region: endpoint.region.clone(),
        };
        let urls = Urls::new(settings.base_url.clone(), &settings.bucket, endpoint, public.clone(), aws);
        let signer = Signer::new(public, credentials);
        let budget = part::shared_budget(settings.multipart.memory_budget);
        let location = Arc::new(location);
        let open_uploads = OpenUploads::new(client.clone(), location.clone());
        Ok(Self {
            client,
            location,
            settings,
            urls,
            signer,
            direct_put,
            budget,
            default_checksum: checksum,
            logged: LoggedOnce { acl_dropped: Once::new(), public_by_default: Once::new() },
            open_uploads,
        })
    }

    async fn upload(&self, file: &File, body: Body, call: &Call) -> Result<Uploaded> {
        traced!(call, self.store(file, body, call))
    }

    async fn replace(&self, new: &File, old: &File, body: Body, call: &Call) -> Result<Uploaded> {
        traced!(call, self.store_over(new, old, body, call))
    }

    async fn delete(&self, file: &File, call: &Call) -> Result<()> {
        traced!(call, self.remove_file(file, call))
    }

    async fn is_private(&self) -> Result<bool> {
        Ok(self.settings.acl.is_private())
    }

    /// Signs, unless there is a `baseUrl`: what stands there (a CDN) does not know the signature. A file that has no
    /// key but a URL that is not one of this bucket's keeps that URL.
    async fn get_signed_url(&self, file: &File, options: &SignOptions) -> Result<SignedUrl> {
        let action_options = action_options::of(&options.action_options, SIGNING)?;
        if self.urls.has_base_url() {
            let url = match &file.url {
                Some(url) => url.clone(),
                None => self.url(file).await?,
            };
            return Ok(SignedUrl::unsigned(url));
        }
        if let (None, None, Some(url)) = (&file.key, &file.relative_key, &file.url)
            && !self.urls.is_from_bucket(url)
        {
            return Ok(SignedUrl::unsigned(url));
        }
        let key = self.key(file)?;
        let expires_in = options.expires_in.unwrap_or(self.settings.expires_in);
        self.signer.sign(&key, expires_in, &action_options.query).await
    }

    async fn url(&self, file: &File) -> Result<String> {
        Ok(self.urls.of(&self.key(file)?))
    }

    /// Refuses, before anything is sent, every file that cannot be stored whatever it contains.
    async fn check_file_size(&self, file: &File, size_limit: u64) -> Result<()> {
        self.key(file)?;
        put_headers::check_content_type(&file.mime)?;
        match file.size {
            Some(size) if size > size_limit => {
                let message = format!("`{}` has {size} bytes, more than the limit of {size_limit}", file.name);
                Err(Error::new(ErrorKind::TooLarge, message))
            }
            _ => Ok(()),
        }
    }

    async fn abort_uploads(&self, file: &File, call: &Call) -> Result<()> {
        traced!(call, self.abort_uploads_of(file, call))
    }

    async fn key(&self, file: &File) -> Result<String> {
        object_key(&self.settings.root_path, file)
    }

    async fn open(&self, file: &File, range: Option<ByteRange>, call: &Call) -> Result<Opened> {
        traced!(call, self.read(file, range, call))
    }

    async fn head(&self, file: &File, call: &Call) -> Result<ObjectMeta> {
        traced!(call, self.look_at(file, call))
    }

    async fn health(&self, call: &Call) -> Result<()> {
        traced!(call, self.reach())
    }

    async fn list(&self, request: &ListRequest, call: &Call) -> Result<ListPage> {
        traced!(call, self.page(request, call))
    }
}

/// Reading certificates and profiles keeps a thread for some hundred milliseconds, so it takes one that may block.
async fn connect(settings: Settings) -> Result<(Connected, Settings)> {
    let (runtime, span) = (tokio::runtime::Handle::current(), tracing::Span::current());
    let connecting = tokio::task::spawn_blocking(move || {
        let _entered = span.enter();
        runtime.block_on(Connected::new(&settings)).map(|connected| (connected, settings))
    });
    connecting.await.unwrap_or_else(|error| Err(Error::internal("connecting broke off").caused_by(&error)))
}

impl AwsS3 {
    /// Where `file` is stored.
    fn key(&self, file: &File) -> Result<String> {
        let key = object_key(&self.settings.root_path, file)?;
        if key.len() > LONGEST_KEY {
            let message = format!("the key with its root has {} bytes, more than the {LONGEST_KEY} of S3", key.len());
            return Err(Error::invalid_input(message));
        }
        Ok(key)
    }
}
