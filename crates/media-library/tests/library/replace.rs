//! Replacing files.

use std::time::{Duration, Instant};

use longshore_media_library::{Cleared, Error, FileInfo, Incoming, Infos, MediaFile, Result};
use longshore_provider::ErrorKind;

use crate::{
    both::over_both,
    storage::Fault,
    test_library::{TestLibrary, flowing, number, picture, text},
};

over_both![
    the_url_stays_and_the_bytes_change,
    old_formats_go_and_new_ones_have_keys_of_their_own,
    an_image_replaced_by_a_text_has_no_dimensions_any_longer,
    a_replacement_keeps_information_that_is_not_sent_again,
    a_replacement_that_breaks_or_is_dropped_changes_nothing,
    a_replacement_that_fails_changes_nothing_where_tags_have_changed_since_the_upload,
    a_format_that_cannot_be_stored_changes_nothing,
    a_replacement_that_was_refused_leaves_its_file_unlocked,
    a_replaced_file_loses_its_focal_point,
    a_stalled_replacement_does_not_write_to_the_next_one,
    a_main_object_whose_answer_was_lost_is_rolled_forward,
    two_replacements_and_a_removal_at_once_leave_what_belongs_together,
    several_files_cannot_replace_one,
    an_update_during_a_replacement_waits_for_its_end,
    a_format_that_arrives_after_it_was_given_up_is_removed,
    a_main_object_that_arrives_after_it_was_given_up_gets_its_row,
    a_file_can_be_changed_as_soon_as_its_late_main_object_has_arrived,
    a_main_object_that_has_not_arrived_yet_is_waited_for,
    a_replacement_that_fails_is_undone_also_where_nobody_may_look_at_objects,
    a_main_object_with_an_unknown_outcome_is_looked_at_once_per_decision,
    a_late_main_object_is_looked_at_again_soon_after_a_look_that_failed,
    changes_of_a_file_with_an_unknown_outcome_are_refused_in_time_when_its_provider_hangs,
    a_replacement_that_lost_its_lease_overwrites_nothing,
    a_main_object_that_is_written_after_its_lease_was_lost_gets_its_row,
    a_main_object_that_is_written_after_its_file_was_removed_is_removed,
];

async fn replace(test: &TestLibrary, file: &MediaFile, incoming: Incoming) -> Result<MediaFile> {
    let mut replacement = test.library.replace(&number(file)).await?;
    replacement.add(incoming).await?;
    replacement.finish().await
}

async fn the_url_stays_and_the_bytes_change() {
    let test = TestLibrary::new().await;
    let file = test.upload(text("a.txt", "old")).await.unwrap();
    let now = replace(&test, &file, text("b.md", "new bytes")).await.unwrap();
    assert_eq!(
        (now.id, &now.url, &now.hash, &now.ext, &now.key),
        (file.id, &file.url, &file.hash, &file.ext, &file.key)
    );
    assert_eq!((now.name.as_str(), now.size_bytes), ("b.md", 9));
    assert_eq!(test.storage.bytes(now.key.as_deref().unwrap()).unwrap(), "new bytes");
    assert_eq!(test.files().await, vec![now]);
    assert_eq!(test.storage.keys().len(), 1);
}

async fn old_formats_go_and_new_ones_have_keys_of_their_own() {
    let test = TestLibrary::new().await;
    let file = test.upload(picture("a.png", 1100, 800)).await.unwrap();
    let old: Vec<_> = file.formats.iter().flatten().map(|format| format.key.clone().unwrap()).collect();
    let now = replace(&test, &file, picture("b.png", 600, 400)).await.unwrap();
    assert_eq!((now.width, now.height), (Some(600), Some(400)));
    let new: Vec<_> = now.formats.iter().flatten().map(|format| format.key.clone().unwrap()).collect();
    assert_eq!(new.len(), 2);
    assert!(old.iter().all(|key| !new.contains(key)));
    let mut expected = new;
    expected.push(now.key.clone().unwrap());
    expected.sort();
    assert_eq!(test.storage.keys(), expected);
}

