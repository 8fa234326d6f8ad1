//! Signed URLs, and files of providers that are not loaded.

use longshore_media_library::Error;
use longshore_provider::ErrorKind;

use crate::{
    both::over_both,
    scene::{Scene, number, picture, text},
    shelf::Strike,
};

over_both![
    a_public_provider_signs_nothing,
    a_private_provider_signs_the_file_and_its_formats_once,
    a_failing_signature_fails_the_answer,
    files_of_a_provider_that_is_not_loaded_are_listed_and_stay,
];

async fn a_public_provider_signs_nothing() {
    let scene = Scene::new().await;
    let mut files = vec![scene.upload(text("a.txt", "a")).await.unwrap()];
    scene.library.sign(&mut files).await.unwrap();
    assert!(!files[0].is_url_signed);
    assert!(!files[0].url.contains("signature"));
}

async fn a_private_provider_signs_the_file_and_its_formats_once() {
    let scene = Scene::new().await;
    scene.shelf.set_private(true);
    let mut files = vec![scene.upload(picture("a.png", 600, 400)).await.unwrap()];
    scene.library.sign(&mut files).await.unwrap();
    let file = &files[0];
    assert!(file.is_url_signed && file.url.ends_with("?signature=1"));
    for format in file.formats.as_ref().unwrap() {
        assert!(format.url.ends_with("?signature=1"), "{}", format.url);
    }
    let stored = scene.library.get(&number(file)).await.unwrap().unwrap();
    assert!(!stored.is_url_signed && !stored.url.contains("signature"), "the table keeps the plain URL");
}

async fn a_failing_signature_fails_the_answer() {
    let scene = Scene::new().await;
    scene.shelf.set_private(true);
    let mut files = vec![scene.upload(text("a.txt", "a")).await.unwrap()];
    scene.shelf.strike("sign", "", 0, Strike::Fail(ErrorKind::Unauthenticated));
    assert!(matches!(scene.library.sign(&mut files).await, Err(Error::Provider { .. })));
    scene.library.sign_changed(&mut files).await;
    assert!(!files[0].is_url_signed, "the answer to a change says that it could not be signed");
}

async fn files_of_a_provider_that_is_not_loaded_are_listed_and_stay() {
    let scene = Scene::new().await;
    scene.shelf.set_private(true);
    let file = scene.upload(text("a.txt", "a")).await.unwrap();
    let other = scene.again_as("another", |_| {}).await;
    let mut files = other.find(&longshore_media_library::FindQuery::default()).await.unwrap();
    other.sign(&mut files).await.unwrap();
    assert!(!files[0].is_url_signed);
    assert!(matches!(other.remove(&number(&file)).await, Err(Error::ProviderNotLoaded(name)) if name == "shelf"));
    assert!(matches!(other.replace(&number(&file)).await.err(), Some(Error::ProviderNotLoaded(_))));
    assert_eq!(scene.files().await.len(), 1);
    assert_eq!(scene.shelf.keys().len(), 1);
}
