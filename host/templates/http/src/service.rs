//! The requests: `PUT`, `GET`, `HEAD` and `DELETE`, with a key in a header.

use std::{
    collections::HashMap,
    error::Error as _,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http_body_util::{BodyExt, Empty, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Frame, Incoming},
    header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_MATCH, LAST_MODIFIED, RANGE},
    http::request::Builder,
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, Error as ClientError, connect::HttpConnector},
    rt::TokioExecutor,
};
use longshore_provider::{
    Body, ByteRange, Bytes, Cleanup, Error, ErrorKind, ObjectMeta, Opened, Result, Secret,
    futures::{
        Stream, StreamExt, TryStreamExt,
        future::{Either, select},
        stream,
    },
    key::url_path,
    tokio::{
        spawn,
        sync::{Mutex as AsyncMutex, OwnedMutexGuard, oneshot},
        time::{sleep, timeout},
    },
};

/// The time that a clean-up waits for the response to a request whose call was dropped.
const LAST_RESPONSE: Duration = Duration::from_secs(20);
/// The attempts at opening a file that other calls replace meanwhile.
const OPEN_ATTEMPTS: usize = 10;
/// The time limit of `health`.
const HEALTH: Duration = Duration::from_secs(5);

/// The service. A clone uses the same connections.
#[derive(Clone)]
pub(crate) struct Service {
    client: Client<HttpsConnector<HttpConnector>, RequestBody>,
    endpoint: String,
    access_key: Secret,
    locks: Arc<Mutex<HashMap<String, Arc<AsyncMutex<()>>>>>,
}

type RequestBody = UnsyncBoxBody<Bytes, Error>;

/// The right to change the file of a key, until the lock is dropped.
pub(crate) type KeyLock = OwnedMutexGuard<()>;

/// What happens to the stored file if the call that stores it fails, or is dropped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum IfDropped {
    Delete,
    Keep,
}