async fn an_image_replaced_by_a_text_has_no_dimensions_any_longer() {
    let test = TestLibrary::new().await;
    let file = test.upload(picture("a.png", 600, 400)).await.unwrap();
    let now = replace(&test, &file, text("b.txt", "text")).await.unwrap();
    assert_eq!((now.width, now.height, &now.formats), (None, None, &None));
    assert_eq!(test.storage.keys().len(), 1);
}

async fn a_replacement_keeps_information_that_is_not_sent_again() {
    let test = TestLibrary::new().await;
    let mut batch = test.library.begin().unwrap();
    batch.add(text("a.txt", "old")).await.unwrap();
    let said = |text: &str| FileInfo {
        caption: Some(text.into()),
        alternative_text: Some(text.into()),
        ..FileInfo::default()
    };
    batch.set_infos(Infos::One(said("first")));
    let file = batch.finish().await.unwrap().remove(0);
    let mut replacement = test.library.replace(&number(&file)).await.unwrap();
    replacement.add(flowing("b.bin", 8, false)).await.unwrap();
    replacement.set_infos(Infos::One(FileInfo { caption: Some("second".into()), ..FileInfo::default() }));
    let now = replacement.finish().await.unwrap();
    assert_eq!((now.caption.as_deref(), now.alternative_text.as_deref()), (Some("second"), Some("first")));
    let mut replacement = test.library.replace(&number(&file)).await.unwrap();
    replacement.add(flowing("b.bin", 8, false)).await.unwrap();
    let cleared = Cleared { caption: true, alternative_text: false };
    replacement.set_infos(Infos::One(FileInfo { cleared, ..FileInfo::default() }));
    let now = replacement.finish().await.unwrap();
    assert_eq!((now.caption, now.alternative_text.as_deref()), (None, Some("first")));
    assert_eq!(now.size_bytes, 8 * 16 * 1024);
}

async fn a_replacement_that_breaks_or_is_dropped_changes_nothing() {
    let test = TestLibrary::new().await;
    let file = test.upload(picture("a.png", 600, 400)).await.unwrap();
    let keys = test.storage.keys();
    let bytes = test.storage.bytes(file.key.as_deref().unwrap()).unwrap();
    assert!(matches!(replace(&test, &file, flowing("b.bin", 8, true)).await, Err(Error::BrokenBody(_))));
    let mut replacement = test.library.replace(&number(&file)).await.unwrap();
    replacement.add(flowing("b.bin", 8, false)).await.unwrap();
    drop(replacement);
    test.quiet().await;
    assert_eq!(test.storage.keys(), keys);
    assert_eq!(test.storage.bytes(file.key.as_deref().unwrap()).unwrap(), bytes);
    assert_eq!(test.files().await, vec![file]);
}

async fn a_replacement_that_fails_changes_nothing_where_tags_have_changed_since_the_upload() {
    let test = TestLibrary::new().await;
    let file = test.upload(picture("a.png", 600, 400)).await.unwrap();
    test.storage.copy_and_restore();
    let keys = test.storage.keys();
    assert!(matches!(replace(&test, &file, flowing("b.bin", 8, true)).await, Err(Error::BrokenBody(_))));
    let mut replacement = test.library.replace(&number(&file)).await.unwrap();
    replacement.add(flowing("b.bin", 8, false)).await.unwrap();
    drop(replacement);
    test.quiet().await;
    test.storage.fail_calls("replace", "", 0, Fault::Fail(ErrorKind::StorageFull));
    assert!(matches!(replace(&test, &file, picture("b.png", 1100, 800)).await, Err(Error::Provider { .. })));
    assert_eq!(test.storage.keys(), keys);
    assert_eq!(test.files().await, vec![file]);
}

