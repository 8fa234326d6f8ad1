//! AVIF: its width and height, read from the container. Nothing is decoded.

/// Width and height as they are shown; `None` when the boxes do not say.
pub(crate) fn measure(file: &[u8]) -> Option<(u32, u32)> {
    let meta = find(file, *b"meta")?;
    // `meta` is a full box: version and flags come first.
    let meta = meta.get(4..)?;
    let properties = find(meta, *b"iprp")?;
    let all: Vec<_> = boxes(find(properties, *b"ipco")?).collect();
    let primary = primary_item(meta).and_then(|item| indices_of(find(properties, *b"ipma")?, item));
    let shown = primary.and_then(|indices| shown_size(&all, &indices));
    // Without associations the largest picture is the one that is meant: tiles and previews are smaller.
    shown.or_else(|| all.iter().filter_map(stored_size).max_by_key(|size| u64::from(size.0) * u64::from(size.1)))
}

type Property<'a> = ([u8; 4], &'a [u8]);

/// The size of a picture once it is cropped (`clap`) and turned (`irot`), in the order of its properties.
fn shown_size(all: &[Property<'_>], indices: &[usize]) -> Option<(u32, u32)> {
    let mut size = None;
    for property in indices.iter().filter_map(|index| all.get(index.checked_sub(1)?)) {
        match (&property.0, size) {
            (b"ispe", _) => size = stored_size(property).or(size),
            (b"clap", Some(stored)) => size = Some(cropped(property.1, stored)),
            // Quarters of a turn.
            (b"irot", Some((width, height))) if property.1.first().is_some_and(|turns| turns & 1 == 1) => {
                size = Some((height, width));
            }
            _ => {}
        }
    }
    size
}

/// The size of an `ispe`.
fn stored_size((name, body): &Property<'_>) -> Option<(u32, u32)> {
    let (width, height) = (number(body, 4)?, number(body, 8)?);
    (name == b"ispe" && width > 0 && height > 0).then_some((width, height))
}

/// The size that a `clap` leaves of a stored size: two fractions, the width and the height.
fn cropped(body: &[u8], stored: (u32, u32)) -> (u32, u32) {
    let side = |at: usize, stored: u32| {
        let (above, below) = (number(body, at)?, number(body, at + 4)?);
        let side = above.checked_div(below)?;
        (side > 0 && side <= stored).then_some(side)
    };
    (side(0, stored.0).unwrap_or(stored.0), side(8, stored.1).unwrap_or(stored.1))
}

/// The item that is shown (`pitm`).
fn primary_item(meta: &[u8]) -> Option<u32> {
    let body = find(meta, *b"pitm")?;
    if body.first()? == &0 { short(body, 4).map(u32::from) } else { number(body, 4) }
}

/// The properties of an item, counted from 1 (`ipma`).
fn indices_of(body: &[u8], item: u32) -> Option<Vec<usize>> {
    let (version, wide) = (*body.first()?, body.get(3)? & 1 == 1);
    let mut at = 8;
    for _ in 0..number(body, 4)? {
        let id = if version == 0 { short(body, at).map(u32::from) } else { number(body, at) }?;
        at += if version == 0 { 2 } else { 4 };
        let count = usize::from(*body.get(at)?);
        at += 1;
        let size = if wide { 2 } else { 1 };
        let indices = body.get(at..at + count * size)?;
        at += count * size;
        if id == item {
            // The uppermost bit says whether a reader has to know the property.
            let wide_index = |bytes: &[u8]| usize::from(u16::from_be_bytes([bytes[0] & 0x7F, bytes[1]]));
            let index = |bytes: &[u8]| {
                if wide { wide_index(bytes) } else { usize::from(bytes[0] & 0x7F) }
            };
            return Some(indices.chunks_exact(size).map(index).collect());
        }
    }
    None
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
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
    fn the_shown_picture_is_cropped_and_turned() {
        let clap = boxed(*b"clap", &[300_u32, 1, 200, 1, 0, 1, 0, 1].map(u32::to_be_bytes).concat());
        let all = [size(512, 512), size(400, 250), clap, boxed(*b"irot", &[1]), boxed(*b"imir", &[0])].concat();
        for (associated, expected) in [
            (&[2_u8][..], (400, 250)),
            (&[2, 0x80 | 4], (250, 400)),
            (&[2, 3], (300, 200)),
            (&[2, 3, 0x84, 5], (200, 300)),
            (&[1], (512, 512)),
        ] {
            let count = u8::try_from(associated.len()).unwrap();
            let ipma = boxed(*b"ipma", &[&[0, 0, 0, 0, 0, 0, 0, 1, 0, 7, count][..], associated].concat());
            let properties = boxed(*b"iprp", &[boxed(*b"ipco", &all), ipma].concat());
            let meta = [vec![0; 4], boxed(*b"pitm", &[0, 0, 0, 0, 0, 7]), properties].concat();
            let file = [boxed(*b"ftyp", b"avif\0\0\0\0mif1"), boxed(*b"meta", &meta)].concat();
            assert_eq!(measure(&file), Some(expected), "{associated:?}");
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
