//! A signature in the header of a request.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>

use std::{borrow::Cow, time::SystemTime};

use longshore_provider::Result;
use sha2::{Digest, Sha256};

use crate::{
    encode,
    sign::{Session, Signer, Timestamp},
};

/// Headers that are to be signed, all of them. A session token is among them, so it prints nothing.
#[derive(Default)]
pub(crate) struct SignedHeaders {
    /// Names are in lower case.
    all: Vec<(Cow<'static, str>, String)>,
    odd: bool,
}

impl SignedHeaders {
    /// Adds one; `name` is in lower case.
    pub(crate) fn add(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) {
        let value = value.into();
        self.odd |= !is_plain(&value);
        self.all.push((name.into(), value));
    }

    /// Adds one if there is a value.
    pub(crate) fn add_some(&mut self, name: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    /// Whether each has a value that stands in the canonical form as it is, and a name of its own. What services make of
    /// others differs.
    pub(crate) fn are_plain(&self) -> bool {
        let mut names: Vec<_> = self.all.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        !self.odd && names.windows(2).all(|pair| pair[0] != pair[1])
    }

    /// Each name and value.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.all.iter().map(|(name, value)| (name.as_ref(), value.as_str()))
    }
}

/// Visible ASCII, with single spaces between words.
fn is_plain(value: &str) -> bool {
    let characters = value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    let spaces = value.starts_with(' ') || value.ends_with(' ') || value.contains("  ");
    characters && !spaces && !value.is_empty()
}

impl Signer {
    /// The address of `key`, and the headers of a `PUT` to it: those given, and what makes them a signed request. The
    /// body has the SHA-256 `hash`, in hexadecimal digits. `None` while there are no credentials.
    pub(crate) async fn put(
        &self,
        key: &str,
        mut headers: SignedHeaders,
        hash: &str,
    ) -> Result<Option<(String, SignedHeaders)>> {
        let now = Timestamp::of(SystemTime::now());
        let Some(session) = self.session_at_hand(now).await? else { return Ok(None) };
        let mut address = String::with_capacity(self.location.base.len() + 3 * key.len());
        address.push_str(&self.location.base);
        encode::append(&mut address, key, true);
        let path = &address[self.location.base.len() - self.location.path.len()..];
        session.sign(&self.location.host, path, &mut headers, hash, now);
        Ok(Some((address, headers)))
    }
}

impl Session {
    fn sign(&self, host: &str, path: &str, headers: &mut SignedHeaders, hash: &str, now: Timestamp) {
        let mut time = self.date.clone();
        now.append_time(&mut time);
        headers.add("x-amz-date", time);
        headers.add("x-amz-content-sha256", hash);
        headers.add_some("x-amz-security-token", self.credentials.session_token());
        headers.add("host", host);
        headers.all.sort_unstable();

        let mut canonical = Sha256::new().chain_update("PUT\n").chain_update(path).chain_update("\n\n");
        let mut names = String::with_capacity(256);
        for (name, value) in headers.iter() {
            for piece in [name, ":", value, "\n"] {
                canonical.update(piece);
            }
            names.push_str(name);
            names.push(';');
        }
        names.pop();
        let canonical = ["\n", &names, "\n", hash].into_iter().fold(canonical, Digest::chain_update);

        let mut authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={names}, Signature=",
            self.credentials.access_key_id(),
            self.scope
        );
        encode::append_hex(&mut authorization, self.signature(now, canonical).as_ref());
        // The HTTP client writes the host itself, as it stands in the address.
        headers.all.retain(|(name, _)| name != "host");
        headers.add("authorization", authorization);
    }
}