async fn a_format_that_cannot_be_stored_changes_nothing() {
    let test = TestLibrary::new().await;
    let file = test.upload(picture("a.png", 600, 400)).await.unwrap();
    let keys = test.storage.keys();
    test.storage.fail_calls("upload", "medium_", 0, Fault::Fail(ErrorKind::Unavailable));
    assert!(matches!(replace(&test, &file, picture("b.png", 1100, 800)).await, Err(Error::Provider { .. })));
    test.storage.clear_faults();
    test.quiet().await;
    assert_eq!(test.storage.keys(), keys);
    assert_eq!(test.files().await, vec![file.clone()]);
    replace(&test, &file, picture("b.png", 1100, 800)).await.unwrap();
}

async fn a_main_object_whose_answer_was_lost_is_rolled_forward() {
    let test = TestLibrary::new().await;
    let file = test.upload(picture("a.png", 600, 400)).await.unwrap();
    test.storage.fail_calls("replace", "", 0, Fault::FailAfter(ErrorKind::Timeout));
    assert!(replace(&test, &file, picture("b.png", 1100, 800)).await.is_err());
    test.storage.clear_faults();
    test.quiet().await;
    let now = test.files().await.remove(0);
    assert_eq!((now.width, now.name.as_str()), (Some(1100), "b.png"), "the row belongs to the object that is stored");
    assert_eq!(test.storage.keys().len(), 5);
    let stored = test.storage.bytes(now.key.as_deref().unwrap()).unwrap();
    assert_eq!(now.size_bytes, stored.len() as u64);
}

async fn two_replacements_and_a_removal_at_once_leave_what_belongs_together() {
    for _ in 0..5 {
        let test = TestLibrary::new().await;
        let file = test.upload(picture("a.png", 600, 400)).await.unwrap();
        let id = number(&file);
        let (one, other, removed) = tokio::join!(
            replace(&test, &file, picture("b.png", 700, 500)),
            replace(&test, &file, text("c.txt", "text")),
            test.library.remove(&id),
        );
        for outcome in [one.map(drop), other.map(drop)] {
            assert!(matches!(outcome, Ok(()) | Err(Error::NotFound(_))), "{outcome:?}");
        }
        removed.unwrap();
        test.assert_nothing_is_left().await;
    }
}

async fn several_files_cannot_replace_one() {
    let test = TestLibrary::new().await;
    let file = test.upload(text("a.txt", "old")).await.unwrap();
    let mut replacement = test.library.replace(&number(&file)).await.unwrap();
    replacement.add(text("b.txt", "new")).await.unwrap();
    assert!(matches!(replacement.add(text("c.txt", "new")).await, Err(Error::SeveralReplacements)));
    drop(replacement);
    assert_eq!(test.files().await, vec![file]);
}

async fn an_update_during_a_replacement_waits_for_its_end() {
    let test = TestLibrary::new().await;
    let file = test.upload(text("a.txt", "old")).await.unwrap();
    let id = number(&file);
    let mut replacement = test.library.replace(&id).await.unwrap();
    replacement.add(flowing("b.bin", 8, false)).await.unwrap();
    let said = FileInfo { name: Some("c.txt".into()), caption: Some("said".into()), ..FileInfo::default() };
    let late = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        replacement.finish().await
    };
    let (updated, replaced) = tokio::join!(test.library.update(&id, said), late);
    assert_eq!(replaced.unwrap().name, "b.bin");
    let now = test.files().await.remove(0);
    assert_eq!((now.name.as_str(), now.caption.as_deref(), now.size_bytes), ("c.txt", Some("said"), 8 * 16 * 1024));
    assert_eq!(updated.unwrap(), now);
}

async fn a_format_that_arrives_after_it_was_given_up_is_removed() {
    let test = TestLibrary::impatient().await;
    let file = test.upload(picture("a.png", 600, 400)).await.unwrap();
    let keys = test.storage.keys();
    test.storage.fail_calls("upload", "medium_", 0, Fault::Late(Duration::from_millis(300)));
    assert!(replace(&test, &file, picture("b.png", 1100, 800)).await.is_err());
    test.storage.clear_faults();
    assert_eq!(test.storage.keys(), keys);
    assert_eq!(test.files().await, vec![file.clone()]);
    let now = replace(&test, &file, text("c.txt", "text")).await.unwrap();
    assert_eq!(test.after_unknown_outcomes().await, 1);
    assert_eq!(test.storage.keys(), [now.key.unwrap()]);
}

