//! The HTTP API of a media library: Strapi's upload API as an axum router, and a server for it.
//!
//! [`router`] has every route and takes an opened library and [`Settings`]. A program with a server of its own nests it.
//! [`Http`] is the server of the `longshore` binary: its connections have limits of time, and it drains before it stops.
//!
//! `routes` maps paths to handlers, `api` translates between requests and the library, `server` has the connections.
//! Only `error` knows status codes.

#![forbid(unsafe_code)]

mod admin;
mod answer;
mod api;
mod auth;
mod error;
mod files;
mod layers;
pub mod metrics;
mod multipart;
mod openapi;
pub mod query;
mod routes;
mod server;
mod settings;
pub mod token;
mod upload_slots;

use std::{io, net::SocketAddr, sync::Arc};

use longshore_media_library::MediaLibrary;
use thiserror::Error;
use tokio_util::sync::CancellationToken;

pub use self::{
    files::{MountTaken, StaticRoutes},
    query::PageSizes,
    settings::{Drain, LOWEST_RATE, Settings, UPLOAD_WAIT},
};
use self::{
    routes::App,
    server::{Limits, Server},
};
use crate::metrics::Metrics;

/// Every route of the API. Paths of requests below `/api/` may end in a slash and may be in any case.
///
/// Files of a provider that this program serves itself are found in `static_routes`. `metrics` counts the requests. The router
/// limits no connection: see [`Http`].
pub fn router(
    settings: Settings,
    static_routes: StaticRoutes,
    library: MediaLibrary,
    metrics: Arc<Metrics>,
) -> axum::Router {
    App::new(Arc::new(settings), static_routes, library).router(metrics)
}

/// The server, listening.
pub struct Http {
    api: Server,
    admin: Option<Server>,
    /// Cancelled once no more connections are accepted: the server is not ready any more.
    draining: CancellationToken,
}

/// Where the server cannot listen.
#[derive(Debug, Error)]
#[error("cannot listen at {address}")]
pub struct ListenError {
    /// Where.
    pub address: SocketAddr,
    /// What the system says.
    source: io::Error,
}

impl Http {
    /// Listens where the settings say; requests are answered once it [runs](Self::run). Files are in their `static_routes`.
    pub async fn bind(
        settings: Settings,
        static_routes: StaticRoutes,
        library: MediaLibrary,
        metrics: Arc<Metrics>,
    ) -> Result<Self, ListenError> {
        let limits = Limits::of(&settings);
        let (bind, admin_bind) = (settings.bind, settings.admin_bind);
        let draining = CancellationToken::new();
        let admin = admin::router(library.clone(), metrics.clone(), draining.clone());
        let api = router(settings, static_routes, library, metrics);
        Ok(Self {
            draining,
            api: listen(bind, api, limits).await?,
            admin: match admin_bind {
                Some(address) => Some(listen(address, admin, limits).await?),
                None => None,
            },
        })
    }

    /// Where the API is.
    pub fn address(&self) -> SocketAddr {
        self.api.address()
    }

    /// Where health and metrics are, if anywhere.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(Server::address)
    }

    /// Answers requests until `shutdown` is cancelled and what is in flight has ended, or its time is over. Uploads that
    /// are cut off then undo themselves: shut the library down next.
    pub async fn run(self, shutdown: CancellationToken) {
        let stopped = CancellationToken::new();
        // The admin end answers to the last, so that whoever watches sees the end.
        let admin = async {
            if let Some(admin) = self.admin {
                admin.run(stopped.clone()).await;
            }
        };
        let telling = async {
            tokio::select! {
                () = shutdown.cancelled() => self.draining.cancel(),
                () = stopped.cancelled() => {}
            }
        };
        let serving = async {
            self.api.run(shutdown.clone()).await;
            stopped.cancel();
        };
        tokio::join!(serving, telling, admin);
    }
}

async fn listen(address: SocketAddr, router: axum::Router, limits: Limits) -> Result<Server, ListenError> {
    Server::bind(address, router, limits).await.map_err(|source| ListenError { address, source })
}

#[cfg(test)]
mod tests;