impl Service {
    /// Makes the client. The service need not be reachable yet: `health` asks for that.
    pub(crate) fn new(endpoint: String, access_key: Secret) -> Result<Self> {
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
            .map_err(|error| {
                Error::internal("cannot read the system's certificates").caused_by(&error)
            })?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            endpoint,
            access_key,
            locks: Arc::default(),
        })
    }

    /// Waits until no other call changes the file of `key`. Without the lock, the request or the clean-up of a dropped
    /// upload could overwrite or delete the file of a later upload.
    pub(crate) async fn lock(&self, key: &str) -> KeyLock {
        let lock = {
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            // Forget the locks that no call holds or waits for.
            locks.retain(|_, lock| Arc::strong_count(lock) > 1);
            locks.entry(key.to_owned()).or_default().clone()
        };
        lock.lock_owned().await
    }

    /// Stores all of `body`, or nothing.
    pub(crate) async fn put(
        &self,
        key: &str,
        mime: &str,
        body: Body,
        if_dropped: IfDropped,
        lock: KeyLock,
    ) -> Result<()> {
        let mut request = self.request(Method::PUT, key);
        if !mime.is_empty() {
            request = request.header(CONTENT_TYPE, mime);
        }
        if let Some(size) = body.size() {
            request = request.header(CONTENT_LENGTH, size);
        }
        let (stop, stopped) = oneshot::channel();
        let body = until_stopped(held_back(body), stopped);
        let body = StreamBody::new(body.map_ok(Frame::data)).boxed_unsync();

        let (service, stored) = (self.clone(), key.to_owned());
        let put = async move { service.send("store", &stored, request, body).await };
        let (service, key) = (self.clone(), key.to_owned());
        let undo = async move {
            if if_dropped == IfDropped::Delete {
                // An error cannot be returned any more. The host deletes the file again.
                let _ = service.send_delete(&key).await;
            }
        };
        run_to_end(put, stop, undo, lock).await.map(drop)
    }

    /// Removes a file. The removal of a missing file succeeds.
    pub(crate) async fn delete(&self, key: &str) -> Result<()> {
        let lock = self.lock(key).await;
        let (service, key) = (self.clone(), key.to_owned());
        let delete = async move { service.send_delete(&key).await };
        run_to_end(delete, (), async {}, lock).await
    }

    async fn send_delete(&self, key: &str) -> Result<()> {
        let request = self.request(Method::DELETE, key);
        match self.send("delete", key, request, empty()).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            response => response.map(drop),
        }
    }

    pub(crate) async fn head(&self, key: &str) -> Result<ObjectMeta> {
        let request = self.request(Method::HEAD, key);
        let response = self.send("look up", key, request, empty()).await?;
        let header = |name| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let size = header(CONTENT_LENGTH).and_then(|size| size.parse().ok());
        let size =
            size.ok_or_else(|| Error::internal("the service returned no size for the file"))?;
        let mut meta = ObjectMeta::new(key, size);
        meta.etag = header(ETAG).map(|tag| tag.trim_matches('"').to_owned());
        meta.content_type = header(CONTENT_TYPE).map(str::to_owned);
        let modified = header(LAST_MODIFIED);
        meta.last_modified = modified.and_then(|date| httpdate::parse_http_date(date).ok());
        Ok(meta)
    }

    /// Opens a file. If another call replaces the file between `HEAD` and `GET`, both are sent again.
    pub(crate) async fn open(&self, key: &str, range: Option<ByteRange>) -> Result<Opened> {
        for _ in 1..OPEN_ATTEMPTS {
            match self.open_version(key, range).await {
                Err(error) if error.kind() == ErrorKind::PreconditionFailed => {}
                opened => return opened,
            }
        }
        self.open_version(key, range).await
    }

    async fn open_version(&self, key: &str, range: Option<ByteRange>) -> Result<Opened> {
        let meta = self.head(key).await?;
        let (start, length) = range.map_or((0, None), |range| (range.start, range.length));
        if start > 0 && start >= meta.size {
            return Err(Error::invalid_input("the range starts behind the end"));
        }
        let left = meta.size - start;
        let length = length.map_or(left, |length| length.min(left));
        if length == 0 {
            return Ok(Opened::new(meta, Body::empty()));
        }
        let end = start + length - 1;
        let mut request = self
            .request(Method::GET, key)
            .header(RANGE, format!("bytes={start}-{end}"));
        if let Some(etag) = &meta.etag {
            // The size above belongs to this version of the file.
            request = request.header(IF_MATCH, format!("\"{etag}\""));
        }
        let response = self.send("read", key, request, empty()).await?;
        if response.status() != StatusCode::PARTIAL_CONTENT && length < meta.size {
            return Err(Error::internal("the service ignored the range"));
        }
        let chunks = response.into_body().into_data_stream().map_err(|error| {
            let message = "the service broke off its response";
            Error::new(ErrorKind::Unavailable, message).caused_by(&error)
        });
        Ok(Opened::new(meta, Body::from_stream(chunks, Some(length))))
    }

    /// Sends `HEAD` for a file that need not exist. A response of 404 is a success.
    pub(crate) async fn health(&self) -> Result<()> {
        let head = Box::pin(self.head("health"));
        match select(head, Box::pin(sleep(HEALTH))).await {
            Either::Left((Err(error), _)) if error.kind() != ErrorKind::NotFound => Err(error),
            Either::Left(_) => Ok(()),
            Either::Right(_) => Err(Error::new(
                ErrorKind::Timeout,
                "the service does not respond",
            )),
        }
    }

    fn request(&self, method: Method, key: &str) -> Builder {
        let url = format!("{}/{}", self.endpoint, url_path(key));
        let key = self.access_key.expose();
        Request::builder()
            .method(method)
            .uri(url)
            .header("AccessKey", key)
    }

    async fn send(
        &self,
        action: &str,
        key: &str,
        request: Builder,
        body: RequestBody,
    ) -> Result<Response<Incoming>> {
        let request = request.body(body).map_err(|error| {
            let message = format!("cannot {action} `{key}`: the request is not valid");
            Error::invalid_input(message).caused_by(&error)
        })?;
        let response = self.client.request(request).await;
        let response = response.map_err(|error| not_sent(action, key, &error))?;
        match kind(response.status()) {
            None => Ok(response),
            Some(ErrorKind::NotFound) => Err(Error::not_found(key)),
            Some(kind) => {
                let error = Error::new(
                    kind,
                    format!("cannot {action} `{key}`: the service refuses"),
                );
                Err(error.with_service_code(response.status().as_str()))
            }
        }
    }
}

