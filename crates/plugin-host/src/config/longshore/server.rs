//! The table `server`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::config::fields::Fields;
use crate::config::node::Node;
use crate::config::problem::Problem;

const KEYS: [&str; 8] =
    ["adminBind", "bind", "bodyTimeout", "connections", "docs", "headerTimeout", "idleTimeout", "shutdownTimeout"];

/// Longer waits are taken for a slip of the unit.
const LONGEST: u64 = 86_400;

/// Where and how the server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Where the API is served: `bind`.
    pub bind: SocketAddr,
    /// Where health and metrics are served, `None` for nowhere: `adminBind`, or `"off"`.
    pub admin_bind: Option<SocketAddr>,
    /// Whether a page shows the API's description: `docs`.
    pub docs: bool,
    /// The most connections at a time; more wait to be accepted: `connections`.
    pub connections: usize,
    /// How long the head of a request may take: `headerTimeout`, in seconds.
    pub header_timeout: Duration,
    /// How long a body may go without a KiB of progress: `bodyTimeout`, in seconds.
    pub body_timeout: Duration,
    /// How long a connection may wait for its next request: `idleTimeout`, in seconds.
    pub idle_timeout: Duration,
    /// How long what is in flight may take to end when the server is stopped: `shutdownTimeout`, in seconds.
    pub shutdown_timeout: Duration,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            bind: loopback(1337),
            admin_bind: Some(loopback(1338)),
            docs: false,
            connections: 1024,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(75),
            shutdown_timeout: Duration::from_secs(30),
        }
    }
}

impl Server {
    pub(super) fn read(node: Option<&Node>, problems: &mut Vec<Problem>) -> Self {
        let default = Self::default();
        let mut fields = Fields::open(node, &KEYS, problems, |name| match name {
            "host" | "port" => Some("address and port stand in one key: `bind = \"0.0.0.0:1337\"`".to_owned()),
            _ => None,
        });
        let off = fields.node("adminBind").and_then(Node::as_text) == Some("off");
        Self {
            bind: address(&mut fields, "bind").unwrap_or(default.bind),
            admin_bind: if off { None } else { address(&mut fields, "adminBind").or(default.admin_bind) },
            docs: fields.boolean("docs").unwrap_or(default.docs),
            connections: fields.count("connections", 1..=1_000_000).unwrap_or(default.connections),
            header_timeout: fields.seconds("headerTimeout", 1..=LONGEST).unwrap_or(default.header_timeout),
            body_timeout: fields.seconds("bodyTimeout", 1..=LONGEST).unwrap_or(default.body_timeout),
            idle_timeout: fields.seconds("idleTimeout", 1..=LONGEST).unwrap_or(default.idle_timeout),
            shutdown_timeout: fields.seconds("shutdownTimeout", 0..=LONGEST).unwrap_or(default.shutdown_timeout),
        }
    }
}

fn loopback(port: u16) -> SocketAddr {
    (IpAddr::V4(Ipv4Addr::LOCALHOST), port).into()
}

fn address(fields: &mut Fields<'_, '_>, name: &str) -> Option<SocketAddr> {
    let text = fields.text(name).filter(|text| !text.is_empty())?;
    let address = text.parse().ok();
    if address.is_none() {
        let node = fields.node(name)?;
        let problem = Problem::of_value(&node.origin, "expected an IP address and a port");
        fields.problem(problem.with_hint("such as `127.0.0.1:1337`, `0.0.0.0:1337` or `[::1]:1337`"));
    }
    address
}
