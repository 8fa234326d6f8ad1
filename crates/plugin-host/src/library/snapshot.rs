//! A copy of a library in sealed memory: what was hashed is what will run.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use rustix::io::Errno;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::accounts::Accounts;
use super::facts::Facts;
use super::note::{self, NoteError};
use super::opened::OpenedFile;
use super::reader::Reader;
use super::trust::Trust;

/// Large enough that the system calls do not count, small enough to stay in the processor's cache between hashing
/// and copying.
pub(super) const CHUNK: usize = 256 * 1024;

/// A library's content, sealed, with the facts that were read from it.
#[derive(Debug)]
pub struct Snapshot {
    pub(super) facts: Facts,
    pub(super) hash: [u8; 32],
    pub(super) memory: File,
    /// The kernel gave memory that may be executed.
    pub(super) executable: bool,
    pub(super) trust: Trust,
}

/// Why a checked file could not be taken.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// It is no provider's library.
    #[error("`{}` is not taken for a provider", path.display())]
    Note {
        /// The library.
        path: PathBuf,
        /// Why not.
        source: NoteError,
    },
    /// Somebody wrote to the file meanwhile.
    #[error(
        "`{}` changed while it was read: {expected} bytes at first, {found} then\n\
         hint: wait until it is built or copied, and put it in place by renaming", path.display()
    )]
    Changed {
        /// The library.
        path: PathBuf,
        /// Its size when it was opened.
        expected: u64,
        /// The bytes that were read.
        found: u64,
    },
    /// Reading the file, or writing the copy, failed.
    #[error("`{}` cannot be copied into memory", path.display())]
    Io {
        /// The library.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Snapshot {
    /// What is known of the library.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    pub(super) fn take(opened: OpenedFile) -> Result<Self, SnapshotError> {
        let OpenedFile { file, path, owner, mode, trust } = opened;
        let io = |source| SnapshotError::Io { path: path.clone(), source };
        let size = file.metadata().map_err(io)?.len();
        if size > super::MAX_FILE {
            return Err(SnapshotError::Note { path, source: NoteError::TooLarge { size } });
        }
        let (memory, executable) = memory().map_err(io)?;
        // One more byte than expected is enough to see that the file grew.
        let (hash, copied) = copy(&mut Reader::new(&file).take(size + 1), &mut &memory).map_err(io)?;
        if copied != size {
            return Err(SnapshotError::Changed { path, expected: size, found: copied });
        }
        let seals = SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
        fcntl_add_seals(&memory, seals).map_err(|error| io(error.into()))?;
        let (note, static_tls) = match note::read_file(Reader::new(&memory)) {
            Ok(read) => read,
            Err(source) => return Err(SnapshotError::Note { path, source }),
        };
        let owner_name = Accounts::of_system().user_name(owner);
        let sha256 = hex(&hash);
        let facts = Facts { path, note, size, sha256, owner, owner_name, mode, static_tls };
        Ok(Self { facts, hash, memory, executable, trust })
    }
}

/// Copies all of `from`, and gives its SHA-256 and its size.
pub(super) fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<([u8; 32], u64)> {
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    let mut size = 0;
    loop {
        let count = match from.read(&mut chunk) {
            Ok(0) => return Ok((hasher.finalize().into(), size)),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(&chunk[..count]);
        to.write_all(&chunk[..count])?;
        size += count as u64;
    }
}

/// New memory that has a descriptor, and whether it may be executed.
fn memory() -> io::Result<(File, bool)> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let (memory, executable) = match memfd_create("longshore-provider", flags | MemfdFlags::EXEC) {
        Ok(memory) => (memory, true),
        // Before Linux 6.3 the flag is unknown and all such memory may be executed.
        Err(Errno::INVAL) => (memfd_create("longshore-provider", flags)?, true),
        // `vm.memfd_noexec = 2`: sealed memory is still to be had, only not for running.
        Err(Errno::ACCESS) => (memfd_create("longshore-provider", flags | MemfdFlags::NOEXEC_SEAL)?, false),
        Err(error) => return Err(error.into()),
    };
    Ok((File::from(memory), executable))
}

fn hex(hash: &[u8; 32]) -> String {
    use std::fmt::Write as _;
    hash.iter().fold(String::with_capacity(64), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String does not fail");
        text
    })
}
