//! Accepts connections, and drains them at shutdown.

pub(super) mod broken;
mod clock;
mod connection;
mod idle_timeout;
mod limits;
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
pub(super) use self::limits::Limits;

/// The pause before the next attempt when the system has no more file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// A listener and the router that it serves.
pub(super) struct Server {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
    limits: Limits,
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
