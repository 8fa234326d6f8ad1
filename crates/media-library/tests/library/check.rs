//! Comparing the table with the storage.

use std::time::Duration;

use longshore_media_library::{CheckDepth, CheckEvent, Finding, FindingKind, Result};
use longshore_provider::ErrorKind;

use crate::{
    both::over_both,
    storage::Fault,
    test_library::{TestLibrary, flowing, number, picture, text},
};

over_both![
    a_consistent_library_has_no_findings,
    missing_wrong_and_unnamed_objects_are_found,
    without_a_list_objects_are_looked_up,
    wrong_bytes_are_found_by_their_checksum,
    objects_of_running_changes_are_no_findings,
    a_file_that_is_changed_meanwhile_is_no_finding,
    objects_of_another_provider_on_the_same_storage_are_no_orphans,
    failures_are_findings_or_errors,
];

/// The findings, each as `kind name format key`.
async fn check(test: &TestLibrary, depth: CheckDepth) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let totals = test.library.check(depth, |event| {
        if let CheckEvent::Finding(finding) = event {
            found.push(shown(&finding));
        }
    });
    assert_eq!(totals.await?.findings, found.len() as u64);
    found.sort();
    Ok(found)
}

fn shown(finding: &Finding) -> String {
    let kind = match &finding.kind {
        FindingKind::WrongSize { expected, found } => format!("size {expected} {found}"),
        FindingKind::WrongChecksum { .. } => "checksum".to_owned(),
        FindingKind::Orphan { size } => format!("orphan {size}"),
        FindingKind::Failed(error) => format!("failed {:?}", error.kind()),
        kind => format!("{kind:?}"),
    };
    let name = finding.file.as_ref().map_or("-", |(_, name)| name);
    // Only formats and orphans: the hash of a file is random.
    format!("{kind} {name} {}", finding.format.as_deref().unwrap_or("-"))
}

async fn a_consistent_library_has_no_findings() {
    for lists in [false, true] {
        let test = TestLibrary::new().await;
        if lists {
            test.storage.list_objects();
        }
        test.upload(picture("a.png", 1100, 800)).await.unwrap();
        let mut files = Vec::new();
        for name in ["b.txt", "c.txt", "d.txt"] {
            files.push(test.upload(text(name, name)).await.unwrap());
        }
        test.library.remove(&number(&files[1])).await.unwrap();
        for depth in [CheckDepth::Sizes, CheckDepth::Checksums] {
            assert_eq!(check(&test, depth).await.unwrap(), [""; 0]);
        }
        let totals = test.library.check(CheckDepth::Sizes, |_| {}).await.unwrap();
        assert_eq!((totals.files, totals.objects), (3, 3 + 4), "{totals:?}");
    }
}

async fn missing_wrong_and_unnamed_objects_are_found() {
    let test = TestLibrary::new().await;
    test.storage.list_objects();
    let image = test.upload(picture("a.png", 1100, 800)).await.unwrap();
    let (gone, longer) =
        (test.upload(text("b.txt", "b")).await.unwrap(), test.upload(text("c.txt", "c")).await.unwrap());
    let small = image.formats.unwrap().into_iter().find(|format| format.format == "small").unwrap();
    test.storage.take(&small.key.unwrap()).unwrap();
    test.storage.take(&gone.key.unwrap()).unwrap();
    test.storage.put(&longer.key.unwrap(), "longer");
    test.storage.put("root/elsewhere/x_y.txt", "four");
    let found = check(&test, CheckDepth::Sizes).await.unwrap();
    assert_eq!(found, ["Missing a.png small", "Missing b.txt -", "orphan 4 - -", "size 1 6 c.txt -"]);
}

async fn without_a_list_objects_are_looked_up() {
    let test = TestLibrary::new().await;
    let (gone, _) = (test.upload(text("a.txt", "a")).await.unwrap(), test.upload(text("b.txt", "b")).await.unwrap());
    test.storage.take(&gone.key.unwrap()).unwrap();
    test.storage.put("root/unnamed.txt", "four");
    assert_eq!(check(&test, CheckDepth::Sizes).await.unwrap(), ["Missing a.txt -"]);
    test.storage.fail_calls("head", "", 0, Fault::Fail(ErrorKind::Unsupported));
    assert_eq!(check(&test, CheckDepth::Sizes).await.unwrap(), ["CannotTell - -"], "reported once");
}

