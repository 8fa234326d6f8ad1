//! Finding files: order, ranges, counts and streams.

use std::collections::HashSet;

use futures::TryStreamExt;

use super::{
    fixture::{Fixture, add, claim, file, pend, publish},
    over_both,
};
use crate::{
    Announce, Attribute, Comparison, Filter, FindQuery, Link, MediaFile, Order, RowState, Scalar, Sort, Store,
};

over_both![
    files_come_by_id,
    a_range_is_cut_out,
    nulls_are_the_smallest,
    ties_come_by_id,
    texts_are_ordered_by_code_points,
    every_attribute_can_be_sorted_by,
    a_count_is_of_all_that_match,
    files_of_ids_come_in_their_order,
    a_stream_has_what_find_has,
    a_stream_goes_on_without_removed_files,
    files_without_an_entry_are_found,
    duplicates_come_together_and_the_largest_first,
    rows_in_progress_are_those_that_are_not_ready,
];

fn by(by: Attribute, order: Order) -> Vec<Sort> {
    vec![Sort { by, order }]
}

fn names(files: &[MediaFile]) -> Vec<&str> {
    files.iter().map(|file| file.name.as_str()).collect()
}

async fn sorted(store: &Store, sort: Vec<Sort>) -> Vec<String> {
    let files = store.find(&FindQuery { sort, ..FindQuery::default() }).await.unwrap();
    files.into_iter().map(|file| file.name).collect()
}

async fn files_come_by_id(fixture: &Fixture) {
    let store = fixture.open().await;
    let added = add(&store, vec![file("c"), file("a"), file("b")]).await;
    pend(&store, vec![file("pending")]).await;
    assert_eq!(store.find(&FindQuery::default()).await.unwrap(), added);
}

async fn a_range_is_cut_out(fixture: &Fixture) {
    let store = fixture.open().await;
    add(&store, vec![file("a"), file("b"), file("c")]).await;
    for (start, limit, expected) in [
        (0, Some(2), vec!["a", "b"]),
        (1, None, vec!["b", "c"]),
        (1, Some(1), vec!["b"]),
        (3, None, vec![]),
        (u64::MAX, Some(u64::MAX), vec![]),
        (0, Some(0), vec![]),
    ] {
        let query = FindQuery { start, limit, ..FindQuery::default() };
        assert_eq!(names(&store.find(&query).await.unwrap()), expected, "{start} {limit:?}");
        let streamed: Vec<_> = store.stream(&query).try_collect().await.unwrap();
        assert_eq!(names(&streamed), expected, "stream: {start} {limit:?}");
    }
}

async fn nulls_are_the_smallest(fixture: &Fixture) {
    let store = fixture.open().await;
    let with = |name: &str, width: Option<u32>| MediaFile { width, ..file(name) };
    add(&store, vec![with("two", Some(2)), with("null", None), with("one", Some(1))]).await;
    assert_eq!(sorted(&store, by(Attribute::Width, Order::Ascending)).await, ["null", "one", "two"]);
    assert_eq!(sorted(&store, by(Attribute::Width, Order::Descending)).await, ["two", "one", "null"]);
}

async fn ties_come_by_id(fixture: &Fixture) {
    let store = fixture.open().await;
    let with = |name: &str, ext: &str| MediaFile { ext: ext.to_owned(), ..file(name) };
    add(&store, vec![with("1", "b"), with("2", "a"), with("3", "b"), with("4", "a")]).await;
    assert_eq!(sorted(&store, by(Attribute::Ext, Order::Descending)).await, ["1", "3", "2", "4"]);
    let mut sort = by(Attribute::Ext, Order::Ascending);
    sort.extend(by(Attribute::Name, Order::Descending));
    assert_eq!(sorted(&store, sort).await, ["4", "2", "3", "1"]);
}

async fn texts_are_ordered_by_code_points(fixture: &Fixture) {
    let store = fixture.open().await;
    let ordered = ["", " ", "A", "Z", "_", "a", "a b", "ab", "z", "É", "é", "写", "🦀"];
    let files = [5, 2, 12, 0, 9, 7, 1, 3, 11, 4, 10, 6, 8].map(|index: usize| file(ordered[index]));
    add(&store, files.to_vec()).await;
    assert_eq!(sorted(&store, by(Attribute::Name, Order::Ascending)).await, ordered);
}

async fn every_attribute_can_be_sorted_by(fixture: &Fixture) {
    let store = fixture.open().await;
    add(&store, vec![file("a"), file("b")]).await;
    for &attribute in Attribute::ALL {
        for order in [Order::Ascending, Order::Descending] {
            assert_eq!(sorted(&store, by(attribute, order)).await.len(), 2, "{attribute:?}");
        }
    }
    let all = Attribute::ALL.iter().map(|&by| Sort { by, order: Order::Descending }).collect();
    assert_eq!(sorted(&store, all).await, ["b", "a"]);
}

