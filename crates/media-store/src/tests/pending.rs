//! New files.

use std::time::Duration;

use serde_json::json;

use super::{
    fixture::{Fixture, LEASE, add_one, file, pend, pend_for, plan, publish},
    over_both,
};
use crate::{
    Announce, Connection, Error, FileId, FindQuery, FocalPoint, Format, Link, MediaFile, Operation, PendingFile,
    RowState, Store,
};

over_both![
    a_pending_file_is_not_seen,
    a_finished_file_is_what_was_stored,
    times_are_the_databases,
    all_files_of_a_batch_are_finished_or_none,
    a_row_is_finished_once,
    a_row_is_given_up_or_finished,
    an_id_is_not_given_twice,
    files_are_attached_behind_each_other,
    files_that_are_attached_at_once_have_positions_of_their_own,
    a_nul_in_a_text_is_replaced,
    an_empty_batch_is_nothing,
    a_closed_store_says_so,
];

/// A file with everything that a file can have.
fn full() -> MediaFile {
    let format = |name: &str| Format {
        format: name.to_owned(),
        name: format!("{name}_photo.png"),
        hash: format!("{name}_photo_0123456789"),
        ext: ".png".to_owned(),
        mime: "image/png".to_owned(),
        path: Some("a/b".to_owned()),
        width: 234,
        height: 156,
        size_bytes: 12_345,
        url: format!("https://cdn.example/{name}.png"),
        key: Some(format!("a/b/{name}.png")),
        etag: Some("0a1b".to_owned()),
        provider_metadata: Some(json!({ "generation": 7 })),
    };
    MediaFile {
        alternative_text: Some("Ein „Bild“ \u{1f980}".to_owned()),
        caption: Some(String::new()),
        focal_point: Some(FocalPoint { x: 12.5, y: 100.0 }),
        width: Some(4000),
        height: Some(3000),
        // Not in the order of their names.
        formats: Some(vec![format("thumbnail"), format("large"), format("medium")]),
        ext: ".png".to_owned(),
        mime: "image/png".to_owned(),
        size_bytes: 5_000_000_000,
        preview_url: Some("https://cdn.example/preview".to_owned()),
        provider: "aws-s3-private".to_owned(),
        provider_metadata: Some(json!({ "b": [1, null], "a": "x" })),
        key: Some("root/a/b/photo.png".to_owned()),
        path: Some("a/b".to_owned()),
        etag: Some("feed".to_owned()),
        checksum: Some("crc64nvme:AAAAAAAAAAA=".to_owned()),
        provider_chain: vec!["aws-s3-private".to_owned(), "aws-s3".to_owned()],
        ..file("photo.png")
    }
}

async fn number_of_files(store: &Store) -> u64 {
    store.count(&FindQuery::default()).await.unwrap()
}

async fn a_pending_file_is_not_seen(fixture: &Fixture) {
    let store = fixture.open().await;
    let (_claim, file) = pend(&store, vec![file("a")]).await.remove(0);
    assert_eq!(store.get(&FileId::Number(file.id)).await.unwrap(), None);
    assert_eq!(store.get(&FileId::Document(file.document_id)).await.unwrap(), None);
    assert_eq!(store.get_many(&[file.id]).await.unwrap(), []);
    assert_eq!(store.find(&FindQuery::default()).await.unwrap(), []);
    assert_eq!(number_of_files(&store).await, 0);
}

async fn a_finished_file_is_what_was_stored(fixture: &Fixture) {
    let store = fixture.open().await;
    for given in [full(), file("plain.txt"), MediaFile { formats: Some(Vec::new()), ..file("none.txt") }] {
        let added = add_one(&store, given.clone()).await;
        let expected = MediaFile {
            id: added.id,
            created_at: added.created_at,
            updated_at: added.created_at,
            published_at: added.created_at,
            ..given
        };
        assert_eq!(added, expected);
        assert_eq!(store.get(&FileId::Number(added.id)).await.unwrap().as_ref(), Some(&added));
        assert_eq!(store.get(&FileId::Document(added.document_id.clone())).await.unwrap().as_ref(), Some(&added));
        assert_eq!(store.get_many(&[added.id]).await.unwrap(), [added]);
    }
}

