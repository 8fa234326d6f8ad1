//! Every text results in a configuration or a problem, and escaped texts are preserved.

use longshore_plugin_host::config::{Node, Value, schema};
use proptest::prelude::*;
use serde_json::json;

use crate::project::{Project, with_options};

/// Texts with many special characters.
fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop_oneof![
            Just("$"),
            Just("${"),
            Just("}"),
            Just("A"),
            Just(":-"),
            Just("-"),
            Just("\n"),
            Just("ü"),
            Just("\""),
            Just("\0")
        ],
        0..12,
    )
    .prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_escaped_text_is_itself_again(text in text()) {
        let escaped = toml::Value::String(text.replace("${", "$${")).to_string();
        let options = with_options(&format!("a = {escaped}")).options();
        prop_assert_eq!(options, json!({"a": text}));
    }

    #[test]
    fn any_text_expands_or_is_a_problem(text in text()) {
        let value = toml::Value::String(text).to_string();
        let project = with_options(&format!("a = {value}")).var("A", "1");
        if let Err(problems) = project.result() {
            for problem in &problems {
                prop_assert_eq!(problem.key.as_deref(), Some("upload.config.providerOptions.a"));
            }
        }
    }

    #[test]
    fn any_file_loads_or_has_a_problem_with_a_line(text in "[\\[\\]a-c=.\"'{}#\n\r 0-9\u{feff}é]{0,60}") {
        if let Err(problems) = Project::with(&text).result() {
            for problem in &problems {
                prop_assert!(problem.line.is_some_and(|line| line >= 1), "{problem}");
            }
        }
    }

    #[test]
    fn any_override_is_taken_or_refused(text in ".{0,30}") {
        let _ = Project::with("").set(&text).result();
    }

    #[test]
    fn text_for_a_number_is_that_number(number in any::<i64>()) {
        let mut options = Node::empty("o");
        if let Value::Table(table) = &mut options.value {
            table.insert("a".to_owned(), Node { value: Value::String(number.to_string()), ..Node::empty("o.a") });
        }
        let schema = json!({"properties": {"a": {"type": "integer"}}});
        prop_assert_eq!(schema::validate(&options, &schema), Ok(json!({"a": number})));
    }
}
