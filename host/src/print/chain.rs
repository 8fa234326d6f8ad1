//! An error with its causes and hints, as text.
//!
//! Messages are fragments that do not repeat their cause. A line that starts with `hint: ` is advice; such lines are
//! gathered from the whole chain and stand at the end.

use std::error::Error;

use anstyle::Style;

use super::escape::{escaped, inline};

/// A chain of messages, the outermost first.
pub(super) struct Chain {
    messages: Vec<String>,
    /// Kind, code and request id, on a line of their own.
    facts: Option<String>,
    hints: Vec<String>,
}

impl Chain {
    /// The error and all its causes.
    pub(super) fn of(error: &dyn Error) -> Self {
        let mut chain = Self { messages: Vec::new(), facts: None, hints: Vec::new() };
        let mut next = Some(error);
        while let Some(error) = next {
            chain.push(&error.to_string());
            next = error.source();
        }
        chain
    }

    /// One message.
    pub(super) fn of_text(text: &str) -> Self {
        let mut chain = Self { messages: Vec::new(), facts: None, hints: Vec::new() };
        chain.push(text);
        chain
    }

    /// Adds the name of the input, unless the message contains it.
    pub(super) fn about(&mut self, name: &str) {
        let said = |message: &String| name.is_empty() || message.contains(&format!("`{name}`"));
        if let Some(first) = self.messages.first_mut().filter(|message| !said(message)) {
            *first = format!("{name}: {first}");
        }
    }

    /// Adds advice that is not part of a message.
    pub(super) fn add_hint(&mut self, hint: Option<&str>) {
        self.hints.extend(hint.map(str::to_owned));
    }

    /// Adds the kind, and the code and request id of the service.
    pub(super) fn add_facts(&mut self, error: &longshore_provider::Error) {
        let mut facts = format!("kind: {}", error.kind());
        for (name, value) in [("service code", error.service_code()), ("request id", error.request_id())] {
            if let Some(value) = value {
                facts = format!("{facts}, {name}: {value}");
            }
        }
        self.facts = Some(facts);
        if error.is_retryable() {
            self.hints.push("it may work when tried again later".to_owned());
        }
    }

    /// The messages as one text, and the hints as another: for the fields of a record.
    pub(super) fn into_fields(self) -> (String, Option<String>) {
        (self.messages.join(": "), (!self.hints.is_empty()).then(|| self.hints.join("; ")))
    }

    /// The text, with a line feed at its end.
    pub(super) fn render(&self, label: &str, style: Style, hint: Style) -> String {
        let mut lines = Vec::new();
        for (depth, message) in self.messages.iter().enumerate() {
            let message = escaped(message);
            let (first, rest) = message.split_once('\n').unwrap_or((&message, ""));
            lines.push(match depth {
                0 => format!("{style}{label}:{style:#} {first}"),
                _ => format!("  caused by: {first}"),
            });
            // A list within a message is indented already.
            let indent = |line: &str| if line.starts_with(' ') { line.to_owned() } else { format!("  {line}") };
            lines.extend(rest.lines().map(indent));
        }
        lines.extend(self.facts.iter().map(|facts| format!("  {}", inline(facts))));
        lines.extend(self.hints.iter().map(|advice| format!("{hint}hint:{hint:#} {}", inline(advice))));
        lines.join("\n") + "\n"
    }

    fn push(&mut self, text: &str) {
        let mut message = Vec::new();
        for line in text.lines() {
            match line.trim_start().strip_prefix("hint: ") {
                Some(hint) if !self.hints.iter().any(|known| known == hint) => self.hints.push(hint.to_owned()),
                Some(_) => {}
                None => message.push(line),
            }
        }
        let message = message.join("\n");
        if !message.is_empty() && self.messages.last() != Some(&message) {
            self.messages.push(message);
        }
    }
}

#[cfg(test)]
mod tests {
    use longshore_provider::{Error, ErrorKind};

    use super::*;

    fn text(chain: &Chain) -> String {
        chain.render("error", Style::new(), Style::new())
    }

    #[test]
    fn causes_follow_in_order_and_hints_stand_at_the_end() {
        let error = Error::new(ErrorKind::Unavailable, "cannot store the file\nhint: check the endpoint")
            .with_causes(vec!["cannot connect".into(), "refused\nby the firewall".into()])
            .with_service_code("SlowDown")
            .with_request_id("R1");
        let mut chain = Chain::of(&error);
        chain.about("a.png");
        chain.add_facts(&error);
        let expected = "error: a.png: cannot store the file\n  caused by: cannot connect\n  caused by: refused\n  \
                        by the firewall\n  kind: unavailable, service code: SlowDown, request id: R1\n\
                        hint: check the endpoint\nhint: it may work when tried again later\n";
        assert_eq!(text(&chain), expected);
    }

    #[test]
    fn a_message_that_names_its_file_is_left_alone() {
        let mut chain = Chain::of(&Error::not_found("a"));
        chain.about("a");
        assert_eq!(text(&chain), "error: nothing is stored under `a`\n");
        chain.about("dir/a");
        assert_eq!(text(&chain), "error: dir/a: nothing is stored under `a`\n");
    }

    #[test]
    fn a_message_is_not_printed_twice() {
        let error = Error::internal("once").with_causes(vec!["once".into(), "then this".into()]);
        assert_eq!(text(&Chain::of(&error)), "error: once\n  caused by: then this\n");
    }
}
