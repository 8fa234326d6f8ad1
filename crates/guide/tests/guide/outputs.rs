//! Outputs of programs and contents of files that the guide quotes.

use std::{env, fs};

use longshore_provider::{Base, BaseOptions, Call, Error, File, InitContext, Overlay, Result};
use longshore_provider_testkit::{overlay, reference::Reference};

/// The mistake that the chapter "Test and validate" shows: the service's 404 goes on as an error.
struct Strict {
    base: Base,
}

impl Overlay for Strict {
    type Options = BaseOptions;

    async fn init(_: BaseOptions, base: Base, _: InitContext) -> Result<Self> {
        Ok(Self { base })
    }

    fn base(&self) -> &Base {
        &self.base
    }

    async fn delete(&self, file: &File, call: &Call) -> Result<()> {
        match self.base.head(file, call).await {
            Ok(_) => self.base.delete(file, call).await,
            Err(_) => Err(Error::not_found("shelf/twice.txt")),
        }
    }
}

#[test]
fn the_guide_shows_the_output_of_a_failed_case() {
    const BEGIN: &str = "`check` panics with all failures:\n\n```text\n";
    let report = overlay::<Strict>("shelf").over::<Reference>("reference").report(["delete", "head"]);
    assert_eq!((report.count("failed"), report.is_good()), (1, false), "{report}");
    let expected = format!("{BEGIN}{}\n```", report.problems());
    let path = longshore_test_artifacts::workspace().join("docs/provider/test.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once("\n```").unwrap();
    if env::var_os("LONGSHORE_UPDATE_DOCS").is_some() {
        return fs::write(path, format!("{before}{expected}{after}")).unwrap();
    }
    assert!(
        text.contains(&expected),
        "docs/provider/test.md shows another text. To write it anew:\n\n    \
         LONGSHORE_UPDATE_DOCS=1 cargo test --workspace --test guide outputs\n\nIt should have:\n\n{expected}"
    );
}

#[test]
fn the_workflow_of_a_new_crate_is_the_one_that_the_guide_describes() {
    let workflow = fs::read_to_string(longshore_test_artifacts::workspace().join("host/templates/ci.yml")).unwrap();
    let mut lines = workflow.lines().map(str::trim);
    assert!(lines.any(|line| line.starts_with("- run: cargo test")), "{workflow}");
    assert!(lines.any(|line| line.starts_with("- run: longshore provider validate target/release/")), "{workflow}");
}

#[test]
fn the_excerpts_of_the_http_crate_are_in_it() {
    let root = longshore_test_artifacts::workspace();
    let chapter = fs::read_to_string(root.join("docs/provider/port.md")).unwrap();
    let source = fs::read_to_string(root.join("host/templates/http/src/service.rs")).unwrap();
    let excerpts: Vec<&str> =
        chapter.split("```rust,ignore\n").skip(1).map(|rest| rest.split("   ```").next().unwrap()).collect();
    assert!(!excerpts.is_empty());
    for excerpt in excerpts {
        assert!(
            source.contains(excerpt),
            "docs/provider/port.md shows code that `provider new --http` does not write:\n{excerpt}"
        );
    }
}
