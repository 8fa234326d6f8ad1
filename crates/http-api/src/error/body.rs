//! The envelope of an error, whose size is bounded.

use axum::http::StatusCode;
use serde_json::{Value, json};

/// The largest body of an error, in bytes, regardless of the size of the request.
pub(crate) const LARGEST: usize = 64 * 1024;

/// The longest message, in bytes.
const LONGEST_MESSAGE: usize = 1000;

/// Limits for the details of an error: elements of a list, and bytes of a string.
const MOST_ELEMENTS: usize = 20;
const LONGEST_DETAIL: usize = 500;

/// The content of an error response.
#[derive(Debug)]
pub(super) struct ErrorBody {
    pub(super) status: StatusCode,
    pub(super) name: &'static str,
    pub(super) message: String,
    pub(super) details: Option<Value>,
}

impl ErrorBody {
    pub(super) fn new(status: StatusCode, name: &'static str, message: impl Into<String>) -> Self {
        Self { status, name, message: message.into(), details: Some(json!({})) }
    }

    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "ValidationError", message)
    }

    pub(super) fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeError", message)
    }

    pub(super) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "ConflictError", message)
    }

    pub(super) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailableError", message)
    }

    pub(super) fn stopping() -> Self {
        Self::unavailable("The server is stopping")
    }

    pub(super) fn too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "RequestTimeoutError", "Request Timeout")
    }

    pub(super) fn broken_body() -> Self {
        Self::validation("The body of the request did not arrive whole")
    }

    /// Like Strapi's 500: without details, unless the caller adds them.
    pub(super) fn internal() -> Self {
        let said = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", "Internal Server Error");
        Self { details: None, ..said }
    }

    pub(super) fn with(self, details: Value) -> Self {
        Self { details: Some(details), ..self }
    }

    /// Whether the server is at fault, and an operator should look at the error.
    pub(super) fn is_ours(&self) -> bool {
        self.status == StatusCode::INTERNAL_SERVER_ERROR
    }

    pub(super) fn body(&self) -> Vec<u8> {
        let Self { status, name, message, details } = self;
        let message = cut(message, LONGEST_MESSAGE);
        let text = |details: Option<Value>| {
            let mut error = json!({ "status": status.as_u16(), "name": name, "message": message });
            if let (Some(details), Some(error)) = (details, error.as_object_mut()) {
                error.insert("details".to_owned(), details);
            }
            json!({ "data": null, "error": error }).to_string().into_bytes()
        };
        let body = text(details.as_ref().map(bounded));
        if body.len() <= LARGEST { body } else { text(details.as_ref().map(|_| json!({}))) }
    }
}

pub(super) fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Truncates details: the first elements of every list, and the beginning of every string.
fn bounded(details: &Value) -> Value {
    match details {
        Value::String(text) => cut(text, LONGEST_DETAIL).into(),
        Value::Array(list) => list.iter().take(MOST_ELEMENTS).map(bounded).collect(),
        Value::Object(entries) => entries
            .iter()
            .take(MOST_ELEMENTS)
            .map(|(key, value)| (cut(key, LONGEST_DETAIL).to_owned(), bounded(value)))
            .collect(),
        value => value.clone(),
    }
}

fn cut(text: &str, longest: usize) -> &str {
    &text[..text.floor_char_boundary(longest)]
}
