//! The place of each rule in the documentation of `longshore-provider`.

use std::fmt;

use crate::case::Case;

/// A place in the documentation of `longshore-provider`, as `cargo doc` generates it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contract {
    /// The documented item, such as `Provider::upload`.
    pub item: &'static str,
    /// The page below the folder `target/doc`, with its anchor.
    pub page: &'static str,
}

impl fmt::Display for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (cargo doc: {})", self.item, self.page)
    }
}

macro_rules! places {
    ($($name:ident = $item:literal at $page:literal;)*) => {
        $(const $name: Contract = Contract { item: $item, page: concat!("longshore_provider/", $page) };)*

        #[cfg(test)]
        const ALL: &[Contract] = &[$($name),*];
    };
}

places! {
    CONTRACT = "Provider, Contract" at "trait.Provider.html#contract";
    CANCELLATION = "Provider, Cancellation" at "trait.Provider.html#cancellation";
    CONCURRENCY = "Provider, Concurrency" at "trait.Provider.html#concurrency";
    PANICS = "Provider, Panics and threads" at "trait.Provider.html#panics-and-threads";
    INIT = "Provider::init" at "trait.Provider.html#tymethod.init";
    UPLOAD = "Provider::upload" at "trait.Provider.html#tymethod.upload";
    DELETE = "Provider::delete" at "trait.Provider.html#tymethod.delete";
    REPLACE = "Provider::replace" at "trait.Provider.html#method.replace";
    IS_PRIVATE = "Provider::is_private" at "trait.Provider.html#method.is_private";
    SIGN = "Provider::get_signed_url" at "trait.Provider.html#method.get_signed_url";
    URL = "Provider::url" at "trait.Provider.html#method.url";
    SIZE = "Provider::check_file_size" at "trait.Provider.html#method.check_file_size";
    OPEN = "Provider::open" at "trait.Provider.html#method.open";
    HEAD = "Provider::head" at "trait.Provider.html#method.head";
    HEALTH = "Provider::health" at "trait.Provider.html#method.health";
    LIST = "Provider::list" at "trait.Provider.html#method.list";
    EXTENSION = "Provider::extension" at "trait.Provider.html#method.extension";
    EXPORT = "export_provider!" at "macro.export_provider.html";
    OPTIONS = "options!" at "macro.options.html";
    SECRET = "Secret" at "struct.Secret.html";
    FILE = "File" at "struct.File.html";
    BODY = "Body" at "struct.Body.html";
    CALL = "Call" at "struct.Call.html";
    CLEANUP = "Cleanup" at "struct.Cleanup.html";
    UPLOADED = "Uploaded" at "struct.Uploaded.html";
    ERROR = "ErrorKind" at "enum.ErrorKind.html";
    KEY = "key::object_key" at "key/fn.object_key.html";
}

impl Case {
    /// The documentation of the rule that the case checks.
    pub fn contract(&self) -> Contract {
        match (self.group(), self.id) {
            (_, "load.unwinds" | "leak.processes") | ("runtime", _) => PANICS,
            (_, "options.secrets-marked" | "options.secrets-kept" | "error.secrets") => SECRET,
            (_, "upload.size-limit") => SIZE,
            (_, "upload.answer" | "upload.metadata" | "url.absolute") => UPLOADED,
            (_, "upload.media-name") | ("key", _) => KEY,
            (_, "upload.odd-names" | "upload.non-ascii" | "upload.letter-case" | "upload.long-key") => FILE,
            (_, "error.extension") => EXTENSION,
            (_, "error.health") => HEALTH,
            (_, "error.shutdown" | "leak.remains" | "leak.temporary" | "leak.var-tmp") => CLEANUP,
            (_, "private.demanded") | ("deadline", _) => CALL,
            (_, "private.signed" | "private.every-file") | ("sign", _) => SIGN,
            (_, "error.privacy") | ("private", _) => IS_PRIVATE,
            ("load", _) => EXPORT,
            ("options", _) => OPTIONS,
            ("init", _) => INIT,
            ("upload", _) => UPLOAD,
            ("open" | "range", _) => OPEN,
            ("head", _) => HEAD,
            ("delete", _) => DELETE,
            ("replace", _) => REPLACE,
            ("list", _) => LIST,
            ("stream", _) => BODY,
            ("cancel", _) => CANCELLATION,
            ("concurrent", _) => CONCURRENCY,
            ("error", _) => ERROR,
            ("url", _) => URL,
            _ => CONTRACT,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    /// The source code of the whole interface crate.
    fn source(folder: &Path) -> String {
        let mut text = String::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            text.push_str(&if path.is_dir() { source(&path) } else { fs::read_to_string(&path).unwrap() });
        }
        text
    }

    #[test]
    fn every_place_is_in_the_interface_crate() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("provider/src");
        let (all, methods) = (source(&folder), fs::read_to_string(folder.join("provider.rs")).unwrap());
        for Contract { item, page } in ALL {
            let found = match (item.split_once(", "), item.split_once("::")) {
                (Some((_, heading)), _) => methods.contains(&format!("/// # {heading}\n")),
                (_, Some(("Provider", method))) => {
                    // A required method ends in `;` and has another anchor (`#tymethod.`) than a method with a default
                    // body.
                    let signature = methods.split(&format!("    fn {method}(")).nth(1).unwrap_or_default();
                    let end = signature.find(['{', ';']).map(|at| &signature[at..=at]);
                    let required = page.contains("#tymethod.");
                    page.ends_with(&format!("method.{method}")) && end == Some(if required { ";" } else { "{" })
                }
                (_, Some((module, function))) => {
                    let text = fs::read_to_string(folder.join(format!("{module}.rs"))).unwrap();
                    text.contains(&format!("pub fn {function}("))
                }
                (None, None) => {
                    let name = item.trim_end_matches('!');
                    let kinds = [("pub struct", "struct"), ("pub enum", "enum"), ("macro_rules!", "macro")];
                    kinds.iter().any(|(word, kind)| {
                        let declared = all.split(&format!("{word} {name}")).nth(1);
                        declared.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
                            && page.ends_with(&format!("{kind}.{name}.html"))
                    })
                }
            };
            assert!(found, "{item}: {page}");
        }
    }
}
