//! Examples of the query language. Strapi 5.52's responses are the reference, except where `docs/differences.md`
//! documents a difference.

use longshore_media_library::{
    Comparison::{self, *},
    Filter::{self, All, Any, Not},
    Order, Scalar, Sort,
};
use proptest::prelude::*;

use super::{invalid::Details, *};

mod brackets;
mod pages;

const SIZES: PageSizes = PageSizes { default: 25, most: 100 };

fn listing(text: &str) -> Result<Listing, Invalid> {
    Query::parse(text).and_then(|query| query.listing())
}

#[track_caller]
fn filter(text: &str) -> Filter {
    listing(text).unwrap_or_else(|invalid| panic!("{text}: {invalid:?}")).find.filter.unwrap()
}

#[track_caller]
fn message(text: &str) -> String {
    listing(text).expect_err(text).message
}

fn is(attribute: Attribute, comparison: Comparison) -> Filter {
    Filter::Compare(attribute, comparison)
}

fn name(comparison: Comparison) -> Filter {
    is(Attribute::Name, comparison)
}

fn text(text: &str) -> Scalar {
    Scalar::Text(text.to_owned())
}

#[test]
fn conditions_compare_values_of_the_attributes_kind() {
    for (query, expected) in [
        ("filters[name]=a", name(Eq(text("a")))),
        ("filters[name][$eq]=a", name(Eq(text("a")))),
        ("filters[name][$ne]=a", name(Ne(text("a")))),
        ("filters[name][$eqi]=a", name(Eqi("a".to_owned()))),
        ("filters[name][$containsi]=%25", name(Containsi("%".to_owned()))),
        ("filters[width]=12", is(Attribute::Width, Eq(Scalar::Integer(12)))),
        ("filters[width][$gt]=1.5", is(Attribute::Width, Gt(Scalar::Number(1.5)))),
        ("filters[size][$lte]=%200x10", is(Attribute::Size, Lte(Scalar::Number(16.0)))),
        ("filters[createdAt][$gt]=1970-01-02", is(Attribute::CreatedAt, Gt(Scalar::Integer(86_400_000)))),
        ("filters[formats]=x", is(Attribute::Formats, Eq(text("x")))),
        ("filters[documentId]=x", is(Attribute::DocumentId, Eq(text("x")))),
    ] {
        assert_eq!(filter(query), expected, "{query}");
    }
}

#[test]
fn an_empty_filter_value_compares_with_null() {
    for (query, null) in [
        ("filters[caption]", true),
        ("filters[caption][$eq]", true),
        ("filters[caption][$ne]", false),
        ("filters[caption][$eqi]", true),
        ("filters[caption][$null]=true", true),
        ("filters[caption][$null]=anything", true),
        ("filters[caption][$null]=false", false),
        ("filters[caption][$null]=0", false),
        ("filters[caption][$null]=", false),
        ("filters[caption][$null]", false),
        ("filters[caption][$notNull]=1", false),
        ("filters[caption][$notNull]=f", true),
    ] {
        assert_eq!(filter(query), is(Attribute::Caption, Null(null)), "{query}");
    }
    assert_eq!(filter("filters[width][$gt]"), Any(vec![]));
}

#[test]
fn lists_are_alternatives() {
    let either = In(vec![Scalar::Integer(1), Scalar::Integer(2)]);
    for query in [
        "filters[id][$in][]=1&filters[id][$in][]=2",
        "filters[id][$in][0]=1&filters[id][$in][1]=2",
        "filters[id][$in]=1&filters[id][$in]=2",
        "filters[id][]=1&filters[id][]=2",
        "filters[id]=1&filters[id]=2",
        "filters[id][$in][101]=1&filters[id][$in][205]=2",
    ] {
        assert_eq!(filter(query), is(Attribute::Id, either.clone()), "{query}");
    }
    assert_eq!(filter("filters[name][$in]=a,b"), name(In(vec![text("a,b")])));
    assert_eq!(filter("filters[name][$notIn][]=a"), name(NotIn(vec![text("a")])));
    let contained = |part: &str| name(Contains(part.to_owned()));
    let query = "filters[name][$contains][]=a&filters[name][$contains][]=b";
    assert_eq!(filter(query), Any(vec![contained("a"), contained("b")]));
}

