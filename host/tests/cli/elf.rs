//! Changes to the bytes of a library that no compiler makes, by the layout of the ELF specification (64 bits, little
//! endian).

/// A dynamic symbol.
pub(crate) struct Symbol {
    /// The offset of its entry in the file.
    entry: usize,
    /// The offset of its name in the file.
    name: usize,
}

/// Finds an entry of the table of dynamic symbols.
pub(crate) fn symbol(bytes: &[u8], name: &str) -> Symbol {
    const SHT_DYNSYM: u32 = 11;
    const ENTRY: usize = 24;
    let table = section(bytes, SHT_DYNSYM);
    let names = header(bytes, number(bytes, table + 0x28, 4));
    let (start, size) = (number(bytes, table + 0x18, 8), number(bytes, table + 0x20, 8));
    let names = number(bytes, names + 0x18, 8);
    (start..start + size)
        .step_by(ENTRY)
        .map(|entry| Symbol { entry, name: names + number(bytes, entry, 4) })
        .find(|symbol| bytes[symbol.name..].starts_with(format!("{name}\0").as_bytes()))
        .unwrap_or_else(|| panic!("the library has no symbol `{name}`"))
}

impl Symbol {
    /// Changes the first letter of the symbol's name.
    pub(crate) fn rename(&self, bytes: &mut [u8]) {
        bytes[self.name] = b'X';
    }

    /// Renames the symbol. The new name must not be longer than the old one.
    pub(crate) fn rename_to(&self, bytes: &mut [u8], name: &str) {
        let length = bytes[self.name..].iter().position(|byte| *byte == 0).unwrap();
        assert!(name.len() <= length, "`{name}` is longer");
        bytes[self.name..self.name + length].fill(0);
        bytes[self.name..self.name + name.len()].copy_from_slice(name.as_bytes());
    }

    /// Marks the symbol as defined in this library.
    pub(crate) fn define(&self, bytes: &mut [u8]) {
        bytes[self.entry + 6..self.entry + 8].copy_from_slice(&1_u16.to_le_bytes());
    }
}

/// Sets bits in the flags of the dynamic section (`DT_FLAGS`).
pub(crate) fn set_flags(bytes: &mut [u8], flags: u8) {
    const SHT_DYNAMIC: u32 = 6;
    const DT_FLAGS: usize = 30;
    let section = section(bytes, SHT_DYNAMIC);
    let (start, size) = (number(bytes, section + 0x18, 8), number(bytes, section + 0x20, 8));
    let entry = (start..start + size).step_by(16).find(|entry| number(bytes, *entry, 8) == DT_FLAGS).unwrap();
    bytes[entry + 8] |= flags;
}

/// The offset of the header of the first section of this type.
fn section(bytes: &[u8], kind: u32) -> usize {
    let count = number(bytes, 0x3c, 2);
    let mut headers = (0..count).map(|index| header(bytes, index));
    headers.find(|header| number(bytes, header + 4, 4) == kind as usize).expect("every library has it")
}

fn header(bytes: &[u8], index: usize) -> usize {
    number(bytes, 0x28, 8) + index * number(bytes, 0x3a, 2)
}

fn number(bytes: &[u8], at: usize, length: usize) -> usize {
    bytes[at..at + length].iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
}
