use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use aws_credential_types::provider::{error::CredentialsError, future};
use aws_sdk_s3::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    presigning::PresigningConfig,
};

use super::*;

/// 2013-05-24 00:00:00.
const PUBLISHED: Timestamp = Timestamp { seconds: 1_369_353_600 };

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
    let moment = Timestamp { seconds: 1_790_000_123 };
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

/// Hands out these, or nothing, and counts how often it was asked.
#[derive(Clone, Debug, Default)]
struct Source {
    credentials: Arc<Mutex<Option<Credentials>>>,
    asked: Arc<AtomicUsize>,
}

impl ProvideCredentials for Source {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let credentials = self.credentials.lock().unwrap().clone();
        future::ProvideCredentials::ready(credentials.ok_or_else(|| CredentialsError::not_loaded("gone")))
    }
}

/// A signer, and how often its source was asked after it has signed at each of these times; `None` if it could not.
async fn asked(credentials: Credentials, times: &[u64], lost_at: u64) -> Vec<Option<usize>> {
    let source = Source { credentials: Arc::new(Some(credentials).into()), ..Source::default() };
    let signer = Signer::new(location("media.s3.amazonaws.com", "/"), SharedCredentialsProvider::new(source.clone()));
    let mut asked = Vec::new();
    for &seconds in times {
        if seconds >= lost_at {
            *source.credentials.lock().unwrap() = None;
        }
        let is_signed = signer.session(Timestamp { seconds }).await.is_ok();
        asked.push(is_signed.then(|| source.asked.load(Ordering::Relaxed)));
    }
    asked
}

#[tokio::test]
async fn credentials_without_an_expiry_are_fetched_again_after_a_while() {
    let counts = asked(example(None, None), &[0, 899, 900, 1799, 1800], u64::MAX).await;
    assert_eq!(counts, [1, 1, 2, 2, 3].map(Some));
    // A day ends.
    assert_eq!(asked(example(None, None), &[86_399, 86_400], u64::MAX).await, [1, 1].map(Some));
}

#[tokio::test]
async fn expiring_credentials_are_fetched_again_a_minute_earlier() {
    let ending = || example(Some("token"), Some(UNIX_EPOCH + Duration::from_secs(1000)));
    let counts = asked(ending(), &[0, 939, 940, 949, 950, 999, 1000], u64::MAX).await;
    // The same ones again and again: not for each signature.
    assert_eq!(counts, [Some(1), Some(1), Some(2), Some(2), Some(3), Some(4), None]);
}

#[tokio::test]
async fn credentials_that_cannot_be_renewed_serve_to_their_end() {
    let ending = example(Some("token"), Some(UNIX_EPOCH + Duration::from_secs(1000)));
    let counts = asked(ending, &[0, 940, 945, 960, 999, 1000], 940).await;
    assert_eq!(counts, [Some(1), Some(2), Some(2), Some(3), Some(4), None]);
    assert_eq!(asked(example(None, None), &[0, 900, 905, 90_000], 900).await, [1, 2, 2, 3].map(Some));
}

#[tokio::test]
async fn a_second_caller_does_not_wait_while_credentials_are_fetched() {
    let source = Source::default();
    let signer = Signer::new(location("media.s3.amazonaws.com", "/"), SharedCredentialsProvider::new(source.clone()));
    let fetching = signer.fetching.lock().await;
    assert!(signer.session_at_hand(PUBLISHED).await.unwrap().is_none());
    drop(fetching);
    signer.session_at_hand(PUBLISHED).await.unwrap_err();
    *source.credentials.lock().unwrap() = Some(example(None, None));
    assert!(signer.session_at_hand(PUBLISHED).await.unwrap().is_some());
    let _fetching = signer.fetching.lock().await;
    let later = Timestamp { seconds: PUBLISHED.seconds + 3600 };
    assert!(signer.session_at_hand(later).await.unwrap().is_some(), "the old ones serve");
}
