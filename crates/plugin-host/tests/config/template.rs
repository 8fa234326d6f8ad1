use longshore_plugin_host::config::Template;

use crate::project::Project;

/// The template with all commented settings enabled.
fn switched_on(template: Template) -> String {
    let lines = template.text().lines().map(|line| match line.strip_prefix('#') {
        Some(setting) if setting.starts_with(|c: char| c.is_ascii_alphabetic() || c == '[') => setting,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn project(text: &str) -> Project {
    ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_ACCESS_SECRET", "AWS_BUCKET", "AWS_KMS_KEY_ID"]
        .into_iter()
        .fold(Project::with(text), |project, name| project.var(name, "value"))
}

#[test]
fn each_template_loads_and_names_its_provider() {
    for template in Template::ALL {
        let config = project(template.text()).load();
        assert_eq!(config.upload.provider.as_str(), template.name());
        assert_eq!(config.warnings, []);
        assert_eq!(template.name().parse(), Ok(template));
    }
    assert!("s3".parse::<Template>().is_err());
}

#[test]
fn each_template_loads_with_every_setting_switched_on() {
    for template in Template::ALL {
        let text = switched_on(template);
        assert!(text.len() < template.text().len());
        let config = project(&text).load();
        assert_eq!(config.warnings, []);
    }
}

#[test]
fn the_local_template_needs_no_variable() {
    let config = Project::with(Template::Local.text()).load();
    let options = config.upload.provider_options.to_json();
    assert_eq!(options, serde_json::json!({"directory": "public/uploads", "publicPath": "/uploads"}));
}

#[test]
fn the_s3_template_has_the_seeds_names() {
    let options = project(Template::AwsS3.text()).options();
    let expected = serde_json::json!({
        "baseUrl": "", "rootPath": "",
        "s3Options": {
            "region": "value",
            "credentials": {"accessKeyId": "value", "secretAccessKey": "value"},
            "params": {"ACL": "public-read", "signedUrlExpires": "900", "Bucket": "value"},
        },
    });
    assert_eq!(options, expected);
}
