use serde_json::json;

use crate::project::{Project, with_options};

#[test]
fn an_override_is_toml_or_else_text() {
    let project = with_options("a = 1\nb = { c = 1 }")
        .set("upload.config.providerOptions.a=two")
        .set("upload.config.providerOptions.b.c = [1, \"x\"]")
        .set("upload.config.providerOptions.d.e=true")
        .set("upload.config.providerOptions.\"f.g=h\"={ i = 1 }")
        .set("upload.config.providerOptions.url=https://a?b=c")
        .set("upload.config.providerOptions.empty=")
        .set("upload.config.provider=aws-s3");
    let expected = json!({
        "a": "two", "b": {"c": [1, "x"]}, "d": {"e": true}, "f.g=h": {"i": 1}, "url": "https://a?b=c", "empty": "",
    });
    assert_eq!(project.options(), expected);
    let config = project.load();
    assert_eq!(config.upload.provider.as_str(), "aws-s3");
    assert_eq!(config.upload.provider_origin.to_string(), "--set");
    let deep = config.upload.provider_options.pointer("/b/c/1").unwrap();
    assert_eq!(deep.origin.key, "upload.config.providerOptions.b.c[1]");
}

#[test]
fn the_last_override_counts_and_variables_are_looked_up() {
    let project = with_options("a = \"${MISSING}\"")
        .set("upload.config.providerOptions.a=1")
        .set("upload.config.providerOptions.a=${B}")
        .var("B", "b");
    assert_eq!(project.options(), json!({"a": "b"}));
}

#[test]
fn a_malformed_override_is_not_repeated() {
    for text in ["hunter2", "=hunter2", "a b=hunter2", "a..b=hunter2", "a=1\nb.hunter2"] {
        let problems = Project::with("").set(text).problems();
        assert!(!problems.contains("hunter2"), "{problems}");
    }
    assert!(Project::with("").set("a").problems().contains("not of the form `key.path=value`"));
}

#[test]
fn a_problem_in_an_override_names_its_key() {
    let text = Project::with("").set("upload.config.sizeLimit=hunter2").set("upload.conifg.x=1").problems();
    assert!(text.contains("--set: upload.config.sizeLimit: expected an integer, found a string"), "{text}");
    assert!(text.contains("--set: upload.conifg: unknown key\n  hint: did you mean `config`?"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}
