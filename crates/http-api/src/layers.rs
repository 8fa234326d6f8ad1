//! What happens to every request, whichever route it takes: its id, its line in the log, and what browsers need.

mod answered;
mod cors;
mod request_id;
mod trace;

pub(super) use self::{answered::Answered, cors::cors, trace::trace};
