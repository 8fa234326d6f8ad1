//! A copy of a library in sealed memory: the hash is the hash of the code that will run.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use rustix::io::Errno;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::accounts::Accounts;
use super::manifest::{self, ManifestError};
use super::metadata::PluginMetadata;
use super::opened::OpenedFile;
use super::reader::Reader;
use super::trust::Trust;
use crate::hint::Hint;

/// Large enough to make the cost of system calls negligible, small enough to stay in the processor's cache between
/// hashing and copying.
const CHUNK: usize = 256 * 1024;
/// One chunk is copied, one is hashed, and one waits.
const CHUNKS: usize = 3;
/// How long to wait for pages that the kernel holds.
const BUSY_PAGES: Duration = Duration::from_secs(10);

/// A library's sealed content, with its metadata.
#[derive(Debug)]
pub struct Snapshot {
    pub(super) metadata: PluginMetadata,
    pub(super) hash: [u8; 32],
    pub(super) memory: File,
    /// Whether the kernel allows executing the memory.
    pub(super) executable: bool,
    pub(super) trust: Trust,
}

/// Why a checked file could not be copied.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// The file is not a provider's library.
    #[error("the library `{}` is not taken for a provider", path.display())]
    PluginManifest {
        /// The library.
        path: PathBuf,
        /// The reason.
        source: ManifestError,
    },
    /// The file changed while it was read.
    #[error("`{}` changed while it was read: {expected} bytes at first, {found} then", path.display())]
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
        /// The error of the operating system.
        source: io::Error,
    },
}

impl SnapshotError {
    /// Advice for the user.
    pub fn hint(&self) -> Option<Hint> {
        match self {
            Self::PluginManifest { .. } => None,
            Self::Changed { .. } => Some("wait until it is built or copied, and put it in place by renaming".into()),
            Self::Io { .. } => Some("look at the limits of memory and of open files".into()),
        }
    }
}

// This method is here, and not beside `OpenedFile`, because `opened` does not depend on this module.
impl OpenedFile {
    /// Copies the library into immutable memory and hashes it in the same pass.
    pub fn snapshot(self) -> Result<Snapshot, SnapshotError> {
        Snapshot::take(self)
    }
}

impl Snapshot {
    /// The metadata of the library.
    pub fn metadata(&self) -> &PluginMetadata {
        &self.metadata
    }

    fn take(opened: OpenedFile) -> Result<Self, SnapshotError> {
        let OpenedFile { file, path, owner, mode, trust } = opened;
        let io = |source| SnapshotError::Io { path: path.clone(), source };
        let size = file.metadata().map_err(io)?.len();
        if size > super::MAX_FILE {
            return Err(SnapshotError::PluginManifest { path, source: ManifestError::TooLarge { size } });
        }
        let (memory, executable) = memory().map_err(io)?;
        // Reading one byte more than expected detects a file that grew.
        let (hash, copied) = copy(&mut Reader::new(&file).take(size + 1), &mut &memory).map_err(io)?;
        if copied != size {
            return Err(SnapshotError::Changed { path, expected: size, found: copied });
        }
        seal(&memory).map_err(io)?;
        let (manifest, static_tls) = match manifest::read_file(Reader::new(&memory)) {
            Ok(read) => read,
            Err(source) => return Err(SnapshotError::PluginManifest { path, source }),
        };
        let owner_name = Accounts::of_system().user_name(owner);
        let sha256 = hex(&hash);
        let metadata = PluginMetadata { path, manifest, size, sha256, owner, owner_name, mode, static_tls };
        Ok(Self { metadata, hash, memory, executable, trust })
    }
}

/// Copies all of `from`, and returns its SHA-256 and its size. A second thread hashes each chunk while the next one is
/// copied, because hashing takes as long as all other steps of loading a library together.
pub(super) fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<([u8; 32], u64)> {
    thread::scope(|scope| {
        let (feed, arriving) = mpsc::channel::<(Vec<u8>, usize)>();
        let (back, free) = mpsc::channel::<Vec<u8>>();
        let hasher = thread::Builder::new().name("longshore-hash".into()).spawn_scoped(scope, move || {
            let mut hasher = Sha256::new();
            for (chunk, count) in arriving {
                hasher.update(&chunk[..count]);
                // After an error or at the end of the file, the receiver is gone.
                let _ = back.send(chunk);
            }
            hasher.finalize().into()
        })?;
        let mut chunks = (0..CHUNKS).map(|_| vec![0; CHUNK]).chain(free);
        let mut size = 0;
        loop {
            let mut chunk = chunks.next().expect("the hasher gives each chunk back while it is fed");
            let count = read(from, &mut chunk)?;
            if count == 0 {
                break;
            }
            to.write_all(&chunk[..count])?;
            size += count as u64;
            feed.send((chunk, count)).expect("the hasher takes chunks until this end hangs up");
        }
        drop(feed);
        let hash = hasher.join().expect("hashing cannot panic");
        Ok((hash, size))
    })
}

