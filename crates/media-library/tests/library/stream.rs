//! Listing.

use longshore_media_library::FindQuery;
use longshore_provider::futures::TryStreamExt;

use crate::{
    both::over_both,
    scene::{Scene, text},
};

over_both![a_stream_brings_what_find_brings,];

async fn a_stream_brings_what_find_brings() {
    let scene = Scene::new().await;
    for index in 0..30 {
        scene.upload(text(&format!("{index}.txt"), "x")).await.unwrap();
    }
    let query = FindQuery { start: 3, limit: Some(20), ..FindQuery::default() };
    let streamed: Vec<_> = scene.library.stream(&query).try_collect().await.unwrap();
    assert_eq!(streamed, scene.library.find(&query).await.unwrap());
    assert_eq!(streamed.len(), 20);
    assert_eq!(scene.library.count(&query).await.unwrap(), 30);
}
