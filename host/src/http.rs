//! The HTTP server: what Strapi's upload API answers, on top of the media library.

mod multipart;
pub(crate) mod query;
