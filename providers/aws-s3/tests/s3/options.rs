//! The schema that hosts check the options against.

use longshore_aws_s3::AwsS3;
use longshore_provider::{host::Module, serde_json::Value};

fn schema() -> Value {
    Module::linked::<AwsS3>().schema().unwrap()
}

/// Every option with its path.
fn properties<'a>(schema: &'a Value, path: &str, found: &mut Vec<(String, &'a Value)>) {
    let alternatives = schema["anyOf"].as_array().into_iter().flatten();
    for schema in alternatives.chain([schema]) {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{name}");
            properties(property, &path, found);
            found.push((path, property));
        }
    }
}

#[test]
fn every_option_is_described() {
    let schema = schema();
    let mut all = Vec::new();
    properties(&schema, "", &mut all);
    assert!(all.len() > 50);
    for (path, property) in all {
        assert!(property["description"].as_str().is_some_and(|text| !text.is_empty()), "{path}");
    }
}

#[test]
fn secrets_are_marked() {
    let schema = schema();
    let mut all = Vec::new();
    properties(&schema, "", &mut all);
    let secret = |path: &str| path.ends_with("secretAccessKey") || path.ends_with("sessionToken");
    let secrets: Vec<_> = all.iter().filter(|(path, _)| secret(path)).collect();
    assert!(secrets.len() >= 6, "{}", secrets.len());
    for (path, property) in all.iter().filter(|(path, _)| secret(path)) {
        assert!(property.to_string().contains("\"writeOnly\":true"), "{path}: {property}");
    }
}

#[test]
fn errors_for_option_names_of_sdk_v2_name_those_of_v3() {
    let text = schema().to_string();
    for renamed in ["\"s3ForcePathStyle\":\"forcePathStyle\"", "\"maxRetries\":\"s3Options.maxAttempts"] {
        assert!(text.contains(renamed), "{renamed}");
    }
}
