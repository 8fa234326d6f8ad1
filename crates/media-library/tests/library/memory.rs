//! Memory for images that are held.

use std::time::Duration;

use longshore_media_library::{Error, Incoming, Settings};
use longshore_provider::{
    Body, Bytes,
    futures::{StreamExt, future::join_all, stream},
};

use crate::{both::over_both, storage::Fault, test_library::TestLibrary};

over_both![
    an_image_takes_memory_until_its_service_has_it,
    who_sends_an_image_slowly_takes_little_memory,
    images_that_arrive_together_are_all_stored_in_the_end,
    images_of_an_unknown_size_are_held_whole_as_others_are,
    an_image_over_its_limit_flows,
];

const KIB: usize = 1024;

/// A drawing of that size, which takes no memory to measure.
fn drawing(bytes: usize) -> Bytes {
    let mut text = r#"<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><!--"#.to_owned();
    text.push_str(&" ".repeat(bytes - text.len() - 9));
    text.push_str("--></svg>");
    text.into()
}

fn incoming(body: Body, size: Option<u64>) -> Incoming {
    let (name, declared_mime) = ("a.svg".to_owned(), Some("image/svg+xml".to_owned()));
    Incoming { name, declared_mime, size, at_most: size, body }
}

fn whole(bytes: usize) -> Incoming {
    incoming(Body::from(drawing(bytes)), Some(bytes as u64))
}

fn little(settings: &mut Settings) {
    settings.images.memory = 1024 * KIB;
    settings.memory_wait = Some(Duration::from_millis(100));
}

async fn an_image_takes_memory_until_its_service_has_it() {
    let test = TestLibrary::with(little).await;
    test.storage.fail_calls("upload", "", 0, Fault::Delay(Duration::from_secs(2)));
    let (first, second) = tokio::join!(test.upload(whole(700 * KIB)), async {
        while test.storage.calls().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        test.upload(whole(600 * KIB)).await
    });
    first.unwrap();
    assert!(matches!(second, Err(Error::NoMemory)), "{second:?}");
    test.storage.clear_faults();
    test.upload(whole(600 * KIB)).await.unwrap();
}

async fn who_sends_an_image_slowly_takes_little_memory() {
    let test = TestLibrary::with(little).await;
    for declared in [None, Some(700 * KIB as u64)] {
        let beginning = drawing(700 * KIB).slice(..100 * KIB);
        let never = stream::iter([Ok(beginning)]).chain(stream::pending());
        let slow = test.upload(incoming(Body::from_stream(never, declared), declared));
        let other = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            test.upload(whole(600 * KIB)).await
        };
        tokio::select! {
            _ = slow => panic!("it never ends"),
            outcome = other => drop(outcome.unwrap()),
        }
    }
}

async fn images_that_arrive_together_are_all_stored_in_the_end() {
    let test = TestLibrary::with(|settings| settings.images.memory = 1024 * KIB).await;
    let uploads = (0..8).map(|index| {
        let bytes = drawing(700 * KIB);
        let chunks: Vec<_> = bytes.chunks(16 * KIB).map(Bytes::copy_from_slice).collect();
        let slowly = stream::iter(chunks).then(|chunk| async {
            tokio::task::yield_now().await;
            Ok(chunk)
        });
        let declared = (index % 2 == 0).then_some(bytes.len() as u64);
        test.upload(incoming(Body::from_stream(slowly, declared), declared))
    });
    for outcome in join_all(uploads).await {
        assert_eq!(outcome.unwrap().width, Some(10));
    }
}

async fn images_of_an_unknown_size_are_held_whole_as_others_are() {
    let test = TestLibrary::with(little).await;
    for size in [64, 65, 129, 500, 1000] {
        let bytes = drawing(size * KIB);
        let chunks: Vec<_> = bytes.chunks(16 * KIB).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
        let file = test.upload(incoming(Body::from_stream(stream::iter(chunks), None), None)).await.unwrap();
        assert_eq!((file.width, test.storage.bytes(file.key.as_deref().unwrap())), (Some(10), Some(bytes)), "{size}");
    }
}

async fn an_image_over_its_limit_flows() {
    let test = TestLibrary::with(|settings| settings.images.max_bytes = 256 * KIB).await;
    let bytes = drawing(700 * KIB);
    let chunks: Vec<_> = bytes.chunks(16 * KIB).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
    let file = test.upload(incoming(Body::from_stream(stream::iter(chunks), None), None)).await.unwrap();
    assert_eq!((file.width, test.storage.bytes(file.key.as_deref().unwrap())), (None, Some(bytes)));
    // The limit also applies to a buffered file, and 0 switches images off.
    for (max_bytes, width) in [(0, None), (KIB, None), (64 * KIB, Some(10))] {
        let test = TestLibrary::with(|settings| settings.images.max_bytes = max_bytes).await;
        let file = test.upload(incoming(Body::from(drawing(2 * KIB)), None)).await.unwrap();
        assert_eq!(file.width, width, "{max_bytes}");
    }
}
