//! The tables of options are made of the schemas.

use std::{collections::BTreeMap, env, fmt::Write as _, fs};

use longshore_plugin_host::{
    config::{ProviderName, editor},
    load::Loader,
};
use longshore_provider::serde_json::Value;

const BEGIN: &str = "<!-- options: made from the schema, do not edit -->";
const END: &str = "<!-- /options -->";

/// One option.
struct Row {
    key: String,
    kind: String,
    default: String,
    about: String,
}

/// Writes the table between the marks of a chapter, or fails if another one stands there.
fn hold(chapter: &str, rows: &[Row]) {
    let path = longshore_test_artifacts::workspace().join("docs/options").join(chapter);
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap_or_else(|| panic!("{chapter} has no mark"));
    let (_, after) = rest.split_once(END).unwrap();
    let mut table = String::from("| option | type | default | meaning |\n|---|---|---|---|\n");
    for Row { key, kind, default, about } in rows {
        writeln!(table, "| `{key}` | {kind} | {default} | {about} |").unwrap();
    }
    let expected = format!("{before}{BEGIN}\n\n{table}\n{END}{after}");
    if env::var_os("LONGSHORE_UPDATE_DOCS").is_some() {
        return fs::write(path, expected).unwrap();
    }
    assert!(
        text == expected,
        "docs/options/{chapter} is not what the schema says any more. To write it anew:\n\n    \
         LONGSHORE_UPDATE_DOCS=1 cargo test --workspace --test guide tables\n\nIt should have:\n\n{table}"
    );
}

fn schema_of(provider: &str) -> Value {
    longshore_test_artifacts::folder();
    let loader = Loader::new(env::temp_dir());
    let library = loader.load(&ProviderName::new(provider).unwrap(), None).unwrap_or_else(|error| panic!("{error}"));
    library.schema().unwrap()
}

/// The options of a provider, in the order of its struct; those that are old names come last.
fn options_of(provider: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let schema = schema_of(provider);
    collect(&schema, &schema, "", &mut rows);
    assert!(rows.len() > 4, "{provider} has hardly any options");
    let (current, old): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| !row.about.starts_with("**Deprecated.**"));
    current.into_iter().chain(old).collect()
}

/// The host's own keys below `names`.
fn host(names: &[&str]) -> Vec<Row> {
    let root = editor::schema(&BTreeMap::new());
    let entries = names.iter().map(|name| ((*name).to_owned(), root["properties"][*name].clone()));
    let these = Value::Object([("properties".to_owned(), Value::Object(entries.collect()))].into_iter().collect());
    let mut rows = Vec::new();
    collect(&root, &these, "", &mut rows);
    assert!(rows.len() > 10, "{names:?}");
    rows
}

/// Follows references, and in an editor's schema what stands beside a variable.
fn plain<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    let hint = schema.get("if").and_then(|_| schema.pointer("/anyOf/1"));
    let schema = hint.unwrap_or(schema);
    match schema.get("$ref").and_then(Value::as_str) {
        Some(target) => plain(root, root.pointer(target.trim_start_matches('#')).unwrap()),
        None => schema,
    }
}

/// A row for each value below `schema`, and one for each table of any keys.
fn collect(root: &Value, schema: &Value, prefix: &str, rows: &mut Vec<Row>) {
    let inner = plain(root, schema);
    let properties = inner.get("properties").and_then(Value::as_object);
    for (name, entry) in properties.into_iter().flatten() {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        let own = plain(root, entry);
        let deprecated = entry.get("deprecated").is_some();
        let each = own.get("additionalProperties").filter(|each| plain(root, each).get("properties").is_some());
        if let Some(each) = each {
            collect(root, each, &format!("{key}.<name>"), rows);
            continue;
        }
        let below = own.get("properties").or_else(|| plain(root, own.get("items")?).get("properties"));
        if below.is_some() && !deprecated {
            let list = own.get("items");
            let key = if list.is_some() { format!("{key}[]") } else { key };
            collect(root, list.unwrap_or(entry), &key, rows);
            continue;
        }
        let required =
            inner.get("required").and_then(Value::as_array).is_some_and(|names| names.contains(&name.as_str().into()));
        let about = entry["description"].as_str().unwrap_or_default().replace('\n', " ").replace('|', "\\|");
        let default = match entry.get("default") {
            _ if required => "**required**".to_owned(),
            None | Some(Value::Null) => "–".to_owned(),
            Some(default) => format!("`{default}`"),
        };
        let about = if deprecated { format!("**Deprecated.** {about}") } else { about };
        rows.push(Row { key, kind: kind(root, entry), default, about });
    }
}

/// The type in words.
fn kind(root: &Value, schema: &Value) -> String {
    let own = plain(root, schema);
    if let Some(values) = own.get("enum").and_then(Value::as_array).filter(|values| !values.is_empty()) {
        let shown = values.iter().filter(|value| !value.is_null() && **value != "");
        let shown: Vec<_> = shown.map(|value| format!("`{}`", value.as_str().unwrap_or(&value.to_string()))).collect();
        let all_booleans = values.iter().all(Value::is_boolean);
        return if all_booleans { "true or false".to_owned() } else { shown.join(", ") };
    }
    let of_type =
        |name: &str| own["type"] == name || own["type"].as_array().is_some_and(|all| all.contains(&name.into()));
    if own.get("writeOnly").is_some() || schema.get("writeOnly").is_some() {
        "text, secret".to_owned()
    } else if of_type("boolean") {
        "true or false".to_owned()
    } else if of_type("integer") {
        match (own.get("minimum"), own.get("maximum")) {
            (Some(least), Some(most)) => format!("integer, {least} to {most}"),
            (Some(least), None) if *least != 0 => format!("integer, from {least}"),
            _ => "integer".to_owned(),
        }
    } else if of_type("array") {
        format!("list: {}", kind(root, &own["items"]))
    } else if of_type("string") || own.get("enum").is_some() {
        "text".to_owned()
    } else {
        match own.get("additionalProperties").filter(|each| each.is_object()) {
            Some(each) => format!("table of any keys: {}", kind(root, each)),
            None => "table".to_owned(),
        }
    }
}

#[test]
fn the_table_of_local_is_its_schema() {
    hold("local.md", &options_of("local"));
}

#[test]
fn the_table_of_aws_s3_is_its_schema() {
    hold("aws-s3.md", &options_of("aws-s3"));
}

#[test]
fn the_table_of_aws_s3_private_is_its_schema() {
    let mut rows = options_of("aws-s3-private");
    rows.retain(|row| row.key != "baseUrl");
    let acl = rows.iter_mut().find(|row| row.key == "s3Options.params.ACL").unwrap();
    acl.kind = "`private`, `bucket-owner-read`, `bucket-owner-full-control`, `none`".into();
    acl.about =
        "The ACL that files are stored with. If it is absent, or one that lets others read, none is sent: files \
                 are private without one."
            .into();
    hold("aws-s3-private.md", &rows);
}

#[test]
fn the_table_of_plugins_is_what_the_host_reads() {
    hold("plugins.md", &host(&["upload"]));
}

#[test]
fn the_table_of_longshore_is_what_the_host_reads() {
    hold("longshore.md", &host(&["server", "cors", "database", "permissions", "limits", "images", "webhooks"]));
}
