//! `fileInfo`: metadata that a request sends with its files, parsed as leniently as Strapi does.
//!
//! Like Strapi's schema, the parser converts numbers and booleans to strings, strings to numbers, and strings that
//! contain JSON to the parsed value. Errors use Strapi's messages for all other values.

mod element;

use std::borrow::Cow;

use longshore_media_library::{Error as LibraryError, Infos};
use serde_json::Value;

pub(super) use self::element::no_object;
use self::element::{one, problem, wrong_type};
use super::bounded_json;
use crate::query::{Node, Query};

/// The most problems that one error reports. This limit also bounds the size of the error.
const MOST_PROBLEMS: usize = 20;

/// `fileInfo` of a request, before the number of files is known.
#[derive(Debug)]
pub(super) struct FileInfos {
    values: Vec<Value>,
    /// Fields with brackets, for example `fileInfo[caption]`, in the order of the form.
    bracketed: Vec<(String, String)>,
    /// The number of JSON values that the request may still contain.
    values_left: usize,
    /// Whether a field exceeded `values_left`.
    too_large: bool,
}

impl Default for FileInfos {
    fn default() -> Self {
        Self { values: Vec::new(), bracketed: Vec::new(), values_left: bounded_json::MOST_VALUES, too_large: false }
    }
}

impl FileInfos {
    /// Adds a form field. A form may repeat the field once for each file.
    pub(super) fn add_text(&mut self, text: &str) {
        match bounded_json::read(text.as_bytes(), &mut self.values_left) {
            Ok(value) => self.values.push(value),
            Err(error) if bounded_json::is_too_large(&error) => self.too_large = true,
            // Keep invalid JSON as a string. Validation reports it later.
            Err(_) => self.values.push(Value::from(text)),
        }
    }

    /// Adds a multipart field with brackets in its name: `fileInfo[caption]`, `fileInfo[0][caption]`.
    pub(super) fn add_bracketed(&mut self, name: &str, text: String) {
        self.bracketed.push((name.to_owned(), text));
    }

    /// Adds the value of the key `fileInfo` of a JSON body.
    pub(super) fn add_value(&mut self, value: Value) {
        match value {
            Value::String(text) => self.add_text(&text),
            value => self.values.push(value),
        }
    }

    /// Adds the keys with brackets of an urlencoded form: `fileInfo[caption]=…`.
    pub(super) fn add_node(&mut self, node: &Node) {
        self.add_value(of_node(node));
    }

    /// The metadata received so far, for one file or for several.
    ///
    /// `most` is the number of files that a request may have. An array with more elements is refused before its
    /// elements are parsed.
    pub(super) fn so_far(&self, most: usize) -> Result<Option<Infos>, LibraryError> {
        let values = self.all()?;
        let elements = match &*values {
            [Value::Array(elements)] => elements.len(),
            values => values.len(),
        };
        if elements > most {
            let message = format!("fileInfo has {elements} elements, and a request has at most {most} files");
            return Err(LibraryError::InvalidInfo(vec![problem("fileInfo", message, None)]));
        }
        match &*values {
            [] => Ok(None),
            [Value::Array(elements)] => many(elements).map(Some),
            [value] => one(value, "fileInfo").map(Infos::One).map(Some).map_err(LibraryError::InvalidInfo),
            values => many(values).map(Some),
        }
    }

    /// Checks that `fileInfo` has one element for a single file, and several elements for several files.
    pub(super) fn check_count(&self, files: usize) -> Result<(), LibraryError> {
        let values = self.all()?;
        let (elements, array) = match &*values {
            [] => return Ok(()),
            [Value::Array(elements)] => (elements.len(), Value::Array(elements.clone())),
            [value] => (1, value.clone()),
            values => (values.len(), Value::Array(values.to_vec())),
        };
        match files {
            0 | 1 if elements != 1 => Err(LibraryError::InvalidInfo(vec![wrong_type("fileInfo", "object", &array)])),
            2.. if elements == 1 => {
                let only = if let Value::Array(elements) = &array { &elements[0] } else { &array };
                Err(LibraryError::InvalidInfo(vec![wrong_type("fileInfo", "array", only)]))
            }
            _ => Ok(()),
        }
    }
}

