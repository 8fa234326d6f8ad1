//! Settings that are not configured come from the environment. Each test runs itself again in a process with it.

use std::process::Command;

use longshore_dev_s3::DevS3;
use longshore_provider::{Body, Call, ErrorKind, Provider, SignOptions, serde_json::json};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::oneshot,
};

use crate::setup::{MIB, at, chunked, content, get, init, provider_with, server};

/// Set in the process that has the environment of the test.
const CHILD: &str = "LONGSHORE_TEST_CHILD";

/// Runs the test of that name again in a process with `environment` and nothing else of AWS.
fn again(name: &str, environment: &[(&str, &str)]) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture"]).env(CHILD, "1").env("HOME", "/nonexistent");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
        command.env_remove(name);
    }
    command.env("AWS_EC2_METADATA_DISABLED", "true").envs(environment.iter().copied());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn region_endpoint_and_credentials_come_from_the_environment() {
    if std::env::var_os(CHILD).is_some() {
        let params = json!({ "Bucket": "media", "ACL": "private" });
        let provider = init(json!({ "s3Options": { "forcePathStyle": true, "params": params } })).await.unwrap();
        let uploaded = provider.upload(&at("a.txt"), Body::from("bytes"), &Call::new()).await.unwrap();
        let signed = provider.get_signed_url(&at("a.txt"), &SignOptions::default()).await.unwrap();
        assert!(signed.url.starts_with(&uploaded.url) && signed.url.contains("%2Feu-north-1%2Fs3%2F"));
        assert_eq!(get(&signed.url).await, (200, b"bytes".to_vec()));
        return;
    }
    let server = DevS3::builder().bucket("media").region("eu-north-1").start().await.unwrap();
    let environment = [
        ("AWS_REGION", "eu-north-1"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_ENDPOINT_URL_S3", server.endpoint()),
        ("AWS_ACCESS_KEY_ID", server.access_key_id()),
        ("AWS_SECRET_ACCESS_KEY", server.secret_access_key()),
    ];
    let name = "environment::region_endpoint_and_credentials_come_from_the_environment";
    tokio::task::block_in_place(|| again(name, &environment));
    assert_eq!(server.keys("media"), ["a.txt"]);
}

/// Uploads and signs with the credentials that the environment provides for the bucket `media`.
async fn store_and_sign() {
    let params = json!({ "Bucket": "media", "ACL": "private" });
    let provider = init(json!({ "s3Options": { "forcePathStyle": true, "params": params } })).await.unwrap();
    provider.upload(&at("a.txt"), Body::from("bytes"), &Call::new()).await.unwrap();
    let signed = provider.get_signed_url(&at("a.txt"), &SignOptions::default()).await.unwrap();
    assert_eq!(get(&signed.url).await, (200, b"bytes".to_vec()));
}

#[tokio::test(flavor = "multi_thread")]
async fn region_endpoint_and_credentials_come_from_a_profile() {
    if std::env::var_os(CHILD).is_some() {
        return Box::pin(store_and_sign()).await;
    }
    let server = DevS3::builder().bucket("media").region("eu-north-1").start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (config, credentials) = (folder.path().join("config"), folder.path().join("credentials"));
    let endpoint = server.endpoint();
    std::fs::write(&config, format!("[profile media]\nregion = eu-north-1\nendpoint_url = {endpoint}\n")).unwrap();
    let (id, secret) = (server.access_key_id(), server.secret_access_key());
    let keys = format!("[media]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
    std::fs::write(&credentials, keys).unwrap();
    let environment = [
        ("AWS_PROFILE", "media"),
        ("AWS_CONFIG_FILE", config.to_str().unwrap()),
        ("AWS_SHARED_CREDENTIALS_FILE", credentials.to_str().unwrap()),
    ];
    let name = "environment::region_endpoint_and_credentials_come_from_a_profile";
    tokio::task::block_in_place(|| again(name, &environment));
    assert_eq!(server.keys("media"), ["a.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_of_single_sign_on_is_an_error_in_words() {
    if std::env::var_os(CHILD).is_some() {
        let params = json!({ "Bucket": "media", "ACL": "private" });
        let provider = init(json!({ "s3Options": { "params": params } })).await.unwrap();
        let error = provider.head(&at("a.txt"), &Call::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error:?}");
        assert!(error.causes().any(|cause| cause.contains("sso")), "{error:?}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    let profile = "[profile media]\nregion = eu-north-1\nsso_start_url = https://example.com/start\n\
                   sso_region = eu-north-1\nsso_account_id = 123456789012\nsso_role_name = reader\n";
    std::fs::write(&config, profile).unwrap();
    let environment = [("AWS_PROFILE", "media"), ("AWS_CONFIG_FILE", config.to_str().unwrap())];
    let name = "environment::a_profile_of_single_sign_on_is_an_error_in_words";
    tokio::task::block_in_place(|| again(name, &environment));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_identity_is_exchanged_for_credentials() {
    if std::env::var_os(CHILD).is_some() {
        return Box::pin(store_and_sign()).await;
    }
    let server = DevS3::builder()
        .bucket("media")
        .session_credentials("ASIAEXAMPLE", "secret-of-a-session", "token-of-a-session")
        .start()
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "identity-token").unwrap();
    let (address, asked) = token_service().await;
    let environment = [
        ("AWS_REGION", server.region()),
        ("AWS_ENDPOINT_URL_S3", server.endpoint()),
        ("AWS_ENDPOINT_URL_STS", address.as_str()),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap()),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/uploader"),
    ];
    let name = "environment::a_web_identity_is_exchanged_for_credentials";
    tokio::task::block_in_place(|| again(name, &environment));
    assert_eq!(server.keys("media"), ["a.txt"]);
    let asked = asked.await.unwrap();
    for part in ["Action=AssumeRoleWithWebIdentity", "WebIdentityToken=identity-token", "role%2Fuploader"] {
        assert!(asked.contains(part), "{asked}");
    }
}

/// A security token service that hands out one session. The last value is what it was asked first.
async fn token_service() -> (String, oneshot::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (asked, first) = oneshot::channel();
    let mut asked = Some(asked);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !String::from_utf8_lossy(&request).contains("identity-token") {
                assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0, "the token is shown");
            }
            let body = "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
                        <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId>\
                        <SecretAccessKey>secret-of-a-session</SecretAccessKey>\
                        <SessionToken>token-of-a-session</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>\
                        </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>";
            let length = body.len();
            let answer = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).await.unwrap();
            if let Some(asked) = asked.take() {
                asked.send(String::from_utf8_lossy(&request).into_owned()).unwrap();
            }
        }
    });
    (address, first)
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_region_and_credentials_are_reported() {
    if std::env::var_os(CHILD).is_some() {
        let params = json!({ "Bucket": "media", "ACL": "private" });
        let error = init(json!({ "s3Options": { "params": params } })).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidOptions);
        assert!(error.message().contains("s3Options.region"), "{error}");

        let options = json!({ "s3Options": { "endpoint": "http://127.0.0.1:1", "params": params } });
        let provider = init(options).await.unwrap();
        for error in [
            provider.head(&at("a.txt"), &Call::new()).await.unwrap_err(),
            provider.get_signed_url(&at("a.txt"), &SignOptions::default()).await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error:?}");
            assert!(error.message().contains("no credentials"), "{error}");
        }
        return;
    }
    tokio::task::block_in_place(|| again("environment::missing_region_and_credentials_are_reported", &[]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_does_not_answer_is_not_waited_for() {
    if std::env::var_os(CHILD).is_some() {
        let params = json!({ "Bucket": "media", "ACL": "private" });
        let options = json!({
            "s3Options": { "endpoint": "http://127.0.0.1:1", "params": params },
            "providerConfig": { "credentialsTimeout": 200 },
        });
        let provider = init(options).await.unwrap();
        for error in [
            provider.head(&at("a.txt"), &Call::new()).await.unwrap_err(),
            provider.get_signed_url(&at("a.txt"), &SignOptions::default()).await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
            assert!(error.message().contains("fetching credentials took too long"), "{error}");
        }
        return;
    }
    // Connections wait in the queue of the listener, which accepts none.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let environment = [("AWS_EC2_METADATA_DISABLED", "false"), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", address.as_str())];
    let name = "environment::an_instance_that_does_not_answer_is_not_waited_for";
    tokio::task::block_in_place(|| again(name, &environment));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_larger_than_the_memory_budget_of_all_uploads_go_through() {
    // A process of its own: the budget is the library's, and the largest that any test configures counts.
    if std::env::var_os(CHILD).is_none() {
        return tokio::task::block_in_place(|| {
            again("environment::files_larger_than_the_memory_budget_of_all_uploads_go_through", &[]);
        });
    }
    let server = server().await;
    let provider = provider_with(&server, json!({ "providerConfig": { "multipart": { "memoryBudget": 1024 } } })).await;
    let bytes = content(11 * MIB);
    let call = Call::new();
    let files: Vec<_> = (0..4).map(|number| at(&format!("{number}"))).collect();
    let uploads = files.iter().map(|file| provider.upload(file, chunked(&bytes, None), &call));
    for uploaded in longshore_provider::futures::future::join_all(uploads).await {
        assert_eq!(server.object("media", &uploaded.unwrap().key).unwrap().bytes().unwrap(), bytes);
    }
}