async fn a_main_object_that_arrives_after_it_was_given_up_gets_its_row() {
    let test = TestLibrary::impatient().await;
    let file = test.upload(picture("a.png", 600, 400)).await.unwrap();
    test.storage.fail_calls("replace", "", 0, Fault::Late(Duration::from_millis(300)));
    assert!(replace(&test, &file, picture("b.png", 1100, 800)).await.is_err());
    test.storage.clear_faults();
    assert_eq!(test.files().await, vec![file]);
    assert_eq!(test.after_unknown_outcomes().await, 1);
    let now = test.files().await.remove(0);
    let stored = test.storage.bytes(now.key.as_deref().unwrap()).unwrap();
    assert_eq!((now.name.as_str(), now.width, now.size_bytes), ("b.png", Some(1100), stored.len() as u64));
    assert_eq!(test.storage.keys().len(), 5);
}

async fn a_file_can_be_changed_as_soon_as_its_late_main_object_has_arrived() {
    let test = TestLibrary::new().await;
    let file = test.upload(picture("a.png", 600, 400)).await.unwrap();
    test.storage.fail_calls("replace", "", 0, Fault::Late(Duration::from_millis(300)));
    assert!(replace(&test, &file, picture("b.png", 1100, 800)).await.is_err());
    test.storage.clear_faults();
    let now = replace(&test, &file, text("c.txt", "text")).await.unwrap();
    assert_eq!(test.files().await, vec![now.clone()]);
    assert_eq!(test.storage.bytes(now.key.as_deref().unwrap()).unwrap(), "text");
    assert_eq!(test.storage.keys().len(), 1);
}

