//! Files that were stored before the overlay came.

use longshore_provider::{Body, ByteRange, Call, ErrorKind, File};

use crate::project::{KEY, Project, content, get, put, server};

/// An empty one, shorter than a header, as long, and longer.
const SIZES: [usize; 5] = [0, 5, 48, 100, 100_000];

#[tokio::test]
async fn they_are_refused_with_what_to_do() {
    let project = Project::local();
    let base = project.open_base().await;
    for size in SIZES {
        base.upload(&File::at("old.bin"), Body::from(content(size)), &Call::new()).await.unwrap();
        let provider = project.open().await;
        for error in [
            get(&provider, "old.bin", None).await.unwrap_err(),
            get(&provider, "old.bin", Some(ByteRange { start: 0, length: Some(1) })).await.unwrap_err(),
            provider.head(&File::at("old.bin"), &Call::new()).await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::InvalidOptions, "{size}: {error}");
            let expected = "`old.bin` was stored without encryption: providerOptions.encryption.allowPlaintext = true \
                            hands it out";
            assert_eq!(error.message(), expected);
        }
    }
    project.open().await.delete(&File::at("old.bin"), &Call::new()).await.unwrap();
}

async fn are_handed_out(project: &Project) {
    let base = project.open_base().await;
    let provider = project.open_with(&format!("key = \"{KEY}\", allowPlaintext = true")).await.unwrap();
    for size in SIZES {
        let bytes = content(size);
        base.upload(&File::at("old.bin"), Body::from(bytes.clone()), &Call::new()).await.unwrap();
        assert_eq!(get(&provider, "old.bin", None).await.unwrap(), (bytes.clone(), size as u64));
        assert_eq!(provider.head(&File::at("old.bin"), &Call::new()).await.unwrap().size, size as u64);
        if size > 4 {
            let range = Some(ByteRange { start: 3, length: Some(2) });
            assert_eq!(get(&provider, "old.bin", range).await.unwrap(), (bytes.slice(3..5), size as u64));
        }
    }
    put(&provider, "new.bin", &content(10)).await;
    assert_eq!(get(&provider, "new.bin", None).await.unwrap().0, content(10), "new files are encrypted as ever");
    assert!(base.head(&File::at("new.bin"), &Call::new()).await.unwrap().size > 10);
}

#[tokio::test]
async fn allow_plaintext_hands_them_out() {
    are_handed_out(&Project::local()).await;
}

#[tokio::test]
async fn allow_plaintext_hands_them_out_from_s3() {
    are_handed_out(&Project::s3(&server().await)).await;
}
