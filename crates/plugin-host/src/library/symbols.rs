//! The names that a library gives to others and takes from them.

use object::elf;
use object::endian::Endianness;
use object::read::ReadCache;
use object::read::elf::{FileHeader, Sym as _};

use super::elf::Header;
use super::note::ManifestError;
use super::reader::Reader;
use super::snapshot::Snapshot;

/// Larger than the table of any library that was linked as a provider is.
const MAX_SYMBOLS: usize = 1 << 20;

/// The symbols of a library that its loader sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Symbols {
    /// What it gives.
    pub exports: Vec<Export>,
    /// What it takes.
    pub imports: Vec<String>,
}

/// A symbol that others can find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// There is one of it in the whole process, whoever loads it (`STB_GNU_UNIQUE`).
    pub unique: bool,
}

impl Snapshot {
    /// The symbols that the loader sees. Runs none of the library's code.
    ///
    /// # Errors
    ///
    /// The table contradicts itself.
    pub fn symbols(&self) -> Result<Symbols, ManifestError> {
        let cache = ReadCache::new(Reader::new(&self.memory));
        read(&cache).map_err(|error| ManifestError::Damaged { reason: error.to_string() })
    }
}

fn read<'data, R: object::ReadRef<'data>>(data: R) -> Result<Symbols, object::Error> {
    let header = Header::parse(data)?;
    let endian: Endianness = header.endian()?;
    let table = header.sections(endian, data)?.symbols(endian, data, elf::SHT_DYNSYM)?;
    let mut symbols = Symbols::default();
    for symbol in table.iter().take(MAX_SYMBOLS) {
        let name = String::from_utf8_lossy(table.symbol_name(endian, symbol)?).into_owned();
        let bind = symbol.st_bind();
        if name.is_empty() || bind == elf::STB_LOCAL {
            continue;
        }
        if symbol.st_shndx(endian) == elf::SHN_UNDEF {
            symbols.imports.push(name);
        } else {
            symbols.exports.push(Export { name, unique: bind == elf::STB_GNU_UNIQUE });
        }
    }
    Ok(symbols)
}
