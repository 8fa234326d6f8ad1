//! The configurations that are shown are ones that the host takes.

use std::collections::BTreeMap;

use longshore_plugin_host::{
    config::{LoadRequest, ProviderName, editor, load_with},
    load::Loader,
};
use longshore_provider::serde_json::Value;

use crate::links::{chapters, short};

/// Blocks of TOML that are a configuration.
fn configurations() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let root = longshore_test_artifacts::workspace();
    let readme = (root.join("README.md"), std::fs::read_to_string(root.join("README.md")).unwrap());
    for (path, text) in chapters().into_iter().chain([readme]) {
        let blocks = text.split("\n```toml\n").skip(1).filter_map(|rest| rest.split_once("\n```"));
        let others = ["[dependencies]", "[profile", "# options.toml"];
        let configurations = blocks.filter(|(block, _)| !others.iter().any(|mark| block.contains(mark)));
        found.extend(configurations.map(|(block, _)| (short(&path), block.to_owned())));
    }
    found
}

#[test]
fn every_configuration_that_is_shown_is_taken() {
    longshore_test_artifacts::folder();
    let loader = Loader::new(std::env::temp_dir());
    let schema = |name: &str| {
        let name = ProviderName::new(name).unwrap();
        let library = loader.load(&name, None).unwrap_or_else(|error| panic!("{error}"));
        (name, library.schema().unwrap())
    };
    let schema: Value = editor::schema(&BTreeMap::from(["local", "aws-s3", "aws-s3-private"].map(schema)));
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let configurations = configurations();
    assert!(configurations.len() >= 2, "{configurations:?}");
    for (path, text) in configurations {
        let file = if text.contains("[upload") { "plugins.toml" } else { "longshore.toml" };
        let project = tempfile::tempdir().unwrap();
        let config = project.path().join("config");
        std::fs::create_dir(&config).unwrap();
        std::fs::write(config.join("plugins.toml"), "").unwrap();
        std::fs::write(config.join(file), &text).unwrap();
        let request = LoadRequest::in_folder(project.path());
        let taken = load_with(&request, &|_: &str| Some("value".into()));
        assert!(taken.is_ok(), "{path}:\n{text}\n{}", taken.unwrap_err());
        let instance: Value = toml::from_str(&text).unwrap();
        let refusals: Vec<_> = validator.iter_errors(&instance).map(|error| error.to_string()).collect();
        assert_eq!(refusals, [""; 0], "{path}:\n{text}");
    }
}
