//! Types of files: by name, by content, and which of them are accepted.

mod policy;
mod sniff;
mod types;

pub use self::{
    policy::decide,
    sniff::{SNIFF, sniff},
    types::{extension_of, of_name},
};
