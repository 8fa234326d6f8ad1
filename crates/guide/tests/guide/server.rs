//! A storage service that is reached by plain HTTP: `PUT`, `GET`, `HEAD` and `DELETE` with a key in a header, and `GET`
//! for everybody below `/public`.

use std::{
    collections::HashMap,
    convert::Infallible,
    hash::{DefaultHasher, Hash, Hasher},
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, RANGE},
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use longshore_provider::{Bytes, tokio};

/// Runs until the test ends.
pub(crate) struct Server {
    address: SocketAddr,
}

type Files = Mutex<HashMap<String, (Bytes, String)>>;

impl Server {
    pub(crate) fn start(key: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let serve = async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let files = Arc::new(Files::default());
            while let Ok((stream, _)) = listener.accept().await {
                let files = Arc::clone(&files);
                let service = service_fn(move |request| {
                    let files = Arc::clone(&files);
                    async move { Ok::<_, Infallible>(answer(&files, key, request).await) }
                });
                // A client that goes away half-way is what some cases are about.
                tokio::spawn(async move {
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        };
        std::thread::spawn(move || {
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap().block_on(serve);
        });
        Self { address }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn answer(files: &Files, key: &str, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (path, public) = match path.strip_prefix("/public") {
        Some(path) => (path.to_owned(), true),
        None => (path, false),
    };
    if !public && header("accesskey").as_deref() != Some(key) {
        return empty(StatusCode::UNAUTHORIZED);
    }
    let (range, mime) = (header(RANGE.as_str()), header(CONTENT_TYPE.as_str()).unwrap_or_default());
    match *request.method() {
        Method::PUT => {
            // All or nothing.
            let Ok(body) = request.into_body().collect().await else { return empty(StatusCode::BAD_REQUEST) };
            files.lock().unwrap().insert(path, (body.to_bytes(), mime));
            empty(StatusCode::CREATED)
        }
        Method::DELETE => match files.lock().unwrap().remove(&path) {
            Some(_) => empty(StatusCode::OK),
            None => empty(StatusCode::NOT_FOUND),
        },
        Method::GET | Method::HEAD => {
            let Some((bytes, mime)) = files.lock().unwrap().get(&path).cloned() else {
                return empty(StatusCode::NOT_FOUND);
            };
            let mut hasher = DefaultHasher::new();
            bytes.hash(&mut hasher);
            let part = range.as_deref().and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
            let part = part.map(|(start, end)| start.parse::<usize>().unwrap()..=end.parse().unwrap());
            let (status, part) = match part {
                Some(part) => (StatusCode::PARTIAL_CONTENT, bytes.slice(part)),
                None => (StatusCode::OK, bytes),
            };
            let answer = Response::builder().status(status).header(CONTENT_TYPE, mime);
            let answer = answer.header(ETAG, format!("\"{:x}\"", hasher.finish())).header(CONTENT_LENGTH, part.len());
            answer.body(Full::new(part)).unwrap()
        }
        _ => empty(StatusCode::METHOD_NOT_ALLOWED),
    }
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    Response::builder().status(status).body(Full::default()).unwrap()
}
