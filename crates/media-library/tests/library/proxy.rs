//! A proxy before PostgreSQL that cuts the connection at a commit.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use longshore_dev_postgres::Server;
use longshore_media_library::Database;
use longshore_provider::Secret;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
};

/// How far the commit comes at which a connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Not to the server.
    Lost,
    /// To the server, which may or may not have done it yet.
    OnItsWay,
    /// To the server, whose answer is lost.
    Done,
}

/// A planned cut at a commit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    /// So many commits pass before.
    pub(crate) pass: usize,
    pub(crate) fate: Fate,
    /// Whether the server cannot be reached from then on.
    pub(crate) gone: bool,
}

/// The proxy.
pub(crate) struct Proxy {
    port: u16,
    state: Arc<State>,
}

struct State {
    socket: String,
    cut: Mutex<Option<Cut>>,
    /// The statement that was cut.
    statement: Mutex<Option<String>>,
    gone: watch::Sender<bool>,
}

impl Proxy {
    /// Before the server that the tests share.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = Server::shared().unwrap().url("postgres");
        let socket = format!("{}/.s.PGSQL.5432", url.split_once("host=").unwrap().1);
        let state = Arc::new(State {
            socket,
            cut: Mutex::default(),
            statement: Mutex::default(),
            gone: watch::Sender::new(false),
        });
        let serving = state.clone();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let (state, mut gone) = (serving.clone(), serving.gone.subscribe());
                tokio::spawn(async move {
                    if *gone.borrow() {
                        // An end of the stream: clients do not try again after it, as they do when a connection is refused.
                        let _ = client.read(&mut [0; 1024]).await;
                        return;
                    }
                    tokio::select! {
                        _ = gone.wait_for(|gone| *gone) => {}
                        () = connection(&state, client) => {}
                    }
                });
            }
        });
        Self { port, state }
    }

    /// The same database, through the proxy.
    pub(crate) fn before(&self, database: &Database) -> Database {
        let Database::Postgres { url, connections } = database else { panic!("it is no server's") };
        let path = url.expose().split('?').next().unwrap();
        let name = path.rsplit('/').next().unwrap();
        let url = format!("postgres://longshore@127.0.0.1:{}/{name}?sslmode=disable", self.port);
        Database::Postgres { url: Secret::new(url), connections: *connections }
    }

    /// Cuts a connection at a commit to come.
    pub(crate) fn arm(&self, cut: Cut) {
        *lock(&self.state.statement) = None;
        *lock(&self.state.cut) = Some(cut);
    }

    /// Nothing is cut any longer, and the server can be reached. Answers the statement that was cut.
    pub(crate) fn disarm(&self) -> Option<String> {
        *lock(&self.state.cut) = None;
        self.state.gone.send_replace(false);
        lock(&self.state.statement).take()
    }
}

impl State {
    /// The planned cut at a commit of this statement.
    fn fate(&self, statement: &str) -> Option<Cut> {
        let mut cut = lock(&self.cut);
        let pending = cut.as_mut()?;
        if pending.pass > 0 {
            pending.pass -= 1;
            return None;
        }
        *lock(&self.statement) = Some(statement.to_owned());
        cut.take()
    }
}

/// The messages of a client so far, as far as commits are concerned.
#[derive(Default)]
struct Talk {
    unread: Vec<u8>,
    has_begun: bool,
    in_transaction: bool,
    prepared: HashMap<String, String>,
    bound: Option<String>,
}

/// Passes on what both say, until one of them ends or the connection is cut.
async fn connection(state: &State, mut client: TcpStream) {
    let mut server = UnixStream::connect(&state.socket).await.unwrap();
    let (mut talk, mut sent, mut said) = (Talk::default(), vec![0; 64 * 1024], vec![0; 64 * 1024]);
    loop {
        tokio::select! {
            read = client.read(&mut sent) => {
                let Ok(1..) = read else { return };
                talk.unread.extend_from_slice(&sent[..read.unwrap()]);
                while let Some((message, commits)) = talk.next() {
                    let cut = commits.and_then(|statement| state.fate(&statement));
                    if cut.is_none_or(|cut| cut.fate != Fate::Lost) && server.write_all(&message).await.is_err() {
                        return;
                    }
                    let Some(cut) = cut else { continue };
                    if cut.fate == Fate::Done {
                        // "Ready for query".
                        while let Ok(count @ 1..) = server.read(&mut said).await {
                            if said[..count].windows(5).any(|window| window == b"Z\0\0\0\x05") {
                                break;
                            }
                        }
                    }
                    if cut.gone {
                        state.gone.send_replace(true);
                    }
                    return;
                }
            }
            read = server.read(&mut said) => {
                let Ok(count @ 1..) = read else { return };
                if client.write_all(&said[..count]).await.is_err() {
                    return;
                }
            }
        }
    }
}

impl Talk {
    /// The next message, if it is there whole; with the statement, if the message commits one.
    fn next(&mut self) -> Option<(Vec<u8>, Option<String>)> {
        // The first message has no type.
        let kind = usize::from(self.has_begun);
        let length = u32::from_be_bytes(self.unread.get(kind..kind + 4)?.try_into().unwrap());
        let end = kind + usize::try_from(length).unwrap();
        if self.unread.len() < end {
            return None;
        }
        let message: Vec<u8> = self.unread.drain(..end).collect();
        if !std::mem::replace(&mut self.has_begun, true) {
            return Some((message, None));
        }
        let mut texts = message[5..].split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned());
        let commits = match message[0] {
            b'Q' => {
                let sql = texts.next().unwrap();
                match sql.as_str() {
                    "BEGIN" => self.in_transaction = true,
                    "COMMIT" | "ROLLBACK" => self.in_transaction = false,
                    _ => {}
                }
                Some(sql).filter(|sql| sql == "COMMIT")
            }
            b'P' => {
                let (name, sql) = (texts.next().unwrap(), texts.next().unwrap());
                self.prepared.insert(name, sql);
                None
            }
            b'B' => {
                self.bound = texts.nth(1).and_then(|name| self.prepared.get(&name).cloned());
                None
            }
            // A statement alone is a transaction, which "sync" ends.
            b'S' => self.bound.take().filter(|sql| !self.in_transaction && !sql.starts_with("select")),
            _ => None,
        };
        Some((message, commits))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
