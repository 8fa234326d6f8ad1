//! The configuration: `config/plugins.toml`, `config/longshore.toml`, the environment and overrides, merged into one
//! checked value.
//!
//! Steps, in this order:
//!
//! 1. [`apply_dotenv`] puts `.env` into the process environment, before the program starts a thread;
//! 2. [`load`] finds the project, reads its files, merges `config/env/<environment>/` and the overrides over them,
//!    replaces `${NAME}` and `{ "$env" = "NAME" }`, and checks every key that the host itself knows;
//! 3. [`schema::validate`] checks a provider's options against the schema that its library exports;
//! 4. [`editor::schema`] describes both files to editors;
//! 5. [`show`] lists the resulting values with their origins, and masks secrets.
//!
//! Every value keeps its file, line, column and dotted key ([`Origin`]) for use in a [`Problem`]. All problems are
//! reported at once. None contains a value, because a value may be a secret.
//!
//! This module alone reads TOML or the environment; the rest of the crate receives a [`Config`].
//!
//! ```
//! use longshore_plugin_host::config::{LoadRequest, load};
//!
//! # let folder = tempfile::tempdir().unwrap();
//! # let project = folder.path();
//! # std::fs::create_dir(project.join("config")).unwrap();
//! std::fs::write(project.join("config/plugins.toml"), "[upload.config]\nprovider = \"local\"\nsizeLimt = 1\n")?;
//! let problems = load(&LoadRequest::in_folder(project)).unwrap_err();
//! assert!(problems.to_string().contains("config/plugins.toml:3:1: upload.config.sizeLimt: unknown key"));
//! # Ok::<(), std::io::Error>(())
//! ```

mod action;
mod dotenv;
pub mod editor;
mod environment;
mod expand;
mod fields;
mod key;
mod load;
pub mod longshore;
pub mod mask;
mod merge;
mod name;
mod nearest;
mod node;
mod options;
mod origin;
mod overrides;
mod parse;
mod problem;
mod project;
mod read;
mod request;
pub mod schema;
mod show;
mod template;
mod trusted;
mod upload;

pub use action::action_options;
pub use dotenv::apply_dotenv;
pub use environment::Environment;
pub use load::{Config, Examined, examine, examine_with, load, load_with};
pub use longshore::{Action, LongshoreConfig};
pub use name::{InvalidProviderName, ProviderName};
pub use node::{Node, Table, Value};
pub use options::read_options;
pub use origin::{Origin, Source, Taken, Variable};
pub use overrides::check_override;
pub use problem::{Problem, Problems};
pub use request::LoadRequest;
pub use show::{ShownValue, show};
pub use template::{Template, UnknownTemplate};
pub use upload::{ExtraProvider, Security, UploadConfig};
