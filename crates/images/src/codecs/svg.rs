//! SVG: its width and height, read from the first element's attributes. Nothing is drawn, and no entity is looked up.

/// Pixels per inch: the default of sharp.
const DENSITY: f64 = 72.0;
/// Pixels of an `em` without a style.
const EM: f64 = 12.0;
/// The first element is looked for in this many bytes.
const HEAD: usize = 64 << 10;

/// Width and height; `None` when they cannot be determined without drawing.
pub(crate) fn measure(file: &[u8]) -> Option<(u32, u32)> {
    let head = String::from_utf8_lossy(&file[..file.len().min(HEAD)]);
    let attributes = first_element(&head)?;
    let view = attribute(attributes, "viewBox").and_then(view_box);
    let width = attribute(attributes, "width").and_then(|text| length(text, view.map(|view| view.0)));
    let height = attribute(attributes, "height").and_then(|text| length(text, view.map(|view| view.1)));
    let (width, height) = match (width, height, view) {
        (Some(width), Some(height), _) => (width, height),
        (Some(width), None, Some(view)) => (width, width * view.1 / view.0),
        (None, Some(height), Some(view)) => (height * view.0 / view.1, height),
        (None, None, Some(view)) => view,
        _ => return None,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
    let pixels = |side: f64| (0.5..f64::from(u32::MAX)).contains(&side).then(|| side.round() as u32);
    Some((pixels(width)?, pixels(height)?))
}

/// The text between the name of the first element and its closing bracket.
fn first_element(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = &rest[rest.find('<')?..];
        let end = match rest.get(1..)?.chars().next()? {
            '?' => "?>",
            '!' if rest.starts_with("<!--") => "-->",
            '!' if rest[..rest.find('>')?].contains('[') => "]>",
            '!' => ">",
            _ => break,
        };
        rest = &rest[rest.find(end)? + end.len()..];
    }
    let mut quote = None;
    let end = rest.char_indices().find(|(_, letter)| match (quote, letter) {
        (None, '>') => true,
        (None, '"' | '\'') => {
            quote = Some(*letter);
            false
        }
        (Some(open), _) if open == *letter => {
            quote = None;
            false
        }
        _ => false,
    });
    let element = &rest[1..end?.0];
    let name = element.find(|letter: char| letter.is_ascii_whitespace()).unwrap_or(element.len());
    Some(&element[name..])
}

/// The value of an attribute.
fn attribute<'a>(attributes: &'a str, wanted: &str) -> Option<&'a str> {
    let mut rest = attributes;
    loop {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|letter| matches!(letter, '"' | '\''))?;
        let (value, after) = after[1..].split_once(quote)?;
        if name.trim() == wanted {
            return Some(value.trim());
        }
        rest = after;
    }
}

/// Width and height of `min-x min-y width height`.
fn view_box(text: &str) -> Option<(f64, f64)> {
    let numbers = text.split([' ', ',', '\t', '\r', '\n']).filter(|part| !part.is_empty());
    let numbers: Vec<f64> = numbers.map(str::parse).collect::<Result<_, _>>().ok()?;
    let [_, _, width, height] = numbers[..] else {
        return None;
    };
    (width > 0.0 && height > 0.0).then_some((width, height))
}

/// A length in pixels; percentages refer to `whole`.
fn length(text: &str, whole: Option<f64>) -> Option<f64> {
    // Units begin with a letter, but a number may have an exponent.
    let unit = text.find(|letter: char| letter == '%' || letter.is_ascii_alphabetic() && !matches!(letter, 'e' | 'E'));
    let (number, unit) = match text.find("em").or_else(|| text.find("ex")).or(unit) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let number: f64 = number.trim().parse().ok()?;
    let factor = match unit.trim() {
        "" | "px" => 1.0,
        "in" => DENSITY,
        "cm" => DENSITY / 2.54,
        "mm" => DENSITY / 25.4,
        "pt" => DENSITY / 72.0,
        "pc" => DENSITY / 6.0,
        "em" => EM,
        "ex" => EM / 2.0,
        "%" => whole? / 100.0,
        _ => return None,
    };
    (number > 0.0).then_some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_come_from_attributes_or_the_view_box() {
        for (text, size) in [
            ("<svg width='120' height=\"80\"/>", Some((120, 80))),
            ("<svg width='120px' height='80.4px'>", Some((120, 80))),
            ("<svg width='1in' height='25.4mm'>", Some((72, 72))),
            ("<svg viewBox='0 0 30 20'/>", Some((30, 20))),
            ("<svg viewBox='0,0,30,20' width='60'/>", Some((60, 40))),
            ("<svg viewBox='0 0 30 20' height='40'/>", Some((60, 40))),
            ("<svg viewBox='0 0 30 20' width='100%' height='50%'/>", Some((30, 10))),
            ("<svg width='2em' height='1e2'/>", Some((24, 100))),
            ("<?xml version='1.0'?><!-- <svg width='1'> --><svg\n a='>' width='7'\n height='8'>", Some((7, 8))),
            ("<!DOCTYPE svg [<!ENTITY w '9'>]><svg width='&w;' height='9'>", None),
            ("<svg stroke-width='3' width='7' height='8'>", Some((7, 8))),
            ("<svg>", None),
            ("<svg width='100%' height='100%'>", None),
            ("<svg width='-1' height='5'>", None),
            ("<svg width='1e300' height='5'>", None),
            ("<svg width='5' height='5", None),
            ("", None),
        ] {
            assert_eq!(measure(text.as_bytes()), size, "{text}");
        }
    }
}
