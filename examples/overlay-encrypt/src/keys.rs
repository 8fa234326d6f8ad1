//! Keys: the master key of the options, and the key that each file has of its own.

use aead_stream::{NewStream, Nonce, StreamBE32, StreamPrimitive};
use chacha20poly1305::{ChaCha20Poly1305, Key};
use hkdf::Hkdf;
use longshore_provider::{Error, Result};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::format::Header;

type Stream = StreamBE32<ChaCha20Poly1305>;

/// Makes the keys of files.
pub(crate) struct MasterKey {
    bytes: Zeroizing<[u8; 32]>,
    id: [u8; 8],
}

impl MasterKey {
    pub(crate) fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        let mut id = [0; 8];
        Hkdf::<Sha256>::new(None, &*bytes)
            .expand(b"longshore overlay-encrypt: key id", &mut id)
            .expect("8 bytes are not too many for HKDF");
        Self { bytes, id }
    }

    /// The header of a new file, with a salt of its own, and its cipher.
    pub(crate) fn new_file(&self) -> Result<(Header, FileCipher)> {
        let mut salt = [0; 32];
        getrandom::fill(&mut salt)
            .map_err(|error| Error::internal("the system gives no random bytes").caused_by(&error))?;
        let header = Header { key_id: self.id, salt };
        Ok((header, self.cipher(&header)))
    }

    /// The cipher of a stored file; `None` if it was encrypted with another key.
    pub(crate) fn stored_file(&self, header: &Header) -> Option<FileCipher> {
        (header.key_id == self.id).then(|| self.cipher(header))
    }

    fn cipher(&self, header: &Header) -> FileCipher {
        let mut made = Zeroizing::new([0; 32 + 7]);
        Hkdf::<Sha256>::new(Some(&header.salt), &*self.bytes)
            .expand_multi_info(&[b"longshore overlay-encrypt: file", &header.write()], &mut *made)
            .expect("39 bytes are not too many for HKDF");
        let (key, nonce) = made.split_first_chunk::<32>().expect("there are 39 bytes");
        let nonce = <[u8; 7]>::try_from(nonce).expect("39 bytes are 32 and 7");
        FileCipher(Stream::new(&Key::from(*key), &Nonce::<ChaCha20Poly1305, Stream>::from(nonce)))
    }
}

/// Encrypts and decrypts the segments of one file.
pub(crate) struct FileCipher(Stream);

/// A segment is not what was stored at its place.
pub(crate) struct Forged;

impl FileCipher {
    /// Encrypts a segment where it stands, and adds its tag.
    pub(crate) fn seal(&self, number: u32, last: bool, segment: &mut Vec<u8>) {
        self.0.encrypt_in_place(number, last, b"", segment).expect("a segment is not too long for the cipher");
    }

    /// Decrypts a segment where it stands, and removes its tag.
    pub(crate) fn open(&self, number: u32, last: bool, segment: &mut Vec<u8>) -> Result<(), Forged> {
        self.0.decrypt_in_place(number, last, b"", segment).map_err(|_| Forged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> MasterKey {
        MasterKey::new(Zeroizing::new([byte; 32]))
    }

    #[test]
    fn a_segment_opens_at_its_own_place_alone() {
        let (header, cipher) = key(1).new_file().unwrap();
        let mut sealed = b"segment".to_vec();
        cipher.seal(3, false, &mut sealed);
        let again = key(1).stored_file(&header).unwrap();
        for (number, last, opens) in [(3, false, true), (2, false, false), (3, true, false)] {
            let mut segment = sealed.clone();
            assert_eq!(again.open(number, last, &mut segment).is_ok(), opens, "{number} {last}");
            assert_eq!(segment == b"segment", opens, "{number} {last}");
        }
    }

    #[test]
    fn a_changed_salt_makes_another_key() {
        let (mut header, cipher) = key(1).new_file().unwrap();
        let mut sealed = b"segment".to_vec();
        cipher.seal(0, true, &mut sealed);
        header.salt[0] ^= 1;
        assert!(key(1).stored_file(&header).unwrap().open(0, true, &mut sealed).is_err());
    }

    #[test]
    fn another_master_key_is_known_by_its_id() {
        let (header, _) = key(1).new_file().unwrap();
        assert!(key(2).stored_file(&header).is_none());
    }

    /// Every later version must read files that were stored before, so these bytes must never change. Another program
    /// computed them independently.
    #[test]
    fn the_format_stays_as_it_is() {
        let header = Header { key_id: key(7).id, salt: [9; 32] };
        let mut segment = b"longshore".to_vec();
        key(7).cipher(&header).seal(0, true, &mut segment);
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        assert_eq!(hex(&header.key_id), "a932007e2a6f9aa3");
        assert_eq!(hex(&segment), "b56f78f52c1af43fcf05232f7003dd8e324f120b0fa03e41ac");
    }
}
