//! `config/longshore.toml`: the server, its database and its webhooks.
//!
//! Every key is optional. The `Default` of each part contains the defaults, and the commented template ([`TEMPLATE`])
//! shows the same values.

mod cors;
mod database;
mod images;
mod limits;
mod permissions;
mod server;
mod webhooks;

use std::collections::BTreeSet;

use super::fields::Fields;
use super::key::{Key, Kind};
use super::node::{Node, Value};
use super::problem::Problem;

pub(super) use self::webhooks::REQUIRES as WEBHOOK_REQUIRES;
pub use self::{
    cors::Cors,
    database::{Database, Synchronous},
    images::Images,
    limits::Limits,
    permissions::{Action, Permissions},
    server::Server,
    webhooks::{EVENTS, Webhook},
};

/// The tables of the file.
pub(super) const KEYS: [Key; 7] = [
    Key::table("cors", &cors::KEYS, "Which web pages may use the API from a browser."),
    Key::table("database", &database::KEYS, "The database."),
    Key::table("images", &images::KEYS, "How images are processed."),
    Key::table("limits", &limits::KEYS, "Limits of requests and of their files."),
    Key::table("permissions", &permissions::KEYS, "Who may do what."),
    Key::table("server", &server::KEYS, "Where and how the server listens."),
    Key::new("webhooks", Kind::Tables(&webhooks::KEYS), "Receivers of events."),
];

/// The names of the tables.
pub(super) const TABLES: [&str; 7] = {
    let [a, b, c, d, e, f, g] = &KEYS;
    [a.name, b.name, c.name, d.name, e.name, f.name, g.name]
};

/// A commented `config/longshore.toml` with every setting at its default.
pub const TEMPLATE: &str = include_str!("../../../../config/longshore.toml");

/// The values of `config/longshore.toml`, and the host's defaults for keys that are missing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LongshoreConfig {
    /// The server's addresses and connection limits.
    pub server: Server,
    /// The web pages that may use the API.
    pub cors: Cors,
    /// The database with the table of files.
    pub database: Database,
    /// The actions that are allowed without a token.
    pub permissions: Permissions,
    /// The limits.
    pub limits: Limits,
    /// The settings for image processing.
    pub images: Images,
    /// The receivers of events.
    pub webhooks: Vec<Webhook>,
}

impl LongshoreConfig {
    /// Reads the expanded file. Invalid values are reported, and read as if they were missing.
    pub(super) fn read(file: &Node, project: &std::path::Path, problems: &mut Vec<Problem>) -> Self {
        let fields = Fields::open(Some(file), &KEYS, problems, |_| None);
        let [cors, database, images, limits, permissions, server, webhooks] = TABLES.map(|name| fields.node(name));
        Self {
            server: Server::read(server, problems),
            cors: Cors::read(cors, problems),
            database: Database::read(database, project, problems),
            permissions: Permissions::read(permissions, problems),
            limits: Limits::read(limits, problems),
            images: Images::read(images, problems),
            webhooks: webhooks::read(webhooks, problems),
        }
    }
}

/// The dotted keys of values that are secrets regardless of their names: a database's URL may contain a password, and
/// the headers of a webhook authenticate its sender.
pub(super) fn secrets(file: &Node) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let url = file.get("database").and_then(|database| database.get("url"));
    found.extend(url.map(|url| url.origin.key.clone()));
    if let Some(Value::Array(webhooks)) = file.get("webhooks").map(|webhooks| &webhooks.value) {
        for webhook in webhooks {
            found.extend(webhook.get("secret").map(|secret| secret.origin.key.clone()));
            let headers = webhook.get("headers").and_then(Node::as_table);
            found.extend(headers.into_iter().flatten().map(|(_, value)| value.origin.key.clone()));
        }
    }
    found
}
