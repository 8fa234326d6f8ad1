//! The target of a request: bucket, key and query parameters, in both addressing styles.

use http::Uri;
use percent_encoding::percent_decode_str;
use s3s::S3Result;
use s3s::host::{S3Host, VirtualHost};

/// The domain whose subdomains are buckets. Resolvers answer every name below it with loopback (RFC 6761, 6.3).
const DOMAIN: &str = "localhost";

/// Bucket and key of a request, decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
}

impl Target {
    pub(crate) fn of(host: Option<&str>, uri: &Uri) -> Self {
        let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let path = uri.path().strip_prefix('/').unwrap_or(uri.path());
        let non_empty = |text: &str| (!text.is_empty()).then(|| decode(text));
        if let Some(bucket) = host.and_then(bucket_of_host) {
            return Self { bucket: Some(bucket.to_owned()), key: non_empty(path) };
        }
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        Self { bucket: non_empty(bucket), key: non_empty(key) }
    }
}

/// Recognises virtual-hosted buckets for s3s. Every other host name is an endpoint with path-style requests.
pub(crate) struct Hosts;

impl S3Host for Hosts {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        Ok(match bucket_of_host(host) {
            Some(bucket) => VirtualHost::new(DOMAIN).with_bucket(bucket),
            None => VirtualHost::new(host),
        })
    }
}

fn bucket_of_host(host: &str) -> Option<&str> {
    let name = host.rsplit_once(':').map_or(host, |(name, _port)| name);
    name.strip_suffix(DOMAIN)?.strip_suffix('.').filter(|bucket| !bucket.is_empty())
}

/// The query parameters in their order, decoded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn of(uri: &Uri) -> Self {
        let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let pairs = uri.query().unwrap_or("").split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        });
        Self(pairs.collect())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(host: &str, path: &'static str) -> (Option<String>, Option<String>) {
        let target = Target::of(Some(host), &Uri::from_static(path));
        (target.bucket, target.key)
    }

    #[test]
    fn path_style_takes_the_bucket_from_the_path() {
        assert_eq!(target("127.0.0.1:9000", "/media/a%20b/c"), (Some("media".into()), Some("a b/c".into())));
        assert_eq!(target("localhost:9000", "/media/"), (Some("media".into()), None));
        assert_eq!(target("localhost", "/"), (None, None));
    }

    #[test]
    fn virtual_hosted_style_takes_the_bucket_from_the_host() {
        assert_eq!(target("media.localhost:9000", "/a/b"), (Some("media".into()), Some("a/b".into())));
        assert_eq!(target("media.localhost", "/"), (Some("media".into()), None));
    }

    #[test]
    fn a_key_may_begin_with_a_slash() {
        assert_eq!(target("localhost", "/media//a"), (Some("media".into()), Some("/a".into())));
    }
}
