//! Which bytes are which kind of image.

/// A kind of image that the library knows something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageKind {
    /// JPEG.
    Jpeg,
    /// PNG; of an animated one the first frame counts.
    Png,
    /// WebP, animated or not.
    Webp,
    /// GIF, animated or not.
    Gif,
    /// TIFF; the first page counts.
    Tiff,
    /// AVIF: measured only.
    Avif,
    /// SVG: measured only.
    Svg,
}

impl ImageKind {
    /// The kind that the first bytes are of; 4 KiB of them are enough.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        Some(match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Self::Jpeg,
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Self::Png,
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Self::Webp,
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Self::Gif,
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Self::Tiff,
            [_, _, _, _, b'f', b't', b'y', b'p', ..] if is_avif(bytes) => Self::Avif,
            _ if is_svg(bytes) => Self::Svg,
            _ => return None,
        })
    }
}

/// Whether a file type box names one of AVIF's brands.
fn is_avif(bytes: &[u8]) -> bool {
    let length = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
    let brands = bytes.get(8..length.min(bytes.len()).min(256)).unwrap_or_default();
    // The second word is the version of the first brand.
    let words = brands.chunks_exact(4).enumerate().filter(|(index, _)| *index != 1);
    words.into_iter().any(|(_, brand)| brand == b"avif" || brand == b"avis")
}

/// Whether the first element is `svg`, after whatever XML allows before it.
fn is_svg(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(4096)];
    let mut rest = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    loop {
        let end: &[u8] = match rest {
            [b'<', b'?', ..] => b"?>",
            [b'<', b'!', b'-', b'-', ..] => b"-->",
            // A document type with declarations inside ends at the bracket.
            [b'<', b'!', ..] if rest.iter().take_while(|byte| **byte != b'>').any(|byte| *byte == b'[') => b"]>",
            [b'<', b'!', ..] => b">",
            _ => break,
        };
        let Some(at) = rest.windows(end.len()).position(|window| window == end) else {
            return false;
        };
        rest = rest[at + end.len()..].trim_ascii_start();
    }
    // `<svg` or `<prefix:svg`
    let Some(rest) = rest.strip_prefix(b"<") else {
        return false;
    };
    let name = rest.split(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/')).next().unwrap_or_default();
    name.rsplit(|byte| *byte == b':').next() == Some(b"svg")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_their_first_bytes() {
        let cases: [(&[u8], Option<ImageKind>); 14] = [
            (b"\xFF\xD8\xFF\xE0", Some(ImageKind::Jpeg)),
            (b"\x89PNG\r\n\x1A\n", Some(ImageKind::Png)),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Some(ImageKind::Webp)),
            (b"RIFF\x10\0\0\0WAVEfmt ", None),
            (b"GIF89a", Some(ImageKind::Gif)),
            (b"GIF8", None),
            (b"II*\0\x08\0\0\0", Some(ImageKind::Tiff)),
            (b"\0\0\0\x14ftypavif\0\0\0\0mif1", Some(ImageKind::Avif)),
            (b"\0\0\0\x14ftypmif1\0\0\0\0avif", Some(ImageKind::Avif)),
            (b"\0\0\0\x14ftypheic\0\0\0\0mif1", None),
            (b"\0\0\0\x10ftypmif1avif", None),
            (b"", None),
            (b"%PDF-1.7", None),
            (b"\0\0\0\x02ftypavif", None),
        ];
        for (bytes, kind) in cases {
            assert_eq!(ImageKind::of(bytes), kind, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn svg_is_told_by_its_first_element() {
        for text in [
            "<svg/>",
            "<svg xmlns='http://www.w3.org/2000/svg'>",
            "\u{FEFF}<?xml version=\"1.0\"?>\n<!-- a > b -->\n<!DOCTYPE svg PUBLIC \"a\" \"b\">\n<svg>",
            "<!DOCTYPE svg [ <!ENTITY a '>'> ]>\n<s:svg xmlns:s='http://www.w3.org/2000/svg'>",
        ] {
            assert_eq!(ImageKind::of(text.as_bytes()), Some(ImageKind::Svg), "{text}");
        }
        for text in ["<html><svg></html>", "<svgx>", "<?xml version='1.0'?>", "<!--<svg>", "svg"] {
            assert_eq!(ImageKind::of(text.as_bytes()), None, "{text}");
        }
    }
}
