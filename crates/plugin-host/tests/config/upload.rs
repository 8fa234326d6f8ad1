use longshore_plugin_host::config::{ProviderName, Security, action_options};
use serde_json::json;

use crate::project::Project;

#[test]
fn nothing_configured_is_the_local_provider() {
    let project = Project::with("");
    let config = project.load();
    assert!(config.upload.enabled);
    assert_eq!(config.upload.provider, ProviderName::local());
    assert_eq!(config.upload.provider_origin.to_string(), "default");
    assert_eq!(config.upload.size_limit, Some(1_000_000_000));
    assert_eq!((config.upload.concurrent_upload_size, config.upload.concurrent_upload_requests), (1, None));
    assert_eq!(config.upload.links, None);
    assert_eq!(config.project, project.path());
    assert!(config.warnings.is_empty());
}

#[test]
fn every_known_key_is_read() {
    let project = Project::with(
        r#"
        [upload]
        enabled = false
        [upload.config]
        provider = "Amazon-S3"
        path = "libs/mine.so"
        sizeLimit = "${LIMIT}"
        concurrentUploadSize = 4
        concurrentUploadRequests = "2"
        [upload.config.actionOptions]
        upload = {}
        uploadStream = { CacheControl = "no-store" }
        [upload.config.breakpoints]
        xlarge = 1920
        small = "${SMALL}"
        [upload.config.links]
        allow = ["api::article.article"]
        [upload.config.security]
        allowedTypes = ["image/*"]
        deniedTypes = { "$env" = "DENIED", type = "array" }
        [upload.providers.Local]
        path = "/opt/local.so"
        providerOptions = { directory = "files" }
        actionOptions = { delete = {} }
        "#,
    );
    let config = project.var("LIMIT", "1000").var("SMALL", "").var("DENIED", "text/html,image/svg+xml").load();
    let upload = &config.upload;
    assert!(!upload.enabled);
    assert_eq!(upload.provider.as_str(), "aws-s3");
    assert_eq!(upload.path, Some(config.project.join("libs/mine.so")));
    assert_eq!(upload.size_limit, Some(1000));
    assert_eq!((upload.concurrent_upload_size, upload.concurrent_upload_requests), (4, Some(2)));
    assert_eq!(upload.links, Some(vec!["api::article.article".to_owned()]));
    assert_eq!(upload.breakpoints, Some([("xlarge".to_owned(), 1920)].into()));
    let security = Security {
        allowed_types: Some(vec!["image/*".to_owned()]),
        denied_types: Some(vec!["text/html".to_owned(), "image/svg+xml".to_owned()]),
    };
    assert_eq!(upload.security, security);
    assert_eq!(upload.action_options.pointer("/uploadStream/CacheControl").unwrap().as_text(), Some("no-store"));
    let local = &upload.providers[&ProviderName::local()];
    assert_eq!(local.path.as_deref(), Some("/opt/local.so".as_ref()));
    assert_eq!(local.provider_options.to_json(), json!({"directory": "files"}));
}

