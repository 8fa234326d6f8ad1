//! The tables `[[webhooks]]`.

use std::fmt;

use longshore_provider::Secret;

use crate::config::fields::{self, Fields};
use crate::config::key::{Form, Key, Kind};
use crate::config::mask::mask_url;
use crate::config::nearest;
use crate::config::node::{Node, Value};
use crate::config::origin::Origin;
use crate::config::problem::Problem;

pub(super) const KEYS: [Key; 4] = [
    Key::texts("events", Form::OneOf(&EVENTS), "The events to send; all unless configured.")
        .or(r#"["media.create", "media.delete", "media.update"]"#),
    Key::new(
        "headers",
        Kind::Each(&Key::text("header", Form::Secret, "The value of a header.")),
        "Headers that are sent along, such as `authorization`.",
    ),
    Key::text("secret", Form::Secret, "Signs each message; unsigned without this key. It must not be empty."),
    Key::text("url", Form::Pattern("^https?://"), "The URL that events are posted to. Every webhook has its own."),
];

/// The keys that every webhook needs.
pub(in crate::config) const REQUIRES: [&str; 1] = ["url"];

/// The names of all events.
pub const EVENTS: [&str; 3] = ["media.create", "media.delete", "media.update"];

/// Headers that the dispatcher sets itself, or that would break the request.
const OWN_HEADERS: [&str; 8] =
    ["connection", "content-length", "content-type", "expect", "host", "te", "transfer-encoding", "upgrade"];

/// A receiver of events.
#[derive(Clone, PartialEq)]
pub struct Webhook {
    /// The position of the webhook in the configuration.
    pub origin: Origin,
    /// The receiver's URL, `http` or `https`: `url`.
    pub url: String,
    /// The events to send, from [`EVENTS`]; all by default: `events`.
    pub events: Vec<String>,
    /// The secret that signs each message, if there is one: `secret`.
    pub secret: Option<Secret>,
    /// Additional headers of each message, with names in lower case: `headers`.
    pub headers: Vec<(String, Secret)>,
}

/// Omits the secrets that a URL may contain.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("origin", &self.origin)
            .field("url", &mask_url(&self.url).as_ref().unwrap_or(&self.url))
            .field("events", &self.events)
            .field("secret", &self.secret)
            .field("headers", &self.headers)
            .finish()
    }
}

pub(super) fn read(node: Option<&Node>, problems: &mut Vec<Problem>) -> Vec<Webhook> {
    let Some(node) = node else { return Vec::new() };
    let Value::Array(tables) = &node.value else {
        let problem = Problem::of_value(&node.origin, format!("expected an array of tables, found {}", node.kind()));
        problems.push(problem.with_hint("each begins with a line `[[webhooks]]`, in two pairs of brackets"));
        return Vec::new();
    };
    let mut webhooks = Vec::<Webhook>::new();
    for table in tables.iter().filter(|table| table.value != Value::Unresolved) {
        let Some(webhook) = Webhook::read(table, problems) else { continue };
        match webhooks.iter().find(|known| known.url == webhook.url) {
            // The outbox stores events by the URL of their receiver.
            Some(first) => {
                let message = format!("the same `url` as that of {}", first.origin.key);
                problems.push(Problem::at(&webhook.origin, message).with_hint("name all `events` in one of them"));
            }
            None => webhooks.push(webhook),
        }
    }
    webhooks
}

impl Webhook {
    fn read(node: &Node, problems: &mut Vec<Problem>) -> Option<Self> {
        let mut fields = Fields::open(Some(node), &KEYS, problems, |_| None);
        let url = url(&mut fields, node);
        let events = events(&mut fields);
        let secret = secret(&mut fields);
        let headers = fields.table("headers");
        let headers = headers.and_then(Node::as_table).into_iter().flatten();
        let headers = headers.filter_map(|(name, value)| header(name, value, problems)).collect();
        Some(Self { origin: node.origin.clone(), url: url?, events, secret, headers })
    }
}

fn url(fields: &mut Fields<'_, '_>, webhook: &Node) -> Option<String> {
    // A value that is not a table has been reported already.
    webhook.as_table()?;
    if webhook.get("url").is_none() {
        fields.problem(Problem::at(&webhook.origin, "has no `url`"));
    }
    let text = fields.text("url")?;
    let node = fields.node("url")?;
    let expected = |message: &str| Problem::of_value(&node.origin, message);
    let problem = match text.split_once("://") {
        Some(("http" | "https", rest)) => {
            let authority = rest.split(['/', '?']).next().unwrap_or_default();
            if authority.contains('@') {
                let hint = "put `authorization` into the webhook's `headers`";
                expected("has a user or a password").with_hint(hint)
            } else if text.chars().any(|c| c.is_ascii_control() || c == ' ' || c == '#' || !c.is_ascii()) {
                expected("has characters that the URL of a request cannot have")
            } else if authority.is_empty() || authority.starts_with(':') {
                expected("names no host")
            } else {
                return Some(text.to_owned());
            }
        }
        _ => expected("expected a URL").with_hint("such as `https://app.example/hooks/media`"),
    };
    fields.problem(problem);
    None
}

/// Reads the secret. An empty secret is an error, because an empty variable would silently disable signing.
fn secret(fields: &mut Fields<'_, '_>) -> Option<Secret> {
    let text = fields.text("secret")?;
    if text.trim().is_empty() {
        let problem = Problem::of_value(&fields.node("secret")?.origin, "is empty, so messages would not be signed");
        fields.problem(problem.with_hint("remove the key `secret` if messages are meant to be unsigned"));
        return None;
    }
    Some(Secret::new(text))
}

fn events(fields: &mut Fields<'_, '_>) -> Vec<String> {
    let Some(events) = fields.texts("events") else { return EVENTS.map(str::to_owned).to_vec() };
    let Some(node) = fields.node("events") else { return events };
    let Value::Array(elements) = &node.value else { return events };
    if elements.is_empty() {
        fields.problem(Problem::of_value(&node.origin, "names no event").with_hint("left out, it is all of them"));
    }
    for element in elements {
        let Some(name) = element.as_text().filter(|name| !EVENTS.contains(name)) else { continue };
        let hint = nearest::hint(name, EVENTS).replace("known keys", "known events");
        fields.problem(Problem::of_value(&element.origin, "there is no such event").with_hint(hint));
    }
    let mut events: Vec<String> = events.into_iter().filter(|name| EVENTS.contains(&name.as_str())).collect();
    events.sort_unstable();
    events.dedup();
    events
}

fn header(name: &str, value: &Node, problems: &mut Vec<Problem>) -> Option<(String, Secret)> {
    if value.value == Value::Unresolved {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let own = OWN_HEADERS.contains(&lower.as_str()) || lower.starts_with("x-longshore-") || lower == "x-strapi-event";
    let problem = match value.as_text() {
        None => fields::wrong(value, "a string"),
        Some(_) if lower.is_empty() || !lower.chars().all(is_token) => {
            Problem::at(&value.origin, "not the name of a header")
        }
        Some(_) if own => Problem::at(&value.origin, "this header is set already"),
        // Headers contain credentials: an empty one is probably an unset variable.
        Some(text) if text.trim().is_empty() => {
            Problem::of_value(&value.origin, "is empty").with_hint("remove the header if it is not needed")
        }
        Some(text) if text.chars().any(|c| c != '\t' && c.is_ascii_control()) => {
            Problem::of_value(&value.origin, "has characters that a header cannot have")
        }
        Some(text) => return Some((lower, Secret::new(text))),
    };
    problems.push(problem);
    None
}
