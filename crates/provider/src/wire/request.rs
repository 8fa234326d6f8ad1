//! Conversions of requests.

use std::time::Duration;

use longshore_provider_abi::{
    RString,
    v1::{WireCall, WireFile, WireRange, WireScope, WireSign},
};

use super::text::{object_from, object_to, some, text, value_from};
use crate::{ByteRange, Call, File, SignOptions};

pub(crate) fn call_to(call: &Call, scope: WireScope) -> WireCall {
    WireCall {
        scope,
        timeout_ms: call.timeout.map_or(0, milliseconds),
        private: call.private,
        trace_parent: text(call.trace_parent.as_deref()),
        action_options: object_to(&call.action_options),
        more: RString::new(),
    }
}

pub(crate) fn call_from(wire: WireCall) -> Call {
    Call {
        timeout: duration(wire.timeout_ms),
        private: wire.private,
        trace_parent: some(wire.trace_parent),
        action_options: object_from(&wire.action_options),
    }
}

pub(crate) fn file_to(file: &File) -> WireFile {
    WireFile {
        name: RString::from(file.name.as_str()),
        hash: RString::from(file.hash.as_str()),
        ext: RString::from(file.ext.as_str()),
        mime: RString::from(file.mime.as_str()),
        path: text(file.path.as_deref()),
        key: text(file.key.as_deref()),
        relative_key: text(file.relative_key.as_deref()),
        url: text(file.url.as_deref()),
        provider_metadata: file
            .provider_metadata
            .as_ref()
            .map(|value| RString::from(value.to_string()))
            .unwrap_or_default(),
        has_key: file.key.is_some(),
        has_relative_key: file.relative_key.is_some(),
        has_size: file.size.is_some(),
        size: file.size.unwrap_or(0),
        more: object_to(&file.more),
    }
}

pub(crate) fn file_from(wire: WireFile) -> File {
    File {
        name: wire.name.into_string(),
        hash: wire.hash.into_string(),
        ext: wire.ext.into_string(),
        mime: wire.mime.into_string(),
        path: some(wire.path),
        size: wire.has_size.then_some(wire.size),
        key: wire.has_key.then(|| wire.key.into_string()),
        relative_key: wire.has_relative_key.then(|| wire.relative_key.into_string()),
        url: some(wire.url),
        provider_metadata: value_from(&wire.provider_metadata),
        more: object_from(&wire.more),
    }
}

pub(crate) fn range_to(range: Option<ByteRange>) -> WireRange {
    let range = range.unwrap_or(ByteRange { start: 0, length: None });
    WireRange { start: range.start, length: range.length.unwrap_or(u64::MAX) }
}

/// A range from the first byte up to the end is the whole file, and is read as `None`.
pub(crate) fn range_from(wire: WireRange) -> Option<ByteRange> {
    let length = (wire.length != u64::MAX).then_some(wire.length);
    (wire.start != 0 || length.is_some()).then_some(ByteRange { start: wire.start, length })
}

pub(crate) fn sign_to(options: &SignOptions, plain: bool) -> WireSign {
    WireSign {
        expires_in_ms: options.expires_in.map_or(0, milliseconds),
        plain,
        action_options: object_to(&options.action_options),
        more: RString::new(),
    }
}

pub(crate) fn sign_from(wire: &WireSign) -> SignOptions {
    SignOptions { expires_in: duration(wire.expires_in_ms), action_options: object_from(&wire.action_options) }
}

/// At least 1, because 0 stands for no duration.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1)
}

pub(crate) fn duration(milliseconds: u64) -> Option<Duration> {
    (milliseconds > 0).then(|| Duration::from_millis(milliseconds))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_field_of_a_file_survives_the_wire() {
        let mut file = File::named("h", ".png");
        file.name = "n".into();
        file.mime = "image/png".into();
        file.path = Some("p".into());
        file.size = Some(0);
        file.key = Some(String::new());
        file.relative_key = Some("r".into());
        file.url = Some("u".into());
        file.provider_metadata = Some(json!({"a": [1]}));
        file.more.insert("later".into(), json!(true));
        assert_eq!(file_from(file_to(&file)), file);
        assert_eq!(file_from(file_to(&File::default())), File::default());
    }

    #[test]
    fn ranges_survive_the_wire() {
        let ranges = [(0, Some(0)), (5, None), (0, Some(7))].map(|(start, length)| Some(ByteRange { start, length }));
        for range in ranges {
            assert_eq!(range_from(range_to(range)), range);
        }
        assert_eq!(range_from(range_to(None)), None);
    }
}
