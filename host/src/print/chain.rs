//! An error with its causes and hints, as text.
//!
//! Messages are fragments that do not repeat their cause. A line that starts with `hint: ` is advice; such lines are
//! gathered from the whole chain and stand at the end.

use std::error::Error;

use anstyle::Style;

use super::escape::escaped;

/// A chain of messages, the outermost first.
pub(super) struct Chain {
    messages: Vec<String>,
    /// What a program would act on: printed in a line of its own.
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

    /// Says what the error is about.
    pub(super) fn about(&mut self, name: &str) {
        if let Some(first) = self.messages.first_mut() {
            *first = format!("{name}: {first}");
        }
    }

    /// Adds the kind, and what the service said to identify the error.
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

    /// The text, with a line feed at its end.
    pub(super) fn render(&self, label: &str, style: Style, hint: Style) -> String {
        let mut text = String::new();
        for (depth, message) in self.messages.iter().enumerate() {
            let message = escaped(message);
            let mut lines = message.lines();
            let first = lines.next().unwrap_or_default();
            if depth == 0 {
                text += &format!("{style}{label}:{style:#} {first}\n");
            } else {
                text += &format!("  caused by: {first}\n");
            }
            for line in lines {
                text += &format!("  {line}\n");
            }
        }
        if let Some(facts) = &self.facts {
            text += &format!("  {}\n", escaped(facts));
        }
        for advice in &self.hints {
            text += &format!("{hint}hint:{hint:#} {}\n", escaped(advice));
        }
        text
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
    fn a_message_is_not_said_twice() {
        let error = Error::internal("once").with_causes(vec!["once".into(), "then this".into()]);
        assert_eq!(text(&Chain::of(&error)), "error: once\n  caused by: then this\n");
    }
}
