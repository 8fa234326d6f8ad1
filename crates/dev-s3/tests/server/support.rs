//! A client in plain HTTP/1.1 with its own Signature Version 4.

use std::fmt::{Display, Write as _};
use std::io;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use longshore_dev_s3::{DevS3, Server};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use time::macros::format_description;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What RFC 3986 leaves unencoded.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// No answer takes longer, unless it never comes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

/// The path of an object, encoded.
pub(crate) fn path(bucket: &str, key: &str) -> String {
    format!("/{bucket}/{}", key.split('/').map(encode).collect::<Vec<_>>().join("/"))
}

/// A server in memory with the bucket `media`, and a client with its credentials.
pub(crate) async fn start() -> (Server, Client) {
    let server = DevS3::builder().bucket("media").start().await.unwrap();
    let client = Client::of(&server);
    (server, client)
}

#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) address: String,
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
    pub(crate) region: String,
    /// Seconds that the client's clock is ahead.
    pub(crate) ahead: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Signing {
    No,
    Header,
    /// With this value of `X-Amz-Expires`.
    Query(String),
}

#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// Encoded.
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) signing: Signing,
}

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn get(path: &str) -> Call {
    Call::new("GET", path)
}

pub(crate) fn put(path: &str, body: impl Into<Vec<u8>>) -> Call {
    let mut call = Call::new("PUT", path);
    call.body = body.into();
    call
}

