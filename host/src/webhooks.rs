//! Telling others of changes: what stands in the database's outbox is posted to the configured webhooks.
//!
//! Each message arrives at least once: it is removed from the outbox only after the receiver has answered with success,
//! and a host that dies in between leaves it to the others. Several hosts on one database share the work, since each
//! takes what it posts for a while. A receiver knows a message that it has seen by `X-Longshore-Delivery`.

mod client;
mod delivering;
mod retry;
mod signature;
#[cfg(test)]
mod tests;

pub(crate) use self::delivering::WebhookDispatcher;
