//! What `aws-s3` gets as its options.

use longshore_provider::{
    Error, Result,
    serde_json::{Map, Value},
};

/// The canned ACLs that let others than the owners read: sent to the service, they would make a file public.
const READABLE: [&str; 4] = ["public-read", "public-read-write", "authenticated-read", "aws-exec-read"];

/// `options` without anything that would make files public.
///
/// Without an ACL, or with one that lets others read, no ACL is sent (`none`): without one the service keeps files
/// private, and buckets with ACLs disabled, as Amazon makes them today, refuse nearly every other one.
pub(crate) fn made_private(mut options: Value) -> Result<Value> {
    let Some(root) = options.as_object_mut() else { return Ok(options) };
    if root.get("baseUrl").and_then(Value::as_str).is_some_and(|url| !url.trim().is_empty()) {
        return Err(Error::invalid_options(
            "providerOptions.baseUrl cannot be used with `aws-s3-private`: its URLs lead to a CDN, which does not take \
             signatures of S3; leave it out, or use `aws-s3` with `ACL = \"private\"` if the CDN itself protects the files",
        ));
    }
    // Their old place, which wins in the base; then the new one.
    root.get_mut("params").and_then(Value::as_object_mut).map(make_private);
    root.get_mut("s3Options").and_then(|s3| s3.get_mut("params")).and_then(Value::as_object_mut).map(make_private);
    Ok(options)
}

/// Without any `params` the base says what is missing; a value that is no text is for the base to refuse.
fn make_private(params: &mut Map<String, Value>) {
    let readable = match params.get("ACL") {
        None | Some(Value::Null) => true,
        Some(acl) => acl.as_str().is_some_and(|acl| READABLE.contains(&acl.trim())),
    };
    if readable {
        params.insert("ACL".to_owned(), "none".into());
    }
}

#[cfg(test)]
mod tests {
    use longshore_provider::{ErrorKind, serde_json::json};

    use super::*;

    #[test]
    fn an_acl_that_lets_others_read_is_not_sent() {
        for acl in READABLE {
            let options = json!({ "rootPath": "r", "s3Options": { "region": "x", "params": { "ACL": acl } } });
            let expected = json!({ "rootPath": "r", "s3Options": { "region": "x", "params": { "ACL": "none" } } });
            assert_eq!(made_private(options).unwrap(), expected);
        }
    }

    #[test]
    fn without_an_acl_none_is_sent() {
        for params in [json!({ "Bucket": "b" }), json!({ "ACL": null })] {
            let options = json!({ "s3Options": { "params": params } });
            assert_eq!(made_private(options).unwrap()["s3Options"]["params"]["ACL"], "none");
        }
    }

    #[test]
    fn other_acls_stay() {
        for acl in ["private", "", "none", "bucket-owner-full-control"] {
            let options = json!({ "s3Options": { "params": { "ACL": acl } } });
            assert_eq!(made_private(options.clone()).unwrap(), options);
        }
    }

    #[test]
    fn params_in_their_old_place_are_made_private_too() {
        for params in [json!({ "ACL": "public-read" }), json!({})] {
            let options = json!({ "params": params, "s3Options": { "params": { "ACL": "none" } } });
            let expected = json!({ "params": { "ACL": "none" }, "s3Options": { "params": { "ACL": "none" } } });
            assert_eq!(made_private(options).unwrap(), expected);
        }
    }

    #[test]
    fn a_base_url_is_refused_with_the_reason_and_an_empty_one_is_none() {
        let error = made_private(json!({ "baseUrl": "https://cdn.example.org" })).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidOptions);
        assert!(error.message().starts_with("providerOptions.baseUrl cannot be used"), "{error}");
        assert!(!error.message().contains("cdn.example.org"), "{error}");
        for url in [json!(""), json!(" "), json!(null)] {
            assert!(made_private(json!({ "baseUrl": url })).is_ok());
        }
    }
}
