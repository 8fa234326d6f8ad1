//! Files that other programs write, and that a strict reader would refuse: the pixels decide, not what stands behind them.

use bytes::Bytes;

use super::{process, samples, settings};
use crate::{EncodedFormat, ImageError, ImageSettings, orientation::Orientation};

async fn formats_of(file: impl Into<Bytes>) -> ((u32, u32), Vec<EncodedFormat>) {
    let processed = process(&settings(), file).await.unwrap();
    ((processed.width.unwrap(), processed.height.unwrap()), processed.formats)
}

#[tokio::test]
async fn files_of_other_programs_are_measured_and_get_formats() {
    let cases: [(&[u8], (u32, u32), usize); 7] = [
        (include_bytes!("cases/avif_ori6.avif"), (401, 641), 0),
        (include_bytes!("cases/gif_no_trailer.gif"), (500, 300), 1),
        (include_bytes!("cases/webp_exifflag_nochunk.webp"), (641, 401), 2),
        (include_bytes!("cases/ori6_two_exif.jpg"), (641, 401), 2),
        (include_bytes!("cases/tif_jpeg.tif"), (641, 401), 2),
        (include_bytes!("cases/jpg_mjpeg_nodht.jpg"), (641, 401), 2),
        (include_bytes!("cases/jpg_cmyk_plain.jpg"), (641, 401), 2),
    ];
    for (index, (file, size, count)) in cases.into_iter().enumerate() {
        let (measured, formats) = formats_of(file).await;
        assert_eq!((measured, formats.len()), (size, count), "case {index}");
    }
}

#[tokio::test]
async fn the_first_exif_segment_of_a_jpeg_counts() {
    let turning = ImageSettings { auto_orientation: true, ..settings() };
    let processed = process(&turning, &include_bytes!("cases/ori6_two_exif.jpg")[..]).await.unwrap();
    assert_eq!((processed.width, processed.height), (Some(401), Some(641)));
}

#[tokio::test]
async fn inks_without_a_marker_are_read_as_browsers_do() {
    let file = include_bytes!("cases/jpg_cmyk_plain.jpg");
    let processed = process(&settings(), &file[..]).await.unwrap();
    let (expected, found) = (samples::jpeg_components(file), samples::jpeg_components(&processed.main));
    for (expected, found) in expected.iter().zip(&found) {
        assert!(samples::psnr(expected, found) > 30.0);
    }
}

#[tokio::test]
async fn what_stands_behind_the_pixels_does_not_matter() {
    let (png, jpeg) = (samples::png(320, 200), samples::jpeg(320, 200, 1));
    let (gif, webp) = (samples::gif(320, 200, 2), samples::lossy_webp(320, 200, b"profile"));
    for file in [&png, &jpeg, &gif, &webp] {
        let tails = [&b""[..], b"\0\0\0\0", b"\xFF\xD9 and some text", b"<html>"];
        for tail in tails {
            let file = [&file[..], tail].concat();
            assert_eq!(formats_of(file).await.1.len(), 1, "{}", tail.escape_ascii());
        }
    }
    // Without the last chunk, the trailer.
    for (file, end) in [(&png, png.len() - 12), (&gif, gif.len() - 1), (&gif, gif.len() - 2)] {
        assert_eq!(formats_of(file[..end].to_vec()).await.1.len(), 1, "{}", file[..4].escape_ascii());
    }
    let unknown = [&gif[..gif.len() - 1], b"\x99unknown"].concat();
    assert_eq!(formats_of(unknown).await.1.len(), 1);
}

#[tokio::test]
async fn a_cut_last_frame_of_a_gif_is_drawn_as_far_as_it_goes() {
    let file = samples::gif(320, 200, 2);
    let cut = file.len() - 20;
    assert_eq!(formats_of(file[..cut].to_vec()).await.1.len(), 1);
}

#[tokio::test]
async fn a_webp_that_promises_more_than_it_has_gets_formats() {
    let mut file = samples::lossy_webp(320, 200, b"profile");
    for flags in [0x08, 0x04, 0x20, 0x10, 0x02, 0x3E] {
        file[20] |= flags;
        assert_eq!(formats_of(file.clone()).await.1.len(), 1, "{flags:#x}");
    }
    // The length reaches behind the end, where a chunk without pixels was cut.
    file.extend(b"EXIF\xFF\0\0\0MM");
    let length = file.len() as u32 + 200;
    file[4..8].copy_from_slice(&length.to_le_bytes());
    assert_eq!(formats_of(file).await.1.len(), 1);
}

