//! Parses query strings with brackets like the `qs` package (6.15) with Strapi's options.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use super::{
    invalid::Invalid,
    tree::{Node, index},
};

/// The most bracket pairs in a key. The rest of the key becomes one literal key.
const DEPTH: usize = 20;

/// Indices from this value create a map instead of a list.
const ARRAY_LIMIT: usize = 100;

/// The most parameters. `qs` drops the parameters beyond its limit, but a dropped condition would change the result.
const PARAMETERS: usize = 1000;

/// Properties that every JavaScript object inherits. `qs` ignores keys with these names.
const PROTOTYPE: [&str; 12] = [
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
];

/// A tree under construction.
#[derive(Clone, Debug)]
enum Growing {
    Null,
    Text(String),
    /// Elements by index, possibly with gaps.
    List(BTreeMap<usize, Growing>),
    Map(Vec<(String, Growing)>),
}

/// Parses a query string.
pub(super) fn parse(text: &str) -> Result<Vec<(String, Node)>, Invalid> {
    let mut values: Vec<(String, Vec<Growing>)> = Vec::new();
    let parts = text.split('&').filter(|part| !part.is_empty());
    for (number, part) in parts.enumerate() {
        if number == PARAMETERS {
            return Err(Invalid::validation(format!("Too many parameters: at most {PARAMETERS} are read")));
        }
        let (key, value) = key_and_value(part);
        match values.iter_mut().find(|(known, _)| *known == key) {
            Some((_, values)) => values.push(value),
            None => values.push((key, vec![value])),
        }
    }
    let mut root = Vec::new();
    for (key, mut values) in values {
        let segments = segments(&key);
        let Some((first, rest)) = segments.as_deref().and_then(<[_]>::split_first) else { continue };
        let leaf = if values.len() == 1 { values.remove(0) } else { Growing::list(values) };
        let value = rest.iter().rev().fold(leaf, |leaf, segment| within(segment, leaf));
        insert(&mut root, unbracketed(first), value);
    }
    Ok(root.into_iter().map(|(key, node)| (key, node.grown())).collect())
}

fn key_and_value(part: &str) -> (String, Growing) {
    let part = part.replace("%5B", "[").replace("%5b", "[").replace("%5D", "]").replace("%5d", "]");
    let position = part.find("]=").map(|at| at + 1).or_else(|| part.find('='));
    match position {
        None => (decode(&part), Growing::Null),
        Some(at) => (decode(&part[..at]), Growing::Text(decode(&part[at + 1..]))),
    }
}

/// Decodes like `decodeURIComponent`. Text that the function would refuse stays unchanged.
fn decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    let well_formed = spaced.split('%').skip(1).all(|escape| {
        let digits = escape.as_bytes();
        digits.len() >= 2 && digits[..2].iter().all(u8::is_ascii_hexdigit)
    });
    let decoded = well_formed.then(|| percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned));
    decoded.flatten().unwrap_or(spaced)
}

/// Splits `a[b][c[]]` into `a`, `[b]`, `[c[]]`. Returns `None` if `qs` ignores the parameter.
fn segments(key: &str) -> Option<Vec<String>> {
    let first = key.find('[').unwrap_or(key.len());
    let mut segments = Vec::new();
    if first > 0 {
        segments.push(key[..first].to_owned());
    }
    let mut rest = &key[first..];
    while let Some(open) = rest.find('[') {
        rest = &rest[open..];
        let end = if segments.len() <= DEPTH { closing(rest) } else { None };
        let Some(end) = end else {
            // The bracket is unclosed or nested too deeply: the rest is one key.
            segments.push(format!("[{rest}]"));
            break;
        };
        segments.push(rest[..=end].to_owned());
        rest = &rest[end + 1..];
    }
    let forbidden = segments.iter().any(|segment| PROTOTYPE.contains(&unbracketed(segment)));
    (!forbidden && !segments.is_empty()).then_some(segments)
}

/// The position of the bracket that closes the first character of `text`.
fn closing(text: &str) -> Option<usize> {
    let mut level = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' => level += 1,
            b']' => level -= 1,
            _ => {}
        }
        if level == 0 {
            return Some(at);
        }
    }
    None
}

fn unbracketed(segment: &str) -> &str {
    segment.strip_prefix('[').and_then(|segment| segment.strip_suffix(']')).unwrap_or(segment)
}

/// A list or map that contains `leaf` at `segment`.
fn within(segment: &str, leaf: Growing) -> Growing {
    let key = unbracketed(segment);
    match index(key) {
        _ if key.is_empty() => match leaf {
            Growing::List(list) => Growing::List(list),
            leaf => Growing::list(vec![leaf]),
        },
        Some(index) if index < ARRAY_LIMIT => Growing::List(BTreeMap::from([(index, leaf)])),
        _ => Growing::Map(vec![(key.to_owned(), leaf)]),
    }
}

fn insert(entries: &mut Vec<(String, Growing)>, key: &str, value: Growing) {
    match entries.iter_mut().find(|(known, _)| known == key) {
        Some((_, known)) => {
            let before = std::mem::replace(known, Growing::Null);
            *known = before.merged(value);
        }
        None => entries.push((key.to_owned(), value)),
    }
}

impl Growing {
    fn list(values: Vec<Self>) -> Self {
        Self::List(values.into_iter().enumerate().collect())
    }

    /// Merges two values of the same key.
    fn merged(self, other: Self) -> Self {
        match (self, other) {
            (before, Self::Null) => before,
            (before, Self::Text(text)) if text.is_empty() => before,
            (Self::List(mut list), text @ Self::Text(_)) => {
                push(&mut list, text);
                Self::List(list)
            }
            (before, text @ Self::Text(_)) => Self::list(vec![before, text]),
            (before @ (Self::Null | Self::Text(_)), Self::List(list)) => {
                Self::list(std::iter::once(before).chain(list.into_values()).collect())
            }
            (before @ (Self::Null | Self::Text(_)), map) => Self::list(vec![before, map]),
            (Self::List(mut list), Self::List(other)) => {
                for (index, item) in other {
                    match list.remove(&index) {
                        None => drop(list.insert(index, item)),
                        Some(known) if known.is_container() && item.is_container() => {
                            list.insert(index, known.merged(item));
                        }
                        Some(known) => {
                            list.insert(index, known);
                            push(&mut list, item);
                        }
                    }
                }
                Self::List(list)
            }
            (before, other) => {
                let mut entries = before.into_entries();
                for (key, value) in other.into_entries() {
                    insert(&mut entries, &key, value);
                }
                Self::Map(entries)
            }
        }
    }

    fn is_container(&self) -> bool {
        matches!(self, Self::List(_) | Self::Map(_))
    }

    fn into_entries(self) -> Vec<(String, Self)> {
        match self {
            Self::Map(entries) => entries,
            Self::List(list) => list.into_iter().map(|(index, item)| (index.to_string(), item)).collect(),
            Self::Null | Self::Text(_) => Vec::new(),
        }
    }

    fn grown(self) -> Node {
        match self {
            Self::Null => Node::Null,
            Self::Text(text) => Node::Text(text),
            Self::List(list) => Node::List(list.into_values().map(Self::grown).collect()),
            Self::Map(entries) => Node::Map(entries.into_iter().map(|(key, value)| (key, value.grown())).collect()),
        }
    }
}

fn push(list: &mut BTreeMap<usize, Growing>, item: Growing) {
    let next = list.last_key_value().map_or(0, |(last, _)| last + 1);
    list.insert(next, item);
}
