//! Parses JSON with a limit on the number of values. A megabyte of JSON can contain half a million values, and each
//! value takes far more memory than its text.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The most JSON values in one request. Each array element and each value of an object counts.
pub(super) const MOST_VALUES: usize = 2000;

/// Parses `bytes`, and subtracts the number of values from `left`.
///
/// # Errors
///
/// The bytes are not valid JSON, or contain more than `left` values. [`is_too_large`] recognizes the latter.
pub(super) fn read(bytes: &[u8], left: &mut usize) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Bounded { left }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Whether [`read`] failed because of too many values.
pub(super) fn is_too_large(error: &serde_json::Error) -> bool {
    error.is_data()
}

struct Bounded<'a> {
    left: &'a mut usize,
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        *self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| D::Error::custom(format_args!("the JSON of a request has at most {MOST_VALUES} values")))?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = sequence.next_element_seed(Bounded { left: &mut *self.left })? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key()? {
            map.insert(key, entries.next_value_seed(Bounded { left: &mut *self.left })?);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_counted_and_limited() {
        let mut left = 5;
        assert_eq!(read(br#"{"a":[1,"x"],"b":null}"#, &mut left).unwrap()["a"][1], "x");
        assert_eq!(left, 0);
        let error = read(b"1", &mut left).unwrap_err();
        assert!(is_too_large(&error));
        assert!(!is_too_large(&read(b"nonsense", &mut 9).unwrap_err()));
        assert!(!is_too_large(&read(b"1 2", &mut 9).unwrap_err()));
        let nested = "[".repeat(100_000);
        assert!(read(nested.as_bytes(), &mut usize::MAX.clone()).is_err());
    }

    proptest! {
        #[test]
        fn the_value_is_that_of_serde_json(text in r#"[\[\]{},:"a-c0-9.\-e tfnul]{0,30}"#) {
            let expected = serde_json::from_str::<Value>(&text);
            let read = read(text.as_bytes(), &mut usize::MAX.clone());
            prop_assert_eq!(read.ok(), expected.ok());
        }
    }
}
