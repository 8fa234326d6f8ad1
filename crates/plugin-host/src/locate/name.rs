//! From the name in the configuration to the provider's own.

use thiserror::Error;

use crate::library::note::is_name;

/// No provider can have this name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{name:?} is no provider's name\n\
     hint: a name has at most 64 of a-z, 0-9, `.`, `_` and `-`, begins with a letter or digit, and is without `..`; \
     a library elsewhere is named by `path`"
)]
pub struct NameError {
    /// What was given.
    pub name: String,
}

/// Checks a name and gives the one to look for: in lower case, and `aws-s3` for its old name `amazon-s3`.
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
