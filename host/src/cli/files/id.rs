//! Ids of the command line: the number of a row, or a `documentId`.

use longshore_media_library::FileId;

/// An id, and its text on the command line.
#[derive(Clone, Debug)]
pub(super) struct Id {
    pub(super) text: String,
    pub(super) id: FileId,
}

/// Parses an id.
pub(super) fn parse(text: &str) -> Result<Id, String> {
    let id = if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().map(FileId::Number).ok()
    } else {
        let is_one = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        is_one.then(|| FileId::Document(text.to_owned()))
    };
    let id = id.ok_or("an id is a number, or a `documentId` of small letters and digits")?;
    Ok(Id { text: text.to_owned(), id })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_numbers_or_document_ids() {
        assert_eq!(parse("12").unwrap().id, FileId::Number(12));
        let document = "wugy12c2mr82tkgwyo6vcwqp";
        assert_eq!(parse(document).unwrap().id, FileId::Document(document.into()));
        for bad in ["", "-1", "1.5", "a b", "A", "a/b", "99999999999999999999"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
