use longshore_plugin_host::config::mask::{is_secret_name, secrets};
use serde_json::json;

use crate::project::with_options;

fn masked(lines: &str, schema: Option<&serde_json::Value>) -> Vec<String> {
    let options = with_options(lines).load().upload.provider_options;
    let keys = secrets(&options, schema).into_iter();
    keys.map(|key| key.replace("upload.config.providerOptions.", "")).collect()
}

#[test]
fn names_of_secrets_are_recognised_by_their_words() {
    for name in [
        "key",
        "accessKeyId",
        "API_KEY",
        "apikey",
        "sessionToken",
        "auth-token",
        "PASSWORD",
        "dbpassword",
        "clientSecret",
        "SSEKMSKeyId",
        "myAPIKey2",
        "credentials",
        "private_key",
    ] {
        assert!(is_secret_name(name), "{name}");
    }
    for name in ["keyboard", "monkey", "region", "tokenize", "baseUrl", "Bucket", "donkeys", "expires", ""] {
        assert!(!is_secret_name(name), "{name}");
    }
}

#[test]
fn without_a_schema_names_decide() {
    let lines = "region = 'r'\ntoken = 't'\nlist = [{ password = 'p', user = 'u' }]\nsecret = { a = { b = 1 } }\n\
                 credentials = { user = 'u', more = ['m'] }";
    let expected = ["credentials.more[0]", "credentials.user", "list[0].password", "secret.a.b", "token"];
    assert_eq!(masked(lines, None), expected);
}

#[test]
fn a_schema_decides_about_what_it_knows() {
    let schema = json!({
        "properties": {
            "key": {"type": "string"},
            "pin": {"type": "integer", "writeOnly": true},
            "client": {"anyOf": [{"$ref": "#/$defs/Client"}, {"type": "null"}]},
            "list": {"items": {"properties": {"pin": {"writeOnly": true}}}},
        },
        "$defs": {"Client": {"properties": {
            "credentials": {"properties": {"id": {"type": "string"}, "code": {"$ref": "#/$defs/Hidden"}}},
            "bag": {"writeOnly": true},
        }}, "Hidden": {"type": "string", "writeOnly": true}},
    });
    let lines = "key = 'k'\npin = 1\nlist = [{ pin = 1, x = 2 }]\ntoken = 't'\nother = 'o'\n\
                 client = { credentials = { id = 'i', code = 'c', password = 'p' }, bag = { a = 1, b = [2] } }";
    let expected = [
        "client.bag.a",
        "client.bag.b[0]",
        "client.credentials.code",
        "client.credentials.password",
        "list[0].pin",
        "pin",
        "token",
    ];
    assert_eq!(masked(lines, Some(&schema)), expected);
}
