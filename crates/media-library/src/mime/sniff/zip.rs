//! Zip archives, and the document formats that are zip archives.

use std::{borrow::Cow, io::Read};

use flate2::read::DeflateDecoder;

use super::{Look, bytes::Bytes};

const PLAIN: &str = "application/zip";
/// The largest entry that is read, in bytes.
const LARGEST: usize = 1024 * 1024;
/// The length of an entry's header before its name.
const HEADER: usize = 30;
/// The length of the data descriptor that may follow an entry: its signature, checksum and sizes.
const DESCRIPTOR: usize = 16;

/// The type of an archive, by the names of its entries, or by the content of an entry that declares the type. If no
/// entry within the inspected bytes decides, the type is that of a plain zip archive.
pub(super) fn kind(bytes: Bytes<'_>) -> Look {
    let mut at = 0;
    while let Some(entry) = Entry::read(bytes, at) {
        let content = match entry.name {
            b"META-INF/mozilla.rsa" => return Look::Found("application/x-xpinstall"),
            b"META-INF/MANIFEST.MF" => return Look::Found("application/java-archive"),
            name if is_dalvik(name) => return Look::Found("application/vnd.android.package-archive"),
            b"mimetype" | b"[Content_Types].xml" if entry.size <= LARGEST => entry.content(),
            _ => {
                at = entry.end;
                continue;
            }
        };
        let content = content.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        let mime = if entry.name == b"mimetype" { Some(content.trim()) } else { open_xml(&content) };
        return Look::Found(mime.and_then(known).unwrap_or(PLAIN));
    }
    Look::Found(PLAIN)
}

/// The code of an app for Android: `classes.dex`, `classes2.dex`, …
fn is_dalvik(name: &[u8]) -> bool {
    let digits = |from: &[u8]| from.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let start = name.windows(7).position(|window| window == b"classes");
    start.is_some_and(|at| name[at + 7 + digits(&name[at + 7..])..].starts_with(b".dex"))
}

/// The type of the main part of an Office document.
fn open_xml(content_types: &str) -> Option<&str> {
    const MODEL: &str = "application/vnd.ms-package.3dmanufacturing-3dmodel+xml";
    let Some((before, _)) = content_types.split_once(".main+xml\"") else {
        return content_types.contains(&format!("ContentType=\"{MODEL}\"")).then_some(MODEL);
    };
    before.rsplit('"').next()
}

/// The content type for a declared type, if it is one of the known types.
fn known(mime: &str) -> Option<&'static str> {
    const SAME: &[&str] = &[
        "application/epub+zip",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.text-template",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.spreadsheet-template",
        "application/vnd.oasis.opendocument.presentation",
        "application/vnd.oasis.opendocument.presentation-template",
        "application/vnd.oasis.opendocument.graphics",
        "application/vnd.oasis.opendocument.graphics-template",
        "application/vnd.openxmlformats-officedocument.presentationml.slideshow",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.template",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
        "application/vnd.openxmlformats-officedocument.presentationml.template",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ];
    const OTHER: &[(&str, &str)] = &[
        ("application/vnd.ms-excel.sheet.macroenabled", "application/vnd.ms-excel.sheet.macroenabled.12"),
        ("application/vnd.ms-excel.template.macroenabled", "application/vnd.ms-excel.template.macroenabled.12"),
        (
            "application/vnd.ms-powerpoint.slideshow.macroenabled",
            "application/vnd.ms-powerpoint.slideshow.macroenabled.12",
        ),
        ("application/vnd.ms-word.document.macroenabled", "application/vnd.ms-word.document.macroenabled.12"),
        ("application/vnd.ms-word.template.macroenabledtemplate", "application/vnd.ms-word.template.macroenabled.12"),
        (
            "application/vnd.ms-powerpoint.template.macroenabled",
            "application/vnd.ms-powerpoint.template.macroenabled.12",
        ),
        (
            "application/vnd.ms-powerpoint.presentation.macroenabled",
            "application/vnd.ms-powerpoint.presentation.macroenabled.12",
        ),
        ("application/vnd.ms-visio.drawing", "application/vnd.visio"),
        ("application/vnd.ms-package.3dmanufacturing-3dmodel+xml", "model/3mf"),
    ];
    let same = SAME.iter().find(|known| known.eq_ignore_ascii_case(mime)).copied();
    same.or_else(|| OTHER.iter().find(|(written, _)| written.eq_ignore_ascii_case(mime)).map(|(_, known)| *known))
}

/// A packed file, as its own header describes it (APPNOTE 4.3.7).
struct Entry<'a> {
    name: &'a [u8],
    method: u16,
    /// The larger of the packed and the unpacked size.
    size: usize,
    /// The packed bytes; `None` if they end beyond the inspected bytes.
    packed: Option<&'a [u8]>,
    /// The offset of the next entry.
    end: usize,
}

impl<'a> Entry<'a> {
    fn read(bytes: Bytes<'a>, at: usize) -> Option<Self> {
        if !bytes.has(at, b"PK\x03\x04") {
            return None;
        }
        let described = bytes.u16_le(at + 6)? & 0x8 != 0;
        let (packed, own) = (size(bytes, at + 18)?, size(bytes, at + 22)?);
        let name = bytes.slice(at + HEADER, bytes.u16_le(at + 26)?.into())?;
        let start = at + HEADER + name.len() + usize::from(bytes.u16_le(at + 28)?);
        let packed = if described && packed == 0 { undescribed(bytes, start) } else { packed };
        Some(Self {
            name,
            method: bytes.u16_le(at + 8)?,
            size: packed.max(own),
            packed: bytes.slice(start, packed),
            end: start.checked_add(packed)?.checked_add(if described { DESCRIPTOR } else { 0 })?,
        })
    }

    fn content(&self) -> Option<Cow<'a, [u8]>> {
        let packed = self.packed?;
        match self.method {
            0 => Some(packed.into()),
            8 => {
                let mut content = Vec::new();
                // Content that is longer than the limit would be cut. One byte more than the limit detects it.
                let limit = LARGEST as u64 + 1;
                DeflateDecoder::new(packed).take(limit).read_to_end(&mut content).ok()?;
                (content.len() <= LARGEST).then_some(content.into())
            }
            _ => None,
        }
    }
}

fn size(bytes: Bytes<'_>, at: usize) -> Option<usize> {
    bytes.u32_le(at).and_then(|size| usize::try_from(size).ok())
}

/// The packed size of an entry that states it only in the descriptor behind its content. If the descriptor is beyond
/// the inspected bytes, the size is that of the rest of them.
fn undescribed(bytes: Bytes<'_>, start: usize) -> usize {
    let content = Bytes(bytes.0.get(start..).unwrap_or_default());
    let describes = |length: usize| content.has(length, b"PK\x07\x08") && size(content, length + 8) == Some(length);
    (0..content.0.len()).find(|length| describes(*length)).unwrap_or(content.0.len())
}