/// Runs `request` in a task of its own, because a client may drop the call while the service still works on the request:
/// a file that was deleted too early would appear later. The clean-up drops `stop`, waits for the response, runs `undo`,
/// and releases the lock only then.
async fn run_to_end<T: Send + 'static>(
    request: impl Future<Output = Result<T>> + Send + 'static,
    stop: impl Send + 'static,
    undo: impl Future<Output = ()> + Send + 'static,
    lock: KeyLock,
) -> Result<T> {
    let (sender, result) = oneshot::channel();
    let task = spawn(async move {
        // The receiver is gone if the call was dropped.
        let _ = sender.send(request.await);
    });
    let cleanup = Cleanup::new(async move {
        drop(stop);
        let _ = timeout(LAST_RESPONSE, task).await;
        undo.await;
        drop(lock);
    });
    let result = result
        .await
        .unwrap_or_else(|_| Err(Error::internal("the request ended without a response")))?;
    cleanup.disarm();
    Ok(result)
}

/// The kind of error for a status. `None` is success.
fn kind(status: StatusCode) -> Option<ErrorKind> {
    match status.as_u16() {
        200..300 => None,
        401 => Some(ErrorKind::Unauthenticated),
        403 => Some(ErrorKind::PermissionDenied),
        404 | 410 => Some(ErrorKind::NotFound),
        400 | 416 => Some(ErrorKind::InvalidInput),
        408 | 504 => Some(ErrorKind::Timeout),
        409 | 412 => Some(ErrorKind::PreconditionFailed),
        413 => Some(ErrorKind::TooLarge),
        429 => Some(ErrorKind::RateLimited),
        507 => Some(ErrorKind::StorageFull),
        500..600 => Some(ErrorKind::Unavailable),
        _ => Some(ErrorKind::Internal),
    }
}

/// The error of the body if the body failed; otherwise the service cannot be reached.
fn not_sent(action: &str, key: &str, error: &ClientError) -> Error {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<Error>() {
            return error.clone();
        }
        cause = error.source();
    }
    let message = format!("cannot {action} `{key}`: the service does not respond");
    Error::new(ErrorKind::Unavailable, message).caused_by(error)
}

/// The chunks of a body, each only when the next chunk has arrived. The client stops reading when it has sent the announced
/// number of bytes, but the error of a body that broke off or is too long comes after its last chunk.
fn held_back(body: Body) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
    stream::try_unfold((Some(body), None), |(body, mut held)| async move {
        let Some(mut body): Option<Body> = body else {
            return Ok(None);
        };
        loop {
            match (held, body.next().await.transpose()?) {
                (None, Some(next)) => held = Some(next),
                (Some(chunk), Some(next)) => return Ok(Some((chunk, (Some(body), Some(next))))),
                (Some(chunk), None) => return Ok(Some((chunk, (None, None)))),
                (None, None) => return Ok(None),
            }
        }
    })
}

/// The chunks of `body`; an error as soon as the sender of `stopped` is dropped.
fn until_stopped(
    body: impl Stream<Item = Result<Bytes>> + Send + 'static,
    stopped: oneshot::Receiver<()>,
) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
    stream::unfold(Some((Box::pin(body), stopped)), |state| async move {
        let (mut body, stopped) = state?;
        let next = select(stopped, body.next()).await;
        match next {
            Either::Left(_) => {
                let error = Error::new(ErrorKind::Cancelled, "the upload was dropped");
                Some((Err(error), None))
            }
            Either::Right((chunk, stopped)) => Some((chunk?, Some((body, stopped)))),
        }
    })
}

fn empty() -> RequestBody {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}