#[test]
fn conditions_are_put_together() {
    let a = || name(Eq(text("a")));
    let one = || is(Attribute::Id, Eq(Scalar::Integer(1)));
    for (query, expected) in [
        ("filters[name]=a&filters[id]=1", All(vec![a(), one()])),
        ("filters[$and][0][name]=a&filters[$and][1][id]=1", All(vec![a(), one()])),
        ("filters[$or][0][name]=a&filters[$or][1][id]=1", Any(vec![a(), one()])),
        ("filters[$not][name]=a", Not(Box::new(a()))),
        ("filters[name][$not]=a", Not(Box::new(a()))),
        ("filters[name][$not][$eq]=a", Not(Box::new(a()))),
        ("filters[name][$not][]=a&filters[name][$not][]=a", Any(vec![Not(Box::new(a())), Not(Box::new(a()))])),
        ("filters[0][name]=a&filters[1][id]=1", All(vec![a(), one()])),
        ("filters[$or][0][$and][0][name]=a&filters[$or][0][$and][1][id]=1", Any(vec![All(vec![a(), one()])])),
        ("filters[name][$gt]=a&filters[name][$lt]=b", All(vec![name(Gt(text("a"))), name(Lt(text("b")))])),
    ] {
        assert_eq!(filter(query), expected, "{query}");
    }
    assert_eq!(listing("filters").unwrap().find.filter, None);
}

#[test]
fn between_wants_two_values() {
    let between = is(Attribute::Size, Between(Scalar::Number(1.0), Scalar::Number(6.0)));
    assert_eq!(filter("filters[size][$between][]=1&filters[size][$between][]=6"), between);
    for query in ["=1,6", "[]=1", "[]=1&filters[size][$between][]=2&filters[size][$between][]=3", "", "[x]=1"] {
        let message = message(&format!("filters[size][$between]{query}"));
        assert!(message.starts_with("$between expects two values"), "{message}");
    }
}

#[test]
fn an_id_that_is_no_number_is_nobodys() {
    assert_eq!(filter("filters[id]=abc"), Any(vec![]));
    assert_eq!(filter("filters[id][$ne]=abc"), All(vec![]));
    assert_eq!(filter("filters[id][$in]=1,2"), is(Attribute::Id, In(vec![])));
}

#[test]
fn keys_that_do_not_exist_are_named() {
    for (query, key, path, param) in [
        ("filters[nope]=1", "nope", None, "filters"),
        ("filters[name][$bogus]=1", "$bogus", Some("name"), "filters"),
        ("filters[name][foo]=1", "foo", Some("name"), "filters"),
        ("filters[$or][0][$and][0][nope]=1", "nope", None, "filters"),
        ("filters[$not][nope]=1", "nope", None, "filters"),
        ("filters[id][nope]=1", "nope", None, "filters"),
        ("filters[documentId][$bogus]=1", "$bogus", None, "filters"),
        ("filters[related]=1", "related", Some("related"), "filters"),
        ("filters[related][id]=1", "related", Some("related"), "filters"),
        ("filters[folder][id]=1", "folder", Some("folder"), "filters"),
        ("filters[folderPath]=1", "folderPath", Some("folderPath"), "filters"),
        ("filters[createdBy]=1", "createdBy", Some("createdBy"), "filters"),
        ("filters[locale]=en", "locale", Some("locale"), "filters"),
        ("filters[name][$eq][foo]=1", "foo", Some("name"), "filters"),
        ("filters[name][name]=1", "name", Some("name"), "filters"),
        ("filters[name][$and][0]=1", "$and", Some("name"), "filters"),
        ("filters[name][$jsonSupersetOf]=1", "$jsonSupersetOf", Some("name"), "filters"),
        ("sort=nope", "nope", None, "sort"),
        ("sort=nope:desc", "nope", None, "sort"),
        ("sort=-name", "-name", None, "sort"),
        ("sort=folder", "folder", Some("folder"), "sort"),
        ("sort=related.id", "related", Some("related"), "sort"),
        ("sort[nope]=asc", "nope", None, "sort"),
        ("sort[0][name]=desc&sort[1]=id", "0", None, "sort"),
        ("sort=name.foo", "foo", Some("name"), "sort"),
        ("sort[name][foo]=asc", "foo", Some("name"), "sort"),
        ("fields=nope", "nope", None, "fields"),
        ("fields=name,", "", None, "fields"),
        ("fields=", "", None, "fields"),
        ("fields=folderPath", "folderPath", Some("folderPath"), "fields"),
        ("fields=isUrlSigned", "isUrlSigned", None, "fields"),
        ("populate=folder", "folder", Some("folder"), "populate"),
        ("populate=nope", "nope", Some("nope"), "populate"),
        ("populate[0]=name", "name", Some("name"), "populate"),
        ("populate[]=*", "*", Some("*"), "populate"),
        ("populate[nope]=true", "nope", None, "populate"),
        ("populate[related][populate]=x", "populate", Some("related"), "populate"),
    ] {
        let invalid = listing(query).expect_err(query);
        let path = path.map(str::to_owned);
        let expected = match &path {
            Some(path) if path != key => format!("Invalid key {key} at {path}"),
            _ => format!("Invalid key {key}"),
        };
        assert_eq!(invalid.message, expected, "{query}");
        assert_eq!(invalid.kind, InvalidKind::Validation);
        assert_eq!(invalid.details, Some(Details { key: key.to_owned(), path, source: "query", param }), "{query}");
    }
}

