//! What all signatures of one day with the same credentials share.

use aws_sdk_s3::config::Credentials;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::timestamp::Timestamp;
use crate::{encode, location::Location};

/// Credentials are fetched again so many seconds before they end.
const MARGIN: u64 = 60;
/// Credentials without an expiry are fetched again after so many seconds, as they may have been changed.
const LIFE: u64 = 15 * 60;
/// So many seconds after that yielded no better ones.
const AGAIN: u64 = 10;

/// Credentials, and what is derived from them for a day.
pub(crate) struct Session {
    pub(crate) credentials: Credentials,
    /// In seconds since 1970.
    fresh_until: u64,
    day: u64,
    /// `20130524`.
    pub(crate) date: String,
    /// `20130524/us-east-1/s3/aws4_request`.
    pub(crate) scope: String,
    /// The query up to the time in `X-Amz-Date`.
    pub(crate) head: String,
    /// The query behind `X-Amz-Expires`.
    pub(crate) tail: String,
    /// Keyed with the key that is derived for the scope.
    mac: Hmac<Sha256>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("scope", &self.scope).finish_non_exhaustive()
    }
}

impl Session {
    /// Of credentials that were fetched just now.
    pub(crate) fn new(credentials: Credentials, location: &Location, now: Timestamp) -> Self {
        let fresh_until = match expiry(&credentials) {
            Some(end) => end.saturating_sub(MARGIN).max(now.seconds + AGAIN).min(end),
            None => now.seconds + LIFE,
        };
        Self::derived(credentials, location, now, fresh_until)
    }

    /// For another day.
    pub(crate) fn on_the_day_of(&self, now: Timestamp, location: &Location) -> Self {
        Self::derived(self.credentials.clone(), location, now, self.fresh_until)
    }

    /// For a while more, as there are no other credentials.
    pub(crate) fn kept_on(&self, now: Timestamp, location: &Location) -> Self {
        Self::derived(self.credentials.clone(), location, now, now.seconds + AGAIN)
    }

    fn derived(credentials: Credentials, location: &Location, now: Timestamp, fresh_until: u64) -> Self {
        let date = now.date();
        let (region, service) = (location.region.as_str(), location.service.as_str());
        let scope = format!("{date}/{region}/{service}/aws4_request");
        let secret = format!("AWS4{}", credentials.secret_access_key());
        let key = [date.as_str(), region, service, "aws4_request"]
            .iter()
            .fold(secret.into_bytes(), |key, part| keyed(&key).chain_update(part).finalize().into_bytes().to_vec());
        let credential = encode::encode(&format!("{}/{scope}", credentials.access_key_id()));
        let head = format!("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date={date}");
        let mut tail = String::new();
        if let Some(token) = credentials.session_token() {
            tail.push_str("&X-Amz-Security-Token=");
            encode::append(&mut tail, token, false);
        }
        tail.push_str("&X-Amz-SignedHeaders=host");
        Self { credentials, fresh_until, day: now.day(), date, scope, head, tail, mac: keyed(&key) }
    }

    /// Whether the credentials need not be fetched again yet.
    pub(crate) fn is_fresh(&self, now: Timestamp) -> bool {
        now.seconds < self.fresh_until
    }

    /// Whether what it signs now is valid.
    pub(crate) fn signs(&self, now: Timestamp) -> bool {
        self.day == now.day() && self.outlives(now)
    }

    /// Whether the credentials have not ended.
    pub(crate) fn outlives(&self, now: Timestamp) -> bool {
        expiry(&self.credentials).is_none_or(|expiry| expiry > now.seconds)
    }

    /// A URL ends with its credentials.
    pub(crate) fn limited(&self, expires_in: u64, now: u64) -> u64 {
        expiry(&self.credentials).map_or(expires_in, |expiry| expires_in.min(expiry.saturating_sub(now)))
    }

    /// The signature of a request of which this is the hash of the canonical form.
    pub(crate) fn signature(&self, now: Timestamp, canonical: Sha256) -> impl AsRef<[u8]> {
        let mut to_sign = String::with_capacity(160);
        to_sign.push_str("AWS4-HMAC-SHA256\n");
        to_sign.push_str(&self.date);
        now.append_time(&mut to_sign);
        to_sign.push('\n');
        to_sign.push_str(&self.scope);
        to_sign.push('\n');
        encode::append_hex(&mut to_sign, &canonical.finalize());
        self.mac.clone().chain_update(to_sign).finalize().into_bytes()
    }
}

/// When they end, in seconds since 1970.
fn expiry(credentials: &Credentials) -> Option<u64> {
    credentials.expiry().map(|expiry| Timestamp::of(expiry).seconds)
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}
