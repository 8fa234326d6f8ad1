//! The URLs of files, and whether a URL is one of this bucket's.

use crate::{encode, location::Location};

/// Makes and recognises the public URLs of a bucket.
#[derive(Debug)]
pub(crate) struct Urls {
    base_url: Option<String>,
    bucket: String,
    /// Where the service is asked.
    endpoint: Location,
    /// Where browsers ask it; the same unless `publicEndpoint` is set.
    public: Location,
    /// Whether it is AWS, whose hosts have many names.
    aws: bool,
}

impl Urls {
    pub(crate) fn new(base_url: Option<String>, bucket: &str, endpoint: Location, public: Location, aws: bool) -> Self {
        Self { base_url, bucket: bucket.to_owned(), endpoint, public, aws }
    }

    /// Whether public URLs go through something else than the service, such as a CDN.
    pub(crate) fn has_base_url(&self) -> bool {
        self.base_url.is_some()
    }

    /// The public URL of the file at `key`. Always computed, so that it does not depend on how the file was sent.
    pub(crate) fn of(&self, key: &str) -> String {
        let mut url = match &self.base_url {
            Some(base) => format!("{base}/"),
            None => self.public.base.clone(),
        };
        encode::append(&mut url, key, true);
        url
    }

    /// Whether `url` is one of this bucket's at its own endpoint. With `baseUrl`, none is.
    pub(crate) fn is_from_bucket(&self, url: &str) -> bool {
        let Some(url) = (if self.has_base_url() { None } else { Parsed::of(url) }) else { return false };
        match url.scheme.as_str() {
            "s3" => url.authority == self.bucket,
            "http" | "https" => {
                let at = |location| is_at(location, &self.bucket, &url);
                at(&self.endpoint) || at(&self.public) || (self.aws && is_at_aws(&self.bucket, &url))
            }
            _ => false,
        }
    }
}

/// A URL as far as it matters here.
struct Parsed<'a> {
    /// In lower case.
    scheme: String,
    /// As it stands: the name of the bucket, in a URL of scheme `s3`.
    authority: &'a str,
    /// In lower case, with the port unless it is the scheme's own.
    host: String,
    /// From the first `/`, without query and fragment; empty if there is none.
    path: &'a str,
}

impl<'a> Parsed<'a> {
    fn of(url: &'a str) -> Option<Self> {
        // To browsers a backslash is a slash: they would ask another host than this would see.
        if url.contains(|c: char| c == '\\' || c.is_control() || c.is_whitespace()) {
            return None;
        }
        let (scheme, rest) = url.split_once("://")?;
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        // Clients resolve a path that goes up before they send it.
        let goes_up = |segment: &str| segment.to_ascii_lowercase().replace("%2e", ".") == "..";
        if scheme.is_empty() || authority.is_empty() || path.split('/').any(goes_up) {
            return None;
        }
        let scheme = scheme.to_ascii_lowercase();
        let own_port = if scheme == "https" { ":443" } else { ":80" };
        let host = authority.strip_suffix(own_port).unwrap_or(authority).to_ascii_lowercase();
        Some(Self { scheme, authority, host, path })
    }

    /// Whether the path is `prefix` (which ends in `/`), or below it.
    fn is_below(&self, prefix: &str) -> bool {
        self.path.starts_with(prefix) || prefix.strip_suffix('/') == Some(self.path)
    }

    /// Whether the bucket is the first segment of the path behind `prefix`.
    fn names(&self, prefix: &str, bucket: &str) -> bool {
        self.is_below(&format!("{prefix}{bucket}/")) || self.is_below(&format!("{prefix}{}/", encode::encode(bucket)))
    }
}

/// In the path or the host name, whichever of the two is configured: both reach the bucket.
fn is_at(location: &Location, bucket: &str, url: &Parsed<'_>) -> bool {
    let host = location.host.to_ascii_lowercase();
    if url.host == host && url.is_below(&location.path) {
        return true;
    }
    let in_host = format!("{}.", bucket.to_ascii_lowercase());
    let in_path = format!("{}/", encode::encode(bucket));
    let (service, prefix) = match (location.path.strip_suffix(&in_path), host.strip_prefix(&in_host)) {
        (Some(prefix), _) => (host.as_str(), prefix),
        (None, Some(service)) => (service, location.path.as_str()),
        (None, None) => return false,
    };
    let virtual_hosted = url.host.strip_prefix(&in_host) == Some(service) && url.is_below(prefix);
    virtual_hosted || (url.host == service && url.names(prefix, bucket))
}

