//! The order in which images are processed, and the cancellation of images that no caller waits for.

use std::time::Duration;

use futures::future::join_all;

use super::{Bytes, ImageKind, pipeline, samples, settings};
use crate::{ImageError, ImageSettings};

#[tokio::test]
async fn more_images_than_threads_are_all_done() {
    let pipeline = pipeline(&ImageSettings { workers: 2, memory: 8 << 20, ..settings() });
    let file = Bytes::from(samples::jpeg(320, 240, 1));
    let all = join_all((0..12).map(|_| pipeline.process(file.clone(), ImageKind::Jpeg))).await;
    assert!(all.iter().all(|one| one.as_ref().is_ok_and(|done| done.formats.len() == 1)));
}

#[tokio::test]
async fn whoever_leaves_the_queue_leaves_no_trace() {
    let pipeline = pipeline(&ImageSettings { workers: 1, ..settings() });
    let file = Bytes::from(samples::jpeg(1600, 1200, 1));
    for _ in 0..20 {
        let both = join_all([file.clone(), file.clone()].map(|file| pipeline.process(file, ImageKind::Jpeg)));
        // Both are begun, the second one without a thread; then both are dropped.
        assert!(tokio::time::timeout(Duration::from_millis(5), both).await.is_err());
    }
    let done = tokio::time::timeout(Duration::from_mins(1), pipeline.process(file, ImageKind::Jpeg)).await;
    assert!(done.expect("the thread is free again").is_ok());
}

#[tokio::test]
async fn a_closed_studio_takes_nothing() {
    let pipeline = pipeline(&settings());
    pipeline.close();
    let result = pipeline.process(samples::jpeg(320, 240, 1).into(), ImageKind::Jpeg).await;
    assert!(matches!(result, Err(ImageError::Closed)));
}
