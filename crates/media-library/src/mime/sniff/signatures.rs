//! The signatures of file types, in the order in which they are compared.

use super::{Look, asf, bytes::Bytes, ebml, jpeg2000, mpeg, png, tar, tiff, zip};

/// A signature, and the type that it indicates.
pub(super) struct Mark {
    /// Offsets, and the bytes that must be at each of them.
    parts: &'static [(usize, &'static [u8])],
    pub(super) then: Then,
}

/// The consequence of a signature that matches.
#[derive(Clone, Copy)]
pub(super) enum Then {
    /// The file has this type.
    Is(&'static str),
    /// This detector decides.
    Ask(fn(Bytes<'_>) -> Look),
}

impl Mark {
    pub(super) fn is_on(&self, bytes: &[u8]) -> bool {
        self.parts.iter().all(|(at, part)| Bytes(bytes).has(*at, part))
    }

    #[cfg(test)]
    pub(super) fn put_on(&self, bytes: &mut Vec<u8>) {
        for (at, part) in self.parts {
            bytes.resize(bytes.len().max(at + part.len()), 0);
            bytes[*at..][..part.len()].copy_from_slice(part);
        }
    }
}

const fn is(parts: &'static [(usize, &'static [u8])], mime: &'static str) -> Mark {
    Mark { parts, then: Then::Is(mime) }
}

const fn ask(parts: &'static [(usize, &'static [u8])], detector: fn(Bytes<'_>) -> Look) -> Mark {
    Mark { parts, then: Then::Ask(detector) }
}

