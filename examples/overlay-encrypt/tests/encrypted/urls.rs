//! URLs: those that lead to the host are as they were; the others open nothing.

use longshore_provider::{Call, ErrorKind, File, SignOptions};

use crate::project::{Project, content, get, put, server};

#[tokio::test]
async fn urls_of_the_host_stay_and_need_no_signature() {
    let project = Project::local();
    let provider = project.open().await;
    let uploaded = put(&provider, "a b.txt", &content(10)).await;
    assert_eq!(uploaded.url, "/uploads/a%20b.txt");
    assert_eq!(provider.url(&File::at("a b.txt")).await.unwrap(), uploaded.url);
    let signed = provider.get_signed_url(&File::at("a b.txt"), &SignOptions::default()).await.unwrap();
    assert_eq!((signed.url, signed.signed), (uploaded.url, false));
}

#[tokio::test]
async fn urls_of_the_service_are_marked_and_not_signed() {
    let server = server().await;
    let provider = Project::s3(&server).open().await;
    let uploaded = put(&provider, "a b.txt", &content(10)).await;
    assert_eq!(uploaded.url, format!("encrypted+{}/media/a%20b.txt", server.endpoint()));
    assert_eq!(provider.url(&File::at("a b.txt")).await.unwrap(), uploaded.url);
    assert!(!provider.is_private().await.unwrap());
    let error = provider.get_signed_url(&File::at("a b.txt"), &SignOptions::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().contains("read it through the host"), "{error}");
}

/// A file as the host keeps it, which knows no key of a file that another program stored.
#[tokio::test]
async fn the_base_gets_its_own_urls_back() {
    let provider = Project::memory().open().await;
    let uploaded = put(&provider, "a.txt", &content(10)).await;
    assert_eq!(uploaded.url, "encrypted+https://memory.invalid/a.txt");
    let mut stored = File::stored("a.txt");
    stored.url = Some(uploaded.url.clone());
    assert_eq!(provider.url(&stored).await.unwrap(), uploaded.url);
}

#[tokio::test]
async fn a_private_base_writes_privately_although_no_url_is_signed() {
    let server = server().await;
    let project = Project::over("aws-s3-private", Project::s3(&server).base_options());
    let provider = project.open().await;
    assert!(!provider.is_private().await.unwrap());
    put(&provider, "a.txt", &content(10)).await;
    let requests = server.journal();
    let acls: Vec<_> = requests.iter().filter_map(|request| request.header("x-amz-acl")).collect();
    assert!(acls.iter().all(|acl| *acl == "private"), "{acls:?}");
    assert_eq!(get(&provider, "a.txt", None).await.unwrap().0, content(10));
}

#[tokio::test]
async fn what_must_be_private_is_refused_by_a_base_that_cannot_do_it() {
    let project = Project::local();
    let provider = project.open().await;
    let call = Call::new().with_private(true);
    let error = provider.upload(&File::at("a.txt"), content(10).into(), &call).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}
