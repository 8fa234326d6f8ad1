//! What filters mean, said without a database; and random filters and files.

use super::fixture::file;
use crate::{Attribute, Comparison, Filter, FocalPoint, Format, Kind, MediaFile, Scalar, kilobytes};

/// Whether a filter holds for a file; `None` where a null keeps it from being true or false.
pub(super) fn holds(filter: &Filter, file: &MediaFile) -> Option<bool> {
    match filter {
        Filter::All(parts) => combine(parts, file, false),
        Filter::Any(parts) => combine(parts, file, true),
        Filter::Not(part) => holds(part, file).map(|held| !held),
        Filter::Compare(attribute, comparison) => compare(*attribute, comparison, file),
        // The files of these tests are attached to nothing.
        Filter::Linked(linked) => Some(!linked),
    }
}

/// The result is `decisive` if a part is. Otherwise it is unknown if a part is unknown.
fn combine(parts: &[Filter], file: &MediaFile, decisive: bool) -> Option<bool> {
    let held: Vec<_> = parts.iter().map(|part| holds(part, file)).collect();
    if held.contains(&Some(decisive)) {
        Some(decisive)
    } else if held.contains(&None) {
        None
    } else {
        Some(!decisive)
    }
}

/// A value of a file: numbers by their value, texts by their code points.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
enum Value {
    Number(f64),
    Text(String),
}

fn compare(attribute: Attribute, comparison: &Comparison, file: &MediaFile) -> Option<bool> {
    let own = value_of(attribute, file);
    if let Comparison::Null(null) = comparison {
        return Some(own.is_none() == *null);
    }
    if matches!(comparison, Comparison::In(scalars) if scalars.is_empty()) {
        return Some(false);
    }
    if matches!(comparison, Comparison::NotIn(scalars) if scalars.is_empty()) {
        return Some(true);
    }
    let own = own?;
    let shown = match &own {
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.clone(),
    };
    let of = |scalar: &Scalar| match (attribute.kind(), scalar) {
        (Kind::Text | Kind::Json, Scalar::Text(text)) => Value::Text(text.clone()),
        #[expect(clippy::cast_precision_loss, reason = "the numbers of these tests are small")]
        (_, Scalar::Integer(number)) => Value::Number(*number as f64),
        (_, Scalar::Number(number)) => Value::Number(*number),
        (_, Scalar::Text(text)) => panic!("{text} for a number"),
    };
    let lower = |text: &str| text.to_lowercase();
    Some(match comparison {
        Comparison::Eq(other) => own == of(other),
        Comparison::Ne(other) => own != of(other),
        Comparison::Lt(other) => own < of(other),
        Comparison::Lte(other) => own <= of(other),
        Comparison::Gt(other) => own > of(other),
        Comparison::Gte(other) => own >= of(other),
        Comparison::In(others) => others.iter().any(|other| own == of(other)),
        Comparison::NotIn(others) => others.iter().all(|other| own != of(other)),
        Comparison::Between(low, high) => own >= of(low) && own <= of(high),
        Comparison::Eqi(text) => lower(&shown) == lower(text),
        Comparison::Nei(text) => lower(&shown) != lower(text),
        Comparison::Contains(text) => shown.contains(text),
        Comparison::NotContains(text) => !shown.contains(text),
        Comparison::Containsi(text) => lower(&shown).contains(&lower(text)),
        Comparison::NotContainsi(text) => !lower(&shown).contains(&lower(text)),
        Comparison::StartsWith(text) => shown.starts_with(text),
        Comparison::StartsWithi(text) => lower(&shown).starts_with(&lower(text)),
        Comparison::EndsWith(text) => shown.ends_with(text),
        Comparison::EndsWithi(text) => lower(&shown).ends_with(&lower(text)),
        Comparison::Null(_) => unreachable!("answered above"),
    })
}

/// The attributes that random filters ask for.
const ASKED: [Attribute; 7] = [
    Attribute::Name,
    Attribute::AlternativeText,
    Attribute::Caption,
    Attribute::Mime,
    Attribute::Width,
    Attribute::Height,
    Attribute::Size,
];

fn value_of(attribute: Attribute, file: &MediaFile) -> Option<Value> {
    let text = |text: &String| Value::Text(text.clone());
    match attribute {
        Attribute::Name => Some(text(&file.name)),
        Attribute::AlternativeText => file.alternative_text.as_ref().map(text),
        Attribute::Caption => file.caption.as_ref().map(text),
        Attribute::Mime => Some(text(&file.mime)),
        Attribute::Width => file.width.map(|width| Value::Number(width.into())),
        Attribute::Height => file.height.map(|height| Value::Number(height.into())),
        Attribute::Size => Some(Value::Number(kilobytes(file.size_bytes))),
        other => panic!("{other:?} is not asked for"),
    }
}

