//! The media library: files with a name, a table row, formats and URLs, on top of a storage provider.
//!
//! Whoever uses it holds a [`MediaLibrary`] and calls its operations; HTTP and the command line only translate.
//!
//! What it promises: no object without a row, and no row without its objects, once the sweeper has run. Every change
//! is a row's first and an object's second, or the other way round, such that whatever interrupts it can be finished
//! or undone from the row alone.

#![forbid(unsafe_code)]

mod error;
mod file;
mod info;
mod iso;
mod library;
pub mod mime;
pub mod name;
mod query;
mod settings;
mod store;
mod supervisor;
mod view;

pub use error::{Error, InfoProblem, Rejection, Result};
pub use file::{FocalPoint, Format, MediaFile, Timestamp, kilobytes};
pub use info::{FileInfo, Infos, Link};
pub use library::{Batch, Incoming, MediaLibrary, ReplaceRequest};
pub use longshore_images::ImageSettings;
pub use query::{Attribute, Comparison, FileId, Filter, FindQuery, Kind, Order, Scalar, Sort};
pub use settings::{Database, Settings, Synchronous, TypePolicy, Webhook};
pub use store::{DatabaseError, Delivery, InvalidDatabase, NewToken, Store, StoredLink, Token};
pub use supervisor::{Supervisor, TaskState, TaskStatus};
pub use view::FileView;
