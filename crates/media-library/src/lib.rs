//! The media library: files with a name, a table row, formats and URLs, on top of a storage provider.
//!
//! Callers hold a [`MediaLibrary`] and call its operations. HTTP and the command line only translate.
//!
//! The library guarantees that, once the sweeper has run, there is no object without a row and no row without its
//! objects. Every change writes the row and the objects in an order that lets the sweeper finish or undo an interrupted
//! change from the row alone.

#![forbid(unsafe_code)]

mod error;
mod info;
mod library;
pub mod mime;
pub mod name;
mod settings;
mod supervisor;

pub use error::{Error, InfoProblem, Rejection, Result};
pub use info::Infos;
pub use library::{
    Batch, CheckDepth, CheckEvent, CheckTotals, Finding, FindingKind, Incoming, MediaLibrary, ReplaceRequest,
};
pub use longshore_images::ImageSettings;
pub use longshore_media_store::{
    Attribute, Cleared, Comparison, Database, DatabaseError, Delivery, Duplicate, Error as StoreError, FileId,
    FileInfo, FileView, Filter, FindQuery, FocalPoint, Format, InvalidDatabase, Kind, Link, MediaFile, NewToken, Order,
    Scalar, Sort, Store, StoredLink, Synchronous, Timestamp, Token, Webhook, kilobytes,
};
pub use settings::{Settings, TypePolicy};
pub use supervisor::{Supervisor, TaskState, TaskStatus};
