//! Reads the headers of an ELF file that describe it, and nothing else of the file.
//!
//! Only the section headers and the program headers are read. A folder of large debug libraries is scanned with a few
//! small reads for each. Every count and offset in the file is checked before it is used.

use object::endian::Endianness;
use object::read::elf::{Dyn as _, FileHeader, ProgramHeader as _, SectionHeader as _};
use object::{ReadRef, elf};

use super::error::ManifestError;
use crate::library::MAX_FILE;

#[cfg(target_pointer_width = "64")]
pub(in crate::library) type Header = elf::FileHeader64<Endianness>;
#[cfg(target_pointer_width = "32")]
pub(in crate::library) type Header = elf::FileHeader32<Endianness>;

/// The section that contains the plugin manifest.
const SECTION: &[u8] = b".longshore";
/// Real libraries have a few dozen sections.
const MAX_SECTIONS: u32 = 4096;
/// Real libraries have about 30 dynamic entries.
const MAX_DYNAMIC: u64 = 64 * 1024;
/// A manifest has a few hundred bytes.
const MAX_MANIFEST: u64 = 64 * 1024;

/// The content of a shared object's headers that matters to the host.
pub(super) struct Headers {
    /// The content of the section `.longshore`; `None` when the library has no such section.
    pub(super) manifest: Option<Vec<u8>>,
    /// The library asks for thread-local memory from the loader's small reserve.
    pub(super) static_tls: bool,
}

pub(super) fn read<'data, R: ReadRef<'data>>(data: R) -> Result<Headers, ManifestError> {
    check_identity(data)?;
    let header = Header::parse(data).map_err(|error| damaged(&error))?;
    let endian = header.endian().map_err(|error| damaged(&error))?;
    check_complete(header, endian, data)?;
    let dynamic = dynamic_flags(header, endian, data)?;
    check_kind(header.e_type(endian), dynamic.pie)?;
    Ok(Headers { manifest: manifest_section(header, endian, data)?, static_tls: dynamic.static_tls })
}

/// Checks that the file is an ELF file for this machine. Reads only the first bytes, which every kind of ELF shares.
fn check_identity<'data, R: ReadRef<'data>>(data: R) -> Result<(), ManifestError> {
    let length = data.len().map_err(|()| ManifestError::Unreadable)?;
    if length > MAX_FILE {
        return Err(ManifestError::TooLarge { size: length });
    }
    let head = data.read_bytes_at(0, length.min(64)).map_err(|()| ManifestError::Unreadable)?;
    if !head.starts_with(&elf::ELFMAG) {
        return Err(ManifestError::NotALibrary { found: describe(head) });
    }
    if head.len() < 64 {
        return Err(ManifestError::Truncated { expected: 64, found: length });
    }
    let little = head[5] == 1;
    let machine =
        if little { u16::from_le_bytes([head[18], head[19]]) } else { u16::from_be_bytes([head[18], head[19]]) };
    let bits = if head[4] == 1 { 32 } else { 64 };
    let found = platform(machine, bits, little);
    let host = host_platform();
    if found != host {
        return Err(ManifestError::Foreign { found, host });
    }
    // 0 is System V, which Linux uses; 3 is GNU, set when GNU's own symbol types are used.
    match head[7] {
        0 | 3 => Ok(()),
        9 => Err(ManifestError::Foreign { found: "FreeBSD".into(), host: std::env::consts::OS.into() }),
        other => Err(ManifestError::Foreign {
            found: format!("the operating system number {other}"),
            host: std::env::consts::OS.into(),
        }),
    }
}

/// Checks that the file contains every byte that its headers refer to.
fn check_complete<'data, H: FileHeader, R: ReadRef<'data>>(
    header: &H,
    endian: H::Endian,
    data: R,
) -> Result<(), ManifestError> {
    let found = data.len().map_err(|()| ManifestError::Unreadable)?;
    let table = |offset: u64, count: u16, size: u16| offset.saturating_add(u64::from(count) * u64::from(size));
    let mut expected = table(header.e_shoff(endian).into(), header.e_shnum(endian), header.e_shentsize(endian))
        .max(table(header.e_phoff(endian).into(), header.e_phnum(endian), header.e_phentsize(endian)));
    if expected <= found {
        for segment in header.program_headers(endian, data).map_err(|error| damaged(&error))? {
            let (offset, size) = segment.file_range(endian);
            expected = expected.max(offset.saturating_add(size));
        }
    }
    if expected > found { Err(ManifestError::Truncated { expected, found }) } else { Ok(()) }
}

struct Dynamic {
    static_tls: bool,
    pie: bool,
}

