use std::collections::BTreeMap;

use longshore_plugin_host::config::{ProviderName, show};
use serde_json::{Value, json};

use crate::project::Project;

const SERVER: &str = r#"[database]
url = "postgres://user@host/name?password=hunter2"
connections = 5
[[webhooks]]
url = "http://a/hook?token=hunter2&channel=media&sig=hunter2"
secret = "hunter2"
headers = { X-Who = "hunter2" }
"#;

fn lines(project: &Project, schemas: &BTreeMap<ProviderName, Value>) -> Vec<String> {
    let shown = show(&project.load(), schemas);
    shown.iter().map(|value| format!("{} = {} ({})", value.key, value.value, value.origin)).collect()
}

fn project() -> Project {
    Project::with(
        r#"
        [upload.config.providerOptions]
        baseUrl = "https://user:hunter2@cdn.test/a@b"
        plain = "https://cdn.test/a@b"
        region = "${REGION-eu-west-1}"
        credentials = { accessKeyId = "${ID}", secretAccessKey = "${SECRET}", sessionToken = "" }
        list = [1, "x"]
        [upload.config.actionOptions]
        [upload.providers.other.providerOptions]
        password = "hunter2"
        pin = "hunter2"
        "#,
    )
    .file("config/longshore.toml", SERVER)
    .var("ID", "hunter2")
    .var("SECRET", "hunter2")
    .set("upload.config.sizeLimit=5")
}

#[test]
fn values_are_shown_with_their_origin_and_secrets_masked() {
    let schemas = BTreeMap::from([(
        ProviderName::new("other").unwrap(),
        json!({"properties": {"password": {"writeOnly": true}, "pin": {"writeOnly": true}}}),
    )]);
    assert_eq!(
        lines(&project(), &schemas),
        [
            "database.connections = 5 (config/longshore.toml:3:1)",
            "database.url = \"********\" (config/longshore.toml:2:1)",
            "upload.config.actionOptions = {} (config/plugins.toml:8:24)",
            "upload.config.provider = \"local\" (default)",
            "upload.config.providerOptions.baseUrl = \"https://********@cdn.test/a@b\" (config/plugins.toml:3:9)",
            "upload.config.providerOptions.credentials.accessKeyId = \"********\" (config/plugins.toml:6:25, ID)",
            "upload.config.providerOptions.credentials.secretAccessKey = \"********\" (config/plugins.toml:6:48, SECRET)",
            "upload.config.providerOptions.credentials.sessionToken = \"\" (config/plugins.toml:6:79)",
            "upload.config.providerOptions.list[0] = 1 (config/plugins.toml:7:17)",
            "upload.config.providerOptions.list[1] = \"x\" (config/plugins.toml:7:20)",
            "upload.config.providerOptions.plain = \"https://cdn.test/a@b\" (config/plugins.toml:4:9)",
            "upload.config.providerOptions.region = \"eu-west-1\" (config/plugins.toml:5:9, default of REGION)",
            "upload.config.sizeLimit = 5 (--set)",
            "upload.providers.other.providerOptions.password = \"********\" (config/plugins.toml:10:9)",
            "upload.providers.other.providerOptions.pin = \"********\" (config/plugins.toml:11:9)",
            "webhooks[0].headers.X-Who = \"********\" (config/longshore.toml:7:13)",
            "webhooks[0].secret = \"********\" (config/longshore.toml:6:1)",
            "webhooks[0].url = \"http://a/hook?token=********&channel=media&sig=********\" (config/longshore.toml:5:1)",
        ]
    );
}

#[test]
fn debug_output_of_a_configuration_has_no_values() {
    let text = format!("{:?}", project().set("upload.config.providerOptions.token=hunter2").load());
    assert!(!text.contains("hunter2"), "{text}");
}
