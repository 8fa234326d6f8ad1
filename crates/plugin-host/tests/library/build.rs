//! Builds the smallest libraries that contain a plugin manifest: one call of rustc each, without Cargo.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The manifest of a provider in the form that a library contains.
pub(crate) fn manifest(name: &str) -> String {
    note_with(name, "")
}

/// The manifest of a provider that extends another one.
pub(crate) fn note_with(name: &str, extends: &str) -> String {
    let env = if cfg!(target_env = "musl") { "musl" } else { "gnu" };
    let arch = std::env::consts::ARCH;
    format!(
        "{{\"longshore\":1,\"name\":\"{name}\",\"version\":\"0.1.0\",\"package\":\"longshore-{name}\",\
         \"extends\":\"{extends}\",\"interface\":\"1.0.0\",\"generations\":[{{\"generation\":1,\
         \"symbol\":\"longshore_provider\"}}],\"target\":\"{arch}-unknown-linux-{env}\",\"rustc\":\"1.95.0\",\
         \"extensions\":[\"list\"]}}\n"
    )
}

/// Builds the library `path` with the manifests. Its function `longshore_provider()` returns `number`.
pub(crate) fn library(path: &Path, manifests: &[String], number: u32) {
    build(path, "cdylib", manifests, number);
}

/// Builds an executable program with the same content.
pub(crate) fn program(path: &Path, manifests: &[String]) {
    build(path, "bin", manifests, 0);
}

/// Builds a library that requires an undefined symbol.
pub(crate) fn unresolved(path: &Path) {
    let needs = "unsafe extern \"C\" { fn nobody_has_this(); }\n\
                 #[unsafe(no_mangle)] pub extern \"C\" fn calls() { unsafe { nobody_has_this() } }\n";
    compile(path, "cdylib", &format!("#![no_std]\n{}{needs}{PANIC}", statics(&[manifest("memory")])));
}

/// The bytes of a valid library called `memory`, which is built once.
pub(crate) fn good() -> &'static [u8] {
    static GOOD: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let folder = folder();
        let path = folder.path().join("good.so");
        library(&path, &[manifest("memory")], 1);
        fs::read(path).unwrap()
    });
    &GOOD
}

/// A copy of [`good`] with another name. The manifest keeps its length: the name must have six letters.
pub(crate) fn renamed(name: &str) -> Vec<u8> {
    assert_eq!(name.len(), "memory".len());
    replaced(good(), "\"name\":\"memory\"", &format!("\"name\":\"{name}\""))
}

/// Replaces the only occurrence of `from` by `to`, which has the same length.
pub(crate) fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at: Vec<usize> = (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from.as_bytes())).collect();
    assert_eq!(at.len(), 1, "{from}");
    let mut bytes = bytes.to_vec();
    bytes[at[0]..at[0] + to.len()].copy_from_slice(to.as_bytes());
    bytes
}

/// A folder that only this user can write, and whose path contains no symbolic link.
pub(crate) fn folder() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o755)).tempdir().unwrap()
}

/// Creates a folder and its parents, which only their owner may write.
pub(crate) fn make_folder(path: &Path) {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o755).create(path).unwrap();
}

/// Writes a file that only its owner may write.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    make_folder(path.parent().unwrap());
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    path.to_owned()
}

const PANIC: &str = "#[panic_handler]\nfn panic(_: &core::panic::PanicInfo) -> ! { loop {} }\n";

fn build(path: &Path, kind: &str, manifests: &[String], number: u32) {
    let answer = format!(
        "#[unsafe(no_mangle)]\npub extern \"C\" fn longshore_provider() -> u32 {{ {number} }}\n{}",
        statics(manifests)
    );
    // A program needs the standard library to start.
    let source =
        if kind == "bin" { format!("{answer}fn main() {{}}\n") } else { format!("#![no_std]\n{answer}{PANIC}") };
    compile(path, kind, &source);
}

/// A static for each manifest, as `export_provider!` defines it.
fn statics(manifests: &[String]) -> String {
    use std::fmt::Write as _;
    let mut source = String::new();
    for (at, manifest) in manifests.iter().enumerate() {
        let (length, manifest) = (manifest.len(), manifest.escape_debug());
        let section = "#[used]\n#[unsafe(link_section = \".longshore\")]";
        writeln!(source, "{section}\nstatic MANIFEST_{at}: [u8; {length}] = *b\"{manifest}\";").unwrap();
    }
    source
}

fn compile(path: &Path, kind: &str, source: &str) {
    let file = path.with_extension("rs");
    fs::write(&file, source).unwrap();
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--edition=2024", "--crate-name=tiny", "-Cpanic=abort", "-Cdebuginfo=0", "--crate-type", kind, "-o"])
        .arg(path)
        .arg(&file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::remove_file(file).unwrap();
    write(path, &fs::read(path).unwrap());
}
