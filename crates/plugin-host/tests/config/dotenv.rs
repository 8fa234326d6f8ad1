use std::process::Command;

use longshore_plugin_host::config::{LoadRequest, apply_dotenv, load};

use crate::project::{printed, with_options};

/// The variable with the path of the child process's project.
const FOLDER: &str = "CONFIG_TEST_FOLDER";

#[test]
fn dotenv_reaches_the_configuration_and_overrides_nothing() {
    let project = with_options("a = '${CONFIG_TEST_A}'\nb = '${CONFIG_TEST_B}'\nc = '${CONFIG_TEST_C}'").file(
        ".env",
        "CONFIG_TEST_A=file\nCONFIG_TEST_B='p$ss \"w\" \\ #'\nexport CONFIG_TEST_C=\"one\\ntwo\" # comment\n",
    );
    // All tests of this process share its environment. Only the environment of a child process is therefore changed.
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "dotenv::child", "--ignored", "--nocapture"])
        .env(FOLDER, project.path())
        .env("CONFIG_TEST_A", "process")
        .env_remove("ENV_PATH")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[ignore = "runs in a process of its own, started by the test above"]
fn child() {
    let request = LoadRequest::in_folder(std::env::var_os(FOLDER).expect("started by the test above"));
    assert_eq!(apply_dotenv(&request).unwrap(), ["CONFIG_TEST_B", "CONFIG_TEST_C"]);
    let options = load(&request).unwrap().upload.provider_options.to_json();
    assert_eq!(options, serde_json::json!({"a": "process", "b": "p$ss \"w\" \\ #", "c": "one\ntwo"}));
}

#[test]
fn a_refused_variable_is_an_error() {
    let project = with_options("").file(".env", "LD_LIBRARY_PATH=/tmp\n");
    let problems = apply_dotenv(&project.request).unwrap_err();
    assert!(printed(&problems).starts_with(".env:1: `LD_LIBRARY_PATH` cannot be set here\n  hint: "), "{problems}");
}
