//! Changes of a process that was killed: another process finishes or undoes them.

use std::time::Duration;

use longshore_provider::ErrorKind;

use crate::{
    both::{Base, over_both},
    storage::Fault,
    test_library::{TestLibrary, number, picture, text},
};

over_both![
    an_upload_that_was_killed_is_undone,
    a_removal_that_was_killed_is_finished,
    a_replacement_that_was_killed_before_its_main_object_is_undone,
    a_replacement_that_was_killed_after_its_main_object_is_finished,
    a_change_with_a_heartbeat_is_left_alone,
    what_the_provider_still_refuses_waits,
    a_removal_that_is_refused_as_invalid_ends,
    rows_that_wait_do_not_keep_others_from_being_settled,
    a_row_that_waits_for_others_of_its_round_is_left_alone,
];

/// The process that dies: its runtime is dropped in the middle of `work`, when the call `last` has come, so that nothing
/// of it runs any longer.
fn killed(
    test: impl Future<Output = TestLibrary> + Send + 'static,
    last: &'static str,
    work: impl AsyncFnOnce(&TestLibrary) + Send + 'static,
) -> TestLibrary {
    let base = Base::current();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let test = runtime.block_on(base.within(test));
        let came = async {
            while !test.storage.calls().iter().any(|call| call.starts_with(last)) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            // What runs beside it may end.
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        runtime.block_on(async {
            tokio::select! {
                () = work(&test) => {}
                () = came => {}
            }
        });
        runtime.shutdown_background();
        test
    })
    .join()
    .unwrap()
}

fn short() -> impl Future<Output = TestLibrary> + Send + 'static {
    TestLibrary::with(|settings| {
        settings.lease = Duration::from_millis(100);
        settings.provider_stall = Duration::from_hours(1);
    })
}

async fn next_process(test: &TestLibrary) -> longshore_media_library::MediaLibrary {
    tokio::time::sleep(Duration::from_millis(200)).await;
    test.storage.clear_faults();
    let library = test.again(|settings| settings.lease = Duration::from_millis(100)).await;
    assert_eq!(library.sweep().await.unwrap(), 1);
    assert_eq!(library.sweep().await.unwrap(), 0);
    library
}

async fn an_upload_that_was_killed_is_undone() {
    let test = killed(short(), "upload root/small_", async |test: &TestLibrary| {
        test.storage.fail_calls("upload", "small_", 0, Fault::Hang);
        let _ = test.upload(picture("a.png", 1100, 800)).await;
    });
    assert_eq!(test.storage.keys().len(), 4);
    let library = next_process(&test).await;
    assert_eq!(test.storage.keys(), Vec::<String>::new());
    assert!(library.find(&longshore_media_library::FindQuery::default()).await.unwrap().is_empty());
}

async fn a_removal_that_was_killed_is_finished() {
    let test = killed(short(), "delete root/small_", async |test: &TestLibrary| {
        let file = test.upload(picture("a.png", 600, 400)).await.unwrap();
        test.storage.fail_calls("delete", "small_", 0, Fault::Hang);
        let _ = test.library.remove(&number(&file)).await;
    });
    assert_eq!(test.storage.keys().len(), 1);
    next_process(&test).await;
    assert_eq!(test.storage.keys(), Vec::<String>::new());
}

async fn replacing(test: &TestLibrary) {
    let file = test.upload(picture("a.png", 600, 400)).await.unwrap();
    let mut replacement = test.library.replace(&number(&file)).await.unwrap();
    replacement.add(picture("b.png", 1100, 800)).await.unwrap();
    let _ = replacement.finish().await;
}

async fn a_replacement_that_was_killed_before_its_main_object_is_undone() {
    for (call, part, last) in [("upload", "medium_", "upload root/medium_"), ("replace", "", "replace")] {
        let test = killed(short(), last, async move |test: &TestLibrary| {
            test.storage.fail_calls(call, part, 0, Fault::Hang);
            replacing(test).await;
        });
        let library = next_process(&test).await;
        let files = library.find(&longshore_media_library::FindQuery::default()).await.unwrap();
        assert_eq!((files[0].name.as_str(), files[0].width), ("a.png", Some(600)), "{call}");
        assert_eq!(test.storage.keys().len(), 3, "{call}");
    }
}

