//! The schema for editors accepts the same values as the parser.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jsonschema::Validator;
use longshore_plugin_host::config::{ProviderName, Template, editor, longshore::TEMPLATE};
use serde_json::{Value, json};

use crate::project::{Project, printed};

/// A schema with a provider that has some options, as its library would export them.
fn schema() -> Value {
    let shelf = json!({
        "type": "object",
        "required": ["place"],
        "additionalProperties": false,
        "x-renamed": { "where": "place" },
        "$defs": { "Box": { "type": "object", "properties": { "inner": { "$ref": "#/$defs/Box" } } } },
        "properties": {
            "place": { "type": "string", "description": "Where it stands.", "minLength": 1 },
            "height": { "type": ["integer", "null"], "minimum": 1, "maximum": 9, "default": null },
            "open": { "type": "boolean", "default": true },
            "mode": { "type": ["string", "null"], "enum": ["a", "b", "", null] },
            "secret": { "type": "string", "writeOnly": true },
            "boxes": { "type": "array", "items": { "$ref": "#/$defs/Box" } },
            "kind": { "oneOf": [
                { "type": "object", "required": ["type"], "properties": { "type": { "const": "x" }, "n": { "type": "integer" } } },
                { "type": "object", "required": ["type"], "properties": { "type": { "const": "y" }, "t": { "type": "string" } } },
            ] },
            "tags": { "type": "object", "additionalProperties": { "type": "integer" } },
        },
    });
    let providers = [("shelf", shelf), ("loose", json!(true)), ("local", json!(true)), ("aws-s3", json!(true))];
    let providers: BTreeMap<_, _> =
        providers.into_iter().map(|(name, schema)| (ProviderName::new(name).unwrap(), schema)).collect();
    editor::schema(&providers)
}

/// The errors of the schema for a file; none if the file is valid.
fn refusals(toml: &str) -> Vec<String> {
    static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| jsonschema::draft7::new(&schema()).unwrap());
    refusals_of(&VALIDATOR, toml)
}

fn refusals_of(validator: &Validator, toml: &str) -> Vec<String> {
    let instance: Value = toml::from_str(toml).unwrap_or_else(|error| panic!("{error}\n{toml}"));
    validator.iter_errors(&instance).map(|error| format!("{} at {}", error, error.instance_path())).collect()
}

/// The schema of a value that does not come from a variable.
fn own<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    let is_root = schema.get("$schema").is_some();
    let schema = schema.get("else").filter(|_| !is_root).unwrap_or(schema);
    match schema.get("$ref").and_then(Value::as_str) {
        Some(target) => root.pointer(target.strip_prefix('#').unwrap()).unwrap(),
        None => schema,
    }
}

/// A key of the host, with its schema. The path contains `*` for an element and for an entry of any name.
struct Found<'s> {
    path: Vec<String>,
    schema: &'s Value,
}

/// Collects every key below `schema`, and the tables that contain the keys.
fn walk<'s>(root: &'s Value, schema: &'s Value, path: &[String], found: &mut Vec<Found<'s>>) {
    let own = own(root, schema);
    for (name, entry) in own.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let path = [path, std::slice::from_ref(name)].concat();
        // Other tests check the providers' options, and ignored keys have no type.
        if path.ends_with(&["providerOptions".to_owned()]) || entry.get("deprecated").is_some() {
            continue;
        }
        // One table of the providers is enough: the table for any provider.
        if !path.starts_with(&["upload".to_owned(), "providers".to_owned()]) || path.len() < 3 || path[2] == "*" {
            found.push(Found { path: path.clone(), schema: entry });
            walk(root, entry, &path, found);
        }
    }
    let elements = own.get("items").into_iter().chain(own.get("additionalProperties").filter(|each| each.is_object()));
    for each in elements.filter(|_| !path.is_empty()) {
        walk(root, each, &[path, &["*".to_owned()]].concat(), found);
    }
}

fn keys(schema: &Value) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    walk(schema, schema, &[], &mut found);
    assert!(found.len() > 60, "the walk is not complete");
    found
}

