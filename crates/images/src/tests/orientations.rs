//! Which way up images come out.

use super::{process, samples, settings};
use crate::{ImageSettings, orientation::Orientation, raster::Raster};

fn turning() -> ImageSettings {
    ImageSettings { auto_orientation: true, ..settings() }
}

#[tokio::test]
async fn a_turned_photo_changes_its_sides() {
    let processed = process(&turning(), samples::jpeg(600, 300, 6)).await.unwrap();
    assert_eq!((processed.width, processed.height), (Some(300), Some(600)));
    let sizes: Vec<_> = processed.formats.iter().map(|format| (format.width, format.height)).collect();
    assert_eq!(sizes, [(78, 156), (250, 500)]);
}

#[tokio::test]
async fn turned_photos_show_the_picture_upright() {
    for (width, height) in [(280, 176), (273, 165)] {
        for number in 1..=8 {
            let processed = process(&turning(), samples::jpeg(width, height, number)).await.unwrap();
            let stored = Raster::new(width, height, 3, samples::rgb(width, height));
            let upright = stored.upright(Orientation::new(number));
            assert_eq!((processed.width, processed.height), (Some(upright.width), Some(upright.height)));
            assert_eq!(samples::jpeg_orientation(&processed.main), Orientation::UPRIGHT);
            let (_, _, pixels) = samples::decode_jpeg(&processed.main);
            let alike = samples::psnr(&pixels, &upright.pixels);
            assert!(alike > 32.0 || number == 1, "{width} × {height}, {number}: {alike} dB");
            for format in &processed.formats {
                let (width, height, pixels) = samples::decode_jpeg(&format.bytes);
                assert_eq!((width, height), (format.width, format.height));
                let (stored_width, stored_height) = Orientation::new(number).turned((width, height));
                let small = Raster::new(stored_width, stored_height, 3, samples::rgb(stored_width, stored_height));
                let alike = samples::psnr(&pixels, &small.upright(Orientation::new(number)).pixels);
                assert!(alike > 30.0, "{width} × {height}, {number}: {alike} dB");
            }
        }
    }
}

#[tokio::test]
async fn a_photo_that_is_not_turned_says_so_in_every_file() {
    let processed = process(&settings(), samples::jpeg(600, 300, 6)).await.unwrap();
    assert_eq!((processed.width, processed.height), (Some(600), Some(300)));
    assert_eq!(samples::jpeg_orientation(&processed.main), Orientation::new(6));
    for format in &processed.formats {
        assert_eq!(samples::jpeg_orientation(&format.bytes), Orientation::new(6));
    }
}

#[tokio::test]
async fn an_upright_photo_is_not_touched_by_turning_alone() {
    let settings = ImageSettings { size_optimization: false, ..turning() };
    let file = samples::jpeg(600, 300, 1);
    assert!(process(&settings, file.clone()).await.unwrap().main == file);
}
