//! Stored files are encrypted, and are read back unchanged.

use longshore_provider::{Body, Call, ErrorKind, File, Handle, ListRequest, serde_json::json};

use crate::project::{Project, SEGMENT, chunked, content, empty, get, put, server};

/// At the borders of segments, and several MiB.
const SIZES: [usize; 9] =
    [0, 1, 2, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT, 4 * SEGMENT + 1, 7 * 1024 * 1024 + 13];

async fn comes_back(provider: &Handle) {
    for size in SIZES {
        for known in [true, false] {
            let (key, bytes) = (format!("folder/{size}-{known}.bin"), content(size));
            let mut file = File::at(&key);
            file.size = known.then_some(size as u64);
            file.mime = "image/png".into();
            let uploaded = provider.upload(&file, chunked(&bytes, known), &Call::new()).await.unwrap();
            assert_eq!(uploaded.size, Some(size as u64));
            let (found, told) = get(provider, &key, None).await.unwrap();
            assert!(found == bytes, "{size} bytes are not what was stored");
            assert_eq!(told, size as u64);
            let meta = provider.head(&File::at(&key), &Call::new()).await.unwrap();
            assert_eq!((meta.size, &meta.key, &meta.etag), (size as u64, &uploaded.key, &uploaded.etag));
        }
    }
    let page = provider.list(&ListRequest::prefix("folder/"), &Call::new()).await.unwrap();
    let mut sizes: Vec<u64> = page.objects.iter().map(|object| object.size).collect();
    sizes.sort_unstable();
    let expected: Vec<u64> = SIZES.iter().flat_map(|size| [*size as u64; 2]).collect();
    assert_eq!(sizes, expected, "a listing tells the sizes of the files, not those of what is stored");
}

#[tokio::test]
async fn files_come_back_from_a_folder() {
    let project = Project::local();
    comes_back(&project.open().await).await;
}

#[tokio::test]
async fn files_come_back_from_s3() {
    let server = server().await;
    let provider = Project::s3(&server).open().await;
    comes_back(&provider).await;
    let object = server.object("media", "folder/1-true.bin").unwrap();
    assert_eq!(object.content_type(), Some("image/png"), "what is no content is the base's");
}

#[tokio::test]
async fn a_base_that_only_stores_is_told_the_size_of_what_it_stores() {
    let provider = Project::memory().open().await;
    let uploaded = put(&provider, "a.bin", &content(100_000)).await;
    assert_eq!((uploaded.key.as_str(), uploaded.size), ("a.bin", Some(100_000)));
    let error = provider.open(&File::at("a.bin"), None, &Call::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    provider.delete(&File::at("a.bin"), &Call::new()).await.unwrap();
}

#[tokio::test]
async fn nothing_of_the_content_is_stored() {
    let project = Project::local();
    let provider = project.open().await;
    let line = b"a line that would be found. ".repeat(5000);
    put(&provider, "a.txt", &line.clone().into()).await;
    put(&provider, "b.txt", &line.clone().into()).await;
    let (first, second) =
        (std::fs::read(project.path("files/a.txt")).unwrap(), std::fs::read(project.path("files/b.txt")).unwrap());
    for stored in [&first, &second] {
        assert_eq!(&stored[..8], b"\x89LSENC\n\x01");
        assert_eq!(stored.len(), 48 + line.len() + 3 * 16);
        assert!(!stored.windows(12).any(|window| window == &line[..12]));
    }
    assert_ne!(first[48..], second[48..], "every file has a key of its own");
}

#[tokio::test]
async fn a_replacement_is_encrypted_too() {
    let project = Project::local();
    let provider = project.open().await;
    put(&provider, "a.txt", &content(10)).await;
    let new = content(SEGMENT + 1);
    let (old, file) = (File::at("a.txt"), File::at("a.txt"));
    let replaced = provider.replace(&file, &old, chunked(&new, true), &Call::new()).await.unwrap();
    assert_eq!(replaced.size, Some(new.len() as u64));
    assert_eq!(get(&provider, "a.txt", None).await.unwrap().0, new);
    let stored = std::fs::read(project.path("files/a.txt")).unwrap();
    assert_eq!((stored.len(), &stored[..6]), (48 + new.len() + 2 * 16, &b"\x89LSENC"[..6]));
}

#[tokio::test]
async fn a_body_that_breaks_or_lies_leaves_nothing() {
    let project = Project::local();
    let provider = project.open().await;
    let bytes = content(200_000);
    let chunks = || longshore_provider::futures::stream::iter([Ok(bytes.clone())]);
    for said in [199_999, 200_001, 1 << 60] {
        let body = Body::from_stream(chunks(), Some(said));
        let error = provider.upload(&File::at("a.bin"), body, &Call::new()).await.unwrap_err();
        let expected = if said == 1 << 60 { ErrorKind::TooLarge } else { ErrorKind::BrokenBody };
        assert_eq!(error.kind(), expected, "{said}: {error}");
    }
    empty(&project).await;
}

#[tokio::test]
async fn an_extension_of_the_base_is_not_handed_on() {
    let project = Project::local();
    let provider = project.open().await;
    let error = provider.extension("longshore.anything", json!({}), None, &Call::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}