async fn times_are_the_databases(fixture: &Fixture) {
    let store = fixture.open().await;
    let before = add_one(&store, file("a")).await.created_at;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    // The server runs on this machine: the clocks are one. A minute tells seconds and time zones from milliseconds.
    assert!(now.abs_diff(u128::try_from(before).unwrap()) < 60_000, "{before} and {now}");
    assert!(add_one(&store, file("b")).await.created_at >= before);
}

async fn all_files_of_a_batch_are_finished_or_none(fixture: &Fixture) {
    let store = fixture.open().await;
    let mut files = pend(&store, vec![file("a"), file("b"), file("c")]).await;
    files[2].0.remove(Announce::No).await.unwrap();
    let link = Link { reference: "api::a.a".to_owned(), id: "1".to_owned(), field: "images".to_owned() };
    let error = publish(&store, &files, Some(&link)).await.unwrap_err();
    assert!(matches!(error, Error::LostLease), "{error:?}");
    assert_eq!(number_of_files(&store).await, 0);
    assert_eq!(store.links_of(&[files[0].0.id(), files[1].0.id()]).await.unwrap(), []);

    files.pop();
    assert_eq!(publish(&store, &files, None).await.unwrap().len(), 2);
    assert_eq!(number_of_files(&store).await, 2);
}

async fn a_row_is_finished_once(fixture: &Fixture) {
    let store = fixture.open().await;
    let files = pend(&store, vec![file("a")]).await;
    publish(&store, &files, None).await.unwrap();
    let error = publish(&store, &files, None).await.unwrap_err();
    assert!(matches!(error, Error::LostLease), "{error:?}");
}

async fn an_id_is_not_given_twice(fixture: &Fixture) {
    let store = fixture.open().await;
    let (claim, first) = pend(&store, vec![file("a")]).await.remove(0);
    claim.remove(Announce::No).await.unwrap();
    let (_, second) = pend(&store, vec![file("b")]).await.remove(0);
    assert!(second.id > first.id, "{} after {}", second.id, first.id);
}

async fn files_are_attached_behind_each_other(fixture: &Fixture) {
    let store = fixture.open().await;
    let link = |field: &str| Link { reference: "api::a.a".to_owned(), id: "x7".to_owned(), field: field.to_owned() };
    let files = pend(&store, vec![file("a"), file("b"), file("c"), file("d")]).await;
    let ids: Vec<i64> = files.iter().map(|(claim, _)| claim.id()).collect();
    publish(&store, &files[..2], Some(&link("images"))).await.unwrap();
    publish(&store, &files[2..3], Some(&link("images"))).await.unwrap();
    publish(&store, &files[3..], Some(&link("cover"))).await.unwrap();

    let links = store.links_of(&ids).await.unwrap();
    let placed: Vec<_> = links.iter().map(|link| (link.file_id, link.link.field.as_str(), link.position)).collect();
    assert_eq!(placed, [(ids[0], "images", 1), (ids[1], "images", 2), (ids[2], "images", 3), (ids[3], "cover", 1)]);
    assert_eq!(links[0].link, link("images"));
}

async fn files_that_are_attached_at_once_have_positions_of_their_own(fixture: &Fixture) {
    let store = fixture.open().await;
    let link = Link { reference: "api::a.a".to_owned(), id: "x7".to_owned(), field: "images".to_owned() };
    let mut attaching = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (store, link) = (store.clone(), link.clone());
        attaching.spawn(async move {
            let files = pend(&store, vec![file("a"), file("b"), file("c")]).await;
            publish(&store, &files, Some(&link)).await.unwrap();
            files.iter().map(|(claim, _)| claim.id()).collect::<Vec<_>>()
        });
    }
    let ids = attaching.join_all().await.concat();
    let mut positions: Vec<i64> = store.links_of(&ids).await.unwrap().iter().map(|link| link.position).collect();
    positions.sort_unstable();
    assert_eq!(positions, (1..=24).collect::<Vec<_>>());
}