#[tokio::test]
async fn jpegs_that_no_decoder_knows_are_measured() {
    for (coding, precision) in [(0xC9, 8), (0xCA, 8), (0xC3, 8), (0xC1, 12)] {
        let mut file = samples::jpeg(320, 200, 1);
        let frame = file.windows(2).position(|bytes| bytes == [0xFF, 0xC0]).unwrap();
        (file[frame + 1], file[frame + 4]) = (coding, precision);
        assert_eq!(formats_of(file.clone()).await, ((320, 200), Vec::new()), "{coding:#x}");
    }
    let mut file = samples::jpeg(320, 200, 1);
    let frame = file.windows(2).position(|bytes| bytes == [0xFF, 0xC0]).unwrap();
    file[frame + 11] = 0x32;
    assert_eq!(formats_of(file).await, ((320, 200), Vec::new()));
}

/// Tags, each with its values.
type Tags<'a> = &'a [(u16, &'a [u16])];

/// A TIFF of one strip: its tags with their values, and its samples.
fn tiff(tags: Tags<'_>, pixels: &[u8]) -> Vec<u8> {
    let mut tags: Vec<(u16, Vec<u16>)> = tags.iter().map(|(tag, values)| (*tag, values.to_vec())).collect();
    tags.extend([(273, vec![8]), (278, vec![200]), (259, vec![1])]);
    tags.sort();
    let mut file = b"II*\0\0\0\0\0".to_vec();
    file.extend(pixels);
    file.extend(vec![0; file.len() % 2]);
    let mut entries = Vec::new();
    for (tag, values) in &tags {
        entries.extend([tag.to_le_bytes(), 3_u16.to_le_bytes()].concat());
        entries.extend((values.len() as u32).to_le_bytes());
        let mut bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        if bytes.len() > 4 {
            entries.extend((file.len() as u32).to_le_bytes());
            file.extend(bytes);
        } else {
            bytes.resize(4, 0);
            entries.extend(bytes);
        }
    }
    entries.extend([279_u16.to_le_bytes(), 4_u16.to_le_bytes()].concat());
    entries.extend([1_u32.to_le_bytes(), (pixels.len() as u32).to_le_bytes()].concat());
    let directory = file.len() as u32;
    file[4..8].copy_from_slice(&directory.to_le_bytes());
    file.extend((tags.len() as u16 + 1).to_le_bytes());
    file.extend(entries);
    file.extend([0; 4]);
    file
}

#[tokio::test]
async fn tiffs_of_other_layouts_get_formats() {
    const SIZE: [(u16, &[u16]); 2] = [(256, &[320]), (257, &[200])];
    let pixels = samples::rgb(320, 200);
    let planes: Vec<u8> = (0..3).flat_map(|plane| pixels.iter().skip(plane).step_by(3).copied()).collect();
    let gray: Vec<u8> = pixels.iter().step_by(3).copied().collect();
    let map: Vec<u16> = (0..3 * 256).map(|index| (index % 256) << 8).collect();
    let pairs: Vec<u8> = gray.iter().flat_map(|gray| [*gray, 255]).collect();
    let more: Vec<u8> = pixels.as_chunks::<3>().0.iter().flat_map(|[r, g, b]| [*r, *g, *b, 9]).collect();
    let bits = vec![0xF0; 40 * 200];
    let cases: [(Tags<'_>, &[u8]); 6] = [
        (&[(258, &[8]), (262, &[3]), (277, &[1]), (320, &map)], &gray),
        (&[(258, &[1]), (262, &[0]), (277, &[1])], &bits),
        (&[(258, &[8, 8, 8]), (262, &[2]), (277, &[3]), (284, &[2])], &planes),
        (&[(258, &[8, 8]), (262, &[1]), (277, &[2]), (338, &[2])], &pairs),
        (&[(258, &[8, 8]), (262, &[1]), (277, &[2]), (338, &[0])], &pairs),
        (&[(258, &[8, 8, 8, 8]), (262, &[2]), (277, &[4]), (338, &[0])], &more),
    ];
    for (index, (tags, samples)) in cases.into_iter().enumerate() {
        let mut tags = [&SIZE[..], tags].concat();
        if index == 2 {
            tags.retain(|(tag, _)| *tag != 278);
        }
        let file = if index == 2 { tiff_of_planes(&samples::rgb(320, 200)) } else { tiff(&tags, samples) };
        let (size, formats) = formats_of(file).await;
        assert_eq!((size, formats.len()), ((320, 200), 1), "case {index}");
        let mut decoder = tiff::decoder::Decoder::new(std::io::Cursor::new(&formats[0].bytes[..])).unwrap();
        assert_eq!(decoder.dimensions().unwrap(), (245, 153));
        assert!(decoder.read_image().is_ok(), "case {index}");
    }
}

/// A TIFF with a strip for each of three planes.
fn tiff_of_planes(pixels: &[u8]) -> Vec<u8> {
    let planes: Vec<u8> = (0..3).flat_map(|plane| pixels.iter().skip(plane).step_by(3).copied()).collect();
    let mut file = b"II*\0\0\0\0\0".to_vec();
    file.extend(&planes);
    let numbers = file.len() as u32;
    let length = planes.len() as u32 / 3;
    for number in [8, 8 + length, 8 + 2 * length, length, length, length] {
        file.extend(number.to_le_bytes());
    }
    let bits = file.len() as u32;
    file.extend([8, 0, 8, 0, 8, 0]);
    let directory = file.len() as u32;
    file[4..8].copy_from_slice(&directory.to_le_bytes());
    let entries: [(u16, u16, u32, u32); 10] = [
        (256, 4, 1, 320),
        (257, 4, 1, 200),
        (258, 3, 3, bits),
        (259, 3, 1, 1),
        (262, 3, 1, 2),
        (273, 4, 3, numbers),
        (277, 3, 1, 3),
        (278, 4, 1, 200),
        (279, 4, 3, numbers + 12),
        (284, 3, 1, 2),
    ];
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        file.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
        file.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
    }
    file.extend([0; 4]);
    file
}

#[tokio::test]
async fn the_density_goes_into_every_file() {
    let mut info = png::Info::with_size(320, 200);
    let dims = png::PixelDimensions { xppu: 11_811, yppu: 11_811, unit: png::Unit::Meter };
    info.pixel_dims = Some(dims);
    let processed = process(&settings(), samples::png_with(info)).await.unwrap();
    for file in [&processed.main, &processed.formats[0].bytes] {
        let reader = png::Decoder::new(std::io::Cursor::new(&file[..])).read_info().unwrap();
        let found = reader.info().pixel_dims.map(|dims| (dims.xppu, dims.yppu));
        assert_eq!(found, Some((dims.xppu, dims.yppu)));
    }
    let mut jpeg = samples::jpeg(320, 200, 1);
    jpeg[13..18].copy_from_slice(&[1, 1, 44, 1, 44]);
    let processed = process(&settings(), jpeg).await.unwrap();
    for file in [&processed.main, &processed.formats[0].bytes] {
        assert_eq!(file[13..18], [1, 1, 44, 1, 44]);
    }
}

#[tokio::test]
async fn work_out_of_proportion_to_the_file_is_refused() {
    let mut gif = gif::Encoder::new(Vec::new(), 1000, 1000, &[0, 0, 0, 255, 255, 255]).unwrap();
    for left in 0..99 {
        let pixel = gif::Frame { left, width: 1, height: 1, buffer: vec![1].into(), ..gif::Frame::default() };
        gif.write_frame(&pixel).unwrap();
    }
    let mut jpeg = samples::jpeg(320, 200, 1);
    let frame = jpeg.windows(2).position(|bytes| bytes == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x27, 0x0F, 0x27, 0x0F]);
    let mut many_scans = samples::jpeg_with(2000, 1500, 1, |encoder| encoder.set_progressive(true));
    let last = many_scans.windows(2).rposition(|bytes| bytes == [0xFF, 0xDA]).unwrap();
    let scan = many_scans[last..last + 40].to_vec();
    (0..800).for_each(|_| many_scans.extend_from_slice(&scan));
    for file in [gif.into_inner().unwrap(), jpeg, many_scans] {
        let begun = std::time::Instant::now();
        let result = process(&settings(), file).await;
        let refused = matches!(result, Err(ImageError::TooLarge(_) | ImageError::Invalid(_)));
        assert!(refused, "{:?}", result.err());
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "it is refused before it is decoded");
    }
}

#[tokio::test]
async fn an_orientation_of_any_integer_type_counts() {
    let mut exif = Orientation::new(6).to_exif().unwrap();
    exif[13] = 4;
    exif[18..22].copy_from_slice(&[0, 0, 0, 6]);
    let file = samples::jpeg_with(320, 200, 1, |encoder| encoder.add_exif_metadata(&exif).unwrap());
    let turning = ImageSettings { auto_orientation: true, ..settings() };
    let processed = process(&turning, file).await.unwrap();
    assert_eq!((processed.width, processed.height), (Some(200), Some(320)));
}
