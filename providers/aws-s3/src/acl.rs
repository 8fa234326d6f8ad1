//! Who may read what is written.

use aws_sdk_s3::types::ObjectCannedAcl;

/// What `params.ACL` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Acl {
    /// Nothing: files are public, as the default has always been, and a warning says so.
    Defaulted,
    /// No header is sent.
    NotSent,
    /// This one is sent.
    Canned(ObjectCannedAcl),
}

/// The names of the canned ACLs of objects.
pub(crate) const CANNED: [&str; 7] = [
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
];

impl Acl {
    /// Reads the option; `None` if it is absent. An unknown name is the error.
    pub(crate) fn read(text: Option<&str>) -> Result<Self, String> {
        match text {
            None => Ok(Self::Defaulted),
            Some(text) => Ok(canned(text)?.map_or(Self::NotSent, Self::Canned)),
        }
    }

    /// Whether files can be read only by signed URLs.
    pub(crate) fn is_private(&self) -> bool {
        *self == Self::Canned(ObjectCannedAcl::Private)
    }

    /// What is sent if the call says nothing else.
    pub(crate) fn header(&self) -> Option<ObjectCannedAcl> {
        match self {
            Self::Defaulted => Some(ObjectCannedAcl::PublicRead),
            Self::NotSent => None,
            Self::Canned(acl) => Some(acl.clone()),
        }
    }
}

/// The canned ACL of that name; `None` for `none` and the empty text, which send no header.
pub(crate) fn canned(text: &str) -> Result<Option<ObjectCannedAcl>, String> {
    match text.trim() {
        "" | "none" => Ok(None),
        name if CANNED.contains(&name) => Ok(Some(ObjectCannedAcl::from(name))),
        _ => Err(format!("must be one of {}, or `none` to send no ACL", CANNED.join(", "))),
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
