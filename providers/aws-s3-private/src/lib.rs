//! The Longshore provider that makes aws-s3 private: no public ACL, every URL signed.
