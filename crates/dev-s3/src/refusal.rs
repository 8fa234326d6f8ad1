//! Error responses of the server, and the completion of those from s3s. Both look like S3's.

use http::{HeaderValue, Response, StatusCode};
use s3s::Body;

/// An error response in place of the operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: String,
    pub(crate) message: String,
    /// Further elements of the body, by name.
    pub(crate) details: Vec<(&'static str, String)>,
    /// The response is a page of a proxy before S3.
    is_page: bool,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into(), details: Vec::new(), is_page: false }
    }

    /// A page for people, without an error code of S3.
    pub(crate) fn page(status: StatusCode) -> Self {
        Self { is_page: true, ..Self::new(status, "", status.to_string()) }
    }

    pub(crate) fn bad_request(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(crate) fn forbidden(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    pub(crate) fn detail(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.details.push((name, value.into()));
        self
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        if self.is_page {
            return with_body(self.status, "text/html", format!("<html><h1>{}</h1></html>", self.message));
        }
        let mut body = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
        push_element(&mut body, "Code", &self.code);
        push_element(&mut body, "Message", &self.message);
        for (name, value) in &self.details {
            push_element(&mut body, name, value);
        }
        body.push_str(END);
        with_body(self.status, "application/xml", body)
    }
}

fn with_body(status: StatusCode, content_type: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

const END: &str = "</Error>";

/// Adds the elements that every error body of S3 has: a message, the resource, and the id of the request.
pub(crate) fn complete_error(response: &mut Response<Body>, resource: &str, request_id: &str) {
    let Some(bytes) = response.body().bytes() else { return };
    let Some(start) = std::str::from_utf8(&bytes).ok().and_then(|text| text.strip_suffix(END)) else { return };
    let mut body = start.to_owned();
    if !start.contains("<Message>")
        && let Some(message) = element(start, "Code").and_then(usual_message)
    {
        push_element(&mut body, "Message", message);
    }
    push_element(&mut body, "Resource", resource);
    push_element(&mut body, "RequestId", request_id);
    body.push_str(END);
    response.headers_mut().remove(http::header::CONTENT_LENGTH);
    *response.body_mut() = Body::from(body);
}

/// The text of an element that has no children.
pub(crate) fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once("</").map(|(text, _)| text)
}

/// The messages of errors for which s3s has no message.
fn usual_message(code: &str) -> Option<&'static str> {
    Some(match code {
        "SignatureDoesNotMatch" => {
            "The request signature we calculated does not match the signature you provided. Check your key and \
             signing method."
        }
        "AccessDenied" => "Access Denied",
        "InvalidBucketName" => "The specified bucket is not valid.",
        "InvalidURI" => "Couldn't parse the specified URI.",
        "KeyTooLongError" => "Your key is too long",
        "MethodNotAllowed" => "The specified method is not allowed against this resource.",
        "NotImplemented" => "A header or query you provided implies functionality that is not implemented.",
        "MalformedXML" => "The XML you provided was not well-formed or did not validate against our published schema",
        "MissingContentLength" => "You must provide the Content-Length HTTP header.",
        "IncompleteBody" => "You did not provide the number of bytes specified by the Content-Length HTTP header",
        "InternalError" => "We encountered an internal error. Please try again.",
        _ => return None,
    })
}

fn push_element(xml: &mut String, name: &str, text: &str) {
    xml.push('<');
    xml.push_str(name);
    xml.push('>');
    for letter in text.chars() {
        match letter {
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '&' => xml.push_str("&amp;"),
            letter => xml.push(letter),
        }
    }
    xml.push_str("</");
    xml.push_str(name);
    xml.push('>');
}
