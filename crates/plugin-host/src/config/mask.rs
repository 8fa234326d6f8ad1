//! Determines the values that are secrets and must never be shown.

use std::collections::BTreeSet;

use super::node::{Node, Value};
use super::schema::Facets;

/// The replacement for a secret.
pub const MASK: &str = "********";

/// Texts that mark a name as a secret at any position in it.
const PARTS: [&str; 5] = ["credential", "passphrase", "passwd", "password", "secret"];

/// Words that mark a name as a secret only as a whole word: `keyboard` contains `key`, and is no secret.
const WORDS: [&str; 12] = [
    "accesskey",
    "apikey",
    "authtoken",
    "key",
    "keys",
    "licensekey",
    "privatekey",
    "pwd",
    "sas",
    "sharedkey",
    "token",
    "tokens",
];

/// The dotted keys of the secrets in a provider's options.
///
/// If `schema` describes a value, it decides: a value that is marked `writeOnly` is a secret, with all its parts. For
/// other values, or without a schema, the name decides: secrets are all values under `credentials`, and each key with a
/// word such as secret, token, password or key.
pub fn secrets(options: &Node, schema: Option<&serde_json::Value>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(options, schema.map(Facets::of).as_ref(), false, &mut found);
    found
}

/// Whether a key's name marks a secret.
///
/// ```
/// # use longshore_plugin_host::config::mask::is_secret_name;
/// assert!(is_secret_name("secretAccessKey") && is_secret_name("db_password") && is_secret_name("api-token"));
/// assert!(!is_secret_name("keyboard") && !is_secret_name("signedUrlExpires"));
/// ```
pub fn is_secret_name(name: &str) -> bool {
    let lower = name.to_lowercase();
    PARTS.iter().any(|part| lower.contains(part)) || words(name).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// Masks the secrets of a URL: its user and password, and the query parameters with the names of secrets. Returns
/// `None` if the URL contains none.
pub(super) fn mask_url(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or_else(|| authority.to_owned(), |(_, host)| format!("{MASK}@{host}"));
    let path_and_query = &rest[authority.len()..];
    let masked = match path_and_query.split_once('?') {
        Some((path, query)) => {
            let parameters: Vec<_> = query.split('&').map(mask_parameter).collect();
            format!("{scheme}://{host}{path}?{}", parameters.join("&"))
        }
        None => format!("{scheme}://{host}{path_and_query}"),
    };
    (masked != text).then_some(masked)
}

fn mask_parameter(parameter: &str) -> String {
    match parameter.split_once('=') {
        Some((name, value)) if !value.is_empty() && is_secret_parameter(name) => format!("{name}={MASK}"),
        _ => parameter.to_owned(),
    }
}

/// Whether a query parameter is a secret. Signed URLs and webhooks use some names in addition to those of keys.
fn is_secret_parameter(name: &str) -> bool {
    const PARAMETERS: [&str; 7] = ["auth", "code", "hmac", "pass", "sig", "sign", "signature"];
    is_secret_name(name) || words(name).iter().any(|word| PARAMETERS.contains(&word.as_str()))
}

fn collect(node: &Node, facets: Option<&Facets<'_>>, secret: bool, found: &mut BTreeSet<String>) {
    let secret = secret || facets.is_some_and(Facets::is_write_only);
    match &node.value {
        Value::Table(table) => {
            for (name, entry) in table {
                match facets.and_then(|facets| facets.property(name)) {
                    Some(known) => collect(entry, Some(&known), secret, found),
                    None => collect(entry, None, secret || is_secret_name(name), found),
                }
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                collect(element, facets.map(|facets| facets.element(index)).as_ref(), secret, found);
            }
        }
        _ if secret => {
            found.insert(node.origin.key.clone());
        }
        _ => {}
    }
}

/// The words of a name in camel case, snake case or kebab case, in lower case: `myAPIKey_2` is my, api, key, 2.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let after = chars.get(at + 1);
        let starts = c.is_uppercase()
            && before.is_some_and(|before| !before.is_uppercase() || after.is_some_and(|after| after.is_lowercase()));
        let changes = before.is_some_and(|before| before.is_numeric() != c.is_numeric());
        if starts || changes || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
