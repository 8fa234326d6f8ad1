//! The JPEG codec based on libjpeg-turbo, for photos whose colours have half the resolution of their brightness, which
//! are nearly all photos.
//!
//! The photo is decoded as a whole into its planes, which take half the memory of its pixels, and encoded from them.

use std::borrow::Cow;

use turbojpeg::{Compressor, Decompressor, Subsamp, YuvImage, YuvPlanesImage, yuv_pixels_len};

use super::{
    Jpeg,
    encode::Style,
    formats::formats,
    layout::{Colours, JpegLayout},
    planes::Planes,
    reduce::Reducer,
};
use crate::{
    ImageError,
    codec::{CodecOutput, JobContext},
    plan::{QUALITY, VariantPlan},
    raster::Raster,
};

const SUBSAMPLING: Subsamp = Subsamp::Sub2x2;

/// Whether this codec handles a file with these planes. Files with several scans are excluded: a small file may have
/// thousands of scans, each as much work as the whole image, and only the other decoder counts them.
pub(super) fn suits(layout: &JpegLayout) -> bool {
    layout.colours == Colours::YCbCr && layout.has_coarse_colours() && !layout.buffered
}

/// Bytes that a decoded image takes.
pub(super) fn memory(layout: &JpegLayout) -> u64 {
    let even = |side: u32| u64::from(side).next_multiple_of(2);
    even(layout.width) * even(layout.height) / 2 * 3
}

/// Does the work.
pub(super) fn make(jpeg: &Jpeg, plan: &VariantPlan, job: &JobContext) -> Result<CodecOutput, ImageError> {
    let mut reducer = Reducer::new(&jpeg.layout, plan);
    let photo = Photo::decode(&jpeg.file, &jpeg.layout)?;
    job.check_cancelled()?;
    reducer.add(photo.planes().iter().map(AsRef::as_ref));
    let small = reducer.finish();
    let style = jpeg.style(QUALITY, plan.keep);
    let (main, formats) = job.join(
        || plan.main.map(|quality| photo.encode(plan, &jpeg.style(quality, plan.keep))).transpose(),
        || {
            let formats = formats(&small, &jpeg.layout, plan)?;
            formats.iter().map(|(layout, planes)| encode(planes, layout, &style)).collect::<Result<_, _>>()
        },
    );
    Ok(CodecOutput { main: main?, formats: formats? })
}

/// A decoded photo.
struct Photo<'a> {
    layout: &'a JpegLayout,
    /// One plane after the other, their sides rounded up to whole blocks of four pixels.
    image: YuvImage<Vec<u8>>,
}

impl<'a> Photo<'a> {
    fn decode(file: &[u8], layout: &'a JpegLayout) -> Result<Self, ImageError> {
        let (width, height) = (layout.width as usize, layout.height as usize);
        let mut decompressor = Decompressor::new().map_err(ImageError::codec)?;
        let header = decompressor.read_header(file).map_err(ImageError::codec)?;
        // libjpeg-turbo writes as many bytes as the file's own header declares. The buffer below is allocated for the
        // layout, and the two have to agree.
        if (header.width, header.height, header.subsamp) != (width, height, SUBSAMPLING) {
            return Err(ImageError::Invalid("the header contradicts itself".to_owned()));
        }
        let length = yuv_pixels_len(width, 1, height, SUBSAMPLING).map_err(ImageError::codec)?;
        let mut image = YuvImage { pixels: vec![0; length], width, align: 1, height, subsamp: SUBSAMPLING };
        decompressor.decompress_to_yuv(file, image.as_deref_mut()).map_err(ImageError::codec)?;
        Ok(Self { layout, image })
    }

    /// The planes, as large as the layout says.
    fn planes(&self) -> [Cow<'_, [u8]>; 3] {
        let (width, height) = self.image.y_size();
        let (brightness, colours) = self.image.pixels.split_at(width * height);
        let (blue, red) = colours.split_at(colours.len() / 2);
        let (wanted, rows) = (self.image.width, self.image.height);
        let brightness = if width == wanted {
            Cow::Borrowed(&brightness[..wanted * rows])
        } else {
            let rows = brightness.chunks_exact(width).take(rows);
            Cow::Owned(rows.flat_map(|row| &row[..wanted]).copied().collect())
        };
        [brightness, blue.into(), red.into()]
    }

    fn encode(&self, plan: &VariantPlan, style: &Style<'_>) -> Result<Vec<u8>, ImageError> {
        if plan.must_turn() {
            let planes = self.planes().into_iter().zip(&self.layout.planes).map(|(samples, plane)| {
                let (width, height) = self.layout.size(*plane);
                Raster::new(width, height, 1, samples.into_owned())
            });
            let (layout, planes) = Planes(planes.collect()).upright(self.layout, plan.turn);
            return encode(&planes, &layout, style);
        }
        let file = compressor(style)?.compress_yuv_to_vec(self.image.as_deref()).map_err(ImageError::codec)?;
        Ok(with_segments(file, style))
    }
}

