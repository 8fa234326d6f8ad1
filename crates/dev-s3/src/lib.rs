//! An S3 server for development and tests, with faults that tests can inject.
//!
//! The server runs in the process of the test, on a free loopback port. It enforces the rules of S3: signatures with
//! their expiry, canned ACLs, buckets without ACLs, conditions, checksums, the rules of multipart uploads. It is built
//! on [`s3s`], which parses requests and checks signatures. This crate adds the further rules of AWS.
//!
//! A test has these steps:
//!
//! 1. start a server with its buckets, in memory or on a directory ([`DevS3::builder`]);
//! 2. point a client at [`Server::endpoint`], with the keys of [`Server::access_key_id`] and
//!    [`Server::secret_access_key`];
//! 3. make something go wrong, if that is what the test is about ([`Server::faults`]);
//! 4. look at the stored objects ([`Server::object`], [`Server::keys`], [`Server::open_uploads`]) and at the requests
//!    ([`Server::journal`]);
//! 5. stop it, or drop it.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use longshore_dev_s3::{DevS3, Fault, Operation};
//! use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
//!
//! // 1. A server with two buckets. `locked` accepts no ACLs, like a new bucket of AWS.
//! let server = DevS3::builder().bucket("media").owner_enforced_bucket("locked").start().await?;
//!
//! // 3. The next two reads are refused.
//! server.faults().inject(Fault::slow_down().on(Operation::GetObject).times(2));
//!
//! // 2. Any client works. This one only sends a GET.
//! let address = server.endpoint().strip_prefix("http://").ok_or("an endpoint")?;
//! let mut stream = tokio::net::TcpStream::connect(address).await?;
//! stream.write_all(b"GET /media/a.png HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
//! let mut answer = String::new();
//! stream.read_to_string(&mut answer).await?;
//! assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("<Code>SlowDown</Code>"));
//!
//! // 4. Nothing was stored, and the journal has one request.
//! assert!(server.keys("media").is_empty());
//! assert_eq!(server.journal()[0].operation, Some(Operation::GetObject));
//! assert_eq!(server.journal()[0].status, Some(503));
//!
//! // 5. Stop the server.
//! server.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! # What it does not do
//!
//! The server is for development only: its [credentials](DEFAULT_SECRET_ACCESS_KEY) are public, all credentials may do
//! everything, and nothing is encrypted or synced to disk. Versions, bucket policies, lifecycle rules, CORS and
//! `UploadPartCopy` are not supported: their requests get `NotImplemented`. Storage classes and encryption headers are
//! stored and echoed without any effect. A `Range` that cannot be parsed is an error, where S3 ignores it.
//!
//! # Inside
//!
//! A request passes, in this order: the connection (`server`, `wire`), the journal and the faults (`exchange`), the
//! `signature_rules` that must hold before a signature is checked, s3s, and the operations (`api`) on the `store`.
#![forbid(unsafe_code)]

mod acl;
mod api;
mod builder;
mod checksum;
mod content;
mod credentials;
mod exchange;
mod fault;
mod journal;
mod object;
mod operation;
mod refusal;
mod server;
mod signature_rules;
mod store;
mod target;
mod upload;
mod wire;

pub use self::acl::{ACCOUNT_ID, Acl, UnknownAcl};
pub use self::builder::{DevS3, StartError};
pub use self::credentials::{DEFAULT_ACCESS_KEY_ID, DEFAULT_SECRET_ACCESS_KEY};
pub use self::fault::{Fault, Faults};
pub use self::journal::{JOURNAL_LENGTH, Request};
pub use self::object::StoredObject;
pub use self::operation::Operation;
pub use self::server::{OpenUpload, Server};

/// Lower-case hexadecimal, the form of an `ETag`.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing into a string cannot fail");
        text
    })
}
