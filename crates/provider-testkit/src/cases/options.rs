//! Options: a provider accepts exactly the options that its schema describes.

use longshore_provider::{
    ErrorKind,
    serde_json::{Value, json},
};

use crate::{
    case::{Case, Need::Schema},
    context::CaseContext,
    fields::{Field, fields, sounds_secret, with, without},
    outcome::{Check, Finding, describe, fail, fail_with, skip},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "options.schema",
        description: "the schema accepts what `init` accepts",
        rule: "the host checks the options against the exported schema before `init`: both must accept the same options",
        remedy: "declare options within `options!`; with serde attributes of your own, write the schemars ones too",
        needs: &[],
        slow: false,
        check: |context| Box::pin(schema(context)),
    },
    Case {
        id: "options.described",
        description: "every option has a description",
        rule: "doc comments of option structs become the descriptions in the schema",
        remedy: "write a doc comment on each field",
        needs: &[Schema],
        slow: false,
        check: |context| Box::pin(async { described(context) }),
    },
    Case {
        id: "options.unknown-key",
        description: "an unknown option is refused by name",
        rule: "unknown options are refused: a misspelt option must not be ignored",
        remedy: "declare options within `options!`, or add `#[serde(deny_unknown_fields)]`",
        needs: &[Schema],
        slow: false,
        check: |context| Box::pin(unknown_key(context)),
    },
    Case {
        id: "options.wrong-type",
        description: "a value of the wrong type is refused by name",
        rule: "wrong options are `invalid_options`; the message names the option and what is allowed",
        remedy: "give the field the type that it has, rather than `Value`; do not `unwrap` options",
        needs: &[Schema],
        slow: false,
        check: |context| Box::pin(wrong_type(context)),
    },
    Case {
        id: "options.secrets-marked",
        description: "options that are secrets are marked as secrets",
        rule: "a secret is of the type `Secret`, whose schema says `writeOnly`: the host masks it everywhere",
        remedy: "use `longshore_provider::Secret`; if the value is no secret, mark it in the schema: \
                 `#[schemars(extend(\"writeOnly\" = false))]`",
        needs: &[Schema],
        slow: false,
        check: |context| Box::pin(async { secrets_marked(context) }),
    },
    Case {
        id: "options.secrets-kept",
        description: "no error and no log says what a secret is",
        rule: "an error names an option, never its value; a secret is never logged",
        remedy: "do not format a secret, or options that have one; do not put what a service quotes into an error",
        needs: &[Schema],
        slow: false,
        check: |context| Box::pin(secrets_kept(context)),
    },
];

const UNKNOWN: &str = "longshoreUnknownOption";

/// A text that does not occur by chance and differs between the runs of a case in this process.
pub(super) fn marker(context: &CaseContext) -> String {
    format!("QZx7-{}", context.prefix().replace("longshore-validate", "").replace(['/', '.'], ""))
}

async fn schema(context: &CaseContext) -> Check {
    let schema = match context.target.schema() {
        Ok(schema) => schema,
        Err(error) => return fail_with("the schema of the options cannot be had", "a JSON Schema", describe(&error)),
    };
    if !schema.is_boolean() && schema["type"] != "object" && schema.get("properties").is_some() {
        return fail_with(
            "the schema describes something else than a table",
            "`\"type\": \"object\"`",
            &schema["type"],
        );
    }
    let options = context.target.options();
    if let Some(objections) = context.target.objections(options).filter(|objections| !objections.is_empty())
        && context.open(options).await.is_ok()
    {
        return fail_with("the schema refuses options that `init` takes", "no objection", objections.join("; "));
    }
    for field in fields(&schema).iter().filter(|field| field.required) {
        let Some(changed) = without(options, &field.path) else { continue };
        let Err(error) = context.open(&changed).await else {
            let reason = format!("`init` takes options without `{}`, which the schema requires", field.name());
            return fail_with(reason, "invalid_options", "a provider");
        };
        if error.kind() != ErrorKind::InvalidOptions {
            let reason = format!("options without `{}` are another kind of error", field.name());
            return fail_with(reason, "invalid_options", describe(&error));
        }
        if context.target.objections(&changed).is_some_and(|objections| objections.is_empty()) {
            return fail(format!("the schema takes options without `{}`, which it requires", field.name()));
        }
    }
    Ok(())
}

fn described(context: &CaseContext) -> Check {
    let silent: Vec<String> = all_fields(context)?
        .iter()
        .filter(|field| !field.described)
        .map(|field| format!("`{}`", field.name()))
        .collect();
    if !silent.is_empty() {
        context.warn(Finding::new("options have no description").expected("a description of each", silent.join(", ")));
    }
    Ok(())
}