impl FileInfos {
    /// The values of all fields. Fields with brackets are parsed like those of an urlencoded form.
    fn all(&self) -> Result<Cow<'_, [Value]>, LibraryError> {
        if self.too_large {
            let message = format!("fileInfo has more than {} values", bounded_json::MOST_VALUES);
            return Err(LibraryError::InvalidInfo(vec![problem("fileInfo", message, None)]));
        }
        if self.bracketed.is_empty() {
            return Ok(Cow::Borrowed(&self.values));
        }
        // Parsing cannot fail because of too many parameters: a multipart form has fewer parts than a query may have
        // parameters.
        let query = Query::of_pairs(&self.bracketed).ok();
        let bracketed = query.as_ref().and_then(|query| query.get("fileInfo")).map(of_node);
        Ok(self.values.iter().cloned().chain(bracketed).collect())
    }
}

fn many(values: &[Value]) -> Result<Infos, LibraryError> {
    let mut problems = Vec::new();
    let mut infos = Vec::new();
    let single = values.len() == 1;
    for (index, value) in values.iter().enumerate() {
        if problems.len() >= MOST_PROBLEMS {
            problems.truncate(MOST_PROBLEMS);
            break;
        }
        let path = if single { "fileInfo".to_owned() } else { format!("fileInfo[{index}]") };
        match one(value, &path) {
            Ok(info) => infos.push(info),
            Err(more) => problems.extend(more),
        }
    }
    if problems.is_empty() { Ok(Infos::Many(infos)) } else { Err(LibraryError::InvalidInfo(problems)) }
}

