//! What unsigned requests may read, and what buckets without ACLs refuse.

use longshore_dev_s3::{Acl, DevS3};

use crate::support::{Call, Client, get, put, start};

#[tokio::test]
async fn unsigned_reads_follow_the_acl() {
    let (_server, client) = start().await;
    let cases = [
        (None, 403),
        (Some("private"), 403),
        (Some("public-read"), 200),
        (Some("public-read-write"), 200),
        (Some("authenticated-read"), 403),
        (Some("aws-exec-read"), 403),
        (Some("bucket-owner-read"), 403),
        (Some("bucket-owner-full-control"), 403),
    ];
    for (acl, status) in cases {
        let call = put("/media/a", "content");
        let call = if let Some(acl) = acl { call.header("x-amz-acl", acl) } else { call };
        assert_eq!(client.send(call).await.status, 200, "{acl:?}");
        assert_eq!(client.send(get("/media/a").anonymous()).await.status, status, "{acl:?}");
        assert_eq!(client.send(Call::new("HEAD", "/media/a").anonymous()).await.status, status, "{acl:?}");
        assert_eq!(client.send(get("/media/a")).await.status, 200, "{acl:?}");
    }
}

#[tokio::test]
async fn unsigned_requests_do_nothing_but_read() {
    let (server, client) = start().await;
    client.send(put("/media/a", "content").header("x-amz-acl", "public-read-write")).await;
    let calls = [
        put("/media/a", "other"),
        put("/media/b", "other"),
        Call::new("DELETE", "/media/a"),
        Call::new("POST", "/media/a").query("uploads", ""),
        get("/media/a").query("acl", ""),
        get("/media"),
        get("/"),
        Call::new("HEAD", "/media"),
        put("/new-bucket", ""),
    ];
    for call in calls {
        let call = call.anonymous();
        let answer = client.send(call.clone()).await;
        assert_eq!(answer.status, 403, "{call:?}");
    }
    assert_eq!(server.object("media", "a").unwrap().bytes().unwrap(), "content");
}

#[tokio::test]
async fn missing_key_looks_forbidden_without_a_signature() {
    let (_server, client) = start().await;
    assert_eq!(client.send(get("/media/none").anonymous()).await.outcome(), (403, "AccessDenied"));
    assert_eq!(client.send(get("/media/none")).await.outcome(), (404, "NoSuchKey"));
    assert_eq!(client.send(get("/none/none")).await.outcome(), (404, "NoSuchBucket"));
}

#[tokio::test]
async fn headers_of_the_answer_are_overridden_by_signed_requests_alone() {
    let (_server, client) = start().await;
    client.send(put("/media/a", "content").header("x-amz-acl", "public-read")).await;
    let call = get("/media/a").query("response-content-disposition", "attachment; filename=\"a b\"");
    let answer = client.send(call.clone().presigned(60)).await;
    assert_eq!((answer.status, answer.header("content-disposition")), (200, Some("attachment; filename=\"a b\"")));
    assert_eq!(client.send(call.clone().anonymous()).await.outcome(), (400, "InvalidRequest"));
    let head = Call { method: "HEAD".into(), ..call };
    assert_eq!(client.send(head).await.header("content-disposition"), Some("attachment; filename=\"a b\""));
}

#[tokio::test]
async fn acl_can_be_read_and_changed() {
    let (server, client) = start().await;
    client.send(put("/media/a", "content").header("x-amz-acl", "public-read")).await;
    let answer = client.send(get("/media/a").query("acl", "")).await;
    assert_eq!(answer.elements("Permission"), ["FULL_CONTROL", "READ"]);
    assert!(answer.text().contains("global/AllUsers"));

    let call = put("/media/a", "").query("acl", "").header("x-amz-acl", "private");
    assert_eq!(client.send(call).await.status, 200);
    assert_eq!(server.object("media", "a").unwrap().acl(), Acl::Private);
    assert_eq!(client.send(get("/media/a").anonymous()).await.status, 403);
    let answer = client.send(get("/media/a").query("acl", "")).await;
    assert_eq!(answer.elements("Permission"), ["FULL_CONTROL"]);
}

#[tokio::test]
async fn acl_can_be_given_as_grants_that_a_canned_one_has() {
    let (server, client) = start().await;
    client.send(put("/media/a", "content").header("x-amz-acl", "public-read")).await;
    client.send(put("/media/b", "content")).await;
    let policy = client.send(get("/media/a").query("acl", "")).await.body;
    assert_eq!(client.send(put("/media/b", policy).query("acl", "")).await.status, 200);
    assert_eq!(server.object("media", "b").unwrap().acl(), Acl::PublicRead);
}

#[tokio::test]
async fn unknown_acl_is_refused() {
    let (server, client) = start().await;
    let answer = client.send(put("/media/a", "content").header("x-amz-acl", "public")).await;
    assert_eq!(answer.outcome(), (400, "InvalidArgument"));
    assert!(server.keys("media").is_empty());
}

#[tokio::test]
async fn bucket_that_enforces_its_owner_refuses_acls() {
    let server = DevS3::builder().owner_enforced_bucket("locked").start().await.unwrap();
    let client = Client::of(&server);
    let calls = [
        put("/locked/a", "content"),
        Call::new("POST", "/locked/a").query("uploads", ""),
        put("/locked/there", "").query("acl", ""),
    ];
    client.send(put("/locked/there", "content")).await;
    for call in calls {
        for acl in ["private", "public-read", "public-read-write", "authenticated-read", "bucket-owner-read"] {
            let answer = client.send(call.clone().header("x-amz-acl", acl)).await;
            assert_eq!(answer.outcome(), (400, "AccessControlListNotSupported"), "{acl} {call:?}");
        }
        let grants = call.clone().header("x-amz-grant-read", "uri=\"http://acs.amazonaws.com/groups/global/AllUsers\"");
        assert_eq!(client.send(grants).await.outcome(), (400, "AccessControlListNotSupported"), "{call:?}");
        let allowed = call.header("x-amz-acl", "bucket-owner-full-control");
        assert_eq!(client.send(allowed).await.status, 200);
    }
    assert_eq!(client.send(put("/locked/b", "content")).await.status, 200);
    assert_eq!(client.send(get("/locked/b").anonymous()).await.status, 403);
}

#[tokio::test]
async fn object_ownership_can_be_read_and_changed() {
    let (_server, client) = start().await;
    let ownership = || get("/media").query("ownershipControls", "");
    client.send(put("/media/a", "content").header("x-amz-acl", "public-read")).await;
    assert_eq!(client.send(ownership()).await.element("ObjectOwnership"), Some("ObjectWriter"));
    let enforce = "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>\
                   </OwnershipControls>";
    let call = put("/media", enforce).query("ownershipControls", "");
    assert_eq!(client.send(call).await.status, 200);
    assert_eq!(client.send(ownership()).await.element("ObjectOwnership"), Some("BucketOwnerEnforced"));
    assert_eq!(client.send(get("/media/a").anonymous()).await.status, 403, "ACLs are off");
}

#[tokio::test]
async fn bucket_of_another_owner_is_refused() {
    let (_server, client) = start().await;
    let call = |owner: &str| put("/media/a", "content").header("x-amz-expected-bucket-owner", owner);
    assert_eq!(client.send(call("000000000000")).await.outcome(), (403, "AccessDenied"));
    assert_eq!(client.send(call(longshore_dev_s3::ACCOUNT_ID)).await.status, 200);
}
