//! Calls while the service is unreachable.

use std::time::Duration;

use longshore_provider::{
    Body, Call, Error, ErrorKind,
    serde_json::{Value, json},
};

use crate::{
    case::{Case, Need::Schema},
    content::content,
    context::{CaseContext, RecordedHandle},
    fields::{fields, sounds_secret, with},
    outcome::{Check, describe, fail_with, skip},
};

pub(super) const CASES: &[Case] = &[Case {
    id: "error.unreachable",
    description: "a service that cannot be reached is `unavailable` or `timeout`, and worth another try",
    rule: "errors carry the right kind: callers act on it",
    remedy: "make `ErrorKind::Unavailable` of what your client says when it cannot connect, rather than `internal`",
    needs: &[Schema],
    slow: true,
    check: |context| Box::pin(unreachable(context)),
}];

/// An address that refuses every connection, because no server listens on the port.
const NOWHERE: &str = "127.0.0.1:1";
/// The deadline of each call, long enough for a few retries.
const PATIENCE: Duration = Duration::from_secs(6);

async fn unreachable(context: &CaseContext) -> Check {
    for (name, options) in moved(context)? {
        let handle = match context.open(&options).await {
            Ok(handle) => handle,
            Err(error) if matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout) => {
                let reason = format!("`init` needs the service: it fails when `{name}` is an address without a server");
                return fail_with(reason, "a provider; leave asking to `health`", describe(&error));
            }
            // The option is not the address of a service, or it accepts only certain addresses.
            Err(_) => continue,
        };
        let errors = errors(context, &handle).await?;
        let _ = handle.shutdown(Duration::from_secs(2)).await;
        for (what, error) in &errors {
            let fits = matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout);
            if !fits || !error.is_retryable() {
                let reason = format!("`{what}` fails in another way when `{name}` is an address without a server");
                return fail_with(reason, "`unavailable` or `timeout`, retryable", describe(error));
            }
        }
        if !errors.is_empty() {
            return Ok(());
        }
    }
    skip("no option says where a service is, or none that calls need")
}

/// The errors of calls that have to contact the service.
async fn errors(context: &CaseContext, handle: &RecordedHandle) -> Check<Vec<(&'static str, Error)>> {
    let file = context.at("nowhere.txt");
    let call = Call::new().with_timeout(PATIENCE);
    let upload = context.call().await?.with_timeout(PATIENCE);
    let body = Body::from(content(context.seed, 300));
    let errors = [
        ("upload", handle.upload(&file, body, &upload).await.err()),
        ("head", handle.head(&file, &call).await.err()),
        ("open", handle.open(&file, None, &call).await.err()),
        ("delete", handle.delete(&file, &call).await.err()),
    ];
    let there = errors.into_iter().filter_map(|(what, error)| Some((what, error?)));
    // Unsupported methods do not contact the service. If all other errors are `not_found`, the provider looked for the
    // file elsewhere and does not need this address.
    let mut there: Vec<_> = there.filter(|(_, error)| error.kind() != ErrorKind::Unsupported).collect();
    if there.iter().all(|(_, error)| error.kind() == ErrorKind::NotFound) {
        there.clear();
    }
    Ok(there)
}

/// Variants of the options. Each replaces the address of one service by an unreachable address.
fn moved(context: &CaseContext) -> Check<Vec<(String, Value)>> {
    let options = context.target.options();
    let mut addresses = Vec::new();
    given(options, &mut Vec::new(), &mut addresses);
    let schema =
        context.target.schema().or_else(|error| fail_with("the schema cannot be had", "a schema", describe(&error)));
    for field in fields(&schema?) {
        let known = addresses.iter().any(|(path, _)| *path == field.path);
        if !known && field.takes("string") && !field.table && !field.is_secret() && sounds_like_an_address(field.last())
        {
            addresses.push((field.path, format!("http://{NOWHERE}")));
        }
    }
    let moved = addresses.into_iter();
    Ok(moved.filter_map(|(path, address)| Some((path.join("."), with(options, &path, json!(address))?))).collect())
}

/// Collects the paths of the addresses in `options`, each with an unreachable replacement.
fn given(options: &Value, path: &mut Vec<String>, found: &mut Vec<(Vec<String>, String)>) {
    for (name, value) in options.as_object().into_iter().flatten() {
        path.push(name.clone());
        match value {
            Value::String(text) if !sounds_secret(name) => {
                found.extend(elsewhere(name, text).map(|address| (path.clone(), address)));
            }
            value => given(value, path, found),
        }
        path.pop();
    }
}

/// `address` with an unreachable host. `None` if the value is not the address of a service.
fn elsewhere(name: &str, address: &str) -> Option<String> {
    match address.split_once("://") {
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("file") => None,
        Some((scheme, rest)) => {
            let (authority, path) = rest.find(['/', '?']).map_or((rest, ""), |at| rest.split_at(at));
            let user = authority.rfind('@').map_or("", |at| &authority[..=at]);
            Some(format!("{scheme}://{user}{NOWHERE}{path}"))
        }
        None if sounds_like_an_address(name) && !address.starts_with(['/', '.']) => Some(NOWHERE.to_owned()),
        None => None,
    }
}

fn sounds_like_an_address(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["endpoint", "url", "uri", "host", "hostname", "server"].iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_among_options() {
        let options = json!({
            "s3Options": { "endpoint": "https://s3.example.org/base?x=1", "region": "eu" },
            "connection": "redis://user:pass@cache.example.org:6379/0",
            "host": "files.example.org:22",
            "publicPath": "/uploads",
            "baseUrl": "/media",
            "secretUrl": 7,
            "folder": "file:///srv",
        });
        let mut found = Vec::new();
        given(&options, &mut Vec::new(), &mut found);
        let found: Vec<(String, &str)> =
            found.iter().map(|(path, address)| (path.join("."), address.as_str())).collect();
        assert_eq!(
            found,
            [
                ("s3Options.endpoint".to_owned(), "https://127.0.0.1:1/base?x=1"),
                ("connection".to_owned(), "redis://user:pass@127.0.0.1:1/0"),
                ("host".to_owned(), "127.0.0.1:1"),
            ]
        );
    }
}
