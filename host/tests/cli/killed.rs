//! `longshore serve`, killed while many clients upload, replace and delete.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use longshore_dev_s3::{Fault, Operation};
use rustix::process::Signal;
use serde_json::Value;

use crate::{
    interrupt::{send, until},
    s3,
    serve::{Server, ask},
};

const CLIENTS: u64 = 6;
const KILLS: u64 = 4;
const SETTINGS: &str = "[permissions]\npublic = [\"upload\", \"find\", \"destroy\"]\n\
                        [limits]\nsmallFile = 65536\n[database]\nlease = 5\nsweepEvery = 1\n";

/// The state that the clients share.
struct World {
    /// Where the server listens; a new port after each start.
    at: Mutex<SocketAddr>,
    /// Files whose upload got a response, and whose removal no client has requested.
    stored: Mutex<BTreeSet<u64>>,
    over: AtomicBool,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_under_load_loses_nothing_and_leaves_nothing() {
    kill_under_load("").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_does_it_on_postgresql() {
    let Some(postgres) = longshore_dev_postgres::Server::start() else { return };
    kill_under_load(&format!("url = \"{}\"\n", postgres.url("postgres"))).await;
}

/// The upload in parts that the killed server had begun belongs to a file that stays: no removal would abort it.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_replacement_in_parts_leaves_no_open_upload() {
    let s3 = s3::server().await;
    let project = s3::project(&s3, "aws-s3");
    project.write("config/longshore.toml", SETTINGS);
    let mut server = Server::start(&project, &[]);
    let small = form("a.bin", &vec![1; 30_000]);
    let large = form("d.bin", &vec![3; 12 << 20]);
    let id = uploaded(&request(server.api, "POST /api/upload", &small, small.len()).unwrap()).unwrap();
    let before = s3.keys("media");

    s3.faults().inject(Fault::hang().on(Operation::UploadPart));
    let api = server.api;
    let client = thread::spawn(move || request(api, &format!("POST /api/upload?id={id}"), &large, large.len()));
    until("an upload in parts", || !s3.open_uploads("media").is_empty());
    send(&server.child, Signal::KILL);
    server.child.wait().unwrap();
    let _ = client.join();
    s3.faults().clear();

    server = Server::start(&project, &[]);
    until("the sweeper", || s3.open_uploads("media").is_empty() && unfinished(server.admin) == 0);
    assert_eq!(s3.keys("media"), before);
    assert!(ask(server.api, "GET /api/upload/files", b"").contains("\"size\":30,"), "the file is the old one");
    server.stop(&project, Signal::TERM).expect(0);
}

async fn kill_under_load(database: &str) {
    let seed = std::env::var("LONGSHORE_TEST_SEED").ok().map_or(7, |seed| seed.parse().unwrap());
    let s3 = s3::server().await;
    let project = s3::project(&s3, "aws-s3");
    project.write("config/longshore.toml", format!("{SETTINGS}{database}"));
    let mut server = Server::start(&project, &[]);
    let world = World { at: Mutex::new(server.api), stored: Mutex::default(), over: AtomicBool::new(false) };
    let bodies = bodies();
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (world, bodies) = (&world, &bodies);
            scope.spawn(move || work(world, bodies, Random(seed * 1000 + client + 1)));
        }
        let mut random = Random(seed * 1000 + 999);
        for kill in 0..KILLS {
            // Each kill waits until more files are stored.
            until("an upload", || world.stored.lock().unwrap().len() as u64 > kill);
            thread::sleep(Duration::from_millis(200 + random.next() % 1000));
            send(&server.child, Signal::KILL);
            server.child.wait().unwrap();
            server = Server::start(&project, &[]);
            *world.at.lock().unwrap() = server.api;
        }
        world.over.store(true, Ordering::Relaxed);
    });
    until("the sweeper", || unfinished(server.admin) == 0);

    let answer = ask(server.api, "GET /api/upload/files", b"");
    let files: Vec<Value> =
        serde_json::from_str(&answer[answer.find('[').unwrap()..=answer.rfind(']').unwrap()]).unwrap();
    let rows: BTreeSet<String> = files.iter().flat_map(keys).collect();
    let objects: BTreeSet<String> = s3.keys("media").into_iter().collect();
    let orphans: Vec<&String> = objects.difference(&rows).collect();
    let missing: Vec<&String> = rows.difference(&objects).collect();
    assert!(
        orphans.is_empty() && missing.is_empty(),
        "orphans {orphans:?}, missing {missing:?}; LONGSHORE_TEST_SEED={seed}"
    );
    let open = s3.open_uploads("media");
    assert!(open.is_empty(), "open uploads {open:?}; LONGSHORE_TEST_SEED={seed}");
    let there: BTreeSet<u64> = files.iter().map(|file| file["id"].as_u64().unwrap()).collect();
    let lost: Vec<u64> = world.stored.lock().unwrap().difference(&there).copied().collect();
    assert!(lost.is_empty(), "uploads that returned success are lost: {lost:?}; LONGSHORE_TEST_SEED={seed}");
    server.stop(&project, Signal::TERM).expect(0);
}

