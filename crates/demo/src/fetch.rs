//! Reading a URL as a browser would, without credentials.

use std::borrow::Cow;

use bytes::Bytes;
use http::{StatusCode, Uri, header::CONTENT_TYPE};
use http_body_util::{BodyExt as _, Empty};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};

use crate::{
    failure::{Failure, same},
    sample::Sample,
};

/// Holds when the URL gives the sample: its bytes, with its type.
pub(crate) async fn gives(url: &str, sample: &Sample) -> Result<(), Failure> {
    let answer = get(url, &sample.bytes).await?;
    if answer.status != StatusCode::OK {
        return Err(Failure::new("200 OK", answer.refusal()));
    }
    same("the content type", sample.content_type, &answer.content_type)?;
    match answer.difference {
        Some(at) => Err(Failure::new(
            format_args!("the {} bytes of {}", sample.bytes.len(), sample.name),
            format_args!("{} bytes, which differ at byte {at}", answer.length),
        )),
        None => Ok(()),
    }
}

/// Holds when the server does not let an anonymous reader have what is there.
pub(crate) async fn is_forbidden(url: &str) -> Result<(), Failure> {
    let answer = get(url, &[]).await?;
    if answer.status == StatusCode::FORBIDDEN {
        return Ok(());
    }
    Err(Failure::new("403 Forbidden", answer.refusal()))
}

/// The status of a GET request to the URL.
pub(crate) async fn status(url: &str) -> Result<StatusCode, Failure> {
    get(url, &[]).await.map(|answer| answer.status)
}

/// A server's response.
struct Answer {
    status: StatusCode,
    content_type: String,
    length: usize,
    /// The first byte that is not as expected.
    difference: Option<usize>,
    /// How the body begins.
    beginning: Vec<u8>,
}

impl Answer {
    fn begin(status: StatusCode, content_type: String) -> Self {
        Self { status, content_type, length: 0, difference: None, beginning: Vec::new() }
    }

    fn refusal(&self) -> String {
        if self.status == StatusCode::OK {
            return format!("200 OK with {} bytes", self.length);
        }
        format!("{}: {}", self.status, String::from_utf8_lossy(&self.beginning))
    }

    fn compare(&mut self, data: &[u8], expected: &[u8]) {
        const BEGINNING: usize = 600;
        let rest = expected.get(self.length..).unwrap_or_default();
        if self.difference.is_none() && !rest.starts_with(data) {
            let equal = data.iter().zip(rest).take_while(|(found, expected)| found == expected).count();
            self.difference = Some(self.length + equal);
        }
        let room = BEGINNING.saturating_sub(self.beginning.len()).min(data.len());
        self.beginning.extend_from_slice(&data[..room]);
        self.length += data.len();
    }

    fn end(&mut self, expected: &[u8]) {
        if self.difference.is_none() && self.length < expected.len() {
            self.difference = Some(self.length);
        }
    }
}

/// Reads all of it and keeps none: the body is compared while it arrives.
async fn get(url: &str, expected: &[u8]) -> Result<Answer, Failure> {
    let failed = |error: &dyn std::error::Error| Failure::new(format_args!("an answer from {url}"), chain(error));
    let uri: Uri = url.parse().map_err(|error| failed(&error))?;
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let response = client.get(uri).await.map_err(|error| failed(&error))?;
    let content_type = response.headers().get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let content_type = content_type.map_or_else(|| "none".to_owned(), Cow::into_owned);
    let mut answer = Answer::begin(response.status(), content_type);
    let mut body = response.into_body();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| failed(&error))?;
        let Some(data) = frame.data_ref() else { continue };
        answer.compare(data, expected);
    }
    answer.end(expected);
    Ok(answer)
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(chunks: &[&[u8]], expected: &[u8]) -> Answer {
        let mut answer = Answer::begin(StatusCode::OK, String::new());
        for chunk in chunks {
            answer.compare(chunk, expected);
        }
        answer.end(expected);
        answer
    }

    #[test]
    fn the_first_byte_that_differs_is_found_across_chunks() {
        assert_eq!(compared(&[b"abc", b"def"], b"abcdef").difference, None);
        assert_eq!(compared(&[b"abc", b"dxx"], b"abcdef").difference, Some(4));
        assert_eq!(compared(&[b"abc"], b"abcdef").difference, Some(3), "too short");
        assert_eq!(compared(&[b"abc", b"def", b"g"], b"abcdef").difference, Some(6), "too long");
        assert_eq!(compared(&[], b"a").difference, Some(0), "empty");
    }
}
