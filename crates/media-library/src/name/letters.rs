//! Transliteration of letters and signs into Latin letters.

use std::{collections::HashMap, sync::LazyLock};

use unicode_normalization::UnicodeNormalization;

/// The text with the characters of `LETTERS` replaced by Latin letters, and without combining marks. Other characters
/// stay.
pub(super) fn transliterated(text: &str) -> String {
    let mut latin = String::with_capacity(text.len());
    let mut chars = text.nfc().peekable();
    while let Some(c) = chars.next() {
        match c {
            FATHA if chars.next_if_eq(&LEFT_TO_RIGHT).is_some() => latin.push('a'),
            KASRA if chars.next_if_eq(&LEFT_TO_RIGHT).is_some() => latin.push('i'),
            c if is_combining(c) => {}
            c => match TABLE.get(&c) {
                Some(letters) => latin.push_str(letters),
                None => latin.push(c),
            },
        }
    }
    latin
}

/// Arabic vowel marks are transliterated only if a left-to-right mark follows them.
const FATHA: char = '\u{64e}';
const KASRA: char = '\u{650}';
const LEFT_TO_RIGHT: char = '\u{200e}';

fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{fe20}'..='\u{fe23}' | '\u{20d0}'..='\u{20f0}')
}

static TABLE: LazyLock<HashMap<char, &'static str>> = LazyLock::new(|| {
    LETTERS.iter().flat_map(|(latin, letters)| letters.chars().map(move |letter| (letter, *latin))).collect()
});