/// The number of rows whose change has not ended.
fn unfinished(admin: SocketAddr) -> u64 {
    let metrics = ask(admin, "GET /metrics", b"");
    let unfinished = metrics.lines().filter(|line| line.starts_with("longshore_files_unfinished{"));
    unfinished.fold(0, |sum, line| sum + line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
}

/// The keys of a file and its formats, from their URLs.
fn keys(file: &Value) -> Vec<String> {
    let formats = file["formats"].as_object().into_iter().flat_map(|formats| formats.values());
    let urls = formats.chain([file]).map(|object| object["url"].as_str().unwrap());
    urls.map(|url| url.split_once("/media/").unwrap().1.to_owned()).collect()
}

fn work(world: &World, bodies: &[Vec<u8>], mut random: Random) {
    while !world.over.load(Ordering::Relaxed) {
        let at = *world.at.lock().unwrap();
        let some = world.stored.lock().unwrap().iter().nth(random.below(8)).copied();
        let body = &bodies[random.below(bodies.len())];
        let done = match (random.below(10), some) {
            (0 | 1, Some(id)) => {
                world.stored.lock().unwrap().remove(&id);
                request(at, &format!("DELETE /api/upload/files/{id}"), b"", 0)
            }
            (2 | 3, Some(id)) => request(at, &format!("POST /api/upload?id={id}"), body, body.len()),
            (4, _) => request(at, "POST /api/upload", body, random.below(body.len())),
            _ => request(at, "POST /api/upload", body, body.len()).inspect(|answer| {
                if let Some(id) = uploaded(answer) {
                    world.stored.lock().unwrap().insert(id);
                }
            }),
        };
        // The server is not running.
        if done.is_none() {
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The id in the response to an upload.
fn uploaded(answer: &str) -> Option<u64> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let files: Value = serde_json::from_str(body).ok()?;
    head.starts_with("HTTP/1.1 201 ").then(|| files[0]["id"].as_u64()).flatten()
}

/// Sends `send` bytes of the body, and reads the response if that is the whole body. `None` if the connection breaks.
fn request(at: SocketAddr, head: &str, body: &[u8], send: usize) -> Option<String> {
    let mut stream = TcpStream::connect(at).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    let length = body.len();
    let head = format!(
        "{head} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: multipart/form-data; boundary=b\r\n\
         content-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&body[..send]).ok()?;
    let mut answer = String::new();
    if send == length {
        stream.read_to_string(&mut answer).ok()?;
    }
    Some(answer)
}

/// A small file, an image with formats, a file that is streamed, and a file that is uploaded in several parts.
fn bodies() -> Vec<Vec<u8>> {
    vec![
        form("a.bin", &vec![1; 30_000]),
        form("b.png", &picture()),
        form("c.bin", &vec![2; 200_000]),
        form("d.bin", &vec![3; 12 << 20]),
    ]
}

fn form(name: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("--b\r\ncontent-disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\r\n");
    [head.as_bytes(), content, b"\r\n--b--\r\n"].concat()
}

fn picture() -> Vec<u8> {
    let (width, height) = (700_u32, 300_u32);
    let mut random = Random(1);
    let pixels: Vec<u8> = (0..width * height * 3).map(|_| random.next().to_le_bytes()[0]).collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    file
}

/// Pseudo-random numbers from a seed (xorshift64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }
}
