//! A raw HTTP client, which can also violate the protocol.

use std::{net::SocketAddr, str};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, ErrorKind},
    net::TcpStream,
    time::timeout,
};

use super::server::LONG;

/// A connection to a server.
pub(super) struct Client {
    stream: TcpStream,
    /// Bytes that were read and not used yet.
    buffer: Vec<u8>,
}

/// A response of the server.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Client {
    pub(super) async fn connect(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap(), buffer: Vec::new() }
    }

    /// Sends a complete request, and reads the response.
    pub(super) async fn request(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.head(method, path, headers, body.len()).await;
        self.send(body).await;
        self.read_answer(method == "HEAD").await.expect("an answer")
    }

    /// Sends the head of a request with a body of `length` bytes.
    pub(super) async fn head(&mut self, method: &str, path: &str, headers: &[(&str, &str)], length: usize) {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: test\r\n");
        for (name, value) in headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        if length > 0 || method == "POST" {
            head.extend(["Content-Length: ", &length.to_string(), "\r\n"]);
        }
        head.push_str("\r\n");
        self.send(head.as_bytes()).await;
    }

    /// Sends bytes. Returns whether the server accepts them.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> bool {
        timeout(LONG, self.stream.write_all(bytes)).await.expect("the server reads").is_ok()
    }

    /// Reads the next response, or returns `None` if the connection ends without one.
    pub(super) async fn answer(&mut self) -> Option<Answer> {
        self.read_answer(false).await
    }

    /// Whether the server has sent nothing yet.
    pub(super) fn is_silent(&self) -> bool {
        let mut byte = [0];
        self.buffer.is_empty()
            && matches!(self.stream.try_read(&mut byte), Err(error) if error.kind() == ErrorKind::WouldBlock)
    }

    /// Waits until the server closes the connection. Returns the bytes that arrived before.
    pub(super) async fn closed(&mut self) -> Vec<u8> {
        while self.fill().await {}
        std::mem::take(&mut self.buffer)
    }

    async fn read_answer(&mut self, without_body: bool) -> Option<Answer> {
        let head = loop {
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                let rest = self.buffer.split_off(end + 4);
                break String::from_utf8(std::mem::replace(&mut self.buffer, rest)).unwrap();
            }
            if !self.fill().await {
                return None;
            }
        };
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let header = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_ascii_lowercase(), value.to_owned())
        };
        let mut answer = Answer { status, headers: lines.map(header).collect(), body: Vec::new() };
        if without_body || matches!(status, 100 | 204 | 304) {
            return Some(answer);
        }
        answer.body = match (answer.header("transfer-encoding"), answer.header("content-length")) {
            (Some("chunked"), _) => self.chunks().await?,
            (_, Some(length)) => self.exactly(length.parse().unwrap()).await?,
            _ => self.closed().await,
        };
        Some(answer)
    }

    async fn chunks(&mut self) -> Option<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = loop {
                if let Some(end) = self.buffer.windows(2).position(|window| window == b"\r\n") {
                    let line = self.exactly(end + 2).await?;
                    break usize::from_str_radix(str::from_utf8(&line[..end]).unwrap(), 16).unwrap();
                }
                if !self.fill().await {
                    return None;
                }
            };
            let chunk = self.exactly(line + 2).await?;
            if line == 0 {
                return Some(body);
            }
            body.extend_from_slice(&chunk[..line]);
        }
    }

    async fn exactly(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.buffer.len() < length {
            if !self.fill().await {
                return None;
            }
        }
        let rest = self.buffer.split_off(length);
        Some(std::mem::replace(&mut self.buffer, rest))
    }

    /// Reads more bytes. Returns `false` at the end of the connection.
    async fn fill(&mut self) -> bool {
        let read = timeout(LONG, self.stream.read_buf(&mut self.buffer)).await.expect("the server says something");
        read.is_ok_and(|count| count > 0)
    }
}

impl Answer {
    /// The value of a header, by its name in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// Fails with the whole body if the status differs.
    #[track_caller]
    pub(super) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    /// Fails unless the response is an error in Strapi's envelope with this status, name and message. Returns its
    /// details.
    #[track_caller]
    pub(super) fn error(self, status: u16, name: &str, message: &str) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json; charset=utf-8"));
        let json = self.json();
        let error = &json["error"];
        assert_eq!(
            (self.status, error["status"].as_u64(), error["name"].as_str(), error["message"].as_str()),
            (status, Some(status.into()), Some(name), Some(message)),
            "{json}"
        );
        assert_eq!(json["data"], Value::Null);
        error.get("details").cloned().unwrap_or(Value::Null)
    }
}
