//! A server that speaks just enough S3 to take uploads. It keeps nothing and checks nothing: what is left is the client.

use std::{
    convert::Infallible,
    net::Ipv4Addr,
    sync::atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{CONTENT_TYPE, ETAG},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use longshore_benchmarks::role;
use tokio::net::TcpListener;

/// Takes requests on a free port, which it tells, for ever.
pub(crate) async fn serve() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    role::tell(&format!("http://{}", listener.local_addr().expect("the port")));
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        stream.set_nodelay(true).expect("a connection");
        let mut http = http1::Builder::new();
        // Enough not to be what limits.
        http.max_buf_size(1 << 20);
        tokio::spawn(http.serve_connection(TokioIo::new(stream), service_fn(answer)));
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, mut body) = request.into_parts();
    while let Some(Ok(_)) = body.frame().await {}
    let (path, query) = (head.uri.path(), head.uri.query().unwrap_or_default());
    let (bucket, key) = path.trim_start_matches('/').split_once('/').unwrap_or_default();
    let begins = query.split('&').any(|pair| pair == "uploads" || pair == "uploads=");
    Ok(match head.method {
        Method::POST if begins => xml(&format!(
            "<InitiateMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{key}</Key><UploadId>{}</UploadId>\
             </InitiateMultipartUploadResult>",
            number()
        )),
        Method::POST => xml(&format!(
            "<CompleteMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{key}</Key><ETag>\"0-1\"</ETag>\
             </CompleteMultipartUploadResult>"
        )),
        Method::PUT => {
            let mut answer = empty(StatusCode::OK);
            let tag = format!("\"{:032x}\"", number()).parse().expect("digits make a header");
            answer.headers_mut().insert(ETAG, tag);
            answer
        }
        Method::DELETE => empty(StatusCode::NO_CONTENT),
        _ => empty(StatusCode::NOT_FOUND),
    })
}

/// Another one each time.
fn number() -> u64 {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

fn xml(text: &str) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::from(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{text}")));
    answer.headers_mut().insert(CONTENT_TYPE, "application/xml".parse().expect("a header"));
    answer
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}
