//! Statuses of successful responses.

use axum::{
    body::Body,
    http::{Response, StatusCode},
};

/// The kinds of successful responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Success {
    /// The requested data.
    Ok,
    /// New files were created.
    Created,
    /// Success without a body.
    Empty,
    /// A range of a file.
    Part,
    /// The client already has the current version.
    NotModified,
}

impl Success {
    /// A response with this status.
    pub(crate) fn with(self, body: Body) -> Response<Body> {
        let mut response = Response::new(body);
        *response.status_mut() = match self {
            Self::Ok => StatusCode::OK,
            Self::Created => StatusCode::CREATED,
            Self::Empty => StatusCode::NO_CONTENT,
            Self::Part => StatusCode::PARTIAL_CONTENT,
            Self::NotModified => StatusCode::NOT_MODIFIED,
        };
        response
    }
}
