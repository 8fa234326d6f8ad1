//! Changing the information about a file.

use std::time::Duration;

use super::{
    fixture::{Fixture, LEASE, add_one, claim_for, file, pend, plan},
    over_both,
};
use crate::{FileId, FileInfo, FocalPoint, InfoUpdate, MediaFile, Phase, Plan, RowState, Store};

over_both![
    what_is_said_changes_and_the_rest_stays,
    an_empty_text_is_kept_as_one,
    an_unseen_file_does_not_change,
    a_file_changes_before_or_after_its_replacement,
];

async fn update(store: &Store, id: &FileId, info: &FileInfo) -> MediaFile {
    let update = store.update_info(id, info).await.unwrap();
    let InfoUpdate::Updated(file) = update else { panic!("{update:?}") };
    *file
}

async fn what_is_said_changes_and_the_rest_stays(fixture: &Fixture) {
    let store = fixture.open().await;
    let given = MediaFile {
        alternative_text: Some("alt".to_owned()),
        caption: Some("caption".to_owned()),
        focal_point: Some(FocalPoint { x: 1.0, y: 2.0 }),
        ..file("a")
    };
    let added = add_one(&store, given).await;
    let id = FileId::Document(added.document_id.clone());

    let kept = update(&store, &id, &FileInfo::default()).await;
    assert!(kept.updated_at >= added.updated_at);
    assert_eq!(kept, MediaFile { updated_at: kept.updated_at, ..added.clone() });

    let info = FileInfo {
        name: Some("ß.txt".to_owned()),
        alternative_text: Some("other".to_owned()),
        caption: None,
        focal_point: Some(FocalPoint { x: 50.0, y: 33.3 }),
        ..FileInfo::default()
    };
    let changed = update(&store, &id, &info).await;
    let expected = MediaFile {
        name: "ß.txt".to_owned(),
        alternative_text: Some("other".to_owned()),
        focal_point: info.focal_point,
        updated_at: changed.updated_at,
        ..added
    };
    assert_eq!(changed, expected);
    assert_eq!(store.get(&id).await.unwrap(), Some(expected));
}

async fn an_empty_text_is_kept_as_one(fixture: &Fixture) {
    let store = fixture.open().await;
    let added = add_one(&store, MediaFile { caption: Some("caption".to_owned()), ..file("a") }).await;
    let info = FileInfo { caption: Some(String::new()), ..FileInfo::default() };
    let changed = update(&store, &FileId::Number(added.id), &info).await;
    assert_eq!(changed.caption.as_deref(), Some(""));
}

async fn an_unseen_file_does_not_change(fixture: &Fixture) {
    let store = fixture.open().await;
    let (_claim, pending) = pend(&store, vec![file("a")]).await.remove(0);
    let info = FileInfo { name: Some("b".to_owned()), ..FileInfo::default() };
    assert_eq!(store.update_info(&FileId::Number(pending.id), &info).await.unwrap(), InfoUpdate::Missing);
    assert_eq!(store.update_info(&FileId::Number(-1), &info).await.unwrap(), InfoUpdate::Missing);
    assert_eq!(store.update_info(&FileId::Document("none".to_owned()), &info).await.unwrap(), InfoUpdate::Missing);
}

async fn a_file_changes_before_or_after_its_replacement(fixture: &Fixture) {
    let store = fixture.open().await;
    let added = add_one(&store, file("a")).await;
    let id = FileId::Number(added.id);
    let info = FileInfo { caption: Some("new".to_owned()), ..FileInfo::default() };
    let replacing = claim_for(&store, Duration::ZERO, added.id, RowState::Replacing).await;
    replacing.renew(LEASE).await.unwrap();
    assert_eq!(store.update_info(&id, &info).await.unwrap(), InfoUpdate::Busy { expired: false });
    replacing.set_plan(&plan()).await.unwrap();
    assert_eq!(store.update_info(&id, &info).await.unwrap(), InfoUpdate::Busy { expired: false });
    // The row contains the new file by now, and its old formats hold no update up.
    replacing.set_plan(&Plan { phase: Phase::Cleaning, ..plan() }).await.unwrap();
    assert_eq!(update(&store, &id, &info).await.caption.as_deref(), Some("new"));
    replacing.renew(Duration::ZERO).await.unwrap();
    replacing.set_plan(&plan()).await.unwrap();
    assert_eq!(store.update_info(&id, &info).await.unwrap(), InfoUpdate::Busy { expired: true });
    replacing.release().await.unwrap();
    update(&store, &id, &info).await;
}
