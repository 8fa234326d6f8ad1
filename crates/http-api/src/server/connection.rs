//! One connection, from accept to close.

use std::{convert::Infallible, net::IpAddr, pin::pin, sync::Arc};

use axum::{Router, body::Body};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::{clock::Clock, idle_timeout::IdleTimeoutStream, limits::Limits, timeout_body::TimeoutBody};
use crate::{layers::GuardedBody, upload_slots::PeerAddress};

/// The size of the read buffer, which also limits the head of a request, in bytes.
const READ: usize = 256 * 1024;

/// The context of a connection.
pub(super) struct Connection {
    pub(super) router: Router,
    pub(super) limits: Limits,
    pub(super) shutdown: CancellationToken,
    /// The client's address, unless the connection had already ended.
    pub(super) peer: Option<IpAddr>,
}

impl Connection {
    /// Serves requests until either side closes the connection or the client exceeds a timeout.
    pub(super) async fn serve(self, stream: TcpStream) {
        let clock = Arc::new(Clock::new(&self.limits));
        let io = TokioIo::new(IdleTimeoutStream::new(stream, clock.clone()));
        let service = service_fn(|request: Request<Incoming>| self.answer(request, &clock));
        let mut builder = http1::Builder::new();
        // The clock enforces this timeout, because hyper's timer also runs between requests.
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
        // The connection is busy until the last byte of the response is handed over or the response is dropped.
        Ok(response.map(|body| Body::new(GuardedBody::new(body, busy))))
    }
}
