//! An S3 server for development and tests, with faults that can be switched on.
#![forbid(unsafe_code)]

mod acl;
mod api;
mod builder;
mod checksum;
mod credentials;
mod exchange;
mod fault;
mod gate;
mod journal;
mod object;
mod operation;
mod refusal;
mod server;
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

/// Lower-case hexadecimal, as ETags are written.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing into a string cannot fail");
        text
    })
}
