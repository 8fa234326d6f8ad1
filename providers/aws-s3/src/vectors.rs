//! What Strapi's provider promises in its 85 unit tests, as a table of our own: `tests/vectors.json`.
//!
//! A row has what is configured (`options`, `s3`, `params`, `config`), a `file`, a `call` (action options), and what must
//! come of it. Where that is another thing than there, `differs` says why, and `strapi` what it was; `covered` names
//! the test over a socket that shows it.

use aws_sdk_s3::config::Credentials;
use longshore_provider::{
    Call, File, InitContext, Provider, Result,
    key::object_key,
    serde_json::{self, Map, Value, json},
};

use crate::{AwsS3, AwsS3Options, settings::Settings};

fn rows() -> Vec<Map<String, Value>> {
    serde_json::from_str(include_str!("../tests/vectors.json")).unwrap()
}

#[test]
fn each_of_the_85_has_its_row() {
    let numbers: Vec<_> = rows().iter().map(|row| row["n"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=85).collect::<Vec<_>>());
}

#[tokio::test]
async fn every_row_holds() {
    for row in rows() {
        let name = format!("{}: {}", row["n"], row["what"]);
        let told = ["covered", "differs"].iter().any(|field| row.contains_key(*field));
        assert!(Box::pin(check(&row, &name)).await > 0 || told, "{name}: nothing is checked and nothing said");
        assert!(!row.contains_key("strapi") || row.contains_key("differs"), "{name}: differs, and does not say why");
    }
}

/// Checks all that the row expects, and counts it.
async fn check(row: &Map<String, Value>, name: &str) -> usize {
    let made = provider(row).await;
    if let Some(refused) = row.get("refused") {
        let error = made.err().unwrap_or_else(|| panic!("{name}: not refused"));
        assert!(error.message().contains(refused.as_str().unwrap()), "{name}: {error}");
        return 1;
    }
    let provider = made.unwrap_or_else(|error| panic!("{name}: {error}"));
    let file = file(row);
    let mut checked = 0;
    for (field, expected) in row {
        let found = match field.as_str() {
            "url" => json!(provider.url(&file).await.unwrap()),
            "key" => json!(object_key(&provider.settings.root_path, &file).unwrap()),
            "private" => json!(provider.is_private().await.unwrap()),
            "written" => written(&provider, &file, row, expected),
            "multipart" => {
                let multipart = provider.settings.multipart;
                json!([multipart.part_size, multipart.queue_size, multipart.leave_parts_on_error])
            }
            "warns" => warnings(&provider.settings, expected),
            "from_bucket" => json!(provider.urls.is_from_bucket(row["of"].as_str().unwrap())),
            "credentials" => credentials(row),
            _ => continue,
        };
        assert_eq!(found, *expected, "{name}: {field}");
        checked += 1;
    }
    checked
}

fn options(row: &Map<String, Value>) -> AwsS3Options {
    let table = |field: &str| row.get(field).and_then(Value::as_object).cloned().unwrap_or_default();
    let over = |mut base: Map<String, Value>, field: &str| {
        base.extend(table(field));
        Value::Object(base)
    };
    let params = over(Map::from_iter([("Bucket".into(), json!("test")), ("ACL".into(), json!("none"))]), "params");
    let mut s3 = Map::from_iter([("region".into(), json!("us-east-1")), ("params".into(), params)]);
    if !row.contains_key("credentials") && row["n"] != 84 {
        s3.insert("credentials".into(), json!({ "accessKeyId": "id", "secretAccessKey": "secret" }));
    }
    let base =
        Map::from_iter([("s3Options".into(), over(s3, "s3")), ("providerConfig".into(), json!(table("config")))]);
    serde_json::from_value(over(base, "options")).unwrap()
}

async fn provider(row: &Map<String, Value>) -> Result<AwsS3> {
    let call = row.get("call").cloned().unwrap_or_else(|| json!({}));
    let context = InitContext::new("aws-s3", ".").with_action_options(Map::from_iter([("uploadStream".into(), call)]));
    AwsS3::init(options(row), context).await
}

fn file(row: &Map<String, Value>) -> File {
    let text = |field: &str, default: &str| {
        let given = row.get("file").and_then(|file| file.get(field)).and_then(Value::as_str);
        given.unwrap_or(default).to_owned()
    };
    let mut file = File::named(text("hash", "test"), text("ext", ".json"));
    file.path = Some(text("path", "tmp"));
    file.mime = "application/json".into();
    file
}

/// The headers that the row expects something of.
fn written(provider: &AwsS3, file: &File, row: &Map<String, Value>, expected: &Value) -> Value {
    let call = row.get("call").and_then(Value::as_object).cloned().unwrap_or_default();
    let headers = provider.headers(file, &Call::new().with_action_options(call)).unwrap();
    let all = json!({
        "ACL": headers.acl.map(|value| value.to_string()),
        "ContentType": headers.content_type,
        "ContentDisposition": headers.content_disposition,
        "ChecksumAlgorithm": headers.checksum_algorithm.map(|value| value.to_string()),
        "IfNoneMatch": headers.if_none_match,
        "StorageClass": headers.storage_class.map(|value| value.to_string()),
        "ServerSideEncryption": headers.encryption.map(|value| value.to_string()),
        "SSEKMSKeyId": headers.kms_key_id,
        "Tagging": headers.tagging,
    });
    expected.as_object().unwrap().keys().map(|name| (name.clone(), all[name].clone())).collect()
}

/// The expected words that are found in a warning. All warnings, if no word is expected.
fn warnings(settings: &Settings, expected: &Value) -> Value {
    let words = expected.as_array().unwrap();
    if words.is_empty() {
        return json!(settings.warnings);
    }
    let has = |word: &&Value| settings.warnings.iter().any(|warning| warning.contains(word.as_str().unwrap()));
    words.iter().filter(has).cloned().collect()
}

fn credentials(row: &Map<String, Value>) -> Value {
    let three = |found: Credentials| json!([found.access_key_id(), found.secret_access_key(), found.session_token()]);
    Settings::read(options(row)).unwrap().service.credentials.map_or(Value::Null, three)
}
