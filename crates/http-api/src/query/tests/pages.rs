//! Pagination.

use super::{Invalid, Page, Query, SIZES, Shown};

fn page(query: &str) -> Result<(Page, Option<u64>), Invalid> {
    Query::parse(query)?.page(&SIZES).map(|(listing, page)| (page, listing.find.limit))
}

#[test]
fn pagination_is_described_in_the_form_of_the_request() {
    let by_number =
        |page, page_size, page_count| Shown::Page { page, page_size, page_count: Some(page_count), total: Some(30) };
    let by_offset = |start, limit| Shown::Offset { start, limit, total: Some(30) };
    for (query, expected) in [
        ("", by_number(1, 25, 2)),
        ("[page]=2&pagination[pageSize]=10", by_number(2, 10, 3)),
        ("[page]=9&pagination[pageSize]=10", by_number(9, 10, 3)),
        ("[page]=0", by_number(1, 25, 2)),
        ("[page]=-1", by_number(1, 25, 2)),
        ("[page]=", by_number(1, 25, 2)),
        ("[page]", by_number(1, 25, 2)),
        ("[page][]=2", by_number(2, 25, 2)),
        ("[pageSize]=0", by_number(1, 1, 30)),
        ("[pageSize]=-1", by_number(1, 1, 30)),
        ("[pageSize]=", by_number(1, 1, 30)),
        ("[pageSize]=abc", by_number(1, 100, 1)),
        ("[pageSize]=1000000000", by_number(1, 100, 1)),
        ("[start]=1", by_offset(1, 25)),
        ("[start]=-1", by_offset(0, 25)),
        ("[limit]=2", by_offset(0, 2)),
        ("[limit]=0", by_offset(0, 1)),
        ("[limit]=-5", by_offset(0, 1)),
        ("[limit]=abc", by_offset(0, 100)),
        ("[start]=99&pagination[limit]=1000", by_offset(99, 100)),
        ("=abc", by_number(1, 25, 2)),
    ] {
        let (page, limit) =
            page(&format!("pagination{query}")).unwrap_or_else(|invalid| panic!("{query}: {invalid:?}"));
        assert_eq!(page.shown(Some(30)), expected, "{query}");
        assert_eq!(limit, Some(page.limit));
    }
}

#[test]
fn files_are_counted_unless_with_count_is_false() {
    let shown = |query| page(query).unwrap().0.shown(None);
    let uncounted = serde_json::to_string(&shown("pagination[withCount]=false")).unwrap();
    assert_eq!(uncounted, r#"{"page":1,"pageSize":25}"#);
    let uncounted = serde_json::to_string(&shown("pagination[withCount]=0&pagination[start]=3")).unwrap();
    assert_eq!(uncounted, r#"{"start":3,"limit":25}"#);
    assert!(!page("pagination[withCount]=f").unwrap().0.counted);
    assert!(page("pagination[withCount]=t").unwrap().0.counted);
}

#[test]
fn pages_that_cannot_be_are_refused() {
    for (query, expected) in [
        ("pagination[page]=abc", "convertStartQueryParams expected a positive integer got NaN"),
        ("pagination[page]=1.5", "convertStartQueryParams expected a positive integer got 12.5"),
        ("pagination[pageSize]=1.5", "convertLimitQueryParams expected a positive integer got 1.5"),
        ("pagination[start]=abc", "convertStartQueryParams expected a positive integer got NaN"),
        ("pagination[start]=1&pagination[page]=1", "Cannot use both page & offset pagination in the same query"),
        (
            "page=1",
            "Invalid pagination attributes. The page parameters are incorrect and must be in the pagination object",
        ),
        ("pagination[withCount]=x", "Invalid withCount parameter. Expected \"t\",\"1\",\"true\",\"false\",\"0\",\"f\""),
    ] {
        assert_eq!(page(query).expect_err(query).message, expected, "{query}");
    }
}
