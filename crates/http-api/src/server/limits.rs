//! Limits for connections.

use std::time::Duration;

use crate::settings::{Drain, Settings};

/// Limits for connections and for the speed of clients.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The most simultaneous connections.
    pub(crate) connections: usize,
    /// The timeout of a request head.
    pub(crate) header_timeout: Duration,
    /// The timeout of each KiB of a request body, and of a response that the client does not read.
    pub(crate) body_timeout: Duration,
    /// The lowest average rate of a request body, in bytes per second.
    pub(crate) lowest_rate: u64,
    /// The timeout of the next request on a connection.
    pub(crate) idle_timeout: Duration,
    /// The timeout of requests in flight at shutdown.
    pub(crate) shutdown_timeout: Duration,
    /// The amount of an unread request body that the server still reads.
    pub(crate) drain: Drain,
}

impl Limits {
    pub(crate) fn of(settings: &Settings) -> Self {
        Self {
            connections: settings.connections,
            header_timeout: settings.header_timeout,
            body_timeout: settings.body_timeout,
            lowest_rate: settings.lowest_rate,
            idle_timeout: settings.idle_timeout,
            shutdown_timeout: settings.shutdown_timeout,
            drain: settings.drain,
        }
    }
}
