//! The settings of the media library and the server, from the configuration.

use std::{collections::BTreeMap, thread::available_parallelism, time::Duration};

use longshore_http_api as http;
use longshore_media_library::{Database, ImageSettings, Settings, Synchronous, TypePolicy, Webhook};
use longshore_plugin_host::config::{Config, Node, Origin, Problem, ProviderName, UploadConfig, Value, longshore};

/// The default formats of an image, with the side that each fits in.
const BREAKPOINTS: [(&str, u32); 3] = [("large", 1000), ("medium", 750), ("small", 500)];

/// The settings of this project's media library.
pub(crate) fn of_library(config: &Config) -> Settings {
    let (upload, longshore) = (&config.upload, &config.longshore);
    Settings {
        database: database(&longshore.database),
        size_limit: upload.size_limit.unwrap_or(0),
        small_file: longshore.limits.small_file,
        concurrent_files: usize::try_from(upload.concurrent_upload_size).unwrap_or(usize::MAX),
        breakpoints: breakpoints(upload),
        images: images(&longshore.images),
        types: TypePolicy {
            allowed: upload.security.allowed_types.clone(),
            denied: upload.security.denied_types.clone(),
        },
        links: upload.links.clone(),
        webhooks: longshore.webhooks.iter().map(webhook).collect(),
        lease: longshore.database.lease,
        memory_wait: None,
        sweep_every: longshore.database.sweep_every,
        provider_stall: longshore.limits.provider_timeout,
    }
}

/// Checks whether the database can be where the configuration places it. Nothing is created, and no server is connected
/// to.
pub(crate) fn check(config: &Config) -> Result<(), Problem> {
    let Err(error) = database(&config.longshore.database).check() else { return Ok(()) };
    let key = if config.longshore.database.url.is_some() { "url" } else { "file" };
    let node = config.longshore_node.pointer(&format!("/database/{key}"));
    let default = Origin::built_in(format!("database.{key}"));
    let problem = Problem::of_value(node.map_or(&default, |node| &node.origin), error.to_string());
    Err(match error.hint() {
        Some(hint) => problem.with_hint(hint),
        None => problem,
    })
}

/// The settings of this project's server.
pub(crate) fn of_server(config: &Config) -> http::Settings {
    let longshore::Server {
        bind,
        admin_bind,
        docs,
        connections,
        header_timeout,
        body_timeout,
        idle_timeout,
        shutdown_timeout,
    } = config.longshore.server;
    let limits = &config.longshore.limits;
    http::Settings {
        bind,
        admin_bind,
        connections,
        header_timeout,
        body_timeout,
        lowest_rate: http::LOWEST_RATE,
        idle_timeout,
        shutdown_timeout,
        uploads: uploads(config),
        upload_wait: http::UPLOAD_WAIT,
        files: limits.files,
        fields: limits.fields,
        page_sizes: http::PageSizes { default: limits.page_size, most: limits.max_page_size },
        public: config.longshore.permissions.public.clone(),
        cors: config.longshore.cors.clone(),
        docs,
        drain: http::Drain::default(),
    }
}

/// How long clients may cache the files that this server serves, by the provider's name. The option is that of Strapi's
/// local provider: `localServer.maxage`, in milliseconds.
pub(crate) fn ages(config: &Config) -> BTreeMap<String, Duration> {
    let upload = &config.upload;
    let others = upload.providers.iter().map(|(name, extra)| (name, &extra.provider_options));
    let age = |(name, options): (&ProviderName, &Node)| match options.pointer("/localServer/maxage")?.value {
        Value::Integer(millis) => Some((name.to_string(), Duration::from_millis(millis.try_into().ok()?))),
        _ => None,
    };
    std::iter::once((&upload.provider, &upload.provider_options)).chain(others).filter_map(age).collect()
}

/// The most uploads in flight. Strapi's key takes precedence over that of `longshore.toml`.
fn uploads(config: &Config) -> usize {
    let configured = config.upload.concurrent_upload_requests.map(|uploads| usize::try_from(uploads).unwrap_or(MOST));
    configured.unwrap_or(config.longshore.limits.uploads).min(MOST)
}

/// The most permits of a semaphore.
const MOST: usize = tokio::sync::Semaphore::MAX_PERMITS;

