//! URLs that lead to the host: `longshore serve` reads through the overlay.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use crate::project::{KEY, Project, SEGMENT, content};

/// A server. It ends when it is dropped.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn longshore(project: &Project) -> Command {
    let mut command = Command::new(longshore_test_artifacts::folder().join("longshore"));
    command.current_dir(project.path("")).stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

/// Status and body of a `GET`, with a header of one's own.
fn get(address: &str, path: &str, header: &str) -> (u16, Vec<u8>) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{header}\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("an answer");
    let status = std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap();
    (status, answer[end + 4..].to_vec())
}

#[test]
fn the_host_hands_out_what_was_encrypted() {
    let project = Project::local();
    project.configure(&format!("key = \"{KEY}\""));
    let bytes = content(2 * SEGMENT + 1000);
    fs::write(project.path("a.bin"), &bytes).unwrap();
    let put = longshore(&project).args(["object", "put", "a.bin"]).output().unwrap();
    assert!(put.status.success(), "{}", put.status);
    let stored = fs::read(project.path("files/a.bin")).unwrap();
    assert_eq!(stored.len(), 48 + bytes.len() + 3 * 16);

    let mut serve = longshore(&project);
    let mut server =
        Served(serve.args(["serve", "--bind", "127.0.0.1:0", "--admin-bind", "127.0.0.1:0"]).spawn().unwrap());
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines().map_while(Result::ok);
    let line = lines.find(|line| line.contains("listening at http://")).expect("the server says where it listens");
    let address = line.split("http://").nth(1).unwrap().split([',', ' ']).next().unwrap();

    assert!(get(address, "/uploads/a.bin", "") == (200, bytes.to_vec()), "all of it");
    let (from, to) = (SEGMENT - 5, 2 * SEGMENT + 5);
    let part = get(address, "/uploads/a.bin", &format!("range: bytes={from}-{to}\r\n"));
    assert!(part == (206, bytes[from..=to].to_vec()), "a part across segments");
    assert_eq!(get(address, "/uploads/missing.bin", "").0, 404);
}