/// A file with one value. An element of `[[webhooks]]` also contains the required keys.
fn file(path: &[String], value: &Value) -> String {
    let mut value = value.clone();
    for name in path.iter().rev() {
        value = match name.as_str() {
            "*" if path[0] == "webhooks" && value.get("url").is_none() => {
                value["url"] = "https://app.example".into();
                json!([value])
            }
            "*" if path[0] == "webhooks" => json!([value]),
            "*" => json!({ "shelf-2": value }),
            name => json!({ name: value }),
        };
    }
    toml::to_string(&value).unwrap()
}

/// The host's problems with a file.
fn problems(path: &[String], toml: &str) -> String {
    let project =
        if path[0] == "upload" { Project::with(toml) } else { Project::with("").file("config/longshore.toml", toml) };
    let project = project.var("VARIABLE", "");
    project.result().map_or_else(|problems| printed(&problems), |_| String::new())
}

#[test]
fn every_key_of_the_parser_is_in_the_schema_and_no_other() {
    let schema = schema();
    let keys = keys(&schema);
    let mut tables: BTreeMap<Vec<String>, BTreeSet<String>> = BTreeMap::new();
    for Found { path, .. } in &keys {
        let (name, table) = path.split_last().unwrap();
        tables.entry(table.to_vec()).or_default().insert(name.clone());
    }
    assert!(tables.len() >= 12, "{tables:?}");
    for (path, mut described) in tables {
        if path == ["upload", "config"] || path == ["upload", "providers", "*"] {
            described.insert("providerOptions".to_owned());
        }
        let path = if path.is_empty() {
            // The root of the server's file has no table `upload`.
            described.remove("upload");
            Vec::new()
        } else {
            path
        };
        let toml = file(&[path.clone(), vec!["zzzzzz".to_owned()]].concat(), &json!({}));
        let whose = if path.is_empty() { vec!["server".to_owned()] } else { path.clone() };
        let text = problems(&whose, &toml);
        let (_, known) = text.split_once("known keys: ").unwrap_or_else(|| panic!("{path:?}: {text}"));
        let known: BTreeSet<String> = known.lines().next().unwrap().split(", ").map(str::to_owned).collect();
        assert_eq!(described, known, "{path:?}");
        if !path.is_empty() {
            assert_ne!(refusals(&toml), [""; 0], "{toml}");
        }
    }
}

#[test]
fn every_key_has_a_type_a_description_and_a_default_or_none_by_nature() {
    const WITHOUT: [&str; 11] = [
        "database.url",
        "upload.config.concurrentUploadRequests",
        "upload.config.links.allow",
        "upload.config.path",
        "upload.config.security.allowedTypes",
        "upload.config.security.deniedTypes",
        "upload.providers.*.path",
        "webhooks",
        "webhooks.*.headers",
        "webhooks.*.secret",
        "webhooks.*.url",
    ];
    let schema = schema();
    let mut without = BTreeSet::new();
    for Found { path, schema: key } in keys(&schema) {
        let path = path.join(".");
        let about = key["description"].as_str().unwrap_or_default();
        assert!(about.ends_with('.') && about.len() > 10, "{path}: {about:?}");
        let own = own(&schema, key);
        assert!(own.get("type").or(own.get("enum")).is_some(), "{path}: {own}");
        let is_table = own.get("properties").is_some() || path.contains("actionOptions");
        if key.get("default").is_none() && !is_table {
            without.insert(path);
        }
    }
    assert_eq!(without, WITHOUT.map(str::to_owned).into());
}

