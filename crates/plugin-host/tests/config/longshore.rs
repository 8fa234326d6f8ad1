use std::{collections::BTreeSet, path::Path, time::Duration};

use longshore_plugin_host::config::{
    Action, LongshoreConfig,
    longshore::{Synchronous, TEMPLATE},
};

use crate::project::Project;

fn server(text: &str) -> Project {
    Project::with("").file("config/longshore.toml", text)
}

fn loaded(text: &str) -> LongshoreConfig {
    server(text).load().longshore
}

fn defaults(project: &Path) -> LongshoreConfig {
    let mut config = LongshoreConfig::default();
    config.database.file = project.join("data/longshore.db");
    config
}

#[test]
fn a_missing_file_is_the_defaults() {
    let project = Project::with("");
    assert_eq!(project.load().longshore, defaults(project.path()));
    let config = LongshoreConfig::default();
    assert!(config.server.bind.ip().is_loopback() && config.permissions.public.is_empty());
}

/// The template documents the defaults.
#[test]
fn the_template_shows_each_default() {
    let lines = TEMPLATE.lines().map(|line| match line.strip_prefix('#') {
        Some(setting) if setting.starts_with(|c: char| c.is_ascii_alphabetic()) => setting,
        _ => line,
    });
    let switched_on = lines.collect::<Vec<_>>().join("\n");
    let (defaulted, webhook) = switched_on.split_once("\n#[[webhooks]]").unwrap();
    let project = server(defaulted);
    assert_eq!(project.load().longshore, defaults(project.path()));
    let mut keys: Vec<_> = project.load().longshore_node.as_table().unwrap().keys().cloned().collect();
    keys.push("webhooks".to_owned());
    assert_eq!(keys, ["cors", "database", "images", "limits", "permissions", "server", "webhooks"]);

    let project = server(&format!("[[webhooks]]{webhook}"));
    let webhooks = project.var("WEBHOOK_SECRET", "s").var("WEBHOOK_AUTHORIZATION", "a").load().longshore.webhooks;
    assert_eq!(webhooks[0].events, longshore_plugin_host::config::longshore::EVENTS);
    assert_eq!(server(TEMPLATE).load().warnings, []);
}

#[test]
fn every_key_is_read() {
    let project = server(
        r#"
        [server]
        bind = "[::1]:80"
        adminBind = "off"
        docs = true
        connections = 2
        headerTimeout = 3
        bodyTimeout = "4"
        idleTimeout = 5
        shutdownTimeout = 0
        [cors]
        origins = ["HTTPS://App.Example:443", "http://localhost:5173", "capacitor://localhost"]
        credentials = true
        [database]
        url = "postgresql://host/name"
        file = "/var/x.db"
        synchronous = "normal"
        connections = 6
        lease = 7
        sweepEvery = 8
        [permissions]
        public = ["find", "findOne", "find"]
        [limits]
        smallFile = 9
        uploads = 10
        files = 11
        fields = 1200
        pageSize = 13
        maxPageSize = 14
        providerTimeout = 20
        [images]
        sizeOptimization = false
        responsiveDimensions = false
        autoOrientation = true
        maxBytes = 15
        maxSide = 16
        maxPixels = 17
        memory = 18_000_000
        workers = 19
        [[webhooks]]
        url = "http://localhost:9/x?y"
        events = ["media.update", "media.create", "media.update"]
        secret = "${S}"
        headers = { Authorization = "Bearer x" }
        [[webhooks]]
        url = "https://other"
        "#,
    );
    let LongshoreConfig { server, cors, database, permissions, limits, images, webhooks } =
        project.var("S", "hunter2").load().longshore;
    let seconds = Duration::from_secs;
    assert_eq!((server.bind.to_string().as_str(), server.admin_bind, server.docs), ("[::1]:80", None, true));
    assert_eq!((server.connections, server.header_timeout, server.body_timeout), (2, seconds(3), seconds(4)));
    assert_eq!((server.idle_timeout, server.shutdown_timeout), (seconds(5), seconds(0)));
    assert_eq!(cors.origins, ["https://app.example", "http://localhost:5173", "capacitor://localhost"]);
    assert!(cors.credentials && !cors.allows_any());
    assert_eq!(database.url.unwrap().expose(), "postgresql://host/name");
    assert_eq!((database.file.as_path(), database.synchronous), (Path::new("/var/x.db"), Synchronous::Normal));
    assert_eq!((database.connections, database.lease, database.sweep_every), (6, seconds(7), seconds(8)));
    assert_eq!(permissions.public, BTreeSet::from([Action::Find, Action::FindOne]));
    assert_eq!((limits.small_file, limits.uploads, limits.files, limits.fields), (9, 10, 11, 1200));
    assert_eq!((limits.page_size, limits.max_page_size, limits.provider_timeout), (13, 14, seconds(20)));
    assert!(!images.size_optimization && !images.responsive_dimensions && images.auto_orientation);
    assert_eq!((images.max_bytes, images.max_side, images.max_pixels), (15, 16, 17));
    assert_eq!((images.memory, images.workers), (18_000_000, Some(19)));
    assert_eq!(webhooks[0].url, "http://localhost:9/x?y");
    assert_eq!(webhooks[0].events, ["media.create", "media.update"]);
    assert_eq!(webhooks[0].secret.as_ref().unwrap().expose(), "hunter2");
    let (name, value) = &webhooks[0].headers[0];
    assert_eq!((name.as_str(), value.expose()), ("authorization", "Bearer x"));
    assert_eq!(webhooks[1].secret, None);
    assert_eq!(webhooks[1].events.len(), 3);
}

