//! A receiver of webhooks with a configurable behaviour.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::HeaderMap,
    response::Response,
};
use bytes::Bytes;
use futures::{StreamExt, stream};
use tokio::sync::{Mutex, mpsc};

/// How the receiver responds to a request.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    Status(u16),
    After(Duration, u16),
    Redirect(&'static str),
    /// No response.
    Never,
    /// A head, and a body without an end.
    Endless,
}

/// A received request.
pub(super) struct Got {
    pub(super) method: String,
    pub(super) uri: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

pub(super) struct Receiver {
    address: SocketAddr,
    got: Mutex<mpsc::UnboundedReceiver<Got>>,
    most: Arc<AtomicUsize>,
    server: tokio::task::JoinHandle<()>,
}

impl Receiver {
    /// Starts a receiver. `answer` gets the number of earlier requests.
    pub(super) async fn start(answer: impl Fn(usize) -> Answer + Clone + Send + Sync + 'static) -> Self {
        let (sender, got) = mpsc::unbounded_channel();
        let (seen, now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::default());
        let most_at_once: Arc<AtomicUsize> = Arc::clone(&most);
        let handler = async move |request: Request| {
            let here = Here::enter(&now, &most_at_once);
            let (head, body) = request.into_parts();
            let body = to_bytes(body, usize::MAX).await.unwrap();
            let answer = answer(seen.fetch_add(1, Ordering::SeqCst));
            let (method, uri) = (head.method.to_string(), head.uri.to_string());
            let _ = sender.send(Got { method, uri, headers: head.headers, body });
            let response = answer.response().await;
            drop(here);
            response
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handler)).await.unwrap() });
        Self { address, got: Mutex::new(got), most, server }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The next request.
    pub(super) async fn next(&self) -> Got {
        let mut got = self.got.lock().await;
        tokio::time::timeout(Duration::from_secs(30), got.recv()).await.expect("a request comes").unwrap()
    }

    /// The largest number of concurrent requests.
    pub(super) fn most_at_once(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

struct Here(Arc<AtomicUsize>);

impl Here {
    fn enter(now: &Arc<AtomicUsize>, most: &AtomicUsize) -> Self {
        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        Self(now.clone())
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Answer {
    async fn response(self) -> Response {
        let status = |status: u16| Response::builder().status(status);
        match self {
            Self::Status(code) => status(code).body(Body::empty()).unwrap(),
            Self::After(wait, code) => {
                tokio::time::sleep(wait).await;
                status(code).body(Body::empty()).unwrap()
            }
            Self::Redirect(to) => status(307).header("location", to).body(Body::empty()).unwrap(),
            Self::Never => std::future::pending().await,
            Self::Endless => {
                let chunks = stream::repeat(Bytes::from_static(b"and on ")).then(async |chunk| {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    Ok::<_, Infallible>(chunk)
                });
                status(200).body(Body::from_stream(chunks)).unwrap()
            }
        }
    }
}
