//! One connection, from its first byte to its last.

use std::{convert::Infallible, net::IpAddr, pin::pin, sync::Arc};

use axum::{Router, body::Body};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::{Limits, clock::Clock, idle_timeout::IdleTimeoutStream, timeout_body::TimeoutBody};
use crate::{layers::GuardedBody, upload_slots::PeerAddress};

/// The most that is read of a connection at once, and the largest head of a request, in bytes.
const READ: usize = 256 * 1024;

/// What a connection needs.
pub(super) struct Connection {
    pub(super) router: Router,
    pub(super) limits: Limits,
    pub(super) shutdown: CancellationToken,
    /// The address of the client, unless the connection has ended already.
    pub(super) peer: Option<IpAddr>,
}

impl Connection {
    /// Answers its requests, until either side ends it or the client is too slow.
    pub(super) async fn serve(self, stream: TcpStream) {
        let clock = Arc::new(Clock::new(&self.limits));
        let io = TokioIo::new(IdleTimeoutStream::new(stream, clock.clone()));
        let service = service_fn(|request: Request<Incoming>| self.answer(request, &clock));
        let mut builder = http1::Builder::new();
        // The clock sees to it, since hyper's own timer also runs between requests.
        builder.timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(READ);
        let mut connection = pin!(builder.serve_connection(io, service));
        let mut stopping = false;
        loop {
            tokio::select! {
                outcome = connection.as_mut() => {
                    if let Err(error) = outcome {
                        tracing::debug!("a connection ended: {error}");
                    }
                    return;
                }
                () = clock.expired() => {
                    tracing::debug!("a connection is closed, as nothing comes or goes");
                    return;
                }
                () = self.shutdown.cancelled(), if !stopping => {
                    stopping = true;
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    }

    async fn answer(&self, request: Request<Incoming>, clock: &Arc<Clock>) -> Result<Response<Body>, Infallible> {
        let busy = clock.busy();
        let (mut parts, body) = request.into_parts();
        let body = Body::new(TimeoutBody::new(body, &parts.headers, &self.limits, &self.shutdown));
        if let Some(address) = self.peer {
            parts.extensions.insert(PeerAddress(address));
        }
        let response = match self.router.clone().oneshot(Request::from_parts(parts, body)).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        // Until the answer's last byte is handed over, or nobody wants it any more.
        Ok(response.map(|body| Body::new(GuardedBody::new(body, busy))))
    }
}
