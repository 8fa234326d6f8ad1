//! Putting environment variables into a merged configuration.
//!
//! References have two forms: `${NAME}`, `${NAME-default}` and `${NAME:-default}` inside a text, and the table `{
//! "$env" = "NAME", type = …, default = … }` for a value of another type. An inserted value is not expanded again.

mod text;
mod typed;

pub(super) use self::typed::{EMPTY_IS_UNSET, TYPES};
use super::environment::Environment;
use super::merge::names_variable;
use super::node::{Node, Value};
use super::origin::Origin;
use super::problem::Problem;

/// Expands every value of the tree in place. A value that cannot be expanded becomes [`Value::Unresolved`].
pub(super) fn expand(node: &mut Node, environment: &dyn Environment, problems: &mut Vec<Problem>) {
    Expansion { environment, problems }.node(node);
}

struct Expansion<'a> {
    environment: &'a dyn Environment,
    problems: &'a mut Vec<Problem>,
}

impl Expansion<'_> {
    fn node(&mut self, node: &mut Node) {
        if names_variable(node) {
            self.typed(node);
            return;
        }
        match &mut node.value {
            Value::String(text) if text.contains('$') => {
                let text = std::mem::take(text);
                node.value = self.text(&text, &mut node.origin).map_or(Value::Unresolved, Value::String);
            }
            Value::Array(elements) => elements.iter_mut().for_each(|element| self.node(element)),
            Value::Table(table) => table.values_mut().for_each(|entry| self.node(entry)),
            _ => {}
        }
    }

    /// The variable's value; `None` if it is not set. `Err` means that a problem has been reported.
    fn look_up(&mut self, name: &str, origin: &Origin) -> Result<Option<String>, ()> {
        match self.environment.var(name).map(std::ffi::OsString::into_string) {
            None => Ok(None),
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(_)) => {
                self.report(origin, format!("the environment variable `{name}` is not UTF-8 text"), None);
                Err(())
            }
        }
    }

    fn missing(&mut self, name: &str, origin: &Origin, fallback: &str) {
        let hint = format!("set it in the environment or in `.env`, or give it a default: {fallback}");
        self.report(origin, format!("the environment variable `{name}` is not set"), Some(hint));
    }

    fn report(&mut self, origin: &Origin, message: impl Into<String>, hint: Option<String>) {
        let problem = Problem::at(origin, message);
        self.problems.push(match hint {
            Some(hint) => problem.with_hint(hint),
            None => problem,
        });
    }
}