/// Signatures that rarely occur by chance.
#[rustfmt::skip]
pub(super) const CONFIDENT: &[Mark] = &[
    is(&[(0, b"BM")], "image/bmp"),
    is(&[(0, b"\x0b\x77")], "audio/vnd.dolby.dd-raw"),
    is(&[(0, b"\x78\x01")], "application/x-apple-diskimage"),
    is(&[(0, b"MZ")], "application/x-msdownload"),
    is(&[(0, b"%!PS-Adobe-"), (14, b" EPSF-")], "application/eps"),
    is(&[(0, b"%!")], "application/postscript"),
    is(&[(0, b"\x1f\xa0")], "application/x-compress"),
    is(&[(0, b"\x1f\x9d")], "application/x-compress"),
    is(&[(0, b"\xc7\x71")], "application/x-cpio"),
    is(&[(0, b"\x60\xea")], "application/x-arj"),
    is(&[(0, b"GIF")], "image/gif"),
    is(&[(0, b"II\xbc")], "image/vnd.ms-photo"),
    is(&[(0, b"\x1f\x8b\x08")], "application/gzip"),
    is(&[(0, b"BZh")], "application/x-bzip2"),
    is(&[(0, b"MP+")], "audio/x-musepack"),
    is(&[(0, b"CWS")], "application/x-shockwave-flash"),
    is(&[(0, b"FWS")], "application/x-shockwave-flash"),
    is(&[(0, b"\xff\xd8\xff\xf7")], "image/jls"),
    is(&[(0, b"\xff\xd8\xff")], "image/jpeg"),
    is(&[(0, b"Obj\x01")], "application/avro"),
    is(&[(0, b"FLIF")], "image/flif"),
    is(&[(0, b"8BPS")], "image/vnd.adobe.photoshop"),
    is(&[(0, b"MPCK")], "audio/x-musepack"),
    is(&[(0, b"FORM")], "audio/aiff"),
    is(&[(0, b"icns")], "image/icns"),
    ask(&[(0, b"PK\x03\x04")], zip::kind),
    is(&[(0, b"OggS"), (28, b"OpusHead")], "audio/ogg; codecs=opus"),
    is(&[(0, b"OggS"), (28, b"\x80theora")], "video/ogg"),
    is(&[(0, b"OggS"), (28, b"\x01video\0")], "video/ogg"),
    is(&[(0, b"OggS"), (28, b"\x7fFLAC")], "audio/ogg"),
    is(&[(0, b"OggS"), (28, b"Speex  ")], "audio/ogg"),
    is(&[(0, b"OggS"), (28, b"\x01vorbis")], "audio/ogg"),
    is(&[(0, b"OggS")], "application/ogg"),
    is(&[(0, b"PK\x05\x06")], "application/zip"),
    is(&[(0, b"PK\x07\x08")], "application/zip"),
    is(&[(0, b"MThd")], "audio/midi"),
    is(&[(0, b"wOFF\x00\x01\x00\x00")], "font/woff"),
    is(&[(0, b"wOFFOTTO")], "font/woff"),
    is(&[(0, b"wOF2\x00\x01\x00\x00")], "font/woff2"),
    is(&[(0, b"wOF2OTTO")], "font/woff2"),
    is(&[(0, b"\xd4\xc3\xb2\xa1")], "application/vnd.tcpdump.pcap"),
    is(&[(0, b"\xa1\xb2\xc3\xd4")], "application/vnd.tcpdump.pcap"),
    is(&[(0, b"DSD ")], "audio/x-dsf"),
    is(&[(0, b"LZIP")], "application/x-lzip"),
    is(&[(0, b"fLaC")], "audio/flac"),
    is(&[(0, b"BPG\xfb")], "image/bpg"),
    is(&[(0, b"wvpk")], "audio/wavpack"),
    is(&[(0, b"%PDF")], "application/pdf"),
    is(&[(0, b"\0asm")], "application/wasm"),
    ask(&[(0, b"II")], tiff::kind),
    ask(&[(0, b"MM")], tiff::kind),
    is(&[(0, b"MAC ")], "audio/ape"),
    ask(&[(0, b"\x1a\x45\xdf\xa3")], ebml::kind),
    is(&[(0, b"SQLi")], "application/x-sqlite3"),
    is(&[(0, b"NES\x1a")], "application/x-nintendo-nes-rom"),
    is(&[(0, b"Cr24")], "application/x-google-chrome-extension"),
    is(&[(0, b"MSCF")], "application/vnd.ms-cab-compressed"),
    is(&[(0, b"ISc(")], "application/vnd.ms-cab-compressed"),
    is(&[(0, b"\xed\xab\xee\xdb")], "application/x-rpm"),
    is(&[(0, b"\xc5\xd0\xd3\xc6")], "application/eps"),
    is(&[(0, b"\x28\xb5\x2f\xfd")], "application/zstd"),
    is(&[(0, b"\x7fELF")], "application/x-elf"),
    is(&[(0, b"!BDN")], "application/vnd.ms-outlook"),
    is(&[(0, b"PAR1")], "application/vnd.apache.parquet"),
    is(&[(0, b"PARE")], "application/vnd.apache.parquet"),
    is(&[(0, b"ttcf")], "font/collection"),
    is(&[(0, b"\xfe\xed\xfa\xce")], "application/x-mach-binary"),
    is(&[(0, b"\xfe\xed\xfa\xcf")], "application/x-mach-binary"),
    is(&[(0, b"\xce\xfa\xed\xfe")], "application/x-mach-binary"),
    is(&[(0, b"\xcf\xfa\xed\xfe")], "application/x-mach-binary"),
    is(&[(0, b"\x04\x22\x4d\x18")], "application/x-lz4"),
    is(&[(0, b"regf")], "application/x-ft-windows-registry-hive"),
    is(&[(0, b"$FL2")], "application/x-spss-sav"),
    is(&[(0, b"$FL3")], "application/x-spss-sav"),
    is(&[(0, b"OTTO\0")], "font/otf"),
    is(&[(0, b"#!AMR")], "audio/amr"),
    is(&[(0, b"{\\rtf")], "application/rtf"),
    is(&[(0, b"FLV\x01")], "video/x-flv"),
    is(&[(0, b"IMPM")], "audio/x-it"),
    ask(&[(2, b"-l"), (6, b"-")], lha),
    ask(&[(0, b"\0\0\x01\xba")], mpeg::program_stream),
    is(&[(0, b"ITSF")], "application/vnd.ms-htmlhelp"),
    ask(&[(0, b"\xca\xfe\xba\xbe")], java_or_mach),
    is(&[(0, b".RMF")], "application/vnd.rn-realmedia"),
    is(&[(0, b"DRACO")], "application/vnd.google.draco"),
    is(&[(0, b"\xfd7zXZ\0")], "application/x-xz"),
    is(&[(0, b"<?xml ")], "application/xml"),
    is(&[(0, b"7z\xbc\xaf\x27\x1c")], "application/x-7z-compressed"),
    is(&[(0, b"Rar!\x1a\x07\x00")], "application/x-rar-compressed"),
    is(&[(0, b"Rar!\x1a\x07\x01")], "application/x-rar-compressed"),
    is(&[(0, b"solid ")], "model/stl"),
    ask(&[(0, b"AC10")], drawing),
    is(&[(0, b"070707")], "application/x-cpio"),
    is(&[(0, b"BLENDER")], "application/x-blender"),
    is(&[(0, b"!<arch>"), (8, b"debian-binary")], "application/x-deb"),
    is(&[(0, b"!<arch>")], "application/x-unix-archive"),
    ask(&[(0, b"WEBVTT")], subtitles),
    ask(&[(0, b"\x89PNG\r\n\x1a\n")], png::kind),
    is(&[(0, b"ARROW1\0\0")], "application/vnd.apache.arrow.file"),
    is(&[(0, b"glTF\x02\0\0\0")], "model/gltf-binary"),
    is(&[(4, b"free")], "video/quicktime"),
    is(&[(4, b"mdat")], "video/quicktime"),
    is(&[(4, b"moov")], "video/quicktime"),
    is(&[(4, b"wide")], "video/quicktime"),
    is(&[(0, b"IIRO\x08\0\0\0\x18")], "image/x-olympus-orf"),
    is(&[(0, b"gimp xcf ")], "image/x-xcf"),
    ask(&[(4, b"ftyp")], mpeg::brand),
    is(&[(0, b"REGEDIT4\r\n")], "application/x-ms-regedit"),
    is(&[(0, b"RIFF"), (8, b"WEBP")], "image/webp"),
    is(&[(0, b"RIFF"), (8, b"AVI")], "video/vnd.avi"),
    is(&[(0, b"RIFF"), (8, b"WAVE")], "audio/wav"),
    is(&[(0, b"RIFF"), (8, b"QLCM")], "audio/qcelp"),
    is(&[(0, b"IIU\0\x18\0\0\0\x88\xe7\x74\xd8")], "image/x-panasonic-rw2"),
    ask(&[(0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9")], asf::kind),
    is(&[(0, b"\xabKTX 11\xbb\r\n\x1a\n")], "image/ktx"),
    is(&[(0, b"\x7e\x10\x04"), (4, b"0MIE")], "application/x-mie"),
    is(&[(0, b"\x7e\x18\x04"), (4, b"0MIE")], "application/x-mie"),
    is(&[(2, b"\x27\x0a\0\0\0\0\0\0\0\0\0\0")], "application/x-esri-shape"),
    is(&[(0, b"\xff\x4f\xff\x51")], "image/j2c"),
    ask(&[(0, b"\0\0\0\x0cjP  \r\n\x87\n")], jpeg2000::kind),
    is(&[(0, b"\xff\x0a")], "image/jxl"),
    is(&[(0, b"\0\0\0\x0cJXL \r\n\x87\n")], "image/jxl"),
    is(&[(0, b"\xfe\xff\0<\0?\0x\0m\0l\0 ")], "application/xml"),
    ask(&[(0, b"\xfe\xff")], text),
    is(&[(0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")], "application/x-cfb"),
    is(&[(36, b"acsp")], "application/vnd.iccprofile"),
    is(&[(7, b"**ACE"), (12, b"**")], "application/x-ace-compressed"),
    is(&[(0, b"BEGIN:VCARD")], "text/vcard"),
    is(&[(0, b"BEGIN:VCALENDAR")], "text/calendar"),
    is(&[(0, b"FUJIFILMCCD-RAW")], "image/x-fujifilm-raf"),
    is(&[(0, b"Extended Module:")], "audio/x-xm"),
    is(&[(0, b"Creative Voice File")], "audio/x-voc"),
    is(&[(0, b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02")], "application/mxf"),
    is(&[(44, b"SCRM")], "audio/x-s3m"),
    is(&[(0, b"G"), (188, b"G")], "video/mp2t"),
    is(&[(4, b"G"), (196, b"G")], "video/mp2t"),
    is(&[(60, b"BOOKMOBI")], "application/x-mobipocket-ebook"),
    is(&[(128, b"DICM")], "application/dicom"),
    is(&[(0, b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F")], "application/x.ms.shortcut"),
    is(&[(0, b"book\0\0\0\0mark\0\0\0\0")], "application/x.apple.alias"),
    is(&[(0, b"Kaydara FBX Binary  \0")], "application/x.autodesk.fbx"),
    is(&[(34, b"LP"), (8, b"\0\0\x01")], "application/vnd.ms-fontobject"),
    is(&[(34, b"LP"), (8, b"\x01\0\x02")], "application/vnd.ms-fontobject"),
    is(&[(34, b"LP"), (8, b"\x02\0\x02")], "application/vnd.ms-fontobject"),
    is(&[(0, b"\x06\x06\xed\xf5\xd8\x1d\x46\xe5\xbd\x31\xef\xe7\xfe\x74\xb7\x1d")], "application/x-indesign"),
    is(&[(0, b"\xff\xff\0\0\x07\0\0\0\x04\0\0\0\x01\0\x01\0")], "application/x-jmp-data"),
    is(&[(0, b"\0\0\xff\xff\0\0\0\x07\0\0\0\x04\0\x01\0\x01")], "application/x-jmp-data"),
    is(&[(257, b"ustar\0")], "application/x-tar"),
    is(&[(257, b"ustar ")], "application/x-tar"),
    ask(&[(257, b"\0\0\0\0\0\0")], tar::old),
    is(&[(0, b"\xff\xfe<\0?\0x\0m\0l\0 \0")], "application/xml"),
    is(&[(0, b"\xff\xfe\xff\x0eS\0k\0e\0t\0c\0h\0U\0p\0 \0M\0o\0d\0e\0l\0")], "application/vnd.sketchup.skp"),
    is(&[(0, b"\xff\xfeW\0i\0n\0d\0o\0w\0s\0 \0R\0e\0g\0i\0s\0t\0r\0y\0 \0E\0d\0i\0t\0o\0r\0")], "application/x-ms-regedit"),
    ask(&[(0, b"\xff\xfe")], text),
    is(&[(0, b"-----BEGIN PGP MESSAGE-----")], "application/pgp-encrypted"),
];

/// Short signatures, which may occur by chance. They are compared last.
#[rustfmt::skip]
pub(super) const IMPRECISE: &[Mark] = &[
    is(&[(0, b"\0\0\x01\xba")], "video/mpeg"),
    is(&[(0, b"\0\0\x01\xb3")], "video/mpeg"),
    is(&[(0, b"\0\x01\0\0\0")], "font/ttf"),
    is(&[(0, b"\0\0\x01\0")], "image/x-icon"),
    is(&[(0, b"\0\0\x02\0")], "image/x-icon"),
    ask(&[(0, b"\xff")], mpeg::frame),
];

/// Text in UTF-16. (The npm package takes its byte order mark for an audio frame.)
fn text(_: Bytes<'_>) -> Look {
    Look::Nothing
}

fn lha(bytes: Bytes<'_>) -> Look {
    let methods = [b"h0", b"h1", b"h2", b"h3", b"h4", b"h5", b"h6", b"h7", b"zs", b"z4", b"z5", b"hd"];
    found_if("application/x-lzh-compressed", methods.iter().any(|method| bytes.has(4, *method)))
}

/// Drawings of the versions from 1000 to 1050.
fn drawing(bytes: Bytes<'_>) -> Look {
    found_if("image/vnd.dwg", matches!(bytes.slice(4, 2), Some([b'0'..=b'4', b'0'..=b'9'] | [b'5', b'0'])))
}

fn subtitles(bytes: Bytes<'_>) -> Look {
    found_if("text/vtt", matches!(bytes.0.get(6), None | Some(b'\n' | b'\r' | b'\t' | b' ' | b'\0')))
}

/// Java classes and Mach-O binaries begin alike. The next number is a small count of architectures in Mach-O, and a
/// version above 30 in Java.
fn java_or_mach(bytes: Bytes<'_>) -> Look {
    match (bytes.u32_be(4), bytes.u16_be(6)) {
        (Some(1..=30), _) => Look::Found("application/x-mach-binary"),
        (_, Some(31..)) => Look::Found("application/java-vm"),
        _ => Look::Else,
    }
}

fn found_if(mime: &'static str, is_so: bool) -> Look {
    if is_so { Look::Found(mime) } else { Look::Else }
}
