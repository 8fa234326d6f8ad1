//! Conditions: each kind of comparison by hand, and random ones against what they mean.

use futures::future::join_all;

use super::{
    fixture::{Fixture, add, file},
    over_both,
};
use crate::{
    Attribute, Comparison, Error, Filter, FindQuery, FocalPoint, MediaFile, Scalar, Store,
    tests::meaning::{self, Random},
};

over_both![
    case_matters_where_it_should,
    wildcards_mean_themselves,
    what_is_compared_with_null_is_neither_true_nor_false,
    empty_groups_are_true_and_false,
    numbers_compare_as_numbers,
    json_compares_as_text,
    times_compare_in_milliseconds,
    a_search_looks_into_every_text,
    quotes_and_placeholders_are_text,
    every_attribute_takes_every_comparison,
    random_filters_find_what_they_mean,
    deep_and_wide_filters_are_evaluated_or_refused,
];

/// The names of the files that a filter finds.
async fn found(store: &Store, filter: Filter) -> Vec<String> {
    let query = FindQuery { filter: Some(filter), ..FindQuery::default() };
    store.find(&query).await.unwrap().into_iter().map(|file| file.name).collect()
}

fn name(comparison: Comparison) -> Filter {
    Filter::Compare(Attribute::Name, comparison)
}

fn text(text: &str) -> Scalar {
    Scalar::Text(text.to_owned())
}

async fn case_matters_where_it_should(fixture: &Fixture) {
    let store = fixture.open().await;
    add(&store, ["Été", "été", "ÉTÉ", "ete", "ΟΔΟΣ", "οδος", "Straße"].map(file).to_vec()).await;
    let all = ["Été", "été", "ÉTÉ", "ete", "ΟΔΟΣ", "οδος", "Straße"];
    let but = |out: &[&str]| all.iter().copied().filter(|name| !out.contains(name)).collect::<Vec<_>>();
    for (comparison, expected) in [
        (Comparison::Eq(text("été")), vec!["été"]),
        (Comparison::Eqi("éTé".to_owned()), vec!["Été", "été", "ÉTÉ"]),
        (Comparison::Ne(text("été")), but(&["été"])),
        (Comparison::Nei("ÉTÉ".to_owned()), but(&["Été", "été", "ÉTÉ"])),
        (Comparison::Contains("té".to_owned()), vec!["Été", "été"]),
        (Comparison::Containsi("Té".to_owned()), vec!["Été", "été", "ÉTÉ"]),
        (Comparison::NotContains("té".to_owned()), but(&["Été", "été"])),
        (Comparison::NotContainsi("Té".to_owned()), but(&["Été", "été", "ÉTÉ"])),
        (Comparison::StartsWith("É".to_owned()), vec!["Été", "ÉTÉ"]),
        (Comparison::StartsWithi("É".to_owned()), vec!["Été", "été", "ÉTÉ"]),
        (Comparison::EndsWith("É".to_owned()), vec!["ÉTÉ"]),
        (Comparison::EndsWithi("TÉ".to_owned()), vec!["Été", "été", "ÉTÉ"]),
        (Comparison::Eqi("οΔΟΣ".to_owned()), vec!["ΟΔΟΣ", "οδος"]),
        (Comparison::Containsi("ΔΟΣ".to_owned()), vec!["ΟΔΟΣ", "οδος"]),
        (Comparison::EndsWithi("SSE".to_owned()), vec![]),
        (Comparison::In(vec![text("ete"), text("ÉTÉ"), text("no")]), vec!["ÉTÉ", "ete"]),
        (Comparison::NotIn(vec![text("ete"), text("ÉTÉ")]), but(&["ete", "ÉTÉ"])),
        (Comparison::Contains(String::new()), all.to_vec()),
        (Comparison::NotContains(String::new()), vec![]),
        (Comparison::StartsWith(String::new()), all.to_vec()),
        (Comparison::EndsWith(String::new()), all.to_vec()),
        (Comparison::StartsWith("Straßen".to_owned()), vec![]),
        (Comparison::EndsWith("xStraße".to_owned()), vec![]),
        (Comparison::Between(text("a"), text("f")), vec!["ete"]),
    ] {
        assert_eq!(found(&store, name(comparison.clone())).await, expected, "{comparison:?}");
    }
}

