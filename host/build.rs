//! Packs what `longshore provider new` writes beside its templates: the sources of the interface crates, and the
//! versions of what they depend on.

#[path = "build/lock.rs"]
mod lock;
#[path = "build/sources.rs"]
mod sources;

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::DeflateEncoder};
use serde_json::json;

fn main() {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("Cargo says where the package lies"));
    let root = here.parent().expect("the package lies in the workspace");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo says where to write"));

    let sources = sources::of(root);
    let lock = lock::of(root, &sources);
    let packed = json!({ "version": sources.version, "files": sources.files, "lock": lock }).to_string();
    let file = fs::File::create(out.join("interface.json.deflate")).expect("the folder of the build can be written to");
    let mut encoder = DeflateEncoder::new(file, Compression::best());
    encoder.write_all(packed.as_bytes()).and_then(|()| encoder.try_finish()).expect("there is room for the archive");
}

/// A file of the workspace, which the archive is to be made of anew when it changes.
fn read(path: &Path) -> String {
    println!("cargo::rerun-if-changed={}", path.display());
    fs::read_to_string(path).unwrap_or_else(|error| panic!("`{}` cannot be read: {error}", path.display()))
}

/// The same, parsed.
fn parse(path: &Path) -> toml::Table {
    read(path).parse().unwrap_or_else(|error| panic!("`{}` is no TOML: {error}", path.display()))
}
