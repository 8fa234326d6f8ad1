//! The reference provider passes every case that applies to it, and none is skipped that should not be.

use longshore_provider::serde_json::{Value, json};
use longshore_provider_testkit::{Linked, Need, Outcome, Report, provider, reference::Reference};

fn reference(options: Value) -> Linked {
    provider::<Reference>("reference").extensions(["list"]).options(options)
}

fn good(report: &Report, skipped: &[&str]) {
    assert!(report.is_good(), "\n{report}");
    assert_eq!(report.count("warning"), 0, "\n{report}");
    let found: Vec<&str> = report
        .ran()
        .iter()
        .filter(|ran| matches!(ran.outcome, Outcome::Skipped { .. }))
        // What needs a library, or a process of its own, is run by a host.
        .filter(|ran| !ran.case.needs.iter().any(|need| matches!(need, Need::Library | Need::Process)))
        .map(|ran| ran.case.id)
        .collect();
    assert_eq!(found, skipped, "\n{report}");
}

#[test]
fn a_public_provider_passes() {
    let report = reference(json!({ "serve": true, "rootPath": "root" })).report(["*"]);
    good(&report, &["private.signed", "private.hidden", "private.answer"]);
}

#[test]
fn a_private_provider_passes() {
    let report = reference(json!({ "serve": true, "private": true, "secret": "s" })).report(["*"]);
    good(&report, &["url.fetched", "private.demanded"]);
}

#[test]
fn a_provider_without_http_passes() {
    let without_http = [
        "url.fetched",
        "sign.answer",
        "sign.fetched",
        "sign.expired",
        "sign.tampered",
        "sign.other-file",
        "sign.batch",
        "private.signed",
        "private.hidden",
        "private.answer",
        "private.demanded",
    ];
    good(&reference(json!({})).report(["*"]), &without_http);
}

#[test]
fn a_provider_that_takes_small_files_alone_is_not_blamed() {
    let report = reference(json!({ "maxBytes": 1_000_000 })).report(["upload"]);
    good(&report, &["upload.large"]);
}