/// Random numbers, the same ones each time (xorshift).
pub(super) struct Random(pub(super) u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % limit
    }

    /// A short text of few letters, so that texts meet.
    fn text(&mut self) -> String {
        const LETTERS: [char; 10] = ['a', 'A', 'b', 'B', 'é', 'É', '%', '_', 'ж', '写'];
        (0..self.below(4)).map(|_| LETTERS[self.below(LETTERS.len())]).collect()
    }

    fn number(&mut self) -> u32 {
        [0, 1, 2, 9, 10, 11, 100][self.below(7)]
    }

    fn maybe<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(3) > 0).then(|| value(self))
    }
}

pub(super) fn random_file(random: &mut Random) -> MediaFile {
    MediaFile {
        alternative_text: random.maybe(Random::text),
        caption: random.maybe(Random::text),
        mime: random.text(),
        width: random.maybe(Random::number),
        height: random.maybe(Random::number),
        size_bytes: u64::from(random.number()) * 5,
        focal_point: random.maybe(|_| FocalPoint { x: 1.0, y: 2.0 }),
        ..file(&random.text())
    }
}

pub(super) fn random_filter(random: &mut Random, depth: usize) -> Filter {
    let kinds = if depth == 0 { 1 } else { 5 };
    let parts = |random: &mut Random| (0..random.below(4)).map(|_| random_filter(random, depth - 1)).collect();
    match random.below(kinds) {
        2 => Filter::All(parts(random)),
        3 => Filter::Any(parts(random)),
        4 => Filter::Not(Box::new(random_filter(random, depth - 1))),
        _ => {
            let attribute = ASKED[random.below(ASKED.len())];
            let scalar = random_scalar(random, attribute);
            let mut comparisons = every_comparison(random, &scalar);
            let chosen = random.below(comparisons.len());
            Filter::Compare(attribute, comparisons.swap_remove(chosen))
        }
    }
}

fn random_scalar(random: &mut Random, attribute: Attribute) -> Scalar {
    match attribute.kind() {
        Kind::Number => Scalar::Number(kilobytes(u64::from(random.number()) * 5)),
        Kind::Integer if random.below(2) == 0 => Scalar::Number(f64::from(random.number()) + 0.5),
        Kind::Integer => Scalar::Integer(random.number().into()),
        Kind::Text | Kind::Json | Kind::Time => Scalar::Text(random.text()),
    }
}

/// Every comparison with a value, and with others like it.
pub(super) fn every_comparison(random: &mut Random, scalar: &Scalar) -> Vec<Comparison> {
    let text = match scalar {
        Scalar::Text(text) => text.clone(),
        Scalar::Integer(number) => number.to_string(),
        Scalar::Number(number) => number.to_string(),
    };
    let other = match scalar {
        Scalar::Text(_) => Scalar::Text(random.text()),
        Scalar::Integer(_) => Scalar::Integer(random.number().into()),
        Scalar::Number(_) => Scalar::Number(f64::from(random.number()) / 200.0),
    };
    vec![
        Comparison::Eq(scalar.clone()),
        Comparison::Eqi(text.clone()),
        Comparison::Ne(scalar.clone()),
        Comparison::Nei(text.clone()),
        Comparison::Lt(scalar.clone()),
        Comparison::Lte(scalar.clone()),
        Comparison::Gt(scalar.clone()),
        Comparison::Gte(scalar.clone()),
        Comparison::In(vec![scalar.clone(), other.clone()]),
        Comparison::In(Vec::new()),
        Comparison::NotIn(vec![scalar.clone(), other.clone()]),
        Comparison::NotIn(Vec::new()),
        Comparison::Contains(text.clone()),
        Comparison::NotContains(text.clone()),
        Comparison::Containsi(text.clone()),
        Comparison::NotContainsi(text.clone()),
        Comparison::StartsWith(text.clone()),
        Comparison::StartsWithi(text.clone()),
        Comparison::EndsWith(text.clone()),
        Comparison::EndsWithi(text),
        Comparison::Null(true),
        Comparison::Null(false),
        Comparison::Between(scalar.clone(), other),
    ]
}

/// An image.
pub(super) fn with_a_thumbnail() -> MediaFile {
    let thumbnail = Format {
        format: "thumbnail".to_owned(),
        name: "thumbnail_a.png".to_owned(),
        hash: "thumbnail_a".to_owned(),
        ext: ".png".to_owned(),
        mime: "image/png".to_owned(),
        path: None,
        width: 1,
        height: 1,
        size_bytes: 1,
        url: "/thumbnail_a.png".to_owned(),
        key: None,
        etag: None,
        provider_metadata: None,
    };
    MediaFile { formats: Some(vec![thumbnail]), ..file("image") }
}