/// Valid and invalid values for a key, according to its schema.
fn samples(own: &Value) -> (Vec<Value>, Vec<Value>) {
    let of_type =
        |name: &str| own["type"] == name || own["type"].as_array().is_some_and(|all| all.contains(&name.into()));
    if own.get("enum").is_some_and(|values| values.as_array().unwrap().contains(&json!(false))) {
        return (vec![json!(false), json!("false"), json!("")], vec![json!("maybe"), json!(1), json!([])]);
    }
    if let Some(values) = own.get("enum").and_then(Value::as_array) {
        return (values.clone(), vec![json!("nonsense"), json!(1)]);
    }
    if of_type("integer") {
        let least = own["minimum"].as_u64().unwrap();
        let mut right = vec![json!(least), json!(least.to_string()), json!(format!(" {least} ")), json!("")];
        let mut wrong = vec![json!("much"), json!(true), json!(-1)];
        wrong.extend(least.checked_sub(1).map(|less| json!(less)));
        if let Some(most) = own.get("maximum").and_then(Value::as_u64) {
            right.push(json!(most));
            wrong.push(json!(most + 1));
        }
        return (right, wrong);
    }
    if let Some(items) = own.get("items") {
        let (right, wrong) = samples(items.get("else").unwrap_or(items));
        let list = |value: Value| json!([value]);
        return (right.into_iter().map(list).collect(), wrong.into_iter().map(list).chain([json!("a")]).collect());
    }
    if of_type("string") && own.get("pattern").is_none() {
        return (vec![json!("a text"), json!("")], vec![json!(1), json!(["a"])]);
    }
    (Vec::new(), vec![json!(1.5)])
}

#[test]
fn the_schema_and_the_parser_take_and_refuse_the_same() {
    let schema = schema();
    let mut compared = 0;
    for Found { path, schema: key } in keys(&schema) {
        let name = path.join(".");
        let (mut right, wrong) = samples(own(&schema, key));
        right.extend(key.get("default").cloned());
        right.retain(|value| name != "webhooks.*.url" && !(name == "upload.config.provider" && value == ""));
        // The two page sizes limit each other, which the schema does not express.
        right.retain(|value| !name.ends_with("ageSize") || *value == key["default"]);
        for value in &right {
            let toml = file(&path, value);
            assert_eq!(problems(&path, &toml), "", "{toml}");
            assert_eq!(refusals(&toml), [""; 0], "{toml}");
        }
        for value in &wrong {
            let toml = file(&path, value);
            let text = problems(&path, &toml);
            assert!(text.contains(path.last().unwrap().as_str()), "the parser takes\n{toml}{text}");
            assert_ne!(refusals(&toml), [""; 0], "the schema takes\n{toml}");
        }
        compared += right.len() + wrong.len();
        let variables = [json!("${VARIABLE-}"), json!({ "$env": "VARIABLE", "type": "json", "default": 5 })];
        for variable in variables {
            assert_eq!(refusals(&file(&path, &variable)), [""; 0], "{name}");
        }
        let slip = json!({ "$env": "VARIABLE", "typ": "int" });
        assert_ne!(refusals(&file(&path, &slip)), [""; 0], "{name}");
    }
    assert!(compared > 250, "{compared}");
}

#[test]
fn what_a_text_must_look_like_is_the_same_to_both() {
    let cases = [
        (["server", "bind"], &["0.0.0.0:80", "[::1]:1337", ""][..], &["localhost:80", "1.2.3.4", "off"][..]),
        (["server", "adminBind"], &["0.0.0.0:80", "off", ""], &["on", ":80"]),
        (["database", "url"], &["postgres://h/n", "postgresql://u:p@h/n", ""], &["mysql://h/n", "x"]),
        (["cors", "origins"], &["*", "https://app.example:8443", "capacitor://localhost"], &["https://a/b", "a", ""]),
        (["webhooks", "url"], &["https://a/b", "http://localhost:9"], &["ftp://a", "a", ""]),
    ];
    for ([table, key], right, wrong) in cases {
        for (text, fits) in right.iter().map(|text| (text, true)).chain(wrong.iter().map(|text| (text, false))) {
            let toml = match table {
                "cors" => format!("[cors]\norigins = [{text:?}]\n"),
                "webhooks" => format!("[[webhooks]]\nurl = {text:?}\n"),
                _ => format!("[{table}]\n{key} = {text:?}\n"),
            };
            let problems = problems(&[table.to_owned()], &toml);
            assert_eq!(problems.is_empty(), fits, "the parser: {toml}{problems}");
            assert_eq!(refusals(&toml).is_empty(), fits, "the schema: {toml}");
        }
    }
    for (name, fits) in [("aws-s3", true), ("A.b_c-1", true), ("a..b", false), ("../a", false), ("", false)] {
        let toml = format!("[upload.config]\nprovider = {name:?}\n");
        assert_eq!(problems(&["upload".to_owned()], &toml).is_empty(), fits, "{name}");
        assert_eq!(refusals(&toml).is_empty(), fits, "{name}");
    }
}

