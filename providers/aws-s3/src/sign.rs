//! Signatures of version 4, as S3 takes them: in the query of a URL, and in a header.
//!
//! The SDK's own presigner takes ten times as long and makes the same signatures (tests compare them), but for one
//! thing: it adds `x-id=GetObject`, which no service needs, and which this leaves out.

mod headers;
mod moment;
mod presigned;
mod session;

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_sdk_s3::config::{ProvideCredentials, SharedCredentialsProvider};
use longshore_provider::{Error, ErrorKind, Result, SignedUrl, tokio};

pub(crate) use self::headers::Headers;
use self::{moment::Moment, session::Session};
use crate::{failure::without_credentials, location::Location, settings::LONGEST_EXPIRY};

/// Credentials that end sooner than this are fetched again.
const MARGIN: Duration = Duration::from_mins(1);

/// Signs for one bucket.
#[derive(Debug)]
pub(crate) struct Signer {
    location: Location,
    credentials: SharedCredentialsProvider,
    session: RwLock<Option<Arc<Session>>>,
    /// Held while credentials are fetched, so that it is done once.
    fetching: tokio::sync::Mutex<()>,
}

impl Signer {
    pub(crate) fn new(location: Location, credentials: SharedCredentialsProvider) -> Self {
        Self { location, credentials, session: RwLock::default(), fetching: tokio::sync::Mutex::default() }
    }

    /// A URL that reads the file at `key` for `expires_in`, or until its credentials end if that is sooner. `query`
    /// holds further parameters; their names begin with a lower-case letter.
    pub(crate) async fn sign(&self, key: &str, expires_in: Duration, query: &[(&str, String)]) -> Result<SignedUrl> {
        if expires_in.as_secs() == 0 || expires_in > LONGEST_EXPIRY {
            return Err(Error::invalid_input("a signed URL works for 1 second at least and a week (604800 s) at most"));
        }
        let now = Moment::of(SystemTime::now());
        let session = self.session(now).await?;
        let expires_in = session.limited(expires_in.as_secs(), now.seconds);
        let url = session.url(&self.location, key, now, expires_in, query);
        Ok(SignedUrl::signed(url, UNIX_EPOCH + Duration::from_secs(now.seconds + expires_in)))
    }

    async fn session(&self, now: Moment) -> Result<Arc<Session>> {
        if let Some(session) = self.cached().filter(|session| session.serves(now)) {
            return Ok(session);
        }
        let _fetching = self.fetching.lock().await;
        let cached = self.cached();
        if let Some(session) = cached.clone().filter(|session| session.serves(now)) {
            return Ok(session);
        }
        let fresh_enough = cached.filter(|session| session.outlives(now.seconds + MARGIN.as_secs()));
        let credentials = match fresh_enough {
            Some(session) => session.credentials.clone(),
            None => self.credentials.provide_credentials().await.map_err(|error| without_credentials(&error))?,
        };
        let session = Arc::new(Session::new(credentials, &self.location, now));
        if !session.outlives(now.seconds + 1) {
            let message = "the credentials have expired: whoever hands them out must renew them";
            return Err(Error::new(ErrorKind::Unauthenticated, message));
        }
        *self.session.write().unwrap_or_else(PoisonError::into_inner) = Some(session.clone());
        Ok(session)
    }

