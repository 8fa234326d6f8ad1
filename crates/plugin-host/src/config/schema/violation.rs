//! Describes violations of a schema without repeating the value.

use jsonschema::JsonType;
use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value as Json;

use super::facets::Facets;
use crate::config::nearest;
use crate::config::node::{Node, Value};
use crate::config::origin::join;
use crate::config::problem::Problem;

/// Adds the problems for one validation error in the options.
pub(super) fn report(error: &ValidationError<'_>, options: &Node, facets: &Facets<'_>, problems: &mut Vec<Problem>) {
    let pointer = error.instance_path().as_str();
    let node = options.pointer(pointer).unwrap_or(options);
    let origin = &node.origin;
    let message = match error.kind() {
        // The problem of an unresolved value has been reported already.
        _ if node.value == Value::Unresolved => return,
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let facets = facets.pointer(pointer);
            return problems.extend(unexpected.iter().map(|name| unknown(name, node, &facets)));
        }
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            if !node.as_table().is_some_and(|table| table.contains_key(name)) {
                let key = join(&origin.key, name);
                problems.push(Problem::at(origin, "required, but missing").with_key(key));
            }
            return;
        }
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            return alternatives(context, node, options, facets, problems);
        }
        Kind::OneOfMultipleValid { .. } => "fits several alternatives of which only one may apply".to_owned(),
        Kind::Type { kind } => format!("expected {}, found {}", type_names(kind), node.kind()),
        Kind::Constant { expected_value } => format!("expected {}", literal(expected_value)),
        Kind::Enum { options } => format!("expected {}", any_of(options.as_array().into_iter().flatten())),
        Kind::Minimum { limit } => format!("must be at least {limit}"),
        Kind::Maximum { limit } => format!("must be at most {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("must be more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("must be a multiple of {multiple_of}"),
        Kind::MinLength { limit: 1 } => "must not be empty".to_owned(),
        Kind::MinLength { limit } => format!("must have at least {limit} characters"),
        Kind::MaxLength { limit } => format!("must have at most {limit} characters"),
        Kind::MinItems { limit } => format!("must have at least {limit} elements"),
        Kind::MaxItems { limit } => format!("must have at most {limit} elements"),
        Kind::AdditionalItems { limit } => format!("must have at most {limit} elements"),
        Kind::MinProperties { limit } => format!("must have at least {limit} keys"),
        Kind::MaxProperties { limit } => format!("must have at most {limit} keys"),
        Kind::UniqueItems => "has the same element twice".to_owned(),
        Kind::Pattern { pattern } => format!("must match the pattern `{pattern}`"),
        Kind::Format { format } => format!("must be a valid {format}"),
        Kind::PropertyNames { .. } => "has a key of a form that is not allowed".to_owned(),
        Kind::FalseSchema => "not allowed here".to_owned(),
        _ => format!("not allowed by `{}` of the provider's schema", error.schema_path().as_str()),
    };
    problems.push(Problem::of_value(origin, message));
}

fn unknown(name: &str, table: &Node, facets: &Facets<'_>) -> Problem {
    let origin = table.get(name).map_or_else(|| table.origin.entry(name), |node| node.origin.clone());
    let hint = match facets.renamed(name) {
        Some(now) => format!("now `{now}`"),
        None => nearest::hint(name, facets.known_names()),
    };
    Problem::at(&origin, "unknown key").with_hint(hint)
}

