//! A running server.

use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::credentials::Credential;
use crate::exchange::Exchange;
use crate::fault::Faults;
use crate::journal::Request;
use crate::object::StoredObject;
use crate::store::Store;
use crate::wire::{Line, Wire};

/// The time that running requests have to end when the server stops.
const GRACE: Duration = Duration::from_millis(500);
/// Read at once from a connection.
const READ_BUFFER: usize = 1 << 20;

/// A running server. Dropping it stops the server.
pub struct Server {
    pub(crate) endpoint: String,
    pub(crate) region: String,
    pub(crate) credential: Credential,
    pub(crate) store: Arc<Store>,
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) stop: CancellationToken,
    pub(crate) task: Option<JoinHandle<()>>,
}

/// A multipart upload that is neither completed nor aborted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenUpload {
    /// The key of the object that the upload creates.
    pub key: String,
    /// The upload id that the client received.
    pub upload_id: String,
    /// The numbers of the parts that have arrived.
    pub parts: Vec<i32>,
}

impl Server {
    /// The base URL, without a slash at the end: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The region to sign for. If none was set, this is `us-east-1`, and the server accepts every region.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The access key id of the first credentials.
    pub fn access_key_id(&self) -> &str {
        &self.credential.access_key_id
    }

    /// The secret access key of the first credentials.
    pub fn secret_access_key(&self) -> &str {
        &self.credential.secret_access_key
    }

    /// The injected faults. They can be set and cleared while the server runs.
    pub fn faults(&self) -> &Faults {
        &self.exchange.faults
    }

    /// The requests so far, the oldest first, at most [`JOURNAL_LENGTH`](crate::JOURNAL_LENGTH).
    pub fn journal(&self) -> Vec<Request> {
        self.exchange.journal.entries()
    }

    /// Forgets all requests so far.
    pub fn clear_journal(&self) {
        self.exchange.journal.clear();
    }

    /// A stored object, whatever its ACL.
    pub fn object(&self, bucket: &str, key: &str) -> Option<StoredObject> {
        self.store.object(bucket, key).ok().map(StoredObject)
    }

    /// All objects of a bucket, sorted by key. A missing bucket has none.
    pub fn objects(&self, bucket: &str) -> Vec<StoredObject> {
        let all = self.store.bucket(bucket, |bucket| bucket.objects.values().cloned().map(StoredObject).collect());
        all.unwrap_or_default()
    }

    /// All keys of a bucket, sorted. A missing bucket has none.
    pub fn keys(&self, bucket: &str) -> Vec<String> {
        self.store.bucket(bucket, |bucket| bucket.objects.keys().cloned().collect()).unwrap_or_default()
    }

    /// The open multipart uploads of a bucket, sorted by key.
    pub fn open_uploads(&self, bucket: &str) -> Vec<OpenUpload> {
        let all = self.store.bucket(bucket, |bucket| {
            let open = bucket.uploads.iter().map(|((key, upload_id), upload)| OpenUpload {
                key: key.clone(),
                upload_id: upload_id.clone(),
                parts: upload.parts.keys().copied().collect(),
            });
            open.collect()
        });
        all.unwrap_or_default()
    }

    /// Stops listening, gives running requests half a second to end, and aborts the rest.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(task) = self.task.take() {
            // The task ends by itself and cannot panic. If the runtime has ended, the server has ended too.
            let _ = task.await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// Accepts connections until the server must stop.
pub(crate) async fn accept(listener: TcpListener, exchange: Arc<Exchange>, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, Arc::clone(&exchange), stop.clone()));
                }
                // Most likely the process has no free file descriptors, which may change.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
        }
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    // Connections that do not end in time are aborted with the set.
    let _ = tokio::time::timeout(GRACE, ended).await;
    connections.shutdown().await;
}

async fn connection(stream: TcpStream, exchange: Arc<Exchange>, stop: CancellationToken) {
    // An error only makes the connection slower.
    let _ = stream.set_nodelay(true);
    let line = Arc::new(Line::default());
    let wire = TokioIo::new(Wire::new(stream, Arc::clone(&line)));
    let service = service_fn(move |request| {
        let (exchange, line) = (Arc::clone(&exchange), Arc::clone(&line));
        async move { exchange.answer(request, &line).await }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).max_buf_size(READ_BUFFER);
    let mut serving = std::pin::pin!(builder.serve_connection(wire, service));
    // The client sees an error of its connection. The server has nothing to do.
    let _ = tokio::select! {
        ended = serving.as_mut() => ended,
        () = stop.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
}
