//! `fields`: `name,url`, or `fields[0]=name`.

use longshore_media_library::Attribute;

use super::{invalid::Invalid, schema::Name, tree::Node};

const PARAM: &str = "fields";

/// Refuses unknown and private attributes.
pub(super) fn check(node: &Node) -> Result<(), Invalid> {
    match texts(node) {
        Some(texts) => {
            texts.into_iter().try_for_each(|text| names(text).try_for_each(|name| attribute(name).map(drop)))
        }
        // `read` reports the wrong type.
        None => Ok(()),
    }
}

/// The listed attributes, or `None` for all.
pub(super) fn read(node: &Node) -> Result<Option<Vec<Attribute>>, Invalid> {
    let texts = texts(node)
        .ok_or_else(|| Invalid::validation("Invalid fields parameter. Expected a string or an array of strings"))?;
    let mut fields = Vec::new();
    for name in texts.into_iter().flat_map(names) {
        match attribute(name)? {
            None => return Ok(None),
            Some(field) if !fields.contains(&field) => fields.push(field),
            Some(_) => {}
        }
    }
    Ok(Some(fields))
}

/// The attribute with this name, or `None` for `*`.
fn attribute(name: &str) -> Result<Option<Attribute>, Invalid> {
    if name == "*" { Ok(None) } else { Name::attribute(PARAM, name).map(Some) }
}

fn texts(node: &Node) -> Option<Vec<&str>> {
    match node {
        Node::Text(text) => Some(vec![text]),
        Node::List(list) => {
            list.iter().map(|node| if let Node::Text(text) = node { Some(text.as_str()) } else { None }).collect()
        }
        Node::Null | Node::Map(_) => None,
    }
}

fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim)
}
