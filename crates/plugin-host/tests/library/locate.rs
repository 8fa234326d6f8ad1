//! The library that a name leads to, and the messages if no library has the name.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use longshore_plugin_host::library::{ManifestError, Trust};
use longshore_plugin_host::locate::{self, LocateError, PlaceKind, SearchPath, State};

use crate::{
    build::{self, good, renamed},
    printed,
};

/// A machine with a project, an installed program and a folder in `LONGSHORE_PROVIDER_PATH`.
struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        let folder = build::folder();
        for path in ["project", "usr/bin", "usr/lib/longshore/providers", "extra"] {
            build::make_folder(&folder.path().join(path));
        }
        Self { folder }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn put(&self, path: &str, bytes: &[u8]) -> PathBuf {
        build::write(&self.at(path), bytes)
    }

    fn paths(&self) -> SearchPath {
        SearchPath {
            explicit: None,
            project: self.at("project"),
            env_path: Some(self.at("extra").into()),
            exe: self.at("usr/bin/longshore"),
            trust: Trust::default(),
        }
    }
}

const INSTALLED: &str = "usr/lib/longshore/providers/anything.so";
const EXTRA: &str = "extra/libx.so";
const OWN: &str = "project/providers/memory/mine.so";

#[test]
fn earlier_places_override_later_ones_and_file_names_do_not_matter() {
    let machine = Machine::new();
    let mut expected = Vec::new();
    for (path, kind) in [(INSTALLED, PlaceKind::Installed), (EXTRA, PlaceKind::Environment), (OWN, PlaceKind::Project)]
    {
        expected.insert(0, machine.put(path, good()));
        let located = locate::search(&machine.paths(), "memory").unwrap();
        assert_eq!(located.choice.place.kind, kind);
        let found: Vec<_> =
            [&located.choice].into_iter().chain(&located.overridden).map(|one| one.path.clone()).collect();
        assert_eq!(found, expected);
        assert!(located.warnings.is_empty(), "{:?}", located.warnings);
    }
    let chosen: Vec<_> =
        locate::candidates(&machine.paths(), "memory").unwrap().into_iter().map(|one| one.path).collect();
    assert_eq!(chosen, expected);
}

#[test]
fn the_configured_path_comes_first_and_is_a_library_or_its_folder() {
    let machine = Machine::new();
    machine.put(OWN, good());
    let library = machine.put("project/built/other.bin", good());
    for path in ["built/other.bin", "../project/built/other.bin"] {
        let paths = SearchPath { explicit: Some(path.into()), ..machine.paths() };
        let located = locate::search(&paths, "memory").unwrap();
        assert_eq!(located.choice.path.canonicalize().unwrap(), library.canonicalize().unwrap());
        assert_eq!((located.choice.place.kind, located.overridden.len()), (PlaceKind::Explicit, 1));
    }
    machine.put("project/folder/x.so", good());
    let paths = SearchPath { explicit: Some("folder".into()), ..machine.paths() };
    assert_eq!(locate::search(&paths, "memory").unwrap().choice.path, machine.at("project/folder/x.so"));
}

#[test]
fn a_configured_path_that_does_not_give_the_provider_is_an_error_and_not_passed_over() {
    let machine = Machine::new();
    machine.put(INSTALLED, good());
    machine.put("project/other.so", &renamed("amnesi"));
    machine.put("project/text.so", b"hello");
    build::make_folder(&machine.at("project/empty"));
    let search = |path: &str| {
        locate::search(&SearchPath { explicit: Some(path.into()), ..machine.paths() }, "memory").unwrap_err()
    };
    assert!(matches!(search("missing"), LocateError::PathMissing { .. }));
    let other = search("other.so");
    assert!(matches!(other, LocateError::OtherName { .. }) && other.to_string().contains("`amnesi`"), "{other}");
    assert!(matches!(search("empty"), LocateError::OtherName { .. }));
    assert!(matches!(search("text.so"), LocateError::Broken { source: ManifestError::NotALibrary { .. }, .. }));
}

#[test]
fn a_broken_library_in_the_user_s_own_folder_is_the_error() {
    let machine = Machine::new();
    machine.put(INSTALLED, good());
    let mine = machine.put(OWN, &good()[..good().len() / 2]);
    let error = locate::search(&machine.paths(), "memory").unwrap_err();
    let LocateError::Broken { path, source: ManifestError::Truncated { .. }, .. } = &error else { panic!("{error}") };
    assert_eq!(*path, mine);
    machine.put("project/providers/memory/zzz.so", &renamed("memory"));
    let located = locate::search(&machine.paths(), "memory").unwrap();
    assert_eq!(located.choice.path, machine.at("project/providers/memory/zzz.so"), "one that works is enough");
}