    fn cached(&self) -> Option<Arc<Session>> {
        self.session.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::{
        Client, Config,
        config::{BehaviorVersion, Credentials, Region},
        presigning::PresigningConfig,
    };

    use super::*;

    /// 2013-05-24 00:00:00.
    const PUBLISHED: Moment = Moment { seconds: 1_369_353_600 };

    fn location(host: &str, path: &str) -> Location {
        Location {
            base: format!("https://{host}{path}"),
            host: host.into(),
            path: path.into(),
            region: "us-east-1".into(),
            service: "s3".into(),
        }
    }

    fn example(token: Option<&str>, expiry: Option<SystemTime>) -> Credentials {
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        Credentials::new("AKIAIOSFODNN7EXAMPLE", secret, token.map(str::to_owned), expiry, "test")
    }

    #[test]
    fn the_example_that_aws_publishes_is_signed_alike() {
        let location = location("examplebucket.s3.amazonaws.com", "/");
        let session = Session::new(example(None, None), &location, PUBLISHED);
        let url = session.url(&location, "test.txt", PUBLISHED, 86_400, &[]);
        assert_eq!(
            url,
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
             &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
             &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        );
    }

    #[tokio::test]
    async fn the_sdk_signs_alike() {
        let keys = [
            "a.txt",
            "dir/ä b+c%25?&=#~.png",
            "日本語/x",
            "a//b",
            "'(*)!",
            "/a",
            "a/./b/../c",
            "back\\slash",
            "%2F%2e%2E/..;x",
            " space at both ends ",
            "😀\u{200d}\u{301}",
            "a\u{7f}\t\"<>[]{}|^`$,:@;",
        ];
        for token in [None, Some("token/with+odd=characters")] {
            for key in keys {
                let (ours, theirs) = both("http://127.0.0.1:9000", token, key).await;
                assert_eq!(parts(&ours), parts(&theirs), "{key:?}");
            }
        }
    }

    #[tokio::test]
    async fn the_sdk_signs_alike_for_the_port_that_the_scheme_has_anyway() {
        for (endpoint, address) in [
            ("https://files.example.com:443", "https://files.example.com/media/a.txt"),
            ("http://minio:80", "http://minio/media/a.txt"),
            ("http://minio:443", "http://minio:443/media/a.txt"),
        ] {
            let (ours, theirs) = both(endpoint, None, "a.txt").await;
            let (ours, theirs) = (parts(&ours), parts(&theirs));
            assert_eq!(ours.1, theirs.1, "{endpoint}");
            assert_eq!(ours.0, address);
        }
    }

    /// Our URL and the SDK's for the same request.
    async fn both(endpoint: &str, token: Option<&str>, key: &str) -> (String, String) {
        let moment = Moment { seconds: 1_790_000_123 };
        let credentials = example(token, None);
        let config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("us-east-1"))
            .endpoint_url(endpoint)
            .force_path_style(true)
            .credentials_provider(credentials.clone())
            .build();
        let location = Location::of(&config, "media").await.unwrap();
        let session = Session::new(credentials, &location, moment);
        let theirs = Client::from_conf(config)
            .get_object()
            .bucket("media")
            .key(key)
            .version_id("v 1")
            .response_content_disposition("attachment; filename=\"ä.txt\"")
            .presigned(
                PresigningConfig::builder()
                    .start_time(UNIX_EPOCH + Duration::from_secs(moment.seconds))
                    .expires_in(Duration::from_mins(15))
                    .build()
                    .unwrap(),
            )
            .await
            .unwrap();
        let query = [
            ("x-id", "GetObject".to_owned()),
            ("versionId", "v 1".to_owned()),
            ("response-content-disposition", "attachment; filename=\"ä.txt\"".to_owned()),
        ];
        (session.url(&location, key, moment, 900, &query), theirs.uri().to_owned())
    }

    /// The address, and the parameters in order of their names: a query means the same in any order.
    fn parts(url: &str) -> (String, Vec<String>) {
        let (address, query) = url.split_once('?').unwrap();
        let mut query: Vec<_> = query.split('&').map(str::to_owned).collect();
        query.sort();
        (address.to_owned(), query)
    }

    #[tokio::test]
    async fn a_url_does_not_outlive_its_credentials() {
        let soon = SystemTime::now() + Duration::from_mins(5);
        let provider = SharedCredentialsProvider::new(example(Some("token"), Some(soon)));
        let signer = Signer::new(location("media.s3.amazonaws.com", "/"), provider);
        let url = signer.sign("a.txt", Duration::from_mins(15), &[]).await.unwrap();
        assert!(url.expires_at.unwrap() <= soon);
        assert!(!url.url.contains("X-Amz-Expires=900"));
    }

    #[tokio::test]
    async fn expired_credentials_sign_nothing() {
        let past = SystemTime::now() - Duration::from_secs(1);
        let provider = SharedCredentialsProvider::new(example(Some("token"), Some(past)));
        let signer = Signer::new(location("media.s3.amazonaws.com", "/"), provider);
        let error = signer.sign("a.txt", Duration::from_mins(15), &[]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    }

    #[tokio::test]
    async fn an_expiry_of_nothing_or_of_more_than_a_week_is_refused() {
        let provider = SharedCredentialsProvider::new(example(None, None));
        let signer = Signer::new(location("media.s3.amazonaws.com", "/"), provider);
        for seconds in [0, 604_801] {
            let error = signer.sign("a.txt", Duration::from_secs(seconds), &[]).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
        }
    }
}
