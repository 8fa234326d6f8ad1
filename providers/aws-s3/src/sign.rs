//! Signed URLs: signatures of version 4 in the query, as S3 takes them for `GET`.
//!
//! The SDK's own presigner takes ten times as long and makes the same signatures (a test compares them), but for one
//! thing: it adds `x-id=GetObject`, which no service needs, and which this leaves out.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>

use std::{
    fmt::Write,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_sdk_s3::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};
use hmac::{Hmac, KeyInit, Mac};
use longshore_provider::{Error, ErrorKind, Result, SignedUrl, tokio};
use sha2::{Digest, Sha256};

use crate::{encode, failure::without_credentials, location::Location, settings::LONGEST_EXPIRY};

/// Credentials that end sooner than this are fetched again.
const MARGIN: Duration = Duration::from_mins(1);

/// Signs URLs of one bucket.
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

/// A point in time, to the second.
#[derive(Clone, Copy)]
struct Moment {
    /// Since 1970.
    seconds: u64,
}

impl Moment {
    fn of(time: SystemTime) -> Self {
        Self { seconds: time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() }
    }

    fn day(self) -> u64 {
        self.seconds / 86_400
    }

    /// `20130524`. The civil calendar from the count of days, in eras of 400 years that begin in March.
    fn date(self) -> String {
        let days = self.day() + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year + era * 400 + u64::from(month <= 2);
        format!("{year:04}{month:02}{day:02}")
    }

    /// `T000000Z`.
    fn append_time(self, out: &mut String) {
        out.push('T');
        let second = self.seconds % 86_400;
        for part in [second / 3600, second / 60 % 60, second % 60] {
            append_two_digits(out, part);
        }
        out.push('Z');
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a digit")]
fn append_two_digits(out: &mut String, number: u64) {
    out.push(char::from(b'0' + (number / 10) as u8));
    out.push(char::from(b'0' + (number % 10) as u8));
}

/// What all signatures of one day with the same credentials share.
struct Session {
    credentials: Credentials,
    day: u64,
    /// `20130524`.
    date: String,
    /// `20130524/us-east-1/s3/aws4_request`.
    scope: String,
    /// The query up to the time in `X-Amz-Date`.
    head: String,
    /// The query behind `X-Amz-Expires`.
    tail: String,
    /// Keyed with the key that is derived for the scope.
    mac: Hmac<Sha256>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("scope", &self.scope).finish_non_exhaustive()
    }
}

impl Session {
    fn new(credentials: Credentials, location: &Location, now: Moment) -> Self {
        let date = now.date();
        let (region, service) = (location.region.as_str(), location.service.as_str());
        let scope = format!("{date}/{region}/{service}/aws4_request");
        let secret = format!("AWS4{}", credentials.secret_access_key());
        let key = [date.as_str(), region, service, "aws4_request"]
            .iter()
            .fold(secret.into_bytes(), |key, part| keyed(&key).chain_update(part).finalize().into_bytes().to_vec());
        let credential = encode::encode(&format!("{}/{scope}", credentials.access_key_id()));
        let head = format!("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date={date}");
        let mut tail = String::new();
        if let Some(token) = credentials.session_token() {
            tail.push_str("&X-Amz-Security-Token=");
            encode::append(&mut tail, token, false);
        }
        tail.push_str("&X-Amz-SignedHeaders=host");
        Self { credentials, day: now.day(), date, scope, head, tail, mac: keyed(&key) }
    }

    /// Whether it can sign now, with time to spare.
    fn serves(&self, now: Moment) -> bool {
        self.day == now.day() && self.outlives(now.seconds + MARGIN.as_secs())
    }

    fn outlives(&self, seconds: u64) -> bool {
        self.expiry().is_none_or(|expiry| expiry >= seconds)
    }

    /// When the credentials end, in seconds since 1970.
    fn expiry(&self) -> Option<u64> {
        self.credentials.expiry().map(|expiry| Moment::of(expiry).seconds)
    }

    /// A URL ends with its credentials.
    fn limited(&self, expires_in: u64, now: u64) -> u64 {
        self.expiry().map_or(expires_in, |expiry| expires_in.min(expiry.saturating_sub(now)))
    }

    fn url(&self, location: &Location, key: &str, now: Moment, expires_in: u64, query: &[(&str, String)]) -> String {
        let capacity = location.base.len() + 3 * key.len() + self.head.len() + self.tail.len() + 128;
        let mut url = String::with_capacity(capacity);
        url.push_str(&location.base);
        encode::append(&mut url, key, true);
        let end_of_path = url.len();
        url.push('?');
        url.push_str(&self.head);
        now.append_time(&mut url);
        let _ = write!(url, "&X-Amz-Expires={expires_in}");
        url.push_str(&self.tail);
        append_query(&mut url, query);

        let start_of_path = location.base.len() - location.path.len();
        let canonical = Sha256::new()
            .chain_update("GET\n")
            .chain_update(&url[start_of_path..end_of_path])
            .chain_update("\n")
            .chain_update(&url[end_of_path + 1..])
            .chain_update("\nhost:")
            .chain_update(&location.host)
            .chain_update("\n\nhost\nUNSIGNED-PAYLOAD")
            .finalize();

        let mut to_sign = String::with_capacity(160);
        to_sign.push_str("AWS4-HMAC-SHA256\n");
        to_sign.push_str(&self.date);
        now.append_time(&mut to_sign);
        to_sign.push('\n');
        to_sign.push_str(&self.scope);
        to_sign.push('\n');
        encode::append_hex(&mut to_sign, &canonical);

        url.push_str("&X-Amz-Signature=");
        encode::append_hex(&mut url, &self.mac.clone().chain_update(to_sign).finalize().into_bytes());
        url
    }
}

/// The canonical form wants names in order; these come behind all `X-Amz-` ones.
fn append_query(url: &mut String, query: &[(&str, String)]) {
    let mut sorted: Vec<_> = query.iter().collect();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    for (name, value) in sorted {
        url.push('&');
        encode::append(url, name, false);
        url.push('=');
        encode::append(url, value, false);
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::{
        Client, Config,
        config::{BehaviorVersion, Region},
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

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, date) in [
            (0, "19700101"),
            (951_782_400, "20000229"),
            (951_868_800, "20000301"),
            (1_369_353_600, "20130524"),
            (4_102_444_799, "20991231"),
        ] {
            assert_eq!(Moment { seconds }.date(), date);
        }
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
