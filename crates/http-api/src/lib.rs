//! The HTTP API of a media library: Strapi's upload API as an axum router, and a server for the router.
//!
//! [`router`] contains every route and takes an opened library and [`Settings`]. A program with its own server nests
//! it. [`Http`] is the server of the `longshore` binary. It limits the time of connections, and drains before it stops.
//!
//! `routes` maps paths to handlers, `api` translates between requests and the library, `server` handles the
//! connections. Only `error` knows status codes.

#![forbid(unsafe_code)]

mod admin;
mod answer;
mod api;
mod app;
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
mod static_routes;
pub mod token;
mod upload_slots;

use std::{io, net::SocketAddr, sync::Arc};

use longshore_media_library::MediaLibrary;
use thiserror::Error;
use tokio_util::sync::CancellationToken;

use self::{
    app::App,
    server::{Limits, Server},
};
pub use self::{
    query::PageSizes,
    settings::{Drain, LOWEST_RATE, Settings, UPLOAD_WAIT},
    static_routes::{MountTaken, StaticRoutes},
};
use crate::metrics::Metrics;

/// Every route of the API. Paths below `/api/` are case-insensitive and may end in a slash.
///
/// `static_routes` locates the files of providers that this program serves itself. `metrics` counts the requests. The
/// router does not limit connections; [`Http`] does.
pub fn router(
    settings: Settings,
    static_routes: StaticRoutes,
    library: MediaLibrary,
    metrics: &Arc<Metrics>,
) -> axum::Router {
    routes::router(App::new(Arc::new(settings), static_routes, library), metrics)
}

/// The server with its listeners.
pub struct Http {
    api: Server,
    admin: Option<Server>,
    /// Cancelled when the server stops accepting connections and is no longer ready.
    draining: CancellationToken,
}

/// The server cannot listen at an address.
#[derive(Debug, Error)]
#[error("cannot listen at {address}")]
pub struct ListenError {
    /// The address.
    pub address: SocketAddr,
    /// The error of the operating system.
    source: io::Error,
}

impl Http {
    /// Listens at the addresses in `settings`. Requests are served once the server [runs](Self::run). `static_routes`
    /// locates the served files.
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
        let api = router(settings, static_routes, library, &metrics);
        Ok(Self {
            draining,
            api: listen(bind, api, limits).await?,
            admin: match admin_bind {
                Some(address) => Some(listen(address, admin, limits).await?),
                None => None,
            },
        })
    }

    /// The address of the API.
    pub fn address(&self) -> SocketAddr {
        self.api.address()
    }

    /// The address of health, readiness and metrics, if configured.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(Server::address)
    }

    /// Serves requests until `shutdown` is cancelled, and then until the requests in flight have ended or
    /// `shutdown_timeout` is over. Uploads that are cut off roll themselves back: shut the library down next.
    pub async fn run(self, shutdown: CancellationToken) {
        let stopped = CancellationToken::new();
        // The admin listener stops last, so that monitoring sees the whole shutdown.
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
