//! Uploading: rows, keys, formats, names, and what is refused.

use longshore_media_library::{Error, FileId, FileInfo, FocalPoint, Infos, Link, Rejection};
use longshore_provider::ErrorKind;

use crate::{
    both::over_both,
    storage::Fault,
    test_library::{TestLibrary, flowing, picture, speckled, text},
};

over_both![
    an_upload_whose_url_or_metadata_cannot_stand_in_a_row_is_undone,
    a_path_that_the_provider_refuses_is_named_before_a_row_exists,
    a_file_is_stored_and_found,
    a_large_file_flows_and_is_summed_up,
    an_image_gets_its_formats,
    what_is_said_after_a_small_file_names_its_key,
    what_is_said_after_a_flowing_file_changes_its_name_alone,
    several_files_are_described_in_their_order,
    one_description_of_several_files_is_refused,
    what_no_database_can_keep_is_refused,
    a_refused_file_fails_its_whole_request_with_every_reason,
    no_file_and_empty_files_are_refused,
    the_size_limit_counts_bytes_while_they_flow,
    a_format_over_the_size_limit_is_left_out,
    links_are_checked_and_kept,
    a_file_after_a_refused_one_is_still_held_to_the_limit,
    a_limit_of_the_providers_own_holds_also_for_files_that_flow,
];

async fn a_file_is_stored_and_found() {
    let test = TestLibrary::new().await;
    let file = test.upload(text("My Photo é.txt", "hello world")).await.unwrap();
    assert!(file.hash.starts_with("My_Photo_e_"), "{}", file.hash);
    assert_eq!((file.ext.as_str(), file.mime.as_str(), file.size_bytes), (".txt", "text/plain", 11));
    let key = format!("root/{}.txt", file.hash);
    assert_eq!(file.key.as_deref(), Some(key.as_str()));
    assert_eq!(file.url, format!("https://storage.test/{key}"));
    assert_eq!(test.storage.bytes(&key).unwrap(), "hello world");
    assert_eq!(test.files().await, vec![file]);
}

async fn a_large_file_flows_and_is_summed_up() {
    let test = TestLibrary::new().await;
    let file = test.upload(flowing("big.bin", 40, false)).await.unwrap();
    assert_eq!(file.size_bytes, 40 * 16 * 1024);
    let bytes = test.storage.bytes(file.key.as_deref().unwrap()).unwrap();
    assert_eq!(bytes.len() as u64, file.size_bytes);
    let sum = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, &bytes);
    assert_eq!(file.checksum.unwrap(), format!("crc64nvme:{sum:016x}"));
}

async fn an_image_gets_its_formats() {
    let test = TestLibrary::new().await;
    let file = test.upload(picture("beach.png", 1600, 1200)).await.unwrap();
    assert_eq!((file.width, file.height), (Some(1600), Some(1200)));
    let formats = file.formats.as_ref().unwrap();
    let shown: Vec<_> = formats.iter().map(|format| (format.format.as_str(), format.width, format.height)).collect();
    assert_eq!(shown, [("thumbnail", 208, 156), ("large", 1000, 750), ("medium", 750, 563), ("small", 500, 375)]);
    for format in formats {
        assert_eq!(format.hash, format!("{}_{}", format.format, file.hash));
        let stored = test.storage.bytes(format.key.as_deref().unwrap()).unwrap();
        assert_eq!(stored.len() as u64, format.size_bytes);
    }
    let keys = test.storage.keys();
    assert_eq!(keys.len(), 5);
    for key in keys {
        let content_type = test.library.content_type(&file.provider, &key).await.unwrap();
        assert_eq!(content_type.as_deref(), Some("image/png"), "{key}");
        assert_eq!(test.library.content_type("other", &key).await.unwrap(), None);
    }
    assert_eq!(test.library.content_type(&file.provider, "large_nothing.png").await.unwrap(), None);
}

async fn what_is_said_after_a_small_file_names_its_key() {
    let test = TestLibrary::new().await;
    let mut batch = test.library.begin().unwrap();
    batch.add(text("a.txt", "hello")).await.unwrap();
    let point = FocalPoint { x: 20.0, y: 30.0 };
    batch.set_infos(Infos::One(FileInfo {
        name: Some("Better name.txt".into()),
        alternative_text: Some("alt".into()),
        caption: Some("cap".into()),
        focal_point: Some(point),
        ..FileInfo::default()
    }));
    batch.set_path("/foo/../bar//").unwrap();
    let file = batch.finish().await.unwrap().remove(0);
    assert!(file.hash.starts_with("Better_name_"), "{}", file.hash);
    assert_eq!(file.name, "Better name.txt");
    assert_eq!(file.key.unwrap(), format!("root/foo/bar/{}.txt", file.hash));
    assert_eq!((file.alternative_text.as_deref(), file.caption.as_deref()), (Some("alt"), Some("cap")));
    assert_eq!(file.focal_point, Some(point));
}

