//! Converts the configured name into the provider's canonical name.

use thiserror::Error;

use crate::{hint::Hint, library::manifest::is_name};

/// The name is not valid for a provider.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{name:?} is no provider's name")]
pub struct NameError {
    /// The invalid name.
    pub name: String,
}

impl NameError {
    /// The rule.
    pub fn hint(&self) -> Option<Hint> {
        let rule = "a name has at most 64 of a-z, 0-9, `.`, `_` and `-`, begins with a letter or digit, and is without \
                    `..`; a library elsewhere is named by `path`";
        Some(rule.into())
    }
}

/// Checks a name and returns its canonical form: in lower case, with `aws-s3` for the old name `amazon-s3`.
pub fn canonical(name: &str) -> Result<String, NameError> {
    let lower = name.to_ascii_lowercase();
    if !is_name(&lower) {
        return Err(NameError { name: name.to_owned() });
    }
    Ok(if lower == "amazon-s3" { "aws-s3".to_owned() } else { lower })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_the_old_name_do_not_matter() {
        assert_eq!(canonical("AWS-S3").unwrap(), "aws-s3");
        assert_eq!(canonical("amazon-s3").unwrap(), "aws-s3");
    }

    #[test]
    fn a_path_is_no_name() {
        for name in ["../aws-s3", "a/b", "", "aws..s3", "/etc"] {
            assert!(canonical(name).is_err(), "{name}");
        }
    }
}