fn dynamic_flags<'data, H: FileHeader, R: ReadRef<'data>>(
    header: &H,
    endian: H::Endian,
    data: R,
) -> Result<Dynamic, ManifestError> {
    let mut flags = Dynamic { static_tls: false, pie: false };
    for segment in header.program_headers(endian, data).map_err(|error| damaged(&error))? {
        if segment.p_type(endian) != elf::PT_DYNAMIC {
            continue;
        }
        if segment.file_range(endian).1 > MAX_DYNAMIC {
            return Err(ManifestError::Damaged { reason: "its dynamic section is too large".into() });
        }
        let entries = segment.dynamic(endian, data).map_err(|error| damaged(&error))?.unwrap_or_default();
        for entry in entries {
            let (tag, value) = (entry.tag(endian), entry.val(endian));
            flags.static_tls |= tag == elf::DT_FLAGS && value & elf::DF_STATIC_TLS.0 != 0;
            flags.pie |= tag == elf::DT_FLAGS_1 && value & elf::DF_1_PIE.0 != 0;
        }
    }
    Ok(flags)
}

fn check_kind(kind: elf::FileType, pie: bool) -> Result<(), ManifestError> {
    if kind == elf::ET_DYN && !pie {
        return Ok(());
    }
    let found = if kind == elf::ET_EXEC || kind == elf::ET_DYN {
        "an executable program"
    } else if kind == elf::ET_REL {
        "an object file that is not linked yet"
    } else if kind == elf::ET_CORE {
        "a core dump"
    } else {
        "an ELF file of an unknown kind"
    };
    Err(ManifestError::NotShared { found })
}

fn manifest_section<'data, H: FileHeader, R: ReadRef<'data>>(
    header: &H,
    endian: H::Endian,
    data: R,
) -> Result<Option<Vec<u8>>, ManifestError> {
    if header.shnum(endian, data).map_err(|error| damaged(&error))? > MAX_SECTIONS {
        return Err(ManifestError::Damaged { reason: "it has too many sections".into() });
    }
    let sections = header.sections(endian, data).map_err(|error| damaged(&error))?;
    let mut manifest: Option<Vec<u8>> = None;
    for section in sections.iter() {
        // A section with an unreadable name is not the manifest's.
        if sections.section_name(endian, section).ok() != Some(SECTION) {
            continue;
        }
        let size: u64 = section.sh_size(endian).into();
        let manifest = manifest.get_or_insert_default();
        if size.saturating_add(manifest.len() as u64) > MAX_MANIFEST {
            return Err(ManifestError::Malformed { reason: format!("it is larger than {MAX_MANIFEST} bytes") });
        }
        manifest.extend_from_slice(section.data(endian, data).map_err(|error| damaged(&error))?);
    }
    Ok(manifest)
}

fn damaged(error: &object::Error) -> ManifestError {
    ManifestError::Damaged { reason: error.to_string() }
}

/// Describes a file that is not an ELF file by its first bytes.
fn describe(head: &[u8]) -> &'static str {
    match head {
        [] => "the file is empty",
        [b'#', b'!', ..] => "the file is a script",
        [b'M', b'Z', ..] => "the file is a Windows library or program",
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => "the file is a macOS library or program",
        [0, b'a', b's', b'm', ..] => "the file is WebAssembly",
        _ if head.starts_with(b"!<arch>\n") => "the file is a static library (`.a` or `.rlib`)",
        _ if head.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) => "the file is text",
        _ => "the file is of an unknown kind",
    }
}

fn platform(machine: u16, bits: u8, little: bool) -> String {
    // The numbers of the ELF specification's table of machines.
    let name = match machine {
        3 => "x86",
        8 => "mips",
        20 => "powerpc",
        21 => "powerpc64",
        22 => "s390x",
        40 => "arm",
        62 => "x86_64",
        183 => "aarch64",
        243 => "riscv",
        258 => "loongarch",
        other => return format!("machine number {other} ({bits} bits)"),
    };
    format!("{name} ({bits} bits, {} endian)", if little { "little" } else { "big" })
}

fn host_platform() -> String {
    let machine = match std::env::consts::ARCH {
        "x86" => 3,
        "mips" | "mips64" => 8,
        "powerpc" => 20,
        "powerpc64" => 21,
        "s390x" => 22,
        "arm" => 40,
        "x86_64" => 62,
        "aarch64" => 183,
        "riscv32" | "riscv64" => 243,
        "loongarch64" => 258,
        _ => 0,
    };
    platform(machine, if cfg!(target_pointer_width = "32") { 32 } else { 64 }, cfg!(target_endian = "little"))
}
