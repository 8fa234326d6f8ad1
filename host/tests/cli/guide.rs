//! Follows the guide literally. The first chapter uses only the program. The other chapters use the interface crates
//! that other tests have built already.

use std::fs;

use crate::{
    project::Project,
    scaffold::{cargo, validate},
};

/// The first block of code after a heading, or a text, of a chapter.
#[track_caller]
fn block(chapter: &str, after: &str) -> String {
    let path = longshore_test_artifacts::workspace().join("docs/provider").join(chapter);
    let text = fs::read_to_string(path).unwrap();
    let (_, rest) = text.split_once(after).unwrap_or_else(|| panic!("{chapter} does not say {after:?}"));
    let (_, rest) = rest.split_once("\n```").unwrap();
    let (_, rest) = rest.split_once('\n').unwrap();
    let (block, _) = rest.split_once("\n```").unwrap();
    format!("{block}\n")
}

#[test]
fn a_provider_is_written_from_the_guide_alone() {
    let of = |after| block("write.md", after);
    let project = Project::empty().installed();
    project.run(&["provider", "new", "shelf"]).expect(0);
    let folder = project.path("shelf");
    assert_eq!(fs::read_to_string(folder.join("Cargo.toml")).unwrap(), of("## Cargo.toml"));
    fs::remove_file(folder.join("src/service.rs")).unwrap();
    fs::write(folder.join("src/lib.rs"), of("## src/lib.rs")).unwrap();
    fs::write(folder.join("tests/contract.rs"), of("## tests/contract.rs")).unwrap();
    fs::write(folder.join("options.toml"), of("The validator takes the options from a file")).unwrap();
    // Without doctests, which would link to libraries that Cargo may be building for another test.
    cargo(&["test", "--tests"], &folder);
    let built = cargo(&["build"], &folder).join(longshore_test_artifacts::library("shelf"));

    let library = project.write("providers/shelf/libshelf.so", fs::read(built).unwrap());
    project.write("config/plugins.toml", of("This is enough"));
    project.write("photo.png", "not really");
    // The excepted cases measure times, and may warn on a busy machine.
    let asked = ["--options", "shelf/options.toml", "--except", "load.time,runtime.blocked,init.time"];
    assert!(validate(&project, library.to_str().unwrap(), &asked) > 60);
    project.run(&["config", "check"]).expect(0);
    project.run(&["object", "put", "photo.png"]).expect(0);
    project.run(&["object", "head", "photo.png"]).expect(0);
    assert_eq!(fs::read_to_string(project.path("media/files/photo.png")).unwrap(), "not really");
}

#[test]
fn an_overlay_is_written_from_the_guide_alone() {
    let project = Project::empty();
    let crates = longshore_test_artifacts::workspace();
    let arguments = ["provider", "new", "private-s3", "--extends", "aws-s3", "--interface", crates.to_str().unwrap()];
    project.run(&arguments).expect(0);
    let folder = project.path("private-s3");
    fs::write(folder.join("src/lib.rs"), block("overlay.md", "By hand `src/lib.rs` is this")).unwrap();
    fs::write(folder.join("tests/contract.rs"), block("overlay.md", "`tests/contract.rs`:")).unwrap();
    cargo(&["test"], &folder);
    let built = cargo(&["build"], &folder).join(longshore_test_artifacts::library("private-s3"));
    fs::copy(built, project.path("mine.so")).unwrap();
    let inspected = project.run(&["provider", "inspect", "./mine.so", "--json"]).expect(0).lines();
    assert_eq!((&inspected[0]["name"], &inspected[0]["extends"]), (&"private-s3".into(), &"aws-s3".into()));
}