async fn unknown_key(context: &CaseContext) -> Check {
    let options = context.target.options();
    let mut tables = vec![Vec::new()];
    tables.extend(all_fields(context)?.into_iter().filter(|field| field.table).map(|field| field.path));
    for mut path in tables {
        path.push(UNKNOWN.to_owned());
        let Some(changed) = with(options, &path, json!(1)) else { continue };
        let name = path.join(".");
        match context.open(&changed).await {
            Ok(_) => {
                return fail_with(format!("the unknown option `{name}` is taken"), "invalid_options", "a provider");
            }
            Err(error) if error.kind() != ErrorKind::InvalidOptions => {
                let reason = format!("the unknown option `{name}` is another kind of error");
                return fail_with(reason, "invalid_options", describe(&error));
            }
            Err(error) if !error.message().contains(UNKNOWN) => {
                return fail_with("the error does not name the unknown option", format!("`{name}`"), describe(&error));
            }
            Err(_) => {}
        }
        if context.target.objections(&changed).is_some_and(|objections| objections.is_empty()) {
            return fail(format!("the schema takes the unknown option `{name}`"));
        }
    }
    Ok(())
}

async fn wrong_type(context: &CaseContext) -> Check {
    let mut tried = 0;
    let marker = &marker(context);
    for field in all_fields(context)? {
        let Some(wrong) = value_of_other_type(&field, marker) else { continue };
        let Some(changed) = with(context.target.options(), &field.path, wrong) else { continue };
        tried += 1;
        let name = field.name();
        let expected = format!("invalid_options, as it has to be {}", field.types.join(" or "));
        match context.open(&changed).await {
            Ok(_) => {
                return fail_with(format!("`{name}` is taken with a value of the wrong type"), expected, "a provider");
            }
            Err(error) if error.kind() != ErrorKind::InvalidOptions => {
                let reason = format!("`{name}` with a value of the wrong type is another kind of error");
                return fail_with(reason, "invalid_options", describe(&error));
            }
            Err(error) if !error.message().contains(field.last()) => {
                return fail_with("the error does not name the option", format!("`{name}`"), describe(&error));
            }
            Err(error) if describe(&error).contains(marker) => {
                return fail_with(
                    "the error quotes the value",
                    format!("`{name}` and what is allowed"),
                    describe(&error),
                );
            }
            Err(_) => {}
        }
        if context.target.objections(&changed).is_some_and(|objections| objections.is_empty()) {
            return fail(format!("the schema takes `{name}` with a value of the wrong type"));
        }
    }
    if tried == 0 { skip("no option has a certain type") } else { Ok(()) }
}

fn secrets_marked(context: &CaseContext) -> Check {
    for field in all_fields(context)? {
        if sounds_secret(field.last()) && field.takes("string") && !field.table && field.write_only.is_none() {
            let reason = format!(
                "the name of `{}` is that of a secret, and its schema does not say whether it is one",
                field.name()
            );
            return fail_with(reason, "`writeOnly` in the schema", "a value that the host prints");
        }
    }
    Ok(())
}

async fn secrets_kept(context: &CaseContext) -> Check {
    let secrets: Vec<Field> =
        all_fields(context)?.into_iter().filter(|field| field.is_secret() && field.takes("string")).collect();
    let (mut said, mut tried) = (Vec::new(), 0);
    let marker = &marker(context);
    for secret in &secrets {
        for value in [json!(marker), json!({ marker: marker }), json!([marker])] {
            let Some(options) = with(context.target.options(), &secret.path, value) else { continue };
            tried += 1;
            let handle = match context.open(&options).await {
                Ok(handle) => handle,
                Err(error) => {
                    said.push(format!("{error:?}"));
                    continue;
                }
            };
            let file = context.at("secret.txt");
            let call = longshore_provider::Call::new();
            let body = longshore_provider::Body::from("x");
            // The calls may fail with another secret. Only the text of their errors matters.
            let upload = context.call().await.unwrap_or_default();
            said.extend(handle.upload(&file, body, &upload).await.err().map(|error| format!("{error:?}")));
            said.extend(handle.head(&file, &call).await.err().map(|error| format!("{error:?}")));
            said.extend(handle.delete(&file, &call).await.err().map(|error| format!("{error:?}")));
            said.extend(handle.health(&call).await.err().map(|error| format!("{error:?}")));
        }
    }
    if tried == 0 {
        return skip("no option is a secret");
    }
    if let Some(error) = said.iter().find(|text| text.contains(marker)) {
        return fail_with("an error says what a secret is", "no secret", error.replace(marker, "<the secret>"));
    }
    match context.target.log().iter().find(|text| text.contains(marker)) {
        Some(event) => fail_with("the log says what a secret is", "no secret", event.replace(marker, "<the secret>")),
        None => Ok(()),
    }
}

fn all_fields(context: &CaseContext) -> Check<Vec<Field>> {
    match context.target.schema() {
        Ok(schema) => Ok(fields(&schema)),
        Err(error) => fail_with("the schema of the options cannot be had", "a JSON Schema", describe(&error)),
    }
}

/// A value of a type that the option does not accept.
fn value_of_other_type(field: &Field, marker: &str) -> Option<Value> {
    let values = [("array", json!([marker])), ("object", json!({ marker: marker })), ("string", json!(marker))];
    values.into_iter().find(|(kind, _)| !field.takes(kind)).map(|(_, value)| value)
}
