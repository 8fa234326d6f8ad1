//! AVIF: its width and height, read from the container. Nothing is decoded.

/// Width and height of the largest picture inside; `None` when the boxes do not say.
///
/// A picture that is put together of tiles is larger than any of them, and a preview is smaller: the largest is the one
/// that is meant.
pub(crate) fn measure(file: &[u8]) -> Option<(u32, u32)> {
    let meta = find(file, *b"meta")?;
    // `meta` is a full box: version and flags come first.
    let properties = find(find(meta.get(4..)?, *b"iprp")?, *b"ipco")?;
    let sizes = boxes(properties).filter(|(name, _)| name == b"ispe").filter_map(|(_, body)| {
        let number = |at: usize| Some(u32::from_be_bytes(body.get(at..at + 4)?.try_into().ok()?));
        Some((number(4)?, number(8)?)).filter(|(width, height)| *width > 0 && *height > 0)
    });
    sizes.max_by_key(|(width, height)| u64::from(*width) * u64::from(*height))
}

fn find(bytes: &[u8], wanted: [u8; 4]) -> Option<&[u8]> {
    boxes(bytes).find(|(name, _)| *name == wanted).map(|(_, body)| body)
}

/// The boxes one after the other (ISO/IEC 14496-12, 4.2).
fn boxes(mut bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let length = u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
        let name = bytes.get(4..8)?.try_into().ok()?;
        let (header, length) = match length {
            // To the end of the file.
            0 => (8, bytes.len()),
            1 => (16, usize::try_from(u64::from_be_bytes(bytes.get(8..16)?.try_into().ok()?)).ok()?),
            length => (8, length),
        };
        let body = bytes.get(header..length)?;
        bytes = &bytes[length..];
        Some((name, body))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(name: [u8; 4], body: &[u8]) -> Vec<u8> {
        [&u32::try_from(body.len() + 8).unwrap().to_be_bytes()[..], &name, body].concat()
    }

    fn size(width: u32, height: u32) -> Vec<u8> {
        boxed(*b"ispe", &[[0; 4], width.to_be_bytes(), height.to_be_bytes()].concat())
    }

    #[test]
    fn the_largest_picture_counts() {
        let properties =
            boxed(*b"iprp", &boxed(*b"ipco", &[size(512, 512), boxed(*b"pixi", &[0; 8]), size(900, 700)].concat()));
        let meta = boxed(*b"meta", &[vec![0; 4], boxed(*b"hdlr", &[0; 20]), properties].concat());
        let file = [boxed(*b"ftyp", b"avif\0\0\0\0mif1"), meta].concat();
        assert_eq!(measure(&file), Some((900, 700)));
        for end in 0..file.len() {
            assert_eq!(measure(&file[..end]), None, "{end}");
        }
    }

    #[test]
    fn boxes_that_lie_say_nothing() {
        for length in [0u32, 1, 2, 7, 8, u32::MAX] {
            let file = [&length.to_be_bytes()[..], b"meta", &[0xFF; 12]].concat();
            assert_eq!(measure(&file), None, "{length}");
        }
    }
}