async fn what_is_said_after_a_flowing_file_changes_its_name_alone() {
    let test = TestLibrary::new().await;
    let mut batch = test.library.begin().unwrap();
    batch.add(flowing("raw.bin", 8, false)).await.unwrap();
    batch.set_infos(Infos::One(FileInfo { name: Some("Shown.bin".into()), ..FileInfo::default() }));
    assert!(matches!(batch.set_path("late"), Err(Error::PathAfterFile)));
    batch.set_path("").unwrap();
    let file = batch.finish().await.unwrap().remove(0);
    assert!(file.hash.starts_with("raw_"), "{}", file.hash);
    assert_eq!(file.name, "Shown.bin");
}

async fn several_files_are_described_in_their_order() {
    let test = TestLibrary::new().await;
    let mut batch = test.library.begin().unwrap();
    let said = |caption: &str| FileInfo { caption: Some(caption.into()), ..FileInfo::default() };
    for name in ["one.txt", "two.txt", "three.txt"] {
        batch.add(text(name, name)).await.unwrap();
    }
    batch.set_infos(Infos::Many(vec![said("1"), said("2")]));
    let files = batch.finish().await.unwrap();
    let captions: Vec<_> = files.iter().map(|file| (file.name.as_str(), file.caption.as_deref())).collect();
    assert_eq!(captions, [("one.txt", Some("1")), ("two.txt", Some("2")), ("three.txt", None)]);
}

async fn one_description_of_several_files_is_refused() {
    let test = TestLibrary::new().await;
    let mut batch = test.library.begin().unwrap();
    batch.add(text("one.txt", "1")).await.unwrap();
    batch.add(flowing("two.bin", 8, false)).await.unwrap();
    batch.set_infos(Infos::One(FileInfo::default()));
    assert!(matches!(batch.finish().await, Err(Error::InvalidInfo(_))));
    test.assert_nothing_is_left().await;
}

async fn what_no_database_can_keep_is_refused() {
    let test = TestLibrary::new().await;
    let said = FileInfo { caption: Some("a\0b".into()), ..FileInfo::default() };
    let mut batch = test.library.begin().unwrap();
    batch.add(flowing("raw.bin", 8, false)).await.unwrap();
    batch.set_infos(Infos::One(said.clone()));
    assert!(matches!(batch.finish().await, Err(Error::InvalidInfo(_))));
    test.assert_nothing_is_left().await;
    let file = test.upload(text("a.txt", "a")).await.unwrap();
    assert!(matches!(test.library.update(&crate::test_library::number(&file), said).await, Err(Error::InvalidInfo(_))));
}

async fn a_refused_file_fails_its_whole_request_with_every_reason() {
    let test = TestLibrary::with(|settings| settings.types.denied = Some(vec!["text/html".into()])).await;
    let mut batch = test.library.begin().unwrap();
    batch.add(text("good.txt", "good")).await.unwrap();
    batch.add(flowing("also-good.bin", 8, false)).await.unwrap();
    batch.add(text("bad|name.txt", "bad")).await.unwrap();
    batch.add(text("page.html", "<html></html>")).await.unwrap();
    let Err(Error::Rejected(rejections)) = batch.finish().await else { panic!("it was accepted") };
    assert_eq!(rejections.len(), 2);
    assert!(matches!(rejections[0], Rejection::Name { .. }));
    test.assert_nothing_is_left().await;
}

async fn no_file_and_empty_files_are_refused() {
    let test = TestLibrary::new().await;
    assert!(matches!(test.library.begin().unwrap().finish().await, Err(Error::NoFiles)));
    for name in ["empty.txt", "", "bad|name.txt"] {
        assert!(matches!(test.upload(text(name, "")).await, Err(Error::NoFiles)), "{name}");
    }
    let mut batch = test.library.begin().unwrap();
    batch.add(text("empty.txt", "")).await.unwrap();
    batch.add(text("full.txt", "full")).await.unwrap();
    assert!(matches!(batch.finish().await, Err(Error::Rejected(_))));
    test.assert_nothing_is_left().await;
}

async fn the_size_limit_counts_bytes_while_they_flow() {
    let test = TestLibrary::with(|settings| settings.size_limit = 300_000).await;
    for incoming in [flowing("big.bin", 40, false), {
        let mut known = flowing("big.bin", 40, false);
        known.size = Some(40 * 16 * 1024);
        known
    }] {
        let Err(Error::Rejected(rejections)) = test.upload(incoming).await else { panic!("it was accepted") };
        assert_eq!(rejections, [Rejection::TooLarge { name: "big.bin".into(), limit: 300_000 }]);
    }
    test.assert_nothing_is_left().await;
    let test = TestLibrary::with(|settings| settings.size_limit = 5).await;
    test.upload(text("fits.txt", "12345")).await.unwrap();
    assert!(matches!(test.upload(text("over.txt", "123456")).await, Err(Error::Rejected(_))));
}

