//! The table `server`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::config::fields::Fields;
use crate::config::key::{Form, Key};
use crate::config::node::Node;
use crate::config::problem::Problem;

/// The longest accepted wait. Longer ones are probably given in the wrong unit.
const LONGEST: u64 = 86_400;

/// The form of an IP address and a port. The parser checks the numbers.
const ADDRESS: &str = r"^$|^([0-9]{1,3}(\.[0-9]{1,3}){3}|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}$";
const ADDRESS_OR_OFF: &str = r"^$|^off$|^([0-9]{1,3}(\.[0-9]{1,3}){3}|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}$";

pub(super) const KEYS: [Key; 8] = [
    Key::text(
        "adminBind",
        Form::Pattern(ADDRESS_OR_OFF),
        "The address of /_ready and /metrics, or `off`. They are for operators, not for the public.",
    )
    .or(r#""127.0.0.1:1338""#),
    Key::text(
        "bind",
        Form::Pattern(ADDRESS),
        "Where the API is served, as IP address and port: `0.0.0.0:1337` is every address of the machine.",
    )
    .or(r#""127.0.0.1:1337""#),
    Key::integer("bodyTimeout", 1, LONGEST, "How long a body may go without a KiB, in seconds. After this time it also needs 512 bytes a second on average.").or("30"),
    Key::integer("connections", 1, 1_000_000, "Connections at a time; more wait.").or("1024"),
    Key::boolean("docs", "Whether /documentation shows the API.").or("false"),
    Key::integer("headerTimeout", 1, LONGEST, "How long the head of a request may take, in seconds.").or("10"),
    Key::integer("idleTimeout", 1, LONGEST, "How long a connection may be idle, in seconds.").or("75"),
    Key::integer(
        "shutdownTimeout",
        0,
        LONGEST,
        "How long requests in flight may take when the server is stopped, in seconds. Uploads that have not ended then \
         are undone.",
    )
    .or("30"),
];

/// The server's addresses and connection limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The address of the API: `bind`.
    pub bind: SocketAddr,
    /// The address of health and metrics; `None` disables them: `adminBind`, where `"off"` is `None`.
    pub admin_bind: Option<SocketAddr>,
    /// Whether a page shows the API's description: `docs`.
    pub docs: bool,
    /// The largest number of concurrent connections. Further connections wait to be accepted: `connections`.
    pub connections: usize,
    /// The time limit for the head of a request: `headerTimeout`, in seconds.
    pub header_timeout: Duration,
    /// The time limit for each KiB of progress of a body: `bodyTimeout`, in seconds.
    pub body_timeout: Duration,
    /// The time limit for a connection to send its next request: `idleTimeout`, in seconds.
    pub idle_timeout: Duration,
    /// The time limit for unfinished requests when the server stops: `shutdownTimeout`, in seconds.
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
        let server = Self {
            bind: address(&mut fields, "bind").unwrap_or(default.bind),
            admin_bind: if off { None } else { address(&mut fields, "adminBind").or(default.admin_bind) },
            docs: fields.boolean("docs").unwrap_or(default.docs),
            connections: fields.number("connections").unwrap_or(default.connections),
            header_timeout: fields.seconds("headerTimeout").unwrap_or(default.header_timeout),
            body_timeout: fields.seconds("bodyTimeout").unwrap_or(default.body_timeout),
            idle_timeout: fields.seconds("idleTimeout").unwrap_or(default.idle_timeout),
            shutdown_timeout: fields.seconds("shutdownTimeout").unwrap_or(default.shutdown_timeout),
        };
        if server.binds_collide()
            && let Some(node) = fields.node("adminBind").or_else(|| fields.node("bind"))
        {
            let problem = Problem::of_value(&node.origin, "`bind` and `adminBind` need the same port of one address");
            fields.problem(problem.with_hint("give `adminBind` another port, or switch it off: `adminBind = \"off\"`"));
        }
        server
    }

    /// Whether the API and the admin server conflict: their ports are equal, and their addresses are equal or one of
    /// them is the wildcard address of the same family. Port 0 means any free port, and never conflicts.
    pub fn binds_collide(&self) -> bool {
        let Some(admin) = self.admin_bind else { return false };
        let (api, admin_ip) = (self.bind.ip(), admin.ip());
        let overlap = api == admin_ip
            || (api.is_unspecified() || admin_ip.is_unspecified()) && api.is_ipv4() == admin_ip.is_ipv4();
        self.bind.port() == admin.port() && admin.port() != 0 && overlap
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