/// Reports that no alternative matches: the errors of the probable alternative, or the requirements of all of them.
fn alternatives(
    context: &[Vec<ValidationError<'static>>],
    node: &Node,
    options: &Node,
    facets: &Facets<'_>,
    problems: &mut Vec<Problem>,
) {
    // The alternatives may fail only because of a value that is not resolved yet.
    if has_unresolved(node) {
        return;
    }
    let here = context.first().and_then(|errors| errors.first()).map(|error| error.instance_path().as_str());
    let shortest = context.iter().flatten().map(|error| error.instance_path().as_str()).min_by_key(|path| path.len());
    let at = shortest.or(here).unwrap_or_default();
    // An alternative of another type or with another tag is improbable.
    let mistaken = |error: &ValidationError<'_>| match error.kind() {
        Kind::Type { .. } | Kind::Enum { .. } => error.instance_path().as_str() == at,
        Kind::Constant { .. } => true,
        _ => false,
    };
    let meant: Vec<_> = context.iter().filter(|errors| !errors.iter().any(mistaken)).collect();
    // If several alternatives remain, the one with these keys is the most probable.
    let other_keys = |error: &ValidationError<'_>| {
        matches!(error.kind(), Kind::AdditionalProperties { .. } | Kind::Required { .. })
            && error.instance_path().as_str() == at
    };
    let of_these_keys: Vec<_> = meant.iter().copied().filter(|errors| !errors.iter().any(other_keys)).collect();
    if let ([errors], _) | (_, [errors]) = (meant.as_slice(), of_these_keys.as_slice()) {
        return errors.iter().for_each(|error| report(error, options, facets, problems));
    }
    let tags: Vec<_> = context.iter().flatten().filter(|error| matches!(error.kind(), Kind::Constant { .. })).collect();
    if meant.is_empty()
        && let Some(first) = tags.iter().find(|error| error.instance_path().as_str() != at)
    {
        let path = first.instance_path().as_str();
        let values = tags.iter().filter(|error| error.instance_path().as_str() == path).flat_map(|error| values(error));
        let origin = options.pointer(path).map_or(&node.origin, |node| &node.origin);
        return problems.push(Problem::of_value(origin, format!("expected {}", any_of(values))));
    }
    problems.push(Problem::of_value(&node.origin, wanted(context, at, node)));
}

/// The possible types or texts of the value itself.
fn wanted(context: &[Vec<ValidationError<'static>>], at: &str, node: &Node) -> String {
    let errors = || context.iter().flatten().filter(|error| error.instance_path().as_str() == at);
    let texts: Vec<_> = errors().flat_map(values).filter(|value| !value.is_null()).collect();
    let mut types: Vec<_> = errors()
        .filter_map(|error| match error.kind() {
            Kind::Type { kind } => Some(names(kind)),
            _ => None,
        })
        .flatten()
        .collect();
    types.dedup();
    let is_text = matches!(node.value, Value::String(_));
    match (texts.is_empty(), types.is_empty()) {
        (false, _) if is_text || types.is_empty() => format!("expected {}", any_of(texts)),
        (_, false) => format!("expected {}, found {}", types.join(" or "), node.kind()),
        _ => "fits none of the alternatives that the provider's schema has".to_owned(),
    }
}

fn values<'e>(error: &'e ValidationError<'_>) -> Vec<&'e Json> {
    match error.kind() {
        Kind::Constant { expected_value } => vec![&**expected_value],
        Kind::Enum { options } => options.as_array().into_iter().flatten().collect(),
        _ => Vec::new(),
    }
}

fn has_unresolved(node: &Node) -> bool {
    match &node.value {
        Value::Unresolved => true,
        Value::Array(elements) => elements.iter().any(has_unresolved),
        Value::Table(table) => table.values().any(has_unresolved),
        _ => false,
    }
}

/// Joins the values as `` `a`, `b` or `c` ``.
fn any_of<'v>(values: impl IntoIterator<Item = &'v Json>) -> String {
    let mut texts: Vec<_> = Vec::new();
    for value in values.into_iter().filter(|value| !value.is_null()) {
        let text = literal(value);
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    match texts.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => "nothing".to_owned(),
    }
}

fn literal(value: &Json) -> String {
    match value {
        Json::String(text) if text.is_empty() => "an empty text".to_owned(),
        Json::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

fn type_names(kind: &TypeKind) -> String {
    names(kind).join(" or ")
}

/// The types with their articles. `null` is included only if it is the only type, because TOML does not have it.
fn names(kind: &TypeKind) -> Vec<&'static str> {
    let types: Vec<_> = match kind {
        TypeKind::Single(name) => vec![*name],
        TypeKind::Multiple(names) => names.iter().collect(),
    };
    types
        .into_iter()
        .filter_map(|name| match name {
            JsonType::Array => Some("an array"),
            JsonType::Boolean => Some("a boolean"),
            JsonType::Integer => Some("an integer"),
            JsonType::Number => Some("a number"),
            JsonType::Object => Some("a table"),
            JsonType::String => Some("a string"),
            JsonType::Null => None,
        })
        .collect()
}
