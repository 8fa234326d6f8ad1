//! Compares responses with those of Strapi, which `fixtures/strapi/record.mjs` recorded.
//!
//! A case of `requests.json` whose response differs has a line in `differences.json`: the first cell of the row of
//! `docs/differences.md` that explains the difference. `DIFFERENCES=show` prints every response that differs.

use std::{collections::BTreeMap, fs, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use futures::StreamExt;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    client::Answer,
    server::{SIZE_LIMIT, TestServer},
};

/// The cases that are compared at the same time.
const PARALLEL: usize = 4;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Requests {
    /// The uploads that come first in cases with files.
    before: Vec<Request>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    #[serde(default, rename = "withFiles")]
    with_files: bool,
    #[serde(flatten)]
    request: Request,
}

#[derive(Deserialize)]
struct Request {
    method: String,
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Vec<Piece>,
}

/// A piece of a body.
#[derive(Deserialize)]
#[serde(untagged)]
enum Piece {
    Text(String),
    Image { image: String },
    Base64 { base64: String },
    Repeated { repeat: String, times: usize },
}

/// A response without the values that are different in each run.
#[derive(Debug, Deserialize, PartialEq)]
struct Recorded {
    status: u16,
    allow: Option<String>,
    body: Value,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_difference_from_strapi_is_listed() {
    let Requests { before, cases } = fixture("requests.json");
    let recorded: BTreeMap<String, Recorded> = fixture("answers.json");
    let listed: BTreeMap<String, String> = fixture("differences.json");
    let document = include_str!("../../../../docs/differences.md");
    for (name, row) in &listed {
        assert!(document.contains(&format!("\n| {row} |")), "{name}: docs/differences.md has no row `{row}`");
        assert!(recorded.contains_key(name), "differences.json has an unknown case `{name}`");
    }
    let shared = [server_with(&[]).await, server_with(&before).await];
    let (before, shared) = (&before, &shared);
    let compared = futures::stream::iter(cases).map(|case| async move {
        let answer = if matches!(case.request.method.as_str(), "POST" | "DELETE") {
            let before = if case.with_files { before.as_slice() } else { &[] };
            case.request.send(&server_with(before).await).await
        } else {
            case.request.send(&shared[usize::from(case.with_files)]).await
        };
        (case.name, Recorded::of(&case.request.method, &answer))
    });
    let answers: Vec<(String, Recorded)> = compared.buffer_unordered(PARALLEL).collect().await;
    assert_eq!(answers.len(), recorded.len(), "requests.json and answers.json have the same cases");
    let mut wrong = Vec::new();
    for (name, ours) in answers {
        let strapi = &recorded[&name];
        match (ours == *strapi, listed.get(&name)) {
            (true, None) => {}
            (true, Some(_)) => wrong.push(format!("{name}: is listed, and does not differ")),
            (false, Some(_)) if std::env::var_os("DIFFERENCES").is_none() => {}
            (false, row) => wrong.push(format!("{name}: differs ({row:?})\n  Strapi: {strapi}\n  ours:   {ours}")),
        }
    }
    wrong.sort();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), recorded.len(), wrong.join("\n"));
}

/// A server with the limits of the recorded Strapi, after these uploads.
async fn server_with(uploads: &[Request]) -> TestServer {
    let server = TestServer::with(|setting| {
        let breakpoints = [("large", 1000), ("medium", 750), ("small", 500)];
        setting.library.breakpoints = breakpoints.map(|(name, width)| (name.to_owned(), width)).into();
        assert_eq!(setting.library.size_limit, SIZE_LIMIT);
    })
    .await;
    for upload in uploads {
        upload.send(&server).await.expect(201);
    }
    server
}

impl Request {
    async fn send(&self, server: &TestServer) -> Answer {
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let body: Vec<u8> = self.body.iter().flat_map(Piece::bytes).collect();
        server.request(&self.method, &self.path, &headers, &body).await
    }
}

impl Piece {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Image { image } => fs::read(folder().join("images").join(image)).unwrap(),
            Self::Base64 { base64 } => STANDARD.decode(base64).unwrap(),
            Self::Repeated { repeat, times } => repeat.repeat(*times).into_bytes(),
        }
    }
}

impl Recorded {
    fn of(method: &str, answer: &Answer) -> Self {
        let is_json = answer.header("content-type").is_some_and(|mime| mime.starts_with("application/json"));
        let mut body = if is_json && !answer.body.is_empty() { plain(answer.json(), "") } else { answer.text().into() };
        if let ("POST", Value::Array(files)) = (method, &mut body)
            && files.len() > 1
        {
            // Strapi stores several files in any order.
            for file in files.iter_mut() {
                file["id"] = "ID".into();
            }
            files.sort_by_key(|file| file["name"].to_string());
        }
        Self { status: answer.status, allow: answer.header("allow").map(str::to_owned), body }
    }
}

impl std::fmt::Display for Recorded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.status, self.allow.as_deref().unwrap_or_default(), self.body)
    }
}

/// Replaces what is different in each run, or between encoders, as `record.mjs` does.
fn plain(value: Value, key: &str) -> Value {
    match value {
        Value::Array(elements) => elements.into_iter().map(|element| plain(element, "")).collect(),
        Value::Object(entries) => {
            let entry = |(key, value): (String, Value)| {
                let value = plain(value, &key);
                (key, value)
            };
            let mut entries = entries.into_iter().map(entry).collect::<Map<_, _>>();
            let is_encoded = entries.get("width").is_some_and(Value::is_number)
                && entries.get("mime").is_none_or(|mime| mime != "image/svg+xml");
            for size in ["size", "sizeInBytes"] {
                if let Some(value) = entries.get_mut(size).filter(|_| is_encoded) {
                    *value = "BYTES".into();
                }
            }
            // Providers of Longshore have ETags, and Strapi's local provider has none.
            entries.remove("etag");
            entries.into()
        }
        Value::String(text) => match key {
            "createdAt" | "updatedAt" | "publishedAt" => "TIME".into(),
            "documentId" => "ID".into(),
            "hash" | "url" => without_random(&text).into(),
            _ => text.into(),
        },
        value => value,
    }
}

/// Replaces the ten random digits of a name.
fn without_random(text: &str) -> String {
    let stem = text.split('.').next().unwrap_or_default();
    let is_random = |digits: &&str| digits.len() == 10 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    match stem.rsplit_once('_').map(|(_, digits)| digits).filter(is_random) {
        Some(digits) => text.replacen(&format!("_{digits}"), "_RANDOM", 1),
        None => text.to_owned(),
    }
}

fn fixture<T: serde::de::DeserializeOwned>(name: &str) -> T {
    serde_json::from_str(&fs::read_to_string(folder().join(name)).unwrap()).unwrap()
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/strapi"))
}
