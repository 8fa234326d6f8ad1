//! Slugs: texts in ASCII letters, digits and `_`.

use std::sync::LazyLock;

use regex::Regex;

use super::letters::transliterated;

/// The slug of a text without any usable character.
const NOTHING: &str = "file";

/// A text in ASCII letters and digits, its words separated by `_`. Never empty.
///
/// The rules are those of the npm package `@sindresorhus/slugify` 1.1 with
/// `{separator: "_", lowercase: false, decamelize: true}`, which Strapi uses. The package drops letters that its table
/// does not contain. If that would drop all letters of a text, this function spells the text in Latin letters instead:
/// `日本語` becomes `Ri_Ben_Yu`.
pub fn slug(text: &str) -> String {
    let known = words(&transliterated(text));
    let lost_its_letters = !has_letters(&known) && (known.is_empty() || text.contains(char::is_alphabetic));
    if !lost_its_letters {
        return known;
    }
    let spelled = words(&deunicode::deunicode(text));
    match (has_letters(&spelled), known.is_empty()) {
        (true, _) => spelled,
        (false, true) => NOTHING.to_owned(),
        (false, false) => known,
    }
}

fn has_letters(slug: &str) -> bool {
    slug.contains(|c: char| c.is_ascii_alphabetic())
}

/// The runs of ASCII letters and digits, and the words within them.
fn words(text: &str) -> String {
    let separated = separated(text);
    let words = separated.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}

/// Puts blanks between the words of a name such as `XMLHttpRequest`, with one rule after the other in this order.
fn separated(text: &str) -> String {
    static RULES: LazyLock<[Regex; 4]> = LazyLock::new(|| {
        ["([A-Z]{2,})([0-9]+)", "([a-z0-9]+)([A-Z]{2,})", "([a-z0-9])([A-Z])", "([A-Z]+)([A-Z][a-z0-9]+)"]
            .map(|rule| Regex::new(rule).expect("the rules are regular expressions"))
    });
    RULES.iter().fold(text.to_owned(), |text, rule| rule.replace_all(&text, "$1 $2").into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slugs_are_those_of_the_package() {
        for (text, expected) in [
            ("My Photo é", "My_Photo_e"),
            ("fooBarBaz v2.0 (final)", "foo_Bar_Baz_v2_0_final"),
            ("Ünïcödé Straße", "Uenicoede_Strasse"),
            ("foo & bar", "foo_and_bar"),
            ("I ♥ Dogs", "I_love_Dogs"),
            ("Привет мир", "Privet_mir"),
            ("你好world", "world"),
            ("مرحبا", "mrhba"),
            ("XMLHttpRequest", "XML_Http_Request"),
            ("APIKey", "API_Key"),
            ("A1B2", "A1_B2"),
            ("__lead__", "lead"),
            ("100% done", "100_done"),
            ("it's don't", "it_s_don_t"),
            ("café.au.lait", "cafe_au_lait"),
            ("đường phố", "duong_pho"),
            ("ABC123def", "ABC_123def"),
            ("🦄", "unicorn"),
            ("Ærø Œuvre Þór ĳs ŉ", "A_Ero_Oeuvre_T_Hor_ijs_n"),
            ("x\u{363}y\u{301}", "xy"),
            ("\u{64e}\u{200e}\u{64e}b", "a_b"),
            ("Тс тс ու", "Ts_ts_vo"),
            ("2024-08-01", "2024_08_01"),
        ] {
            assert_eq!(slug(text), expected, "{text}");
        }
    }

    #[test]
    fn names_without_latin_letters_are_readable() {
        for (text, expected) in [
            ("日本語", "Ri_Ben_Yu"),
            ("日本語 2024", "Ri_Ben_Yu_2024"),
            ("안녕하세요", "annyeonghaseyo"),
            ("สวัสดี", "swasdii"),
            ("नमस्ते", "nmste"),
            ("שלום", "shlvm"),
            ("😀", "grinning"),
            ("", "file"),
            ("★★★", "file"),
            ("...", "file"),
        ] {
            assert_eq!(slug(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_slug_has_letters_digits_and_single_underscores_between_them(text in ".*") {
            let slug = slug(&text);
            prop_assert!(!slug.is_empty());
            prop_assert!(slug.split('_').all(|word| {
                !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
            }), "{slug}");
        }
    }
}
