//! Takes the whole providers out of the guide's chapters, so that they can be run.

use std::{env, fs, path::Path};

/// The chapter, and the name of the provider in it.
const PROVIDERS: [(&str, &str); 1] = [("write", "shelf")];

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/provider");
    let out = env::var_os("OUT_DIR").expect("Cargo says where to write");
    for (chapter, provider) in PROVIDERS {
        let path = root.join(format!("{chapter}.md"));
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let export = format!(" as \"{provider}\");");
        let block = text
            .split("\n```rust")
            .skip(1)
            .filter_map(|block| block.split_once('\n')?.1.split_once("\n```"))
            .map(|(code, _)| code)
            .find(|code| code.contains(&export));
        let code = block.unwrap_or_else(|| panic!("{} has no provider `{provider}`", path.display()));
        // A module has no attributes and no documentation at its beginning, and this library exports no provider.
        let skipped = |line: &&str| !(line.starts_with("//!") || line.starts_with("#![") || line.contains(&export));
        let module: Vec<&str> = code.lines().filter(skipped).collect();
        fs::write(Path::new(&out).join(format!("{provider}.rs")), module.join("\n")).expect("the folder is Cargo's");
    }
}