#[test]
fn all_problems_come_at_once_and_none_has_a_value() {
    let text = server(
        r#"[serwer]
[server]
bind = "hunter2"
prot = 1
port = 1
connections = 0
headerTimeout = 100_000
[cors]
origins = ["https://hunter2/path", "hunter2"]
[database]
url = "mysql://hunter2"
synchronous = "hunter2"
connections = "hunter2"
client = "hunter2"
[permissions]
public = ["findAll", 5]
[limits]
sizeLimit = 5
[images]
breakpoints = {}
maxSide = -1
[[webhooks]]
url = "https://user:hunter2@host"
[[webhooks]]
events = ["media.created"]
secrets = "hunter2"
headers = { host = "hunter2", "a b" = "hunter2", c = "hunter2\u0000", d = 5 }
[[webhooks]]
url = "ftp://hunter2"
events = []
"#,
    )
    .problems();
    let expected = r#"config/longshore.toml:1:2: serwer: unknown key
  hint: did you mean `server`? known keys: cors, database, images, limits, permissions, server, webhooks
config/longshore.toml:3:1: server.bind: expected an IP address and a port
  hint: such as `127.0.0.1:1337`, `0.0.0.0:1337` or `[::1]:1337`
config/longshore.toml:4:1: server.prot: unknown key
  hint: known keys: adminBind, bind, bodyTimeout, connections, docs, headerTimeout, idleTimeout, shutdownTimeout
config/longshore.toml:5:1: server.port: unknown key
  hint: address and port stand in one key: `bind = "0.0.0.0:1337"`
config/longshore.toml:6:1: server.connections: expected an integer of at least 1
config/longshore.toml:7:1: server.headerTimeout: expected an integer of at most 86400
config/longshore.toml:9:12: cors.origins[0]: expected the origin of a page, or `*`
  hint: scheme, host and port alone: `https://app.example:8443`
config/longshore.toml:9:36: cors.origins[1]: expected the origin of a page, or `*`
  hint: scheme, host and port alone: `https://app.example:8443`
config/longshore.toml:11:1: database.url: expected `postgres://user:password@host/name`
  hint: for SQLite, name its file by `database.file`
config/longshore.toml:12:1: database.synchronous: expected `full` or `normal`
config/longshore.toml:13:1: database.connections: expected an integer, found a string
config/longshore.toml:14:1: database.client: unknown key
  hint: a server is named by one `url = "postgres://user:password@host/name"`
config/longshore.toml:16:11: permissions.public[0]: not one of `upload`, `find`, `findPage`, `findOne` and `destroy`
  hint: did you mean `find`? known actions: destroy, find, findOne, findPage, upload
config/longshore.toml:16:22: permissions.public[1]: expected a string, found an integer
config/longshore.toml:18:1: limits.sizeLimit: unknown key
  hint: the largest file is `upload.config.sizeLimit` in plugins.toml
config/longshore.toml:20:1: images.breakpoints: unknown key
  hint: it belongs into plugins.toml: `upload.config.breakpoints`
config/longshore.toml:21:1: images.maxSide: expected an integer of at least 1
config/longshore.toml:23:1: webhooks[0].url: has a user or a password
  hint: put `authorization` into the webhook's `headers`
config/longshore.toml:24:1: webhooks[1]: has no `url`
config/longshore.toml:25:11: webhooks[1].events[0]: there is no such event
  hint: did you mean `media.create`? known events: media.create, media.delete, media.update
config/longshore.toml:26:1: webhooks[1].secrets: unknown key
  hint: did you mean `secret`? known keys: events, headers, secret, url
config/longshore.toml:27:13: webhooks[1].headers.host: this header is set already
config/longshore.toml:27:31: webhooks[1].headers."a b": not the name of a header
config/longshore.toml:27:50: webhooks[1].headers.c: has characters that a header cannot have
config/longshore.toml:27:71: webhooks[1].headers.d: expected a string, found an integer
config/longshore.toml:29:1: webhooks[2].url: expected a URL
  hint: such as `https://app.example/hooks/media`
config/longshore.toml:30:1: webhooks[2].events: names no event
  hint: left out, it is all of them"#;
    assert_eq!(text, expected);
}

