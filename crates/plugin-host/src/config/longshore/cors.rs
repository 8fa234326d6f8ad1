//! The table `cors`.

use crate::config::fields::Fields;
use crate::config::key::{Form, Key};
use crate::config::node::{Node, Value};
use crate::config::problem::Problem;

pub(super) const KEYS: [Key; 2] = [
    Key::boolean("credentials", "Whether browsers may send cookies along; only with a list of origins.").or("false"),
    Key::texts(
        "origins",
        Form::Pattern(r"^(\*|[A-Za-z][A-Za-z0-9+.-]*://[A-Za-z0-9._:\[\]-]+)$"),
        "The web pages that may use the API from a browser: `*` for all, or origins such as `https://app.example`.",
    )
    .or(r#"["*"]"#),
];

/// The web pages that may use the API from a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cors {
    /// The allowed origins in the form that browsers send, for example `https://app.example`. `*` allows every origin,
    /// and an empty list allows no page of another origin: `origins`.
    pub origins: Vec<String>,
    /// Whether browsers may send cookies and other credentials: `credentials`. Never together with `*`.
    pub credentials: bool,
}

impl Default for Cors {
    fn default() -> Self {
        Self { origins: vec!["*".to_owned()], credentials: false }
    }
}

impl Cors {
    /// Whether pages of any origin may use the API.
    pub fn allows_any(&self) -> bool {
        self.origins.iter().any(|origin| origin == "*")
    }

    pub(super) fn read(node: Option<&Node>, problems: &mut Vec<Problem>) -> Self {
        let default = Self::default();
        let mut fields = Fields::open(node, &KEYS, problems, |_| None);
        let origins = fields.texts("origins").map(|texts| {
            let nodes = fields.node("origins").map(|node| &node.value);
            let nodes = if let Some(Value::Array(nodes)) = nodes { nodes.as_slice() } else { &[] };
            for node in nodes.iter().filter(|node| node.as_text().is_some_and(|text| normal(text).is_none())) {
                let problem = Problem::of_value(&node.origin, "expected the origin of a page, or `*`");
                fields.problem(problem.with_hint("scheme, host and port alone: `https://app.example:8443`"));
            }
            texts.iter().filter_map(|text| normal(text)).collect()
        });
        let credentials = fields.boolean("credentials").unwrap_or(default.credentials);
        let cors = Self { origins: origins.unwrap_or(default.origins), credentials };
        if let Some(node) = fields.node("credentials").filter(|_| cors.credentials && cors.allows_any()) {
            let problem = Problem::of_value(&node.origin, "pages of any origin would act in their visitor's name");
            fields.problem(problem.with_hint("list the pages in `cors.origins` instead of `*`, which is the default"));
        }
        cors
    }
}

/// The origin in the form that browsers send: lower case, without the default port of the scheme. `None` if the text is
/// not an origin.
fn normal(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    if text == "*" {
        return Some(text);
    }
    let (scheme, authority) = text.split_once("://")?;
    let scheme_fits = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':' | '[' | ']');
    if !scheme_fits || authority.is_empty() || !authority.chars().all(is_part) {
        return None;
    }
    let default_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return Some(text),
    };
    Some(format!("{scheme}://{}", authority.strip_suffix(default_port).unwrap_or(authority)))
}
