//! The client for requests to other servers, with the certificates that this machine trusts.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};

/// How long a connection is kept for the next request.
const IDLE: Duration = Duration::from_secs(30);

/// A client with a pool of connections.
pub(crate) type HttpsClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// A client for `http` and `https`. Reading the machine's certificates takes milliseconds. If they cannot be read, no
/// server is trusted, and an error is logged.
pub(crate) fn client() -> HttpsClient {
    let provider = rustls::crypto::ring::default_provider();
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .expect("ring has the ciphers of TLS 1.2 and 1.3");
    let tls = match tls.clone().with_native_roots() {
        Ok(tls) => tls,
        Err(error) => {
            tracing::warn!("the certificates of this machine cannot be read, so no https server is trusted: {error}");
            tls.with_root_certificates(rustls::RootCertStore::empty())
        }
    };
    let connector = HttpsConnectorBuilder::new().with_tls_config(tls.with_no_client_auth());
    Client::builder(TokioExecutor::new())
        .pool_idle_timeout(IDLE)
        .pool_timer(TokioTimer::new())
        .build(connector.https_or_http().enable_http1().build())
}
