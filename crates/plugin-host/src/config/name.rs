//! Names of providers.

use std::fmt;
use std::str::FromStr;

/// The name of a provider, the value of `upload.config.provider`.
///
/// The name becomes part of paths, and is therefore restricted: up to 64 of `a-z`, `0-9`, `.`, `_` and `-`, first a
/// letter or digit, without `..`. Capitals are converted to lower case, and `amazon-s3` is another name of `aws-s3`.
///
/// ```
/// # use longshore_plugin_host::config::ProviderName;
/// assert_eq!(ProviderName::new("AWS-S3")?.as_str(), "aws-s3");
/// assert_eq!(ProviderName::new("amazon-s3")?.as_str(), "aws-s3");
/// assert!(ProviderName::new("../aws-s3").is_err());
/// # Ok::<(), longshore_plugin_host::config::InvalidProviderName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderName(String);

/// Other names of providers, each with the name that it stands for.
pub(super) const ALIASES: [(&str, &str); 1] = [("amazon-s3", "aws-s3")];

/// The text is not a valid provider name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a provider's name: it has 1 to 64 of `a-z`, `0-9`, `.`, `_` and `-`, starts with a letter or digit, and \
     has no `..`"
)]
pub struct InvalidProviderName;

impl ProviderName {
    /// Checks and normalises a name.
    pub fn new(name: &str) -> Result<Self, InvalidProviderName> {
        let name = name.to_ascii_lowercase();
        let valid = name.len() <= 64
            && name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
            && !name.contains("..");
        match ALIASES.into_iter().find(|(alias, _)| *alias == name) {
            _ if !valid => Err(InvalidProviderName),
            Some((_, name)) => Ok(Self(name.to_owned())),
            None => Ok(Self(name)),
        }
    }

    /// The default provider, `local`.
    pub fn local() -> Self {
        Self("local".to_owned())
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AsRef<str> for ProviderName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProviderName {
    type Err = InvalidProviderName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::new(name)
    }
}
