//! What happens to every request, whichever route it takes: its id, its line in the log, and what browsers need.

mod cors;
mod guarded_body;
mod request_id;
mod trace;

pub(super) use self::{cors::cors, guarded_body::GuardedBody, trace::trace};