/// Encodes planes that are equally fine, or those of colours half as fine.
fn encode(planes: &Planes, layout: &JpegLayout, style: &Style<'_>) -> Result<Vec<u8>, ImageError> {
    let [brightness, blue, red] = &planes.0[..] else {
        return Err(ImageError::Invalid("a photo has three planes".to_owned()));
    };
    let coarse = |plane: &Raster| {
        if layout.has_coarse_colours() { plane.clone() } else { halved(plane) }
    };
    let (brightness, blue, red) = (even(brightness), coarse(blue), coarse(red));
    let image = YuvPlanesImage {
        y_plane: &brightness.pixels[..],
        u_plane: &blue.pixels[..],
        v_plane: &red.pixels[..],
        width: layout.width as usize,
        height: layout.height as usize,
        y_stride: brightness.width as usize,
        u_stride: blue.width as usize,
        v_stride: red.width as usize,
        subsamp: SUBSAMPLING,
    };
    let file = compressor(style)?.compress_yuv_planes_to_vec(&image).map_err(ImageError::codec)?;
    Ok(with_segments(file, style))
}

fn compressor(style: &Style<'_>) -> Result<Compressor, ImageError> {
    let mut compressor = Compressor::new().map_err(ImageError::codec)?;
    compressor.set_quality(style.quality.into()).map_err(ImageError::codec)?;
    Ok(compressor)
}

/// A plane with even sides: an odd last column or row is repeated.
fn even(plane: &Raster) -> Cow<'_, Raster> {
    if plane.width.is_multiple_of(2) && plane.height.is_multiple_of(2) {
        return Cow::Borrowed(plane);
    }
    let (width, height) = (plane.width.next_multiple_of(2), plane.height.next_multiple_of(2));
    let mut pixels = Vec::with_capacity(width as usize * height as usize);
    for y in 0..height {
        let row = plane.row(y.min(plane.height - 1) as usize);
        pixels.extend_from_slice(row);
        pixels.extend(row.last().filter(|_| width > plane.width));
    }
    Cow::Owned(Raster::new(width, height, 1, pixels))
}

/// A plane with half the sides.
fn halved(plane: &Raster) -> Raster {
    let plane = even(plane);
    let (width, height) = (plane.width / 2, plane.height / 2);
    let mut pixels = Vec::with_capacity(width as usize * height as usize);
    for y in 0..height as usize {
        let (above, below) = (plane.row(2 * y).as_chunks::<2>().0, plane.row(2 * y + 1).as_chunks::<2>().0);
        let sum = |pair: &[u8; 2]| u16::from(pair[0]) + u16::from(pair[1]);
        #[expect(clippy::cast_possible_truncation, reason = "the mean of bytes is a byte")]
        pixels.extend(above.iter().zip(below).map(|(above, below)| ((sum(above) + sum(below) + 2) / 4) as u8));
    }
    Raster::new(width, height, 1, pixels)
}

/// The file with EXIF data and colour profile behind its first segment, where the library has no place for them.
fn with_segments(mut file: Vec<u8>, style: &Style<'_>) -> Vec<u8> {
    /// The beginning of the file, and the JFIF segment.
    const HEADER: usize = 2 + 18;
    /// The largest part of a profile that fits in a segment behind the segment's own header.
    const PART: usize = 65_519;
    if let Some((unit, x, y)) = style.density {
        // Behind the marker, the length, the name and the version of the JFIF segment.
        file[13] = unit;
        file[14..16].copy_from_slice(&x.to_be_bytes());
        file[16..18].copy_from_slice(&y.to_be_bytes());
    }
    let mut segments = Vec::new();
    let mut segment = |marker: u8, parts: &[&[u8]]| {
        let length = 2 + parts.iter().map(|part| part.len()).sum::<usize>();
        segments.extend([0xFF, marker]);
        segments.extend(u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
        for part in parts {
            segments.extend_from_slice(part);
        }
    };
    if let Some(exif) = &style.exif {
        segment(0xE1, &[b"Exif\0\0", exif]);
    }
    let parts = style.profile.unwrap_or_default().chunks(PART);
    // Part numbers have one byte. A profile that needs more parts is left out.
    if let Ok(count) = u8::try_from(parts.len()) {
        for (number, part) in (1..=count).zip(parts) {
            segment(0xE2, &[b"ICC_PROFILE\0", &[number, count], part]);
        }
    }
    file.splice(HEADER..HEADER, segments);
    file
}
