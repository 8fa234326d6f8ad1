//! `${NAME}` inside a text.

use super::Expansion;
use crate::config::environment::is_variable_name;
use crate::config::origin::{Origin, Taken, Variable};

/// The hint for an invalid reference. Problems do not repeat the text itself, because it may be part of a secret.
const FORMS: &str = "write `${NAME}`, `${NAME-default}` or `${NAME:-default}`; `$${` is a literal `${`";

/// One parsed `${…}`.
struct Reference<'a> {
    name: &'a str,
    default: Option<&'a str>,
    /// Whether an empty variable counts as not set.
    empty_is_unset: bool,
}

impl Expansion<'_> {
    /// The text with its variables inserted. The origin records the variables. `None` if a variable could not be
    /// inserted; all problems of the text are then reported.
    pub(super) fn text(&mut self, text: &str, origin: &mut Origin) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        let mut complete = true;
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(after) = rest.strip_prefix("$${") {
                out.push_str("${");
                rest = after;
            } else if let Some(after) = rest.strip_prefix("${") {
                let Some((inner, after)) = after.split_once('}') else {
                    self.report(origin, "a `${` is not closed", Some(FORMS.to_owned()));
                    return None;
                };
                match self.reference(inner, origin) {
                    Some(value) => out.push_str(&value),
                    None => complete = false,
                }
                rest = after;
            } else {
                out.push('$');
                rest = &rest[1..];
            }
        }
        out.push_str(rest);
        complete.then_some(out)
    }

    fn reference(&mut self, inner: &str, origin: &mut Origin) -> Option<String> {
        let Some(reference) = Reference::parse(inner) else {
            self.report(origin, "a `${…}` does not name a variable", Some(FORMS.to_owned()));
            return None;
        };
        if reference.default.is_some_and(|default| default.contains("${")) {
            self.report(origin, "the default in a `${…}` names another variable", Some(FORMS.to_owned()));
            return None;
        }
        let found = self.look_up(reference.name, origin).ok()?;
        let found = found.filter(|value| !(reference.empty_is_unset && value.is_empty()));
        let (value, taken) = match (found, reference.default) {
            (Some(value), _) => (value, Taken::Value),
            (None, Some(default)) => (default.to_owned(), Taken::Default),
            (None, None) => {
                self.missing(reference.name, origin, &format!("`${{{}-…}}`", reference.name));
                return None;
            }
        };
        origin.variables.push(Variable { name: reference.name.to_owned(), taken });
        Some(value)
    }
}

impl<'a> Reference<'a> {
    fn parse(inner: &'a str) -> Option<Self> {
        let (name, default, empty_is_unset) = match inner.split_once('-') {
            None => (inner, None, false),
            Some((before, default)) => match before.strip_suffix(':') {
                Some(name) => (name, Some(default), true),
                None => (before, Some(default), false),
            },
        };
        is_variable_name(name).then_some(Self { name, default, empty_is_unset })
    }
}
