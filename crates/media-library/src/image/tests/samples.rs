//! Images to test with, made on the spot, and what is in encoded ones.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};
use zune_jpeg::JpegDecoder;

use crate::image::orientation::Orientation;

/// Smooth colours with some texture: every pixel tells where it is.
pub(super) fn rgb(width: u32, height: u32) -> Vec<u8> {
    let pixel = |x: u32, y: u32| {
        let texture = (x * 31 + y * 17) % 13;
        [
            (x * 200 / width + texture) as u8,
            (y * 200 / height + texture) as u8,
            ((x + y) * 120 / (width + height)) as u8,
        ]
    };
    (0..height).flat_map(|y| (0..width).flat_map(move |x| pixel(x, y))).collect()
}

/// A JPEG file of [`rgb`].
pub(super) fn jpeg(width: u32, height: u32, orientation: u32) -> Vec<u8> {
    jpeg_with(width, height, orientation, |_| {})
}

/// The same with other settings of the encoder.
pub(super) fn jpeg_with(
    width: u32,
    height: u32,
    orientation: u32,
    change: impl FnOnce(&mut Encoder<&mut Vec<u8>>),
) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 90);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    if let Some(exif) = Orientation::new(orientation).to_exif() {
        encoder.add_exif_metadata(&exif).unwrap();
    }
    change(&mut encoder);
    encoder.encode(&rgb(width, height), width as u16, height as u16, ColorType::Rgb).unwrap();
    file
}

/// A PNG file of [`rgb`].
pub(super) fn png(width: u32, height: u32) -> Vec<u8> {
    png_of(width, height, png::ColorType::Rgb, png::BitDepth::Eight, &rgb(width, height))
}

/// A PNG file of those samples, badly compressed.
pub(super) fn png_of(width: u32, height: u32, colours: png::ColorType, bits: png::BitDepth, samples: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(colours);
    encoder.set_depth(bits);
    encoder.set_compression(png::Compression::NoCompression);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(samples).unwrap();
    writer.finish().unwrap();
    file
}

/// Red, green and blue of a JPEG file, with its size.
pub(super) fn decode_jpeg(file: &[u8]) -> (u32, u32, Vec<u8>) {
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file), options);
    let pixels = decoder.decode().unwrap();
    let info = decoder.info().unwrap();
    (info.width.into(), info.height.into(), pixels)
}

/// The orientation that a JPEG file tells.
pub(super) fn jpeg_orientation(file: &[u8]) -> Orientation {
    let mut decoder = JpegDecoder::new(ZCursor::new(file));
    decoder.decode_headers().unwrap();
    decoder.exif().map_or(Orientation::UPRIGHT, |exif| Orientation::of_exif(exif))
}

/// The samples of a PNG file, with its size.
pub(super) fn decode_png(file: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    (info.width, info.height, pixels)
}

/// How alike two pictures are, in decibels: 30 looks alike, 40 the same.
pub(super) fn psnr(one: &[u8], other: &[u8]) -> f64 {
    assert_eq!(one.len(), other.len(), "only pictures of one size can be compared");
    let squares: u64 = one.iter().zip(other).map(|(one, other)| u64::from(one.abs_diff(*other)).pow(2)).sum();
    10.0 * (255.0 * 255.0 * one.len() as f64 / squares.max(1) as f64).log10()
}
