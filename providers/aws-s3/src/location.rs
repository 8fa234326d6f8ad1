//! Where the bucket is on the net: worked out by the SDK's own rules, once, rather than by a copy of them.

use std::time::Duration;

use aws_sdk_s3::{Client, Config, config::Credentials, presigning::PresigningConfig};
use longshore_provider::{Error, Result};

/// The key of the request that is made up to see what its URL looks like.
const PROBE: &str = "probe";

/// The address of a bucket, and what signatures for it are bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    /// `https` or `http`, the host and the path up to where keys begin: `https://media.s3.eu-west-1.amazonaws.com/`.
    pub(crate) base: String,
    /// The host as clients send it in the `Host` header: in lower case, without the port that the scheme has anyway.
    pub(crate) host: String,
    /// The path up to where keys begin, encoded: `/`, or `/media/`.
    pub(crate) path: String,
    /// The region that signatures name.
    pub(crate) region: String,
    /// The service that signatures name: `s3`, but for some access points.
    pub(crate) service: String,
}

impl Location {
    /// Asks the SDK how a request for an object of `bucket` would look. Nothing is sent.
    pub(crate) async fn of(config: &Config, bucket: &str) -> Result<Self> {
        let made_up = Credentials::new("probe", "probe", None, None, "probe");
        let client = Client::from_conf(config.to_builder().credentials_provider(made_up).build());
        let expiry = PresigningConfig::expires_in(Duration::from_mins(1))
            .map_err(|error| Error::internal("a minute is a valid expiry").caused_by(&error))?;
        let request = client.get_object().bucket(bucket).key(PROBE).presigned(expiry).await.map_err(|error| {
            let message =
                "s3Options give no address of a bucket: region, endpoint, addressing and bucket do not fit together";
            Error::invalid_options(message).caused_by(&error)
        })?;
        Self::read(request.uri()).ok_or_else(|| Error::internal("the SDK made a URL of an unknown form"))
    }

    fn read(url: &str) -> Option<Self> {
        let (address, query) = url.split_once('?')?;
        let base = address.strip_suffix(PROBE)?;
        let (scheme, rest) = base.split_once("://")?;
        let (authority, path) = rest.split_at(rest.find('/')?);
        let own_port = if scheme == "https" { ":443" } else { ":80" };
        let host = authority.strip_suffix(own_port).unwrap_or(authority).to_ascii_lowercase();
        let scope = query.split('&').find_map(|pair| pair.strip_prefix("X-Amz-Credential="))?;
        let mut scope = scope.split("%2F").skip(2);
        Some(Self {
            base: format!("{scheme}://{host}{path}"),
            host,
            path: path.to_owned(),
            region: scope.next()?.to_owned(),
            service: scope.next()?.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::config::{BehaviorVersion, Region};

    use super::*;

    fn config() -> aws_sdk_s3::config::Builder {
        Config::builder().behavior_version(BehaviorVersion::v2026_01_12()).region(Region::new("eu-west-1"))
    }

    async fn base(config: aws_sdk_s3::config::Builder, bucket: &str) -> String {
        Location::of(&config.build(), bucket).await.unwrap().base
    }

    #[tokio::test]
    async fn aws_is_virtual_hosted_in_the_region() {
        let location = Location::of(&config().build(), "media").await.unwrap();
        assert_eq!(location.base, "https://media.s3.eu-west-1.amazonaws.com/");
        assert_eq!((location.host.as_str(), location.path.as_str()), ("media.s3.eu-west-1.amazonaws.com", "/"));
        assert_eq!((location.region.as_str(), location.service.as_str()), ("eu-west-1", "s3"));
        assert_eq!(base(config(), "my.bucket").await, "https://s3.eu-west-1.amazonaws.com/my.bucket/");
        assert_eq!(base(config().force_path_style(true), "media").await, "https://s3.eu-west-1.amazonaws.com/media/");
        assert_eq!(
            base(config().use_dual_stack(true), "media").await,
            "https://media.s3.dualstack.eu-west-1.amazonaws.com/"
        );
        assert_eq!(base(config().accelerate(true), "media").await, "https://media.s3-accelerate.amazonaws.com/");
    }

    #[tokio::test]
    async fn an_access_point_is_signed_for_its_own_region() {
        let config = config().use_arn_region(true).build();
        let location = Location::of(&config, "arn:aws:s3:us-east-2:123456789012:accesspoint/media");
        let location = location.await.unwrap();
        assert_eq!(location.base, "https://media-123456789012.s3-accesspoint.us-east-2.amazonaws.com/");
        assert_eq!(location.region, "us-east-2");
    }

    #[tokio::test]
    async fn an_endpoint_is_written_as_clients_send_it() {
        let endpoint = |url: &str| config().endpoint_url(url).force_path_style(true);
        for (written, sent) in [
            ("https://files.example.com:443", "https://files.example.com/media/"),
            ("http://minio:80", "http://minio/media/"),
            ("http://minio:443", "http://minio:443/media/"),
            ("https://minio:80", "https://minio:80/media/"),
            ("http://[::1]:80", "http://[::1]/media/"),
            ("https://Files.Example.COM/Store/", "https://files.example.com/Store/media/"),
        ] {
            assert_eq!(base(endpoint(written), "media").await, sent);
        }
    }

    #[tokio::test]
    async fn an_endpoint_keeps_its_scheme_port_and_path() {
        let endpoint = |url: &str| config().endpoint_url(url);
        assert_eq!(base(endpoint("http://127.0.0.1:9000"), "media").await, "http://127.0.0.1:9000/media/");
        assert_eq!(base(endpoint("https://s3.test"), "media").await, "https://media.s3.test/");
        assert_eq!(base(endpoint("https://s3.test").force_path_style(true), "media").await, "https://s3.test/media/");
        assert_eq!(
            base(endpoint("https://s3.test/store/").force_path_style(true), "media").await,
            "https://s3.test/store/media/"
        );
        assert_eq!(
            base(endpoint("https://s3.test").force_path_style(true), "Ä b").await,
            "https://s3.test/%C3%84%20b/"
        );
    }
}
