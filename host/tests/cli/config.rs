//! Invalid configurations, and `config show`.

use std::os::unix::fs::PermissionsExt;

use crate::project::Project;

/// Compares the error of a verb that opens the provider.
fn refused(name: &str, project: &Project, code: i32) {
    let ran = project.run(&["object", "ls"]).expect(code);
    insta::assert_snapshot!(name, ran.all());
}

#[test]
fn no_configuration() {
    refused("no_configuration", &Project::empty(), 3);
    let project = Project::local();
    project.write("below/file", "");
    let ran = project.run(&["-C", "below", "object", "ls"]).expect(3);
    assert!(ran.stderr.contains("hint: there is one in <project>: start from there"), "{}", ran.stderr);
}

#[test]
fn toml_that_does_not_parse() {
    refused("toml_that_does_not_parse", &Project::new("[upload.config]\nprovider = \"local\nsizeLimit = 1\n"), 3);
}

#[test]
fn an_unknown_key() {
    refused("an_unknown_key", &Project::new("[upload.config]\nprovder = \"local\"\n"), 3);
    let option = "[upload.config]\nprovider = \"local\"\n[upload.config.providerOptions]\ndirectry = \"a\"\n";
    refused("an_unknown_option", &Project::new(option), 3);
}

#[test]
fn a_missing_variable() {
    refused("a_missing_variable", &Project::new("[upload.config]\nprovider = \"${STORAGE}\"\n"), 3);
}

#[test]
fn a_wrong_type() {
    refused("a_wrong_type", &Project::new("[upload.config]\nsizeLimit = \"much\"\nprovider = 5\n"), 3);
    let option = "[upload.config.providerOptions]\ndirectory = [1]\n";
    refused("a_wrong_type_of_an_option", &Project::new(option), 3);
}

#[test]
fn a_secret_of_a_wrong_type_is_not_echoed() {
    let toml = "[upload.config]\nprovider = \"aws-s3\"\n[upload.config.providerOptions.s3Options]\n\
                credentials = { accessKeyId = \"AKIDHUSH\", secretAccessKey = { hush = \"hush-hush\" } }\n\
                region = \"eu-west-1\"\nparams = { Bucket = \"media\" }\n";
    let project = Project::new(toml);
    for verb in [&["object", "ls"][..], &["config", "check"], &["config", "check", "--json"], &["-vvv", "object", "ls"]]
    {
        let ran = project.run(verb).expect(3);
        let all = ran.all();
        assert!(!all.contains("hush-hush") && !all.contains("AKIDHUSH"), "{all}");
        assert!(all.contains("upload.config.providerOptions.s3Options.credentials.secretAccessKey"), "{all}");
    }
}

#[test]
fn a_provider_that_is_not_found() {
    refused("a_provider_that_is_not_found", &Project::new("[upload.config]\nprovider = \"locl\"\n"), 4);
}

#[test]
fn a_name_that_is_a_path() {
    refused("a_name_that_is_a_path", &Project::new("[upload.config]\nprovider = \"../local\"\n"), 3);
    for name in ["a/b", "/etc/passwd", "", "a..b"] {
        let ran =
            Project::local().run(&["object", "ls", "--set", &format!("upload.config.provider={name:?}")]).expect(3);
        assert!(ran.stderr.contains("not a provider's name"), "{}", ran.stderr);
    }
}

#[test]
fn dotenv_must_not_decide_what_is_loaded() {
    let project = Project::local();
    project.write(".env", "LONGSHORE_PROVIDER_PATH=/tmp\n");
    refused("dotenv_must_not_decide_what_is_loaded", &project, 3);
}

#[test]
fn config_check_prints_all_errors_at_once() {
    let project = Project::new(
        "[upload.config]\nprovider = \"local\"\nsizeLmit = 1\nsizeLimit = \"${LIMIT}\"\n\
         [upload.config.providerOptions]\ndirectory = [1]\npublicPath = \"${BASE}\"\nsynk = true\n\
         [upload.providers.nowhere]\n[graphql]\n",
    );
    insta::assert_snapshot!(project.run(&["config", "check"]).expect(3).all());
    insta::assert_snapshot!("without_loading", project.run(&["config", "check", "--no-load"]).expect(3).all());
    let findings = project.run(&["config", "check", "--json"]).expect(3);
    assert_eq!(findings.stderr, "");
    let keys: Vec<_> = findings.lines().iter().map(|finding| finding["key"].clone()).collect();
    assert!(keys.contains(&"upload.config.sizeLmit".into()), "{keys:?}");
    assert!(keys.contains(&"upload.providers.nowhere".into()), "{keys:?}");
}

#[test]
fn config_check_prints_the_files_of_a_valid_configuration() {
    let project = Project::local();
    project.write("config/env/development/plugins.toml", "");
    project.write("config/longshore.toml", "");
    project.write(".env", "");
    insta::assert_snapshot!(project.run(&["config", "check"]).expect(0).all());
    insta::assert_snapshot!("without_starting", project.run(&["config", "check", "--no-start"]).expect(0).all());
}

