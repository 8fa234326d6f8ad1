use serde_json::json;

use crate::project::{Project, with_options};

#[test]
fn tables_are_merged_by_key_and_arrays_replaced() {
    let project = with_options("keep = 1\nlist = [1, 2, 3]\nsame = { a = 1, b = 2 }\ntable = { a = 1 }\nscalar = 1")
        .file(
            "config/env/development/plugins.toml",
            "[upload.config.providerOptions]\nlist = [9]\nsame = { b = 3, c = 4 }\ntable = 5\nscalar = { x = 1 }\n",
        );
    let expected = json!({
        "keep": 1, "list": [9], "same": {"a": 1, "b": 3, "c": 4}, "table": 5, "scalar": {"x": 1}
    });
    assert_eq!(project.options(), expected);
    let options = project.load().upload.provider_options;
    assert_eq!(
        options.get("same").unwrap().get("b").unwrap().origin.to_string(),
        "config/env/development/plugins.toml:3:10"
    );
    assert_eq!(options.get("same").unwrap().get("a").unwrap().origin.to_string(), "config/plugins.toml:4:10");
}

#[test]
fn the_environment_is_longshores_else_nodes_else_development() {
    let project =
        || Project::with("").file("config/env/staging/plugins.toml", "[upload.config]\nprovider = \"staged\"");
    let staged = |project: Project| {
        let config = project.load();
        (config.environment.clone(), config.upload.provider.as_str() == "staged")
    };
    assert_eq!(staged(project()), ("development".to_owned(), false));
    assert_eq!(staged(project().var("NODE_ENV", "staging")), ("staging".to_owned(), true));
    assert_eq!(staged(project().var("NODE_ENV", "x").var("LONGSHORE_ENV", "staging")), ("staging".to_owned(), true));
    assert_eq!(staged(project().var("NODE_ENV", "staging").var("LONGSHORE_ENV", "")), ("staging".to_owned(), true));
}

#[test]
fn an_environment_without_a_folder_is_a_warning_where_others_have_one() {
    let warnings = |name: &'static str, folders: &[&str]| {
        let files = folders.iter().map(|folder| format!("config/env/{folder}/plugins.toml"));
        let project = files.fold(Project::with(""), |project, file| project.file(&file, ""));
        let warnings = project.var("LONGSHORE_ENV", name).load().warnings;
        let printed = warnings.iter().map(|warning| format!("{warning}: {}", warning.hint.as_ref().unwrap()));
        printed.collect::<Vec<_>>()
    };
    let message = "`LONGSHORE_ENV` names the environment `prodution`, which has no folder in config/env";
    let hint = "did you mean `production`? there are production, test";
    assert_eq!(warnings("prodution", &["test", "production"]), [format!("{message}: {hint}")]);
    assert_eq!(warnings("production", &["test", "production"]), [""; 0]);
    assert_eq!(warnings("production", &[]), [""; 0]);
    assert_eq!(warnings("development", &["production"]), [""; 0], "it is the environment without a folder");
}

#[test]
fn the_files_that_were_read_are_listed() {
    let project = Project::with("")
        .file("config/env/test/plugins.toml", "")
        .file("config/env/test/longshore.toml", "")
        .file(".env", "");
    let files = project.var("LONGSHORE_ENV", "test").load().files;
    // The environment's file is merged over the project's file, which does not exist here.
    let expected = ["config/plugins.toml", "config/env/test/plugins.toml", "config/env/test/longshore.toml", ".env"];
    assert_eq!(files, expected.map(std::path::PathBuf::from));
}

#[test]
fn an_environment_that_leads_elsewhere_is_refused() {
    for name in ["../..", "a/b", "..", "a b"] {
        let text = Project::with("").var("LONGSHORE_ENV", name).problems();
        assert!(text.contains("`LONGSHORE_ENV` is not the name of an environment"), "{text}");
    }
}

#[test]
fn an_overridden_value_is_never_looked_up() {
    let project = with_options("a = \"${MISSING}\"\nb = { \"$env\" = \"MISSING\" }\nc = { d = \"${MISSING}\" }").file(
        "config/env/development/plugins.toml",
        "[upload.config.providerOptions]\na = 1\nb = { x = 2 }\nc = { d = { \"$env\" = \"SET\" } }\n",
    );
    assert_eq!(project.var("SET", "3").options(), json!({"a": 1, "b": {"x": 2}, "c": {"d": "3"}}));
}

#[test]
fn a_variable_is_replaced_as_a_whole() {
    let project = with_options("a = { \"$env\" = \"A\", type = \"int\", default = 1 }")
        .file("config/env/development/plugins.toml", "[upload.config.providerOptions]\na = { \"$env\" = \"B\" }\n");
    assert!(project.problems().contains("`B` is not set"));
    assert_eq!(project.var("B", "text").options(), json!({"a": "text"}));
}

#[test]
fn the_servers_file_is_merged_and_expanded_too() {
    let project = Project::with("")
        .file("config/longshore.toml", "[server]\nbind = \"127.0.0.1:${PORT-1337}\"\nconnections = 5\n")
        .file("config/env/development/longshore.toml", "[server]\nconnections = 6\n");
    let server = |project: &Project| {
        let server = project.load().longshore.server;
        (server.bind.port(), server.connections)
    };
    assert_eq!(server(&project), (1337, 6));
    let project = project.var("PORT", "80");
    assert_eq!(server(&project), (80, 6));
    assert_eq!(server(&project.set("server.connections=7")), (80, 7));
    assert_eq!(Project::with("").load().longshore_node.to_json(), json!({}));
}
