//! Accepting connections, and ending them: what a single request does is said elsewhere.

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

/// How long to wait when the system has no more descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// A listener and what it serves.
pub(super) struct Server {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
    limits: Limits,
}

/// How patient the server is with a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Connections at a time.
    pub(super) connections: usize,
    /// For the head of a request.
    pub(super) header_timeout: Duration,
    /// For a KiB of a body, and for an answer that the client does not take.
    pub(super) body_timeout: Duration,
    /// The lowest average rate of a body, in bytes a second.
    pub(super) lowest_rate: u64,
    /// For the next request.
    pub(super) idle_timeout: Duration,
    /// For what is in flight when the server stops.
    pub(super) shutdown_timeout: Duration,
    /// How much of a body that nobody wants is read.
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
    /// Listens at `address`; connections are accepted from then on, and answered once it [runs](Self::run).
    pub(super) async fn bind(address: SocketAddr, router: Router, limits: Limits) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, router, limits })
    }

    /// Where it listens; the port is there even if 0 was asked for.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` is cancelled; then accepts no more, and waits for what is in flight, but not longer than
    /// the limits say. What has not ended by then is dropped, and undoes itself.
    pub(super) async fn run(self, shutdown: CancellationToken) {
        let Self { listener, router, limits, .. } = self;
        let (tracker, abort) = (TaskTracker::new(), CancellationToken::new());
        // If this future is dropped, its connections end too.
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

/// The next connection, once there is a place for it; `None` when it could not be accepted.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            // Answers are written whole: waiting for more to send with them gains nothing.
            let _ = stream.set_nodelay(true);
            Some((stream, place))
        }
        Err(error) => {
            // Those of a single connection come and go; when descriptors are out, others have to end first.
            tracing::warn!("a connection cannot be accepted: {error}");
            if error.kind() != io::ErrorKind::ConnectionAborted && error.kind() != io::ErrorKind::ConnectionReset {
                sleep(PAUSE).await;
            }
            None
        }
    }
}
