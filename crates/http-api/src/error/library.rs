//! Maps errors of the media library to error responses.

use axum::http::StatusCode;
use longshore_media_library::{Error, InfoProblem, Rejection, StoreError};
use longshore_provider::{Error as ProviderError, ErrorKind};
use serde_json::{Map, Value, json};

use super::{
    body::{ErrorBody, capitalized},
    size::human,
};

pub(super) fn said(error: &Error) -> ErrorBody {
    match error {
        Error::NoFiles => ErrorBody::validation("Files are empty"),
        Error::Rejected(rejections) => rejected(rejections),
        Error::InvalidInfo(problems) => invalid_info(problems),
        Error::PathAfterFile => {
            ErrorBody::validation("`path` came after a file that was already being stored: send it first")
        }
        Error::InvalidLink(message) => ErrorBody::validation(message.clone()),
        Error::SeveralReplacements => ErrorBody::validation("Cannot replace a file with multiple ones"),
        Error::NotFound(_) => ErrorBody::new(StatusCode::NOT_FOUND, "NotFoundError", "Entity not found"),
        Error::Busy(_) => ErrorBody::conflict("The file is being changed by another request"),
        Error::ProviderNotLoaded(name) => {
            let message = format!("The provider `{name}`, which stored the file, is not loaded");
            ErrorBody::conflict(message).with(json!({ "code": "PROVIDER_NOT_LOADED", "provider": name }))
        }
        Error::Provider { source, .. } => provider(source),
        Error::BrokenBody(source) => broken_body(source),
        Error::Store(StoreError::TooComplex) => ErrorBody::validation("The filters are too complex"),
        Error::NoMemory => ErrorBody::unavailable("Too many images are being uploaded"),
        Error::ShuttingDown => ErrorBody::stopping(),
        Error::Store(StoreError::Database(error)) if error.is_unavailable() => {
            ErrorBody::unavailable("The database cannot be reached")
        }
        // Database errors, lost leases, and variants that later versions of the library add.
        _ => ErrorBody::internal(),
    }
}

/// Maps an error of the request's body: too slow, or incomplete.
pub(super) fn broken_body(source: &ProviderError) -> ErrorBody {
    match source.kind() {
        ErrorKind::Timeout => ErrorBody::too_slow(),
        _ => ErrorBody::broken_body(),
    }
}

/// Leaves out the provider's message, because it may contain confidential details. The log contains it.
fn provider(source: &ProviderError) -> ErrorBody {
    let mut details = Map::new();
    details.insert("code".to_owned(), format!("PROVIDER_{}", source.kind().as_str().to_uppercase()).into());
    for (key, value) in [("serviceCode", source.service_code()), ("requestId", source.request_id())] {
        details.extend(value.map(|value| (key.to_owned(), Value::from(value))));
    }
    details.insert("retryable".to_owned(), source.is_retryable().into());
    let said = match source.kind() {
        ErrorKind::TooLarge => ErrorBody::too_large("Entity too large"),
        _ => ErrorBody::internal(),
    };
    said.with(Value::Object(details))
}

/// The first rejection determines status and message. If there are several, the details list all of them.
fn rejected(rejections: &[Rejection]) -> ErrorBody {
    let Some(first) = rejections.first() else { return ErrorBody::validation("Files are empty") };
    let said = rejection(first);
    if rejections.len() == 1 {
        return said;
    }
    let errors: Vec<Value> = rejections
        .iter()
        .map(|rejected| {
            let ErrorBody { name, message, .. } = rejection(rejected);
            json!({ "path": ["files"], "message": message, "name": name, "value": file_name(rejected) })
        })
        .collect();
    said.with(json!({ "errors": errors }))
}

fn rejection(rejection: &Rejection) -> ErrorBody {
    let application = |message: &str| ErrorBody { name: "ApplicationError", ..ErrorBody::validation(message) };
    match rejection {
        Rejection::Name { .. } => application("File name contains invalid characters"),
        Rejection::Image { .. } => application("File is not a valid image"),
        Rejection::ImageTooLarge { .. } => application(&capitalized(&rejection.to_string())),
        Rejection::Empty { .. } => ErrorBody::validation("Files are empty"),
        Rejection::TooLarge { name, limit } => {
            ErrorBody::too_large(format!("{name} exceeds size limit of {}.", human(*limit)))
        }
        // The message names no limit: the limit is in the provider's own message, which may be confidential.
        Rejection::TooLargeForProvider { name, provider, .. } => {
            ErrorBody::too_large(format!("{name} exceeds the size limit of the provider `{provider}`."))
        }
        Rejection::Type { mime, .. } => ErrorBody::validation(format!("File type '{mime}' is not allowed")),
        Rejection::UnclearType { .. } => ErrorBody::validation("MIME type is not allowed"),
        Rejection::Unverifiable { .. } => ErrorBody::validation("Cannot verify file type for security reasons"),
        rejection => ErrorBody::validation(capitalized(&rejection.to_string())),
    }
}

fn file_name(rejection: &Rejection) -> Option<&str> {
    match rejection {
        Rejection::Name { name }
        | Rejection::Empty { name }
        | Rejection::TooLarge { name, .. }
        | Rejection::TooLargeForProvider { name, .. }
        | Rejection::Image { name, .. }
        | Rejection::ImageTooLarge { name, .. }
        | Rejection::Type { name, .. }
        | Rejection::UnclearType { name }
        | Rejection::Unverifiable { name } => Some(name),
        _ => None,
    }
}

fn invalid_info(problems: &[InfoProblem]) -> ErrorBody {
    let message = match problems {
        [problem] => problem.message.clone(),
        problems => format!("{} errors occurred", problems.len()),
    };
    let errors: Vec<Value> = problems
        .iter()
        .map(|InfoProblem { path, message, value }| {
            let mut error = json!({ "path": path, "message": message, "name": "ValidationError" });
            if let (Some(value), Some(error)) = (value, error.as_object_mut()) {
                error.insert("value".to_owned(), value.clone());
            }
            error
        })
        .collect();
    ErrorBody::validation(message).with(json!({ "errors": errors }))
}
