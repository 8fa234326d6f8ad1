//! Providers that fail, hang and panic; callers that go away: nothing is left.

use std::time::Duration;

use longshore_media_library::Error;
use longshore_provider::ErrorKind;

use crate::{
    both::over_both,
    storage::Fault,
    test_library::{TestLibrary, flowing, number, picture, text},
};

over_both![
    a_format_that_fails_takes_all_others_with_it,
    the_second_of_two_files_fails_the_first,
    a_provider_that_hangs_is_given_up,
    a_body_that_breaks_leaves_nothing,
    a_caller_that_goes_away_leaves_nothing,
    what_cannot_be_undone_at_once_is_undone_later,
    a_library_that_shuts_down_takes_nothing_more_and_waits_for_what_runs,
    what_arrives_after_it_was_given_up_is_removed,
    no_call_of_a_provider_is_waited_for_without_end,
];

async fn a_format_that_fails_takes_all_others_with_it() {
    for fault in [Fault::Fail(ErrorKind::Unavailable), Fault::FailAfter(ErrorKind::Timeout), Fault::Panic] {
        let test = TestLibrary::impatient().await;
        test.storage.fail_calls("upload", "medium_", 0, fault);
        assert!(matches!(test.upload(picture("a.png", 1100, 800)).await, Err(Error::Provider { .. })));
        assert_eq!(test.storage.keys(), Vec::<String>::new());
        assert_eq!(test.after_unknown_outcomes().await, 1, "it could still have arrived");
        test.assert_nothing_is_left().await;
    }
}

async fn the_second_of_two_files_fails_the_first() {
    let test = TestLibrary::new().await;
    test.storage.fail_calls("upload", "second", 0, Fault::Fail(ErrorKind::PermissionDenied));
    let mut batch = test.library.begin().unwrap();
    batch.add(text("first.txt", "1")).await.unwrap();
    batch.add(text("second.txt", "2")).await.unwrap();
    assert!(matches!(batch.finish().await, Err(Error::Provider { .. })));
    test.assert_nothing_is_left().await;
}

async fn a_provider_that_hangs_is_given_up() {
    let test = TestLibrary::impatient().await;
    test.storage.fail_calls("upload", "", 0, Fault::Hang);
    for incoming in [text("a.txt", "a"), flowing("b.bin", 8, false)] {
        let Err(Error::Provider { source, .. }) = test.upload(incoming).await else { panic!("it was stored") };
        assert_eq!(source.kind(), ErrorKind::Timeout);
    }
    // Nothing of the flowing file was read.
    assert_eq!(test.after_unknown_outcomes().await, 1);
    test.assert_nothing_is_left().await;
}

async fn a_body_that_breaks_leaves_nothing() {
    let test = TestLibrary::new().await;
    for chunks in [0, 1, 3, 8] {
        assert!(matches!(test.upload(flowing("a.bin", chunks, true)).await, Err(Error::BrokenBody(_))), "{chunks}");
    }
    test.assert_nothing_is_left().await;
}

async fn a_caller_that_goes_away_leaves_nothing() {
    for wait in [0, 1, 2, 5, 10, 20, 40] {
        let test = TestLibrary::new().await;
        test.storage.fail_calls("upload", "", 0, Fault::Delay(Duration::from_millis(10)));
        let upload = async {
            let mut batch = test.library.begin().unwrap();
            batch.add(flowing("a.bin", 8, false)).await.unwrap();
            batch.add(text("b.txt", "b")).await.unwrap();
            batch.add(flowing("c.bin", 8, false)).await.unwrap();
            std::future::pending::<()>().await;
        };
        tokio::time::timeout(Duration::from_millis(wait), upload).await.unwrap_err();
        test.assert_nothing_is_left().await;
    }
}

async fn what_cannot_be_undone_at_once_is_undone_later() {
    let test = TestLibrary::new().await;
    test.storage.fail_calls("upload", "small_", 0, Fault::Fail(ErrorKind::StorageFull));
    test.storage.fail_calls("delete", "", 0, Fault::Fail(ErrorKind::Unavailable));
    assert!(test.upload(picture("a.png", 1100, 800)).await.is_err());
    test.quiet().await;
    assert!(test.files().await.is_empty(), "the file is visible");
    assert_eq!(test.storage.keys().len(), 4);
    test.storage.clear_faults();
    assert_eq!(test.library.sweep().await.unwrap(), 1);
    test.assert_nothing_is_left().await;
}

async fn a_library_that_shuts_down_takes_nothing_more_and_waits_for_what_runs() {
    let test = TestLibrary::new().await;
    test.storage.fail_calls("upload", "", 0, Fault::Delay(Duration::from_millis(100)));
    let mut batch = test.library.begin().unwrap();
    batch.add(flowing("a.bin", 8, false)).await.unwrap();
    let (finished, ended) = tokio::join!(batch.finish(), test.library.shutdown(Duration::from_secs(10)));
    assert!(ended);
    // Either it ended before the table was closed, or it was undone.
    assert!(matches!(test.library.begin().err(), Some(Error::ShuttingDown)));
    let other = test.again(|settings| settings.lease = Duration::ZERO).await;
    other.sweep().await.unwrap();
    let rows = other.find(&longshore_media_library::FindQuery::default()).await.unwrap();
    assert_eq!(rows.len(), usize::from(finished.is_ok()));
    assert_eq!(test.storage.keys().len(), rows.len());
}

async fn what_arrives_after_it_was_given_up_is_removed() {
    let test = TestLibrary::impatient().await;
    test.storage.fail_calls("upload", "", 0, Fault::Late(Duration::from_millis(300)));
    assert!(test.upload(picture("a.png", 600, 400)).await.is_err());
    test.quiet().await;
    assert_eq!(test.storage.keys(), Vec::<String>::new());
    assert_eq!(test.after_unknown_outcomes().await, 1);
    test.assert_nothing_is_left().await;
}

async fn no_call_of_a_provider_is_waited_for_without_end() {
    let test = TestLibrary::with(|settings| {
        settings.provider_stall = Duration::from_millis(400);
        settings.lease = Duration::from_millis(100);
    })
    .await;
    test.storage.set_private(true);
    let mut files = vec![test.upload(text("a.txt", "a")).await.unwrap()];
    let timed_out = |error: Error| {
        let Error::Provider { source, .. } = error else { panic!("{error:?}") };
        assert_eq!(source.kind(), ErrorKind::Timeout);
    };
    for call in ["is_private", "sign"] {
        test.storage.fail_calls(call, "", 0, Fault::Hang);
        timed_out(soon(test.library.sign(&mut files)).await.unwrap_err());
        test.storage.clear_faults();
    }
    test.storage.fail_calls("head", "", 0, Fault::Hang);
    let mut replacement = test.library.replace(&number(&files[0])).await.unwrap();
    replacement.add(text("b.txt", "b")).await.unwrap();
    timed_out(soon(replacement.finish()).await.unwrap_err());
    test.storage.fail_calls("delete", "", 0, Fault::Fail(ErrorKind::Unavailable));
    assert!(soon(test.library.remove(&number(&files[0]))).await.is_err());
    assert_eq!(soon(test.library.sweep()).await.unwrap(), 0);
    test.storage.clear_faults();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(test.library.sweep().await.unwrap(), 1);
    test.assert_nothing_is_left().await;
}

/// Fails unless `work` ends by itself.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), work).await.expect("it ends")
}