fn read(from: &mut impl Read, chunk: &mut [u8]) -> io::Result<usize> {
    loop {
        match from.read(chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            answer => return answer,
        }
    }
}

/// Creates memory with a descriptor. Also returns whether it may be executed.
fn memory() -> io::Result<(File, bool)> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let (memory, executable) = match memfd_create("longshore-provider", flags | MemfdFlags::EXEC) {
        Ok(memory) => (memory, true),
        // Before Linux 6.3 the flag is unknown, and all memory of this kind may be executed.
        Err(Errno::INVAL) => (memfd_create("longshore-provider", flags)?, true),
        // With `vm.memfd_noexec = 2` sealed memory is available, and cannot be executed.
        Err(Errno::ACCESS) => (memfd_create("longshore-provider", flags | MemfdFlags::NOEXEC_SEAL)?, false),
        Err(error) => return Err(error.into()),
    };
    Ok((File::from(memory), executable))
}

/// Makes the memory immutable for every process, including this one.
///
/// The kernel refuses the seal while it holds a page itself, for example while it compacts memory on a busy machine.
/// The kernel waits 150 ms for the page, and this function retries after that.
fn seal(memory: &File) -> io::Result<()> {
    let seals = SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
    let patience = Instant::now() + BUSY_PAGES;
    loop {
        match fcntl_add_seals(memory, seals) {
            Err(Errno::BUSY) if Instant::now() < patience => thread::sleep(Duration::from_millis(20)),
            answer => return Ok(answer?),
        }
    }
}

fn hex(hash: &[u8; 32]) -> String {
    use std::fmt::Write as _;
    hash.iter().fold(String::with_capacity(64), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String does not fail");
        text
    })
}

#[cfg(test)]
mod tests {
    use rustix::pipe::{SpliceFlags, pipe, splice};

    use super::*;

    #[test]
    fn the_copy_is_complete_and_hashed_whatever_its_size() {
        for size in [0, 1, CHUNK - 1, CHUNK, CHUNK * (CHUNKS + 2) + 7] {
            let bytes: Vec<u8> = (0..size).map(|at| at.to_le_bytes()[0] ^ at.to_le_bytes()[1]).collect();
            let mut copied = Vec::new();
            let (hash, count) = copy(&mut bytes.as_slice(), &mut copied).unwrap();
            assert_eq!((count, hash), (size as u64, Sha256::digest(&bytes).into()));
            assert_eq!(copied, bytes);
        }
    }

    #[test]
    fn a_failing_read_or_write_ends_the_copy_with_its_error() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::TimedOut.into())
            }
        }
        let mut source = io::repeat(7).take(6 * CHUNK as u64).chain(Broken);
        assert_eq!(copy(&mut source, &mut Vec::new()).unwrap_err().kind(), io::ErrorKind::TimedOut);
        let mut full = vec![0; 2 * CHUNK];
        let error = copy(&mut io::repeat(7), &mut full.as_mut_slice()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WriteZero);
    }

    #[test]
    fn sealed_memory_takes_no_more_writes_and_no_seal_off() {
        let (memory, _) = memory().unwrap();
        (&memory).write_all(b"content").unwrap();
        seal(&memory).unwrap();
        assert!((&memory).write_all(b"more").is_err());
        assert!(memory.set_len(0).is_err());
        assert!(fcntl_add_seals(&memory, SealFlags::WRITE).is_err(), "the set of seals is sealed too");
    }

    #[test]
    fn a_page_that_the_kernel_holds_for_a_while_is_waited_for() {
        let (memory, _) = memory().unwrap();
        (&memory).write_all(b"content").unwrap();
        // The pipe references the page itself, not a copy of it.
        let (end, start) = pipe().unwrap();
        splice(&memory, Some(&mut 0), &start, None, 7, SpliceFlags::empty()).unwrap();
        let seals = SealFlags::WRITE;
        assert_eq!(fcntl_add_seals(&memory, seals), Err(Errno::BUSY), "the page is held");
        thread::scope(|scope| {
            let sealing = scope.spawn(|| seal(&memory));
            thread::sleep(Duration::from_millis(500));
            File::from(end).read_exact(&mut [0; 7]).unwrap();
            sealing.join().unwrap().unwrap();
        });
        assert!((&memory).write_all(b"more").is_err());
    }
}
