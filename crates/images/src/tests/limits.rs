//! Images that are too large, and files that are none.

use super::{process, samples, settings};
use crate::{ImageError, ImageSettings};

async fn assert_too_large(settings: &ImageSettings, file: &[u8]) {
    let result = process(settings, file.to_vec()).await;
    assert!(matches!(result, Err(ImageError::TooLarge(_))), "{:?}", result.err());
}

/// A PNG header for that size, with nothing behind it.
fn png_bomb(width: u32, height: u32) -> Vec<u8> {
    let mut file = samples::png(8, 8);
    file[16..20].copy_from_slice(&width.to_be_bytes());
    file[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = samples::crc32(&file[12..29]);
    file[29..33].copy_from_slice(&sum.to_be_bytes());
    file
}

#[tokio::test]
async fn bombs_are_refused_before_they_are_decoded() {
    let mut jpeg = samples::jpeg(16, 16, 1);
    let frame = jpeg.windows(2).position(|bytes| bytes == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0xFF]);
    let mut gif = b"GIF89a\x00\x08\x00\x08\x80\0\0\0\0\0\xFF\xFF\xFF".to_vec();
    for _ in 0..1_000_000 {
        gif.extend(b"\x2C\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0");
    }
    gif.push(0x3B);
    // Frames that are larger than the canvas are decoded all the same.
    let mut wide = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF".to_vec();
    for _ in 0..1_000 {
        wide.extend(b"\x2C\0\0\0\0\x00\x08\x00\x08\0\x02\x02\x44\x01\0");
    }
    wide.push(0x3B);
    let mut webp = samples::webp_with(16, 16, Some(b"profile"), None);
    // The canvas in the extended header.
    webp[24..30].copy_from_slice(&[0xFF, 0x7F, 0, 0xFF, 0x7F, 0]);
    let mut tiff = samples::tiff_with(64, 64, None, None);
    // Width, height, and the rows of a strip.
    for tag in [[0, 1], [1, 1], [0x16, 1]] {
        let entry = tiff.windows(2).rposition(|bytes| bytes == tag).unwrap();
        tiff[entry + 8..entry + 12].copy_from_slice(&60_000u32.to_le_bytes());
    }
    for file in [png_bomb(50_000, 50_000), png_bomb(16_000, 16_000), jpeg, gif, wide, webp, tiff] {
        let begun = file[..4].escape_ascii().to_string();
        let result = process(&settings(), file).await;
        // A JPEG of so few bytes is known to be cut.
        let refused = matches!(result, Err(ImageError::TooLarge(_) | ImageError::Invalid(_)));
        assert!(refused, "{begun}: {:?}", result.err());
    }
}

#[tokio::test]
async fn each_limit_is_its_own() {
    let file = samples::png(300, 200);
    let all = settings();
    assert_too_large(&ImageSettings { max_side: 299, ..all.clone() }, &file).await;
    assert_too_large(&ImageSettings { max_pixels: 300 * 200 - 1, ..all.clone() }, &file).await;
    assert_too_large(&ImageSettings { memory: 100_000, ..all.clone() }, &file).await;
    let enough = ImageSettings { max_side: 300, max_pixels: 300 * 200, ..all };
    assert!(process(&enough, file).await.is_ok());
}

#[tokio::test]
async fn a_profile_that_is_a_bomb_is_left_out() {
    let zeros = vec![0; 64 << 20];
    let settings = ImageSettings { memory: 16 << 20, ..settings() };
    let processed = process(&settings, samples::png_with_profile(300, 200, &zeros)).await.unwrap();
    assert!(samples::profile(&processed.formats[0].bytes).is_none());
}

#[tokio::test]
async fn a_small_file_of_very_many_scans_is_refused() {
    let mut file = samples::jpeg_with(640, 480, 1, |encoder| encoder.set_progressive(true));
    assert!(process(&settings(), file.clone()).await.is_ok());
    let end = file.len() - 2;
    let last = file.windows(2).rposition(|bytes| bytes == [0xFF, 0xDA]).unwrap();
    let scan = file[last..end].to_vec();
    file.truncate(end);
    for _ in 0..200 {
        file.extend_from_slice(&scan);
    }
    file.extend([0xFF, 0xD9]);
    let result = process(&settings(), file).await;
    assert!(matches!(result, Err(ImageError::Invalid(_))), "{:?}", result.err());
}

#[tokio::test]
async fn what_only_begins_like_an_image_is_none() {
    for file in [
        &b"\xFF\xD8\xFF\xE0 and then text"[..],
        b"\x89PNG\r\n\x1A\nIHDR",
        b"RIFF\x10\0\0\0WEBPVP8 ",
        b"GIF89a",
        b"II*\0\xFF\xFF\xFF\xFF",
    ] {
        let result = process(&settings(), file).await;
        assert!(matches!(result, Err(ImageError::NotAnImage)), "{}: {:?}", file.escape_ascii(), result.err());
    }
}

#[tokio::test]
async fn what_cannot_be_drawn_is_measured() {
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' width='30' height='20'><script/></svg>";
    let processed = process(&settings(), &svg[..]).await.unwrap();
    assert_eq!((processed.width, processed.height), (Some(30), Some(20)));
    assert!(processed.main == svg[..] && processed.formats.is_empty());
}
