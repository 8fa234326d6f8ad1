//! The contract of a Longshore storage provider, as cases that run against any provider.
//!
//! Each [`Case`] has an id that never changes, the rule that it checks, the place of the rule in the documentation of
//! `longshore-provider` ([`Case::contract`]), and advice for a failure. [`cases`] lists all cases. They run in two
//! ways.
//!
//! # In an author's own tests
//!
//! The provider is linked into the test. No library has to be built and no host is needed, and debuggers and coverage
//! work. Add three lines to `Cargo.toml`,
//!
//! ```toml
//! [lib]
//! crate-type = ["cdylib", "rlib"] # `rlib`, so that a test can link it
//!
//! [dev-dependencies]
//! longshore-provider-testkit = "1"
//! ```
//!
//! and one test to `tests/contract.rs` or to the crate itself:
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
//! `cargo test` then fails and reports each rule that the provider breaks:
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
//! Set the options of the provider and of the run before `check`:
//!
//! ```
//! # use longshore_provider_testkit::reference::Reference as Shelf;
//! # use longshore_provider::serde_json::json;
//! longshore_provider_testkit::provider::<Shelf>("shelf")
//!     .options(json!({ "rootPath": "media", "maxBytes": 50_000_000 })) // as in `providerOptions`
//!     .extensions(["list"]) // as in `export_provider!`
//!     .except(["upload.letter-case"]) // the service does not support this
//!     .seed(7) // repeats the random choices of an earlier run
//!     .check_only(["upload", "list.*"]); // or `check()`, for all
//! ```
//!
//! An overlay is checked together with its base: `overlay::<Private>("shelf-private").over::<Shelf>("shelf")`. The base
//! must be a crate that can be linked. If it cannot be linked, as with the S3 providers, validate the built library.
//! [`Linked::report`] returns the results instead of panicking.
//!
//! A provider does not fail because it lacks an ability: the cases that need the ability are skipped, and the last line
//! counts them. The more of `open`, `head`, `list` and URLs a provider supports, the more of the contract is checked.
//!
//! # On a built library
//!
//! `longshore provider validate FILE` loads the library as a host does, and runs each case in a process of its own. It
//! also finds a provider that hangs, crashes, leaks threads, files, processes or memory, frees memory of the host,
//! blocks the runtime, prints, or changes the process. `cargo test` skips the cases that need a shared library, a
//! process of their own, or a host with another allocator. `--only`, `--except` and `--seed` work like the methods
//! above.
//!
//! Each case stores its files below a prefix of its own and removes them at its end. A service that is in use can
//! therefore be validated too.
//!
//! # The reference
//!
//! [`reference`](mod@reference) is a complete provider in memory that passes every case. Read it to see how to keep a
//! rule.

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
