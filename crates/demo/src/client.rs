//! The requests that an application's client makes, byte for byte those of `@strapi/client`.

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{client::legacy::Client as Hyper, rt::TokioExecutor};
use serde_json::Value;

use crate::{failure::Failure, sample::Sample, serving::Serving};

const BOUNDARY: &str = "----formdata-undici-048765310946";

/// Speaks to the server of the tour.
pub(crate) struct Client<'a> {
    serving: &'a Serving,
}

impl<'a> Client<'a> {
    pub(crate) fn new(serving: &'a Serving) -> Self {
        Self { serving }
    }

    /// `client.files.upload(file, { fileInfo })`
    pub(crate) async fn upload(&self, sample: &Sample, info: &Value) -> Result<Value, Failure> {
        let file =
            part(&format!("name=\"files\"; filename=\"{}\"", sample.name), Some(sample.content_type), &sample.bytes);
        let info = part("name=\"fileInfo\"", None, info.to_string().as_bytes());
        let files = self.form("/api/upload", &[file, info], StatusCode::CREATED).await?;
        let first = files.get(0).cloned();
        first.ok_or_else(|| Failure::new("an array with the file", files))
    }

    /// `client.files.update(id, info)`
    pub(crate) async fn update(&self, id: &Value, info: &Value) -> Result<Value, Failure> {
        let info = part("name=\"fileInfo\"", None, info.to_string().as_bytes());
        self.form(&format!("/api/upload?id={id}"), &[info], StatusCode::OK).await
    }

    /// `client.files.find(…)` with a query of its own, `client.files.findOne(id)`
    pub(crate) async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.send(Method::GET, path, "application/json", Bytes::new(), StatusCode::OK).await
    }

    /// `client.files.delete(id)`
    pub(crate) async fn delete(&self, id: &Value) -> Result<Value, Failure> {
        let path = format!("/api/upload/files/{id}");
        self.send(Method::DELETE, &path, "application/json", Bytes::new(), StatusCode::OK).await
    }

    async fn form(&self, path: &str, parts: &[Vec<u8>], expected: StatusCode) -> Result<Value, Failure> {
        let mut body = parts.concat();
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n\r\n").as_bytes());
        let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
        self.send(Method::POST, path, &content_type, body.into(), expected).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Bytes,
        expected: StatusCode,
    ) -> Result<Value, Failure> {
        let what = format!("{expected} from {method} {path}");
        let failed = |error: &dyn std::error::Error| Failure::new(&what, error);
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.serving.base))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.serving.token))
            .header(header::CONTENT_TYPE, content_type)
            .body(Full::new(body))
            .map_err(|error| failed(&error))?;
        let hyper = Hyper::builder(TokioExecutor::new()).build_http();
        let response = hyper.request(request).await.map_err(|error| failed(&error))?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(|error| failed(&error))?.to_bytes();
        match serde_json::from_slice(&body) {
            Ok(answer) if status == expected => Ok(answer),
            _ => Err(Failure::new(&what, format_args!("{status}: {}", String::from_utf8_lossy(&body)))),
        }
    }
}

fn part(disposition: &str, content_type: Option<&str>, content: &[u8]) -> Vec<u8> {
    let mut part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n").into_bytes();
    if let Some(content_type) = content_type {
        part.extend_from_slice(format!("Content-Type: {content_type}\r\n").as_bytes());
    }
    part.extend_from_slice(b"\r\n");
    part.extend_from_slice(content);
    part.extend_from_slice(b"\r\n");
    part
}
