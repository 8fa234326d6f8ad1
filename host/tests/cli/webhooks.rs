//! Events, delivered to a receiver behind TLS.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread::{self, JoinHandle},
};

use rustix::process::Signal;

use crate::{
    interrupt::until,
    operators::{commands, has, run},
    project::Project,
    serve::{Server, ask, file},
    tls::{Connection, Identity},
};

/// A receiver of one message over TLS.
struct Receiver {
    port: u16,
    certificate: String,
    /// Head and body of the request; empty if the client closed the connection.
    taken: JoinHandle<Option<String>>,
}

impl Receiver {
    fn start() -> Self {
        let identity = Identity::new();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let certificate = identity.certificate.clone();
        let taken = thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            take(identity.accept(stream))
        });
        Self { port, certificate, taken }
    }

    /// A project whose events go to the receiver, with an environment that trusts the certificate `trusted`.
    fn project(&self, trusted: &str) -> Project {
        let project = Project::local();
        let trusted = project.write("trusted.pem", trusted);
        let url = format!("https://127.0.0.1:{}/hook", self.port);
        let settings = "[permissions]\npublic = [\"upload\"]\n[[webhooks]]\nsecret = \"of the hook\"\n";
        project.write("config/longshore.toml", format!("{settings}url = \"{url}\"\n"));
        project.with_variable("SSL_CERT_FILE", trusted.to_str().unwrap())
    }
}

fn take(mut stream: Connection) -> Option<String> {
    let mut message = Vec::new();
    let mut buffer = [0; 4096];
    while !message.ends_with(b"}}") {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(length) => message.extend_from_slice(&buffer[..length]),
        }
    }
    stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").ok()?;
    stream.conn.send_close_notify();
    let _ = stream.flush();
    Some(String::from_utf8(message).unwrap())
}

#[test]
fn a_message_reaches_a_receiver_whose_certificate_is_trusted() {
    let receiver = Receiver::start();
    let project = receiver.project(&receiver.certificate);
    let server = Server::start(&project, &[]);
    let stored = ask(server.api, "POST /api/upload", &file("a.txt", "hello"));
    assert!(stored.starts_with("HTTP/1.1 201 "), "{stored}");
    let message = receiver.taken.join().unwrap().unwrap();
    assert!(message.starts_with("POST /hook HTTP/1.1\r\n"), "{message}");
    assert!(message.contains("\r\nx-strapi-event: media.create\r\n"), "{message}");
    assert!(message.contains("\r\nx-longshore-signature: t="), "{message}");
    assert!(message.contains("\"name\":\"a.txt\""), "{message}");
    server.stop(&project, Signal::TERM).expect(0);
    if has("python3") {
        check_signature_as_documented(&project, &message);
    } else {
        println!("not tried: this system has no python3");
    }
}

/// Runs the Python of docs/webhooks.md on a message.
fn check_signature_as_documented(project: &Project, message: &str) {
    let (head, body) = message.split_once("\r\n\r\n").unwrap();
    let signature = head.lines().find_map(|line| line.strip_prefix("x-longshore-signature: ")).unwrap();
    project.write("body", body);
    let documented = ["import hashlib", "def is_ours"].map(|part| commands("docs/webhooks.md", part).join("\n"));
    let checks = [
        "body = open('body', 'rb').read()",
        &format!("assert is_ours('of the hook', '{signature}', body)"),
        &format!("assert not is_ours('another secret', '{signature}', body)"),
        &format!("assert not is_ours('of the hook', '{signature}', body + b' ')"),
    ];
    project.write("check.py", format!("{}\n{}\n", documented.join("\n"), checks.join("\n")));
    run(project, "python3 check.py");
}

#[test]
fn a_receiver_with_an_untrusted_certificate_gets_no_message() {
    let (receiver, other) = (Receiver::start(), Receiver::start());
    let project = receiver.project(&other.certificate);
    let server = Server::start(&project, &[]);
    ask(server.api, "POST /api/upload", &file("a.txt", "hello"));
    until("the failure", || {
        let metrics = ask(server.admin, "GET /metrics", b"");
        metrics.lines().any(|line| line.contains("outcome=\"failed\"") && !line.ends_with(" 0"))
    });
    assert_eq!(receiver.taken.join().unwrap(), None);
    let ended = server.stop(&project, Signal::TERM).expect(0);
    assert!(ended.stderr.contains("certificate"), "the log says why: {}", ended.stderr);
}
