//! The builder of a server.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::S3ServiceBuilder;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::api::Api;
use crate::credentials::{Access, Credential, Credentials, DEFAULT_ACCESS_KEY_ID, DEFAULT_SECRET_ACCESS_KEY};
use crate::exchange::Exchange;
use crate::fault::Faults;
use crate::journal::{Journal, Observer, Request};
use crate::server::{Server, accept};
use crate::signature_rules::SignatureRules;
use crate::store::{Directory, Store};
use crate::target::Hosts;

/// The largest posted form, in bytes. Forms are held in memory.
const LARGEST_FORM: u64 = 64 << 20;

/// The configuration of a server that is not started yet. Begin with [`DevS3::builder`].
#[must_use = "a server runs only when it is started"]
pub struct DevS3 {
    buckets: Vec<(String, bool)>,
    credentials: Vec<Credential>,
    directory: Option<PathBuf>,
    address: IpAddr,
    allow_remote: bool,
    port: u16,
    region: Option<String>,
    observer: Option<Observer>,
}

/// The server could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Another process uses the port, or this process may not use it.
    #[error("cannot listen on {address}")]
    Bind {
        /// The configured address and port.
        address: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The credentials are public, so only this machine may reach the server.
    #[error("{address} can be reached from other machines, which must be allowed explicitly")]
    NotLoopback {
        /// The configured address.
        address: IpAddr,
    },
    /// The directory cannot be written, is in use by another server, or contains other files.
    #[error("cannot keep objects in {}", directory.display())]
    Directory {
        /// The configured directory.
        directory: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// S3 does not allow the name of a bucket.
    #[error("`{name}` cannot be the name of a bucket: 3 to 63 lower-case letters, digits, `.` and `-`")]
    BucketName {
        /// The configured name.
        name: String,
    },
}

impl DevS3 {
    /// A server in memory on a free port of 127.0.0.1, without buckets, with the default credentials, that accepts
    /// signatures for any region.
    pub fn builder() -> Self {
        Self {
            buckets: Vec::new(),
            credentials: Vec::new(),
            directory: None,
            address: Ipv4Addr::LOCALHOST.into(),
            allow_remote: false,
            port: 0,
            region: None,
            observer: None,
        }
    }

    /// Adds a bucket that accepts ACLs.
    pub fn bucket(mut self, name: &str) -> Self {
        self.buckets.push((name.to_owned(), false));
        self
    }

    /// Adds a bucket in which ACLs are off, as in every new bucket of AWS. Its Object Ownership is
    /// `BucketOwnerEnforced`.
    pub fn owner_enforced_bucket(mut self, name: &str) -> Self {
        self.buckets.push((name.to_owned(), true));
        self
    }

    /// Replaces the default credentials. Each further call adds another pair of keys.
    pub fn credentials(self, access_key_id: &str, secret_access_key: &str) -> Self {
        self.credential(access_key_id, secret_access_key, None)
    }

    /// Adds credentials like [`credentials`](Self::credentials). Requests must carry the session token.
    pub fn session_credentials(self, access_key_id: &str, secret_access_key: &str, session_token: &str) -> Self {
        self.credential(access_key_id, secret_access_key, Some(session_token.to_owned()))
    }

    fn credential(mut self, access_key_id: &str, secret_access_key: &str, session_token: Option<String>) -> Self {
        self.credentials.push(Credential {
            access_key_id: access_key_id.to_owned(),
            secret_access_key: secret_access_key.to_owned(),
            session_token,
        });
        self
    }

    /// Keeps buckets and objects in this directory, which is created if need be. The server begins with the buckets
    /// that the directory contains. Bodies go straight to disk. Open multipart uploads do not outlive the server.
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Listens on this address of the machine in place of 127.0.0.1.
    pub fn bind(mut self, address: IpAddr) -> Self {
        self.address = address;
        self
    }

    /// Allows [`bind`](Self::bind) with an address that other machines can reach.
    pub fn allow_remote(mut self) -> Self {
        self.allow_remote = true;
        self
    }

    /// Listens on this port. With 0, the system chooses a free port.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Refuses signatures for any other region.
    pub fn region(mut self, region: &str) -> Self {
        self.region = Some(region.to_owned());
        self
    }

    /// Calls `observer` for each request after its response, or after its connection has ended. The observer runs on
    /// the server's tasks and must not block.
    pub fn observer(mut self, observer: impl Fn(&Request) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Starts the server on the current tokio runtime.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub async fn start(self) -> Result<Server, StartError> {
        if !self.address.is_loopback() && !self.allow_remote {
            return Err(StartError::NotLoopback { address: self.address });
        }
        let store = Arc::new(self.open_store()?);
        let address = SocketAddr::new(self.address, self.port);
        let unbound = |source| StartError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(unbound)?;
        let endpoint = format!("http://{}", listener.local_addr().map_err(unbound)?);
        let mut credentials = self.credentials;
        if credentials.is_empty() {
            credentials.push(Credential {
                access_key_id: DEFAULT_ACCESS_KEY_ID.to_owned(),
                secret_access_key: DEFAULT_SECRET_ACCESS_KEY.to_owned(),
                session_token: None,
            });
        }
        let credential = credentials[0].clone();
        let credentials = Credentials(credentials.into());
        let region = self.region.clone().unwrap_or_else(|| "us-east-1".to_owned());
        let exchange = Arc::new(Exchange {
            service: service(&store, &credentials, &region),
            signature_rules: SignatureRules { credentials, region: self.region },
            faults: Faults::default(),
            journal: Journal::new(self.observer),
            sequence: AtomicU64::new(0),
        });
        let stop = CancellationToken::new();
        let task = tokio::spawn(accept(listener, Arc::clone(&exchange), stop.clone()));
        Ok(Server { endpoint, region, credential, store, exchange, stop, task: Some(task) })
    }

    fn open_store(&self) -> Result<Store, StartError> {
        let store = match &self.directory {
            None => Store::in_memory(),
            Some(path) => Directory::open(path)
                .and_then(Store::in_directory)
                .map_err(|source| StartError::Directory { directory: path.clone(), source })?,
        };
        for (name, owner_enforced) in &self.buckets {
            if !s3s::path::check_bucket_name(name) {
                return Err(StartError::BucketName { name: name.clone() });
            }
            store.create_bucket(name, *owner_enforced).map_err(|source| {
                let directory = self.directory.clone().unwrap_or_default();
                StartError::Directory { directory, source }
            })?;
        }
        Ok(store)
    }
}

impl std::fmt::Debug for DevS3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DevS3").field("buckets", &self.buckets).finish_non_exhaustive()
    }
}

fn service(store: &Arc<Store>, credentials: &Credentials, region: &str) -> s3s::service::S3Service {
    let mut config = S3Config::default();
    // `SignatureRules` check the time with the clock that faults can shift. s3s only knows the true clock.
    config.presigned_url_max_skew_time_secs = u32::MAX;
    config.post_object_max_file_size = LARGEST_FORM;
    let mut builder = S3ServiceBuilder::new(Api { store: Arc::clone(store), region: region.to_owned() });
    builder.set_auth(credentials.clone());
    builder.set_access(Access(Arc::clone(store)));
    builder.set_host(Hosts);
    builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
    builder.build()
}
