//! A minimal HTTP client for checking URLs.

use std::{
    io::{self, ErrorKind},
    time::Duration,
};

use longshore_provider::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Larger than any file of the test kit.
const LIMIT: u64 = 64 << 20;
const PATIENCE: Duration = Duration::from_secs(20);

/// The response to a request.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The status code, such as 200.
    pub status: u16,
    /// The content type, if the response has one.
    pub content_type: Option<String>,
    /// The body of the response.
    pub body: Bytes,
}

/// Sends a request without a body to an `http://` URL. Redirects are not followed.
pub async fn request_http(method: &str, url: &str) -> io::Result<Fetched> {
    timeout(PATIENCE, send(method, url)).await.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
}

async fn send(method: &str, url: &str) -> io::Result<Fetched> {
    let rest = url.strip_prefix("http://").ok_or_else(|| io::Error::other("the URL does not begin with `http://`"))?;
    let rest = rest.split('#').next().unwrap_or(rest);
    let (host, path) = rest.find(['/', '?']).map_or((rest, ""), |at| rest.split_at(at));
    let slash = if path.starts_with('/') { "" } else { "/" };
    let address = if host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
        host.to_owned()
    } else {
        format!("{host}:80")
    };
    let mut stream = TcpStream::connect(address).await?;
    let length = if matches!(method, "GET" | "HEAD") { "" } else { "Content-Length: 0\r\n" };
    // The body of an HTTP/1.0 response is not chunked. It ends with the connection.
    let request = format!("{method} {slash}{path} HTTP/1.0\r\nHost: {host}\r\nAccept: */*\r\n{length}\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(LIMIT).read_to_end(&mut answer).await?;
    parse(&answer).ok_or_else(|| io::Error::other("the answer is no HTTP"))
}

fn parse(answer: &[u8]) -> Option<Fetched> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let mut lines = head.lines();
    let status = lines.next()?.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    let value = |name: &str| {
        let mut fields = lines.clone().filter_map(|line| line.split_once(':'));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    };
    let mut body = &answer[end + 4..];
    if let Some(length) = value("content-length").and_then(|length| length.parse().ok()) {
        body = body.get(..length).unwrap_or(body);
    }
    Some(Fetched { status, content_type: value("content-type"), body: Bytes::copy_from_slice(body) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_apart() {
        let answer = b"HTTP/1.1 206 Partial\r\nContent-Type: a/b\r\ncontent-LENGTH: 2\r\n\r\nxyz";
        let fetched = parse(answer).unwrap();
        assert_eq!(
            (fetched.status, fetched.content_type.as_deref(), &fetched.body[..]),
            (206, Some("a/b"), &b"xy"[..])
        );
        assert!(parse(b"220 ftp\r\n\r\n").is_none());
    }
}
