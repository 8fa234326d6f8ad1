//! Signed URLs, and files of providers that are not loaded.

use longshore_media_library::Error;
use longshore_provider::ErrorKind;

use crate::{
    both::over_both,
    storage::Fault,
    test_library::{TestLibrary, number, picture, text},
};

over_both![
    a_public_provider_signs_nothing,
    a_private_provider_signs_the_file_and_its_formats_once,
    a_failing_signature_fails_the_answer,
    files_of_a_provider_that_is_not_loaded_are_listed_and_stay,
];

async fn a_public_provider_signs_nothing() {
    let test = TestLibrary::new().await;
    let mut files = vec![test.upload(text("a.txt", "a")).await.unwrap()];
    test.library.sign(&mut files).await.unwrap();
    assert!(!files[0].is_url_signed);
    assert!(!files[0].url.contains("signature"));
}

async fn a_private_provider_signs_the_file_and_its_formats_once() {
    let test = TestLibrary::new().await;
    test.storage.set_private(true);
    let mut files = vec![test.upload(picture("a.png", 600, 400)).await.unwrap()];
    test.library.sign(&mut files).await.unwrap();
    let file = &files[0];
    assert!(file.is_url_signed && file.url.ends_with("?signature=1"));
    for format in file.formats.as_ref().unwrap() {
        assert!(format.url.ends_with("?signature=1"), "{}", format.url);
    }
    let stored = test.library.get(&number(file)).await.unwrap().unwrap();
    assert!(!stored.is_url_signed && !stored.url.contains("signature"), "the table keeps the plain URL");
}

async fn a_failing_signature_fails_the_answer() {
    let test = TestLibrary::new().await;
    test.storage.set_private(true);
    let mut files = vec![test.upload(text("a.txt", "a")).await.unwrap()];
    test.storage.fail_calls("sign", "", 0, Fault::Fail(ErrorKind::Unauthenticated));
    assert!(matches!(test.library.sign(&mut files).await, Err(Error::Provider { .. })));
    test.library.sign_changed(&mut files).await;
    assert!(!files[0].is_url_signed, "the answer to a change says that it could not be signed");
}

async fn files_of_a_provider_that_is_not_loaded_are_listed_and_stay() {
    let test = TestLibrary::new().await;
    test.storage.set_private(true);
    let file = test.upload(text("a.txt", "a")).await.unwrap();
    let other = test.again_as("another", |_| {}).await;
    let mut files = other.find(&longshore_media_library::FindQuery::default()).await.unwrap();
    other.sign(&mut files).await.unwrap();
    assert!(!files[0].is_url_signed);
    assert!(matches!(other.remove(&number(&file)).await, Err(Error::ProviderNotLoaded(name)) if name == "storage"));
    assert!(matches!(other.replace(&number(&file)).await.err(), Some(Error::ProviderNotLoaded(_))));
    assert_eq!(test.files().await.len(), 1);
    assert_eq!(test.storage.keys().len(), 1);
}
