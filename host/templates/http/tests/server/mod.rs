// A service for tests. It stores a file a moment after it has read the request, even if the client is gone by then, as
// real services do. Files below `/public` are readable without the key.

use std::{
    collections::HashMap,
    convert::Infallible,
    hash::{DefaultHasher, Hash, Hasher},
    net::TcpListener,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_MATCH, LAST_MODIFIED, RANGE},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use longshore_provider::{Bytes, tokio};

/// How long the service works on a request that it has read.
const STORING: Duration = Duration::from_millis(3);

type Files = Arc<Mutex<HashMap<String, Stored>>>;
#[derive(Clone)]
struct Stored {
    bytes: Bytes,
    mime: String,
    written: SystemTime,
}

type Answer = Response<Full<Bytes>>;

/// Starts a service that runs until the process ends. Returns its address.
pub(crate) fn start(key: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let serve = async move {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let files = Files::default();
        while let Ok((stream, _)) = listener.accept().await {
            let files = Files::clone(&files);
            let service = service_fn(move |request| {
                let files = Files::clone(&files);
                async move { Ok::<_, Infallible>(answer(files, key, request).await) }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    };
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(serve);
    });
    format!("http://{address}")
}

async fn answer(files: Files, key: &str, request: Request<Incoming>) -> Answer {
    let header = |name: &str| {
        let value = request.headers().get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    let path = request.uri().path().to_owned();
    let (path, public) = match path.strip_prefix("/public") {
        Some(path) => (path.to_owned(), true),
        None => (path, false),
    };
    if !public && header("accesskey").as_deref() != Some(key) {
        return status(StatusCode::UNAUTHORIZED);
    }
    match *request.method() {
        Method::PUT if !public => {
            let mime = header(CONTENT_TYPE.as_str()).unwrap_or_default();
            // All or nothing: a body that broke off is not stored.
            let Ok(body) = request.into_body().collect().await else {
                return status(StatusCode::BAD_REQUEST);
            };
            let stored = tokio::spawn(async move {
                tokio::time::sleep(STORING).await;
                let bytes = body.to_bytes();
                let written = SystemTime::now();
                let stored = Stored {
                    bytes,
                    mime,
                    written,
                };
                files.lock().unwrap().insert(path, stored);
            });
            stored.await.unwrap();
            status(StatusCode::CREATED)
        }
        Method::DELETE if !public => match files.lock().unwrap().remove(&path) {
            Some(_) => status(StatusCode::OK),
            None => status(StatusCode::NOT_FOUND),
        },
        Method::GET | Method::HEAD => {
            let found = files.lock().unwrap().get(&path).cloned();
            let Some(Stored {
                bytes,
                mime,
                written,
            }) = found
            else {
                return status(StatusCode::NOT_FOUND);
            };
            let mut hasher = DefaultHasher::new();
            bytes.hash(&mut hasher);
            let etag = format!("\"{:x}\"", hasher.finish());
            if header(IF_MATCH.as_str()).is_some_and(|wanted| wanted != etag) {
                return status(StatusCode::PRECONDITION_FAILED);
            }
            let answer = Response::builder()
                .header(CONTENT_TYPE, mime)
                .header(LAST_MODIFIED, httpdate::fmt_http_date(written))
                .header(ETAG, etag);
            match range(header(RANGE.as_str()).as_deref()) {
                Some((start, end)) => part(
                    answer.status(StatusCode::PARTIAL_CONTENT),
                    bytes.slice(start..=end),
                ),
                None => part(answer, bytes),
            }
        }
        _ => status(StatusCode::METHOD_NOT_ALLOWED),
    }
}

/// First and last byte of `bytes=0-9`.
fn range(header: Option<&str>) -> Option<(usize, usize)> {
    let (start, end) = header?.strip_prefix("bytes=")?.split_once('-')?;
    Some((start.parse().ok()?, end.parse().ok()?))
}

fn part(answer: hyper::http::response::Builder, bytes: Bytes) -> Answer {
    let answer = answer.header(CONTENT_LENGTH, bytes.len());
    answer.body(Full::new(bytes)).unwrap()
}

fn status(status: StatusCode) -> Answer {
    Response::builder()
        .status(status)
        .body(Full::default())
        .unwrap()
}