impl Call {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Vec::new(),
            signing: Signing::Header,
        }
    }

    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn anonymous(mut self) -> Self {
        self.signing = Signing::No;
        self
    }

    pub(crate) fn presigned(mut self, expires: impl Display) -> Self {
        self.signing = Signing::Query(expires.to_string());
        self
    }

    /// `aws-chunked` without signatures of chunks, with one trailer.
    pub(crate) fn trailer(mut self, name: &str, value: &str) -> Self {
        let mut encoded = format!("{:x}\r\n", self.body.len()).into_bytes();
        encoded.extend_from_slice(&self.body);
        encoded.extend_from_slice(format!("\r\n0\r\n{name}:{value}\r\n\r\n").as_bytes());
        let length = self.body.len().to_string();
        self.body = encoded;
        self.header("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
            .header("x-amz-decoded-content-length", &length)
            .header("x-amz-trailer", name)
            .header("content-encoding", "aws-chunked")
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The text of the first element of this name.
    pub(crate) fn element(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.text().split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>")).map(|(text, _)| text)
    }

    /// The texts of all elements of this name.
    pub(crate) fn elements(&self, name: &str) -> Vec<&str> {
        let end = format!("</{name}>");
        self.text().split(&format!("<{name}>")).skip(1).filter_map(|rest| Some(rest.split_once(&end)?.0)).collect()
    }

    /// Status and `<Code>`, as tests compare them.
    pub(crate) fn outcome(&self) -> (u16, &str) {
        (self.status, if self.status < 300 { "" } else { self.element("Code").unwrap_or("") })
    }
}

impl Client {
    pub(crate) fn of(server: &Server) -> Self {
        Self {
            address: server.endpoint().strip_prefix("http://").unwrap().to_owned(),
            id: server.access_key_id().to_owned(),
            secret: server.secret_access_key().to_owned(),
            token: None,
            region: server.region().to_owned(),
            ahead: 0,
        }
    }

    /// Sends a call and returns the response.
    pub(crate) async fn send(&self, call: Call) -> Answer {
        self.try_send(call).await.unwrap()
    }

    /// Sends a call; an error is that of the connection.
    pub(crate) async fn try_send(&self, call: Call) -> io::Result<Answer> {
        let mut stream = self.open(&call).await?;
        // A server that has heard enough may close its end; what it said is still to be read.
        let _ = stream.write_all(&call.body).await;
        read_answer(&mut stream).await
    }

    /// Connects and sends all but the body.
    pub(crate) async fn open(&self, call: &Call) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect(&self.address).await?;
        stream.write_all(self.head(call).as_bytes()).await?;
        Ok(stream)
    }

    /// The URL of a presigned call, without scheme and host.
    pub(crate) fn target(&self, call: &Call) -> String {
        self.sign(call).0
    }

    fn head(&self, call: &Call) -> String {
        let (target, headers) = self.sign(call);
        let mut head = format!("{} {target} HTTP/1.1\r\nconnection: close\r\n", call.method);
        if call.value("content-length").is_none() && (!call.body.is_empty() || call.method != "GET") {
            write!(head, "content-length: {}\r\n", call.body.len()).unwrap();
        }
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        head + "\r\n"
    }

    /// The request target and all headers, with the signature in one of them.
    fn sign(&self, call: &Call) -> (String, Vec<(String, String)>) {
        let mut headers = call.headers.clone();
        if call.value("host").is_none() {
            headers.push(("host".to_owned(), self.address.clone()));
        }
        let mut query = call.query.clone();
        if call.signing == Signing::No {
            return (target(&call.path, &canonical_query(&query)), headers);
        }
        let now = OffsetDateTime::now_utc() + time::Duration::seconds(self.ahead);
        let stamp = now.format(format_description!("[year][month][day]T[hour][minute][second]Z")).unwrap();
        let scope = format!("{}/{}/s3/aws4_request", &stamp[..8], self.region);
        let payload = match (&call.signing, call.value("x-amz-content-sha256")) {
            (_, Some(value)) => value.to_owned(),
            (Signing::Header, None) => hex(&Sha256::digest(&call.body)),
            (_, None) => "UNSIGNED-PAYLOAD".to_owned(),
        };
        let mut push = |name: &str, value: &str| {
            if !headers.iter().any(|(found, _)| found == name) {
                headers.push((name.to_owned(), value.to_owned()));
            }
        };
        if call.signing == Signing::Header {
            push("x-amz-date", &stamp);
            push("x-amz-content-sha256", &payload);
            if let Some(token) = &self.token {
                push("x-amz-security-token", token);
            }
        }
        headers.sort();
        let signed = headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";");
        let credential = format!("{}/{scope}", self.id);
        if let Signing::Query(expires) = &call.signing {
            let mut parameter = |name: &str, value: &str| query.push((name.to_owned(), value.to_owned()));
            parameter("X-Amz-Algorithm", "AWS4-HMAC-SHA256");
            parameter("X-Amz-Credential", &credential);
            parameter("X-Amz-Date", &stamp);
            parameter("X-Amz-Expires", expires);
            parameter("X-Amz-SignedHeaders", &signed);
            if let Some(token) = &self.token {
                parameter("X-Amz-Security-Token", token);
            }
        }
        let lines: Vec<_> = headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
        let lines = lines.concat();
        let query = canonical_query(&query);
        let canonical = format!("{}\n{}\n{query}\n{lines}\n{signed}\n{payload}", call.method, call.path);
        let signature = signature(&self.secret, &stamp, &scope, &canonical);
        if matches!(call.signing, Signing::Query(_)) {
            return (target(&call.path, &format!("{query}&X-Amz-Signature={signature}")), headers);
        }
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential={credential},SignedHeaders={signed},Signature={signature}");
        headers.push(("authorization".to_owned(), authorization));
        (target(&call.path, &query), headers)
    }
}

pub(crate) async fn read_answer(stream: &mut TcpStream) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await??;
    parse(&bytes).ok_or_else(|| io::Error::other("no answer"))
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    if head.starts_with("HTTP/1.1 100 ") {
        return parse(&bytes[end + 4..]);
    }
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    Some(Answer { status, headers: headers.collect(), body: bytes[end + 4..].to_vec() })
}

pub(crate) fn signature(secret: &str, stamp: &str, scope: &str, canonical: &str) -> String {
    let text = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
    let key = scope.split('/').fold(format!("AWS4{secret}").into_bytes(), |key, part| hmac(&key, part));
    hex(&hmac(&key, &text))
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn canonical_query(query: &[(String, String)]) -> String {
    let mut pairs: Vec<_> = query.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.sort();
    pairs.join("&")
}

fn target(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