#[test]
fn options_are_those_of_the_provider_that_is_chosen() {
    let refused = |toml: &str| refusals(toml).join("\n");
    let shelf = |lines: &str| {
        format!("[upload.config]\nprovider = \"shelf\"\n[upload.config.providerOptions]\nplace = \"hall\"\n{lines}")
    };
    for lines in [
        "",
        "height = 9",
        "height = \"9\"",
        "height = \"\"",
        "height = \"${HEIGHT}\"",
        "height = { \"$env\" = \"HEIGHT\", type = \"int\" }",
        "open = \"true\"",
        "mode = \"a\"",
        "mode = \"${MODE-a}\"",
        "secret = \"${SECRET}\"",
        "boxes = [{ inner = { inner = \"${BOX}\" } }]",
        "kind = { type = \"x\", n = \"3\" }",
        "kind = { type = \"${KIND}\" }",
        "kind = { \"$env\" = \"KIND\", type = \"json\" }",
        "tags = { a = 1, b = \"${B}\" }",
    ] {
        assert_eq!(refused(&shelf(lines)), "", "{lines}");
    }
    for (lines, why) in [
        ("hight = 1", "'hight' was unexpected"),
        ("height = 10", "10 is greater than the maximum of 9 at /upload/config/providerOptions/height"),
        ("height = \"high\"", "does not match"),
        ("height = 1.5", "is not of types"),
        ("open = \"yes\"", "is not one of"),
        ("mode = \"c\"", "is not one of"),
        ("boxes = [{ inner = 5 }]", "5 is not of type"),
        ("kind = { type = \"z\" }", "/upload/config/providerOptions/kind"),
        ("tags = { a = \"x\" }", "/upload/config/providerOptions/tags/a"),
    ] {
        assert!(refused(&shelf(lines)).contains(why), "{lines}: {}", refused(&shelf(lines)));
    }
    assert!(refused("[upload.config]\nprovider = \"shelf\"\n").contains("providerOptions"));
    assert!(refused("[upload.providers.shelf]\n").contains("providerOptions"));
    assert!(refused("[upload.providers.shelf.providerOptions]\nplace = 5\n").contains("5 is not of type"));
    // The options of these providers are unknown.
    for name in ["loose", "elsewhere", "${NAME}"] {
        assert_eq!(refused(&shelf("hight = 1").replace("\"shelf\"", &format!("{name:?}"))), "");
    }
    assert_eq!(refused("[upload.providers.elsewhere.providerOptions]\na = 5\n"), "");
    assert!(refused("[upload.providers.elsewhere]\na = 5\n").contains("'a' was unexpected"));
}

#[test]
fn each_file_is_known_by_what_is_in_it() {
    let fits = |toml: &str| refusals(toml).is_empty();
    assert!(fits("") && fits("[server]\n") && fits("upload = false\n"));
    // The host ignores the tables of other plugins.
    assert!(fits("[upload.config]\n[graphql]\nx = 1\n[upload.config.sharp]\ncache = 1\n"));
    assert!(!fits("[graphql]\n") && !fits("[servr]\n") && !fits("[uploads]\n") && !fits("upload = 5\n"));
}

#[test]
fn every_template_fits() {
    for text in Template::ALL.map(Template::text).into_iter().chain([TEMPLATE]) {
        assert_eq!(refusals(text), [""; 0], "{text}");
    }
}

#[test]
fn a_reference_that_leads_nowhere_is_open() {
    let odd = json!({ "properties": { "a": { "$ref": "#/properties/b/deep" }, "c": { "$ref": "https://x/y" } } });
    let schema = editor::schema(&[(ProviderName::local(), odd)].into());
    let validator = jsonschema::draft7::new(&schema).unwrap();
    assert_eq!(refusals_of(&validator, "[upload.config.providerOptions]\na = 5\nc = 6\n"), [""; 0]);
}