#[test]
fn a_library_that_others_may_write_is_refused_and_no_later_one_taken() {
    let machine = Machine::new();
    machine.put(INSTALLED, good());
    let extra = machine.put(EXTRA, good());
    fs::set_permissions(&extra, Permissions::from_mode(0o666)).unwrap();
    let error = locate::search(&machine.paths(), "memory").unwrap_err();
    assert!(matches!(&error, LocateError::Refused { path, .. } if *path == extra), "{error}");
    assert!(printed(std::error::Error::source(&error).unwrap()).contains("chmod"), "{error}");
}

#[test]
fn a_library_in_a_folder_that_others_may_write_is_refused() {
    let machine = Machine::new();
    machine.put(OWN, good());
    let folder = machine.at("project/providers/memory");
    fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
    let error = locate::search(&machine.paths(), "memory").unwrap_err();
    let cause = printed(std::error::Error::source(&error).unwrap());
    assert!(cause.contains("chmod") && cause.contains(folder.to_str().unwrap()), "{cause}");
}

#[test]
fn two_libraries_of_one_name_in_one_place_are_both_named() {
    let machine = Machine::new();
    let mut both = [machine.put("extra/a.so", good()), machine.put("extra/b.so", &renamed("memory"))];
    let error = locate::search(&machine.paths(), "memory").unwrap_err();
    assert!(matches!(error, LocateError::Ambiguous { .. }), "{error}");
    assert!(both.iter().all(|path| error.to_string().contains(path.to_str().unwrap())), "{error}");
    both.reverse();
    fs::remove_file(&both[0]).unwrap();
    fs::hard_link(&both[1], &both[0]).unwrap();
    locate::search(&machine.paths(), "memory").expect("two names of one file are one library");
}

#[test]
fn a_name_that_is_not_found_lists_every_place_and_the_nearest_name() {
    let machine = Machine::new();
    machine.put(INSTALLED, good());
    machine.put("extra/plain.so", b"\x7fnot");
    let paths = SearchPath {
        env_path: Some(std::env::join_paths([machine.at("extra"), machine.at("nowhere"), "relative".into()]).unwrap()),
        ..machine.paths()
    };
    let text = printed(&locate::search(&paths, "memroy").unwrap_err());
    for expected in [
        "no provider called `memroy`",
        "project/providers/memroy (the project's own): does not exist",
        "extra (LONGSHORE_PROVIDER_PATH): 1 library that is no provider",
        "nowhere (LONGSHORE_PROVIDER_PATH): does not exist",
        "relative (LONGSHORE_PROVIDER_PATH): ignored",
        "lib/longshore/providers (installed): `memory`",
        "hint: did you mean `memory`?",
    ] {
        assert!(text.contains(expected), "{expected} is missing in:\n{text}");
    }
    assert!(text.lines().count() < 15, "{text}");
}

#[test]
fn relative_entries_and_misplaced_libraries_are_warned_of() {
    let machine = Machine::new();
    machine.put(INSTALLED, good());
    machine.put(OWN, &renamed("amnesi"));
    let paths = SearchPath { env_path: Some("here:./there".into()), ..machine.paths() };
    let located = locate::search(&paths, "memory").unwrap();
    assert_eq!(located.choice.place.kind, PlaceKind::Installed);
    assert_eq!(located.warnings.len(), 3, "{:?}", located.warnings);
    assert!(located.warnings[2].contains("`amnesi`"), "{:?}", located.warnings);
}

#[test]
fn the_base_of_an_overlay_with_its_own_name_is_what_it_overrides() {
    let machine = Machine::new();
    build::library(&machine.at("extra/overlay.so"), &[build::note_with("memory", "memory")], 1);
    let search = || locate::search(&machine.paths(), "memory").unwrap().choice;
    let error = locate::base(&machine.paths(), &search()).unwrap_err();
    assert!(error.to_string().contains("extends `memory`, and no other provider is called so"), "{error}");
    let installed = machine.put(INSTALLED, good());
    assert_eq!(locate::base(&machine.paths(), &search()).unwrap().path, installed);
    fs::set_permissions(&installed, Permissions::from_mode(0o666)).unwrap();
    assert!(matches!(locate::base(&machine.paths(), &search()), Err(LocateError::Refused { .. })));
}

#[test]
fn the_base_of_an_overlay_with_another_name_is_found_by_its_name() {
    let machine = Machine::new();
    build::library(&machine.at("extra/overlay.so"), &[build::note_with("mine", "memory")], 1);
    let base = machine.put("extra/base.so", good());
    let paths = SearchPath { explicit: Some(machine.at("extra/overlay.so")), ..machine.paths() };
    let overlay = locate::search(&paths, "mine").unwrap().choice;
    let found = locate::base(&paths, &overlay).unwrap();
    assert_eq!(found.path, base);
    assert!(matches!(locate::base(&paths, &found), Err(LocateError::NoBase { .. })));
}

