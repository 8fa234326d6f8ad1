//! The HTTP server: what Strapi's upload API answers, on top of the media library.
//!
//! [`routes`] says which path leads where, [`api`] translates between requests and the library, [`server`] has the
//! connections. Status codes are known to [`error`] alone.

mod admin;
mod answer;
mod api;
mod auth;
mod error;
mod files;
mod layers;
mod multipart;
pub(crate) mod query;
mod routes;
mod server;
mod settings;
mod turns;

use std::{io, net::SocketAddr, sync::Arc};

use longshore_media_library::MediaLibrary;
use thiserror::Error;
use tokio_util::sync::CancellationToken;

pub(crate) use self::{
    files::{PlaceTaken, Places},
    query::PageSizes,
    settings::{Drain, Settings, UPLOAD_WAIT},
};
use self::{
    routes::App,
    server::{Limits, Server},
};
use crate::metrics::Metrics;

/// The server, listening.
pub(crate) struct Http {
    api: Server,
    admin: Option<Server>,
}

/// Where the server cannot listen.
#[derive(Debug, Error)]
#[error("cannot listen at {address}")]
pub(crate) struct ListenError {
    /// Where.
    pub(crate) address: SocketAddr,
    /// What the system says.
    source: io::Error,
}

impl Http {
    /// Listens where the settings say; requests are answered once it [runs](Self::run). Files are in their `places`.
    pub(crate) async fn bind(
        settings: Settings,
        places: Places,
        library: MediaLibrary,
        metrics: Arc<Metrics>,
    ) -> Result<Self, ListenError> {
        let limits = Limits::of(&settings);
        let (bind, admin_bind) = (settings.bind, settings.admin_bind);
        let admin = admin::router(library.clone(), metrics.clone());
        let api = App::new(Arc::new(settings), places, library).router(metrics);
        Ok(Self {
            api: listen(bind, api, limits).await?,
            admin: match admin_bind {
                Some(address) => Some(listen(address, admin, limits).await?),
                None => None,
            },
        })
    }

    /// Where the API is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.api.address()
    }

    /// Where health and metrics are, if anywhere.
    pub(crate) fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(Server::address)
    }

    /// Answers requests until `shutdown` is cancelled and what is in flight has ended, or its time is over. Uploads that
    /// are cut off then undo themselves: shut the library down next.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let stopped = CancellationToken::new();
        // The admin end answers to the last, so that whoever watches sees the end.
        let admin = async {
            if let Some(admin) = self.admin {
                admin.run(stopped.clone()).await;
            }
        };
        let api = async {
            self.api.run(shutdown).await;
            stopped.cancel();
        };
        tokio::join!(api, admin);
    }
}

async fn listen(address: SocketAddr, router: axum::Router, limits: Limits) -> Result<Server, ListenError> {
    Server::bind(address, router, limits).await.map_err(|source| ListenError { address, source })
}

#[cfg(test)]
mod tests;