async fn a_nul_in_a_text_is_replaced(fixture: &Fixture) {
    let store = fixture.open().await;
    let added = add_one(&store, MediaFile { caption: Some("a\0b".to_owned()), ..file("a") }).await;
    let found = store.get(&FileId::Number(added.id)).await.unwrap().unwrap();
    assert_eq!(found.caption.as_deref(), Some("a\u{fffd}b"));
}

async fn an_empty_batch_is_nothing(fixture: &Fixture) {
    let store = fixture.open().await;
    assert!(store.insert_pending(LEASE, Vec::new()).await.unwrap().is_empty());
    assert_eq!(publish(&store, &[], None).await.unwrap(), []);
    assert_eq!(store.get_many(&[]).await.unwrap(), []);
    assert_eq!(store.links_of(&[]).await.unwrap(), []);
}

async fn a_closed_store_says_so(fixture: &Fixture) {
    let store = fixture.open().await;
    store.ping(LEASE).await.unwrap();
    let kept = add_one(&store, file("a")).await;
    store.close().await;
    store.closed().await;
    store.close().await;
    assert!(matches!(store.ping(LEASE).await.unwrap_err(), Error::Closed));
    let pending = vec![PendingFile::of(&file("b"), plan())];
    assert!(matches!(store.insert_pending(LEASE, pending).await.unwrap_err(), Error::Closed));

    let again = fixture.open().await;
    assert_eq!(again.get(&FileId::Number(kept.id)).await.unwrap(), Some(kept));
}

async fn a_row_is_given_up_or_finished(fixture: &Fixture) {
    let store = fixture.open().await;
    let mut files = pend_for(&store, Duration::ZERO, vec![file("a"), file("b")]).await;
    files[1].0.mark_for_deletion().await.unwrap();
    assert!(matches!(publish(&store, &files, None).await, Err(Error::LostLease)));
    publish(&store, &files[..1], None).await.unwrap();
    assert!(matches!(files[0].0.mark_for_deletion().await, Err(Error::LostLease)));
    files.remove(1).0.abandon(Duration::ZERO).await.unwrap();
    let left = store.take_expired(LEASE, 5).await.unwrap();
    assert_eq!((left.len(), left[0].state, &left[0].plan), (1, RowState::Deleting, &Some(plan())));
}

/// Makes a row visible, and takes its time over it.
struct SlowFinish(i64);

impl Operation for SlowFinish {
    type Output = ();

    fn several_statements(&self) -> bool {
        true
    }

    async fn run(&self, connection: &mut Connection<'_>) -> crate::Result<()> {
        connection
            .execute("update longshore_files set state = 'ready', claim = null where id = ?1", &[self.0.into()])
            .await?;
        tokio::time::sleep(Duration::from_millis(300)).await;
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn marking_a_row_for_deletion_waits_for_a_commit_that_is_on_its_way() {
    let Some(fixture) = Fixture::postgres().await else { return };
    let store = fixture.open().await;
    let (claim, file) = pend(&store, vec![file("a")]).await.remove(0);
    let id = file.id;
    let late = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(store.get_many(&[id]).await.unwrap().is_empty(), "the file is visible already");
        claim.mark_for_deletion().await
    };
    let (finished, marked) = tokio::join!(store.write(SlowFinish(id)), late);
    finished.unwrap();
    assert!(matches!(marked, Err(Error::LostLease)), "{marked:?}");
    assert_eq!(store.get_many(&[id]).await.unwrap().len(), 1);
}