fn of_node(node: &Node) -> Value {
    match node {
        // A name without `=`.
        Node::Null => Value::from(""),
        Node::Text(text) => Value::from(text.as_str()),
        Node::List(list) => list.iter().map(of_node).collect(),
        Node::Map(entries) => entries.iter().map(|(key, value)| (key.clone(), of_node(value))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use longshore_media_library::{Cleared, FileInfo, FocalPoint};

    use super::*;

    fn read(text: &str) -> Result<Option<Infos>, LibraryError> {
        let mut infos = FileInfos::default();
        infos.add_text(text);
        infos.so_far(20)
    }

    fn one(text: &str) -> FileInfo {
        match read(text) {
            Ok(Some(Infos::One(info))) => info,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn problems(text: &str) -> Vec<(String, String)> {
        match read(text) {
            Err(LibraryError::InvalidInfo(problems)) => {
                problems.into_iter().map(|problem| (problem.path.join("/"), problem.message)).collect()
            }
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn values_are_turned_into_what_they_have_to_be() {
        assert_eq!(one("{}"), FileInfo::default());
        assert_eq!(one(r#"{"bogus":1,"folder":3,"name":null,"focalPoint":null}"#), FileInfo::default());
        let cleared = Cleared { alternative_text: false, caption: true };
        assert_eq!(one(r#"{"caption":null}"#), FileInfo { cleared, ..FileInfo::default() });
        assert_eq!(one(r#"{"caption":1e3}"#).caption.as_deref(), Some("1000"));
        assert_eq!(one(r#"{"focalPoint":{"x":"0x10","y":"1"}}"#).focal_point, Some(FocalPoint { x: 16.0, y: 1.0 }));
        let info = one(r#"{"name":5,"alternativeText":false,"caption":"","focalPoint":{"x":"5 0","y":10.5,"z":1}}"#);
        let point = Some(FocalPoint { x: 50.0, y: 10.5 });
        let expected = FileInfo {
            name: Some("5".to_owned()),
            alternative_text: Some("false".to_owned()),
            caption: Some(String::new()),
            focal_point: point,
            ..FileInfo::default()
        };
        assert_eq!(info, expected);
        assert_eq!(one(r#"{"focalPoint":"{\"x\":1,\"y\":2}"}"#).focal_point, Some(FocalPoint { x: 1.0, y: 2.0 }));
        for nothing in ["\"a\"", "[]", "5"] {
            assert_eq!(one(&format!(r#"{{"focalPoint":{nothing}}}"#)).focal_point, None);
        }
    }

    #[test]
    fn problems_of_file_info_have_the_messages_of_strapi() {
        let final_value = "must be a `string` type, but the final value was:";
        for (text, path, message) in [
            (r#"{"name":{}}"#, "fileInfo/name", format!("fileInfo.name {final_value} `{{}}`.")),
            (r#"{"name":["a"]}"#, "fileInfo/name", format!("fileInfo.name {final_value} `[\n  \"\\\"a\\\"\"\n]`.")),
            (
                r#"{"caption":{"a":1}}"#,
                "fileInfo/caption",
                format!("fileInfo.caption {final_value} `{{\n  \"a\": \"1\"\n}}`."),
            ),
            (
                r#"{"focalPoint":{"x":1}}"#,
                "fileInfo/focalPoint/y",
                "fileInfo.focalPoint.y is a required field".to_owned(),
            ),
            (
                r#"{"focalPoint":{"x":null,"y":1}}"#,
                "fileInfo/focalPoint/x",
                "fileInfo.focalPoint.x must be a `number` type, but the final value was: `NaN`.".to_owned(),
            ),
            (
                r#"{"focalPoint":{"x":"abc","y":1}}"#,
                "fileInfo/focalPoint/x",
                "fileInfo.focalPoint.x must be a `number` type, but the final value was: `NaN` (cast from the value \
                 `\"abc\"`)."
                    .to_owned(),
            ),
            (
                "\"str\"",
                "fileInfo",
                "fileInfo must be a `object` type, but the final value was: `null` (cast from the value `\"str\"`)."
                    .to_owned(),
            ),
            ("null", "fileInfo", "fileInfo must be a `object` type, but the final value was: `null`.".to_owned()),
            (
                "nonsense",
                "fileInfo",
                "fileInfo must be a `object` type, but the final value was: `null` (cast from the value `\"nonsense\"`)."
                    .to_owned(),
            ),
        ] {
            assert_eq!(problems(text), [(path.to_owned(), message)], "{text}");
        }
        let both = problems(r#"{"focalPoint":{"x":101,"y":-1}}"#);
        assert_eq!(both[0].1, "fileInfo.focalPoint.x must be less than or equal to 100");
        assert_eq!(both[1].1, "fileInfo.focalPoint.y must be greater than or equal to 0");
    }

    #[test]
    fn several_are_an_array_or_the_field_repeated() {
        let named = |name: &str| FileInfo { name: Some(name.to_owned()), ..FileInfo::default() };
        let both = Some(Infos::Many(vec![named("a"), named("b")]));
        assert_eq!(read(r#"[{"name":"a"},{"name":"b"}]"#).unwrap(), both);
        let mut repeated = FileInfos::default();
        repeated.add_text(r#"{"name":"a"}"#);
        repeated.add_text(r#"{"name":"b"}"#);
        assert_eq!(repeated.so_far(20).unwrap(), both);
        let wrong = problems(r#"[{"name":{}},{"focalPoint":{"x":500,"y":1}}]"#);
        assert_eq!(wrong[0].0, "fileInfo/0/name");
        assert_eq!(wrong[1].1, "fileInfo[1].focalPoint.x must be less than or equal to 100");
    }

    #[test]
    fn more_elements_than_a_request_has_files_are_not_read() {
        let ones = format!("[{}1]", "1,".repeat(20));
        assert_eq!(problems(&ones)[0].1, "fileInfo has 21 elements, and a request has at most 20 files");
        let many = format!("[{}1]", "1,".repeat(500_000));
        assert_eq!(problems(&many)[0].1, "fileInfo has more than 2000 values");
        let wrong = r#"{"name":{},"caption":{}}"#;
        assert_eq!(problems(&format!("[{wrong}{}]", format!(",{wrong}").repeat(19))).len(), MOST_PROBLEMS);
    }

    #[test]
    fn fields_with_brackets_are_read_as_those_of_an_urlencoded_form() {
        let read = |fields: &[(&str, &str)]| {
            let mut infos = FileInfos::default();
            for (name, text) in fields {
                infos.add_bracketed(name, (*text).to_owned());
            }
            infos.so_far(20).unwrap().unwrap()
        };
        let Infos::One(info) = read(&[
            ("fileInfo[caption]", "a & b=c]=d%"),
            ("fileInfo[focalPoint][x]", "1"),
            ("fileInfo[focalPoint][y]", "2"),
        ]) else {
            panic!("it is one")
        };
        assert_eq!(info.caption.as_deref(), Some("a & b=c]=d%"));
        assert_eq!(info.focal_point, Some(FocalPoint { x: 1.0, y: 2.0 }));
        let Infos::Many(infos) = read(&[("fileInfo[0][name]", "a"), ("fileInfo[1][name]", "b")]) else {
            panic!("they are many")
        };
        assert_eq!(infos[1].name.as_deref(), Some("b"));
    }

    #[test]
    fn an_object_is_for_one_file_and_an_array_for_several() {
        let fits = |text: &str, files| {
            let mut infos = FileInfos::default();
            infos.add_text(text);
            infos.check_count(files).is_ok()
        };
        let (object, single, two) = ("{}", "[{}]", "[{},{}]");
        assert_eq!([fits(object, 1), fits(single, 1), fits(two, 1), fits("[]", 1)], [true, true, false, false]);
        assert_eq!([fits(object, 2), fits(single, 2), fits(two, 2), fits("[]", 2)], [false, false, true, true]);
        assert!(fits("[{},{},{}]", 2));
    }
}