#[test]
fn a_provider_that_is_missing_alone_ends_the_check_with_4() {
    let project = Project::new("[upload.config]\nprovider = \"nowhere\"\n");
    let ran = project.run(&["config", "check"]).expect(4);
    let place = "error: config/plugins.toml:2:1: upload.config.provider: no provider called `nowhere` was found";
    assert!(ran.stderr.starts_with(place), "{}", ran.stderr);
}

/// Configurations that `serve` cannot start with, and the place that the check reports.
#[test]
fn the_check_refuses_what_the_server_refuses() {
    let local = |options: &str| format!("[upload.config.providerOptions]\ndirectory = \"files\"\n{options}\n");
    let options = "config/plugins.toml:1:16: upload.config.providerOptions: ";
    let cases = [
        (local("publicPath = \"uploads\""), "", options),
        (local("publicPath = \"/api/files\""), "", options),
        (local("rootPath = \"../up\""), "", options),
        (local("localServer = { maxage = -1 }"), "", options),
        ("[upload.config.providerOptions]\ndirectory = \"nowhere\"\n".to_owned(), "", options),
        (local("") + "[upload.config.security]\nallowedTypes = [\"png\"]\n", "", "config/plugins.toml:5:17: "),
        (local(""), "[server]\nbind = \"127.0.0.1:1338\"\n", "config/longshore.toml:2:1: server.bind: "),
        (local(""), "[limits]\npageSize = 1000\n", "config/longshore.toml:2:1: limits.pageSize: "),
        (local(""), "[database]\nfile = \"files\"\n", "config/longshore.toml:2:1: database.file: "),
        (local(""), "[database]\nfile = \".env/x.db\"\n", "config/longshore.toml:2:1: database.file: "),
        (local(""), "[database]\nurl = \"postgres://u:p#w@h/n\"\n", "config/longshore.toml:2:1: database.url: "),
        (
            local(""),
            "[[webhooks]]\nurl = \"http://a\"\nsecret = \"\"\n",
            "config/longshore.toml:3:1: webhooks[0].secret: ",
        ),
    ];
    for (plugins, longshore, place) in cases {
        let project = Project::new(&plugins);
        std::fs::create_dir(project.path("files")).unwrap();
        project.write(".env", "");
        project.write("config/longshore.toml", longshore);
        let check = project.run(&["config", "check"]).expect(3);
        assert!(check.stderr.starts_with(&format!("error: {place}")), "{}", check.stderr);
        project.run(&["serve"]).expect(3);
        let found = project.run(&["config", "check", "--json"]).expect(3).lines();
        assert!(found[0]["line"].is_u64() && found[0]["key"].is_string(), "{found:?}");
    }
}

#[test]
fn a_file_that_others_may_write_is_refused() {
    let project = Project::local();
    let file = project.write(".env", "A=1\n");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    let ran = project.run(&["config", "check"]).expect(3);
    assert!(
        ran.stderr.contains("error: .env: ") && ran.stderr.contains("may be written by everybody"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("hint: run `chmod "), "{}", ran.stderr);
}

#[test]
fn a_malformed_override_is_an_error_of_the_command_line() {
    for text in ["upload", "=x", "a b=1", "a..b=1"] {
        let ran = Project::local().run(&["config", "show", "--set", text]).expect(2);
        assert!(ran.stderr.contains("not of the form `key.path=value`"), "{}", ran.stderr);
    }
}

#[test]
fn a_server_that_is_down_is_reported_at_once_and_in_words() {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let project = Project::local();
    let url = format!("database.url=postgres://me:hush@{address}/media");
    let ran = project.run(&["token", "list", "--set", &url]).expect(1);
    let expected = format!(
        "error: cannot use the database `postgres://{address}/media`\n  caused by: PostgreSQL: nothing listens at this \
         host and port\nhint: start PostgreSQL there, or correct `database.url`\n"
    );
    assert_eq!(ran.stderr, expected);
}

#[test]
fn the_configuration_is_shown_with_its_origins_and_without_secrets() {
    let project = Project::new(
        "[upload.config]\nprovider = \"aws-s3\"\n[upload.config.providerOptions]\nrootPath = \"${ROOT-files}\"\n\
         [upload.config.providerOptions.s3Options]\nregion = \"eu-west-1\"\n\
         credentials = { accessKeyId = \"AKIDHUSH\", secretAccessKey = \"${SECRET}\" }\nparams = { Bucket = \"media\" }\n",
    )
    .with_variable("SECRET", "hush-hush");
    project.write("config/env/development/plugins.toml", "[upload.config]\nsizeLimit = 5\n");
    let arguments = ["config", "show", "--set", "upload.config.concurrentUploadSize=2"];
    let ran = project.run(&arguments).expect(0);
    assert!(!ran.all().contains("hush-hush"));
    insta::assert_snapshot!(ran.all());
    let by_name = project.run(&["config", "show", "--no-load", "--json"]).expect(0);
    assert!(!by_name.all().contains("hush-hush"));
    let secret = |line: &serde_json::Value| line["key"].as_str().unwrap().ends_with("secretAccessKey");
    let line = by_name.lines().into_iter().find(secret).unwrap();
    assert_eq!(
        (line["masked"].clone(), line["origin"].clone()),
        (true.into(), "config/plugins.toml:7:43, SECRET".into())
    );
}
