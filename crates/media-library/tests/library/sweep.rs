//! What a process leaves that was killed: another one finishes or undoes it.

use std::time::Duration;

use longshore_provider::ErrorKind;

use crate::{
    both::{Base, over_both},
    scene::{Scene, number, picture, text},
    shelf::Strike,
};

over_both![
    an_upload_that_was_killed_is_undone,
    a_removal_that_was_killed_is_finished,
    a_replacement_that_was_killed_before_its_main_object_is_undone,
    a_replacement_that_was_killed_after_its_main_object_is_finished,
    a_change_that_gives_signs_of_life_is_left_alone,
    what_the_provider_still_refuses_waits,
    a_removal_that_is_refused_as_invalid_ends,
    rows_that_wait_do_not_keep_others_from_being_settled,
    a_row_that_waits_for_others_of_its_round_is_left_alone,
];

/// The process that dies: its runtime is dropped in the middle of `work`, when the call `last` has come, so that nothing
/// of it runs any longer.
fn killed(
    scene: impl Future<Output = Scene> + Send + 'static,
    last: &'static str,
    work: impl AsyncFnOnce(&Scene) + Send + 'static,
) -> Scene {
    let base = Base::current();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let scene = runtime.block_on(base.within(scene));
        let came = async {
            while !scene.shelf.calls().iter().any(|call| call.starts_with(last)) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            // What runs beside it may end.
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        runtime.block_on(async {
            tokio::select! {
                () = work(&scene) => {}
                () = came => {}
            }
        });
        runtime.shutdown_background();
        scene
    })
    .join()
    .unwrap()
}

fn short() -> impl Future<Output = Scene> + Send + 'static {
    Scene::with(|settings| {
        settings.lease = Duration::from_millis(100);
        settings.provider_stall = Duration::from_hours(1);
    })
}

async fn next_process(scene: &Scene) -> longshore_media_library::MediaLibrary {
    tokio::time::sleep(Duration::from_millis(200)).await;
    scene.shelf.heal();
    let library = scene.again(|settings| settings.lease = Duration::from_millis(100)).await;
    assert_eq!(library.sweep().await.unwrap(), 1);
    assert_eq!(library.sweep().await.unwrap(), 0);
    library
}

async fn an_upload_that_was_killed_is_undone() {
    let scene = killed(short(), "upload root/small_", async |scene: &Scene| {
        scene.shelf.strike("upload", "small_", 0, Strike::Hang);
        let _ = scene.upload(picture("a.png", 1100, 800)).await;
    });
    assert_eq!(scene.shelf.keys().len(), 4);
    let library = next_process(&scene).await;
    assert_eq!(scene.shelf.keys(), Vec::<String>::new());
    assert!(library.find(&longshore_media_library::FindQuery::default()).await.unwrap().is_empty());
}

async fn a_removal_that_was_killed_is_finished() {
    let scene = killed(short(), "delete root/small_", async |scene: &Scene| {
        let file = scene.upload(picture("a.png", 600, 400)).await.unwrap();
        scene.shelf.strike("delete", "small_", 0, Strike::Hang);
        let _ = scene.library.remove(&number(&file)).await;
    });
    assert_eq!(scene.shelf.keys().len(), 1);
    next_process(&scene).await;
    assert_eq!(scene.shelf.keys(), Vec::<String>::new());
}

async fn replacing(scene: &Scene) {
    let file = scene.upload(picture("a.png", 600, 400)).await.unwrap();
    let mut replacement = scene.library.replace(&number(&file)).await.unwrap();
    replacement.add(picture("b.png", 1100, 800)).await.unwrap();
    let _ = replacement.finish().await;
}

async fn a_replacement_that_was_killed_before_its_main_object_is_undone() {
    for (call, part, last) in [("upload", "medium_", "upload root/medium_"), ("replace", "", "replace")] {
        let scene = killed(short(), last, async move |scene: &Scene| {
            scene.shelf.strike(call, part, 0, Strike::Hang);
            replacing(scene).await;
        });
        let library = next_process(&scene).await;
        let files = library.find(&longshore_media_library::FindQuery::default()).await.unwrap();
        assert_eq!((files[0].name.as_str(), files[0].width), ("a.png", Some(600)), "{call}");
        assert_eq!(scene.shelf.keys().len(), 3, "{call}");
    }
}

