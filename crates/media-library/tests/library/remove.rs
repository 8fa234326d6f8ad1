//! Removing files.

use std::time::Duration;

use longshore_media_library::{Error, FileId};
use longshore_provider::ErrorKind;

use crate::{
    both::over_both,
    scene::{Scene, number, picture, text},
    shelf::Strike,
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
    let scene = Scene::new().await;
    let file = scene.upload(picture("a.png", 1100, 800)).await.unwrap();
    assert_eq!(scene.library.remove(&number(&file)).await.unwrap().id, file.id);
    scene.assert_nothing_is_left().await;
    assert!(matches!(scene.library.remove(&number(&file)).await, Err(Error::NotFound(_))));
}

async fn a_file_is_removed_by_its_lasting_id() {
    let scene = Scene::new().await;
    let file = scene.upload(text("a.txt", "a")).await.unwrap();
    scene.library.remove(&FileId::Document(file.document_id)).await.unwrap();
    scene.assert_nothing_is_left().await;
}

async fn a_refused_removal_changes_nothing() {
    let scene = Scene::new().await;
    let file = scene.upload(picture("a.png", 600, 400)).await.unwrap();
    let before = scene.shelf.keys();
    scene.shelf.strike("delete", "", 0, Strike::Fail(ErrorKind::PermissionDenied));
    assert!(matches!(scene.library.remove(&number(&file)).await, Err(Error::Provider { .. })));
    assert_eq!(scene.shelf.keys(), before);
    assert_eq!(scene.files().await.len(), 1);
    scene.shelf.heal();
    scene.library.remove(&number(&file)).await.unwrap();
    scene.assert_nothing_is_left().await;
}

async fn a_removal_whose_answer_was_lost_is_one() {
    let scene = Scene::new().await;
    let file = scene.upload(text("a.txt", "a")).await.unwrap();
    scene.shelf.strike("delete", "", 0, Strike::FailAfter(ErrorKind::Timeout));
    let removed = scene.library.remove(&number(&file)).await;
    scene.shelf.heal();
    removed.unwrap();
    scene.quiet().await;
    scene.library.sweep().await.unwrap();
    scene.assert_nothing_is_left().await;
}

async fn a_removal_that_may_take_place_yet_is_finished_later() {
    for strike in [Strike::Late(Duration::from_millis(300)), Strike::Fail(ErrorKind::Unavailable)] {
        let scene = Scene::new().await;
        let file = scene.upload(picture("a.png", 600, 400)).await.unwrap();
        scene.shelf.strike("delete", "", 0, strike);
        assert!(matches!(scene.library.remove(&number(&file)).await, Err(Error::Provider { .. })));
        assert!(scene.files().await.is_empty(), "nobody sees a file whose object may go at any time");
        scene.shelf.heal();
        assert_eq!(scene.library.sweep().await.unwrap(), 1);
        scene.assert_nothing_is_left().await;
    }
}

async fn formats_that_cannot_be_removed_yet_are_removed_later() {
    let scene = Scene::new().await;
    let file = scene.upload(picture("a.png", 600, 400)).await.unwrap();
    scene.shelf.strike("delete", "small_", 0, Strike::Fail(ErrorKind::Unavailable));
    scene.library.remove(&number(&file)).await.unwrap();
    assert!(scene.files().await.is_empty(), "nobody sees it any longer");
    assert_eq!(scene.shelf.keys().len(), 1);
    scene.shelf.heal();
    assert_eq!(scene.library.sweep().await.unwrap(), 1);
    scene.assert_nothing_is_left().await;
}

async fn of_two_removals_at_once_one_removes() {
    let scene = Scene::new().await;
    let file = scene.upload(text("a.txt", "a")).await.unwrap();
    let id = number(&file);
    let (one, other) = tokio::join!(scene.library.remove(&id), scene.library.remove(&id));
    assert_eq!([&one, &other].iter().filter(|outcome| outcome.is_ok()).count(), 1);
    scene.assert_nothing_is_left().await;
}

async fn each_object_is_removed_once() {
    let scene = Scene::new().await;
    let file = scene.upload(picture("a.png", 600, 400)).await.unwrap();
    scene.library.remove(&number(&file)).await.unwrap();
    let mut removed: Vec<_> = scene.shelf.calls().into_iter().filter(|call| call.starts_with("delete ")).collect();
    let all = removed.len();
    removed.sort();
    removed.dedup();
    assert_eq!((all, removed.len()), (3, 3));
}
