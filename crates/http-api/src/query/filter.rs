//! `filters`: conditions on attributes, combined with `$and`, `$or` and `$not`.

use longshore_media_library::{Attribute, Comparison, Filter, Scalar};

use super::{
    invalid::{Invalid, echo},
    operator::{Operator, is_condition},
    scalar,
    schema::Name,
    tree::Node,
};

const PARAM: &str = "filters";

/// The longest search text in bytes. Databases limit the length of their patterns.
const LONGEST_PATTERN: usize = 10_000;

/// Refuses keys that are neither attributes nor operators, and then private attributes.
pub(super) fn check(node: &Node) -> Result<(), Invalid> {
    check_keys(node, None)?;
    check_forbidden(node)
}

fn check_keys(node: &Node, path: Option<&str>) -> Result<(), Invalid> {
    match node {
        Node::Null | Node::Text(_) => Ok(()),
        Node::List(list) => list.iter().try_for_each(|node| check_keys(node, path)),
        Node::Map(entries) => entries.iter().try_for_each(|(key, value)| {
            match (Name::of(key), Operator::of(key), value) {
                (Name::Unknown, None, _) => Err(Invalid::key(PARAM, key, path)),
                // The value is a map without conditions. `read` reports it.
                (_, Some(operator), Node::Map(below)) if !matches!(operator, Operator::Not) && !is_condition(below) => {
                    Ok(())
                }
                (Name::Unknown, Some(_), value)
                | (Name::Attribute(Attribute::Id | Attribute::DocumentId), _, value) => check_keys(value, path),
                (Name::Attribute(_), _, value @ Node::Map(_)) => check_keys(value, Some(key)),
                (Name::Attribute(_) | Name::Forbidden, ..) => Ok(()),
            }
        }),
    }
}

fn check_forbidden(node: &Node) -> Result<(), Invalid> {
    match node {
        Node::Null | Node::Text(_) => Ok(()),
        Node::List(list) => list.iter().try_for_each(check_forbidden),
        Node::Map(entries) => entries.iter().try_for_each(|(key, value)| match Name::of(key) {
            Name::Forbidden => Err(Invalid::key(PARAM, key, Some(key))),
            _ => check_forbidden(value),
        }),
    }
}

/// Refuses a value that cannot be a condition.
pub(super) fn check_form(node: &Node) -> Result<(), Invalid> {
    match node {
        Node::Text(_) => Err(Invalid::validation("The filters parameter must be an object or an array")),
        Node::Null | Node::Map(_) | Node::List(_) => Ok(()),
    }
}

/// Translates a filter that has passed the checks. Returns `None` if it is empty.
pub(super) fn read(node: &Node) -> Result<Option<Filter>, Invalid> {
    match node {
        Node::Null => Ok(None),
        node => condition(node).map(Some),
    }
}

/// Translates the conditions on a file.
fn condition(node: &Node) -> Result<Filter, Invalid> {
    match node {
        Node::Map(entries) => entries.iter().map(|(key, value)| entry(key, value)).collect::<Result<_, _>>().map(all),
        Node::List(list) => list.iter().map(condition).collect::<Result<_, _>>().map(all),
        Node::Null | Node::Text(_) => Err(Invalid::validation("A condition must be an object or an array")),
    }
}

fn entry(key: &str, value: &Node) -> Result<Filter, Invalid> {
    let conditions = || {
        let list = value.elements().ok_or_else(|| Invalid::validation(format!("Operator {key} must be an array")))?;
        list.into_iter().map(condition).collect::<Result<Vec<_>, _>>()
    };
    match Operator::of(key) {
        Some(Operator::And) => conditions().map(all),
        Some(Operator::Or) => conditions().map(Filter::Any),
        Some(Operator::Not) => condition(value).map(not),
        Some(_) => {
            let message = "Only $and, $or and $not can only be used as root level operators.";
            Err(Invalid::validation(format!("{message} Found {key}.")))
        }
        None => comparisons(Name::attribute(PARAM, key)?, value),
    }
}

/// Translates the comparisons of an attribute: with one value, with a list of alternatives, or with operators.
fn comparisons(attribute: Attribute, value: &Node) -> Result<Filter, Invalid> {
    match value {
        Node::Null | Node::Text(_) => equal(attribute, value, false),
        Node::List(_) => one_of(attribute, value, false),
        Node::Map(operators) => operators
            .iter()
            .map(|(key, operand)| match Operator::of(key) {
                Some(Operator::And | Operator::Or) | None => Err(Invalid::key(PARAM, key, Some(attribute.name()))),
                Some(operator) => compare(attribute, key, operator, operand),
            })
            .collect::<Result<_, _>>()
            .map(all),
    }
}