async fn wrong_bytes_are_found_by_their_checksum() {
    let test = TestLibrary::new().await;
    test.storage.list_objects();
    let (other, _) =
        (test.upload(text("a.txt", "a")).await.unwrap(), test.upload(flowing("b.bin", 20, false)).await.unwrap());
    test.storage.put(&other.key.unwrap(), "x");
    assert_eq!(check(&test, CheckDepth::Sizes).await.unwrap(), [""; 0]);
    assert_eq!(check(&test, CheckDepth::Checksums).await.unwrap(), ["checksum a.txt -"]);
}

async fn objects_of_running_changes_are_no_findings() {
    let test = TestLibrary::new().await;
    test.storage.list_objects();
    let mut batch = test.library.begin().unwrap();
    // The object is stored, and its row is not visible before `finish`.
    batch.add(flowing("a.bin", 20, false)).await.unwrap();
    while test.storage.keys().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(check(&test, CheckDepth::Sizes).await.unwrap(), [""; 0]);
    batch.finish().await.unwrap();
    assert_eq!(check(&test, CheckDepth::Sizes).await.unwrap(), [""; 0]);
}

async fn a_file_that_is_changed_meanwhile_is_no_finding() {
    let test = TestLibrary::new().await;
    test.storage.list_objects();
    let file = test.upload(text("a.txt", "a")).await.unwrap();
    test.storage.take(&file.key.clone().unwrap()).unwrap();
    test.storage.fail_calls("head", "", 0, Fault::Delay(Duration::from_millis(300)));
    let removed = async {
        while !test.storage.calls().iter().any(|call| call.starts_with("head ")) {
            tokio::task::yield_now().await;
        }
        test.library.remove(&number(&file)).await
    };
    let (found, removed) = tokio::join!(check(&test, CheckDepth::Sizes), removed);
    removed.unwrap();
    assert_eq!(found.unwrap(), [""; 0]);
}

async fn objects_of_another_provider_on_the_same_storage_are_no_orphans() {
    let test = TestLibrary::new().await;
    test.storage.list_objects();
    test.upload(picture("a.png", 1100, 800)).await.unwrap();
    let other = test.again_beside("private").await;
    assert_eq!(other.check(CheckDepth::Sizes, |_| {}).await.unwrap().findings, 0);
    // Nor are those of a provider that is not loaded.
    let other = test.again_as("private", |_| {}).await;
    let mut orphans = 0;
    let totals = other.check(CheckDepth::Sizes, |event| {
        let CheckEvent::Finding(finding) = event else { return };
        orphans += usize::from(matches!(finding.kind, FindingKind::Orphan { .. }));
    });
    assert_eq!(totals.await.unwrap().findings, 1, "its provider is not loaded");
    assert_eq!(orphans, 0);
}

async fn failures_are_findings_or_errors() {
    let test = TestLibrary::new().await;
    test.storage.list_objects();
    test.upload(text("a.txt", "a")).await.unwrap();
    test.storage.fail_calls("open", "", 0, Fault::Fail(ErrorKind::Unavailable));
    assert_eq!(check(&test, CheckDepth::Checksums).await.unwrap(), ["failed Unavailable a.txt -"]);
    test.storage.fail_calls("list", "", 0, Fault::Fail(ErrorKind::PermissionDenied));
    let error = check(&test, CheckDepth::Sizes).await.unwrap_err();
    assert!(matches!(error, longshore_media_library::Error::Provider { .. }), "{error:?}");
    let other = test.again_as("another", |_| {}).await;
    test.storage.clear_faults();
    let totals = other.check(CheckDepth::Sizes, |event| match event {
        CheckEvent::Finding(finding) if finding.file.is_some() => {
            assert!(matches!(finding.kind, FindingKind::NotLoaded));
        }
        _ => {}
    });
    assert_eq!(totals.await.unwrap().findings, 1);
}