fn database(database: &longshore::Database) -> Database {
    match &database.url {
        Some(url) => Database::Postgres { url: url.clone(), connections: database.connections },
        None => Database::Sqlite {
            file: database.file.clone(),
            synchronous: match database.synchronous {
                longshore::Synchronous::Full => Synchronous::Full,
                longshore::Synchronous::Normal => Synchronous::Normal,
            },
        },
    }
}

/// Largest first, as they are shown.
fn breakpoints(upload: &UploadConfig) -> Vec<(String, u32)> {
    let Some(configured) = &upload.breakpoints else {
        return BREAKPOINTS.map(|(name, side)| (name.to_owned(), side)).to_vec();
    };
    let side = |side: u64| u32::try_from(side).unwrap_or(u32::MAX);
    let mut breakpoints: Vec<_> = configured.iter().map(|(name, pixels)| (name.clone(), side(*pixels))).collect();
    breakpoints.sort_by_key(|(_, side)| std::cmp::Reverse(*side));
    breakpoints
}

fn images(images: &longshore::Images) -> ImageSettings {
    ImageSettings {
        size_optimization: images.size_optimization,
        responsive_dimensions: images.responsive_dimensions,
        auto_orientation: images.auto_orientation,
        max_bytes: images.max_bytes,
        max_side: images.max_side,
        max_pixels: images.max_pixels,
        memory: images.memory,
        workers: images.workers.unwrap_or_else(|| available_parallelism().map_or(1, usize::from)),
    }
}

fn webhook(webhook: &longshore::Webhook) -> Webhook {
    Webhook {
        url: webhook.url.clone(),
        events: webhook.events.clone(),
        secret: webhook.secret.clone(),
        headers: webhook.headers.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use longshore_plugin_host::config::{LoadRequest, editor, load_with};

    use super::*;

    fn config(plugins: &str, longshore: &str) -> Config {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("config")).unwrap();
        std::fs::write(folder.path().join("config/plugins.toml"), plugins).unwrap();
        std::fs::write(folder.path().join("config/longshore.toml"), longshore).unwrap();
        load_with(&LoadRequest::in_folder(folder.path()), &|_: &str| None).unwrap()
    }

    #[test]
    fn formats_come_from_the_largest_to_the_smallest() {
        let names = |plugins| of_library(&config(plugins, "")).breakpoints;
        let [large, medium, small] = BREAKPOINTS.map(|(name, side)| (name.to_owned(), side));
        assert_eq!(names(""), [large, medium, small]);
        let configured = names("[upload.config.breakpoints]\na = 10\nb = 30\nc = 20\n");
        assert_eq!(configured, [("b".to_owned(), 30), ("c".to_owned(), 20), ("a".to_owned(), 10)]);
    }

    #[test]
    fn the_schema_for_editors_has_the_same_formats() {
        let schema = editor::schema(&BTreeMap::new());
        let described = &schema["definitions"]["upload.config"]["properties"]["breakpoints"]["default"];
        let ours = BREAKPOINTS.map(|(name, side)| (name.to_owned(), serde_json::Value::from(side)));
        assert_eq!(*described, ours.into_iter().collect::<serde_json::Value>());
    }

    #[test]
    fn a_url_takes_the_place_of_the_file() {
        let database = |longshore| of_library(&config("", longshore)).database;
        assert!(matches!(database(""), Database::Sqlite { file, .. } if file.is_absolute()));
        assert!(matches!(
            database("[database]\nurl = \"postgres://h/n\"\nfile = \"x\"\nconnections = 3\n"),
            Database::Postgres { connections: 3, .. }
        ));
    }

    #[test]
    fn uploads_in_flight_are_those_of_either_key() {
        assert_eq!(uploads(&config("", "")), 64);
        assert_eq!(uploads(&config("", "[limits]\nuploads = 3\n")), 3);
        assert_eq!(uploads(&config("[upload.config]\nconcurrentUploadRequests = 2\n", "[limits]\nuploads = 3\n")), 2);
    }

    #[test]
    fn no_limit_is_a_limit_of_0() {
        assert_eq!(of_library(&config("", "")).size_limit, 1_000_000_000);
        assert_eq!(of_library(&config("[upload.config]\nsizeLimit = 0\n", "")).size_limit, 0);
    }
}
