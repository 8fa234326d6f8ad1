//! Writing an animation, frame by frame.

use gif::{DisposalMethod, Encoder, Frame, Repeat};

use super::palette::Palette;
use crate::{
    ImageError,
    codecs::difference::{Area, changed},
    raster::Raster,
};

/// Pixels with at least this alpha become opaque: GIF has no partial transparency.
const OPAQUE: u8 = 128;

/// A file that is being written. A frame is written once the next frame is known, because its disposal method depends
/// on the next frame.
pub(super) struct Writer {
    encoder: Encoder<Vec<u8>>,
    size: (u32, u32),
    /// The picture that viewers show before the pending frame.
    shown: Raster,
    waiting: Option<(Raster, u16)>,
    begun: bool,
}

impl Writer {
    /// A file without frames.
    pub(super) fn new(size: (u32, u32)) -> Result<Self, ImageError> {
        let narrow = |pixels: u32| u16::try_from(pixels).map_err(ImageError::codec);
        let encoder = Encoder::new(Vec::new(), narrow(size.0)?, narrow(size.1)?, &[]).map_err(ImageError::codec)?;
        Ok(Self { encoder, size, shown: Self::nothing(size), waiting: None, begun: false })
    }

    pub(super) fn size(&self) -> (u32, u32) {
        self.size
    }

    /// Adds a picture, shown for `delay` hundredths of a second; the second one begins an animation that is shown as
    /// often as `repeat` says.
    pub(super) fn add(&mut self, mut picture: Raster, delay: u16, repeat: Repeat) -> Result<(), ImageError> {
        for pixel in picture.pixels.as_chunks_mut::<4>().0 {
            *pixel = if pixel[3] < OPAQUE { [0; 4] } else { [pixel[0], pixel[1], pixel[2], 255] };
        }
        if let Some((waiting, waits)) = self.waiting.take() {
            match waits.checked_add(delay) {
                Some(longer) if waiting.pixels == picture.pixels => {
                    self.waiting = Some((waiting, longer));
                    return Ok(());
                }
                _ => {
                    if !self.begun {
                        self.encoder.set_repeat(repeat).map_err(ImageError::codec)?;
                    }
                    self.write(waiting, waits, Some(&picture))?;
                }
            }
        }
        self.waiting = Some((picture, delay));
        Ok(())
    }

    /// Extends the delay of the last picture; returns whether that is possible.
    pub(super) fn prolong(&mut self, delay: u16) -> bool {
        let Some((_, waits)) = &mut self.waiting else {
            return false;
        };
        let Some(longer) = waits.checked_add(delay) else {
            return false;
        };
        *waits = longer;
        true
    }

    /// The whole file.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, ImageError> {
        if let Some((waiting, delay)) = self.waiting.take() {
            // A viewer clears the canvas itself before it starts the next loop.
            self.write(waiting, delay, None)?;
        }
        self.encoder.into_inner().map_err(ImageError::codec)
    }

    /// Encodes a picture, with a disposal method that lets `next` be drawn over it.
    fn write(&mut self, picture: Raster, delay: u16, next: Option<&Raster>) -> Result<(), ImageError> {
        let pairs =
            |next: &Raster| picture.pixels.iter().zip(&next.pixels).skip(3).step_by(4).any(|(now, then)| now > then);
        let clears = next.is_some_and(pairs);
        let everything = Area { left: 0, top: 0, width: picture.width, height: picture.height };
        let area = if clears { everything } else { self.changed(&picture) };
        let (now, before) = (area.cut(&picture), area.cut(&self.shown));
        let frame = frame(&now, &before);
        let side = |side: u32| u16::try_from(side).unwrap_or(u16::MAX);
        let dispose = if clears { DisposalMethod::Background } else { DisposalMethod::Keep };
        let frame = Frame {
            delay,
            dispose,
            left: side(area.left),
            top: side(area.top),
            width: side(area.width),
            height: side(area.height),
            ..frame
        };
        self.encoder.write_frame(&frame).map_err(ImageError::codec)?;
        self.begun = true;
        self.shown = if clears { Self::nothing(self.size) } else { picture };
        Ok(())
    }

    /// The area that differs from the picture shown. It has at least one pixel, because a frame without changes still
    /// has a delay.
    fn changed(&self, picture: &Raster) -> Area {
        changed(&self.shown, picture).unwrap_or(Area { left: 0, top: 0, width: 1, height: 1 })
    }

    fn nothing((width, height): (u32, u32)) -> Raster {
        Raster::new(width, height, 4, vec![0; width as usize * height as usize * 4])
    }
}

/// A frame with the pixels that changed; the others are transparent.
fn frame(now: &Raster, before: &Raster) -> Frame<'static> {
    let (now_pixels, _) = now.pixels.as_chunks::<4>();
    let (before, _) = before.pixels.as_chunks::<4>();
    let drawn =
        |(now, before): (&[u8; 4], &[u8; 4])| (now[3] != 0 && now != before).then_some([now[0], now[1], now[2]]);
    let pixels = now_pixels.iter().zip(before).map(drawn);
    let mut palette = Palette::of(pixels.clone().flatten());
    // `MOST` leaves one index free for transparent pixels.
    let clear = u8::try_from(palette.colours().len()).unwrap_or(u8::MAX);
    let buffer = if palette.is_exact() {
        pixels.map(|colour| colour.map_or(clear, |colour| palette.nearest(colour))).collect()
    } else {
        dithered(pixels, now.width as usize, clear, &mut palette)
    };
    let mut colours = palette.colours().as_flattened().to_vec();
    colours.extend([0; 3]);
    Frame { palette: Some(colours), transparent: Some(clear), buffer, ..Frame::default() }
}

/// Indices of the nearest colours, with the error of each pixel distributed to its neighbours (Floyd-Steinberg
/// dithering).
fn dithered(
    pixels: impl Iterator<Item = Option<[u8; 3]>>,
    width: usize,
    clear: u8,
    palette: &mut Palette,
) -> std::borrow::Cow<'static, [u8]> {
    let mut indices = Vec::new();
    // Errors in sixteenths, for this row and the next, with one spare pixel on each side.
    let (mut here, mut below) = (vec![[0i32; 3]; width + 2], vec![[0i32; 3]; width + 2]);
    for (at, colour) in pixels.enumerate() {
        let x = at % width + 1;
        if x == 1 {
            std::mem::swap(&mut here, &mut below);
            below.fill([0; 3]);
        }
        let Some(colour) = colour else {
            indices.push(clear);
            continue;
        };
        let wanted: [i32; 3] = std::array::from_fn(|part| (i32::from(colour[part]) + here[x][part] / 16).clamp(0, 255));
        let index = palette.nearest(wanted.map(|part| u8::try_from(part).unwrap_or(u8::MAX)));
        let taken = palette.colours()[usize::from(index)];
        for part in 0..3 {
            let lost = wanted[part] - i32::from(taken[part]);
            here[x + 1][part] += lost * 7;
            below[x - 1][part] += lost * 3;
            below[x][part] += lost * 5;
            below[x + 1][part] += lost;
        }
        indices.push(index);
    }
    indices.into()
}