async fn a_main_object_that_has_not_arrived_yet_is_waited_for() {
    let test = TestLibrary::new().await;
    let file = test.upload(text("a.txt", "old")).await.unwrap();
    test.storage.fail_calls("replace", "", 0, Fault::Late(Duration::from_secs(3)));
    assert!(replace(&test, &file, text("b.txt", "new ones")).await.is_err());
    test.storage.clear_faults();
    let mut looks = 0;
    while test.library.sweep().await.unwrap() == 0 {
        looks += 1;
        assert!(looks < 200, "it is never settled");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(looks > 15, "{looks}");
    let now = test.files().await.remove(0);
    assert_eq!((now.name.as_str(), now.size_bytes), ("b.txt", 8));
    assert_eq!(test.storage.bytes(now.key.as_deref().unwrap()).unwrap(), "new ones");
}

async fn a_replacement_that_fails_is_undone_also_where_nobody_may_look_at_objects() {
    for (kind, later) in [(ErrorKind::StorageFull, 0), (ErrorKind::Unavailable, 1)] {
        let test = TestLibrary::impatient().await;
        let file = test.upload(picture("a.png", 600, 400)).await.unwrap();
        let keys = test.storage.keys();
        test.storage.fail_calls("head", "", 0, Fault::Fail(ErrorKind::PermissionDenied));
        test.storage.fail_calls("replace", "", 0, Fault::Fail(kind));
        assert!(replace(&test, &file, picture("b.png", 1100, 800)).await.is_err());
        assert_eq!(test.after_unknown_outcomes().await, later);
        assert_eq!(test.storage.keys(), keys);
        test.library.update(&number(&file), FileInfo::default()).await.unwrap();
    }
}

async fn a_main_object_with_an_unknown_outcome_is_looked_at_once_per_decision() {
    for arrives in [Fault::FailAfter(ErrorKind::Timeout), Fault::Late(Duration::from_millis(300))] {
        let test = TestLibrary::new().await;
        let file = test.upload(text("a.txt", "old")).await.unwrap();
        test.storage.fail_calls("replace", "", 0, arrives);
        assert!(replace(&test, &file, text("b.txt", "new ones")).await.is_err());
        tokio::time::sleep(Duration::from_millis(1100)).await;
        test.library.sweep().await.unwrap();
        assert_eq!(test.files().await.remove(0).name, "b.txt");
        let looks = test.storage.calls().iter().filter(|call| call.starts_with("head ")).count();
        // One before it was written; after it one that saw the old one, if it came late, and one that saw it.
        assert!((2..=3).contains(&looks), "{looks}");
    }
}

async fn a_late_main_object_is_looked_at_again_soon_after_a_look_that_failed() {
    let test = TestLibrary::new().await;
    let file = test.upload(text("a.txt", "old")).await.unwrap();
    test.storage.fail_calls("replace", "", 0, Fault::Late(Duration::from_millis(300)));
    assert!(replace(&test, &file, text("b.txt", "new ones")).await.is_err());
    test.storage.clear_faults();
    test.storage.fail_calls("head", "", 0, Fault::Fail(ErrorKind::Unavailable));
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let looks = test.storage.calls().len();
    assert_eq!(test.library.sweep().await.unwrap(), 0);
    assert_eq!(test.storage.calls().len(), looks + 1);
    test.storage.clear_faults();
    let now = replace(&test, &file, text("c.txt", "text")).await.unwrap();
    assert_eq!(test.storage.bytes(now.key.as_deref().unwrap()).unwrap(), "text");
}

async fn changes_of_a_file_with_an_unknown_outcome_are_refused_in_time_when_its_provider_hangs() {
    let test = TestLibrary::with(|settings| settings.provider_stall = Duration::from_secs(30)).await;
    let file = test.upload(text("a.txt", "old")).await.unwrap();
    test.storage.fail_calls("replace", "", 0, Fault::Fail(ErrorKind::Timeout));
    assert!(replace(&test, &file, text("b.txt", "new ones")).await.is_err());
    test.storage.fail_calls("head", "", 0, Fault::Hang);
    let (id, begun) = (number(&file), Instant::now());
    let (updated, removed) = tokio::join!(test.library.update(&id, FileInfo::default()), test.library.remove(&id));
    assert!(matches!(updated, Err(Error::Busy(_))), "{updated:?}");
    assert!(matches!(removed, Err(Error::Busy(_))), "{removed:?}");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

/// Another process reconciles the changes of this one, whose leases have ended.
async fn reconcile_in_another_process(test: &TestLibrary) {
    tokio::time::sleep(Duration::from_millis(200)).await;
    let other = test.again(|_| {}).await;
    assert_eq!(other.sweep().await.unwrap(), 1);
}

async fn a_replacement_that_lost_its_lease_overwrites_nothing() {
    let test = TestLibrary::with(|settings| settings.lease = Duration::from_millis(100)).await;
    let file = test.upload(text("a.txt", "old")).await.unwrap();
    let mut replacement = test.library.replace(&number(&file)).await.unwrap();
    replacement.add(flowing("b.bin", 8, false)).await.unwrap();
    reconcile_in_another_process(&test).await;
    assert!(matches!(replacement.finish().await, Err(Error::LostLease)));
    test.quiet().await;
    assert_eq!(test.storage.bytes(file.key.as_deref().unwrap()).unwrap(), "old");
    assert_eq!(test.files().await, vec![file]);
}

async fn a_main_object_that_is_written_after_its_lease_was_lost_gets_its_row() {
    let test = TestLibrary::with(|settings| settings.lease = Duration::from_millis(100)).await;
    let file = test.upload(picture("a.png", 600, 400)).await.unwrap();
    test.storage.fail_calls("replace", "", 0, Fault::Delay(Duration::from_millis(1500)));
    let (replaced, ()) = tokio::join!(replace(&test, &file, picture("b.png", 1100, 800)), async {
        while !test.storage.calls().iter().any(|call| call.starts_with("replace")) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        reconcile_in_another_process(&test).await;
        assert_eq!(test.files().await, vec![file.clone()]);
    });
    let now = replaced.unwrap();
    let stored = test.storage.bytes(now.key.as_deref().unwrap()).unwrap();
    assert_eq!((now.name.as_str(), now.width, now.size_bytes), ("b.png", Some(1100), stored.len() as u64));
    assert_eq!(now.formats, None, "the other process has removed them");
    test.quiet().await;
    assert_eq!(test.files().await, vec![now]);
    assert_eq!(test.storage.keys(), [file.key.unwrap()]);
}

async fn a_main_object_that_is_written_after_its_file_was_removed_is_removed() {
    let test = TestLibrary::with(|settings| settings.lease = Duration::from_millis(100)).await;
    let file = test.upload(picture("a.png", 600, 400)).await.unwrap();
    test.storage.fail_calls("replace", "", 0, Fault::Delay(Duration::from_millis(1500)));
    let (replaced, ()) = tokio::join!(replace(&test, &file, picture("b.png", 1100, 800)), async {
        while !test.storage.calls().iter().any(|call| call.starts_with("replace")) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        reconcile_in_another_process(&test).await;
        test.again(|_| {}).await.remove(&number(&file)).await.unwrap();
    });
    assert!(matches!(replaced, Err(Error::NotFound(_))), "{replaced:?}");
    test.assert_nothing_is_left().await;
}

async fn a_replacement_that_was_refused_leaves_its_file_unlocked() {
    let test = TestLibrary::new().await;
    let file = test.upload(picture("a.png", 600, 400)).await.unwrap();
    let keys = test.storage.keys();
    // The service has no room: it can neither write nor, at the moment, say what it has or remove anything.
    test.storage.fail_calls("replace", "", 0, Fault::Fail(ErrorKind::StorageFull));
    test.storage.fail_calls("head", "", 1, Fault::Fail(ErrorKind::Unavailable));
    test.storage.fail_calls("delete", "", 0, Fault::Fail(ErrorKind::StorageFull));
    assert!(replace(&test, &file, picture("b.png", 1100, 800)).await.is_err());
    let begun = Instant::now();
    let info = FileInfo { caption: Some("changed".into()), ..FileInfo::default() };
    test.library.update(&number(&file), info).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5), "the file was locked for {:?}", begun.elapsed());
    test.storage.clear_faults();
    assert_eq!(test.library.sweep().await.unwrap(), 1, "the new formats are removed");
    assert_eq!(test.storage.keys(), keys);
}

