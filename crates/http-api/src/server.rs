//! Accepts connections, and drains them at shutdown.

pub(super) mod broken;
mod clock;
mod connection;
mod idle_timeout;
mod timeout_body;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::sleep,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::connection::Connection;
use super::settings::{Drain, Settings};

/// The pause before the next attempt when the system has no more file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// A listener and the router that it serves.
pub(super) struct Server {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
    limits: Limits,
}

/// Limits for connections and for the speed of clients.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The most simultaneous connections.
    pub(super) connections: usize,
    /// The timeout of a request head.
    pub(super) header_timeout: Duration,
    /// The timeout of each KiB of a request body, and of a response that the client does not read.
    pub(super) body_timeout: Duration,
    /// The lowest average rate of a request body, in bytes per second.
    pub(super) lowest_rate: u64,
    /// The timeout of the next request on a connection.
    pub(super) idle_timeout: Duration,
    /// The timeout of requests in flight at shutdown.
    pub(super) shutdown_timeout: Duration,
    /// The amount of an unread request body that the server still reads.
    pub(super) drain: Drain,
}

impl Limits {
    pub(super) fn of(settings: &Settings) -> Self {
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

impl Server {
    /// Listens at `address`. Connections are accepted from now on, but requests are served only once the server
    /// [runs](Self::run).
    pub(super) async fn bind(address: SocketAddr, router: Router, limits: Limits) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, router, limits })
    }

    /// The listening address, with the actual port if port 0 was configured.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` is cancelled. Then stops accepting connections, and waits for requests in flight until
    /// `shutdown_timeout` is over. Handlers that have not ended by then are dropped, and uploads roll themselves back.
    pub(super) async fn run(self, shutdown: CancellationToken) {
        let Self { listener, router, limits, .. } = self;
        let (tracker, abort) = (TaskTracker::new(), CancellationToken::new());
        // If this future is dropped, all connections end too.
        let _abort_on_drop = abort.clone().drop_guard();
        let places = Arc::new(Semaphore::new(limits.connections));
        loop {
            let accepted = tokio::select! {
                accepted = accept(&listener, &places) => accepted,
                () = shutdown.cancelled() => break,
            };
            let Some((stream, place)) = accepted else { continue };
            let peer = stream.peer_addr().ok().map(|address| address.ip());
            let connection = Connection { router: router.clone(), limits, shutdown: shutdown.clone(), peer };
            let abort = abort.clone();
            tracker.spawn(async move {
                let _place = place;
                tokio::select! {
                    () = connection.serve(stream) => {}
                    () = abort.cancelled() => {}
                }
            });
        }
        drop(listener);
        tracker.close();
        if tokio::time::timeout(limits.shutdown_timeout, tracker.wait()).await.is_err() {
            tracing::warn!("{} connections had not ended in time, and are closed", tracker.len());
            abort.cancel();
            tracker.wait().await;
        }
    }
}

/// Accepts the next connection once a permit is free. Returns `None` if accepting failed.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            // Responses are written whole, so that Nagle's algorithm would only delay them.
            let _ = stream.set_nodelay(true);
            Some((stream, place))
        }
        Err(error) => {
            // Aborted connections are normal. Other errors, such as a lack of file descriptors, may persist until other
            // connections end.
            tracing::warn!("a connection cannot be accepted: {error}");
            if error.kind() != io::ErrorKind::ConnectionAborted && error.kind() != io::ErrorKind::ConnectionReset {
                sleep(PAUSE).await;
            }
            None
        }
    }
}
