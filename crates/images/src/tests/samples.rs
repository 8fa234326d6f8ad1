//! Images to test with, made on the spot, and what is in encoded ones.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};
use zune_jpeg::JpegDecoder;

use crate::{ImageKind, orientation::Orientation};

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

/// A GIF of so many frames with a pattern that moves.
pub(super) fn gif(width: u16, height: u16, frames: u16) -> Vec<u8> {
    let mut encoder = gif::Encoder::new(Vec::new(), width, height, &[0, 0, 0, 200, 40, 40]).unwrap();
    for frame in 0..frames {
        let pixel = |at: usize| ((at / 7 + at / usize::from(width) / 5 + usize::from(frame)) % 2) as u8;
        let buffer: Vec<u8> = (0..usize::from(width) * usize::from(height)).map(pixel).collect();
        encoder.write_frame(&gif::Frame { width, height, buffer: buffer.into(), ..gif::Frame::default() }).unwrap();
    }
    encoder.into_inner().unwrap()
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

/// A PNG file of [`rgb`] with a colour profile.
pub(super) fn png_with_profile(width: u32, height: u32, profile: &[u8]) -> Vec<u8> {
    let mut info = png::Info::with_size(width, height);
    info.icc_profile = Some(profile.to_vec().into());
    png_with(info)
}

/// A PNG file of [`rgb`] that tells its orientation.
pub(super) fn png_with_orientation(width: u32, height: u32, orientation: Orientation) -> Vec<u8> {
    let mut info = png::Info::with_size(width, height);
    info.exif_metadata = orientation.to_exif().map(Into::into);
    png_with(info)
}

pub(super) fn png_with(mut info: png::Info<'_>) -> Vec<u8> {
    let mut file = Vec::new();
    (info.color_type, info.bit_depth) = (png::ColorType::Rgb, png::BitDepth::Eight);
    let pixels = rgb(info.width, info.height);
    let mut encoder = png::Encoder::with_info(&mut file, info).unwrap();
    encoder.set_compression(png::Compression::Fast);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    file
}

/// [`rgb`] with a transparent border, and a square that is elsewhere in every frame.
pub(super) fn rgba(width: u32, height: u32, frame: u32) -> Vec<u8> {
    let colours = rgb(width, height);
    let pixels = colours.as_chunks::<3>().0.iter().enumerate().flat_map(|(at, [red, green, blue])| {
        let (x, y) = (at as u32 % width, at as u32 / width);
        if x / 8 == frame + 2 && y / 8 == 1 {
            [250, 250, 0, 255]
        } else if x > width / 8 && x < width - width / 8 {
            [*red, *green, *blue, 255]
        } else {
            [0; 4]
        }
    });
    pixels.collect()
}

/// A WebP file of [`rgb`].
pub(super) fn webp_with(width: u32, height: u32, profile: Option<&[u8]>, orientation: Option<Orientation>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = image_webp::WebPEncoder::new(&mut file);
    if let Some(profile) = profile {
        encoder.set_icc_profile(profile.to_vec());
    }
    if let Some(exif) = orientation.and_then(Orientation::to_exif) {
        encoder.set_exif_metadata(exif);
    }
    encoder.encode(&rgb(width, height), width, height, image_webp::ColorType::Rgb8).unwrap();
    file
}

/// A lossy WebP file of [`rgb`] with a colour profile.
pub(super) fn lossy_webp(width: u32, height: u32, profile: &[u8]) -> Vec<u8> {
    let pixels = rgb(width, height);
    let still = webp::Encoder::from_rgb(&pixels, width, height).encode(75.0);
    let mut file = b"RIFF\0\0\0\0WEBPVP8X\x0A\0\0\0\x20\0\0\0".to_vec();
    file.extend([&(width - 1).to_le_bytes()[..3], &(height - 1).to_le_bytes()[..3]].concat());
    file.extend(b"ICCP");
    file.extend((profile.len() as u32).to_le_bytes());
    file.extend(profile);
    file.extend(vec![0; profile.len() % 2]);
    file.extend(&still[12..]);
    let length = file.len() as u32 - 8;
    file[4..8].copy_from_slice(&length.to_le_bytes());
    file
}

/// A WebP animation of those frames, each with its milliseconds.
pub(super) fn webp_animation(width: u32, height: u32, frames: &[(Vec<u8>, u32)], loops: u16) -> Vec<u8> {
    const RIFF: usize = 12;
    let mut file = b"RIFF\0\0\0\0WEBPVP8X\x0A\0\0\0\x12\0\0\0".to_vec();
    let number = |number: u32| number.to_le_bytes()[..3].to_vec();
    file.extend([number(width - 1), number(height - 1)].concat());
    file.extend(b"ANIM\x06\0\0\0\0\0\0\0");
    file.extend(loops.to_le_bytes());
    for (pixels, duration) in frames {
        let mut still = Vec::new();
        let encoder = image_webp::WebPEncoder::new(&mut still);
        encoder.encode(pixels, width, height, image_webp::ColorType::Rgba8).unwrap();
        file.extend(b"ANMF");
        file.extend((still.len() as u32 - RIFF as u32 + 16).to_le_bytes());
        file.extend([vec![0; 6], number(width - 1), number(height - 1), number(*duration), vec![2]].concat());
        file.extend(&still[RIFF..]);
    }
    let length = file.len() as u32 - 8;
    file[4..8].copy_from_slice(&length.to_le_bytes());
    file
}

/// The frames that are shown, each with its milliseconds, and the repetitions.
pub(super) fn decode_webp_animation(file: &[u8]) -> (Vec<(Vec<u8>, u32)>, u16) {
    let mut decoder = image_webp::WebPDecoder::new(std::io::Cursor::new(file)).unwrap();
    decoder.set_background_color([0; 4]).unwrap();
    let mut frames = Vec::new();
    for _ in 0..decoder.num_frames() {
        let mut pixels = vec![0; decoder.output_buffer_size().unwrap()];
        let duration = decoder.read_frame(&mut pixels).unwrap();
        frames.push((pixels, duration));
    }
    let loops = match decoder.loop_count() {
        image_webp::LoopCount::Forever => 0,
        image_webp::LoopCount::Times(times) => times.get(),
    };
    (frames, loops)
}

/// A TIFF file of [`rgb`], not compressed.
pub(super) fn tiff_with(width: u32, height: u32, profile: Option<&[u8]>, orientation: Option<Orientation>) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut file).unwrap();
    let mut image = encoder.new_image::<tiff::encoder::colortype::RGB8>(width, height).unwrap();
    if let Some(profile) = profile {
        image.encoder().write_tag(tiff::tags::Tag::IccProfile, profile).unwrap();
    }
    if let Some(orientation) = orientation {
        image.encoder().write_tag(tiff::tags::Tag::Orientation, u16::from(orientation.value())).unwrap();
    }
    image.write_data(&rgb(width, height)).unwrap();
    file.into_inner()
}