async fn wildcards_mean_themselves(fixture: &Fixture) {
    let store = fixture.open().await;
    let names = ["100%", "100x", "a_b", "axb", r"a\b", "a*b", "a?b", "[ab]"];
    add(&store, names.map(file).to_vec()).await;
    for (part, expected) in [("%", "100%"), ("_", "a_b"), (r"\", r"a\b"), ("*", "a*b"), ("?", "a?b"), ("[a", "[ab]")] {
        assert_eq!(found(&store, name(Comparison::Contains(part.to_owned()))).await, [expected]);
        assert_eq!(found(&store, name(Comparison::Containsi(part.to_owned()))).await, [expected]);
        let query = FindQuery { search: Some(part.to_owned()), ..FindQuery::default() };
        let searched = store.find(&query).await.unwrap();
        assert!(searched.iter().any(|file| file.name == expected), "{part}");
        assert!(searched.iter().all(|file| file.name.contains(part) || file.hash.contains(part)), "{part}");
    }
    assert_eq!(found(&store, name(Comparison::StartsWith("100%".to_owned()))).await, ["100%"]);
    assert_eq!(found(&store, name(Comparison::EndsWith("_b".to_owned()))).await, ["a_b"]);
}

async fn what_is_compared_with_null_is_neither_true_nor_false(fixture: &Fixture) {
    let store = fixture.open().await;
    let with = |name: &str, caption: Option<&str>| MediaFile { caption: caption.map(str::to_owned), ..file(name) };
    add(&store, vec![with("null", None), with("x", Some("x")), with("y", Some("y")), with("empty", Some(""))]).await;
    let caption = |comparison| Filter::Compare(Attribute::Caption, comparison);
    let not = |filter| Filter::Not(Box::new(filter));
    for (filter, expected) in [
        (caption(Comparison::Null(true)), vec!["null"]),
        (caption(Comparison::Null(false)), vec!["x", "y", "empty"]),
        (not(caption(Comparison::Null(true))), vec!["x", "y", "empty"]),
        (caption(Comparison::Eq(text("x"))), vec!["x"]),
        (caption(Comparison::Ne(text("x"))), vec!["y", "empty"]),
        (not(caption(Comparison::Eq(text("x")))), vec!["y", "empty"]),
        (caption(Comparison::Nei("X".to_owned())), vec!["y", "empty"]),
        (caption(Comparison::NotIn(vec![text("x")])), vec!["y", "empty"]),
        (caption(Comparison::NotContains("x".to_owned())), vec!["y", "empty"]),
        (caption(Comparison::NotContainsi("X".to_owned())), vec!["y", "empty"]),
        (not(caption(Comparison::Contains("x".to_owned()))), vec!["y", "empty"]),
        (caption(Comparison::Lt(text("z"))), vec!["x", "y", "empty"]),
        (caption(Comparison::Eq(text(""))), vec!["empty"]),
        (Filter::Any(vec![caption(Comparison::Eq(text("x"))), caption(Comparison::Null(true))]), vec!["null", "x"]),
    ] {
        assert_eq!(found(&store, filter.clone()).await, expected, "{filter:?}");
    }
}

async fn empty_groups_are_true_and_false(fixture: &Fixture) {
    let store = fixture.open().await;
    add(&store, vec![file("a")]).await;
    for (filter, expected) in [
        (Filter::All(Vec::new()), 1),
        (Filter::Any(Vec::new()), 0),
        (Filter::Not(Box::new(Filter::All(Vec::new()))), 0),
        (Filter::Not(Box::new(Filter::Any(Vec::new()))), 1),
        (name(Comparison::In(Vec::new())), 0),
        (name(Comparison::NotIn(Vec::new())), 1),
        (Filter::All(vec![Filter::Any(vec![Filter::All(Vec::new())])]), 1),
    ] {
        assert_eq!(found(&store, filter.clone()).await.len(), expected, "{filter:?}");
    }
}

async fn numbers_compare_as_numbers(fixture: &Fixture) {
    let store = fixture.open().await;
    let with = |name: &str, width: u32, size_bytes: u64| MediaFile { width: Some(width), size_bytes, ..file(name) };
    add(&store, vec![with("a", 9, 10), with("b", 10, 887), with("c", 100, 1_000_000)]).await;
    let wide = |comparison| Filter::Compare(Attribute::Width, comparison);
    let size = |comparison| Filter::Compare(Attribute::Size, comparison);
    for (filter, expected) in [
        (wide(Comparison::Lt(Scalar::Integer(10))), vec!["a"]),
        (wide(Comparison::Lte(Scalar::Number(10.0))), vec!["a", "b"]),
        (wide(Comparison::Gt(Scalar::Number(9.5))), vec!["b", "c"]),
        (wide(Comparison::Gte(text("10"))), vec!["b", "c"]),
        (wide(Comparison::Eq(text(" 1e1 "))), vec!["b"]),
        (wide(Comparison::Eq(text("ten"))), vec![]),
        (wide(Comparison::Ne(text("ten"))), vec![]),
        (wide(Comparison::Eq(Scalar::Number(f64::NAN))), vec![]),
        (wide(Comparison::Lt(Scalar::Number(f64::INFINITY))), vec!["a", "b", "c"]),
        (wide(Comparison::In(vec![Scalar::Integer(9), text("100"), text("ten")])), vec!["a", "c"]),
        (wide(Comparison::Between(Scalar::Integer(10), Scalar::Integer(100))), vec!["b", "c"]),
        (wide(Comparison::Contains("0".to_owned())), vec!["b", "c"]),
        (wide(Comparison::StartsWith("10".to_owned())), vec!["b", "c"]),
        (size(Comparison::Eq(Scalar::Number(0.01))), vec!["a"]),
        (size(Comparison::Eq(Scalar::Number(0.89))), vec!["b"]),
        (size(Comparison::Eq(Scalar::Integer(1000))), vec!["c"]),
        (size(Comparison::EndsWith("00".to_owned())), vec!["c"]),
        (size(Comparison::Eqi("0.89".to_owned())), vec!["b"]),
        (Filter::Compare(Attribute::Name, Comparison::Ne(Scalar::Integer(7))), vec!["a", "b", "c"]),
    ] {
        assert_eq!(found(&store, filter.clone()).await, expected, "{filter:?}");
    }
}

async fn json_compares_as_text(fixture: &Fixture) {
    let store = fixture.open().await;
    let point = MediaFile { focal_point: Some(FocalPoint { x: 50.0, y: 2.5 }), ..file("point") };
    let formats = meaning::with_a_thumbnail().formats;
    let formats = MediaFile { formats, ..file("formats") };
    add(&store, vec![point, formats, MediaFile { formats: Some(Vec::new()), ..file("none") }]).await;
    for (filter, expected) in [
        (Filter::Compare(Attribute::FocalPoint, Comparison::Eq(text(r#"{"x":50,"y":2.5}"#))), vec!["point"]),
        (
            Filter::Compare(Attribute::Formats, Comparison::Contains(r#"{"thumbnail":{"name":"#.to_owned())),
            vec!["formats"],
        ),
        (Filter::Compare(Attribute::Formats, Comparison::Containsi("THUMBNAIL".to_owned())), vec!["formats"]),
        (Filter::Compare(Attribute::Formats, Comparison::Null(true)), vec!["point"]),
        (Filter::Compare(Attribute::Formats, Comparison::Eq(text("{}"))), vec!["none"]),
    ] {
        assert_eq!(found(&store, filter.clone()).await, expected, "{filter:?}");
    }
}

async fn times_compare_in_milliseconds(fixture: &Fixture) {
    let store = fixture.open().await;
    let added = add(&store, vec![file("a")]).await.remove(0);
    let created = |comparison| Filter::Compare(Attribute::CreatedAt, comparison);
    for (comparison, expected) in [
        (Comparison::Eq(Scalar::Integer(added.created_at)), 1),
        (Comparison::Lt(Scalar::Integer(added.created_at)), 0),
        (Comparison::Gt(Scalar::Integer(added.created_at - 1)), 1),
        (Comparison::Between(Scalar::Integer(0), Scalar::Integer(i64::MAX)), 1),
    ] {
        assert_eq!(found(&store, created(comparison.clone())).await.len(), expected, "{comparison:?}");
    }
}

async fn a_search_looks_into_every_text(fixture: &Fixture) {
    let store = fixture.open().await;
    let base = || MediaFile { hash: "h".to_owned(), url: "u".to_owned(), ..file("-") };
    let texts = vec![
        MediaFile { name: "QWÉ".to_owned(), ..base() },
        MediaFile { alternative_text: Some("a qwé b".to_owned()), ..base() },
        MediaFile { caption: Some("qwÉ".to_owned()), ..base() },
        MediaFile { hash: "qwé".to_owned(), ..base() },
        MediaFile { ext: ".qwé".to_owned(), ..base() },
        MediaFile { mime: "qwé/x".to_owned(), ..base() },
        MediaFile { url: "/qwé".to_owned(), ..base() },
        MediaFile { preview_url: Some("/qwé".to_owned()), ..base() },
        MediaFile { provider: "qwé".to_owned(), ..base() },
    ];
    let number = texts.len();
    add(&store, texts).await;
    let numeric = MediaFile { width: Some(7_654_321), height: Some(7_654_399), size_bytes: 76_543_210, ..base() };
    let numeric = add(&store, vec![numeric, base()]).await.remove(0);

    let search = async |text: &str| {
        let query = FindQuery { search: Some(text.to_owned()), ..FindQuery::default() };
        let found = store.find(&query).await.unwrap();
        assert_eq!(store.count(&query).await.unwrap(), found.len() as u64);
        found
    };
    assert_eq!(search("qwé").await.len(), number);
    assert_eq!(search("QWÉ").await.len(), number);
    assert_eq!(search("qwe").await, []);
    for text in ["7654321", "654399", "76543.21", " 7654321"] {
        let expected = if text.starts_with(' ') { vec![] } else { vec![numeric.clone()] };
        assert_eq!(search(text).await, expected, "{text}");
    }
    let document = numeric.document_id.to_uppercase();
    assert_eq!(search(&document).await, [numeric]);
    assert_eq!(search("").await.len(), number + 2);

    let both = FindQuery {
        filter: Some(Filter::Compare(Attribute::Provider, Comparison::Eq(text("qwé")))),
        search: Some("qwé".to_owned()),
        ..FindQuery::default()
    };
    assert_eq!(store.find(&both).await.unwrap().len(), 1);
}

async fn quotes_and_placeholders_are_text(fixture: &Fixture) {
    let store = fixture.open().await;
    let names = ["a' or '1'='1", "\"; drop table longshore_files; --", "$1", "?1", ":a", "@a", "\\'", "\u{0}x"];
    add(&store, names.map(file).to_vec()).await;
    for (index, &given) in names.iter().enumerate() {
        let stored = given.replace('\0', "\u{fffd}");
        for comparison in [
            Comparison::Eq(text(given)),
            Comparison::Eqi(given.to_owned()),
            Comparison::In(vec![text(given)]),
            Comparison::StartsWith(given.to_owned()),
            Comparison::EndsWithi(given.to_owned()),
            Comparison::Contains(given.to_owned()),
        ] {
            assert_eq!(found(&store, name(comparison)).await, [stored.as_str()], "{index}");
        }
        let query = FindQuery { search: Some(given.to_owned()), ..FindQuery::default() };
        assert_eq!(store.count(&query).await.unwrap(), 1, "{index}");
    }
    assert_eq!(store.count(&FindQuery::default()).await.unwrap(), names.len() as u64);
}

async fn every_attribute_takes_every_comparison(fixture: &Fixture) {
    let store = fixture.open().await;
    add(&store, vec![file("a")]).await;
    let mut random = Random(7);
    for &attribute in Attribute::ALL {
        for scalar in [text("a"), text("12"), Scalar::Integer(3), Scalar::Number(0.5)] {
            for comparison in meaning::every_comparison(&mut random, &scalar) {
                found(&store, Filter::Compare(attribute, comparison)).await;
            }
        }
    }
}

async fn random_filters_find_what_they_mean(fixture: &Fixture) {
    let store = fixture.open().await;
    let mut random = Random(20_261_123);
    let files = (0..120).map(|_| meaning::random_file(&mut random)).collect();
    let files = add(&store, files).await;
    let filters: Vec<Filter> = (0..1500).map(|_| meaning::random_filter(&mut random, 4)).collect();
    let mut matches = 0;
    for some in filters.chunks(50) {
        let queries = some.iter().map(|filter| FindQuery { filter: Some(filter.clone()), ..FindQuery::default() });
        let queries: Vec<FindQuery> = queries.collect();
        let answers = join_all(queries.iter().map(|query| store.find(query))).await;
        for (filter, answer) in some.iter().zip(answers) {
            let expected: Vec<i64> =
                files.iter().filter(|file| meaning::holds(filter, file) == Some(true)).map(|file| file.id).collect();
            let found: Vec<i64> = answer.unwrap().iter().map(|file| file.id).collect();
            assert_eq!(found, expected, "{filter:?}");
            matches += usize::from(!expected.is_empty() && expected.len() < files.len());
        }
    }
    assert!(matches > 300, "only {matches} of the filters tell files apart");
}

async fn deep_and_wide_filters_are_evaluated_or_refused(fixture: &Fixture) {
    let store = fixture.open().await;
    add(&store, vec![file("a"), file("b")]).await;
    let is_a = || name(Comparison::Eqi("A".to_owned()));
    let nested = |depth: usize| {
        (0..depth).fold(is_a(), |inner, level| match level % 3 {
            0 => Filter::All(vec![inner, Filter::All(Vec::new())]),
            1 => Filter::Any(vec![Filter::Any(Vec::new()), inner]),
            _ => Filter::Not(Box::new(Filter::Not(Box::new(inner)))),
        })
    };
    assert_eq!(found(&store, nested(20)).await, ["a"]);
    assert_eq!(found(&store, nested(300)).await, ["a"]);
    assert_eq!(found(&store, Filter::Any((0..10_000).map(|_| is_a()).collect())).await, ["a"]);
    assert_eq!(found(&store, name(Comparison::In((0..30_000).map(|_| text("a")).collect()))).await, ["a"]);

    let refused = [nested(1000), name(Comparison::In((0..40_000).map(|_| text("a")).collect()))];
    for filter in refused {
        let query = FindQuery { filter: Some(filter), ..FindQuery::default() };
        let outcomes = [store.find(&query).await.map(|_| ()), store.count(&query).await.map(|_| ())];
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(Error::TooComplex))), "{outcomes:?}");
    }
}
