//! The tags that S3 gives objects: MD5s, unless it encrypts them with a key of KMS.

use aws_sdk_s3::types::CompletedPart;
use longshore_provider::Bytes;
use md5::{Digest, Md5};

use crate::encode;

/// The tag of an object that is made of these parts, or `None` if their tags are no MD5s.
pub(crate) fn of_parts(parts: &[CompletedPart]) -> Option<String> {
    let mut md5 = Md5::new();
    for part in parts {
        md5.update(digest(part.e_tag()?)?);
    }
    Some(format!("{}-{}", hex(&md5.finalize()), parts.len()))
}

/// The tag of an object that is stored in one request with this body.
pub(crate) fn of_body(chunks: &[Bytes]) -> String {
    hex(&chunks.iter().fold(Md5::new(), Digest::chain_update).finalize())
}

/// Without the quotes that some services leave out.
pub(crate) fn bare(tag: &str) -> &str {
    tag.trim_matches('"')
}

fn digest(tag: &str) -> Option<[u8; 16]> {
    let digits = Some(bare(tag)).filter(|tag| tag.len() == 32 && tag.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u128::from_str_radix(digits, 16).ok().map(u128::to_be_bytes)
}

fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    encode::append_hex(&mut digits, bytes);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(tag: &str) -> CompletedPart {
        CompletedPart::builder().e_tag(tag).build()
    }

    #[test]
    fn the_tag_of_parts_is_the_md5_of_theirs() {
        // The parts are 5 MiB of `x`, and `tail`. Their tags were computed with md5sum.
        let parts = ["\"4f08eef4096726bff1125e1b1b734644\"", "7aea2552dfe7eb84b9443b6fc9ba6e01"];
        let tag = of_parts(&parts.map(part)).unwrap();
        assert_eq!(tag, "a45f1422f2dbe3d2890829dd76adba1b-2");
        assert_eq!(of_parts(&[part("\"opaque\"")]), None);
        assert_eq!(of_parts(&[part("+f08eef4096726bff1125e1b1b734644")]), None);
    }

    #[test]
    fn the_tag_of_a_body_is_its_md5() {
        assert_eq!(of_body(&[]), "d41d8cd98f00b204e9800998ecf8427e");
        let chunks = ["message ", "digest"].map(|chunk| Bytes::from_static(chunk.as_bytes()));
        assert_eq!(of_body(&chunks), "f96b697d7cb7938d525a2f31aaf161d0");
    }
}