fn compare(attribute: Attribute, key: &str, operator: Operator, operand: &Node) -> Result<Filter, Invalid> {
    let is = |comparison| Filter::Compare(attribute, comparison);
    match (operator, operand) {
        (Operator::Null { not }, operand) => Ok(is(Comparison::Null(is_truthy(operand) != not))),
        (Operator::Not, Node::Null | Node::Text(_) | Node::Map(_)) => comparisons(attribute, operand).map(not),
        (Operator::In { not }, operand) => one_of(attribute, operand, not),
        (Operator::Between, operand) => between(attribute, operand),
        (_, Node::Map(_)) => Err(wrong_operand(attribute, operand)),
        // For all other operators, a list matches if one of its elements matches.
        (operator, Node::List(list)) => {
            let each = list.iter().map(|operand| compare(attribute, key, operator, operand));
            each.collect::<Result<_, _>>().map(Filter::Any)
        }
        (Operator::Value(comparison), Node::Text(text)) => match key {
            "$eq" => equal(attribute, operand, false),
            "$ne" => equal(attribute, operand, true),
            _ => Ok(is(comparison(scalar::of_attribute(attribute, text)?))),
        },
        (Operator::Text(comparison), Node::Text(text)) => Ok(is(comparison(pattern(attribute.name(), text)?))),
        (_, Node::Null) => Ok(match key {
            "$eq" | "$eqi" => is(Comparison::Null(true)),
            "$ne" | "$nei" => is(Comparison::Null(false)),
            // A comparison with NULL matches no file.
            _ => Filter::Any(Vec::new()),
        }),
        (Operator::And | Operator::Or, _) => Err(Invalid::key(PARAM, key, Some(attribute.name()))),
    }
}

fn equal(attribute: Attribute, value: &Node, not: bool) -> Result<Filter, Invalid> {
    let comparison = match (value, not) {
        (Node::Text(text), _) => match scalar::of_attribute(attribute, text) {
            // No file has this text as its id.
            Err(_) if attribute == Attribute::Id => return Ok(nothing_or_all(not)),
            scalar => {
                if not {
                    Comparison::Ne(scalar?)
                } else {
                    Comparison::Eq(scalar?)
                }
            }
        },
        (_, not) => Comparison::Null(!not),
    };
    Ok(Filter::Compare(attribute, comparison))
}

fn one_of(attribute: Attribute, operand: &Node, not: bool) -> Result<Filter, Invalid> {
    let operands = match operand {
        Node::Text(_) => vec![operand],
        Node::Null => Vec::new(),
        _ => operand.elements().ok_or_else(|| wrong_operand(attribute, operand))?,
    };
    let mut scalars = Vec::with_capacity(operands.len());
    for operand in operands {
        match operand {
            Node::Null => {}
            Node::Text(text) => match scalar::of_attribute(attribute, text) {
                Err(_) if attribute == Attribute::Id => {}
                scalar => scalars.push(scalar?),
            },
            _ => return Err(wrong_operand(attribute, operand)),
        }
    }
    let comparison = if not { Comparison::NotIn(scalars) } else { Comparison::In(scalars) };
    Ok(Filter::Compare(attribute, comparison))
}

fn between(attribute: Attribute, operand: &Node) -> Result<Filter, Invalid> {
    let name = attribute.name();
    let wrong = || {
        let example = format!("filters[{name}][$between][0]=1&filters[{name}][$between][1]=6");
        Invalid::value(name, format!("$between expects two values, such as {example}"))
    };
    let ends = operand.elements().ok_or_else(wrong)?;
    let [Node::Text(from), Node::Text(to)] = ends.as_slice() else { return Err(wrong()) };
    let ends: [Scalar; 2] = [scalar::of_attribute(attribute, from)?, scalar::of_attribute(attribute, to)?];
    let [from, to] = ends;
    Ok(Filter::Compare(attribute, Comparison::Between(from, to)))
}

/// Validates a text to search for.
pub(super) fn pattern(name: &str, text: &str) -> Result<String, Invalid> {
    if text.len() > LONGEST_PATTERN {
        return Err(Invalid::value(name, format!("The text to search for is longer than {LONGEST_PATTERN} bytes")));
    }
    Ok(text.to_owned())
}

/// The error for a map in place of a value. The error names the first key of the map.
fn wrong_operand(attribute: Attribute, operand: &Node) -> Invalid {
    let key = match operand {
        Node::Map(entries) => entries.first().map_or("", |(key, _)| key),
        _ => "0",
    };
    Invalid::key(PARAM, echo(key), Some(attribute.name()))
}

fn is_truthy(node: &Node) -> bool {
    match node {
        Node::Null => false,
        Node::Text(text) => !matches!(text.as_str(), "" | "0" | "f" | "false"),
        Node::List(_) | Node::Map(_) => true,
    }
}

fn all(mut filters: Vec<Filter>) -> Filter {
    if filters.len() == 1 { filters.remove(0) } else { Filter::All(filters) }
}

fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

fn nothing_or_all(all: bool) -> Filter {
    if all { Filter::All(Vec::new()) } else { Filter::Any(Vec::new()) }
}
