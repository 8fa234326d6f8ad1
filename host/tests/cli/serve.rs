//! `longshore serve`, as a user starts and stops it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::net::UnixDatagram,
    process::{Child, ChildStdout},
    time::{Duration, Instant},
};

use rustix::process::Signal;

use crate::{interrupt::send, project::Project};

const ANYWHERE: [&str; 4] = ["--bind", "127.0.0.1:0", "--admin-bind", "127.0.0.1:0"];
pub(crate) const EVERYBODY: &str = "[permissions]\npublic = [\"upload\", \"find\", \"findOne\", \"destroy\"]\n";

/// A server that was started.
pub(crate) struct Server {
    pub(crate) child: Child,
    stdout: BufReader<ChildStdout>,
    pub(crate) api: SocketAddr,
    pub(crate) admin: SocketAddr,
}

impl Server {
    pub(crate) fn start(project: &Project, arguments: &[&str]) -> Self {
        let mut child = project.start(&[["serve", "--json"].as_slice(), ANYWHERE.as_slice(), arguments].concat());
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let Ok(line) = serde_json::from_str::<serde_json::Value>(&line) else {
            panic!("it did not start: {}", project.end(child).all())
        };
        let address = |name: &str| line[name].as_str().unwrap().strip_prefix("http://").unwrap().parse().unwrap();
        Self { child, stdout, api: address("url"), admin: address("admin") }
    }

    /// Sends a signal and waits for the end.
    pub(crate) fn stop(self, project: &Project, signal: Signal) -> crate::project::Ran {
        send(&self.child, signal);
        drop(self.stdout);
        project.end(self.child)
    }
}

/// Sends a complete request and reads the complete response.
pub(crate) fn ask(address: SocketAddr, head: &str, body: &[u8]) -> String {
    ask_with(address, head, "", body)
}

