//! Which formats there are, how large, and whether they show the picture.

use super::{process, samples, settings};

#[tokio::test]
async fn a_photo_gets_all_formats_in_order() {
    for file in [samples::jpeg(1600, 1200, 1), samples::png(1600, 1200)] {
        let processed = process(&settings(), file).await.unwrap();
        assert_eq!((processed.width, processed.height), (Some(1600), Some(1200)));
        let formats: Vec<_> =
            processed.formats.iter().map(|format| (format.format.as_str(), format.width, format.height)).collect();
        let expected = [("thumbnail", 208, 156), ("large", 1000, 750), ("medium", 750, 563), ("small", 500, 375)];
        assert_eq!(formats, expected);
    }
}

#[tokio::test]
async fn formats_have_the_size_that_they_say_and_show_the_picture() {
    let processed = process(&settings(), samples::jpeg(1603, 1201, 1)).await.unwrap();
    assert_eq!(processed.formats.len(), 4);
    for format in &processed.formats {
        let (width, height, pixels) = samples::decode_jpeg(&format.bytes);
        assert_eq!((width, height), (format.width, format.height));
        let expected = samples::rgb(width, height);
        let alike = samples::psnr(&pixels, &expected);
        assert!(alike > 32.0, "{}: {alike} dB", format.format);
    }
    let (width, height, pixels) = samples::decode_jpeg(&processed.main);
    assert_eq!((width, height), (1603, 1201));
    let alike = samples::psnr(&pixels, &samples::rgb(width, height));
    assert!(alike > 32.0, "{alike} dB");
}

#[tokio::test]
async fn a_small_image_gets_no_formats() {
    let processed = process(&settings(), samples::jpeg(245, 156, 1)).await.unwrap();
    assert!(processed.formats.is_empty());
}

#[tokio::test]
async fn without_responsive_dimensions_there_is_the_thumbnail_alone() {
    let settings = crate::ImageSettings { responsive_dimensions: false, ..settings() };
    let processed = process(&settings, samples::jpeg(1600, 1200, 1)).await.unwrap();
    assert_eq!(processed.formats.len(), 1);
    assert_eq!(processed.formats[0].format, "thumbnail");
}

#[tokio::test]
async fn an_optimized_file_is_smaller() {
    for file in [samples::jpeg(800, 600, 1), samples::png(800, 600)] {
        let length = file.len();
        assert!(process(&settings(), file).await.unwrap().main.len() < length);
    }
}

#[tokio::test]
async fn a_file_that_would_grow_is_kept() {
    let poor = samples::jpeg_with(800, 600, 1, |encoder| encoder.set_quality(20));
    let processed = process(&settings(), poor.clone()).await.unwrap();
    assert!(processed.main == poor);
}

#[tokio::test]
async fn without_optimization_the_bytes_are_not_touched() {
    let settings = crate::ImageSettings { size_optimization: false, ..settings() };
    for file in [samples::jpeg(800, 600, 6), samples::png(800, 600)] {
        let processed = process(&settings, file.clone()).await.unwrap();
        assert!(processed.main == file);
        assert_eq!(processed.formats.len(), 3);
    }
}

#[tokio::test]
async fn transparency_that_is_announced_in_vain_is_none() {
    let mut file = samples::lossy_webp(300, 200, b"profile");
    file[20] |= 0x10;
    assert_eq!(process(&settings(), file).await.unwrap().formats.len(), 1);
}

#[tokio::test]
async fn an_optimized_png_keeps_every_pixel() {
    let processed = process(&settings(), samples::png(800, 600)).await.unwrap();
    assert!(samples::decode_png(&processed.main).2 == samples::rgb(800, 600));
}
