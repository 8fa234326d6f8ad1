//! Renders the document as one static HTML page without scripts or external resources.

use std::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("style.css");

/// Returns the page of the document at `path`, and a content security policy that permits only the page's own style.
pub(super) fn render(document: &Value, path: &str) -> (String, String) {
    let info = &document["info"];
    let mut page = Page { document, html: String::new() };
    page.raw("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
    page.text(text(&info["title"]));
    page.raw("</title><meta name=\"viewport\" content=\"width=device-width\"><style>");
    page.raw(STYLE);
    page.raw("</style></head><body><h1>");
    page.text(text(&info["title"]));
    page.raw(" <small>");
    page.text(text(&info["version"]));
    page.raw("</small></h1>");
    page.paragraph(&info["description"]);
    page.raw("<p><a href=\"");
    page.text(path);
    page.raw("\">The same for programs</a></p>");
    for tag in array(&document["tags"]) {
        page.raw("<h2>");
        page.text(text(&tag["name"]));
        page.raw("</h2>");
        page.paragraph(&tag["description"]);
        for (path, item) in entries(&document["paths"]) {
            for method in ["get", "post", "put", "patch", "delete"] {
                let operation = &item[method];
                if array(&operation["tags"]).contains(&tag["name"]) {
                    page.operation(method, path, item, operation);
                }
            }
        }
    }
    page.raw("<h2>schemas</h2>");
    for (name, schema) in entries(&document["components"]["schemas"]) {
        page.schema(name, schema);
    }
    page.raw("</body></html>\n");
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    (
        page.html,
        format!(
            "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
    )
}

struct Page<'a> {
    document: &'a Value,
    html: String,
}

impl<'a> Page<'a> {
    fn operation(&mut self, method: &str, path: &str, item: &'a Value, operation: &'a Value) {
        let id = text(&operation["operationId"]);
        let _ = write!(self.html, "<details id=\"{id}\"><summary><b class=\"{method}\">{method}</b> <code>");
        self.text(path);
        self.raw("</code> ");
        self.text(text(&operation["summary"]));
        self.raw("</summary>");
        self.paragraph(&operation["description"]);
        for server in array(&item["servers"]) {
            self.raw("<p>On <code>");
            self.text(text(&server["url"]));
            self.raw("</code>, ");
            self.marked(text(&server["description"]));
            self.raw("</p>");
        }
        let parameters: Vec<_> = array(&item["parameters"]).iter().chain(array(&operation["parameters"])).collect();
        if !parameters.is_empty() {
            self.raw("<h4>Parameters</h4><table>");
            for parameter in parameters {
                let parameter = self.resolved(parameter);
                self.row(text(&parameter["name"]), text(&parameter["in"]), &parameter["description"]);
            }
            self.raw("</table>");
        }
        for (mime, body) in entries(&operation["requestBody"]["content"]) {
            self.raw("<h4>Body: <code>");
            self.text(mime);
            self.raw("</code></h4>");
            self.properties(&body["schema"]);
        }
        self.raw("<h4>Answers</h4><table>");
        for (status, response) in entries(&operation["responses"]) {
            let response = self.resolved(response);
            let kind =
                entries(&response["content"]).next().map(|(_, body)| Self::kind(&body["schema"])).unwrap_or_default();
            self.row(status, &kind, &response["description"]);
        }
        self.raw("</table></details>");
    }

    fn schema(&mut self, name: &str, schema: &'a Value) {
        let _ = write!(self.html, "<details id=\"schema-{name}\"><summary><code>{name}</code> ");
        self.text(text(&schema["description"]));
        self.raw("</summary>");
        self.properties(schema);
        self.raw("</details>");
    }

    /// Renders a row for each property, including those of `allOf` and `oneOf`.
    fn properties(&mut self, schema: &'a Value) {
        let schema = self.resolved(schema);
        if schema["properties"].is_object() {
            self.raw("<table>");
            for (name, property) in entries(&schema["properties"]) {
                let kind = Self::kind(property);
                self.row(name, &kind, &property["description"]);
            }
            self.raw("</table>");
        }
        for part in array(&schema["allOf"]).iter().chain(array(&schema["oneOf"])) {
            self.properties(part);
        }
    }

    /// A short description of the schema's type.
    fn kind(schema: &Value) -> String {
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/components/schemas/")) {
            return name.to_owned();
        }
        let alternatives = array(&schema["oneOf"]);
        if !alternatives.is_empty() {
            return alternatives.iter().map(Self::kind).collect::<Vec<_>>().join(" or ");
        }
        match &schema["type"] {
            Value::Array(types) => types.iter().map(text).collect::<Vec<_>>().join(" or "),
            Value::String(name) if name == "array" => format!("array of {}", Self::kind(&schema["items"])),
            kind => text(kind).to_owned(),
        }
    }

    fn resolved(&self, value: &'a Value) -> &'a Value {
        let target = value["$ref"].as_str().and_then(|path| self.document.pointer(path.trim_start_matches('#')));
        target.unwrap_or(value)
    }

    fn row(&mut self, name: &str, kind: &str, description: &Value) {
        self.raw("<tr><td><code>");
        self.text(name);
        self.raw("</code></td><td>");
        self.text(kind);
        self.raw("</td><td>");
        self.marked(text(description));
        self.raw("</td></tr>");
    }

    fn paragraph(&mut self, value: &Value) {
        if let Some(value) = value.as_str() {
            self.raw("<p>");
            self.marked(value);
            self.raw("</p>");
        }
    }

    /// Renders text in which backticks mark code.
    fn marked(&mut self, value: &str) {
        for (index, part) in value.split('`').enumerate() {
            let is_code = index % 2 == 1;
            self.raw(if is_code { "<code>" } else { "" });
            self.text(part);
            self.raw(if is_code { "</code>" } else { "" });
        }
    }

    fn text(&mut self, value: &str) {
        for c in value.chars() {
            match c {
                '<' => self.html.push_str("&lt;"),
                '>' => self.html.push_str("&gt;"),
                '&' => self.html.push_str("&amp;"),
                '"' => self.html.push_str("&quot;"),
                c => self.html.push(c),
            }
        }
    }

    fn raw(&mut self, html: &str) {
        self.html.push_str(html);
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter).map(|(name, value)| (name.as_str(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_the_document_are_escaped() {
        let document = serde_json::json!({"info": {"title": "<b>&\"", "description": "a `<i>` b"}});
        let (html, _) = render(&document, "/document");
        assert!(html.contains("<title>&lt;b&gt;&amp;&quot;</title>"), "{html}");
        assert!(html.contains("<p>a <code>&lt;i&gt;</code> b</p>"), "{html}");
    }

    #[test]
    fn the_page_loads_and_runs_nothing() {
        let (html, policy) = render(&crate::openapi::document(), "/document");
        assert!(!html.contains("<script") && !html.contains("src=") && !html.contains("style="), "{html}");
        assert!(!policy.contains("unsafe") && !policy.contains("http"));
    }
}
