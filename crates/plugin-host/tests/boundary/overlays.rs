//! Overlays: methods that the overlay does not define are the base's, and streams pass through unwrapped.

use longshore_plugin_host::{
    config::ProviderName,
    load::LoadError,
    registry::{OpenError, Provider},
};
use longshore_provider::{Body, Bytes, Call, File, SignOptions, serde_json::Value};

use crate::{
    generations::patched,
    project::{Project, chain},
};

fn project(provider: &str, options: &str) -> Project {
    Project::new(&format!("[upload.config]\nprovider = \"{provider}\"\n[upload.config.providerOptions]\n{options}\n"))
}

#[tokio::test]
async fn what_an_overlay_does_not_write_is_the_bases() {
    let registry = project("overlaying1", "").open().await.unwrap();
    let provider = registry.main();
    assert!(!provider.is_private().await.unwrap(), "the overlay's own");
    let uploaded = provider.upload(&File::at("fine"), Body::from("123")).await.unwrap();
    assert_eq!(
        (uploaded.size, uploaded.url.as_str()),
        (Some(3), "https://public.test/"),
        "the upload carries the overlay's answer"
    );
    let url = provider.handle().get_signed_url(&File::at("a"), &SignOptions::default()).await.unwrap();
    assert_eq!(url.url, "https://misbehaving.test/a?over");
    assert!(provider.serves("overlaying1") && provider.serves("misbehaving") && !provider.serves("local"));
    assert_eq!(registry.serving(&["misbehaving"]).map(Provider::name), Some("overlaying1"));
}

#[tokio::test]
async fn the_key_of_an_overlay_is_that_of_its_base() {
    let registry = project("overlaying1", "").open().await.unwrap();
    assert_eq!(registry.main().handle().key(&File::at("a")).await.unwrap(), "misbehaving/a");
}

#[tokio::test]
async fn the_privacy_of_a_file_reaches_the_base_in_uploads_and_replacements() {
    let registry = project("overlaying1", "").open().await.unwrap();
    let handle = registry.main().handle();
    let url = |private| if private { "https://private.test/" } else { "https://public.test/" };
    for of_call in [false, true] {
        let call = Call::new().with_private(of_call);
        // The overlay decides by the base's key of each file. It leaves other files to the call.
        for (name, private) in [("public", false), ("private", true), ("fine", of_call)] {
            let file = File::at(name);
            let uploaded = handle.upload(&file, Body::from("123"), &call).await.unwrap();
            assert_eq!(uploaded.url, url(private), "upload of {name}, call {of_call}");
            let replaced = handle.replace(&file, &File::at("old"), Body::from("123"), &call).await.unwrap();
            assert_eq!(replaced.url, url(private), "replacement by {name}, call {of_call}");
        }
    }
}

#[tokio::test]
async fn a_stream_passes_through_an_overlay_uncopied() {
    let registry = project("overlaying1", "").open().await.unwrap();
    let bytes = Bytes::from(vec![9; 1000]);
    let handle = registry.main().handle();
    let (_, stream) =
        handle.extension("echo", Value::Null, Some(Body::from(bytes.clone())), &Call::new()).await.unwrap();
    assert_eq!(stream.unwrap().into_bytes(2000).await.unwrap().as_ptr(), bytes.as_ptr());
}

#[tokio::test]
async fn an_overlay_of_an_overlay_works() {
    let project = project("overlaying2", "");
    let names = [
        (r#""name":"overlaying1""#, r#""name":"overlaying2""#),
        (r#""extends":"misbehaving""#, r#""extends":"overlaying1""#),
    ];
    patched("longshore-fixture-overlay", &names, &project, "overlaying2");
    let registry = project.open().await.unwrap();
    assert!(registry.main().is_private().await.unwrap(), "turned round twice");
    let url = registry.main().handle().get_signed_url(&File::at("a"), &SignOptions::default()).await.unwrap();
    assert_eq!(url.url, "https://misbehaving.test/a?over?over");
}

#[tokio::test]
async fn an_overlay_of_its_bases_name_overrides_it() {
    let project = project("misbehaving", "");
    let name = [(r#""name":"overlaying1""#, r#""name":"misbehaving""#)];
    patched("longshore-fixture-overlay", &name, &project, "misbehaving");
    let registry = project.open().await.unwrap();
    assert_eq!(registry.main().name(), "misbehaving");
    assert!(!registry.main().is_private().await.unwrap());
}

#[tokio::test]
async fn an_overlay_sees_the_raw_options_and_may_change_what_its_base_gets() {
    let error = project("overlaying1", "number = 7").open().await.err().unwrap();
    assert!(chain(&error).contains("\nproviderOptions.number: expected anything but seven\n"), "{}", chain(&error));
    // The overlay turns this number into a text, which the base's schema rejects. The problem has the position of the
    // number.
    let error = project("overlaying1", "number = 5").open().await.err().unwrap();
    assert!(chain(&error).contains("plugins.toml:4:1: upload.config.providerOptions.number: "), "{}", chain(&error));
    assert!(project("overlaying1", "number = 6").open().await.is_ok());
}

#[tokio::test]
async fn a_base_that_is_missing_is_named() {
    let project = project("overlaying1", "");
    let missing = [(r#""extends":"misbehaving""#, r#""extends":"nowhere-xyz""#)];
    patched("longshore-fixture-overlay", &missing, &project, "overlaying1");
    let error = project.open().await.err().unwrap();
    let text = chain(&error);
    assert!(text.starts_with("the provider `overlaying1` ("), "{text}");
    assert!(text.contains("extends `nowhere-xyz`, which could not be found"), "{text}");
}

#[tokio::test]
async fn providers_that_extend_each_other_are_refused() {
    let project = project("overlaying1", "");
    let first = [(r#""extends":"misbehaving""#, r#""extends":"overlaying2""#)];
    patched("longshore-fixture-overlay", &first, &project, "overlaying1");
    let second = [
        (r#""name":"overlaying1""#, r#""name":"overlaying2""#),
        (r#""extends":"misbehaving""#, r#""extends":"overlaying1""#),
    ];
    patched("longshore-fixture-overlay", &second, &project, "overlaying2");
    let name = ProviderName::new("overlaying1").unwrap();
    let error = project.loader().load(&name, None).err().unwrap();
    assert!(matches!(error, LoadError::Circle { .. }), "{error}");
    assert!(error.to_string().contains("overlaying1 -> overlaying2 -> overlaying1"), "{error}");
    assert!(matches!(project.open().await, Err(OpenError::Load(LoadError::Circle { .. }))));
}
