//! Files of the local provider are served at their URLs.

use std::fs;

use rustix::process::Signal;

use crate::{
    project::Project,
    serve::{EVERYBODY, Server, ask, file},
};

/// A project whose files are in `files`, with additional options.
fn project(options: &str) -> Project {
    let project = Project::new(&format!(
        "[upload.config]\nprovider = \"local\"\n[upload.config.providerOptions]\ndirectory = \"files\"\n{options}\n"
    ));
    fs::create_dir(project.path("files")).unwrap();
    project.write("config/longshore.toml", EVERYBODY);
    project
}

/// Uploads a file and returns its URL.
fn upload(server: &Server, name: &str, content: &str) -> String {
    let answer = ask(server.api, "POST /api/upload", &file(name, content));
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    let body = answer.split("\r\n\r\n").nth(1).unwrap();
    let stored: serde_json::Value = serde_json::from_str(body).unwrap();
    stored[0]["url"].as_str().unwrap().to_owned()
}

fn get(server: &Server, path: &str) -> String {
    ask(server.api, &format!("GET {path}"), b"")
}

#[test]
fn the_url_of_an_upload_returns_the_file_with_any_options() {
    for (options, begins) in [
        ("", "/uploads/"),
        ("rootPath = \"library\"", "/uploads/library/"),
        ("rootPath = \"/a b/ü/\"", "/uploads/a%20b/%C3%BC/"),
        ("publicPath = \"/media\"", "/media/"),
        ("publicPath = \"/\"", "/"),
        ("publicPath = \"/my/media/\"\nrootPath = \"library\"", "/my/media/library/"),
        ("publicPath = \"/m%C3%A9dia\"", "/m%C3%A9dia/"),
        ("publicPath = \"https://media.example.org/f\"\nrootPath = \"r\"", "https://media.example.org/f/r/"),
        ("publicPath = \"https://media.example.org\"", "https://media.example.org/"),
        ("publicPath = \"//media.example.org/f/\"", "//media.example.org/f/"),
    ] {
        let project = project(options);
        let server = Server::start(&project, &[]);
        let url = upload(&server, "a.txt", "hello");
        assert!(url.starts_with(begins), "{options}: {url}");
        let path = url.trim_start_matches("https:").trim_start_matches("//media.example.org");
        let answer = get(&server, path);
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\nhello"), "{options}: {url}: {answer}");
        assert!(get(&server, &format!("{begins}missing.txt")).starts_with("HTTP/1.1 404 "), "{options}");
        let metrics = ask(server.admin, "GET /metrics", b"");
        let read = "longshore_http_requests_total{method=\"GET\",route=\"/uploads/{*path}\",status=\"200\"} 1";
        assert!(metrics.contains(read), "{options}: {metrics}");
        server.stop(&project, Signal::TERM);
    }
}

#[test]
fn files_outside_of_the_root_are_not_served() {
    let project = project("rootPath = \"library\"");
    project.write("files/secret.txt", "secret");
    let server = Server::start(&project, &[]);
    let url = upload(&server, "a.txt", "hello");
    let path = url.strip_prefix("/uploads/library/").unwrap();
    for path in ["secret.txt", "library/../secret.txt", "library/%2e%2e/secret.txt", path] {
        assert!(get(&server, &format!("/uploads/{path}")).starts_with("HTTP/1.1 404 "), "{path}");
    }
    server.stop(&project, Signal::TERM);
}

#[test]
fn each_provider_has_a_place_of_its_own() {
    let project = project(
        "publicPath = \"/new\"\n[upload.providers.encrypted.providerOptions]\ndirectory = \"files\"\nrootPath = \"old\"\n\
         [upload.providers.encrypted.providerOptions.encryption]\nkey = \"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\"\nallowPlaintext = true",
    );
    project.write("files/old/b.txt", "old");
    let server = Server::start(&project, &[]);
    let url = upload(&server, "a.txt", "hello");
    assert!(get(&server, &url).ends_with("\r\n\r\nhello"), "{url}");
    let old = get(&server, "/uploads/old/b.txt");
    assert!(old.ends_with("\r\n\r\nold"), "{old}");
    server.stop(&project, Signal::TERM);
}

#[test]
fn how_long_a_file_may_be_kept_is_configured() {
    for (options, said) in [
        ("", "max-age=0"),
        ("[upload.config.providerOptions.localServer]\nmaxage = 300_000", "max-age=300"),
        ("[upload.config.providerOptions.localServer]\nmaxage = 1_999", "max-age=1"),
    ] {
        let project = project(options);
        let server = Server::start(&project, &[]);
        let answer = get(&server, &upload(&server, "a.txt", "hello"));
        assert!(answer.contains(&format!("cache-control: {said}\r\n")), "{options}: {answer}");
        server.stop(&project, Signal::TERM);
    }
}

#[test]
fn urls_within_the_api_are_refused_at_the_start() {
    for path in ["/api", "/API/files/", "https://example.org/api/upload"] {
        let project = project(&format!("publicPath = \"{path}\""));
        let ran = project.run(&["serve", "--bind", "127.0.0.1:0", "--admin-bind", "127.0.0.1:0"]);
        assert_eq!(ran.code, 3, "{}", ran.all());
        assert!(ran.stderr.contains("publicPath"), "{}", ran.stderr);
    }
}
