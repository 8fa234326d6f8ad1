//! What stands in `providerOptions`.

use longshore_plugin_host::registry::OpenError;

use crate::project::{KEY, Project};

/// The host's error for these options, with its chain of causes and the hints of its problems.
async fn refused(encryption: &str) -> String {
    let error: OpenError = Project::local().open_with(encryption).await.err().unwrap();
    let mut text = error.to_string();
    let mut next = std::error::Error::source(&error);
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    if let OpenError::Options(problems) = &error {
        text.extend(problems.iter().filter_map(|problem| Some(format!("; {}", problem.hint.as_ref()?))));
    }
    text
}

#[tokio::test]
async fn a_key_that_is_none_is_refused_and_not_shown() {
    for key in ["correct horse battery staple", "c2hvcnQ=", ""] {
        let text = refused(&format!("key = \"{key}\"")).await;
        assert!(text.contains("providerOptions.encryption.key has to be 32 random bytes in base64"), "{text}");
        assert!(text.contains("openssl rand -base64 32"), "{text}");
        assert!(key.is_empty() || !text.contains(key), "{text}");
    }
}

#[tokio::test]
async fn a_missing_key_and_unknown_options_are_named() {
    let text = refused("").await;
    assert!(text.contains("key"), "{text}");
    let text = refused(&format!("key = \"{KEY}\", allowPlainText = true")).await;
    assert!(text.contains("allowPlainText") && text.contains("allowPlaintext"), "{text}");
}

#[tokio::test]
async fn unknown_options_beside_the_table_are_for_the_base_to_refuse() {
    let project = Project::over("local", "directory = \"files\"\ndirectorry = \"x\"".into());
    let error = project.open_with(&format!("key = \"{KEY}\"")).await.err().unwrap();
    assert!(error.to_string().contains("directorry"), "{error}");
}
