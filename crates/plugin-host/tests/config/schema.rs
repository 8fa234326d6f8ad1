use longshore_plugin_host::config::{Node, Problems, schema};
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::project::{Project, printed, with_options};

/// What a provider's options look like, as schemars describes them.
#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Options {
    base_url: Option<String>,
    client: Client,
    retries: Option<u32>,
    ratio: Option<f64>,
    strict: Option<bool>,
    class: Option<Class>,
    mode: Option<Mode>,
    tags: Option<std::collections::BTreeMap<String, u8>>,
    sizes: Option<Vec<u64>>,
    limit: Option<Limit>,
    multipart: Option<Multipart>,
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Client {
    region: String,
    credentials: Option<Credentials>,
    #[schemars(range(min = 1, max = 604_800))]
    expires: Option<u32>,
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Credentials {
    access_key_id: String,
    #[schemars(extend("writeOnly" = true))]
    secret_access_key: String,
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
enum Class {
    #[serde(rename = "STANDARD")]
    Standard,
    #[serde(rename = "GLACIER")]
    Glacier,
}

/// With a comment on each variant, schemars writes `oneOf` and `const`.
#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Mode {
    /// Everything.
    Full,
    /// Hardly anything.
    Quick,
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Limit {
    Bytes { most: u64 },
    Files { count: u32 },
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Multipart {
    #[schemars(range(min = 5))]
    part_size: u64,
}

fn schema() -> Value {
    schema_for!(Options).to_value()
}

fn check(project: &Project) -> Result<Value, String> {
    let lines = |problems| printed(&Problems::from_list(problems).unwrap());
    schema::validate(&project.load().upload.provider_options, &schema()).map_err(lines)
}

#[track_caller]
fn fails(lines: &str, expected: &[&str]) {
    let text = check(&with_options(lines).var("HUNTER", "hunter2").var("EMPTY", "")).unwrap_err();
    for part in expected {
        assert!(text.contains(part), "{part}\n---\n{text}");
    }
    assert!(!text.contains("hunter2"), "{text}");
    let messages = text.lines().filter(|line| !line.starts_with("  hint")).count();
    assert_eq!(messages, expected.iter().filter(|part| part.contains(": upload.")).count(), "{text}");
}

const CLIENT: &str = "client = { region = 'r' }\n";

#[test]
fn text_is_read_as_what_the_schema_wants() {
    let project = with_options(
        r#"
        baseUrl = "${NUMBER}"
        retries = "${NUMBER}"
        ratio = "1.5"
        strict = "true"
        class = "GLACIER"
        mode = "quick"
        tags = { a = "7" }
        sizes = ["1", 2, "18446744073709551615"]
        limit = { kind = "bytes", most = "5" }
        client = { region = "r", expires = "${NUMBER}" }
        multipart = { partSize = 10.0 }
        "#,
    );
    let json = check(&project.var("NUMBER", "900")).unwrap();
    let options: Options = serde_json::from_value(json).unwrap();
    assert_eq!(options.base_url.as_deref(), Some("900"));
    assert_eq!((options.retries, options.ratio, options.strict), (Some(900), Some(1.5), Some(true)));
    assert_eq!((options.class, options.mode), (Some(Class::Glacier), Some(Mode::Quick)));
    assert_eq!(options.sizes, Some(vec![1, 2, u64::MAX]));
    assert_eq!(options.tags.unwrap()["a"], 7);
    assert_eq!(options.limit, Some(Limit::Bytes { most: 5 }));
    assert_eq!(options.client.expires, Some(900));
    assert_eq!(options.multipart.unwrap().part_size, 10);
}

#[test]
fn an_empty_text_for_an_optional_number_or_boolean_is_left_out() {
    let project = with_options(
        "retries = '${E}'\nstrict = '${E}'\nratio = ''\nbaseUrl = '${E}'\nclient = { region = '', expires = '${E}' }",
    );
    assert_eq!(check(&project.var("E", "")).unwrap(), json!({"baseUrl": "", "client": {"region": ""}}));
    fails(
        "client = { region = 'r' }\nmultipart = { partSize = '${EMPTY}' }",
        &[": upload.config.providerOptions.multipart.partSize: expected an integer, found a string"],
    );
}

#[test]
fn overrides_are_text_where_text_is_wanted() {
    let project = with_options(CLIENT)
        .set("upload.config.providerOptions.client.region=0123")
        .set("upload.config.providerOptions.client.credentials.accessKeyId=1e5")
        .set("upload.config.providerOptions.client.credentials.secretAccessKey=true")
        .set("upload.config.providerOptions.retries=3");
    let json = check(&project).unwrap();
    assert_eq!(json["client"]["credentials"], json!({"accessKeyId": "1e5", "secretAccessKey": "true"}));
    assert_eq!((&json["client"]["region"], &json["retries"]), (&json!("0123"), &json!(3)));
}

#[test]
fn wrong_types_are_named_and_values_are_not() {
    fails(
        "baseUrl = 1\nretries = 'hunter2'\nratio = []\nstrict = 'hunter2'\nsizes = ['${HUNTER}']\n\
         client = { region = 5, credentials = { accessKeyId = 'hunter2', secretAccessKey = 123456 } }",
        &[
            "config/plugins.toml:2:1: upload.config.providerOptions.baseUrl: expected a string, found an integer",
            "config/plugins.toml:3:1: upload.config.providerOptions.retries: expected an integer, found a string",
            ":4:1: upload.config.providerOptions.ratio: expected a number, found an array",
            ":5:1: upload.config.providerOptions.strict: expected a boolean, found a string",
            ":6:10: upload.config.providerOptions.sizes[0]: expected an integer, found a string",
            "hint: the value comes from the environment variable `HUNTER`",
            ":7:12: upload.config.providerOptions.client.region: expected a string, found an integer",
            ": upload.config.providerOptions.client.credentials.secretAccessKey: expected a string, found an integer",
        ],
    );
}

#[test]
fn unknown_keys_have_the_nearest_known_one_as_hint() {
    fails(
        "bseUrl = 'hunter2'\nclient = { region = 'r', Region = 'x', credentials = { accessKey = 'x', accessKeyId = 'a', \
         secretAccessKey = 's' } }",
        &[
            "config/plugins.toml:2:1: upload.config.providerOptions.bseUrl: unknown key\n  hint: did you mean `baseUrl`?",
            ":3:26: upload.config.providerOptions.client.Region: unknown key\n  hint: did you mean `region`? known keys: \
             credentials, expires, region",
            ": upload.config.providerOptions.client.credentials.accessKey: unknown key\n  hint: did you mean \
             `accessKeyId`? known keys: accessKeyId, secretAccessKey",
        ],
    );
}

#[test]
fn missing_keys_are_named_at_their_table() {
    fails(
        "[upload.config.providerOptions.client]\ncredentials = { accessKeyId = 'a' }",
        &[
            "config/plugins.toml:2:32: upload.config.providerOptions.client.region: required, but missing",
            "config/plugins.toml:3:1: upload.config.providerOptions.client.credentials.secretAccessKey: required",
        ],
    );
    let problems = schema::validate(&Node::empty("upload.config.providerOptions"), &schema()).unwrap_err();
    assert_eq!(problems[0].to_string(), "upload.config.providerOptions.client: required, but missing");
}

#[test]
fn allowed_values_are_listed() {
    fails(
        "class = 'hunter2'\nmode = 'hunter2'\nlimit = { kind = 'hunter2' }\nclient = { region = 'r' }",
        &[
            ": upload.config.providerOptions.class: expected `STANDARD` or `GLACIER`",
            ": upload.config.providerOptions.mode: expected `full` or `quick`",
            ": upload.config.providerOptions.limit.kind: expected `bytes` or `files`",
        ],
    );
    fails(
        "class = 5\nmode = 5\nlimit = 5\nclient = { region = 'r' }",
        &[
            ": upload.config.providerOptions.class: expected",
            ": upload.config.providerOptions.mode: expected",
            ": upload.config.providerOptions.limit: expected a table, found an integer",
        ],
    );
}

#[test]
fn within_the_alternative_that_is_meant_each_fault_is_named() {
    fails(
        "limit = { kind = 'bytes', most = 'hunter2' }\nclient = { region = 'r' }\nmultipart = { partSize = 4 }",
        &[
            ": upload.config.providerOptions.limit.most: expected an integer, found a string",
            ": upload.config.providerOptions.multipart.partSize: must be at least 5",
        ],
    );
    fails(
        "limit = { kind = 'files' }\nclient = { region = 'r' }",
        &[": upload.config.providerOptions.limit.count: required, but missing"],
    );
}

#[test]
fn the_alternative_of_the_same_keys_is_the_one_that_is_meant() {
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is wanted")]
    enum Source {
        Profile { name: String },
        Process { command: String, timeout: Option<u32> },
    }
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is wanted")]
    struct Outer {
        source: Option<Source>,
    }
    let check = |lines: &str| {
        let config = with_options(lines).load();
        let problems = schema::validate(&config.upload.provider_options, &schema_for!(Outer).to_value()).unwrap_err();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    let text = check("source = { Process = { command = 'hunter2', timeout = 'hunter2' } }");
    assert!(text.ends_with("source.Process.timeout: expected an integer, found a string"), "{text}");
    let text = check("source = { Proces = { command = 'hunter2' } }");
    assert!(text.contains("providerOptions.source: fits none of the alternatives"), "{text}");
}

#[test]
fn limits_are_named_without_the_value() {
    fails(
        "retries = -5\nclient = { region = 'r', expires = 604801 }",
        &[
            ": upload.config.providerOptions.retries: must be at least 0",
            ": upload.config.providerOptions.client.expires: must be at most 604800",
        ],
    );
}

#[test]
fn references_in_a_circle_end() {
    let schema = json!({
        "$ref": "#/$defs/node",
        "$defs": {"node": {
            "type": "object",
            "properties": {"next": {"$ref": "#/$defs/node"}, "size": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
            "additionalProperties": false,
        }}
    });
    let config = with_options("size = '1'\nnext = { size = '2', next = { size = '3' } }").load();
    let json = schema::validate(&config.upload.provider_options, &schema).unwrap();
    assert_eq!(json, json!({"size": 1, "next": {"size": 2, "next": {"size": 3}}}));
}

#[test]
fn text_stays_where_text_is_an_alternative() {
    let schema = json!({"properties": {
        "a": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        "b": {"type": ["string", "boolean"]},
        "c": true,
        "d": {},
        "e": {"allOf": [{"type": "integer"}, {"minimum": 1}]},
        "f": {"enum": [1, 2]},
    }});
    let config = with_options("a = '1'\nb = 'true'\nc = '1'\nd = '1'\ne = '1'\nf = '2'\ng = '1'").load();
    let json = schema::validate(&config.upload.provider_options, &schema).unwrap();
    assert_eq!(json, json!({"a": "1", "b": "true", "c": "1", "d": "1", "e": 1, "f": 2, "g": "1"}));
}

#[test]
fn a_renamed_key_is_named() {
    let schema = json!({
        "properties": {"endpoint": {"type": "string"}},
        "additionalProperties": false,
        "x-renamed": {"useSSL": "endpoint"},
    });
    let config = with_options("useSSL = true").load();
    let problems = schema::validate(&config.upload.provider_options, &schema).unwrap_err();
    assert_eq!(problems[0].hint, Some("now `endpoint`".into()));
}

#[test]
fn what_a_missing_variable_leaves_open_is_not_reported_twice() {
    let config = with_options(
        "baseUrl = 5\nretries = '${NONE}'\nlimit = { kind = '${NONE}' }\nclient = { region = '${NONE}', \
         credentials = { accessKeyId = '${NONE}', secretAccessKey = 's' } }",
    )
    .part();
    let problems = schema::validate(&config.upload.provider_options, &schema()).unwrap_err();
    let keys: Vec<_> = problems.iter().filter_map(|problem| problem.key.as_deref()).collect();
    assert_eq!(keys, ["upload.config.providerOptions.baseUrl"]);
}

#[test]
fn a_schema_that_is_none_is_the_providers_fault() {
    for schema in [json!({"type": "nonsense"}), json!({"$ref": "https://example.invalid/schema.json"})] {
        let problems = schema::validate(&Node::empty("o"), &schema).unwrap_err();
        assert!(problems[0].message.contains("the provider's schema"), "{}", problems[0]);
    }
}
