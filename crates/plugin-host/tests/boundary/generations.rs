//! Old libraries still load, newer generations are preferred, and incompatible libraries are refused with a short
//! message.

use std::{fs, path::PathBuf};

use longshore_provider::{Body, ErrorKind, File, ListRequest};

use crate::project::{Project, chain};

fn project(provider: &str) -> Project {
    Project::new(&format!("[upload.config]\nprovider = \"{provider}\"\n"))
}

/// A copy of the library of `package` in which each `from` is replaced by its `to` of the same length.
pub(crate) fn patched(package: &str, changes: &[(&str, &str)], project: &Project, name: &str) -> PathBuf {
    let library = longshore_test_artifacts::library(package);
    let mut bytes = fs::read(longshore_test_artifacts::folder().join(&library)).unwrap();
    for (from, to) in changes {
        assert_eq!(from.len(), to.len());
        let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
        bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
    }
    let folder = project.path().join("providers").join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(&library), bytes).unwrap();
    folder.join(library)
}

/// A project with the configuration and the library of the provider `frozen`.
pub(crate) fn frozen() -> Project {
    let fixture = longshore_test_artifacts::workspace().join("crates/plugin-host/fixtures/frozen-v1");
    let folder = longshore_test_artifacts::stand_alone(&fixture.join("Cargo.toml"));
    let project = project("frozen");
    project.copy_library(&folder, "longshore-fixture-frozen-v1", "frozen");
    project
}

#[tokio::test]
async fn a_library_frozen_with_the_first_interface_keeps_loading() {
    let project = frozen();
    let registry = project.open().await.unwrap();
    let uploaded = registry.main().upload(&File::at("a"), Body::from("12345")).await.unwrap();
    assert_eq!((uploaded.key.as_str(), uploaded.size), ("a", Some(5)));
    assert!(registry.main().is_private().await.unwrap());
    let error = registry.main().list(&ListRequest::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "the extension came later than the library: {error}");
    let error = registry.main().head(&File::at("a")).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::NotFound, "frozen in time"));
}

#[tokio::test]
async fn a_generation_that_this_host_does_not_know_is_refused() {
    let project = project("memory");
    let generation = (r#""generation":1,"#, r#""generation":9,"#);
    let path = patched("longshore-example-memory", &[generation], &project, "memory");
    let error = project.open().await.err().unwrap();
    let text = chain(&error).replace(&path.display().to_string(), "LIBRARY");
    assert_eq!(
        text,
        "the library `LIBRARY` cannot be used by this host\n\
         it was built for generation 9 of the interface (longshore-provider 1.0.0), and this host knows 1\n\
         hint: upgrade this host, or rebuild the provider against `longshore-provider` 1.x"
    );
}

#[tokio::test]
async fn a_library_that_lies_about_its_generation_is_refused() {
    let project = project("memory");
    let package = "longshore-example-memory";
    let swap = [("\"longshore_provider_longshore_example_memory\"", "\"longshore_provider_longshore_example_memorX\"")];
    patched(package, &swap, &project, "memory");
    let text = chain(&project.open().await.err().unwrap());
    assert!(text.contains("does not export"), "{text}");

    // The library describes a type with another field than generation 1 has.
    patched(package, &[("has_size;size;more;WireUploaded", "has_sizE;size;more;WireUploaded")], &project, "memory");
    let error = project.open().await.err().unwrap();
    let text = chain(&error);
    assert!(
        text.contains(
            "its manifest names generation 1 of the interface, and its types are not those of that generation"
        ),
        "{text}"
    );
    assert!(text.lines().count() < 10, "one screen: {text}");
    let longshore_plugin_host::registry::OpenError::Load(error) = &error else { panic!("{text}") };
    assert!(error.report().is_some_and(|report| report.lines().count() > 20), "the whole comparison is there");
}