#[test]
fn beside_a_program_in_cargo_s_target_folder_its_libraries_are_found() {
    let machine = Machine::new();
    let library = machine.put("target/debug/libmemory.so", good());
    let nothing = |exe: &str| {
        let paths = SearchPath { exe: machine.at(exe), ..machine.paths() };
        assert!(matches!(locate::search(&paths, "memory"), Err(LocateError::NotFound { .. })));
    };
    nothing("target/debug/longshore");
    machine.put("target/debug/.cargo-lock", b"");
    build::make_folder(&machine.at("target/debug/deps"));
    for exe in ["target/debug/longshore", "target/debug/deps/test-0", "target/debug/examples/host"] {
        let paths = SearchPath { exe: machine.at(exe), ..machine.paths() };
        let located = locate::search(&paths, "memory").unwrap();
        assert_eq!((located.choice.path, located.choice.place.kind), (library.clone(), PlaceKind::Target));
    }
}

#[test]
fn a_name_that_is_a_path_is_never_looked_for() {
    let machine = Machine::new();
    machine.put("project/memory/x.so", good());
    for name in ["../memory", "a/../memory", "..", "/", ""] {
        assert!(matches!(locate::search(&machine.paths(), name), Err(LocateError::Name(_))), "{name}");
    }
}

#[test]
fn everything_is_listed_with_what_would_become_of_it() {
    let machine = Machine::new();
    machine.put(OWN, good());
    machine.put("project/providers/other/x.so", &renamed("amnesi"));
    machine.put("project/providers/broken/x.so", b"hello");
    machine.put("extra/no-provider.so", b"hello");
    machine.put("extra/overridden.so", good());
    machine.put("extra/a.so", &renamed("doubly"));
    machine.put("extra/b.so", &renamed("doubly"));
    let refused = machine.put("usr/lib/longshore/providers/refused.so", &renamed("refuse"));
    fs::set_permissions(refused, Permissions::from_mode(0o666)).unwrap();
    let listed: Vec<(String, &str)> = locate::all(&machine.paths())
        .into_iter()
        .map(|listed| (relative(&listed.path, machine.folder.path()), word(&listed.state)))
        .collect();
    let expected = [
        ("project/providers/broken/x.so", "broken"),
        ("project/providers/memory/mine.so", "chosen"),
        ("project/providers/other/x.so", "misplaced"),
        ("extra/a.so", "ambiguous"),
        ("extra/b.so", "ambiguous"),
        ("extra/overridden.so", "overridden"),
        ("usr/lib/longshore/providers/refused.so", "refused"),
    ];
    assert_eq!(listed, expected.map(|(path, word)| (path.to_owned(), word)));
}

fn relative(path: &Path, folder: &Path) -> String {
    path.strip_prefix(folder).unwrap().display().to_string()
}

fn word(state: &State) -> &'static str {
    match state {
        State::Chosen => "chosen",
        State::Overridden { .. } => "overridden",
        State::Ambiguous => "ambiguous",
        State::Misplaced { .. } => "misplaced",
        State::Refused(_) => "refused",
        State::Broken(_) => "broken",
    }
}

#[test]
fn a_link_that_leads_to_no_library_is_named_with_its_target() {
    let faults = [
        ("/nowhere/x.so".to_owned(), "which does not exist"),
        ("mine.so".to_owned(), "which leads back to it"),
        (format!("/{}", "x".repeat(300)), "whose name is too long"),
    ];
    for (target, fault) in faults {
        let machine = Machine::new();
        build::make_folder(machine.at(OWN).parent().unwrap());
        symlink(&target, machine.at(OWN)).unwrap();
        let error = locate::search(&machine.paths(), "memory").unwrap_err();
        let LocateError::Broken { path, source, .. } = &error else { panic!("{error:?}") };
        assert_eq!(*path, machine.at(OWN));
        let text = printed(source);
        assert!(text.contains(&format!("it is a link to `{target}`, {fault}")), "{text}");
    }
}

#[test]
fn a_folder_that_is_a_link_to_nothing_is_named_with_its_target() {
    let machine = Machine::new();
    build::make_folder(&machine.at("project/providers"));
    symlink("/nowhere/memory", machine.at("project/providers/memory")).unwrap();
    let error = locate::search(&machine.paths(), "memory").unwrap_err();
    let LocateError::Unreadable { source, .. } = &error else { panic!("{error:?}") };
    assert!(source.to_string().contains("it is a link to `/nowhere/memory`, which does not exist"), "{source}");
    assert!(printed(&error).contains("hint: remove the link"), "{error}");
}