/// `s3`, `s3-<region>`, `s3.<region>`, `s3.dualstack.<region>`, `s3-accelerate` and access points, with the bucket
/// before them or in the path.
fn is_at_aws(bucket: &str, url: &Parsed<'_>) -> bool {
    let domain = url.host.strip_suffix(".amazonaws.com").or_else(|| url.host.strip_suffix(".amazonaws.com.cn"));
    let Some(rest) = domain else { return false };
    if is_service(rest) {
        return url.names("/", bucket);
    }
    rest.strip_prefix(bucket).and_then(|rest| rest.strip_prefix('.')).is_some_and(is_service)
}

fn is_service(labels: &str) -> bool {
    let mut labels = labels.split('.');
    let service = labels.next().is_some_and(|first| first == "s3" || first.starts_with("s3-"));
    let rest: Vec<_> = labels.collect();
    let is_region = |label: &str| label.contains('-') || label == "dualstack";
    service && rest.len() <= 2 && rest.iter().all(|label| is_region(label))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(host: &str, path: &str, bucket: &str, aws: bool) -> Urls {
        let location = Location {
            base: format!("https://{host}{path}"),
            host: host.into(),
            path: path.into(),
            region: "us-east-1".into(),
            service: "s3".into(),
        };
        Urls::new(None, bucket, location.clone(), location, aws)
    }

    #[test]
    fn all_names_of_a_bucket_at_aws_are_its_own() {
        let urls = urls("my.bucket.s3.us-east-1.amazonaws.com", "/", "my.bucket", true);
        for own in [
            "https://my.bucket.s3.amazonaws.com/k",
            "https://my.bucket.s3-us-west-2.amazonaws.com/k",
            "https://my.bucket.s3.dualstack.us-east-1.amazonaws.com/k?X-Amz-Signature=1",
            "https://MY.bucket.S3.us-east-1.amazonaws.com:443/k",
            "https://s3.cn-north-1.amazonaws.com.cn/my.bucket/k",
            "https://my.bucket.s3-accelerate.amazonaws.com/k",
        ] {
            assert!(urls.is_from_bucket(own), "{own}");
        }
        for foreign in [
            "https://s3.amazonaws.com/",
            "https://s3.amazonaws.com/other/my.bucket/k",
            "https://other.s3.amazonaws.com/my.bucket/k",
            "https://my.bucket.s3.evil.com/k",
            "https://my.bucket.s3.amazonaws.com.evil.com/k",
            "https://evil.com/my.bucket/k",
            "https://evil.com#@my.bucket.s3.amazonaws.com/k",
            "https://evil.com\\@my.bucket.s3.amazonaws.com/k",
            "https://evil.com/@my.bucket.s3.amazonaws.com/k",
            "https://s3.amazonaws.com/my.bucket/../other/k",
            "https://s3.amazonaws.com/my.bucket/%2E./other/k",
            "https://my.bucket.s3.amazonaws.com\t.evil.com/k",
            "ftp://my.bucket.s3.amazonaws.com/k",
            "/uploads/my.bucket/k",
        ] {
            assert!(!urls.is_from_bucket(foreign), "{foreign}");
        }
    }

    #[test]
    fn elsewhere_only_the_endpoint_itself_has_the_bucket() {
        for urls in
            [urls("store.test:9000", "/media/", "media", false), urls("media.store.test:9000", "/", "media", false)]
        {
            for own in [
                "https://store.test:9000/media/k",
                "https://store.test:9000/media",
                "https://media.store.test:9000/k",
                "https://media.store.test:9000",
            ] {
                assert!(urls.is_from_bucket(own), "{own}");
            }
            for foreign in [
                "https://store.test/media/k",
                "https://store.test:9000/x/media/k",
                "https://store.test:9000/mediator/k",
                "https://a.media.store.test:9000/k",
                "https://media.s3.amazonaws.com/k",
                "https://evil.com/media/k",
            ] {
                assert!(!urls.is_from_bucket(foreign), "{foreign}");
            }
        }
    }
}