#[test]
fn all_problems_come_at_once_in_the_order_of_the_file() {
    let text = Project::with(
        r#"[upload]
enabled = "yes"
conifg = {}
provider = "aws-s3"
[upload.config]
provider = "../evil"
sizeLimit = "hunter2"
concurrentUploadSize = 0
providerOption = {}
actionOptions = { uplaod = {}, delete = 5 }
security = { allowedTypes = "image/*", deniedTypes = [1] }
breakpoints = { small = -1 }
[upload.providers.x]
options = {}
"#,
    )
    .problems();
    let expected = r"config/plugins.toml:2:1: upload.enabled: expected `true` or `false`, found a string
config/plugins.toml:3:1: upload.conifg: unknown key
  hint: did you mean `config`? known keys: config, enabled, providers
config/plugins.toml:4:1: upload.provider: unknown key
  hint: it belongs one level deeper: `upload.config.provider`
config/plugins.toml:6:1: upload.config.provider: not a provider's name: it has 1 to 64 of `a-z`, `0-9`, `.`, `_` and `-`, starts with a letter or digit, and has no `..`
  hint: `upload.config.path` names a library in another place
config/plugins.toml:7:1: upload.config.sizeLimit: expected an integer, found a string
config/plugins.toml:8:1: upload.config.concurrentUploadSize: expected an integer of at least 1
config/plugins.toml:9:1: upload.config.providerOption: unknown key
  hint: did you mean `providerOptions`? known keys: actionOptions, breakpoints, concurrentUploadRequests, concurrentUploadSize, links, path, provider, providerOptions, security, sizeLimit
config/plugins.toml:10:19: upload.config.actionOptions.uplaod: unknown key
  hint: did you mean `upload`? known keys: checkFileSize, delete, getSignedUrl, head, health, isPrivate, open, upload, uploadStream
config/plugins.toml:10:32: upload.config.actionOptions.delete: expected a table, found an integer
config/plugins.toml:11:14: upload.config.security.allowedTypes: expected an array of strings, found a string
config/plugins.toml:11:55: upload.config.security.deniedTypes[0]: expected a string, found an integer
config/plugins.toml:12:17: upload.config.breakpoints.small: expected an integer of at least 1
config/plugins.toml:14:1: upload.providers.x.options: unknown key
  hint: did you mean `actionOptions`? known keys: actionOptions, path, providerOptions";
    let expected = expected.replace("did you mean `actionOptions`? known keys: actionOptions, path", "KNOWN");
    let text = text
        .replace("did you mean `actionOptions`? known keys: actionOptions, path", "KNOWN")
        .replace("did you mean `providerOptions`? known keys: actionOptions, path", "KNOWN");
    assert_eq!(text, expected);
}

#[test]
fn a_wrong_value_from_a_variable_names_the_variable_alone() {
    let text = Project::with("[upload.config]\nsizeLimit = \"${LIMIT}\"\n").var("LIMIT", "hunter2").problems();
    assert_eq!(
        text,
        "config/plugins.toml:2:1: upload.config.sizeLimit: expected an integer, found a string\n  \
         hint: the value comes from the environment variable `LIMIT`"
    );
}

#[test]
fn tables_of_the_wrong_type_are_errors() {
    for (text, key) in [
        ("upload = 5", "upload"),
        ("[upload]\nconfig = 5", "upload.config"),
        ("[upload]\nproviders = 5", "upload.providers"),
        ("[upload.providers]\nx = 5", "upload.providers.x"),
        ("[upload.config]\nproviderOptions = 5", "upload.config.providerOptions"),
        ("[upload.config]\nactionOptions = []", "upload.config.actionOptions"),
        ("[upload.config]\nsecurity = 5", "upload.config.security"),
        ("[upload.config]\nbreakpoints = 5", "upload.config.breakpoints"),
    ] {
        let problems = Project::with(text).problems();
        assert!(problems.contains(&format!("{key}: expected a table, found")), "{problems}");
    }
}

#[test]
fn other_plugins_and_sharp_are_warnings_and_their_variables_are_not_looked_up() {
    let project = Project::with(
        "graphql = true\n[email.config]\nkey = \"${MISSING}\"\n[upload.config.sharp]\ncache = \"${MISSING}\"\n",
    );
    let warnings: Vec<_> = project.load().warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "config/plugins.toml:2:2: email: ignored: only the plugin `upload` is known",
            "config/plugins.toml:1:1: graphql: ignored: only the plugin `upload` is known",
            "config/plugins.toml:4:16: upload.config.sharp: ignored: it configures an image library that is not used here",
        ]
    );
}

#[test]
fn a_slip_for_upload_is_an_error() {
    let text = Project::with("[uplaod.config]\n").problems();
    assert!(text.contains("config/plugins.toml:1:2: uplaod: unknown key\n  hint: did you mean `upload`?"), "{text}");
    assert!(Project::with("provider = \"aws-s3\"").problems().contains("provider: unknown key"));
}

#[test]
fn another_plugin_may_have_upload_in_its_name() {
    assert_eq!(Project::with("[upload-plugin-cache]\n").load().warnings.len(), 1);
}

#[test]
fn options_of_both_uploads_go_with_every_way_to_upload() {
    let options = Project::with(
        "[upload.config.actionOptions]\nupload = { a = 1, m = { x = 1 } }\nuploadStream = { b = 2, m = { y = 2 } }\ndelete = { c = 3 }\n",
    )
    .load()
    .upload
    .action_options;
    for call in ["upload", "uploadStream", "replace"] {
        assert_eq!(action_options(&options, call), json!({"a": 1, "b": 2, "m": {"x": 1, "y": 2}}));
    }
    assert_eq!(action_options(&options, "delete"), json!({"c": 3}));
    assert_eq!(action_options(&options, "head"), json!({}));
}