async fn a_count_is_of_all_that_match(fixture: &Fixture) {
    let store = fixture.open().await;
    let files = add(&store, vec![file("a"), file("b"), file("ab"), file("c")]).await;
    pend(&store, vec![file("a")]).await;
    let _removing = claim(&store, files[3].id, RowState::Deleting).await;
    let _replacing = claim(&store, files[2].id, RowState::Replacing).await;

    let all = FindQuery { start: 1, limit: Some(1), ..FindQuery::default() };
    assert_eq!(store.count(&all).await.unwrap(), 3);
    let contains = Filter::Compare(Attribute::Name, Comparison::Contains("a".to_owned()));
    let filtered = FindQuery { filter: Some(contains), ..all.clone() };
    assert_eq!(store.count(&filtered).await.unwrap(), 2);
    assert_eq!(store.count(&FindQuery { search: Some("B".to_owned()), ..all }).await.unwrap(), 2);
}

async fn files_of_ids_come_in_their_order(fixture: &Fixture) {
    let store = fixture.open().await;
    let files = add(&store, vec![file("a"), file("b"), file("c")]).await;
    let ids = [files[2].id, 999_999, files[0].id, -5, files[1].id];
    assert_eq!(names(&store.get_many(&ids).await.unwrap()), ["c", "a", "b"]);
}

/// More than two pages of a stream.
async fn many(store: &Store) -> Vec<MediaFile> {
    let files = (0..600_u32)
        .map(|number| MediaFile { width: (number % 7 != 0).then_some(number % 10), ..file(&format!("file {number}")) });
    add(store, files.collect()).await
}

async fn a_stream_has_what_find_has(fixture: &Fixture) {
    let store = fixture.open().await;
    many(&store).await;
    let wide = Filter::Compare(Attribute::Width, Comparison::Gt(Scalar::Integer(4)));
    for filter in [None, Some(wide)] {
        for sort in [
            Vec::new(),
            by(Attribute::Id, Order::Ascending),
            by(Attribute::Id, Order::Descending),
            by(Attribute::Width, Order::Descending),
        ] {
            for (start, limit) in [
                (0, None),
                (0, Some(256)),
                (0, Some(257)),
                (0, Some(512)),
                (7, Some(513)),
                (599, None),
                (3, Some(1000)),
            ] {
                let query = FindQuery { filter: filter.clone(), search: None, sort: sort.clone(), start, limit };
                let streamed: Vec<MediaFile> = store.stream(&query).try_collect().await.unwrap();
                assert!(streamed == store.find(&query).await.unwrap(), "{query:?}");
            }
        }
    }
}

async fn a_stream_goes_on_without_removed_files(fixture: &Fixture) {
    let store = fixture.open().await;
    let files = many(&store).await;
    for (sort, removed) in [(Vec::new(), files[300].id), (by(Attribute::Id, Order::Descending), files[301].id)] {
        let query = FindQuery { sort, ..FindQuery::default() };
        let mut stream = Box::pin(store.stream(&query));
        let first = stream.try_next().await.unwrap().unwrap();
        // A file of a page that is not read yet.
        remove(&store, removed).await;
        let mut seen: HashSet<i64> = stream.map_ok(|file| file.id).try_collect().await.unwrap();
        seen.insert(first.id);
        assert!(!seen.contains(&removed));
        let left = store.count(&FindQuery::default()).await.unwrap();
        assert_eq!(seen.len() as u64, left);
    }
}

async fn remove(store: &Store, id: i64) {
    claim(store, id, RowState::Deleting).await.remove(Announce::No).await.unwrap();
}

async fn files_without_an_entry_are_found(fixture: &Fixture) {
    let store = fixture.open().await;
    let link = Link { reference: "api::article.article".into(), id: "1".into(), field: "cover".into() };
    let attached = pend(&store, vec![file("attached")]).await;
    publish(&store, &attached, Some(&link)).await.unwrap();
    add(&store, vec![file("alone")]).await;
    for (linked, expected) in [(true, "attached"), (false, "alone")] {
        let query = FindQuery { filter: Some(Filter::Linked(linked)), ..FindQuery::default() };
        assert_eq!(names(&store.find(&query).await.unwrap()), [expected]);
        assert_eq!(store.count(&query).await.unwrap(), 1);
    }
}

async fn duplicates_come_together_and_the_largest_first(fixture: &Fixture) {
    let store = fixture.open().await;
    let of = |name: &str, size_bytes, checksum: Option<&str>| MediaFile {
        size_bytes,
        checksum: checksum.map(str::to_owned),
        ..file(name)
    };
    let files = vec![
        of("small 1", 1, Some("a")),
        of("large 1", 9, Some("b")),
        of("alone", 9, Some("c")),
        of("small 2", 1, Some("a")),
        of("large 2", 9, Some("b")),
        of("same checksum", 2, Some("a")),
        of("unknown 1", 5, None),
        of("unknown 2", 5, None),
    ];
    add(&store, files).await;
    pend(&store, vec![of("pending", 9, Some("c"))]).await;
    let duplicates = store.duplicates().await.unwrap();
    let names: Vec<&str> = duplicates.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["large 1", "large 2", "small 1", "small 2"]);
}

async fn rows_in_progress_are_those_that_are_not_ready(fixture: &Fixture) {
    let store = fixture.open().await;
    add(&store, vec![file("ready")]).await;
    let _pending = pend(&store, vec![file("pending")]).await;
    let replaced = add(&store, vec![file("replaced")]).await;
    let _claim = claim(&store, replaced[0].id, RowState::Replacing).await;
    let mut names: Vec<String> = store.in_progress().await.unwrap().into_iter().map(|(file, _)| file.name).collect();
    names.sort();
    assert_eq!(names, ["pending", "replaced"]);
}
