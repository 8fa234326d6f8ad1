//! Images through the pipeline: what goes in, and what comes out.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "the numbers of samples are small"
)]

mod animations;
mod cases;
mod damage;
mod formats;
mod limits;
mod memory;
mod orientations;
mod pixels;
mod queue;
mod samples;

use bytes::Bytes;

use super::{ImageError, ImageKind, ImagePipeline, ProcessedImage};
use crate::ImageSettings;

/// The settings that the tests start from.
fn settings() -> ImageSettings {
    ImageSettings {
        size_optimization: true,
        responsive_dimensions: true,
        auto_orientation: false,
        max_bytes: 64 << 20,
        max_side: 16_384,
        max_pixels: 100_000_000,
        memory: 256 << 20,
        workers: 2,
    }
}

fn pipeline(settings: &ImageSettings) -> ImagePipeline {
    let breakpoints = [("large", 1000), ("medium", 750), ("small", 500)];
    ImagePipeline::new(settings, &breakpoints.map(|(name, side)| (name.to_owned(), side)))
}

async fn process(settings: &ImageSettings, file: impl Into<Bytes>) -> Result<ProcessedImage, ImageError> {
    let file = file.into();
    let kind = ImageKind::of(&file).expect("the bytes are an image's");
    pipeline(settings).process(file, kind).await
}
