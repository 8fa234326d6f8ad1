//! The journal: the requests to the server, in order.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::request::Parts;

use crate::Operation;
use crate::target::Target;

/// The number of requests that the journal keeps. It forgets the oldest requests first.
pub const JOURNAL_LENGTH: usize = 10_000;

/// A request that reached the server, with or without a response.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// The header `x-amz-request-id` of the response.
    pub id: String,
    /// `GET`, `PUT`, …
    pub method: String,
    /// The path as it was sent, encoded.
    pub path: String,
    /// The query after the `?`, as it was sent.
    pub query: Option<String>,
    /// `None` for an operation that the server does not support.
    pub operation: Option<Operation>,
    /// The bucket, from the path or the host name.
    pub bucket: Option<String>,
    /// The key, decoded.
    pub key: Option<String>,
    /// The headers in the order of arrival, with names in lower case. `authorization` is reduced to the access key id,
    /// and a session token to `***`.
    pub headers: Vec<(String, String)>,
    /// The number of bytes of the body that were read, as they came over the wire.
    pub received: u64,
    /// The status of the response. `None` until the response is sent, which never happens if the connection ends
    /// before.
    pub status: Option<u16>,
}

impl Request {
    pub(crate) fn new(id: String, parts: &Parts, target: &Target, operation: Option<Operation>) -> Self {
        let headers = parts.headers.iter().map(|(name, value)| {
            let text = String::from_utf8_lossy(value.as_bytes());
            (name.as_str().to_owned(), redact(name.as_str(), &text))
        });
        Self {
            id,
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().map(str::to_owned),
            operation,
            bucket: target.bucket.clone(),
            key: target.key.clone(),
            headers: headers.collect(),
            received: 0,
            status: None,
        }
    }

    /// The first header with this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Whether the request carried a signature, right or wrong.
    pub fn is_signed(&self) -> bool {
        self.header("authorization").is_some()
            || self.query.as_deref().is_some_and(|query| query.contains("X-Amz-Signature="))
    }
}

fn redact(name: &str, value: &str) -> String {
    match name {
        "authorization" => {
            let credential = value.split("Credential=").nth(1).unwrap_or("");
            format!("Credential={}", credential.split('/').next().unwrap_or(""))
        }
        "x-amz-security-token" => "***".to_owned(),
        _ => value.to_owned(),
    }
}

/// Receives each request after its response, or after its connection has ended.
pub(crate) type Observer = Arc<dyn Fn(&Request) + Send + Sync>;

/// The requests to a server, the newest last.
pub(crate) struct Journal {
    entries: Mutex<VecDeque<Request>>,
    observer: Option<Observer>,
}

impl Journal {
    pub(crate) fn new(observer: Option<Observer>) -> Self {
        Self { entries: Mutex::default(), observer }
    }

    pub(crate) fn begin(&self, request: Request) {
        let mut entries = self.lock();
        if entries.len() == JOURNAL_LENGTH {
            entries.pop_front();
        }
        entries.push_back(request);
    }

    /// Records the end of a request. The status is `None` if its connection was broken.
    pub(crate) fn end(&self, id: &str, status: Option<u16>, received: u64) {
        let mut entries = self.lock();
        let Some(entry) = entries.iter_mut().rev().find(|entry| entry.id == id) else { return };
        entry.status = status;
        entry.received = received;
        let seen = self.observer.as_ref().map(|observer| (Arc::clone(observer), entry.clone()));
        drop(entries);
        if let Some((observer, entry)) = seen {
            observer(&entry);
        }
    }

    pub(crate) fn entries(&self) -> Vec<Request> {
        self.lock().iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Request>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(id: usize) -> Request {
        let (parts, ()) = http::Request::get("/media/a").body(()).unwrap().into_parts();
        Request::new(id.to_string(), &parts, &Target::default(), None)
    }

    #[test]
    fn journal_forgets_the_oldest() {
        let journal = Journal::new(None);
        (0..JOURNAL_LENGTH + 5).for_each(|id| journal.begin(request(id)));
        let entries = journal.entries();
        assert_eq!((entries.len(), entries[0].id.as_str()), (JOURNAL_LENGTH, "5"));
    }

    #[test]
    fn forgotten_request_can_still_be_answered() {
        let journal = Journal::new(None);
        journal.begin(request(1));
        journal.clear();
        journal.end("1", Some(200), 0);
        assert!(journal.entries().is_empty());
    }
}
