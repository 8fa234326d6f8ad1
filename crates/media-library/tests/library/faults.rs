//! Providers that fail, hang and panic; callers that go away: nothing is left.

use std::time::Duration;

use longshore_media_library::Error;
use longshore_provider::ErrorKind;

use crate::{
    both::over_both,
    scene::{Scene, flowing, number, picture, text},
    shelf::Strike,
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
    for strike in [Strike::Fail(ErrorKind::Unavailable), Strike::FailAfter(ErrorKind::Timeout), Strike::Panic] {
        let scene = Scene::impatient().await;
        scene.shelf.strike("upload", "medium_", 0, strike);
        assert!(matches!(scene.upload(picture("a.png", 1100, 800)).await, Err(Error::Provider { .. })));
        assert_eq!(scene.shelf.keys(), Vec::<String>::new());
        assert_eq!(scene.after_doubts().await, 1, "it could still have arrived");
        scene.assert_nothing_is_left().await;
    }
}

async fn the_second_of_two_files_fails_the_first() {
    let scene = Scene::new().await;
    scene.shelf.strike("upload", "second", 0, Strike::Fail(ErrorKind::PermissionDenied));
    let mut batch = scene.library.begin().unwrap();
    batch.add(text("first.txt", "1")).await.unwrap();
    batch.add(text("second.txt", "2")).await.unwrap();
    assert!(matches!(batch.finish().await, Err(Error::Provider { .. })));
    scene.assert_nothing_is_left().await;
}

async fn a_provider_that_hangs_is_given_up() {
    let scene = Scene::impatient().await;
    scene.shelf.strike("upload", "", 0, Strike::Hang);
    for incoming in [text("a.txt", "a"), flowing("b.bin", 8, false)] {
        let Err(Error::Provider { source, .. }) = scene.upload(incoming).await else { panic!("it was stored") };
        assert_eq!(source.kind(), ErrorKind::Timeout);
    }
    // Of the file that flows nothing was read.
    assert_eq!(scene.after_doubts().await, 1);
    scene.assert_nothing_is_left().await;
}

async fn a_body_that_breaks_leaves_nothing() {
    let scene = Scene::new().await;
    for chunks in [0, 1, 3, 8] {
        assert!(matches!(scene.upload(flowing("a.bin", chunks, true)).await, Err(Error::BrokenBody(_))), "{chunks}");
    }
    scene.assert_nothing_is_left().await;
}

async fn a_caller_that_goes_away_leaves_nothing() {
    for wait in [0, 1, 2, 5, 10, 20, 40] {
        let scene = Scene::new().await;
        scene.shelf.strike("upload", "", 0, Strike::Delay(Duration::from_millis(10)));
        let upload = async {
            let mut batch = scene.library.begin().unwrap();
            batch.add(flowing("a.bin", 8, false)).await.unwrap();
            batch.add(text("b.txt", "b")).await.unwrap();
            batch.add(flowing("c.bin", 8, false)).await.unwrap();
            std::future::pending::<()>().await;
        };
        tokio::time::timeout(Duration::from_millis(wait), upload).await.unwrap_err();
        scene.assert_nothing_is_left().await;
    }
}

async fn what_cannot_be_undone_at_once_is_undone_later() {
    let scene = Scene::new().await;
    scene.shelf.strike("upload", "small_", 0, Strike::Fail(ErrorKind::StorageFull));
    scene.shelf.strike("delete", "", 0, Strike::Fail(ErrorKind::Unavailable));
    assert!(scene.upload(picture("a.png", 1100, 800)).await.is_err());
    scene.quiet().await;
    assert!(scene.files().await.is_empty(), "nobody sees it");
    assert_eq!(scene.shelf.keys().len(), 4);
    scene.shelf.heal();
    assert_eq!(scene.library.sweep().await.unwrap(), 1);
    scene.assert_nothing_is_left().await;
}

async fn a_library_that_shuts_down_takes_nothing_more_and_waits_for_what_runs() {
    let scene = Scene::new().await;
    scene.shelf.strike("upload", "", 0, Strike::Delay(Duration::from_millis(100)));
    let mut batch = scene.library.begin().unwrap();
    batch.add(flowing("a.bin", 8, false)).await.unwrap();
    let (finished, ended) = tokio::join!(batch.finish(), scene.library.shutdown(Duration::from_secs(10)));
    assert!(ended);
    // Either it ended before the table was closed, or it was undone.
    assert!(matches!(scene.library.begin().err(), Some(Error::ShuttingDown)));
    let other = scene.again(|settings| settings.lease = Duration::ZERO).await;
    other.sweep().await.unwrap();
    let rows = other.find(&longshore_media_library::FindQuery::default()).await.unwrap();
    assert_eq!(rows.len(), usize::from(finished.is_ok()));
    assert_eq!(scene.shelf.keys().len(), rows.len());
}

async fn what_arrives_after_it_was_given_up_is_removed() {
    let scene = Scene::impatient().await;
    scene.shelf.strike("upload", "", 0, Strike::Late(Duration::from_millis(300)));
    assert!(scene.upload(picture("a.png", 600, 400)).await.is_err());
    scene.quiet().await;
    assert_eq!(scene.shelf.keys(), Vec::<String>::new());
    assert_eq!(scene.after_doubts().await, 1);
    scene.assert_nothing_is_left().await;
}

async fn no_call_of_a_provider_is_waited_for_without_end() {
    let scene = Scene::with(|settings| {
        settings.provider_stall = Duration::from_millis(400);
        settings.lease = Duration::from_millis(100);
    })
    .await;
    scene.shelf.set_private(true);
    let mut files = vec![scene.upload(text("a.txt", "a")).await.unwrap()];
    let timed_out = |error: Error| {
        let Error::Provider { source, .. } = error else { panic!("{error:?}") };
        assert_eq!(source.kind(), ErrorKind::Timeout);
    };
    for call in ["is_private", "sign"] {
        scene.shelf.strike(call, "", 0, Strike::Hang);
        timed_out(soon(scene.library.sign(&mut files)).await.unwrap_err());
        scene.shelf.heal();
    }
    scene.shelf.strike("head", "", 0, Strike::Hang);
    let mut replacement = scene.library.replace(&number(&files[0])).await.unwrap();
    replacement.add(text("b.txt", "b")).await.unwrap();
    timed_out(soon(replacement.finish()).await.unwrap_err());
    scene.shelf.strike("delete", "", 0, Strike::Fail(ErrorKind::Unavailable));
    assert!(soon(scene.library.remove(&number(&files[0]))).await.is_err());
    assert_eq!(soon(scene.library.sweep()).await.unwrap(), 0);
    scene.shelf.heal();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(scene.library.sweep().await.unwrap(), 1);
    scene.assert_nothing_is_left().await;
}

/// What has to end by itself.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), work).await.expect("it ends")
}
