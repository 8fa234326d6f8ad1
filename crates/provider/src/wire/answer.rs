//! Conversions of results.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use longshore_provider_abi::{
    RString, RVec,
    v1::{WireMeta, WireOpened, WireSigned, WireUploaded},
};

use super::text::{some, text, value_from};
use crate::{Body, ObjectMeta, Opened, Result, SignedUrl, Uploaded, wire};

pub(crate) fn uploaded_to(uploaded: Uploaded) -> WireUploaded {
    WireUploaded {
        key: uploaded.key.into(),
        url: uploaded.url.into(),
        etag: text(uploaded.etag.as_deref()),
        provider_metadata: uploaded.provider_metadata.map(|value| RString::from(value.to_string())).unwrap_or_default(),
        has_size: uploaded.size.is_some(),
        size: uploaded.size.unwrap_or(0),
        more: RString::new(),
    }
}

pub(crate) fn uploaded_from(wire: WireUploaded) -> Uploaded {
    Uploaded {
        key: wire.key.into_string(),
        url: wire.url.into_string(),
        etag: some(wire.etag),
        size: wire.has_size.then_some(wire.size),
        provider_metadata: value_from(&wire.provider_metadata),
    }
}

pub(crate) fn meta_to(meta: ObjectMeta) -> WireMeta {
    WireMeta {
        key: meta.key.into(),
        size: meta.size,
        etag: text(meta.etag.as_deref()),
        content_type: text(meta.content_type.as_deref()),
        last_modified_ms: milliseconds(meta.last_modified),
        more: RString::new(),
    }
}

pub(crate) fn meta_from(wire: WireMeta) -> ObjectMeta {
    ObjectMeta {
        key: wire.key.into_string(),
        size: wire.size,
        etag: some(wire.etag),
        content_type: some(wire.content_type),
        last_modified: moment(wire.last_modified_ms),
    }
}

pub(crate) fn opened_to(opened: Opened) -> WireOpened {
    WireOpened { meta: meta_to(opened.meta), body: opened.body.into_wire() }
}

pub(crate) fn opened_from(wire: WireOpened) -> Opened {
    Opened { meta: meta_from(wire.meta), body: Body::from_wire(wire.body) }
}

pub(crate) fn signed_to(result: Result<SignedUrl>) -> WireSigned {
    match result {
        Ok(url) => WireSigned {
            url: url.url.into(),
            signed: url.signed,
            expires_at_ms: milliseconds(url.expires_at),
            failure: RVec::new(),
        },
        Err(error) => WireSigned {
            url: RString::new(),
            signed: false,
            expires_at_ms: i64::MIN,
            failure: RVec::from(vec![wire::error_to(&error)]),
        },
    }
}

pub(crate) fn signed_from(mut wire: WireSigned) -> Result<SignedUrl> {
    match wire.failure.pop() {
        Some(error) => Err(wire::error_from(error)),
        None => {
            Ok(SignedUrl { url: wire.url.into_string(), signed: wire.signed, expires_at: moment(wire.expires_at_ms) })
        }
    }
}

/// Milliseconds since 1970. `i64::MIN` stands for `None`.
pub(crate) fn milliseconds(moment: Option<SystemTime>) -> i64 {
    let Some(moment) = moment else { return i64::MIN };
    match moment.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN + 1, |milliseconds| -milliseconds),
    }
}

pub(crate) fn moment(milliseconds: i64) -> Option<SystemTime> {
    let distance = Duration::from_millis(milliseconds.unsigned_abs());
    match milliseconds {
        i64::MIN => None,
        0.. => UNIX_EPOCH.checked_add(distance),
        _ => UNIX_EPOCH.checked_sub(distance),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_moment_survives_to_the_millisecond() {
        for moment_ in [None, Some(UNIX_EPOCH), Some(UNIX_EPOCH + Duration::from_millis(1_700_000_000_123))] {
            assert_eq!(moment(milliseconds(moment_)), moment_);
        }
        let before = UNIX_EPOCH - Duration::from_secs(5);
        assert_eq!(moment(milliseconds(Some(before))), Some(before));
    }

    #[test]
    fn every_field_of_an_upload_survives_the_wire() {
        let mut uploaded = Uploaded::new("k", "u").with_etag("\"e\"").with_size(3);
        uploaded.provider_metadata = Some(serde_json::json!([1]));
        assert_eq!(uploaded_from(uploaded_to(uploaded.clone())), uploaded);
        assert_eq!(uploaded.etag.as_deref(), Some("e"));
    }
}
