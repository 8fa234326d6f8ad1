//! A signature in the query of a URL.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::{session::Session, timestamp::Timestamp};
use crate::{encode, location::Location};

impl Session {
    /// A URL that reads the file at `key`.
    pub(super) fn url(
        &self,
        location: &Location,
        key: &str,
        now: Timestamp,
        expires_in: u64,
        query: &[(&str, String)],
    ) -> String {
        let capacity = location.base.len() + 3 * key.len() + self.head.len() + self.tail.len() + 128;
        let mut url = String::with_capacity(capacity);
        url.push_str(&location.base);
        encode::append(&mut url, key, true);
        let end_of_path = url.len();
        url.push('?');
        url.push_str(&self.head);
        now.append_time(&mut url);
        let _ = write!(url, "&X-Amz-Expires={expires_in}");
        url.push_str(&self.tail);
        append_query(&mut url, query);

        let start_of_path = location.base.len() - location.path.len();
        let canonical = Sha256::new()
            .chain_update("GET\n")
            .chain_update(&url[start_of_path..end_of_path])
            .chain_update("\n")
            .chain_update(&url[end_of_path + 1..])
            .chain_update("\nhost:")
            .chain_update(&location.host)
            .chain_update("\n\nhost\nUNSIGNED-PAYLOAD");

        url.push_str("&X-Amz-Signature=");
        encode::append_hex(&mut url, self.signature(now, canonical).as_ref());
        url
    }
}

/// The canonical form wants names in order; these come behind all `X-Amz-` ones.
fn append_query(url: &mut String, query: &[(&str, String)]) {
    let mut sorted: Vec<_> = query.iter().collect();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    for (name, value) in sorted {
        url.push('&');
        encode::append(url, name, false);
        url.push('=');
        encode::append(url, value, false);
    }
}
