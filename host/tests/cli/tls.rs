//! Servers behind TLS, with a self-signed certificate.

use std::{
    io::{ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use rcgen::CertifiedKey;
use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};

/// A server's end of a connection.
pub(crate) type Connection = StreamOwned<ServerConnection, TcpStream>;

/// The identity of a server: 127.0.0.1, with a self-signed certificate. A minimal system may not know `localhost`.
pub(crate) struct Identity {
    config: Arc<ServerConfig>,
    /// The certificate in PEM, for clients that trust it.
    pub(crate) certificate: String,
}

impl Identity {
    pub(crate) fn new() -> Self {
        let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        Self { config: Arc::new(config), certificate: cert.pem() }
    }

    pub(crate) fn accept(&self, stream: TcpStream) -> Connection {
        accept(&self.config, stream)
    }
}

fn accept(config: &Arc<ServerConfig>, stream: TcpStream) -> Connection {
    StreamOwned::new(ServerConnection::new(Arc::clone(config)).unwrap(), stream)
}

/// Forwards connections to `https://127.0.0.1:PORT` to a server at `address` without TLS. Returns the port.
pub(crate) fn front(identity: &Identity, address: &str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (address, config) = (address.to_owned(), Arc::clone(&identity.config));
    thread::spawn(move || {
        for outside in listener.incoming() {
            let (outside, inside) = (outside.unwrap(), TcpStream::connect(&address).unwrap());
            let config = Arc::clone(&config);
            thread::spawn(move || hand_on(accept(&config, outside), inside));
        }
    });
    port
}

/// Forwards in both directions, in turns, until one side has ended.
fn hand_on(mut outside: Connection, mut inside: TcpStream) {
    const TURN: Option<Duration> = Some(Duration::from_millis(2));
    outside.sock.set_read_timeout(TURN).unwrap();
    inside.set_read_timeout(TURN).unwrap();
    while copied(&mut outside, &mut inside) && copied(&mut inside, &mut outside) {}
}

/// Copies the available bytes; returns whether more may follow.
fn copied(from: &mut impl Read, to: &mut impl Write) -> bool {
    let mut buffer = [0; 16 * 1024];
    match from.read(&mut buffer) {
        Ok(0) => false,
        Ok(length) => to.write_all(&buffer[..length]).and_then(|()| to.flush()).is_ok(),
        Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted),
    }
}