#[test]
fn the_first_mistake_of_a_query_is_reported() {
    assert!(message("sort=name:foo&fields=nope").contains("nope"));
    assert!(message("filters[nope]=1&sort=bad").contains("nope"));
    assert!(message("filters[width]=abc&limit=x").contains("convertLimitQueryParams"));
    assert!(message("filters=abc&limit=x").contains("filters"));
}

#[test]
fn other_mistakes_of_a_query_are_explained() {
    for (query, expected) in [
        ("filters=abc", "The filters parameter must be an object or an array"),
        ("filters=", "The filters parameter must be an object or an array"),
        ("filters[$or][name]=a", "Operator $or must be an array"),
        ("filters[$and]=a", "Operator $and must be an array"),
        ("filters[$eq]=a", "Only $and, $or and $not can only be used as root level operators. Found $eq."),
        ("filters[$or][]=a", "A condition must be an object or an array"),
        ("filters[width]=abc", "Expected a valid Number, got abc"),
        ("filters[width]=", "Expected a valid Number, got "),
        ("filters[size][$gt]=Infinity", "Expected a valid Number, got Infinity"),
        ("filters[createdAt][$gt]=nonsense", "Invalid format, expected a timestamp or an ISO date"),
        ("sort=name:foo", "Invalid order. order can only be one of asc|desc|ASC|DESC"),
        ("sort=name:", "Invalid order. order can only be one of asc|desc|ASC|DESC"),
        ("sort[name]=foo", "Invalid order. order can only be one of asc|desc|ASC|DESC"),
        ("sort[name]=asc&sort[id][]=asc", "Invalid sort type expected object or string got object"),
        ("fields[name]=1", "Invalid fields parameter. Expected a string or an array of strings"),
        ("fields[0][a]=1", "Invalid fields parameter. Expected a string or an array of strings"),
        ("start=-1", "convertStartQueryParams expected a positive integer got -1"),
        ("start=abc", "convertStartQueryParams expected a positive integer got NaN"),
        ("limit=abc", "convertLimitQueryParams expected a positive integer got NaN"),
        ("limit=-2", "convertLimitQueryParams expected a positive integer got -2"),
        ("limit=1.5", "convertLimitQueryParams expected a positive integer got 1.5"),
        ("limit=1&limit=2", "convertLimitQueryParams expected a positive integer got NaN"),
        ("page=0", "Invalid 'page' parameter. Expected an integer > 0, received: 0"),
        ("pageSize=abc", "Invalid 'pageSize' parameter. Expected an integer > 0, received: abc"),
        (
            "page=1&start=0",
            "Invalid pagination attributes. The page parameters are incorrect and must be in the pagination object",
        ),
        ("_q[]=a", "`_q` must be a text"),
    ] {
        assert_eq!(message(query), expected, "{query}");
    }
    assert_eq!(listing("page=0").unwrap_err().kind, InvalidKind::Pagination);
}

