//! The header of a part.

use super::{disposition::Disposition, error::MultipartError};

/// The header of a part: field name, file name and content type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// The name of the field, or an empty string.
    pub(crate) name: String,
    /// The name of the file. A part with a file name is a file.
    pub(crate) filename: Option<String>,
    /// The declared type of the content.
    pub(crate) content_type: Option<String>,
}

impl Head {
    /// Parses the lines of a header, with or without the empty line at the end.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, MultipartError> {
        let text = String::from_utf8_lossy(bytes);
        // A line that starts with a space or tab continues the previous line.
        let text = text.replace("\r\n ", " ").replace("\r\n\t", " ");
        let mut head = Self::default();
        for line in text.split("\r\n").filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':').ok_or(MultipartError::Head("a line has no colon"))?;
            let (name, value) = (name.trim_end(), value.trim());
            if name.eq_ignore_ascii_case("content-disposition") {
                let disposition = Disposition::parse(value).unwrap_or_default();
                if disposition.undecodable {
                    return Err(MultipartError::Head("its `filename*` cannot be decoded: UTF-8 is expected"));
                }
                head.name = disposition.name.unwrap_or_default();
                head.filename = disposition.filename;
            } else if name.eq_ignore_ascii_case("content-type") {
                head.content_type = Some(value.to_owned());
            } else if name.eq_ignore_ascii_case("content-transfer-encoding") {
                // RFC 7578 deprecates this header. These three encodings leave the bytes unchanged, but content in any
                // other encoding would be stored encoded.
                let plain = ["binary", "8bit", "7bit"].iter().any(|plain| value.eq_ignore_ascii_case(plain));
                if !plain {
                    return Err(MultipartError::Head("its content has a transfer encoding"));
                }
            }
        }
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_come_in_any_case_and_order() {
        let head = Head::parse(
            b"CONTENT-TYPE: image/png\r\nX-Other: 1\r\ncontent-disposition: form-data; name=\"files\";\r\n filename=\"a.png\"\r\n\r\n",
        );
        let expected = Head {
            name: "files".to_owned(),
            filename: Some("a.png".to_owned()),
            content_type: Some("image/png".to_owned()),
        };
        assert_eq!(head, Ok(expected));
    }

    #[test]
    fn a_file_name_that_cannot_be_decoded_is_refused() {
        for value in ["UTF-8''%FF", "koi8-r''%C1", "nonsense"] {
            let head = format!("Content-Disposition: form-data; name=\"files\"; filename*={value}\r\n\r\n");
            assert!(matches!(Head::parse(head.as_bytes()), Err(MultipartError::Head(_))), "{value}");
        }
    }

    #[test]
    fn no_header_at_all_is_nobody() {
        assert_eq!(Head::parse(b"\r\n"), Ok(Head::default()));
    }

    #[test]
    fn a_line_without_a_colon_is_malformed() {
        assert!(matches!(Head::parse(b"nonsense\r\n\r\n"), Err(MultipartError::Head(_))));
    }

    #[test]
    fn an_encoded_content_is_refused() {
        assert!(matches!(Head::parse(b"Content-Transfer-Encoding: base64\r\n\r\n"), Err(MultipartError::Head(_))));
        assert!(Head::parse(b"Content-Transfer-Encoding: BINARY\r\n\r\n").is_ok());
    }
}
