//! The contract of a Longshore storage provider as cases that can be run against any.
//!
//! Each [`Case`] has an id for good, the rule that it checks, and what to do when it fails; [`cases`] lists them. They
//! run in two ways:
//!
//! - `longshore provider validate FILE` loads a built library, and gives each case a process of its own;
//! - an author's own `cargo test` runs them on the provider that is linked into the test:
//!
//! ```
//! # use longshore_provider_testkit::reference::Reference as Shelf;
//! // #[test]
//! fn shelf_keeps_the_contract() {
//!     longshore_provider_testkit::provider::<Shelf>("shelf").check();
//! }
//! # longshore_provider_testkit::provider::<Shelf>("shelf").check_only(["upload.empty"]);
//! ```
//!
//! A provider without an ability is not blamed for it: what needs it is skipped. All files of a case lie below a
//! prefix of its own, and are removed at its end, so that a service in use can be validated too.
//!
//! [`reference`](mod@reference) is a whole provider in memory that passes every case. Whoever wants to see what the
//! contract means can read it.

#![forbid(unsafe_code)]

mod bench;
mod body;
mod case;
mod cases;
mod content;
mod contract;
mod fields;
mod model;
mod outcome;
mod process;
pub mod reference;
mod report;
mod subject;
mod suite;

pub use self::{
    case::{Case, Need},
    contract::Contract,
    outcome::{Finding, Outcome},
    report::{Ran, Report},
    subject::{Fetched, Library, Linked, Subject, fetch_http, overlay, provider},
    suite::{Gates, Run, Suite, UnknownCase, cases, run_case},
};
