use longshore_plugin_host::config::{Taken, Value};
use serde_json::json;

use crate::project::with_options;

#[test]
fn variables_stand_anywhere_in_a_text() {
    let project = with_options(
        r#"
        whole = "${A}"
        inside = "x-${A}/${B}-y"
        default = "${NONE-a-b:c}"
        nothing = "${NONE-}"
        empty_is_set = "${EMPTY-default}"
        empty_is_unset = "${EMPTY:-default}"
        unset = "${NONE:-default}"
        literal = "$${A}"
        dollars = "$ $A $$ a$"
        mixed = "$$${A}"
        list = ["${A}", { deep = "${B}" }]
        "#,
    );
    let project = project.var("A", "1").var("B", "${A}$${A}").var("EMPTY", "");
    assert_eq!(
        project.options(),
        json!({
            "whole": "1",
            "inside": "x-1/${A}$${A}-y",
            "default": "a-b:c",
            "nothing": "",
            "empty_is_set": "",
            "empty_is_unset": "default",
            "unset": "default",
            "literal": "${A}",
            "dollars": "$ $A $$ a$",
            "mixed": "$${A}",
            "list": ["1", {"deep": "${A}$${A}"}],
        })
    );
}

#[test]
fn all_missing_variables_are_reported_with_place_key_and_fix() {
    let text = with_options("a = \"${ONE}${TWO}\"\nb = [\n  \"${THREE}\",\n]").problems();
    for part in [
        "config/plugins.toml:2:1: upload.config.providerOptions.a: the environment variable `ONE` is not set",
        "config/plugins.toml:2:1: upload.config.providerOptions.a: the environment variable `TWO` is not set",
        "config/plugins.toml:4:3: upload.config.providerOptions.b[0]: the environment variable `THREE` is not set",
        "hint: set it in the environment or in `.env`, or give it a default: `${ONE-…}`",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn what_is_no_reference_is_an_error_that_does_not_repeat_it() {
    for (value, message) in [
        ("hunter2${A", "a `${` is not closed"),
        ("${}", "a `${…}` does not name a variable"),
        ("${1hunter2}", "a `${…}` does not name a variable"),
        ("${hunter2 A}", "a `${…}` does not name a variable"),
        ("${A:hunter2}", "a `${…}` does not name a variable"),
        ("${hünter2}", "a `${…}` does not name a variable"),
        ("${A-${hunter2}}", "the default in a `${…}` names another variable"),
    ] {
        let text = with_options(&format!("a = \"{value}\"")).var("A", "x").problems();
        assert!(text.contains(&format!("upload.config.providerOptions.a: {message}")), "{value}: {text}");
        assert!(!text.contains("hunter2") && !text.contains("hünter2"), "{text}");
    }
}

#[test]
fn typed_variables_have_their_type() {
    let project = with_options(
        r#"
        int = { "$env" = "INT", type = "int" }
        float = { "$env" = "FLOAT", type = "float" }
        yes = { "$env" = "YES", type = "bool" }
        no = { "$env" = "NO", type = "bool" }
        json = { "$env" = "JSON", type = "json" }
        array = { "$env" = "ARRAY", type = "array" }
        plain = { "$env" = "PLAIN", type = "array" }
        none = { "$env" = "NONE", type = "array" }
        string = { "$env" = "INT" }
        [upload.config.providerOptions.table]
        "$env" = "INT"
        type = "string"
        "#,
    );
    let project = project
        .var("INT", " 42 ")
        .var("FLOAT", "1.5e3")
        .var("YES", "true")
        .var("NO", "false")
        .var("JSON", r#"{"a": [1, null, {"b": "${INT}"}], "c": 1.5}"#)
        .var("ARRAY", r#"["x", "y z" , w]"#)
        .var("PLAIN", "a,b , c")
        .var("NONE", "");
    assert_eq!(
        project.options(),
        json!({
            "int": 42, "float": 1500.0, "yes": true, "no": false,
            "json": {"a": [1, null, {"b": "${INT}"}], "c": 1.5},
            "array": ["x", "y z", "w"], "plain": ["a", "b", "c"], "none": [], "string": " 42 ", "table": " 42 ",
        })
    );
    let options = project.load().upload.provider_options;
    let deep = options.pointer("/json/a/2/b").unwrap();
    assert_eq!(deep.origin.key, "upload.config.providerOptions.json.a[2].b");
    assert_eq!(deep.origin.to_string(), "config/plugins.toml:7:9, JSON");
}

#[test]
fn a_default_counts_only_when_the_variable_is_not_set() {
    let lines = r#"
        a = { "$env" = "A", type = "int", default = 5 }
        b = { "$env" = "B", default = "x${C}" }
        c = { "$env" = "B", type = "array", default = ["${C}"] }
        d = { "$env" = "B", type = "json", default = { e = 1 } }
        "#;
    let project = with_options(lines).var("C", "1");
    assert_eq!(project.options(), json!({"a": 5, "b": "x1", "c": ["1"], "d": {"e": 1}}));
    let options = project.load().upload.provider_options;
    assert_eq!(options.get("a").unwrap().origin.variables[0].taken, Taken::Default);

    // The variable in an unused default is not looked up. An empty text is not an integer.
    let text = with_options(lines).var("A", "").var("B", "[]").problems();
    assert!(text.contains("`A` is not an integer, it is empty"), "{text}");
    assert!(text.contains("hint: with `emptyIsUnset = true` empty counts as not set"), "{text}");
    assert!(!text.contains("`C`"), "{text}");
}

#[test]
fn a_default_replaces_an_empty_variable_where_that_is_said() {
    let lines = r#"
        a = { "$env" = "A", type = "int", default = 5, emptyIsUnset = true }
        b = { "$env" = "A", default = "x", emptyIsUnset = false }
        c = { "$env" = "B", type = "int", default = 5, emptyIsUnset = true }
        "#;
    assert_eq!(with_options(lines).var("A", "").var("B", "6").options(), json!({"a": 5, "b": "", "c": 6}));
    let text = with_options("a = { \"$env\" = \"A\", emptyIsUnset = true }").var("A", "").problems();
    assert!(text.contains("`A` is not set"), "{text}");
}

#[test]
fn a_text_of_another_type_is_an_error_without_the_text() {
    for (kind, text, expected) in [
        ("int", "3.9hunter2", "is not an integer"),
        ("int", "99999999999999999999", "is not an integer"),
        ("float", "hunter2", "is not a number"),
        ("float", "inf", "is not a number"),
        ("bool", "True", "is not exactly `true` or `false`"),
        ("bool", "1", "is not exactly `true` or `false`"),
        ("bool", "", "is not exactly `true` or `false`, it is empty"),
        ("json", "{hunter2", "is not JSON"),
        ("json", "", "is not JSON, it is empty"),
    ] {
        let text = with_options(&format!("a = {{ \"$env\" = \"A\", type = \"{kind}\" }}")).var("A", text).problems();
        assert!(text.contains(&format!("the environment variable `A` {expected}")), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[test]
fn a_malformed_table_of_a_variable_is_an_error() {
    for (table, expected) in [
        ("\"$env\" = 5", "providerOptions.a.\"$env\": `$env` does not name a variable"),
        ("\"$env\" = \"A B\"", "`$env` does not name a variable"),
        ("\"$env\" = \"A\", type = \"integer\"", "providerOptions.a.type: `type` is not one of array, bool"),
        ("\"$env\" = \"A\", typ = \"int\"", "providerOptions.a.typ: unknown key beside `$env`"),
        ("\"$env\" = \"A\", type = \"int\", default = \"5\"", "a.default: the default is a string, its `type` is int"),
        ("\"$env\" = \"A\", type = \"int\"", "`A` is not set"),
        ("\"$env\" = \"A\", emptyIsUnset = \"yes\"", "a.emptyIsUnset: `emptyIsUnset` is not `true` or `false`"),
    ] {
        let text = with_options(&format!("a = {{ {table} }}")).problems();
        assert!(text.contains(expected), "{table}: {text}");
    }
}

#[test]
fn a_variable_that_is_no_text_is_an_error() {
    use std::os::unix::ffi::OsStringExt;
    let project = with_options("a = \"${A}\"");
    let environment = |name: &str| (name == "A").then(|| std::ffi::OsString::from_vec(vec![0xff]));
    let problems = longshore_plugin_host::config::load_with(&project.request, &environment).unwrap_err();
    assert!(problems.to_string().contains("`A` is not UTF-8 text"), "{problems}");
}

#[test]
fn values_that_json_cannot_hold_are_errors() {
    let text = with_options("a = nan\nb = 9223372036854775808").problems();
    assert!(text.contains("providerOptions.a: not a finite number"), "{text}");
    assert!(text.contains("providerOptions.b: an integer beyond 64 bits"), "{text}");
}

#[test]
fn an_examined_configuration_marks_what_is_missing() {
    let config = with_options("a = \"${NONE}\"\nb = 1").part();
    assert_eq!(config.upload.provider_options.get("a").unwrap().value, Value::Unresolved);
    assert_eq!(config.upload.provider_options.to_json(), json!({"b": 1}));
}