/// Latin letters, and the characters that become them: those of the npm packages `@sindresorhus/transliterate` 0.1,
/// `@sindresorhus/slugify` 1.1 and, where those have none, `lodash.deburr` 4 (all under the MIT licence). Right-to-left
/// letters and marks are written as numbers, to be readable here.
#[rustfmt::skip]
const LETTERS: &[(&str, &str)] = &[
    ("", "ЪЬъь\u{7b0}"),
    (" and ", "&"),
    (" love ", "♥"),
    (" unicorn ", "🦄"),
    ("'n", "ŉ"),
    ("0", "\u{660}\u{6f0}"),
    ("1", "\u{661}\u{6f1}"),
    ("2", "\u{662}\u{6f2}"),
    ("3", "\u{663}\u{6f3}"),
    ("4", "\u{664}\u{6f4}"),
    ("5", "\u{665}\u{6f5}"),
    ("6", "\u{666}\u{6f6}"),
    ("7", "\u{667}\u{6f7}"),
    ("8", "\u{668}\u{6f8}"),
    ("9", "\u{669}\u{6f9}"),
    ("_", "\u{640}"),
    ("A", "ÀÁÂÃÅĀĂĄΆΑАԱẠẢẤẦẨẪẬẮẰẲẴẶ"),
    ("a", "àáâãåāăąάαаա\u{622}\u{623}\u{627}\u{649}\u{787}\u{7a2}\u{7a6}აạảấầẩẫậắằẳẵặ"),
    ("aa", "\u{7a7}"),
    ("AE", "Æ"),
    ("Ae", "Ä"),
    ("ae", "äæ"),
    ("ai", "\u{6cd}"),
    ("B", "ΒБԲ"),
    ("b", "бբ\u{628}\u{784}ბ"),
    ("C", "ÇĆĈĊČՑ"),
    ("c", "çćĉċčց\u{685}"),
    ("Ch", "ЧՉ"),
    ("ch", "чչ\u{686}\u{797}ჩ"),
    ("Cz", "Ц"),
    ("cz", "ц"),
    ("D", "ÐĎĐΔДԴ"),
    ("d", "ðďđδдդ\u{62f}\u{636}\u{688}\u{689}\u{791}\u{79f}დ\u{feab}"),
    ("dh", "\u{630}\u{78b}"),
    ("Dz", "Ձ"),
    ("dz", "ձძ"),
    ("E", "ÈÉÊËĒĔĖĘĚΈΕЕЭԷẸẺẼẾỀỂỄỆ"),
    ("e", "èéêëēĕėęěέεеэէ\u{621}\u{639}\u{6c0}\u{6d0}\u{6d2}\u{7ac}ეẹẻẽếềểễệ"),
    ("ee", "\u{7a9}"),
    ("ey", "\u{7ad}"),
    ("F", "ΦФՖ"),
    ("f", "φфֆ\u{641}\u{78a}"),
    ("G", "ĜĞĠĢΓГҐԳ"),
    ("g", "ĝğġģγгґգ\u{696}\u{6ab}\u{6af}\u{78e}გ"),
    ("Gh", "Ղ"),
    ("gh", "ղ\u{63a}\u{7a3}ღ"),
    ("gn", "\u{78f}"),
    ("H", "ĤĦХՀ"),
    ("h", "ĥħхհ\u{62d}\u{647}\u{6be}\u{6c1}\u{780}ჰ"),
    ("hh", "\u{799}"),
    ("I", "ÌÍÎÏĨĪĬĮİΉΊΗΙΪІИԻỈỊ"),
    ("i", "ìíîïĩīĭįıΐήίηιϊиіի\u{625}\u{7a8}იỉị"),
    ("IJ", "Ĳ"),
    ("ij", "ĳ"),
    ("J", "ĴЙՋ"),
    ("j", "ĵйջ\u{62c}\u{796}ჯ"),
    ("K", "ĶΚКԿ"),
    ("k", "ķĸκкկ\u{643}\u{6a9}\u{786}კყ"),
    ("Kh", "Խ"),
    ("kh", "խ\u{62e}\u{79a}ხ"),
    ("Kj", "Ќ"),
    ("kj", "ќ"),
    ("KS", "Ξ"),
    ("ks", "ξ"),
    ("L", "ĹĻĽĿŁΛЛԼ"),
    ("l", "ĺļľŀłλлլ\u{644}\u{78d}ლ"),
    ("lh", "\u{785}"),
    ("Lj", "Љ"),
    ("lj", "љ"),
    ("M", "ΜМՄ"),
    ("m", "μмմ\u{645}\u{789}მ"),
    ("N", "ÑŃŅŇŊΝНՆ"),
    ("n", "ñńņňŋνнն\u{646}\u{6ba}\u{6bc}\u{782}ნ"),
    ("Nj", "Њ"),
    ("nj", "њ"),
    ("O", "ÒÓÔÕØŌŎŐƠΌΏΟΩОՕỌỎỐỒỔỖỘỚỜỞỠỢ"),
    ("o", "òóôõøōŏőơοωόώоօ\u{7ae}ოọỏốồổỗộớờởỡợ"),
    ("oa", "\u{7af}"),
    ("Oe", "ÖŒ"),
    ("oe", "öœ"),
    ("oo", "\u{7ab}"),
    ("P", "ΠПՊՓ"),
    ("p", "πпպփ\u{67c}\u{67e}\u{795}პ"),
    ("ph", "ფ"),
    ("PS", "Ψ"),
    ("ps", "ψ"),
    ("Q", "Ք"),
    ("q", "ք\u{642}\u{7a4}ქ"),
    ("R", "ŔŖŘΡРՌՐ"),
    ("r", "ŕŗřρрռր\u{631}\u{691}\u{693}\u{783}რ\u{fead}"),
    ("S", "ŚŜŞŠȘΣСՍ"),
    ("s", "śŝşšșςσсս\u{633}\u{635}\u{790}\u{79e}ს"),
    ("Sh", "ШՇ"),
    ("sh", "шշ\u{634}\u{781}\u{79d}შ"),
    ("Shh", "Щ"),
    ("shh", "щ"),
    ("SS", "ẞ"),
    ("ss", "ßſ"),
    ("T", "ŢŤŦȚΤТԹՏ"),
    ("t", "ţťŧțτтթտ\u{629}\u{62a}\u{637}\u{679}\u{793}\u{7a0}თტ"),
    ("Tch", "Ճ"),
    ("tch", "ճჭ"),
    ("TH", "ÞΘ"),
    ("th", "þθ\u{62b}\u{78c}\u{79b}"),
    ("Ts", "Ծ"),
    ("ts", "ծცწ"),
    ("tt", "\u{798}"),
    ("U", "ÙÚÛŨŪŬŮŰŲƯУỤỦỨỪỬỮỰ"),
    ("u", "ùúûũūŭůűųưу\u{64f}\u{7aa}უụủứừửữự"),
    ("Ue", "Ü"),
    ("ue", "ü"),
    ("V", "ВՎ"),
    ("v", "βвվ\u{788}ვ"),
    ("Vo", "Ո"),
    ("vo", "ո"),
    ("W", "Ŵ"),
    ("w", "ŵ\u{624}\u{648}\u{7a5}"),
    ("X", "Χ"),
    ("x", "χ\u{69a}"),
    ("Y", "ÝŶŸΎΥΫЫԸՅỲỴỶỸ"),
    ("y", "ýÿŷΰυϋύыըյ\u{626}\u{64a}\u{6cc}\u{794}ỳỵỷỹ"),
    ("Ya", "Я"),
    ("ya", "я"),
    ("Ye", "ЄԵ"),
    ("ye", "єե"),
    ("yev", "և"),
    ("Yi", "Ї"),
    ("yi", "ї"),
    ("Yo", "Ё"),
    ("yo", "ё"),
    ("Yu", "Ю"),
    ("yu", "ю"),
    ("Z", "ŹŻŽΖЗԶ"),
    ("z", "źżžζзզ\u{632}\u{638}\u{681}\u{792}\u{79c}\u{7a1}ზ\u{feaf}"),
    ("Zh", "ЖԺ"),
    ("zh", "жժ\u{698}ჟ"),
];
