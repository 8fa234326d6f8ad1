//! An error with its causes and hints, as text.
//!
//! Messages are fragments that do not repeat their cause. The hints of the whole chain stand at the end. In the text of a
//! command, and of a provider's error, a line that starts with `hint: ` is a hint too.

use std::error::Error;

use anstyle::Style;
use longshore_plugin_host::config::Problem;

use super::{
    escape::{escaped, inline},
    hint,
};

/// A chain of messages, the outermost first.
pub(super) struct Chain {
    messages: Vec<String>,
    /// Kind, code and request id, on a line of their own.
    facts: Option<String>,
    hints: Vec<String>,
}

impl Chain {
    /// The error and all its causes.
    pub(super) fn of(error: &(dyn Error + 'static)) -> Self {
        let mut chain = Self { messages: Vec::new(), facts: None, hints: Vec::new() };
        let mut next = Some(error);
        while let Some(error) = next {
            chain.push(&error.to_string());
            chain.add_hint(hint::of(error));
            next = error.source();
        }
        chain
    }

    /// A problem of the configuration.
    pub(super) fn of_problem(problem: &Problem) -> Self {
        let mut chain = Self::of_text(&problem.to_string());
        chain.add_hint(problem.hint.as_ref().map(hint::text));
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

    /// Adds a hint, once.
    pub(super) fn add_hint(&mut self, hint: Option<String>) {
        self.hints.extend(hint.filter(|hint| !self.hints.contains(hint)));
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
                Some(hint) => self.add_hint(Some(hint.to_owned())),
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
