//! `sort`: `name`, `name:desc,id`, `sort[0]=name:desc`, `sort[name]=desc`.

use longshore_media_library::{Attribute, Order, Sort};

use super::{
    invalid::{Invalid, echo},
    schema::Name,
    tree::Node,
};

const PARAM: &str = "sort";

/// Refuses unknown and private attributes.
pub(super) fn check(node: &Node) -> Result<(), Invalid> {
    match node {
        Node::Null => Ok(()),
        Node::Text(text) => text.split(',').try_for_each(|part| {
            let name = part.trim().split(['.', ':']).next().unwrap_or_default();
            if name.is_empty() { Ok(()) } else { Name::attribute(PARAM, name).map(drop) }
        }),
        Node::List(_) if !says_anything(node) => Ok(()),
        Node::List(list) => {
            let texts = list.iter().all(|node| matches!(node, Node::Text(_)));
            let maps = list.iter().all(|node| matches!(node, Node::List(_) | Node::Map(_)));
            if !texts && !maps {
                // Strapi treats a mixed list as a map whose keys are indices, and no attribute has an index as its
                // name.
                return Err(Invalid::key(PARAM, "0", None));
            }
            list.iter().try_for_each(check)
        }
        Node::Map(entries) => entries.iter().try_for_each(|(key, _)| Name::attribute(PARAM, key).map(drop)),
    }
}

/// Translates a value that [`check`] has accepted.
pub(super) fn read(node: &Node) -> Result<Vec<Sort>, Invalid> {
    if !says_anything(node) {
        return Ok(Vec::new());
    }
    match node {
        Node::Null => Ok(Vec::new()),
        Node::Text(text) => meaningful(text).map(of_text).collect(),
        Node::List(list) => list.iter().map(read).collect::<Result<Vec<_>, _>>().map(|sorts| sorts.concat()),
        Node::Map(entries) => {
            let mut sorts = Vec::new();
            for (key, value) in entries {
                let by = Name::attribute(PARAM, key)?;
                match value {
                    Node::Text(order) if order.trim().is_empty() => {}
                    Node::Text(order) => sorts.push(Sort { by, order: self::order(order)? }),
                    Node::Map(below) => return Err(below_attribute(by, below.first().map_or("", |(key, _)| key))),
                    Node::Null | Node::List(_) => {
                        let message = "Invalid sort type expected object or string got object";
                        return Err(Invalid::validation(message));
                    }
                }
            }
            Ok(sorts)
        }
    }
}

fn of_text(text: &str) -> Result<Sort, Invalid> {
    let mut parts = text.split(':');
    let path = parts.next().unwrap_or_default().trim();
    let order = parts.next().map_or(Ok(Order::Ascending), order)?;
    let (name, below) = path.split_once('.').map_or((path, None), |(name, below)| (name, Some(below)));
    let by = Name::attribute(PARAM, name)?;
    match below {
        Some(below) => Err(below_attribute(by, below)),
        None => Ok(Sort { by, order }),
    }
}

fn order(text: &str) -> Result<Order, Invalid> {
    match text.trim().to_ascii_lowercase().as_str() {
        "asc" => Ok(Order::Ascending),
        "desc" => Ok(Order::Descending),
        _ => Err(Invalid::validation("Invalid order. order can only be one of asc|desc|ASC|DESC")),
    }
}

/// The error for a key below an attribute, because file attributes have no nested attributes.
fn below_attribute(attribute: Attribute, key: &str) -> Invalid {
    Invalid::key(PARAM, echo(key), Some(attribute.name()))
}

/// The parts of a text that start with a name.
fn meaningful(text: &str) -> impl Iterator<Item = &str> {
    let names = |part: &&str| part.split(':').next().is_some_and(|name| !name.trim().is_empty());
    text.split(',').map(str::trim).filter(names)
}

fn says_anything(node: &Node) -> bool {
    match node {
        Node::Null => false,
        Node::Text(text) => meaningful(text).next().is_some(),
        Node::List(list) => list.iter().any(says_anything),
        Node::Map(entries) => entries.iter().any(|(_, value)| match value {
            Node::Text(order) => !order.is_empty(),
            Node::Map(_) => says_anything(value),
            Node::Null | Node::List(_) => false,
        }),
    }
}
