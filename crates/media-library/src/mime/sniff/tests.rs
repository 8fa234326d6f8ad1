//! Samples of files, and the types that they are recognised as.

use std::io::Write;

use flate2::{Compression, write::DeflateEncoder};

use super::*;

#[test]
fn files_are_recognised_by_their_marks() {
    for (bytes, mime) in [
        (&b"\xff\xd8\xff\xe0\0\x10JFIF"[..], "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x1cftypavif", "image/avif"),
        (b"\0\0\0\x1cftypheic", "image/heic"),
        (b"\0\0\0\x1cftypmif1", "image/heif"),
        (b"\0\0\0\x1cftypisom", "video/mp4"),
        (b"\0\0\0\x14ftypqt  ", "video/quicktime"),
        (b"\0\0\0\x14ftypM4A ", "audio/x-m4a"),
        (b"BM\x36\0", "image/bmp"),
        (b"%PDF-1.7", "application/pdf"),
        (b"\x1f\x8b\x08\0", "application/gzip"),
        (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
        (b"wOF2\0\x01\0\0", "font/woff2"),
        (b"\0\x01\0\0\0\x10", "font/ttf"),
        (b"\0\0\x01\0\x01\0", "image/x-icon"),
        (b"\xff\xfb\x90\x44", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"ID3\x03\0\0\0\0\0\x02\0\0fLaC", "audio/flac"),
        (b"ID3\x03\0\0\0\0\x7f\x7f\0\0", "audio/mpeg"),
        (b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead", "audio/ogg; codecs=opus"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "audio/wav"),
        (b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm", "video/webm"),
        (b"\x1a\x45\xdf\xa3\x8b\x42\x82\x88matroska", "video/matroska"),
        (b"MZ\x90\0", "application/x-msdownload"),
        (b"\x7fELF\x02", "application/x-elf"),
        (b"<?xml version=\"1.0\"?><svg/>", "application/xml"),
        (b"\xef\xbb\xbf<?xml version=\"1.0\"?>", "application/xml"),
        (b"\xff\xfe<\0?\0x\0m\0l\0 \0", "application/xml"),
        (b"WEBVTT\n", "text/vtt"),
        (b"BEGIN:VCARD\n", "text/vcard"),
        (b"AC1032", "image/vnd.dwg"),
        (b"\xca\xfe\xba\xbe\0\0\0\x41", "application/java-vm"),
        (b"\xca\xfe\xba\xbe\0\0\0\x02", "application/x-mach-binary"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-cfb"),
        (b"{\\rtf1", "application/rtf"),
    ] {
        assert_eq!(sniff(bytes), Some(mime), "{}", bytes.escape_ascii());
    }
}

#[test]
fn text_is_not_recognised() {
    for bytes in [
        &b""[..],
        b"a",
        b"hello",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        b"<!doctype html>",
        b"{\"a\":1}",
        b"\xef\xbb\xbfhello",
        b"\xff\xfeh\0i\0",
        b"\xfe\xff\0h\0i",
        b"WEBVTTX",
        b"AC1051",
        &[0; 600],
    ] {
        assert_eq!(sniff(bytes), None, "{}", bytes.escape_ascii());
    }
}

#[test]
fn pictures_of_one_family_are_told_apart() {
    let png = |chunks: &[(u32, &[u8; 4])]| {
        let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
        for (length, name) in chunks {
            bytes.extend(length.to_be_bytes());
            bytes.extend(*name);
            bytes.resize(bytes.len() + *length as usize + 4, 0);
        }
        bytes
    };
    assert_eq!(sniff(&png(&[(13, b"IHDR"), (0, b"IDAT")])), Some("image/png"));
    assert_eq!(sniff(&png(&[(13, b"IHDR"), (8, b"acTL"), (0, b"IDAT")])), Some("image/apng"));
    assert_eq!(sniff(&png(&[(13, b"IHDR"), (5000, b"eXIf"), (0, b"IDAT")])), Some("image/png"));
    assert_eq!(sniff(&png(&[(12, b"IHDR"), (0, b"IDAT")])), None);
    assert_eq!(sniff(b"\x89PNG\r\n\x1a\n"), None);

    let tiff = |offset: u32, tag: u16| {
        let mut bytes = b"II*\0".to_vec();
        bytes.extend(offset.to_le_bytes());
        bytes.resize(64, 0);
        bytes[8] = 1;
        bytes[10..12].copy_from_slice(&tag.to_le_bytes());
        bytes
    };
    assert_eq!(sniff(&tiff(8, 256)), Some("image/tiff"));
    assert_eq!(sniff(&tiff(8, 50_706)), Some("image/x-adobe-dng"));
    assert_eq!(sniff(&tiff(1000, 256)), None);
    assert_eq!(sniff(&[b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 ", &[0; 9][..]].concat()), Some("image/jp2"));
}

fn entry(name: &str, content: &[u8], deflated: bool, described: bool) -> Vec<u8> {
    let packed = if deflated {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    } else {
        content.to_vec()
    };
    let sizes = [u32::try_from(packed.len()).unwrap(), u32::try_from(content.len()).unwrap()].map(u32::to_le_bytes);
    let mut bytes = b"PK\x03\x04\x14\0".to_vec();
    bytes.extend([if described { 8 } else { 0 }, 0, if deflated { 8 } else { 0 }, 0]);
    bytes.extend([0; 8]);
    bytes.extend(if described { [0; 8] } else { sizes.concat().try_into().unwrap() });
    bytes.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
    bytes.extend([0, 0]);
    bytes.extend(name.as_bytes());
    bytes.extend(packed);
    if described {
        bytes.extend(b"PK\x07\x08\0\0\0\0");
        bytes.extend(sizes.concat());
    }
    bytes
}

#[test]
fn what_is_in_an_archive_says_what_it_is() {
    const ODT: &str = "application/vnd.oasis.opendocument.text";
    const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let types = format!("<?xml version=\"1.0\"?><Types><Override ContentType=\"{XLSX}.main+xml\"/></Types>");
    let office = |deflated, described| entry("[Content_Types].xml", types.as_bytes(), deflated, described);
    for (bytes, mime) in [
        (entry("mimetype", ODT.as_bytes(), false, false), ODT),
        (entry("mimetype", b"application/epub+zip", false, false), "application/epub+zip"),
        (entry("mimetype", b"x/y", false, false), "application/zip"),
        (office(false, false), XLSX),
        (office(true, false), XLSX),
        (office(true, true), XLSX),
        ([entry("_rels/.rels", &[b'a'; 300], true, true), office(true, false)].concat(), XLSX),
        (office(true, false)[..80].to_vec(), "application/zip"),
        (entry("META-INF/MANIFEST.MF", b"", false, false), "application/java-archive"),
        (
            [entry("a.xml", b"a", true, true), entry("classes2.dex", b"", false, false)].concat(),
            "application/vnd.android.package-archive",
        ),
        (entry("a.txt", b"a", false, false), "application/zip"),
        (b"PK\x05\x06".to_vec(), "application/zip"),
    ] {
        assert_eq!(sniff(&bytes), Some(mime));
    }
}

#[test]
fn an_archive_that_inflates_without_end_is_just_an_archive() {
    let bomb = entry("mimetype", &vec![b'a'; 3 * 1024 * 1024], true, true);
    assert_eq!(sniff(&bomb), Some("application/zip"));
}

proptest::proptest! {
    #[test]
    fn no_bytes_are_too_much(mark in 0..CONFIDENT.len(), tail in proptest::collection::vec(proptest::num::u8::ANY, 0..80)) {
        let mut bytes = tail;
        CONFIDENT[mark].put_on(&mut bytes);
        sniff(&bytes);
    }
}
