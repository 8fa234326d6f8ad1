//! Hints for unknown keys.

/// `did you mean …? known keys: …` for an unknown name.
pub(super) fn hint<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let mut known: Vec<_> = known.into_iter().collect();
    known.sort_unstable();
    known.dedup();
    if known.is_empty() {
        return "no key is known here".to_owned();
    }
    let all = format!("known keys: {}", known.join(", "));
    match nearest(unknown, known) {
        Some(nearest) => format!("did you mean `{nearest}`? {all}"),
        None => all,
    }
}

/// The known name of which the unknown one is probably a misspelling.
pub(super) fn nearest<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let unknown = unknown.to_lowercase();
    known
        .into_iter()
        .filter_map(|name| {
            let lower = name.to_lowercase();
            let distance = strsim::damerau_levenshtein(&unknown, &lower);
            let contained =
                lower.len() >= 4 && unknown.contains(&lower) || unknown.len() >= 4 && lower.contains(&unknown);
            (distance <= 1.max(lower.len() / 3) || contained).then_some((distance, name))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Whether the unknown name is a typing error of `known`, and not a longer name that contains it.
pub(super) fn is_slip(unknown: &str, known: &str) -> bool {
    strsim::damerau_levenshtein(&unknown.to_lowercase(), known) <= 2
}
