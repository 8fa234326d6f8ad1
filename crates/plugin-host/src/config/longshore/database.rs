//! The table `database`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use longshore_provider::Secret;

use crate::config::fields::Fields;
use crate::config::key::{Form, Key};
use crate::config::node::Node;
use crate::config::problem::Problem;

pub(super) const KEYS: [Key; 6] = [
    Key::integer("connections", 1, 10_000, "The most connections to PostgreSQL.").or("10"),
    Key::text("file", Form::Any, "The file of SQLite, relative to the project.").or(r#""data/longshore.db""#),
    Key::integer(
        "lease",
        5,
        3600,
        "How many seconds an upload, replacement or removal may go without a heartbeat. Then another host finishes or \
         undoes it.",
    )
    .or("60"),
    Key::integer("sweepEvery", 1, 86_400, "How often the server looks for abandoned changes, in seconds.").or("120"),
    Key::text(
        "synchronous",
        Form::OneOf(&["full", "normal"]),
        "The durability of a change in SQLite: `full` survives a power failure, `normal` only a crash of the program.",
    )
    .or(r#""full""#),
    Key::text(
        "url",
        Form::Pattern("^$|^postgres(ql)?://"),
        "The URL of a PostgreSQL database, used instead of the file: `postgres://user:password@host/name`. Several servers \
         may share the database.",
    ),
];

/// The default path of the SQLite file, relative to the project.
const FILE: &str = "data/longshore.db";

/// The database with the table of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// The URL of a server, `postgres://…`, which replaces `file`: `url`.
    pub url: Option<Secret>,
    /// The file of SQLite, absolute: `file`, relative to the project.
    pub file: PathBuf,
    /// The durability of a commit in SQLite: `synchronous`.
    pub synchronous: Synchronous,
    /// The largest number of connections to the server of `url`: `connections`.
    pub connections: u32,
    /// The time without a heartbeat after which another host finishes or undoes a change of a file: `lease`, in
    /// seconds.
    pub lease: Duration,
    /// The interval between searches for abandoned changes: `sweepEvery`, in seconds.
    pub sweep_every: Duration,
}

/// The durability of a commit in SQLite.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// The change survives a power failure.
    #[default]
    Full,
    /// The change survives a crash of the program, but not every power failure.
    Normal,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: None,
            file: PathBuf::from(FILE),
            synchronous: Synchronous::Full,
            connections: 10,
            lease: Duration::from_mins(1),
            sweep_every: Duration::from_mins(2),
        }
    }
}

impl Database {
    pub(super) fn read(node: Option<&Node>, project: &Path, problems: &mut Vec<Problem>) -> Self {
        let default = Self::default();
        let mut fields = Fields::open(node, &KEYS, problems, |name| match name {
            "client" | "connection" | "host" | "port" | "user" | "password" | "name" => {
                Some("a server is named by one `url = \"postgres://user:password@host/name\"`".to_owned())
            }
            _ => None,
        });
        Self {
            url: url(&mut fields),
            file: project.join(fields.text("file").filter(|file| !file.is_empty()).unwrap_or(FILE)),
            synchronous: synchronous(&mut fields).unwrap_or_default(),
            connections: fields.number("connections").unwrap_or(default.connections),
            lease: fields.seconds("lease").unwrap_or(default.lease),
            sweep_every: fields.seconds("sweepEvery").unwrap_or(default.sweep_every),
        }
    }
}

/// Reads the URL. An empty text, for example from `"${DATABASE_URL-}"`, counts as none.
fn url(fields: &mut Fields<'_, '_>) -> Option<Secret> {
    let text = fields.text("url").filter(|text| !text.is_empty())?;
    let is_known = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
    if !is_known {
        let node = fields.node("url")?;
        let problem = Problem::of_value(&node.origin, "expected `postgres://user:password@host/name`");
        fields.problem(problem.with_hint("for SQLite, name its file by `database.file`"));
        return None;
    }
    Some(Secret::new(text))
}

fn synchronous(fields: &mut Fields<'_, '_>) -> Option<Synchronous> {
    match fields.text("synchronous")? {
        "full" => Some(Synchronous::Full),
        "normal" => Some(Synchronous::Normal),
        "" => None,
        _ => {
            let node = fields.node("synchronous")?;
            fields.problem(Problem::of_value(&node.origin, "expected `full` or `normal`"));
            None
        }
    }
}
