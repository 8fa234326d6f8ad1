//! Options at the root of `providerOptions` that belong into `s3Options`, as older configurations have them.

use crate::options::{AwsS3Options, S3Options, StaticCredentials};

/// The `s3Options` with what stands at the root laid over them, and which keys those were.
pub(crate) fn merged(options: &mut AwsS3Options) -> (S3Options, Vec<&'static str>) {
    let mut s3 = options.s3_options.take().unwrap_or_default();
    let mut moved = Vec::new();
    macro_rules! lay_over {
        ($($name:literal $field:ident),* $(,)?) => {$(
            if let Some(value) = options.$field.take() {
                s3.$field = Some(value);
                moved.push($name);
            }
        )*};
    }
    lay_over!(
        "region" region, "endpoint" endpoint, "forcePathStyle" force_path_style, "maxAttempts" max_attempts,
        "useAccelerateEndpoint" use_accelerate_endpoint, "useDualstackEndpoint" use_dualstack_endpoint,
        "params" params, "credentials" credentials, "accessKeyId" access_key_id,
        "secretAccessKey" secret_access_key,
    );
    if let Some(token) = options.session_token.take() {
        moved.push("sessionToken");
        with_session_token(&mut s3, token);
    }
    (s3, moved)
}

/// A session token at the root goes with the keys at the root: flat keys have no place for one.
fn with_session_token(s3: &mut S3Options, token: longshore_provider::Secret) {
    let credentials = s3.credentials.get_or_insert_with(|| StaticCredentials {
        access_key_id: s3.access_key_id.take(),
        secret_access_key: s3.secret_access_key.take(),
        session_token: None,
    });
    credentials.session_token.get_or_insert(token);
}

#[cfg(test)]
mod tests {
    use longshore_provider::{Secret, serde_json};

    use super::*;

    fn options(json: serde_json::Value) -> AwsS3Options {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn deprecated_options_at_the_root_win_and_are_named() {
        let mut options = options(serde_json::json!({
            "region": "eu-west-1", "params": { "Bucket": "flat" },
            "s3Options": { "region": "us-east-1", "endpoint": "https://s3.test", "params": { "Bucket": "nested" } },
        }));
        let (s3, moved) = merged(&mut options);
        assert_eq!(s3.region.as_deref(), Some("eu-west-1"));
        assert_eq!(s3.endpoint.as_deref(), Some("https://s3.test"));
        assert_eq!(s3.params.unwrap().bucket.as_deref(), Some("flat"));
        assert_eq!(moved, ["region", "params"]);
    }

    #[test]
    fn a_flat_session_token_goes_with_the_flat_keys() {
        let mut options =
            options(serde_json::json!({ "accessKeyId": "id", "secretAccessKey": "secret", "sessionToken": "token" }));
        let credentials = merged(&mut options).0.credentials.unwrap();
        assert_eq!(credentials.access_key_id.as_deref(), Some("id"));
        assert_eq!(credentials.session_token, Some(Secret::new("token")));
    }

    #[test]
    fn options_without_deprecated_ones_stay_unchanged() {
        assert!(merged(&mut AwsS3Options::default()).1.is_empty());
    }
}
