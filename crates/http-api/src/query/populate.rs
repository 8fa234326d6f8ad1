//! `populate`: the related entries to include. Longshore has none, but refuses the relations that Strapi refuses.

use super::{
    invalid::Invalid,
    schema::{Name, RELATED},
    tree::Node,
};

const PARAM: &str = "populate";

/// Refuses unknown and private relations.
pub(super) fn check(node: &Node) -> Result<(), Invalid> {
    match node {
        Node::Text(text) if text == "*" => Ok(()),
        Node::Text(text) => paths(text),
        Node::List(list) => list.iter().try_for_each(|node| match node {
            // `*` is no element of a list, as in Strapi.
            Node::Text(text) => paths(text),
            node => check(node),
        }),
        Node::Map(entries) => entries.iter().try_for_each(|(key, value)| below(key, value)),
        Node::Null => Ok(()),
    }
}

/// `related,folder`.
fn paths(text: &str) -> Result<(), Invalid> {
    text.split(',').map(str::trim).filter(|path| !path.is_empty()).try_for_each(|path| {
        let name = path.split('.').next().unwrap_or_default();
        if path == RELATED { Ok(()) } else { Err(Invalid::key(PARAM, name, Some(name))) }
    })
}

/// `populate[related]=true`.
fn below(key: &str, value: &Node) -> Result<(), Invalid> {
    /// Keys that describe the relation instead of naming one, and words for true and false.
    const KEYWORDS: [&str; 12] =
        ["0", "1", "count", "f", "false", "fields", "filters", "on", "populate", "sort", "t", "true"];
    match Name::of(key) {
        Name::Forbidden if key == RELATED => match value.get("populate") {
            None => Ok(()),
            Some(Node::Text(text)) if text == "*" => Ok(()),
            Some(_) => Err(Invalid::key(PARAM, "populate", Some(RELATED))),
        },
        Name::Attribute(_) | Name::Forbidden => Err(Invalid::key(PARAM, key, Some(key))),
        Name::Unknown if KEYWORDS.contains(&key) => Ok(()),
        Name::Unknown => Err(Invalid::key(PARAM, key, None)),
    }
}
