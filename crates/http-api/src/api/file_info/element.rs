//! The metadata of one file.

use longshore_media_library::{Cleared, FileInfo, FocalPoint, InfoProblem};
use serde_json::{Map, Value};

use super::super::{bounded_json, shown::shown};
use crate::query::{parse_number, show_number};

/// Parses an element of `fileInfo`, which `path` names in problems.
pub(super) fn one(value: &Value, path: &str) -> Result<FileInfo, Vec<InfoProblem>> {
    // An element may be a string that contains JSON.
    let parsed = match value {
        Value::String(text) => bounded_json::read(text.as_bytes(), &mut bounded_json::MOST_VALUES.clone()).ok(),
        _ => None,
    };
    let Value::Object(fields) = parsed.as_ref().unwrap_or(value) else {
        return Err(vec![wrong_type(path, "object", value)]);
    };
    let mut problems = Vec::new();
    let mut text = |name| match fields.get(name) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) if number.is_f64() => number.as_f64().map(show_number),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => Some(value.to_string()),
        Some(value) => {
            let path = format!("{path}.{name}");
            let message = format!("{path} must be a `string` type, but the final value was: `{}`.", shown(value));
            problems.push(problem(&path, message, Some(value.clone())));
            None
        }
    };
    let (name, alternative_text, caption) = (text("name"), text("alternativeText"), text("caption"));
    let focal_point = focal_point(fields, path, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let is_null = |name: &str| fields.get(name).is_some_and(Value::is_null);
    let cleared = Cleared { alternative_text: is_null("alternativeText"), caption: is_null("caption") };
    Ok(FileInfo { name, alternative_text, caption, focal_point, cleared })
}

fn focal_point(fields: &Map<String, Value>, path: &str, problems: &mut Vec<InfoProblem>) -> Option<FocalPoint> {
    let parsed = match fields.get("focalPoint")? {
        Value::String(text) => {
            bounded_json::read(text.as_bytes(), &mut bounded_json::MOST_VALUES.clone()).unwrap_or_default()
        }
        value => value.clone(),
    };
    // A focal point that is not an object is ignored.
    let Value::Object(point) = parsed else { return None };
    let mut side = |name: &str| {
        let path = format!("{path}.focalPoint.{name}");
        let wrong = match point.get(name) {
            None => problem(&path, format!("{path} is a required field"), None),
            Some(value) => match number(value) {
                Some(number) if number > 100.0 => {
                    problem(&path, format!("{path} must be less than or equal to 100"), Some(value.clone()))
                }
                Some(number) if number < 0.0 => {
                    problem(&path, format!("{path} must be greater than or equal to 0"), Some(value.clone()))
                }
                Some(number) => return Some(number),
                None => {
                    let cast = if value.is_null() { String::new() } else { cast_from(value) };
                    let message = format!("{path} must be a `number` type, but the final value was: `NaN`{cast}.");
                    problem(&path, message, Some(Value::Null))
                }
            },
        };
        problems.push(wrong);
        None
    };
    let (x, y) = (side("x"), side("y"));
    Some(FocalPoint { x: x?, y: y? })
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => {
            let text: String = text.split_whitespace().collect();
            Some(parse_number(&text)).filter(|number| number.is_finite() && !text.is_empty())
        }
        _ => None,
    }
}

pub(super) fn wrong_type(path: &str, expected: &str, value: &Value) -> InfoProblem {
    let cast = if value.is_null() { String::new() } else { cast_from(value) };
    let message = format!("{path} must be a `{expected}` type, but the final value was: `null`{cast}.");
    problem(path, message, Some(Value::Null))
}

/// The error for a JSON body that is not an object.
pub(in crate::api) fn no_object(body: &Value) -> InfoProblem {
    InfoProblem { path: Vec::new(), ..wrong_type("this", "object", body) }
}

fn cast_from(value: &Value) -> String {
    format!(" (cast from the value `{}`)", shown(value))
}

/// Splits a path such as `fileInfo[0].focalPoint.x` into its segments.
pub(super) fn problem(path: &str, message: String, value: Option<Value>) -> InfoProblem {
    let pieces = path.split(['.', '[', ']']).filter(|piece| !piece.is_empty());
    InfoProblem { path: pieces.map(str::to_owned).collect(), message, value }
}
