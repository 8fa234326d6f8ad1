//! The media library: files with a name, a table row, formats and URLs, on top of a storage provider.
//!
//! Callers hold a [`MediaLibrary`] and call its operations. HTTP and the command line only translate.
//!
//! The library guarantees that, once the sweeper has run, there is no object without a row and no row without its
//! objects. Every change writes the row and the objects in an order that lets the sweeper finish or undo an interrupted
//! change from the row alone.

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
pub use info::{Cleared, FileInfo, Infos, Link};
pub use library::{Batch, Incoming, MediaLibrary, ReplaceRequest};
pub use longshore_images::ImageSettings;
pub use query::{Attribute, Comparison, FileId, Filter, FindQuery, Kind, Order, Scalar, Sort};
pub use settings::{Database, Settings, Synchronous, TypePolicy, Webhook};
pub use store::{DatabaseError, Delivery, InvalidDatabase, NewToken, Store, StoredLink, Token};
pub use supervisor::{Supervisor, TaskState, TaskStatus};
pub use view::FileView;
