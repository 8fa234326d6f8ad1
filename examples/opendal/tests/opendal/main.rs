//! Tests of the provider on the services that need no cloud.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod contract;
mod options;
mod storing;
mod urls;
mod webdav;

use longshore_opendal::Opendal;
use longshore_provider::{
    InitContext, Provider, Result,
    serde_json::{self, Value},
};

/// The provider with these options, in a project at `project`.
async fn provider(project: &std::path::Path, options: Value) -> Result<Opendal> {
    let options = serde_json::from_value(options).expect("options of the right form");
    Opendal::init(options, InitContext::new("opendal", project)).await
}
