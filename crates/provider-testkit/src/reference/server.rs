//! An HTTP server for the URLs of the files. It accepts `GET` and `HEAD`, one request per connection.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use longshore_provider::{
    key::url_path,
    tokio,
    tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
        task::JoinHandle,
        time::timeout,
    },
};

use super::store::{Entry, InMemoryStore};

/// The HTTP server of one provider. Dropping it stops the server.
pub(super) struct Server {
    address: SocketAddr,
    signer: Signer,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts the server. `breaks` is the case that must fail, if the case is about serving URLs.
    pub(super) async fn start(store: Arc<InMemoryStore>, secret: &str, breaks: &str) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let signer = Signer {
            secret: secret.to_owned(),
            signs_keys: breaks != "sign.other-file",
            takes_any_path: breaks == "sign.tampered in the path",
            signs_prefixes: breaks == "sign.prefix",
            takes_any_method: breaks == "sign.methods",
            hides_from_get_alone: breaks == "private.head",
        };
        let keeper = signer.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (store, signer) = (Arc::clone(&store), keeper.clone());
                tokio::spawn(timeout(Duration::from_secs(10), async move { answer(stream, &store, &signer).await }));
            }
        });
        Ok(Self { address, signer, task })
    }

    pub(super) fn plain(&self, key: &str) -> String {
        format!("http://{}/{}", self.address, url_path(key))
    }

    pub(super) fn signed(&self, key: &str, expires_at: SystemTime) -> String {
        let until = expires_at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let signature = self.signer.signature(key, &until.to_string());
        format!("{}?expires={until}&signature={signature}", self.plain(key))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(mut stream: TcpStream, store: &InMemoryStore, signer: &Signer) -> io::Result<()> {
    let mut request = Vec::new();
    while !request.windows(4).any(|window| window == b"\r\n\r\n") && request.len() < 16 * 1024 {
        if stream.read_buf(&mut request).await? == 0 {
            break;
        }
    }
    let request = String::from_utf8_lossy(&request);
    let mut words = request.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let target = target.strip_prefix('/').unwrap_or_default();
    let (mut path, query) = target.split_once('?').unwrap_or((target, ""));
    if signer.takes_any_path && path.starts_with('~') {
        path = path.split_once('/').map_or(path, |(_, path)| path);
    }
    let entry = decoded(path).and_then(|key| Some((store.get(&key)?, key)));
    let is_read = matches!(method, "GET" | "HEAD");
    let is_open = |entry: &Entry| !entry.private || (method == "HEAD" && signer.hides_from_get_alone);
    let (status, mime, body) = match &entry {
        _ if !is_read && !signer.takes_any_method => {
            ("405 Method Not Allowed", "text/plain", &b"GET and HEAD only"[..])
        }
        None => ("404 Not Found", "text/plain", &b"nothing is stored there"[..]),
        Some((entry, key)) if (!is_open(entry) || !query.is_empty()) && !signer.has_signed(key, query) => {
            ("403 Forbidden", "text/plain", &b"the URL is not signed, or not any more"[..])
        }
        Some((_, key)) if !is_read => {
            store.remove(key);
            ("200 OK", "text/plain", &b"removed"[..])
        }
        Some((entry, _)) => ("200 OK", entry.mime.as_str(), &entry.bytes[..]),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {mime}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    if method != "HEAD" {
        stream.write_all(body).await?;
    }
    stream.shutdown().await
}

/// Creates and checks signatures.
#[expect(clippy::struct_excessive_bools, reason = "each is a flaw of its own")]
#[derive(Clone)]
struct Signer {
    secret: String,
    /// A signature is valid for one key only.
    signs_keys: bool,
    /// A first path segment that starts with `~` stands for a signature and is ignored without a check.
    takes_any_path: bool,
    /// A signature for a prefix is valid for every key that starts with the prefix.
    signs_prefixes: bool,
    /// A signed URL accepts every method.
    takes_any_method: bool,
    /// `HEAD` requests for private files need no signature.
    hides_from_get_alone: bool,
}

impl Signer {
    fn has_signed(&self, key: &str, query: &str) -> bool {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let value = |wanted: &str| pairs.clone().find(|(name, _)| *name == wanted).map(|(_, value)| value);
        let (Some(until), Some(given)) = (value("expires"), value("signature")) else { return false };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let shortest = if self.signs_prefixes { 1 } else { key.len() };
        let mut signed = (shortest..=key.len()).filter_map(|end| key.get(..end));
        until.parse().is_ok_and(|until: u128| now < until) && signed.any(|key| given == self.signature(key, until))
    }

    /// Not cryptographic, which is sufficient for tests.
    fn signature(&self, key: &str, until: &str) -> String {
        let mut hasher = DefaultHasher::new();
        (&self.secret, if self.signs_keys { key } else { "" }, until).hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }
}

fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            plain => plain,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_path() {
        for key in ["a/b.txt", "ä b%+?#.txt", "日本"] {
            let path = url_path(key);
            assert!(path.is_ascii() && !path.contains([' ', '?', '#']), "{path}");
            assert_eq!(decoded(&path).as_deref(), Some(key));
        }
        assert_eq!(decoded("%zz"), None);
    }
}