#[test]
fn credentials_want_a_list_of_origins() {
    for text in ["[cors]\ncredentials = true", "[cors]\norigins = [\"https://a\", \"*\"]\ncredentials = true"] {
        let problems = server(text).problems();
        assert!(problems.contains("cors.credentials: pages of any origin would act in their visitor's name"), "{text}");
    }
    assert!(loaded("[cors]\norigins = []\ncredentials = true").cors.origins.is_empty());
}

#[test]
fn each_webhook_has_a_url_of_its_own() {
    let problems = server("[[webhooks]]\nurl = \"http://a\"\n[[webhooks]]\nurl = \"http://a\"").problems();
    assert!(problems.contains("webhooks[1]: the same `url` as that of webhooks[0]"), "{problems}");
    assert!(server("[webhooks]\nurl = \"http://a\"").problems().contains("expected an array of tables"));
}

#[test]
fn an_empty_secret_or_header_of_a_webhook_is_an_error() {
    let webhook = "[[webhooks]]\nurl = \"http://a\"\nsecret = \"${S}\"\nheaders = { authorization = \"${H}\" }";
    let problems = server(webhook).var("S", " ").var("H", "").problems();
    let expected = "config/longshore.toml:3:1: webhooks[0].secret: is empty, so messages would not be signed
  hint: the value comes from the environment variable `S`; remove the key `secret` if messages are meant to be unsigned
config/longshore.toml:4:13: webhooks[0].headers.authorization: is empty
  hint: the value comes from the environment variable `H`; remove the header if it is not needed";
    assert_eq!(problems, expected);
    assert_eq!(loaded("[[webhooks]]\nurl = \"http://a\"").webhooks[0].secret, None);
}

#[test]
fn the_api_and_the_admin_server_need_an_address_each() {
    let collides = |bind: &str, admin: &str| {
        let project = server(&format!("[server]\nbind = \"{bind}\"\nadminBind = \"{admin}\""));
        let problems = project.result().err().map(|problems| problems.to_string());
        let expected =
            "config/longshore.toml:3:1: server.adminBind: `bind` and `adminBind` need the same port of one address";
        problems.inspect(|problems| assert!(problems.starts_with(expected), "{problems}")).is_some()
    };
    assert!(collides("127.0.0.1:80", "127.0.0.1:80") && collides("[::1]:80", "[::]:80"));
    assert!(collides("0.0.0.0:80", "127.0.0.1:80") && collides("127.0.0.1:80", "0.0.0.0:80"));
    assert!(!collides("127.0.0.1:0", "127.0.0.1:0") && !collides("0.0.0.0:80", "[::1]:80"));
    assert!(!collides("0.0.0.0:80", "127.0.0.1:81") && !collides("0.0.0.0:80", "off"));
    assert!(server("[server]\nbind = \"127.0.0.1:1338\"").problems().contains(":2:1: server.bind: "));
}

#[test]
fn a_page_is_no_larger_than_the_largest_page() {
    let problems = server("[limits]\nmaxPageSize = 10").problems();
    assert_eq!(
        problems,
        "config/longshore.toml:2:1: limits.maxPageSize: `pageSize` (25) is larger than `maxPageSize` (10)"
    );
    assert!(server("[limits]\npageSize = 101").problems().contains("limits.pageSize: `pageSize` (101) is larger"));
    assert_eq!(loaded("[limits]\npageSize = 200\nmaxPageSize = 200").limits.page_size, 200);
}

#[test]
fn an_empty_variable_leaves_the_default() {
    let project = server(
        "[server]\nbind = \"${E}\"\nadminBind = \"${E}\"\ndocs = \"${E}\"\nconnections = \"${E}\"\n[database]\nurl = \"${E}\"\n\
         file = \"${E}\"\nsynchronous = \"${E}\"\n",
    )
    .var("E", "");
    assert_eq!(project.load().longshore, defaults(project.path()));
}

#[test]
fn an_override_reaches_the_servers_file() {
    let config = Project::with("").set("cors.origins=[]").set("limits.uploads=3").load();
    assert!(config.longshore.cors.origins.is_empty());
    assert_eq!(config.longshore.limits.uploads, 3);
    let problems = Project::with("").set("limit.uploads=3").problems();
    assert!(problems.contains("did you mean `limits`?"), "{problems}");
}

#[test]
fn uploads_in_flight_are_said_once() {
    let config = Project::with("[upload.config]\nconcurrentUploadRequests = 3")
        .file("config/longshore.toml", "[limits]\nuploads = 5")
        .load();
    assert!(config.warnings[0].to_string().contains("limits.uploads: ignored"), "{:?}", config.warnings);
}

#[test]
fn debug_output_has_no_secrets() {
    let config = loaded(
        "[database]\nurl = \"postgres://hunter2\"\n[[webhooks]]\nurl = \"http://a\"\nsecret = \"hunter2\"\nheaders = { a = \"hunter2\" }",
    );
    let text = format!("{config:?}");
    assert!(!text.contains("hunter2"), "{text}");
}
