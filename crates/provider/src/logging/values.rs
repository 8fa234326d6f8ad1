//! The fields of spans and events, with their types.

use std::{error::Error, fmt};

use longshore_provider_abi::{RString, RVec, v1::WireValue};
use serde_json::Value;
use tracing::field::{Field, Visit};

const TEXT: u8 = 0;
const SIGNED: u8 = 1;
const UNSIGNED: u8 = 2;
const FLOAT: u8 = 3;
const BOOL: u8 = 4;
const FORMATTED: u8 = 5;
const ERROR: u8 = 6;

/// Longer text is cut. A logged body would otherwise stay in memory until the host has written it.
const LONGEST: usize = 64 * 1024;

/// The causes of an error are cut at this number, because a longer chain is most likely a cycle.
const MOST_CAUSES: usize = 64;

/// Collects the fields that `record` visits.
pub(super) fn collect(record: impl FnOnce(&mut dyn Visit)) -> RVec<WireValue> {
    let mut values = Values(Vec::new());
    record(&mut values);
    values.0.into()
}

/// The one field of a record of the `log` crate.
pub(super) fn message(text: &fmt::Arguments<'_>) -> WireValue {
    WireValue { field: 0, kind: FORMATTED, bits: 0, text: formatted(format_args!("{text}")) }
}

struct Values(Vec<WireValue>);

impl Values {
    fn push(&mut self, field: &Field, kind: u8, bits: u64, text: RString) {
        let field = u32::try_from(field.index()).unwrap_or(u32::MAX);
        self.0.push(WireValue { field, kind, bits, text });
    }
}

impl Visit for Values {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.push(field, TEXT, 0, RString::from(&value[..value.floor_char_boundary(LONGEST)]));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, SIGNED, value.cast_unsigned(), RString::new());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, UNSIGNED, value, RString::new());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.push(field, FLOAT, value.to_bits(), RString::new());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, BOOL, u64::from(value), RString::new());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let chain =
            std::iter::successors(Some(value), |error: &&'_ (dyn Error + 'static)| (*error).source()).take(MOST_CAUSES);
        let chain: Vec<Value> = chain.map(|error| formatted(format_args!("{error}")).into_string().into()).collect();
        self.push(field, ERROR, 0, RString::from(Value::from(chain).to_string()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.push(field, FORMATTED, 0, formatted(format_args!("{value:?}")));
    }
}

/// The formatted text, cut at [`LONGEST`] bytes. If an author's `Debug` fails, the text before the failure is kept.
fn formatted(arguments: fmt::Arguments<'_>) -> RString {
    let mut text = Cut(String::new());
    let _ = fmt::write(&mut text, arguments);
    RString::from(text.0)
}

/// Text that accepts no more than [`LONGEST`] bytes.
struct Cut(String);

impl fmt::Write for Cut {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let room = LONGEST - self.0.len();
        self.0.push_str(&part[..part.floor_char_boundary(room)]);
        if part.len() > room { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_at_a_character() {
        let text = formatted(format_args!("a{}", "ö".repeat(LONGEST)));
        assert_eq!(text.len(), LONGEST - 1);
        assert!(text.ends_with('ö'));
    }
}
