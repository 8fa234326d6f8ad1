//! Listing.

use longshore_media_library::FindQuery;
use longshore_provider::futures::TryStreamExt;

use crate::{
    both::over_both,
    test_library::{TestLibrary, text},
};

over_both![a_stream_brings_what_find_brings,];

async fn a_stream_brings_what_find_brings() {
    let test = TestLibrary::new().await;
    for index in 0..30 {
        test.upload(text(&format!("{index}.txt"), "x")).await.unwrap();
    }
    let query = FindQuery { start: 3, limit: Some(20), ..FindQuery::default() };
    let streamed: Vec<_> = test.library.stream(&query).try_collect().await.unwrap();
    assert_eq!(streamed, test.library.find(&query).await.unwrap());
    assert_eq!(streamed.len(), 20);
    assert_eq!(test.library.count(&query).await.unwrap(), 30);
}