/// A TIFF file of [`rgb`] twice.
pub(super) fn tiff_of_two_pages(width: u32, height: u32, orientation: Orientation) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut file).unwrap();
    for _ in 0..2 {
        let mut image = encoder.new_image::<tiff::encoder::colortype::RGB8>(width, height).unwrap();
        image.encoder().write_tag(tiff::tags::Tag::Orientation, u16::from(orientation.value())).unwrap();
        image.write_data(&rgb(width, height)).unwrap();
    }
    file.into_inner()
}

/// The colour profile of a file.
pub(super) fn profile(file: &[u8]) -> Option<Vec<u8>> {
    let cursor = std::io::Cursor::new(file);
    match ImageKind::of(file)? {
        ImageKind::Jpeg => {
            let mut decoder = JpegDecoder::new(ZCursor::new(file));
            decoder.decode_headers().unwrap();
            decoder.icc_profile()
        }
        ImageKind::Png => {
            png::Decoder::new(cursor).read_info().unwrap().info().icc_profile.as_deref().map(<[u8]>::to_vec)
        }
        ImageKind::Webp => image_webp::WebPDecoder::new(cursor).unwrap().icc_profile().unwrap(),
        ImageKind::Tiff => {
            let mut decoder = tiff::decoder::Decoder::new(cursor).unwrap();
            decoder.get_tag_u8_vec(tiff::tags::Tag::IccProfile).ok()
        }
        _ => None,
    }
}

/// The orientation that a file tells.
pub(super) fn orientation(file: &[u8]) -> Orientation {
    let cursor = std::io::Cursor::new(file);
    let exif = match ImageKind::of(file) {
        Some(ImageKind::Png) => {
            png::Decoder::new(cursor).read_info().unwrap().info().exif_metadata.as_deref().map(<[u8]>::to_vec)
        }
        Some(ImageKind::Webp) => image_webp::WebPDecoder::new(cursor).unwrap().exif_metadata().unwrap(),
        Some(ImageKind::Tiff) => {
            let mut decoder = tiff::decoder::Decoder::new(cursor).unwrap();
            let number = decoder.find_tag_unsigned(tiff::tags::Tag::Orientation).unwrap();
            return Orientation::new(number.unwrap_or(1));
        }
        kind => unreachable!("{kind:?} is not asked for"),
    };
    exif.map_or(Orientation::UPRIGHT, |exif| Orientation::of_exif(&exif))
}

/// The samples of each component of a JPEG file.
pub(super) fn jpeg_components(file: &[u8]) -> Vec<Vec<u8>> {
    let mut decoder = JpegDecoder::new(ZCursor::new(file));
    decoder.decode_headers().unwrap();
    let mut raw = decoder.raw_output();
    let layout = raw.layout().unwrap();
    let planes = &layout[..raw.num_components().unwrap()];
    let mut samples: Vec<Vec<u8>> = planes.iter().map(|plane| vec![0; plane.width * plane.height]).collect();
    let widths: Vec<usize> = planes.iter().map(|plane| plane.width).collect();
    let mut targets: Vec<&mut [u8]> = samples.iter_mut().map(Vec::as_mut_slice).collect();
    raw.decode_into_planes_strided(&mut targets, &widths).unwrap();
    samples
}

/// The sum that PNG wants behind every chunk.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| sum >> 1 ^ if sum & 1 == 0 { 0 } else { 0xEDB8_8320 })
    })
}

/// How alike two pictures are, in decibels: 30 looks alike, 40 the same.
pub(super) fn psnr(one: &[u8], other: &[u8]) -> f64 {
    assert_eq!(one.len(), other.len(), "only pictures of one size can be compared");
    let squares: u64 = one.iter().zip(other).map(|(one, other)| u64::from(one.abs_diff(*other)).pow(2)).sum();
    10.0 * (255.0 * 255.0 * one.len() as f64 / squares.max(1) as f64).log10()
}
