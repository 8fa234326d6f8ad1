//! Names of new providers: the host finds the provider by its name, and the crate has the same name.

use longshore_plugin_host::config::{ProviderName, Template};

use crate::failure::Failure;

/// A name for a provider and its crate.
#[derive(Debug)]
pub(super) struct Name(String);

/// The name of a provider to extend.
#[derive(Debug)]
pub(super) struct Base(ProviderName);

const KEYWORDS: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "union",
];

impl Name {
    /// Checks a name. The error contains the fault and the rule.
    pub(super) fn new(name: &str) -> Result<Self, Failure> {
        let Some(objection) = objection(name) else { return Ok(Self(name.to_owned())) };
        let lower = name.to_ascii_lowercase();
        let hint = if lower != name && self::objection(&lower).is_none() {
            format!("call it `{lower}`")
        } else {
            "a name has 1 to 64 of a-z, 0-9, `-` and `_`, and begins with a letter, such as `my-store`".to_owned()
        };
        Err(Failure::Usage(format!("a new provider cannot be called {name:?}: {objection}\nhint: {hint}")))
    }

    /// Refuses the name of a provider that comes with the host, unless that one is extended.
    pub(super) fn check_official(&self, base: Option<&Base>) -> Result<(), Failure> {
        let name = self.as_str();
        if !is_official(name) || base.is_some_and(|base| base.as_str() == name) {
            return Ok(());
        }
        Err(Failure::Usage(format!(
            "a new provider cannot be called {name:?}: one that comes with longshore has this name\n\
             hint: choose another, or extend that one under its own name with `--extends {name}`"
        )))
    }

    /// The name in the configuration and in Cargo.toml.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in Rust: `my_store`.
    pub(super) fn identifier(&self) -> String {
        self.0.replace('-', "_")
    }

    /// The name of the type: `MyStoreProvider`. The suffix prevents conflicts with types of the interface and of Rust.
    pub(super) fn type_name(&self) -> String {
        let words = self.0.split(['-', '_']).filter(|word| !word.is_empty());
        let mut words: Vec<&str> = words.collect();
        if words.len() < 2 || words.last() != Some(&"provider") {
            words.push("provider");
        }
        words.into_iter().map(capitalised).collect()
    }
}

impl Base {
    /// Checks a name.
    pub(super) fn new(name: &str) -> Result<Self, Failure> {
        match ProviderName::new(name) {
            Ok(known) if name == name.to_ascii_lowercase() => Ok(Self(known)),
            _ => Err(Failure::Usage(format!(
                "no provider is called {name:?}, so none can be extended\n\
                 hint: a name has 1 to 64 of a-z, 0-9, `.`, `_` and `-`, such as `aws-s3`"
            ))),
        }
    }

    /// The name in the configuration.
    pub(super) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether the provider comes with the host.
    pub(super) fn is_official(&self) -> bool {
        is_official(self.as_str())
    }
}

fn is_official(name: &str) -> bool {
    Template::ALL.iter().any(|template| template.name() == name)
}

/// Why a name is not valid for a new provider.
fn objection(name: &str) -> Option<String> {
    let odd = |c: char| !matches!(c, 'a'..='z' | '0'..='9' | '-' | '_');
    let text = match name {
        "" => "it is empty",
        _ if name.len() > 64 => "it is longer than 64 bytes",
        _ if name.contains(|c: char| c.is_ascii_uppercase()) => "it has capital letters",
        _ if name.contains(odd) => return name.chars().find(|c| odd(*c)).map(|c| format!("it has {c:?}")),
        _ if !name.starts_with(|c: char| c.is_ascii_lowercase()) => "it does not begin with a letter",
        "amazon-s3" => "it is an old name of `aws-s3`",
        "alloc" | "core" | "proc_macro" | "proc-macro" | "std" | "test" => "one of Rust's own crates has this name",
        _ if KEYWORDS.contains(&name) => "it is a keyword of Rust",
        _ if name.replace('_', "-").starts_with("longshore-provider") => "it would be taken for an interface crate",
        _ => return None,
    };
    Some(text.to_owned())
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_the_host_cannot_find_or_cargo_cannot_build_are_refused() {
        let long = "x".repeat(65);
        for bad in [
            "",
            "a/b",
            "..",
            "a..b",
            "a.b",
            "A",
            "Ab",
            "9a",
            "-a",
            "_a",
            "ä",
            "a b",
            "a\0",
            "fn",
            "async",
            "std",
            "amazon-s3",
            "longshore-provider",
            "longshore_provider_testkit",
            &long,
        ] {
            assert!(Name::new(bad).is_err(), "{bad}");
        }
        for good in ["a", "my-store", "my_store", "s3", "a-1", "provider", "file", "x".repeat(64).as_str()] {
            assert!(Name::new(good).is_ok(), "{good}");
            assert_eq!(ProviderName::new(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn a_provider_that_comes_with_the_host_is_only_overridden_on_purpose() {
        let check = |name, base: Option<&str>| {
            Name::new(name).unwrap().check_official(base.map(|base| Base::new(base).unwrap()).as_ref())
        };
        assert!(check("local", None).is_err() && check("local", Some("aws-s3")).is_err());
        assert!(check("aws-s3", Some("aws-s3")).is_ok() && check("aws-s3", Some("amazon-s3")).is_ok());
        assert!(check("mine", None).is_ok() && check("mine", Some("mine")).is_ok());
    }

    #[test]
    fn type_names_are_nobody_elses() {
        for (name, expected) in [
            ("my-store", "MyStoreProvider"),
            ("s3", "S3Provider"),
            ("provider", "ProviderProvider"),
            ("my_own-provider", "MyOwnProvider"),
            ("a--1", "A1Provider"),
        ] {
            assert_eq!(Name::new(name).unwrap().type_name(), expected);
        }
    }
}