async fn a_replaced_file_loses_its_focal_point() {
    let test = TestLibrary::new().await;
    let file = test.upload(picture("a.png", 600, 400)).await.unwrap();
    let focal_point = Some(longshore_media_library::FocalPoint { x: 10.0, y: 20.0 });
    let info = FileInfo { focal_point, ..FileInfo::default() };
    let file = test.library.update(&number(&file), info.clone()).await.unwrap();
    assert_eq!(file.focal_point, focal_point);
    let now = replace(&test, &file, picture("b.png", 700, 500)).await.unwrap();
    assert_eq!(now.focal_point, None);
    let mut replacement = test.library.replace(&number(&file)).await.unwrap();
    replacement.add(picture("c.png", 600, 400)).await.unwrap();
    replacement.set_infos(Infos::One(info));
    assert_eq!(replacement.finish().await.unwrap().focal_point, focal_point);
}

async fn a_stalled_replacement_does_not_write_to_the_next_one() {
    let test = TestLibrary::with(|settings| settings.lease = Duration::from_millis(100)).await;
    let file = test.upload(text("a.txt", "old")).await.unwrap();
    let mut stalled = test.library.replace(&number(&file)).await.unwrap();
    stalled.add(flowing("b.bin", 8, false)).await.unwrap();
    reconcile_in_another_process(&test).await;
    // The same process claims the file again.
    let mut next = test.library.replace(&number(&file)).await.unwrap();
    next.add(flowing("c.bin", 9, false)).await.unwrap();
    assert!(matches!(stalled.finish().await, Err(Error::LostLease)));
    let now = next.finish().await.unwrap();
    assert_eq!((now.name.as_str(), now.size_bytes), ("c.bin", 9 * 16 * 1024));
    assert_eq!(test.files().await, vec![now]);
}
