//! Middleware for every request: request ids, request logs and CORS headers.

mod cors;
mod guarded_body;
mod request_id;
mod trace;

pub(super) use self::{cors::cors, guarded_body::GuardedBody, trace::trace};
