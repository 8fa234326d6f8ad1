//! Canned ACLs, the only access control lists that the server keeps.

use std::fmt;
use std::str::FromStr;

use s3s::dto::{AccessControlPolicy, Grant, Grantee, Grants, ObjectCannedACL, Owner, Permission, Type};
use s3s::{S3Result, s3_error};
use serde::{Deserialize, Serialize};

/// The account that owns every bucket and object, as `x-amz-expected-bucket-owner` names it.
pub const ACCOUNT_ID: &str = "123456789012";

/// The canonical user id of [`ACCOUNT_ID`], as ACLs name it.
const OWNER_ID: &str = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a";
/// The canonical user id that EC2 reads with.
const EC2_ID: &str = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c";
const ALL_USERS: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
const AUTHENTICATED_USERS: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";

/// A [canned ACL](https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl) of an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acl {
    /// Only the owner has access. An object without an ACL header has this ACL.
    #[default]
    Private,
    /// Everybody may read, also with unsigned requests.
    PublicRead,
    /// Everybody may read and write. The server only grants reading: it refuses unsigned writes.
    PublicReadWrite,
    /// Everybody with credentials may read.
    AuthenticatedRead,
    /// Amazon EC2 may read the object, to start machines from it.
    AwsExecRead,
    /// The bucket's owner may read.
    BucketOwnerRead,
    /// The bucket's owner has full control.
    BucketOwnerFullControl,
}

impl Acl {
    const ALL: [Self; 7] = [
        Self::Private,
        Self::PublicRead,
        Self::PublicReadWrite,
        Self::AuthenticatedRead,
        Self::AwsExecRead,
        Self::BucketOwnerRead,
        Self::BucketOwnerFullControl,
    ];

    /// The value of the header `x-amz-acl`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::PublicRead => "public-read",
            Self::PublicReadWrite => "public-read-write",
            Self::AuthenticatedRead => "authenticated-read",
            Self::AwsExecRead => "aws-exec-read",
            Self::BucketOwnerRead => "bucket-owner-read",
            Self::BucketOwnerFullControl => "bucket-owner-full-control",
        }
    }

    /// Whether an unsigned request may read the object.
    pub fn grants_read_to_all(self) -> bool {
        matches!(self, Self::PublicRead | Self::PublicReadWrite)
    }

    /// The ACL that a request gives an object, `None` if the request has no ACL header.
    ///
    /// A bucket that enforces its owner refuses all but `bucket-owner-full-control`. Explicit grants are not supported.
    pub(crate) fn requested(
        canned: Option<&ObjectCannedACL>,
        explicit_grants: bool,
        owner_enforced: bool,
    ) -> S3Result<Option<Self>> {
        let allowed = canned.is_none_or(|acl| acl.as_str() == Self::BucketOwnerFullControl.as_str());
        if owner_enforced && (explicit_grants || !allowed) {
            return Err(s3_error!(AccessControlListNotSupported, "The bucket does not allow ACLs"));
        }
        if explicit_grants {
            return Err(s3_error!(
                NotImplemented,
                "Grants by x-amz-grant-* headers are not implemented; use x-amz-acl"
            ));
        }
        let parse = |acl: &ObjectCannedACL| acl.as_str().parse().map_err(|_| s3_error!(InvalidArgument, "Unknown ACL"));
        canned.map(parse).transpose()
    }

    /// The canned ACL with exactly these grants.
    pub(crate) fn of_policy(policy: &AccessControlPolicy) -> S3Result<Self> {
        let grants = policy.grants.iter().flatten();
        let mut found: Vec<String> = grants.map(describe).filter(|grant| grant != &describe(&owner_grant())).collect();
        found.sort();
        let same = |acl: &Self| {
            let mut expected: Vec<String> = acl.group_grants().iter().map(describe).collect();
            expected.sort();
            expected == found
        };
        Self::ALL
            .into_iter()
            .find(same)
            .ok_or_else(|| s3_error!(NotImplemented, "Only grants that a canned ACL has are implemented"))
    }

    pub(crate) fn grants(self) -> Grants {
        let mut grants = vec![owner_grant()];
        grants.extend(self.group_grants());
        grants
    }

    fn group_grants(self) -> Vec<Grant> {
        match self {
            Self::PublicRead => vec![group_grant(ALL_USERS, Permission::READ)],
            Self::PublicReadWrite => {
                vec![group_grant(ALL_USERS, Permission::READ), group_grant(ALL_USERS, Permission::WRITE)]
            }
            Self::AuthenticatedRead => vec![group_grant(AUTHENTICATED_USERS, Permission::READ)],
            Self::AwsExecRead => vec![grant(EC2_ID, Permission::READ)],
            // The owner of the bucket is the owner of its objects: one account has everything.
            Self::Private | Self::BucketOwnerRead | Self::BucketOwnerFullControl => Vec::new(),
        }
    }
}

/// The text is no canned ACL.
#[derive(Debug, thiserror::Error)]
#[error("unknown canned ACL")]
pub struct UnknownAcl;

impl FromStr for Acl {
    type Err = UnknownAcl;

    fn from_str(text: &str) -> Result<Self, UnknownAcl> {
        Self::ALL.into_iter().find(|acl| acl.as_str() == text).ok_or(UnknownAcl)
    }
}

impl fmt::Display for Acl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

pub(crate) fn owner() -> Owner {
    Owner { display_name: None, id: Some(OWNER_ID.to_owned()) }
}

fn owner_grant() -> Grant {
    grant(OWNER_ID, Permission::FULL_CONTROL)
}

fn grant(id: &str, permission: &'static str) -> Grant {
    let grantee = Grantee {
        id: Some(id.to_owned()),
        type_: Type::from_static(Type::CANONICAL_USER),
        display_name: None,
        email_address: None,
        uri: None,
    };
    Grant { grantee: Some(grantee), permission: Some(Permission::from_static(permission)) }
}

fn group_grant(uri: &str, permission: &'static str) -> Grant {
    let grantee = Grantee {
        id: None,
        type_: Type::from_static(Type::GROUP),
        display_name: None,
        email_address: None,
        uri: Some(uri.to_owned()),
    };
    Grant { grantee: Some(grantee), permission: Some(Permission::from_static(permission)) }
}

/// The grantee and the permission as text. Grants are compared by these alone.
fn describe(grant: &Grant) -> String {
    let grantee = grant.grantee.as_ref().and_then(|grantee| grantee.uri.as_deref().or(grantee.id.as_deref()));
    format!("{} {}", grantee.unwrap_or("?"), grant.permission.as_ref().map_or("?", Permission::as_str))
}
