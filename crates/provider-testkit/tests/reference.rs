//! The reference provider passes every case that applies to it, and none is skipped that should not be.

use longshore_provider::{
    Body, ByteRange, Call, File, InitContext, Opened, Provider, Result, Uploaded,
    serde_json::{Value, json},
};
use longshore_provider_testkit::{
    Linked, Need, Outcome, Report, provider,
    reference::{Reference, ReferenceOptions},
};

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
        // What needs a library, a process of its own or another allocator is run by a host.
        .filter(|ran| {
            !ran.case.needs.iter().any(|need| matches!(need, Need::Library | Need::Process | Need::Allocator))
        })
        .map(|ran| ran.case.id)
        .collect();
    assert_eq!(found, skipped, "\n{report}");
}

#[test]
fn a_public_provider_passes() {
    let report = reference(json!({ "serve": true, "rootPath": "root" })).report(["*"]);
    let private = ["private.signed", "private.hidden", "private.answer", "private.head", "private.every-file"];
    good(&report, &[&["error.unreachable"][..], &private].concat());
}

#[test]
fn a_private_provider_passes() {
    let report = reference(json!({ "serve": true, "private": true, "secret": "s" })).report(["*"]);
    good(&report, &["error.unreachable", "url.fetched", "private.demanded"]);
}

#[test]
fn a_provider_without_http_passes() {
    let without_http = [
        "error.unreachable",
        "url.fetched",
        "sign.answer",
        "sign.fetched",
        "sign.expired",
        "sign.tampered",
        "sign.other-file",
        "sign.batch",
        "sign.early",
        "sign.methods",
        "sign.prefix",
        "private.signed",
        "private.hidden",
        "private.answer",
        "private.demanded",
        "private.head",
        "private.every-file",
    ];
    good(&reference(json!({})).report(["*"]), &without_http);
}

#[test]
fn a_provider_that_takes_small_files_alone_is_not_blamed() {
    let report = reference(json!({ "maxBytes": 1_000_000 })).report(["upload"]);
    good(&report, &["upload.large", "upload.behind-16-mib"]);
}

/// Only what must be written, and `open`: `replace` is the default, which goes by the key that the file carries.
struct Opening(Reference);

impl Provider for Opening {
    type Options = ReferenceOptions;

    async fn init(options: ReferenceOptions, _: InitContext) -> Result<Self> {
        Reference::new(options).await.map(Self)
    }

    async fn upload(&self, file: &File, body: Body, call: &Call) -> Result<Uploaded> {
        self.0.upload(file, body, call).await
    }

    async fn delete(&self, file: &File, call: &Call) -> Result<()> {
        self.0.delete(file, call).await
    }

    async fn open(&self, file: &File, range: Option<ByteRange>, call: &Call) -> Result<Opened> {
        self.0.open(file, range, call).await
    }
}

/// Only what must be written: files are read by their URLs.
struct Serving(Reference);

impl Provider for Serving {
    type Options = ReferenceOptions;

    async fn init(options: ReferenceOptions, _: InitContext) -> Result<Self> {
        Reference::new(options).await.map(Self)
    }

    async fn upload(&self, file: &File, body: Body, call: &Call) -> Result<Uploaded> {
        self.0.upload(file, body, call).await
    }

    async fn delete(&self, file: &File, call: &Call) -> Result<()> {
        self.0.delete(file, call).await
    }
}

#[test]
fn a_provider_without_head_is_not_blamed_whichever_calls_are_made() {
    for seed in 1..=8 {
        let opening = provider::<Opening>("opening").options(json!({ "rootPath": "root" }));
        let serving = provider::<Serving>("serving").options(json!({ "rootPath": "root", "serve": true }));
        for report in [opening.seed(seed).report(["fuzz"]), serving.seed(seed).report(["fuzz"])] {
            assert_eq!(report.count("passed"), 1, "seed {seed}:\n{report}");
        }
    }
    let report = provider::<Opening>("opening").report(["*"]);
    assert!(report.is_good(), "\n{report}");
    let report = provider::<Serving>("serving").options(json!({ "serve": true })).report(["*"]);
    assert!(report.is_good(), "\n{report}");
}