#[test]
fn a_plugin_may_be_a_mere_switch() {
    assert!(!Project::with("upload = false").load().upload.enabled);
    assert!(Project::with("upload = true").load().upload.enabled);
}

#[test]
fn an_empty_variable_leaves_optional_keys_out() {
    let project = Project::with(
        "[upload]\nenabled = \"${E}\"\n[upload.config]\npath = \"${E}\"\nsizeLimit = \"${E}\"\nconcurrentUploadSize = \"${E}\"\n",
    );
    let upload = project.var("E", "").load().upload;
    assert!(upload.enabled);
    assert_eq!((upload.path, upload.size_limit, upload.concurrent_upload_size), (None, Some(1_000_000_000), 1));
}

#[test]
fn a_size_limit_of_nothing_is_no_limit() {
    assert_eq!(Project::with("[upload.config]\nsizeLimit = 0").load().upload.size_limit, None);
}

#[test]
fn types_that_match_nothing_are_errors() {
    let problems =
        Project::with("[upload.config.security]\nallowedTypes = [\"png\", \"image/*\"]\ndeniedTypes = [\"\"]")
            .problems();
    let expected = "config/plugins.toml:2:17: upload.config.security.allowedTypes[0]: `png` matches no type of a file
  hint: types look like `image/png`, or `image/*` with a wildcard
config/plugins.toml:3:16: upload.config.security.deniedTypes[0]: `` matches no type of a file
  hint: types look like `image/png`, or `image/*` with a wildcard";
    assert_eq!(problems, expected);
    for good in ["*", "*/*", "*+xml", "image/svg+xml", "application/vnd.ms-excel", "IMAGE/*", "*/json"] {
        Project::with(&format!("[upload.config.security]\ndeniedTypes = [\"{good}\"]")).load();
    }
    for bad in ["image", "/png", "image/", "a/b/c", "text/html; charset=utf-8", "image /png"] {
        assert!(
            Project::with(&format!("[upload.config.security]\ndeniedTypes = [\"{bad}\"]")).result().is_err(),
            "{bad}"
        );
    }
    let denied = Project::with("[upload.config.security]\ndeniedTypes = { \"$env\" = \"DENIED\", type = \"array\" }");
    let problems = denied.var("DENIED", "").problems();
    assert!(problems.contains("deniedTypes: names no type, so it would refuse nothing"), "{problems}");
}

#[test]
fn a_provider_is_configured_once() {
    let text = Project::with("[upload.providers.aws-s3]\n[upload.providers.amazon-s3]\n").problems();
    assert!(text.contains("the provider `aws-s3` is configured twice"), "{text}");
    let config = Project::with("[upload.providers.local]\n").load();
    assert!(config.upload.providers.is_empty());
    assert!(config.warnings[0].message.contains("already"));
}

#[test]
fn names_of_providers_are_narrow() {
    for name in ["a", "0", "aws-s3", "my.provider_2", &"a".repeat(64)] {
        assert_eq!(ProviderName::new(name).unwrap().as_str(), name);
    }
    assert_eq!(ProviderName::new("AMAZON-S3").unwrap().as_str(), "aws-s3");
    for name in ["", ".a", "-a", "_a", "a..b", "a/b", "a\\b", "a b", "a\0", "ä", "\u{212a}", &"a".repeat(65)] {
        assert!(ProviderName::new(name).is_err(), "{name:?}");
    }
}

#[test]
fn the_provider_path_has_its_absolute_entries() {
    let config = Project::with("").var("LONGSHORE_PROVIDER_PATH", "/a::relative:/b").load();
    assert_eq!(config.provider_path, ["/a", "/b"].map(std::path::PathBuf::from));
    assert!(config.warnings[0].message.contains("relative"));
}

#[test]
fn trusted_users_are_ids() {
    let config = Project::with("").var("LONGSHORE_TRUSTED_USERS", "1000, bob,,0").load();
    assert_eq!(config.trusted_users, [1000, 0]);
    assert!(config.warnings[0].message.contains("`bob`"), "{:?}", config.warnings);
}
