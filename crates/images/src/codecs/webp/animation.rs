//! Writing an animation, frame by frame.

use super::container::{Extras, animated, frame};
use crate::{
    ImageError,
    codecs::difference::{Area, changed},
    raster::Raster,
    resize::PixelLayout,
};

/// An animation that is being written. Each frame stores only the area that differs from the frame before.
pub(super) struct Animation {
    size: (u32, u32),
    layout: PixelLayout,
    quality: u8,
    loops: u16,
    /// The frames, encoded.
    frames: Vec<u8>,
    shown: Option<Raster>,
    /// The area of the pending chunk and its duration. A frame without differences extends the duration.
    next: Option<(Area, u32)>,
}

impl Animation {
    /// An animation without frames.
    pub(super) fn new(size: (u32, u32), layout: PixelLayout, quality: u8, loops: u16) -> Self {
        Self { size, layout, quality, loops, frames: Vec::new(), shown: None, next: None }
    }

    /// The size of its frames.
    pub(super) fn size(&self) -> (u32, u32) {
        self.size
    }

    /// Adds a frame of that size.
    pub(super) fn add(&mut self, raster: Raster, duration: u32) -> Result<(), ImageError> {
        let area = match &self.shown {
            Some(shown) => changed(shown, &raster),
            None => Some(Area { left: 0, top: 0, width: raster.width, height: raster.height }),
        };
        match (area, &mut self.next) {
            (None, Some((_, shown_for))) => *shown_for += duration,
            (area, _) => {
                self.write()?;
                // Positions are stored halved.
                self.next = area.map(|area| (area.at_even_places(), duration));
                self.shown = Some(raster);
            }
        }
        Ok(())
    }

    /// The whole file.
    pub(super) fn finish(mut self, extras: &Extras) -> Result<Vec<u8>, ImageError> {
        self.write()?;
        Ok(animated(self.size, self.layout, self.loops, &self.frames, extras))
    }

    /// Encodes the pending chunk.
    fn write(&mut self) -> Result<(), ImageError> {
        if let (Some((area, duration)), Some(shown)) = (self.next.take(), &self.shown) {
            let cut = area.cut(shown);
            let chunk = frame(&cut, self.layout, self.quality, (area.left, area.top), duration)?;
            self.frames.extend(chunk);
        }
        Ok(())
    }
}
