//! Who is let in, and when.

use longshore_dev_s3::{DevS3, Fault, Operation};

use crate::support::{Call, Client, get, put, signature, start};

#[test]
fn signer_of_these_tests_reproduces_the_published_example() {
    // "Authenticating Requests: Using Query Parameters" in the S3 API reference.
    let canonical = "GET\n/test.txt\nX-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2F\
                     us-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=\
                     host\nhost:examplebucket.s3.amazonaws.com\n\nhost\nUNSIGNED-PAYLOAD";
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    let found = signature(secret, "20130524T000000Z", "20130524/us-east-1/s3/aws4_request", canonical);
    assert_eq!(found, "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

#[tokio::test]
async fn signed_request_is_answered() {
    let (_server, client) = start().await;
    let answer = client.send(get("/")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.element("Name"), Some("media"));
    assert!(answer.header("x-amz-request-id").is_some());
}

#[tokio::test]
async fn wrong_secret_is_refused() {
    let (_server, client) = start().await;
    let wrong = Client { secret: "wrong".into(), ..client };
    assert_eq!(wrong.send(get("/")).await.outcome(), (403, "SignatureDoesNotMatch"));
    assert_eq!(wrong.send(get("/").presigned(60)).await.outcome(), (403, "SignatureDoesNotMatch"));
}

#[tokio::test]
async fn unknown_access_key_id_is_refused() {
    let (_server, client) = start().await;
    let unknown = Client { id: "unknown".into(), ..client };
    assert_eq!(unknown.send(get("/")).await.outcome(), (403, "InvalidAccessKeyId"));
    assert_eq!(unknown.send(get("/").presigned(60)).await.outcome(), (403, "InvalidAccessKeyId"));
}

#[tokio::test]
async fn refusal_of_a_large_body_reaches_the_client() {
    let (_server, client) = start().await;
    let wrong = Client { secret: "wrong".into(), ..client };
    let answer = wrong.send(put("/media/a", vec![b'x'; 16 << 20])).await;
    assert_eq!(answer.outcome(), (403, "SignatureDoesNotMatch"));
}

#[tokio::test]
async fn presigned_url_gives_the_object_until_it_expires() {
    let (_server, client) = start().await;
    assert_eq!(client.send(put("/media/a", "content")).await.status, 200);
    let answer = client.send(get("/media/a").presigned(60)).await;
    assert_eq!((answer.status, answer.text()), (200, "content"));
    let late = Client { ahead: -100, ..client };
    assert_eq!(late.send(get("/media/a").presigned(60)).await.outcome(), (403, "AccessDenied"));
    assert_eq!(late.send(get("/media/a").presigned(200)).await.status, 200);
}

#[tokio::test]
async fn presigned_url_is_good_for_its_method_and_key_alone() {
    let (_server, client) = start().await;
    client.send(put("/media/a", "content")).await;
    client.send(put("/media/b", "content")).await;
    let target = client.target(&get("/media/a").presigned(60));
    let (path, query) = target.split_once('?').unwrap();
    let call = |method: &str, path: &str| Call::new(method, &format!("{path}?{query}")).anonymous();
    assert_eq!(client.send(call("GET", path)).await.status, 200);
    assert_eq!(client.send(call("PUT", path)).await.outcome(), (403, "SignatureDoesNotMatch"));
    assert_eq!(client.send(call("GET", "/media/b")).await.outcome(), (403, "SignatureDoesNotMatch"));
}

#[tokio::test]
async fn presigned_url_lives_a_week_at_most() {
    let (_server, client) = start().await;
    for expires in ["604801", "0", "-1", "soon", "99999999999999999999"] {
        let answer = client.send(get("/").presigned(expires)).await;
        assert_eq!(answer.outcome(), (400, "AuthorizationQueryParametersError"), "{expires}");
    }
    assert_eq!(client.send(get("/").presigned(604_800)).await.status, 200);
}

#[tokio::test]
async fn presigned_url_without_a_parameter_is_refused() {
    let (_server, client) = start().await;
    let target = client.target(&get("/").presigned(60));
    for name in ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders"] {
        let (path, query) = target.split_once('?').unwrap();
        let rest: Vec<_> = query.split('&').filter(|pair| !pair.starts_with(name)).collect();
        let answer = client.send(get(&format!("{path}?{}", rest.join("&"))).anonymous()).await;
        assert_eq!(answer.outcome(), (400, "AuthorizationQueryParametersError"), "{name}");
    }
}

#[tokio::test]
async fn session_credentials_need_their_token() {
    let builder = DevS3::builder().credentials("plain", "secret").session_credentials("session", "secret", "token");
    let server = builder.start().await.unwrap();
    let plain = Client::of(&server);
    let without = Client { id: "session".into(), ..plain.clone() };
    let with = Client { token: Some("token".into()), ..without.clone() };
    let wrong = Client { token: Some("other".into()), ..without.clone() };
    let needless = Client { token: Some("token".into()), ..plain.clone() };
    for call in [get("/"), get("/").presigned(60)] {
        assert_eq!(plain.send(call.clone()).await.status, 200);
        assert_eq!(with.send(call.clone()).await.status, 200);
        assert_eq!(without.send(call.clone()).await.outcome(), (400, "InvalidToken"));
        assert_eq!(wrong.send(call.clone()).await.outcome(), (400, "InvalidToken"));
        assert_eq!(needless.send(call).await.outcome(), (400, "InvalidToken"));
    }
}

#[tokio::test]
async fn clock_that_is_off_by_more_than_a_quarter_of_an_hour_is_refused() {
    let (_server, client) = start().await;
    for ahead in [-1000, 1000] {
        let off = Client { ahead, ..client.clone() };
        assert_eq!(off.send(get("/")).await.outcome(), (403, "RequestTimeTooSkewed"), "{ahead}");
    }
    for ahead in [-600, 600] {
        let off = Client { ahead, ..client.clone() };
        assert_eq!(off.send(get("/")).await.status, 200, "{ahead}");
    }
}

#[tokio::test]
async fn skewed_server_believes_its_own_clock() {
    let (server, client) = start().await;
    server.faults().inject(Fault::clock_skew(3600).on(Operation::ListBuckets));
    assert_eq!(client.send(get("/")).await.outcome(), (403, "RequestTimeTooSkewed"));
    assert_eq!(client.send(get("/").presigned(60)).await.outcome(), (403, "AccessDenied"));
    assert_eq!(Client { ahead: 3600, ..client.clone() }.send(get("/")).await.status, 200);
    assert_eq!(client.send(get("/media")).await.status, 200, "other operations have the true clock");
    server.faults().clear();
    assert_eq!(client.send(get("/")).await.status, 200);
}

#[tokio::test]
async fn signature_for_another_region_is_refused_when_the_server_has_one() {
    let server = DevS3::builder().region("eu-central-1").start().await.unwrap();
    let client = Client::of(&server);
    assert_eq!(client.send(get("/")).await.status, 200);
    let elsewhere = Client { region: "us-east-1".into(), ..client };
    let answer = elsewhere.send(get("/")).await;
    assert_eq!(answer.outcome(), (400, "AuthorizationHeaderMalformed"));
    assert_eq!(answer.element("Region"), Some("eu-central-1"));
    assert_eq!(elsewhere.send(get("/").presigned(60)).await.outcome(), (400, "AuthorizationQueryParametersError"));
}

#[tokio::test]
async fn server_without_a_region_takes_signatures_for_any() {
    let (_server, client) = start().await;
    let elsewhere = Client { region: "ap-southeast-7".into(), ..client };
    assert_eq!(elsewhere.send(get("/")).await.status, 200);
}

#[tokio::test]
async fn amazon_header_must_be_signed() {
    let (_server, client) = start().await;
    let target = client.target(&put("/media/a", "").presigned(60));
    let call = put(&target, "content").anonymous().header("x-amz-acl", "public-read");
    let answer = client.send(call).await;
    assert_eq!(answer.outcome(), (403, "AccessDenied"));
    assert_eq!(answer.element("HeadersNotSigned"), Some("x-amz-acl"));
}

#[tokio::test]
async fn older_signatures_are_refused() {
    let (_server, client) = start().await;
    let header = get("/").anonymous().header("authorization", "AWS id:c2lnbmF0dXJl");
    assert_eq!(client.send(header).await.outcome(), (400, "InvalidRequest"));
    let query = get("/").anonymous().query("AWSAccessKeyId", "id").query("Signature", "x").query("Expires", "1");
    assert_eq!(client.send(query).await.outcome(), (400, "InvalidRequest"));
}

#[tokio::test]
async fn one_request_has_one_signature() {
    let (_server, client) = start().await;
    let call = get("/").presigned(60).header("authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/s3/aws4_request");
    assert_eq!(client.send(call).await.outcome(), (400, "InvalidArgument"));
}

#[tokio::test]
async fn body_that_is_not_what_was_signed_is_not_stored() {
    let (server, client) = start().await;
    let other = "0".repeat(64);
    let answer = client.send(put("/media/a", "content").header("x-amz-content-sha256", &other)).await;
    assert_eq!(answer.outcome(), (400, "XAmzContentSHA256Mismatch"));
    assert!(server.keys("media").is_empty());
}
