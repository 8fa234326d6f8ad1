//! Examples of the query language. Strapi 5.52's responses are the reference, except where `docs/differences.md`
//! documents a difference.

use longshore_media_library::{
    Comparison::{self, *},
    Filter::{self, All, Any, Not},
    Order, Scalar, Sort,
};
use proptest::prelude::*;

use super::{invalid::Details, *};

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

fn tree(query: &str) -> String {
    fn show(node: &Node) -> String {
        match node {
            Node::Null => "null".to_owned(),
            Node::Text(text) => format!("{text:?}"),
            Node::List(list) => format!("[{}]", list.iter().map(show).collect::<Vec<_>>().join(",")),
            Node::Map(entries) => {
                let entries: Vec<_> = entries.iter().map(|(key, node)| format!("{key}:{}", show(node))).collect();
                format!("{{{}}}", entries.join(","))
            }
        }
    }
    show(&Node::Map(Query::parse(query).unwrap().0))
}

#[test]
fn brackets_make_the_trees_that_qs_makes() {
    for (query, expected) in [
        ("", "{}"),
        ("a=1", r#"{a:"1"}"#),
        ("a", "{a:null}"),
        ("a=", r#"{a:""}"#),
        ("&a=1&&b=2&", r#"{a:"1",b:"2"}"#),
        ("a=1&a=2", r#"{a:["1","2"]}"#),
        ("a[]=1", r#"{a:["1"]}"#),
        ("a[]=1&a[]=2", r#"{a:["1","2"]}"#),
        ("a[0]=1&a[1]=2", r#"{a:["1","2"]}"#),
        ("a[1]=1&a[0]=2", r#"{a:["2","1"]}"#),
        ("a[5]=1", r#"{a:["1"]}"#),
        ("a[100]=1", r#"{a:{100:"1"}}"#),
        ("a[01]=1", r#"{a:{01:"1"}}"#),
        ("a[b]=1&a[c]=2", r#"{a:{b:"1",c:"2"}}"#),
        ("a[b][c]=1", r#"{a:{b:{c:"1"}}}"#),
        ("a.b=1", r#"{a.b:"1"}"#),
        ("a%5Bb%5D=1%262", r#"{a:{b:"1&2"}}"#),
        ("a%5bb%5d=x+y%20z", r#"{a:{b:"x y z"}}"#),
        ("a[0]=1&a[b]=2", r#"{a:{0:"1",b:"2"}}"#),
        ("a=1&a[b]=2", r#"{a:["1",{b:"2"}]}"#),
        ("a[b]=1&a=2", r#"{a:[{b:"1"},"2"]}"#),
        ("a[b]=1&a=", r#"{a:{b:"1"}}"#),
        ("a[]=1&a=2", r#"{a:["1","2"]}"#),
        ("a[0][b]=1&a[0][c]=2", r#"{a:[{b:"1",c:"2"}]}"#),
        ("a[]=1&a[0]=2", r#"{a:["1","2"]}"#),
        ("a[b]=1&a[b]=2", r#"{a:{b:["1","2"]}}"#),
        ("a[", "{a:{[:null}}"),
        ("a[b=1", r#"{a:{[b:"1"}}"#),
        ("a]=1", r#"{a]:"1"}"#),
        ("[a]=1", r#"{a:"1"}"#),
        ("a[b[c]]=1", r#"{a:{b[c]:"1"}}"#),
        ("a[b]c=1", r#"{a:{b:"1"}}"#),
        ("a=%", r#"{a:"%"}"#),
        ("a=%FF+b", r#"{a:"%FF b"}"#),
        ("a[constructor]=1&toString=2&__proto__[x]=3&b=4", r#"{b:"4"}"#),
        ("a=b=c", r#"{a:"b=c"}"#),
        ("a[b=c]=d", r#"{a:{b=c:"d"}}"#),
    ] {
        assert_eq!(tree(query), expected, "{query}");
    }
}

#[test]
fn brackets_end_at_a_depth_of_20() {
    let query = format!("a{}=1", "[b]".repeat(25));
    let tree = tree(&query);
    assert_eq!(tree.matches("b:").count(), 20);
    assert!(tree.contains("[b][b][b][b][b]:\"1\""), "{tree}");
}

#[test]
fn more_than_a_thousand_parameters_are_refused() {
    let query = |count: usize| "filters[id][$in][]=1&".repeat(count);
    assert!(listing(&query(1000)).is_ok());
    assert_eq!(message(&query(1001)), "Too many parameters: at most 1000 are read");
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
    assert_eq!(listing("locale=en&status=draft&foo[bar]=1&populate=*&populate[related]=true"), listing(""));
}

#[test]
fn searches_are_texts() {
    let search = |query| listing(query).unwrap().find.search;
    assert_eq!(search("_q=a+b"), Some("a b".to_owned()));
    assert_eq!([search("_q="), search("_q")], [None, None]);
    assert!(message(&format!("_q={}", "x".repeat(10_001))).contains("longer than 10000 bytes"));
}

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
