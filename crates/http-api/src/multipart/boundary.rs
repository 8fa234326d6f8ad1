//! The boundary from a content type.

use super::{disposition::parameter, error::MultipartError};

/// The longest boundary that RFC 2046 allows.
const LONGEST: usize = 70;

/// A valid boundary, without the two leading dashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Boundary(String);

impl Boundary {
    /// The boundary of a `Content-Type` that is `multipart/form-data`, or another `multipart` type that some clients
    /// send instead. Returns `None` for all other types.
    ///
    /// # Errors
    ///
    /// The boundary is missing, empty or too long, or contains invalid characters.
    pub(crate) fn of_content_type(value: &str) -> Result<Option<Self>, MultipartError> {
        let (kind, parameters) = value.split_once(';').unwrap_or((value, ""));
        if !kind.trim().to_ascii_lowercase().starts_with("multipart/") {
            return Ok(None);
        }
        let boundary = parameter(parameters, "boundary").ok_or(MultipartError::Boundary)?;
        // Clients use more characters than RFC 2046 allows. Printable ASCII is unambiguous here.
        let allowed = boundary.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        let fits = (1..=LONGEST).contains(&boundary.len());
        if !allowed || !fits || boundary.ends_with(' ') {
            return Err(MultipartError::Boundary);
        }
        Ok(Some(Self(boundary)))
    }

    /// The delimiter before every part but the first: a line end, two dashes, and the boundary.
    pub(super) fn delimiter(&self) -> Vec<u8> {
        format!("\r\n--{}", self.0).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_are_found_quoted_or_not_and_in_any_place() {
        for (header, boundary) in [
            ("multipart/form-data; boundary=abc", "abc"),
            ("Multipart/Form-Data;charset=utf-8;BOUNDARY=\"a b\"; x=y", "a b"),
            ("multipart/form-data; boundary=----=_Part_1.2", "----=_Part_1.2"),
            ("multipart/form-data; boundary=a:b'(c)", "a:b'(c)"),
            ("multipart/mixed; boundary=abc", "abc"),
        ] {
            assert_eq!(Boundary::of_content_type(header), Ok(Some(Boundary(boundary.to_owned()))), "{header}");
        }
    }

    #[test]
    fn a_boundary_that_cannot_be_is_refused() {
        let long = format!("multipart/form-data; boundary={}", "x".repeat(71));
        for header in [
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=\"\"",
            "multipart/form-data; boundary=\"a \"",
            "multipart/form-data; boundary=\"a\tb\"",
            "multipart/form-data; notboundary=abc",
            &long,
        ] {
            assert_eq!(Boundary::of_content_type(header), Err(MultipartError::Boundary), "{header}");
        }
    }

    #[test]
    fn other_types_have_none() {
        assert_eq!(Boundary::of_content_type("application/json; boundary=x"), Ok(None));
        assert_eq!(Boundary::of_content_type("x-multipart/form-data; boundary=x"), Ok(None));
    }
}
