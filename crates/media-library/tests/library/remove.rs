//! Removing files.

use std::time::Duration;

use longshore_media_library::{Error, FileId};
use longshore_provider::ErrorKind;

use crate::{
    both::over_both,
    storage::Fault,
    test_library::{TestLibrary, number, picture, text},
};

over_both![
    removing_takes_the_row_and_every_object,
    a_file_is_removed_by_its_lasting_id,
    a_refused_removal_changes_nothing,
    a_removal_whose_answer_was_lost_is_one,
    a_removal_that_may_take_place_yet_is_finished_later,
    formats_that_cannot_be_removed_yet_are_removed_later,
    of_two_removals_at_once_one_removes,
    each_object_is_removed_once,
];

async fn removing_takes_the_row_and_every_object() {
    let test = TestLibrary::new().await;
    let file = test.upload(picture("a.png", 1100, 800)).await.unwrap();
    assert_eq!(test.library.remove(&number(&file)).await.unwrap().id, file.id);
    test.assert_nothing_is_left().await;
    assert!(matches!(test.library.remove(&number(&file)).await, Err(Error::NotFound(_))));
}

async fn a_file_is_removed_by_its_lasting_id() {
    let test = TestLibrary::new().await;
    let file = test.upload(text("a.txt", "a")).await.unwrap();
    test.library.remove(&FileId::Document(file.document_id)).await.unwrap();
    test.assert_nothing_is_left().await;
}

async fn a_refused_removal_changes_nothing() {
    let test = TestLibrary::new().await;
    let file = test.upload(picture("a.png", 600, 400)).await.unwrap();
    let before = test.storage.keys();
    test.storage.fail_calls("delete", "", 0, Fault::Fail(ErrorKind::PermissionDenied));
    assert!(matches!(test.library.remove(&number(&file)).await, Err(Error::Provider { .. })));
    assert_eq!(test.storage.keys(), before);
    assert_eq!(test.files().await.len(), 1);
    test.storage.clear_faults();
    test.library.remove(&number(&file)).await.unwrap();
    test.assert_nothing_is_left().await;
}

async fn a_removal_whose_answer_was_lost_is_one() {
    let test = TestLibrary::new().await;
    let file = test.upload(text("a.txt", "a")).await.unwrap();
    test.storage.fail_calls("delete", "", 0, Fault::FailAfter(ErrorKind::Timeout));
    let removed = test.library.remove(&number(&file)).await;
    test.storage.clear_faults();
    removed.unwrap();
    test.quiet().await;
    test.library.sweep().await.unwrap();
    test.assert_nothing_is_left().await;
}

async fn a_removal_that_may_take_place_yet_is_finished_later() {
    for fault in [Fault::Late(Duration::from_millis(300)), Fault::Fail(ErrorKind::Unavailable)] {
        let test = TestLibrary::new().await;
        let file = test.upload(picture("a.png", 600, 400)).await.unwrap();
        test.storage.fail_calls("delete", "", 0, fault);
        assert!(matches!(test.library.remove(&number(&file)).await, Err(Error::Provider { .. })));
        assert!(test.files().await.is_empty(), "a file is visible whose object may go at any time");
        test.storage.clear_faults();
        assert_eq!(test.library.sweep().await.unwrap(), 1);
        test.assert_nothing_is_left().await;
    }
}

async fn formats_that_cannot_be_removed_yet_are_removed_later() {
    let test = TestLibrary::new().await;
    let file = test.upload(picture("a.png", 600, 400)).await.unwrap();
    test.storage.fail_calls("delete", "small_", 0, Fault::Fail(ErrorKind::Unavailable));
    test.library.remove(&number(&file)).await.unwrap();
    assert!(test.files().await.is_empty(), "the file is still visible");
    assert_eq!(test.storage.keys().len(), 1);
    test.storage.clear_faults();
    assert_eq!(test.library.sweep().await.unwrap(), 1);
    test.assert_nothing_is_left().await;
}

async fn of_two_removals_at_once_one_removes() {
    let test = TestLibrary::new().await;
    let file = test.upload(text("a.txt", "a")).await.unwrap();
    let id = number(&file);
    let (one, other) = tokio::join!(test.library.remove(&id), test.library.remove(&id));
    assert_eq!([&one, &other].iter().filter(|outcome| outcome.is_ok()).count(), 1);
    test.assert_nothing_is_left().await;
}

async fn each_object_is_removed_once() {
    let test = TestLibrary::new().await;
    let file = test.upload(picture("a.png", 600, 400)).await.unwrap();
    test.library.remove(&number(&file)).await.unwrap();
    let mut removed: Vec<_> = test.storage.calls().into_iter().filter(|call| call.starts_with("delete ")).collect();
    let all = removed.len();
    removed.sort();
    removed.dedup();
    assert_eq!((all, removed.len()), (3, 3));
}
