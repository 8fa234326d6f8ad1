//! What pixels become: depth, transparency, inks, profiles.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use super::{process, samples, settings};
use crate::orientation::Orientation;

const PROFILE: &[u8] = b"this is no profile, but nobody looks into it";

#[tokio::test]
async fn transparent_pixels_leave_no_dark_fringe() {
    // A white disc on black that cannot be seen.
    let pixel = |x: i32, y: i32| {
        if (x - 200).pow(2) + (y - 200).pow(2) < 150 * 150 { [255; 4] } else { [0; 4] }
    };
    let pixels: Vec<u8> = (0..400).flat_map(|y| (0..400).flat_map(move |x| pixel(x, y))).collect();
    let file = samples::png_of(400, 400, png::ColorType::Rgba, png::BitDepth::Eight, &pixels);
    let processed = process(&settings(), file).await.unwrap();
    let (_, _, small) = samples::decode_png(&processed.formats[0].bytes);
    let edge: Vec<_> = small.as_chunks::<4>().0.iter().filter(|[.., alpha]| (8..248).contains(alpha)).collect();
    assert!(!edge.is_empty());
    assert!(edge.iter().all(|[red, green, blue, _]| *red > 240 && *green > 240 && *blue > 240));
}

#[tokio::test]
async fn wide_samples_stay_wide_in_the_main_file() {
    let samples: Vec<u16> = (0..400 * 300).map(|at| (at * 7 % 65_536) as u16).collect();
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_be_bytes()).collect();
    let file = samples::png_of(400, 300, png::ColorType::Grayscale, png::BitDepth::Sixteen, &bytes);
    let processed = process(&settings(), file.clone()).await.unwrap();
    assert!(processed.main.len() < file.len());
    assert!(samples::decode_png(&processed.main).2 == bytes);
    assert_eq!(samples::decode_png(&processed.formats[0].bytes).2.len(), 208 * 156);
}

#[tokio::test]
async fn indexed_pictures_are_kept_and_their_formats_have_all_colours() {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 300, 300);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_palette(vec![255, 0, 0, 0, 0, 255]);
    let rows = [0b1010_1010; 38].repeat(300);
    encoder.write_header().unwrap().write_image_data(&rows).unwrap();
    let processed = process(&settings(), file.clone()).await.unwrap();
    assert!(processed.main == file);
    let (_, _, small) = samples::decode_png(&processed.formats[0].bytes);
    let mixed = small.as_chunks::<3>().0.iter().filter(|[red, _, blue]| *red > 20 && *blue > 20).count();
    assert!(mixed > 10_000, "stripes of red and blue become purple");
}

#[tokio::test]
async fn gray_and_inks_stay_what_they_are() {
    let gray: Vec<u8> = samples::rgb(400, 300).iter().step_by(3).copied().collect();
    let inks: Vec<u8> = gray.iter().flat_map(|sample| [*sample, 255 - sample, 30, 60]).collect();
    let (full, coarse) = (SamplingFactor::F_1_1, SamplingFactor::F_2_2);
    for (kind, pixels, count, factor) in [
        (ColorType::Luma, &gray, 1, full),
        (ColorType::Cmyk, &inks, 4, full),
        (ColorType::CmykAsYcck, &inks, 4, coarse),
    ] {
        let mut file = Vec::new();
        let mut writer = Encoder::new(&mut file, 95);
        writer.set_sampling_factor(factor);
        writer.encode(pixels, 400, 300, kind).unwrap();
        let processed = process(&settings(), file.clone()).await.unwrap();
        let expected = samples::jpeg_components(&file);
        let found = samples::jpeg_components(&processed.main);
        assert!(processed.main.len() < file.len());
        assert_eq!((expected.len(), found.len()), (count, count));
        for (found, expected) in found.iter().zip(&expected) {
            let alike = samples::psnr(found, expected);
            assert!(alike > 32.0, "{kind:?}: {alike} dB");
        }
        assert_eq!(samples::jpeg_components(&processed.formats[0].bytes).len(), count);
    }
}

#[tokio::test]
async fn profiles_go_into_every_file() {
    let files = [
        samples::jpeg_with(400, 300, 1, |encoder| encoder.add_icc_profile(PROFILE).unwrap()),
        samples::png_with_profile(400, 300, PROFILE),
        samples::webp_with(400, 300, Some(PROFILE), None),
        samples::tiff_with(400, 300, Some(PROFILE), None),
    ];
    for file in files {
        let processed = process(&settings(), file.clone()).await.unwrap();
        let formats = processed.formats.iter().map(|format| &format.bytes);
        for made in std::iter::once(&processed.main).chain(formats) {
            assert_eq!(samples::profile(made).as_deref(), Some(PROFILE));
        }
    }
}

#[tokio::test]
async fn nothing_of_the_camera_goes_into_new_files() {
    let mut exif = Orientation::new(3).to_exif().unwrap();
    exif.extend(b"GPS 52.5 N 13.4 E");
    let file = samples::jpeg_with(400, 300, 1, |encoder| encoder.add_exif_metadata(&exif).unwrap());
    let processed = process(&settings(), file).await.unwrap();
    for made in [&processed.main, &processed.formats[0].bytes] {
        assert_eq!(samples::jpeg_orientation(made), Orientation::new(3));
        assert!(!made.windows(3).any(|bytes| bytes == b"GPS"));
    }
}

#[tokio::test]
async fn orientations_are_read_and_kept_in_all_kinds() {
    let six = Orientation::new(6);
    let files = [
        samples::png_with_orientation(400, 200, six),
        samples::webp_with(400, 200, None, Some(six)),
        samples::tiff_with(400, 200, None, Some(six)),
    ];
    let turning = crate::ImageSettings { auto_orientation: true, ..settings() };
    for file in files {
        let kept = process(&settings(), file.clone()).await.unwrap();
        assert_eq!((kept.width, kept.height), (Some(400), Some(200)));
        assert_eq!(samples::orientation(&kept.main), six);
        assert_eq!(samples::orientation(&kept.formats[0].bytes), six);
        let turned = process(&turning, file).await.unwrap();
        assert_eq!((turned.width, turned.height), (Some(200), Some(400)));
        assert_eq!(samples::orientation(&turned.main), Orientation::UPRIGHT);
        assert_eq!((turned.formats[0].width, turned.formats[0].height), (78, 156));
    }
}

#[tokio::test]
async fn pages_are_not_lost_by_turning() {
    let six = Orientation::new(6);
    let file = samples::tiff_of_two_pages(400, 200, six);
    let turning = crate::ImageSettings { auto_orientation: true, ..settings() };
    let processed = process(&turning, file.clone()).await.unwrap();
    assert!(processed.main == file);
    assert_eq!((processed.width, processed.height), (Some(400), Some(200)));
    assert_eq!(samples::orientation(&processed.formats[0].bytes), six);
}

#[tokio::test]
async fn tiff_that_no_decoder_knows_is_measured() {
    let mut file = samples::tiff_with(400, 200, None, None);
    // The entry of the compression, whose value becomes CCITT's.
    let entry = file.windows(4).position(|bytes| bytes == [3, 1, 3, 0]).unwrap();
    file[entry + 8] = 4;
    let processed = process(&settings(), file.clone()).await.unwrap();
    assert!(processed.main == file);
    assert_eq!((processed.width, processed.height), (Some(400), Some(200)));
    assert!(processed.formats.is_empty());
}
