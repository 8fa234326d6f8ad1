//! The commented configurations that a project starts with.

use std::str::FromStr;

/// A commented `config/plugins.toml`, one for each of the providers that come with the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// Stores files in a folder of the project.
    Local,
    /// Stores files in S3, public by default.
    AwsS3,
    /// Stores files in S3 that are accessible only by signed URLs.
    AwsS3Private,
}

/// No template has that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of `local`, `aws-s3` and `aws-s3-private`")]
pub struct UnknownTemplate;

impl Template {
    /// All templates.
    pub const ALL: [Self; 3] = [Self::Local, Self::AwsS3, Self::AwsS3Private];

    /// The name of the template.
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::AwsS3 => "aws-s3",
            Self::AwsS3Private => "aws-s3-private",
        }
    }

    /// The file's text.
    pub fn text(self) -> &'static str {
        match self {
            Self::Local => include_str!("../../../../config/plugins.toml"),
            Self::AwsS3 => include_str!("../../../../config/templates/aws-s3.toml"),
            Self::AwsS3Private => include_str!("../../../../config/templates/aws-s3-private.toml"),
        }
    }
}

impl FromStr for Template {
    type Err = UnknownTemplate;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|template| template.name() == name).ok_or(UnknownTemplate)
    }
}
