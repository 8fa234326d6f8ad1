//! The picture that a viewer shows at each frame.

use gif::{DisposalMethod, Frame};

use crate::{ImageError, raster::Raster};

/// The picture so far.
pub(crate) struct Canvas {
    picture: Raster,
    /// What happens to the last frame before the next is drawn.
    disposal: Disposal,
    /// Whether pixels have changed since the last frame was drawn.
    altered: bool,
}

/// Whether a frame shows another picture than the frame before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Not one pixel differs.
    Same,
    /// Pixels may differ.
    Different,
}

enum Disposal {
    Keep,
    Clear(Area),
    Restore(Area, Vec<[u8; 4]>),
}

/// The part of a frame that is on the canvas.
#[derive(Clone, Copy)]
struct Area {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl Canvas {
    /// An empty canvas. All of it is transparent: browsers ignore the background colour of the file too.
    pub(crate) fn new(width: u32, height: u32) -> Self {
        let pixels = vec![0; width as usize * height as usize * 4];
        Self { picture: Raster::new(width, height, 4, pixels), disposal: Disposal::Keep, altered: true }
    }

    /// The picture. Its transparent pixels are black, so its colours are premultiplied.
    pub(crate) fn picture(&self) -> &Raster {
        &self.picture
    }

    /// Draws a frame, decoded to indices into its own colours or the `global` ones.
    pub(crate) fn draw(&mut self, frame: &Frame<'_>, global: Option<&[u8]>) -> Result<Change, ImageError> {
        let colours = frame.palette.as_deref().or(global);
        let colours = colours.ok_or_else(|| ImageError::Invalid("a frame has no colours".to_owned()))?;
        let (colours, _) = colours.as_chunks::<3>();
        let area = self.area(frame);
        self.disposal = match frame.dispose {
            DisposalMethod::Any | DisposalMethod::Keep => Disposal::Keep,
            DisposalMethod::Background => Disposal::Clear(area),
            DisposalMethod::Previous => {
                let saved = self.rows(area).flat_map(|row| row.iter().copied()).collect();
                Disposal::Restore(area, saved)
            }
        };
        let mut altered = std::mem::take(&mut self.altered);
        let lines = frame.buffer.chunks_exact(usize::from(frame.width).max(1));
        for (row, line) in self.rows(area).zip(lines) {
            for (pixel, index) in row.iter_mut().zip(line) {
                if Some(*index) == frame.transparent {
                    continue;
                }
                // Indices beyond the last colour are black, as in browsers.
                let [red, green, blue] = colours.get(usize::from(*index)).copied().unwrap_or_default();
                altered |= *pixel != [red, green, blue, 255];
                *pixel = [red, green, blue, 255];
            }
        }
        Ok(if altered { Change::Different } else { Change::Same })
    }

    /// Disposes of the last frame by its disposal method, before the next frame is drawn.
    pub(crate) fn dispose(&mut self) {
        self.altered = !matches!(self.disposal, Disposal::Keep);
        match std::mem::replace(&mut self.disposal, Disposal::Keep) {
            Disposal::Keep => {}
            Disposal::Clear(area) => self.rows(area).for_each(|row| row.fill([0; 4])),
            Disposal::Restore(area, saved) => {
                let saved = saved.chunks_exact(area.width.max(1));
                self.rows(area).zip(saved).for_each(|(row, saved)| row.copy_from_slice(saved));
            }
        }
    }

    fn area(&self, frame: &Frame<'_>) -> Area {
        let (width, height) = (self.picture.width as usize, self.picture.height as usize);
        let left = usize::from(frame.left).min(width);
        let top = usize::from(frame.top).min(height);
        Area {
            left,
            top,
            width: usize::from(frame.width).min(width - left),
            height: usize::from(frame.height).min(height - top),
        }
    }

    fn rows(&mut self, area: Area) -> impl Iterator<Item = &mut [[u8; 4]]> {
        let width = self.picture.width as usize;
        let (pixels, _) = self.picture.pixels.as_chunks_mut::<4>();
        let rows = pixels.chunks_exact_mut(width).skip(area.top).take(area.height);
        rows.map(move |row| &mut row[area.left..area.left + area.width])
    }
}
