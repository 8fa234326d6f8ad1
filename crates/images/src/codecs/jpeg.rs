//! JPEG.
//!
//! A file is never held decoded as a whole, unless it has to be turned: the decoder's strips of rows, still split into
//! brightness and colour as the file has them, go to the encoder of the main file and, averaged by a power of two, into
//! a small copy from which the formats are made.

mod encode;
mod formats;
mod layout;
mod markers;
mod planes;
mod reduce;
mod source;
#[cfg(feature = "turbojpeg")]
mod turbo;

use std::sync::mpsc;

use bytes::Bytes;

use self::{
    encode::{Rows, Style, encode, rows_of_planes},
    formats::formats,
    layout::JpegLayout,
    markers::{scans, segments, standard_tables},
    planes::Planes,
    reduce::Reducer,
    source::Source,
};
use crate::{
    ImageError,
    codec::{Codec, CodecOutput, JobContext, OpenedImage},
    orientation::Orientation,
    plan::{ImageHeader, QUALITY, Rewriting, VariantPlan, area},
};

/// Strips that the decoder may be ahead of the encoder on another thread.
const AHEAD: usize = 4;

/// Scans that together take about as long as decoding the pixels once; progressive files have ten.
const SCANS: u64 = 16;

/// A JPEG file whose header has been read.
pub(crate) struct Jpeg {
    file: Bytes,
    header: ImageHeader,
    layout: JpegLayout,
}

impl Jpeg {
    /// Reads the header. A file that the decoder does not know, such as one with arithmetic coding, is measured only.
    pub(crate) fn open(file: Bytes) -> Result<OpenedImage, ImageError> {
        let segments = segments(&file);
        let Some(frame) = &segments.frame else {
            return Err(ImageError::NotAnImage);
        };
        if !frame.is_decodable() {
            return Ok(OpenedImage::Measured(Some((frame.width, frame.height))));
        }
        let fewest = frame.fewest_bytes();
        if (file.len() as u64) < fewest {
            let claimed =
                format!("the file ends early: {} × {} pixels take {fewest} bytes or more", frame.width, frame.height);
            return Err(ImageError::Invalid(claimed));
        }
        let (file, segments) = if frame.may_lack_tables() && !segments.has_tables {
            let file = Bytes::from([&file[..2], &standard_tables(), &file[2..]].concat());
            let segments = markers::segments(&file);
            (file, segments)
        } else {
            (file, segments)
        };
        let (layout, orientation) = source::read_header(&file, &segments).map_err(|_| ImageError::NotAnImage)?;
        // Each scan of a file that is read to its end before may visit all of its pixels.
        let passes = if layout.buffered { scans(&file).div_ceil(SCANS) } else { 1 };
        let header = ImageHeader {
            width: layout.width,
            height: layout.height,
            pixels: area(layout.width, layout.height).saturating_mul(passes.max(1)),
            orientation,
            rewriting: Rewriting::Smaller,
        };
        Ok(OpenedImage::Decodable(Box::new(Self { file, header, layout })))
    }

    fn style(&self, quality: u8, keep: Orientation) -> Style<'_> {
        let (profile, density) = (self.layout.profile.as_deref(), self.layout.density);
        Style { quality, profile, density, exif: keep.to_exif() }
    }

    /// Decodes everything into the reducer, and encodes the main file on the way.
    fn read(
        &self,
        quality: Option<u8>,
        plan: &VariantPlan,
        reducer: &mut Reducer,
        job: &JobContext,
    ) -> Result<Option<Vec<u8>>, ImageError> {
        let mut source = Source::open(&self.file, &self.layout)?;
        let mut next = || {
            job.check_cancelled()?;
            let strip = source.next()?;
            if let Some(strip) = &strip {
                reducer.add(strip.planes.iter().map(Vec::as_slice));
            }
            Ok(strip)
        };
        let Some(quality) = quality else {
            while next()?.is_some() {}
            return Ok(None);
        };
        let style = self.style(quality, plan.keep);
        let Some(_permit) = job.second_permit() else {
            return encode(Rows::of_strips(&self.layout, next), &style).map(Some);
        };
        std::thread::scope(|scope| {
            let (strips, received) = mpsc::sync_channel(AHEAD);
            let encoder = scope.spawn(|| {
                let mut received = received.into_iter();
                encode(Rows::of_strips(&self.layout, move || received.next().transpose()), &style)
            });
            loop {
                let strip = next().transpose();
                let more = matches!(strip, Some(Ok(_)));
                // The encoder ends early when it fails: then its own error counts.
                if strip.is_none_or(|strip| strips.send(strip).is_err()) || !more {
                    break;
                }
            }
            drop(strips);
            encoder.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)).map(Some)
        })
    }

    /// Decodes everything, turns it, and encodes the main file.
    fn read_and_turn(
        &self,
        quality: u8,
        plan: &VariantPlan,
        reducer: &mut Reducer,
        job: &JobContext,
    ) -> Result<Vec<u8>, ImageError> {
        let mut source = Source::open(&self.file, &self.layout)?;
        let mut planes = Planes::empty(&self.layout);
        while let Some(strip) = source.next()? {
            job.check_cancelled()?;
            reducer.add(strip.planes.iter().map(Vec::as_slice));
            planes.add(&strip);
        }
        drop(source);
        let (layout, planes) = planes.upright(&self.layout, plan.turn);
        encode(rows_of_planes(&layout, planes), &self.style(quality, plan.keep))
    }
}

impl Codec for Jpeg {
    fn header(&self) -> &ImageHeader {
        &self.header
    }

    fn memory(&self, plan: &VariantPlan) -> u64 {
        let samples = self.layout.samples();
        // Progressive files are read to their end before the first row comes out, two bytes a sample.
        let coefficients = if self.layout.buffered { 2 * samples } else { 0 };
        let turned = if plan.must_turn() { 2 * samples } else { 0 };
        let small = Reducer::new(&self.layout, plan).samples();
        let strips = self.layout.strip_samples() * (AHEAD as u64 + 6);
        let encoded = 2 * self.file.len() as u64;
        #[cfg(feature = "turbojpeg")]
        let strips = strips.max(turbo::memory(&self.layout));
        coefficients + turned + 2 * small + strips + encoded
    }

    fn encode_variants(self: Box<Self>, plan: &VariantPlan, job: &JobContext) -> Result<CodecOutput, ImageError> {
        #[cfg(feature = "turbojpeg")]
        if turbo::suits(&self.layout) {
            return turbo::make(&self, plan, job);
        }
        let mut reducer = Reducer::new(&self.layout, plan);
        let main = match plan.main {
            Some(quality) if plan.must_turn() => Some(self.read_and_turn(quality, plan, &mut reducer, job)?),
            quality => self.read(quality, plan, &mut reducer, job)?,
        };
        let mut formats = formats(&reducer.finish(), &self.layout, plan)?;
        job.check_cancelled()?;
        let style = self.style(QUALITY, plan.keep);
        let encoded = |(layout, planes): (JpegLayout, Planes)| encode(rows_of_planes(&layout, planes), &style);
        let others = formats.split_off(formats.len() / 2);
        let all = |formats: Vec<_>| formats.into_iter().map(encoded).collect();
        let (some, others): (Result<Vec<_>, _>, Result<Vec<_>, _>) = job.join(|| all(formats), || all(others));
        Ok(CodecOutput { main, formats: [some?, others?].concat() })
    }
}
