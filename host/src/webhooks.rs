//! Webhooks: the events in the database's outbox are posted to the configured URLs.
//!
//! Each message is delivered at least once. A message is removed from the outbox only after the receiver has responded
//! with success. Several hosts on one database share the work: each takes messages with a lease, and the messages of a
//! host that dies are due again for the other hosts. Receivers recognise a repeated message by `X-Longshore-Delivery`.

mod client;
mod delivering;
mod retry;
mod signature;
#[cfg(test)]
mod tests;

pub(crate) use self::delivering::WebhookDispatcher;