async fn a_replacement_that_was_killed_after_its_main_object_is_finished() {
    let test = killed(short(), "delete", async |test: &TestLibrary| {
        test.storage.fail_calls("delete", "", 0, Fault::Hang);
        replacing(test).await;
    });
    let library = next_process(&test).await;
    let files = library.find(&longshore_media_library::FindQuery::default()).await.unwrap();
    assert_eq!((files[0].name.as_str(), files[0].width), ("b.png", Some(1100)));
    assert_eq!(test.storage.keys().len(), 5);
}

async fn a_change_with_a_heartbeat_is_left_alone() {
    let test = TestLibrary::with(|settings| settings.lease = Duration::from_millis(400)).await;
    test.library.run_sweeper();
    test.storage.fail_calls("upload", "", 0, Fault::Delay(Duration::from_millis(1500)));
    let other = test.again(|_| {}).await;
    let sweeping = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        other.sweep().await.unwrap()
    };
    let (stored, swept) = tokio::join!(test.upload(text("slow.txt", "slow")), sweeping);
    assert_eq!(swept, 0);
    stored.unwrap();
}

async fn what_the_provider_still_refuses_waits() {
    let test = TestLibrary::new().await;
    test.storage.fail_calls("upload", "", 0, Fault::FailAfter(ErrorKind::StorageFull));
    test.storage.fail_calls("delete", "", 0, Fault::Fail(ErrorKind::Unavailable));
    test.upload(text("a.txt", "a")).await.unwrap_err();
    test.quiet().await;
    let other = test.again(|settings| settings.lease = Duration::ZERO).await;
    assert_eq!(other.sweep().await.unwrap(), 0);
    test.storage.clear_faults();
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(other.sweep().await.unwrap(), 1);
    test.assert_nothing_is_left().await;
}

async fn rows_that_wait_do_not_keep_others_from_being_settled() {
    let test = TestLibrary::new().await;
    test.storage.fail_calls("upload", "", 0, Fault::FailAfter(ErrorKind::StorageFull));
    test.storage.fail_calls("delete", "", 0, Fault::Fail(ErrorKind::PermissionDenied));
    for index in 0..70 {
        let name = if index < 64 { "stays.txt" } else { "goes.txt" };
        test.upload(text(name, "x")).await.unwrap_err();
    }
    test.quiet().await;
    test.storage.clear_faults();
    test.storage.fail_calls("delete", "stays", 0, Fault::Fail(ErrorKind::PermissionDenied));
    assert_eq!(test.library.sweep().await.unwrap(), 6);
    assert_eq!(test.storage.keys().len(), 64);
}

async fn a_row_that_waits_for_others_of_its_round_is_left_alone() {
    let test = TestLibrary::with(|settings| settings.lease = Duration::from_millis(400)).await;
    test.storage.fail_calls("upload", "", 0, Fault::FailAfter(ErrorKind::StorageFull));
    test.storage.fail_calls("delete", "", 0, Fault::Fail(ErrorKind::PermissionDenied));
    for name in ["hangs.txt", "hangs.txt", "hangs.txt", "hangs.txt", "waits.txt", "waits.txt"] {
        test.upload(text(name, "x")).await.unwrap_err();
    }
    test.quiet().await;
    test.storage.clear_faults();
    test.storage.fail_calls("delete", "hangs", 0, Fault::Hang);
    test.library.run_sweeper();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let other = test.again(|_| {}).await;
    assert_eq!(other.sweep().await.unwrap(), 0);
    assert_eq!(test.storage.keys().len(), 6);
}

async fn a_removal_that_is_refused_as_invalid_ends() {
    let test = TestLibrary::new().await;
    test.storage.fail_calls("upload", "", 0, Fault::Fail(ErrorKind::InvalidInput));
    test.storage.fail_calls("delete", "", 0, Fault::Fail(ErrorKind::InvalidInput));
    test.upload(text("a.txt", "a")).await.unwrap_err();
    test.assert_nothing_is_left().await;
}
