//! The checksums that S3 keeps beside an object: declared by the client, computed here, compared, stored, echoed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crc_fast::CrcAlgorithm;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
use s3s::{S3Error, S3Result, s3_error};
use serde::{Deserialize, Serialize};

/// An algorithm of the headers `x-amz-checksum-*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

impl Algorithm {
    pub(crate) const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// The name in `x-amz-checksum-algorithm`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The header or trailer that contains the value.
    pub(crate) fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    pub(crate) fn named(name: &str) -> S3Result<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
            .ok_or_else(|| s3_error!(InvalidRequest, "Checksum algorithm provided is unsupported"))
    }

    /// Whether the checksum of an object can be computed from the checksums of its parts.
    pub(crate) fn is_linear(self) -> bool {
        self.crc().is_some()
    }

    fn size(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Self::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Self::Crc32c => Some(CrcAlgorithm::Crc32Iscsi),
            Self::Crc64Nvme => Some(CrcAlgorithm::Crc64Nvme),
            Self::Sha1 | Self::Sha256 => None,
        }
    }
}

/// A checksum in bytes, of an object or of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) algorithm: Algorithm,
    bytes: Vec<u8>,
}

impl Value {
    /// Reads the base64 text of a header.
    pub(crate) fn parse(algorithm: Algorithm, text: &str) -> S3Result<Self> {
        let invalid = || s3_error!(InvalidRequest, "Value for {} header is invalid.", algorithm.header());
        let bytes = BASE64.decode(text).map_err(|_| invalid())?;
        if bytes.len() != algorithm.size() {
            return Err(invalid());
        }
        Ok(Self { algorithm, bytes })
    }

    pub(crate) fn text(&self) -> String {
        BASE64.encode(&self.bytes)
    }

    pub(crate) fn expect(&self, computed: &Self) -> S3Result<()> {
        if self == computed {
            return Ok(());
        }
        Err(mismatch(self.algorithm))
    }
}

/// The error for content that does not match its checksum.
pub(crate) fn mismatch(algorithm: Algorithm) -> S3Error {
    let name = algorithm.name();
    s3_error!(BadDigest, "The {name} you specified did not match the calculated checksum.")
}

/// Computes one checksum over a stream.
pub(crate) enum Hasher {
    Crc32(Crc32),
    Crc32c(Crc32c),
    Crc64Nvme(Crc64Nvme),
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Hasher {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Crc32 => Self::Crc32(Crc32::new()),
            Algorithm::Crc32c => Self::Crc32c(Crc32c::new()),
            Algorithm::Crc64Nvme => Self::Crc64Nvme(Crc64Nvme::new()),
            Algorithm::Sha1 => Self::Sha1(Sha1::new()),
            Algorithm::Sha256 => Self::Sha256(Sha256::new()),
        }
    }

    pub(crate) fn update(&mut self, data: &[u8]) {
        match self {
            Self::Crc32(hasher) => hasher.update(data),
            Self::Crc32c(hasher) => hasher.update(data),
            Self::Crc64Nvme(hasher) => hasher.update(data),
            Self::Sha1(hasher) => hasher.update(data),
            Self::Sha256(hasher) => hasher.update(data),
        }
    }

    pub(crate) fn finish(self) -> Value {
        let (algorithm, bytes) = match self {
            Self::Crc32(hasher) => (Algorithm::Crc32, hasher.finalize().to_vec()),
            Self::Crc32c(hasher) => (Algorithm::Crc32c, hasher.finalize().to_vec()),
            Self::Crc64Nvme(hasher) => (Algorithm::Crc64Nvme, hasher.finalize().to_vec()),
            Self::Sha1(hasher) => (Algorithm::Sha1, hasher.finalize().to_vec()),
            Self::Sha256(hasher) => (Algorithm::Sha256, hasher.finalize().to_vec()),
        };
        Value { algorithm, bytes }
    }
}

/// A checksum as it is stored with an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub(crate) algorithm: Algorithm,
    /// The value in base64, followed by `-N` if it is a composite checksum of N parts.
    pub(crate) text: String,
    /// The checksum was made from the checksums of the parts, not from the bytes.
    pub(crate) composite: bool,
}

impl Stored {
    pub(crate) fn of(value: &Value) -> Self {
        Self { algorithm: value.algorithm, text: value.text(), composite: false }
    }

