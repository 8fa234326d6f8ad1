//! The symbols that a library exports and imports.

use object::elf;
use object::endian::Endianness;
use object::read::ReadCache;
use object::read::elf::{FileHeader, Sym as _};

use super::manifest::{ManifestError, elf::Header};
use super::reader::Reader;
use super::snapshot::Snapshot;

/// Larger than the symbol table of any linked provider.
const MAX_SYMBOLS: usize = 1 << 20;

/// The symbols of a library that the loader sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Symbols {
    /// The exported symbols.
    pub exports: Vec<Export>,
    /// The names of the imported symbols.
    pub imports: Vec<String>,
}

/// An exported symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// Whether the process has only one instance of the symbol, regardless of the number of libraries that define it
    /// (`STB_GNU_UNIQUE`).
    pub unique: bool,
}

impl Snapshot {
    /// Reads the symbols that the loader sees. Runs none of the library's code.
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
