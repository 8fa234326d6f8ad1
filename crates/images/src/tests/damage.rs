//! Files that are cut, or have a wrong bit somewhere.

use bytes::Bytes;

use super::{pipeline, samples};
use crate::{ImageError, ImageKind, ImageSettings, orientation::Orientation};

/// Small files of every kind that is decoded.
fn files() -> Vec<Vec<u8>> {
    let frames: Vec<_> = (0..2).map(|index| (samples::rgba(30, 20, index), 40)).collect();
    let mut gif = gif::Encoder::new(Vec::new(), 30, 20, &[0, 0, 0, 255, 255, 255]).unwrap();
    for left in 0..2 {
        let buffer = (0..20 * 20).map(|at| (at / 7 % 2) as u8).collect::<Vec<_>>().into();
        gif.write_frame(&gif::Frame { left, width: 20, height: 20, buffer, ..gif::Frame::default() }).unwrap();
    }
    vec![
        samples::jpeg(30, 20, 6),
        samples::jpeg_with(30, 20, 1, |encoder| encoder.set_progressive(true)),
        samples::png(20, 10),
        samples::webp_with(30, 20, None, Some(Orientation::new(6))),
        samples::webp_animation(30, 20, &frames, 0),
        samples::tiff_with(30, 20, None, None),
        gif.into_inner().unwrap(),
    ]
}

fn settings() -> ImageSettings {
    // Little enough that whatever a bit makes of a size is refused or done quickly.
    ImageSettings { auto_orientation: true, max_pixels: 40_000, memory: 24 << 20, ..super::settings() }
}

#[tokio::test]
async fn cut_files_are_refused() {
    let pipeline = pipeline(&settings());
    for file in files() {
        let file = Bytes::from(file);
        let kind = ImageKind::of(&file).unwrap();
        // What follows the last pixel may be missing.
        for end in 12..file.len() - 16 {
            let result = pipeline.process(file.slice(..end), kind).await;
            let refused =
                matches!(result, Err(ImageError::NotAnImage | ImageError::Invalid(_) | ImageError::TooLarge(_)));
            // The last frame of a GIF may be cut, and the chunks and sums behind the pixels of the others.
            let behind = file.windows(4).position(|name| name == b"EXIF").filter(|_| kind == ImageKind::Webp);
            let behind = behind.unwrap_or(if kind == ImageKind::Png { file.len() - 24 } else { file.len() });
            assert!(refused || kind == ImageKind::Gif || end >= behind, "{kind:?} cut after {end} of {}", file.len());
        }
    }
}

#[tokio::test]
async fn no_wrong_bit_makes_a_decoder_give_up() {
    let pipeline = pipeline(&settings());
    for file in files() {
        let kind = ImageKind::of(&file).unwrap();
        for bit in 0..file.len() * 8 {
            // Every bit of what is likely the header, and some of the rest.
            if bit > 1600 && bit % 13 != 0 {
                continue;
            }
            let mut wrong = file.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            let result = pipeline.process(wrong.into(), kind).await;
            let gave_up = matches!(&result, Err(ImageError::Invalid(reason)) if reason.contains("panicked"));
            assert!(!gave_up && !matches!(result, Err(ImageError::Closed)), "{kind:?}, bit {bit}");
        }
    }
}