async fn a_format_over_the_size_limit_is_left_out() {
    const LIMIT: u64 = 300_000;
    let test = TestLibrary::with(|settings| settings.size_limit = LIMIT).await;
    let file = test.upload(speckled("noise.png", 1200, 900)).await.unwrap();
    let is_left = |file: &longshore_media_library::MediaFile| {
        let formats = file.formats.as_ref().unwrap();
        assert!(formats.iter().all(|format| format.size_bytes <= LIMIT));
        assert!(formats.iter().any(|format| format.format == "thumbnail"), "{formats:?}");
        assert!(formats.iter().all(|format| format.format != "large"), "{formats:?}");
    };
    is_left(&file);
    assert_eq!(test.storage.keys().len(), 1 + file.formats.as_ref().unwrap().len());
    let mut replacement = test.library.replace(&crate::test_library::number(&file)).await.unwrap();
    replacement.add(speckled("noise.png", 1200, 900)).await.unwrap();
    is_left(&replacement.finish().await.unwrap());
}

async fn links_are_checked_and_kept() {
    let test = TestLibrary::with(|settings| settings.links = Some(vec!["api::article.article".into()])).await;
    let link = |reference: &str, id: &str| Link { reference: reference.into(), id: id.into(), field: "cover".into() };
    let mut batch = test.library.begin().unwrap();
    assert!(matches!(batch.set_link(link("api::page.page", "1")), Err(Error::InvalidLink(_))));
    assert!(matches!(batch.set_link(link("api::article.article", "")), Err(Error::InvalidLink(_))));
    batch.set_link(link("api::article.article", "wugy12c2mr82tkgwyo6vcwqp")).unwrap();
    batch.add(text("a.txt", "a")).await.unwrap();
    batch.finish().await.unwrap();
}

async fn a_file_after_a_refused_one_is_still_held_to_the_limit() {
    let test = TestLibrary::with(|settings| settings.size_limit = 5).await;
    let mut batch = test.library.begin().unwrap();
    batch.add(text("bad|name.txt", "1")).await.unwrap();
    batch.add(text("long.txt", "123456")).await.unwrap();
    batch.add(flowing("longer.bin", 8, false)).await.unwrap();
    let Err(Error::Rejected(rejections)) = batch.finish().await else { panic!("it was accepted") };
    assert_eq!(rejections.len(), 3);
}

async fn a_limit_of_the_providers_own_holds_also_for_files_that_flow() {
    let test = TestLibrary::new().await;
    test.storage.take_at_most(100_000);
    let file = test.upload(flowing("fits.bin", 6, false)).await.unwrap();
    let bytes = test.storage.bytes(file.key.as_deref().unwrap());
    let is_named = |outcome| {
        let Err(Error::Rejected(rejections)) = outcome else { panic!("{outcome:?}") };
        let [Rejection::TooLargeForProvider { provider, reason, .. }] = &rejections[..] else {
            panic!("{rejections:?}");
        };
        assert_eq!((provider.as_str(), reason.as_str()), ("storage", "it does not fit on the storage"));
    };
    is_named(test.upload(flowing("over.bin", 7, false)).await);
    is_named(test.upload(text("over.txt", &"x".repeat(100_001))).await);
    let mut replacement = test.library.replace(&crate::test_library::number(&file)).await.unwrap();
    replacement.add(flowing("over.bin", 7, false)).await.unwrap();
    is_named(replacement.finish().await);
    test.quiet().await;
    assert_eq!(test.storage.bytes(file.key.as_deref().unwrap()), bytes);
    assert_eq!(test.files().await, vec![file]);
    assert_eq!(test.storage.keys().len(), 1);
}

async fn a_path_that_the_provider_refuses_is_named_before_a_row_exists() {
    let test = TestLibrary::new().await;
    test.storage.fail_calls("url", "refused/", 0, Fault::Fail(ErrorKind::InvalidInput));
    let mut batch = test.library.begin().unwrap();
    batch.set_path("refused").unwrap();
    batch.add(text("a.txt", "a")).await.unwrap();
    let Err(Error::InvalidInfo(problems)) = batch.finish().await else { panic!("it was stored") };
    assert_eq!(problems[0].path, ["path"]);
    assert!(test.storage.calls().iter().all(|call| !call.starts_with("upload")), "{:?}", test.storage.calls());
    test.assert_nothing_is_left().await;
}

async fn an_upload_whose_url_or_metadata_cannot_stand_in_a_row_is_undone() {
    let test = TestLibrary::new().await;
    let cases = [("javascript:alert(1)", 0), ("127.0.0.1/x", 0), ("///a", 0), ("/a b", 0), ("/a", 70_000)];
    for (url, metadata) in cases {
        test.storage.return_from_uploads(url, metadata);
        for incoming in [text("a.txt", "a"), flowing("b.bin", 8, false)] {
            let outcome = test.upload(incoming).await;
            assert!(matches!(outcome, Err(Error::Provider { .. })), "{url}: {outcome:?}");
        }
        test.assert_nothing_is_left().await;
    }
    test.storage.return_from_uploads("/a", 1000);
    let file = test.upload(text("a.txt", "a")).await.unwrap();
    test.storage.return_from_uploads("data:text/html,x", 0);
    let mut replacement = test.library.replace(&FileId::Number(file.id)).await.unwrap();
    replacement.add(text("a.txt", "b")).await.unwrap();
    assert!(replacement.finish().await.is_err());
    assert_eq!(test.files().await[0].url, "/a");
}
