//! The contract of a Longshore storage provider, as cases that run against any provider.
//!
//! Each [`Case`] has an id that never changes, the rule that it checks, the place of the rule in the documentation of
//! `longshore-provider` ([`Case::contract`]), and advice for when it fails. [`cases`] lists them. They run in two ways.
//!
//! # In an author's own tests
//!
//! On the provider that is linked into the test: no library is built, no host is needed, a debugger and coverage work.
//! Three lines in `Cargo.toml`,
//!
//! ```toml
//! [lib]
//! crate-type = ["cdylib", "rlib"] # `rlib`, so that a test can link it
//!
//! [dev-dependencies]
//! longshore-provider-testkit = "1"
//! ```
//!
//! and one test, in `tests/contract.rs` or in the crate itself:
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
//! `cargo test` then fails with each rule that is broken:
//!
//! ```text
//! failed   range.middle                 50 bytes from 100 on of 10000 are wrong
//!          expected:  50 bytes
//!          found:     51 bytes
//!          rule:      a range has `length` bytes from `start` on
//!          contract:  Provider::open (cargo doc: longshore_provider/trait.Provider.html#method.open)
//!          to do:     a range of HTTP ends with its last byte: `bytes=5-14` are ten
//!          alone:     `.check_only(["range.middle"])`
//! ```
//!
//! Options of the provider and of the run come before `check`:
//!
//! ```
//! # use longshore_provider_testkit::reference::Reference as Shelf;
//! # use longshore_provider::serde_json::json;
//! longshore_provider_testkit::provider::<Shelf>("shelf")
//!     .options(json!({ "rootPath": "media", "maxBytes": 50_000_000 })) // as in `providerOptions`
//!     .extensions(["list"]) // as in `export_provider!`
//!     .except(["upload.letter-case"]) // what the service cannot do
//!     .seed(7) // what looks random, as in an earlier run
//!     .check_only(["upload", "list.*"]); // or `check()`, for all
//! ```
//!
//! An overlay is checked with what it extends: `overlay::<Private>("shelf-private").over::<Shelf>("shelf")`. Its base
//! must be a crate that can be linked; when it is not, such as for the S3 providers, validate the built library.
//! [`Linked::report`] returns the results instead of panicking.
//!
//! A provider without an ability does not fail for it: cases that need the ability are skipped, and the last line counts
//! them. The more of `open`, `head`, `list` and URLs a provider has, the more of the contract is checked.
//!
//! # On a built library
//!
//! `longshore provider validate FILE` loads the library as a host does, and gives each case a process of its own. It also
//! finds a provider that hangs, crashes, leaks threads, files, processes or memory, frees memory of the host, blocks the
//! runtime, prints, or changes the process. Cases that need a library, a process or a host with another allocator are skipped in
//! `cargo test`. `--only`, `--except` and `--seed` mean the
//! same as here.
//!
//! All files of a case have a prefix of its own, and are removed at its end. So a service that is in use can be validated
//! too.
//!
//! # The reference
//!
//! [`reference`](mod@reference) is a complete provider in memory that passes every case. Read it to see what a rule means.

#![forbid(unsafe_code)]

mod body;
mod case;
mod cases;
mod content;
mod context;
mod contract;
mod drop_points;
mod fields;
mod model;
mod outcome;
mod process;
pub mod reference;
mod report;
mod signals;
mod suite;
mod test_target;

pub use self::{
    case::{Case, Need},
    contract::Contract,
    outcome::{Finding, Outcome},
    report::{CaseResult, Report, skipped, skipped_for},
    signals::signal_name,
    suite::{Prerequisites, Run, Suite, UnknownCase, cases, run_case},
    test_target::{CallEvent, Fetched, Library, Linked, TestTarget, overlay, provider, request_http},
};