/// Like `ask`, with further headers, each with its end of line.
pub(crate) fn ask_with(address: SocketAddr, head: &str, headers: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(stream, "{head} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}").unwrap();
    if length > 0 {
        stream.write_all(b"content-type: multipart/form-data; boundary=b\r\n").unwrap();
    }
    stream.write_all(b"\r\n").unwrap();
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

pub(crate) fn file(name: &str, content: &str) -> Vec<u8> {
    format!(
        "--b\r\ncontent-disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\
         content-type: text/plain\r\n\r\n{content}\r\n--b--\r\n"
    )
    .into_bytes()
}

#[test]
fn a_server_stores_and_lists_files_and_ends_after_a_signal() {
    for signal in [Signal::TERM, Signal::INT] {
        let project = Project::local();
        project.write("config/longshore.toml", EVERYBODY);
        let server = Server::start(&project, &[]);
        let stored = ask(server.api, "POST /api/upload", &file("a.txt", "hello"));
        assert!(stored.starts_with("HTTP/1.1 201 "), "{stored}");
        assert!(ask(server.api, "GET /api/upload/files", b"").contains("\"name\":\"a.txt\""));
        assert!(ask(server.admin, "GET /_ready", b"").starts_with("HTTP/1.1 204 "));
        let metrics = ask(server.admin, "GET /metrics", b"");
        assert!(
            metrics.contains("longshore_http_requests_total{method=\"POST\",route=\"/api/upload\",status=\"201\"} 1")
        );
        assert!(metrics.contains("longshore_files_unfinished{state=\"pending\"} 0"), "{metrics}");
        let ended = server.stop(&project, signal).expect(0);
        assert!(ended.stderr.contains("stopping"), "{}", ended.stderr);
        assert!(project.path("data/longshore.db").is_file());
    }
}

#[test]
fn requests_in_flight_end_first_and_a_second_signal_does_not_wait() {
    let project = Project::local();
    project.write("config/longshore.toml", EVERYBODY);
    let body = file("a.txt", "hello");
    let begin = |server: &Server, body: &[u8], sent: usize| {
        let mut upload = TcpStream::connect(server.api).unwrap();
        let head = format!(
            "POST /api/upload HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        upload.write_all(head.as_bytes()).unwrap();
        upload.write_all(&body[..sent]).unwrap();
        until_in_flight(server);
        upload
    };
    let mut server = Server::start(&project, &[]);
    let mut upload = begin(&server, &body, 20);
    send(&server.child, Signal::TERM);
    let stderr = &mut BufReader::new(server.child.stderr.take().unwrap());
    let mut note = String::new();
    stderr.read_line(&mut note).unwrap();
    assert!(note.starts_with("stopping"), "{note}");
    upload.write_all(&body[20..]).unwrap();
    let mut answer = String::new();
    upload.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    assert_eq!(server.child.wait().unwrap().code(), Some(0));

    let mut server = Server::start(&project, &[]);
    // A streamed upload takes longest to undo.
    let large = file("large.bin", &"x".repeat(4_000_000));
    let _upload = begin(&server, &large, 3_000_000);
    send(&server.child, Signal::TERM);
    let mut stderr = BufReader::new(server.child.stderr.take().unwrap());
    stderr.read_line(&mut note).unwrap();
    let second = Instant::now();
    send(&server.child, Signal::TERM);
    assert_eq!(server.child.wait().unwrap().code(), Some(130));
    // Waiting for the upload would take twice as long.
    assert!(second.elapsed() < Duration::from_secs(10), "{:?}", second.elapsed());
}

fn until_in_flight(server: &Server) {
    crate::interrupt::until("the upload", || {
        ask(server.admin, "GET /metrics", b"").contains("longshore_uploads_in_flight 1")
    });
}

#[test]
fn a_service_manager_gets_ready_and_stopping() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let told = || {
        let mut message = [0; 64];
        let length = manager.recv(&mut message).unwrap();
        String::from_utf8_lossy(&message[..length]).trim_end().to_owned()
    };
    let project = Project::local().with_variable("NOTIFY_SOCKET", path.to_str().unwrap());
    let server = Server::start(&project, &[]);
    assert_eq!(told(), "READY=1");
    server.stop(&project, Signal::TERM).expect(0);
    assert_eq!(told(), "STOPPING=1");
}

#[test]
fn a_library_that_is_switched_off_is_not_served() {
    let project = Project::new("[upload]\nenabled = false\n");
    let ran = project.run(&["serve"]).expect(3);
    assert!(
        ran.stderr.contains("config/plugins.toml:2:1: upload.enabled: the media library is switched off"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_error_for_a_taken_address_names_the_address() {
    let project = Project::local();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = project.run(&["serve", "--bind", &address]).expect(1);
    assert!(ran.stderr.contains(&format!("error: cannot listen at {address}")), "{}", ran.stderr);
}

#[test]
fn a_wrong_setting_keeps_it_from_starting() {
    let project = Project::local();
    project.write("config/longshore.toml", "[cors]\ncredentials = true\n");
    for verb in [["serve"].as_slice(), &["config", "check"]] {
        let ran = project.run(verb).expect(3);
        assert!(ran.stderr.contains("config/longshore.toml:2:1: cors.credentials: pages of any"), "{}", ran.stderr);
    }
}

#[test]
fn the_addresses_of_the_server_are_printed_as_text_too() {
    let project = Project::local();
    let mut child = project.start(&[&["serve"], ANYWHERE.as_slice()].concat());
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("listening at http://127.0.0.1:"), "{line}");
    assert!(line.trim_end().ends_with("new files go to `local`"), "{line}");
    send(&child, Signal::TERM);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn health_and_metrics_can_be_switched_off_on_the_command_line() {
    let project = Project::local();
    let mut child = project.start(&["serve", "--json", "--bind", "127.0.0.1:0", "--admin-bind", "off"]);
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert!(line["admin"].is_null() && line["url"].is_string(), "{line}");
    send(&child, Signal::TERM);
    project.end(child).expect(0);
    let same = ["serve", "--bind", "127.0.0.1:4321", "--admin-bind", "127.0.0.1:4321"];
    let ran = project.run(&same).expect(2);
    assert!(ran.stderr.contains("need the same port of one address"), "{}", ran.stderr);
}
