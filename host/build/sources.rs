//! The interface crates as a workspace of their own, with only the crates that an author's crate and its tests link.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use toml::{Table, Value};

/// The crates that an author names in `Cargo.toml`. The workspace's crates that they depend on are added.
const NAMED: [&str; 2] = ["longshore-provider", "longshore-provider-testkit"];

/// The workspace to write.
pub(crate) struct Sources {
    /// The version of the interface crates.
    pub(crate) version: String,
    /// Text by path, with `/`.
    pub(crate) files: BTreeMap<String, String>,
    /// The dependencies from outside the workspace.
    pub(crate) dependencies: BTreeSet<String>,
}

/// Collects the sources from the workspace at `root`.
pub(crate) fn of(root: &Path) -> Sources {
    let manifest = crate::parse(&root.join("Cargo.toml"));
    let workspace = table(&manifest, "workspace");
    let offered = table(workspace, "dependencies");
    let mut files = BTreeMap::new();
    let mut used = Table::new();
    let mut waiting: Vec<String> = NAMED.map(str::to_owned).to_vec();
    while let Some(name) = waiting.pop() {
        if used.contains_key(&name) {
            continue;
        }
        let Some(value) = offered.get(&name) else { panic!("`{name}` is no dependency of the workspace") };
        let mut value = value.clone();
        if let Some(path) = value.get("path").and_then(Value::as_str).map(str::to_owned) {
            let folder = path.rsplit('/').next().unwrap_or_default().to_owned();
            waiting.extend(member(&root.join(path), &folder, &mut files));
            value["path"] = folder.into();
        }
        used.insert(name, value);
    }
    let version =
        used[NAMED[0]].get("version").and_then(Value::as_str).expect("the interface has a version").to_owned();
    let members: Vec<Value> = used.values().filter_map(|value| value.get("path").cloned()).collect();
    let dependencies = used.iter().filter(|(_, value)| value.get("path").is_none()).map(|(name, _)| name.clone());
    let dependencies = dependencies.collect();
    let mut own = Table::new();
    for key in ["resolver", "package", "lints"] {
        own.insert(key.to_owned(), workspace[key].clone());
    }
    own.insert("members".to_owned(), Value::Array(members));
    own.insert("dependencies".to_owned(), Value::Table(used));
    let manifest = Table::from_iter([("workspace".to_owned(), Value::Table(own))]);
    files.insert("Cargo.toml".to_owned(), text(&manifest));
    Sources { version, files, dependencies }
}

/// Adds the sources of one crate, without its tests; returns the names of its dependencies.
fn member(from: &Path, to: &str, files: &mut BTreeMap<String, String>) -> Vec<String> {
    let mut manifest = crate::parse(&from.join("Cargo.toml"));
    for tests in ["dev-dependencies", "test", "bench", "example"] {
        manifest.remove(tests);
    }
    let tables = ["dependencies", "build-dependencies"].into_iter().filter_map(|key| manifest.get(key)?.as_table());
    let names = tables.flat_map(Table::keys).cloned().collect();
    files.insert(format!("{to}/Cargo.toml"), text(&manifest));
    if from.join("build.rs").exists() {
        files.insert(format!("{to}/build.rs"), crate::read(&from.join("build.rs")));
    }
    folder(&from.join("src"), &format!("{to}/src"), files);
    names
}

fn folder(from: &Path, to: &str, files: &mut BTreeMap<String, String>) {
    // For files that are added.
    println!("cargo::rerun-if-changed={}", from.display());
    let entries = fs::read_dir(from).unwrap_or_else(|error| panic!("`{}` cannot be read: {error}", from.display()));
    for entry in entries {
        let path = entry.expect("a folder that was opened can be read").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            folder(&path, &format!("{to}/{name}"), files);
        } else {
            files.insert(format!("{to}/{name}"), crate::read(&path));
        }
    }
}

fn table<'a>(table: &'a Table, key: &str) -> &'a Table {
    let Some(Value::Table(inner)) = table.get(key) else { panic!("the workspace's manifest has no table `{key}`") };
    inner
}

fn text(manifest: &Table) -> String {
    toml::to_string(manifest).expect("what was parsed can be written")
}
