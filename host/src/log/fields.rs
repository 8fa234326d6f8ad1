//! The format of the fields of events and spans: that of the subscriber, with each text kept on one line.

use std::{error::Error, fmt};

use tracing::field::{Field, Visit};
use tracing_subscriber::{
    field::RecordFields,
    fmt::{FormatFields, format::Writer},
};

use crate::print::Inline;

/// Writes fields with control characters and line breaks escaped.
pub(super) struct InlineFields;

struct Visitor<'w> {
    writer: Writer<'w>,
    is_first: bool,
    result: fmt::Result,
}

impl<'w> FormatFields<'w> for InlineFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut visitor = Visitor { writer, is_first: true, result: Ok(()) };
        fields.record(&mut visitor);
        visitor.result
    }
}

impl Visitor<'_> {
    fn write(&mut self, name: &str, value: &str) {
        if self.result.is_err() {
            return;
        }
        let space = if self.is_first { "" } else { " " };
        self.is_first = false;
        let value = Inline(value);
        self.result = match (name, self.writer.has_ansi_escapes()) {
            ("message", _) => write!(self.writer, "{space}{value}"),
            (_, true) => write!(self.writer, "{space}\u{1b}[3m{name}\u{1b}[0m\u{1b}[2m=\u{1b}[0m{value}"),
            (_, false) => write!(self.writer, "{space}{name}={value}"),
        };
    }
}

impl Visit for Visitor<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.write("message", value),
            name => self.write(name, &format!("{value:?}")),
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.write(field.name(), &value.to_string());
        let causes: Vec<_> = std::iter::successors(value.source(), |error| (*error).source()).collect();
        if !causes.is_empty() {
            let causes: Vec<_> = causes.iter().map(ToString::to_string).collect();
            self.write(&format!("{}.sources", field.name()), &format!("[{}]", causes.join(", ")));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            // Fields of records of the crate `log`, which the subscriber shows in its own way.
            name if name.starts_with("log.") => {}
            name => self.write(name.strip_prefix("r#").unwrap_or(name), &format!("{value:?}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    #[derive(Clone, Default)]
    struct LogBuffer(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for LogBuffer {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for LogBuffer {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn an_event_is_one_line_whatever_its_texts_contain() {
        let written = LogBuffer::default();
        let subscriber = tracing_subscriber::fmt()
            .compact()
            .without_time()
            .with_ansi(false)
            .fmt_fields(InlineFields)
            .with_writer(written.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            let name = "a\nERROR forged\u{1b}[2J";
            let _span = tracing::info_span!("request", path = %name).entered();
            let error = longshore_provider::Error::internal(name).with_causes(vec![name.to_owned()]);
            tracing::warn!(error = &error as &dyn Error, text = name, count = 2, "cannot store {name}");
        });
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
        assert!(text.contains("cannot store a\\nERROR forged\\u{1b}[2J"), "{text}");
        assert!(
            text.contains("error=a\\nERROR") && text.contains("count=2") && text.contains("path=a\\nERROR"),
            "{text}"
        );
        assert!(text.contains("error.sources=["), "{text}");
    }
}
