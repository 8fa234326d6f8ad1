//! A call that blocks its thread is reported in the log.

use tracing::Instrument;

use crate::{
    collector::seen,
    test_registry::{TestRegistry, flush},
};

#[tokio::test]
async fn a_blocking_call_gives_a_warning_that_names_it() {
    let test = TestRegistry::open().await;
    test.log("blocking").instrument(tracing::info_span!("slow")).await;
    flush();
    let warnings = seen("longshore_provider::blocking");
    let warning = warnings.iter().find(|seen| seen.names() == ["slow"]).expect("a warning within the call");
    assert_eq!(warning.level, tracing::Level::WARN);
    assert_eq!(warning.fields.0["provider"], "str misbehaving");
    assert_eq!(warning.fields.0["method"], "str extension");
    assert!(warning.message().contains("`extension` of the provider `misbehaving` kept its thread for"), "{warning:?}");
}
