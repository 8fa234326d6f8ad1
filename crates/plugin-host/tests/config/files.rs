use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use longshore_plugin_host::config::LoadRequest;

use crate::project::Project;

#[test]
fn a_missing_file_is_named_with_the_next_step() {
    let project = Project::empty();
    let text = project.problems();
    assert!(text.contains(&format!("there is no file {}/config/plugins.toml", project.path().display())), "{text}");
    assert!(text.contains("hint: write one, or name another file"), "{text}");
}

#[test]
fn a_file_of_another_name_is_pointed_out() {
    let text = Project::empty().file("config/plugin.toml", "").problems();
    assert!(text.contains("hint: there is config/plugin.toml: rename it"), "{text}");
    let text = Project::empty().file("config/plugins.js", "").problems();
    assert!(text.contains("hint: there is config/plugins.js: only TOML is read"), "{text}");
}

#[test]
fn a_project_above_is_pointed_out() {
    let mut project = Project::with("").file("sub/x", "");
    project.request.start_dir.push("sub");
    let text = project.problems();
    assert!(text.contains(&format!("there is one in {}", project.path().display())), "{text}");
}

#[test]
fn each_syntax_error_has_its_place() {
    let text = Project::with("[upload.config]\nprovider = \"local\"\nsizeLimit = = 1\n")
        .file("config/env/development/plugins.toml", "a = \"secret\n")
        .problems();
    assert!(text.contains("config/plugins.toml:3:13: not valid TOML"), "{text}");
    assert!(text.contains("config/env/development/plugins.toml:1:"), "{text}");
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn a_key_given_twice_is_an_error() {
    let text = Project::with("[upload.config]\nprovider = \"a\"\nprovider = \"b\"\n").problems();
    assert!(text.contains("config/plugins.toml:3:1: not valid TOML: duplicate key"), "{text}");
}

#[test]
fn columns_count_characters_and_lines_count_windows_line_ends() {
    let text = Project::with("\u{feff}[upload.config]\r\nsecurity = { \"ü\" = 1, nope = 2 }\r\n").problems();
    assert!(text.contains("config/plugins.toml:2:14: upload.config.security.\"ü\": unknown key"), "{text}");
    assert!(text.contains("config/plugins.toml:2:23: upload.config.security.nope: unknown key"), "{text}");
}

#[test]
fn a_byte_order_mark_is_no_content() {
    let config = Project::with("\u{feff}[upload.config]\r\nprovider = \"aws-s3\"\r\n").load();
    assert_eq!(config.upload.provider.as_str(), "aws-s3");
    assert_eq!(config.upload.provider_origin.to_string(), "config/plugins.toml:2:1");
}

#[test]
fn text_that_is_not_utf8_is_an_error_with_its_line() {
    let text = Project::empty().file("config/plugins.toml", b"# ok\n# \xff\n").problems();
    assert_eq!(text, "config/plugins.toml:2: not UTF-8 text");
}

#[test]
fn a_huge_file_is_refused() {
    let text = Project::with(&"#".repeat(1024 * 1024 + 1)).problems();
    assert!(text.starts_with("config/plugins.toml: larger than 1 MiB"), "{text}");
    Project::with(&"#".repeat(1024 * 1024)).load();
}

#[test]
fn many_keys_are_merged_in_reasonable_steps() {
    let table =
        (0..20_000).fold("[upload.config.providerOptions]\n".to_owned(), |text, n| text + &format!("k{n} = 1\n"));
    let project = Project::with(&table).file("config/env/development/plugins.toml", &table);
    assert_eq!(project.options().as_object().unwrap().len(), 20_000);
}

#[test]
fn deep_nesting_is_a_syntax_error() {
    for text in [format!("a = {}", "[".repeat(100_000)), format!("{}b = 1", "a.".repeat(100_000))] {
        let problems = Project::with(&text).problems();
        assert!(problems.contains("not valid TOML"), "{problems:.200}");
    }
}

#[test]
fn a_folder_in_the_files_place_is_named_as_such() {
    let text = Project::empty().file("config/plugins.toml/x", "").problems();
    assert!(text.starts_with("config/plugins.toml: a folder where a file is expected"), "{text}");
}

#[test]
fn what_would_block_is_not_opened() {
    let mut project = Project::with("");
    project.request.plugins_file = Some("/dev/zero".into());
    assert!(project.problems().contains("not a regular file"));
}

#[test]
fn linked_folders_and_files_are_followed_and_the_project_stays_where_it_was_named() {
    let real = Project::with("[upload.config]\nprovider = \"linked\"\n");
    let folder_linked = Project::empty();
    symlink(real.path().join("config"), folder_linked.path().join("config")).unwrap();
    let file_linked = Project::empty().file("config/x", "");
    symlink(real.path().join("config/plugins.toml"), file_linked.path().join("config/plugins.toml")).unwrap();
    for project in [folder_linked, file_linked] {
        let config = project.load();
        assert_eq!(config.upload.provider.as_str(), "linked");
        assert_eq!(config.project, project.path());
    }
}

#[test]
fn a_file_that_others_may_write_is_refused_with_the_command() {
    let project = Project::with("").file("config/env/development/longshore.toml", "").file("config/longshore.toml", "");
    let chmod =
        |name: &str, mode| fs::set_permissions(project.path().join(name), Permissions::from_mode(mode)).unwrap();
    for (name, safe, unsafe_mode) in [
        ("config/plugins.toml", 0o644, 0o646),
        ("config/longshore.toml", 0o600, 0o666),
        ("config/env/development/longshore.toml", 0o644, 0o646),
        ("config", 0o755, 0o757),
    ] {
        chmod(name, unsafe_mode);
        let problems = project.problems();
        assert!(
            problems.contains("may be written by everybody") && problems.contains("hint: run `chmod "),
            "{problems}"
        );
        assert!(problems.starts_with("config/"), "{problems}");
        chmod(name, safe);
    }
    project.load();
}

#[test]
fn a_link_to_nothing_is_named_as_such() {
    let project = Project::empty().file("config/x", "");
    symlink("/nowhere/plugins.toml", project.path().join("config/plugins.toml")).unwrap();
    assert!(project.problems().contains("a symbolic link to a file that does not exist"));
}

#[test]
fn a_file_named_by_the_request_decides_the_project() {
    let project = Project::empty()
        .file("a/config/plugins.toml", "")
        .file("b/mine.toml", "")
        .file("b/env/test/mine.toml", "[upload.config]\nprovider = \"over\"");
    let load = |file: &str, variables: &'static [(&str, &str)]| {
        let request = LoadRequest { plugins_file: Some(file.into()), ..LoadRequest::in_folder(project.path()) };
        let environment =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        longshore_plugin_host::config::load_with(&request, &environment).unwrap()
    };
    assert_eq!(load("a/config/plugins.toml", &[]).project, project.path().join("a"));
    let config = load("b/mine.toml", &[("NODE_ENV", "test")]);
    assert_eq!(config.project, project.path().join("b"));
    assert_eq!(config.upload.provider.as_str(), "over");
}

#[test]
fn a_missing_named_file_is_named() {
    let mut project = Project::with("");
    project.request.plugins_file = Some(Path::new("other/p.toml").to_path_buf());
    assert!(project.problems().contains("other/p.toml"));
}
