//! `cargo dist-local`, with the files of the dev build.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

#[test]
fn a_package_holds_the_host_its_three_providers_and_the_configuration() {
    let scratch = tempfile::tempdir().unwrap();
    let package = scratch.path().join("new/package");
    let status = Command::new(env!("CARGO_BIN_EXE_dist-local")).args(["--profile", "dev"]).arg(&package).status();
    assert!(status.unwrap().success());

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let program = package.join("bin/longshore");
    assert_eq!(mode(&program), 0o755);
    let providers = package.join("lib/longshore/providers");
    assert_eq!(mode(&providers), 0o755);
    let libraries: Vec<_> = fs::read_dir(&providers).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(libraries.len(), 3, "{libraries:?}");
    assert!(libraries.iter().all(|library| mode(library) == 0o644));
    assert_eq!(mode(&package.join("config/plugins.toml")), 0o644);

    // The packed program finds the packed libraries: the ones of the target folder are not beside it.
    let project = scratch.path().join("project");
    fs::create_dir(&project).unwrap();
    let longshore =
        |arguments: &[&str]| Command::new(&program).args(arguments).current_dir(&project).env_clear().output().unwrap();
    assert!(longshore(&["init", "--provider", "local"]).status.success());
    fs::create_dir_all(project.join("public/uploads")).unwrap();
    let listed = longshore(&["--json", "provider", "list"]);
    let text = String::from_utf8(listed.stdout).unwrap();
    for name in ["\"local\"", "\"aws-s3\"", "\"aws-s3-private\""] {
        assert!(text.contains(name), "{name} is not in {text}");
    }
    let validated = longshore(&["provider", "validate", "local", "--only", "load.now"]);
    assert!(validated.status.success(), "{}", String::from_utf8_lossy(&validated.stderr));
    let checked = longshore(&["config", "check"]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}