#[test]
fn sorting_comes_in_many_forms() {
    let by = |by, order| Sort { by, order };
    let (up, down) = (Order::Ascending, Order::Descending);
    let (name, id) = (Attribute::Name, Attribute::Id);
    for (query, expected) in [
        ("sort=name", vec![by(name, up)]),
        ("sort=name:DESC", vec![by(name, down)]),
        ("sort=name:Desc", vec![by(name, down)]),
        ("sort=name:asc:desc", vec![by(name, up)]),
        ("sort=+name+,+id:desc", vec![by(name, up), by(id, down)]),
        ("sort[]=name&sort[]=id:desc", vec![by(name, up), by(id, down)]),
        ("sort=name&sort=id", vec![by(name, up), by(id, up)]),
        ("sort[0]=name,id:desc", vec![by(name, up), by(id, down)]),
        ("sort[name]=desc&sort[id]=asc", vec![by(name, down), by(id, up)]),
        ("sort[0][name]=desc&sort[1][id]=asc", vec![by(name, down), by(id, up)]),
        ("sort=", vec![]),
        ("sort", vec![]),
        ("sort=,", vec![]),
        ("sort=:desc", vec![]),
        ("sort[]", vec![]),
        ("sort[]=", vec![]),
        ("sort[name]", vec![]),
        ("sort[name]=", vec![]),
    ] {
        assert_eq!(listing(query).unwrap_or_else(|invalid| panic!("{query}: {invalid:?}")).find.sort, expected);
    }
}

#[test]
fn fields_are_chosen() {
    let chosen = |query| listing(query).unwrap().fields;
    let both = Some(vec![Attribute::Url, Attribute::Name]);
    for query in ["fields=url,name", "fields[]=url&fields[]=name", "fields=+url+,name,url"] {
        assert_eq!(chosen(query), both, "{query}");
    }
    for query in ["", "fields", "fields=*", "fields[]=*", "fields=name,*"] {
        assert_eq!(chosen(query), None, "{query}");
    }
}

#[test]
fn a_list_with_limit_is_limited() {
    let limits = |query| listing(query).map(|listing| (listing.find.start, listing.find.limit)).unwrap();
    for (query, expected) in [
        ("", (0, None)),
        ("start=2&limit=3", (2, Some(3))),
        ("limit=-1", (0, None)),
        ("limit=0", (0, None)),
        ("limit=&start=", (0, None)),
        ("limit[]=1", (0, Some(1))),
        ("limit=0x2", (0, Some(2))),
        ("page=2&pageSize=10", (0, None)),
        ("pagination[page]=2&pagination[start]=1", (0, None)),
        ("limit=1e300", (0, Some(1 << 62))),
    ] {
        assert_eq!(limits(query), expected, "{query}");
    }
}

#[test]
fn unknown_parameters_count_for_nothing() {
    assert_eq!(listing("locale=en&status=draft&foo[bar]=1&populate=*"), listing(""));
    assert_eq!(listing("populate[related]=true"), listing(""));
}

#[test]
fn searches_are_texts() {
    let search = |query| listing(query).unwrap().find.search;
    assert_eq!(search("_q=a+b"), Some("a b".to_owned()));
    assert_eq!([search("_q="), search("_q")], [None, None]);
    assert!(message(&format!("_q={}", "x".repeat(10_001))).contains("longer than 10000 bytes"));
}

#[test]
fn quoted_values_in_errors_are_short() {
    let long = "ü".repeat(5000);
    for query in [format!("filters[{long}]=1"), format!("sort={long}"), format!("filters[width]={long}")] {
        assert!(message(&query).len() < 300);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_query_is_too_strange_to_be_answered(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "filters", "sort", "fields", "pagination", "page", "[", "]", "[]", "[$or]", "[$and]", "[$not]", "[0]", "[1]",
                "[200]", "[name]", "[width]", "[createdAt]", "[$in]", "[$between]", "[$null]", "[$eq]", "=", "&", "a", "1",
                "name", ":desc", ",", ".", "%", "%5B", "%FF", "+", "-1", "ü", "_q", "start", "limit", "populate", "[related]",
            ]),
            0..40,
        )
    ) {
        let text = pieces.concat();
        if let Ok(query) = Query::parse(&text) {
            let _ = query.listing();
            let _ = query.page(&SIZES);
        }
    }
}