async fn a_replacement_that_was_killed_after_its_main_object_is_finished() {
    let scene = killed(short(), "delete", async |scene: &Scene| {
        scene.shelf.strike("delete", "", 0, Strike::Hang);
        replacing(scene).await;
    });
    let library = next_process(&scene).await;
    let files = library.find(&longshore_media_library::FindQuery::default()).await.unwrap();
    assert_eq!((files[0].name.as_str(), files[0].width), ("b.png", Some(1100)));
    assert_eq!(scene.shelf.keys().len(), 5);
}

async fn a_change_that_gives_signs_of_life_is_left_alone() {
    let scene = Scene::with(|settings| settings.lease = Duration::from_millis(400)).await;
    scene.library.run_sweeper();
    scene.shelf.strike("upload", "", 0, Strike::Delay(Duration::from_millis(1500)));
    let other = scene.again(|_| {}).await;
    let sweeping = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        other.sweep().await.unwrap()
    };
    let (stored, swept) = tokio::join!(scene.upload(text("slow.txt", "slow")), sweeping);
    assert_eq!(swept, 0);
    stored.unwrap();
}

async fn what_the_provider_still_refuses_waits() {
    let scene = Scene::new().await;
    scene.shelf.strike("upload", "", 0, Strike::FailAfter(ErrorKind::StorageFull));
    scene.shelf.strike("delete", "", 0, Strike::Fail(ErrorKind::Unavailable));
    scene.upload(text("a.txt", "a")).await.unwrap_err();
    scene.quiet().await;
    let other = scene.again(|settings| settings.lease = Duration::ZERO).await;
    assert_eq!(other.sweep().await.unwrap(), 0);
    scene.shelf.heal();
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(other.sweep().await.unwrap(), 1);
    scene.assert_nothing_is_left().await;
}

async fn rows_that_wait_do_not_keep_others_from_being_settled() {
    let scene = Scene::new().await;
    scene.shelf.strike("upload", "", 0, Strike::FailAfter(ErrorKind::StorageFull));
    scene.shelf.strike("delete", "", 0, Strike::Fail(ErrorKind::PermissionDenied));
    for index in 0..70 {
        let name = if index < 64 { "stays.txt" } else { "goes.txt" };
        scene.upload(text(name, "x")).await.unwrap_err();
    }
    scene.quiet().await;
    scene.shelf.heal();
    scene.shelf.strike("delete", "stays", 0, Strike::Fail(ErrorKind::PermissionDenied));
    assert_eq!(scene.library.sweep().await.unwrap(), 6);
    assert_eq!(scene.shelf.keys().len(), 64);
}

async fn a_row_that_waits_for_others_of_its_round_is_left_alone() {
    let scene = Scene::with(|settings| settings.lease = Duration::from_millis(400)).await;
    scene.shelf.strike("upload", "", 0, Strike::FailAfter(ErrorKind::StorageFull));
    scene.shelf.strike("delete", "", 0, Strike::Fail(ErrorKind::PermissionDenied));
    for name in ["hangs.txt", "hangs.txt", "hangs.txt", "hangs.txt", "waits.txt", "waits.txt"] {
        scene.upload(text(name, "x")).await.unwrap_err();
    }
    scene.quiet().await;
    scene.shelf.heal();
    scene.shelf.strike("delete", "hangs", 0, Strike::Hang);
    scene.library.run_sweeper();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let other = scene.again(|_| {}).await;
    assert_eq!(other.sweep().await.unwrap(), 0);
    assert_eq!(scene.shelf.keys().len(), 6);
}

async fn a_removal_that_is_refused_as_invalid_ends() {
    let scene = Scene::new().await;
    scene.shelf.strike("upload", "", 0, Strike::Fail(ErrorKind::InvalidInput));
    scene.shelf.strike("delete", "", 0, Strike::Fail(ErrorKind::InvalidInput));
    scene.upload(text("a.txt", "a")).await.unwrap_err();
    scene.assert_nothing_is_left().await;
}