    /// The checksum of the concatenated checksums of the parts.
    pub(crate) fn composite(algorithm: Algorithm, parts: &[Value]) -> Self {
        let mut hasher = Hasher::new(algorithm);
        for part in parts {
            hasher.update(&part.bytes);
        }
        Self { algorithm, text: format!("{}-{}", hasher.finish().text(), parts.len()), composite: true }
    }

    /// The checksum of the object, from the checksums and sizes of the parts. `None` for the SHA algorithms.
    pub(crate) fn combined(algorithm: Algorithm, parts: &[(Value, u64)]) -> Option<Self> {
        let crc = algorithm.crc()?;
        let number = |value: &Value| value.bytes.iter().fold(0_u64, |all, byte| (all << 8) | u64::from(*byte));
        let ((first, _), rest) = parts.split_first()?;
        let whole = rest
            .iter()
            .fold(number(first), |whole, (part, size)| crc_fast::checksum_combine(crc, whole, number(part), *size));
        let bytes = whole.to_be_bytes()[8 - algorithm.size()..].to_vec();
        Some(Self::of(&Value { algorithm, bytes }))
    }

    pub(crate) fn type_name(&self) -> &'static str {
        if self.composite { "COMPOSITE" } else { "FULL_OBJECT" }
    }
}

/// The checksums that an input of s3s declares in its headers, as (algorithm, text).
macro_rules! declared {
    ($input:expr) => {
        [
            ($crate::checksum::Algorithm::Crc32, $input.checksum_crc32.clone()),
            ($crate::checksum::Algorithm::Crc32c, $input.checksum_crc32c.clone()),
            ($crate::checksum::Algorithm::Crc64Nvme, $input.checksum_crc64nvme.clone()),
            ($crate::checksum::Algorithm::Sha1, $input.checksum_sha1.clone()),
            ($crate::checksum::Algorithm::Sha256, $input.checksum_sha256.clone()),
        ]
        .into_iter()
        .filter_map(|(algorithm, text)| text.map(|text| (algorithm, text)))
        .collect::<Vec<_>>()
    };
}

/// Puts an optional checksum (algorithm and text) into the five fields of an output of s3s.
macro_rules! echo {
    ($output:expr, $checksum:expr) => {
        if let Some((algorithm, text)) = $checksum {
            let field = match algorithm {
                $crate::checksum::Algorithm::Crc32 => &mut $output.checksum_crc32,
                $crate::checksum::Algorithm::Crc32c => &mut $output.checksum_crc32c,
                $crate::checksum::Algorithm::Crc64Nvme => &mut $output.checksum_crc64nvme,
                $crate::checksum::Algorithm::Sha1 => &mut $output.checksum_sha1,
                $crate::checksum::Algorithm::Sha256 => &mut $output.checksum_sha256,
            };
            *field = Some(text);
        }
    };
}

pub(crate) use {declared, echo};

#[cfg(test)]
mod tests {
    use super::*;

    fn value(algorithm: Algorithm, data: &[u8]) -> Value {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(data);
        hasher.finish()
    }

    #[test]
    fn check_values_of_the_algorithms_match_their_specifications() {
        // The check input of the CRC catalogue, and of FIPS 180.
        assert_eq!(value(Algorithm::Crc32, b"123456789").bytes, 0xcbf4_3926_u32.to_be_bytes());
        assert_eq!(value(Algorithm::Crc32c, b"123456789").bytes, 0xe306_9283_u32.to_be_bytes());
        assert_eq!(value(Algorithm::Crc64Nvme, b"123456789").bytes, 0xae8b_1486_0a79_9888_u64.to_be_bytes());
        assert_eq!(value(Algorithm::Sha1, b"abc").text(), "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
        assert_eq!(value(Algorithm::Sha256, b"abc").text(), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    }

    #[test]
    fn combined_checksum_is_that_of_the_whole() {
        for algorithm in [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme] {
            let parts = [b"one ".as_slice(), b"and two and ", b"three"];
            let values: Vec<_> = parts.iter().map(|part| (value(algorithm, part), part.len() as u64)).collect();
            let combined = Stored::combined(algorithm, &values).unwrap();
            assert_eq!(combined, Stored::of(&value(algorithm, b"one and two and three")), "{algorithm:?}");
        }
    }

    #[test]
    fn value_of_a_wrong_length_is_refused() {
        assert!(Value::parse(Algorithm::Crc32, "AAAA").is_err());
        assert!(Value::parse(Algorithm::Crc32, "AAAAAA==").is_ok());
        assert!(Value::parse(Algorithm::Crc32, "not base64").is_err());
    }
}
