//! Who may read what is written.

use aws_sdk_s3::types::ObjectCannedAcl;

/// What `params.ACL` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Acl {
    /// The option is absent: files are public, as in Strapi, and the first upload logs a warning.
    Defaulted,
    /// No header is sent.
    NotSent,
    /// This one is sent.
    Canned(ObjectCannedAcl),
}

/// The names of the canned ACLs of objects.
const CANNED: [&str; 7] = [
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
];

impl Acl {
    /// Reads the option. The error is what is allowed.
    pub(crate) fn read(text: Option<&str>) -> Result<Self, String> {
        match text {
            None => Ok(Self::Defaulted),
            Some(text) => match text.trim() {
                "" | "none" => Ok(Self::NotSent),
                name if CANNED.contains(&name) => Ok(Self::Canned(name.into())),
                _ => Err(format!("must be one of {}, or `none` to send no ACL", CANNED.join(", "))),
            },
        }
    }

    /// Whether files can be read only by signed URLs.
    pub(crate) fn is_private(&self) -> bool {
        *self == Self::Canned(ObjectCannedAcl::Private)
    }

    /// The header of an upload, unless its action options name another one.
    pub(crate) fn header(&self) -> Option<ObjectCannedAcl> {
        match self {
            Self::Defaulted => Some(ObjectCannedAcl::PublicRead),
            Self::NotSent => None,
            Self::Canned(acl) => Some(acl.clone()),
        }
    }
}

/// Whether the ACL lets others than the owners of object and bucket read.
pub(crate) fn grants_reading(acl: &ObjectCannedAcl) -> bool {
    !matches!(
        acl,
        ObjectCannedAcl::Private | ObjectCannedAcl::BucketOwnerRead | ObjectCannedAcl::BucketOwnerFullControl
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_is_public_and_empty_or_none_is_no_header() {
        assert_eq!(Acl::read(None).unwrap().header(), Some(ObjectCannedAcl::PublicRead));
        for text in ["", "none", " "] {
            assert_eq!(Acl::read(Some(text)).unwrap().header(), None, "{text:?}");
        }
        assert!(Acl::read(Some("private")).unwrap().is_private());
        assert!(!Acl::read(Some("public-read")).unwrap().is_private());
        assert!(Acl::read(Some("public")).is_err());
    }

    #[test]
    fn only_what_stays_with_the_owners_grants_nobody_else_reading() {
        let harmless: Vec<_> = CANNED.into_iter().filter(|name| !grants_reading(&(*name).into())).collect();
        assert_eq!(harmless, ["private", "bucket-owner-read", "bucket-owner-full-control"]);
    }
}
