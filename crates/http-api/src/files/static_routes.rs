//! Where on this server the files of the local provider are: their URLs say it.

use std::{collections::BTreeMap, time::Duration};

use axum::http::HeaderValue;
use longshore_media_library::MediaLibrary;
use longshore_plugin_host::registry::Provider;
use longshore_provider::{ErrorKind, File, key};
use percent_encoding::percent_decode_str;
use thiserror::Error;

/// The provider whose files these are.
const PROVIDER: &str = "local";

/// A key to ask for the URL of. Nothing in it needs an escape.
const ANY: &str = "file";

/// Mounts by what the paths of their files begin with, the longest first.
#[derive(Debug, Default)]
pub struct StaticRoutes(Vec<Mount>);

/// What one provider's files have in common.
#[derive(Debug)]
pub(super) struct Mount {
    /// The name of the provider.
    pub(super) provider: String,
    /// How long clients keep a file without asking for it again.
    pub(super) cache_control: HeaderValue,
    /// Decoded, with a slash at both ends.
    prefix: String,
}

/// The API has the paths that a provider's files would have.
#[derive(Debug, Error)]
#[error(
    "files of the provider `{provider}` would have URLs below `{prefix}`, where the API is\n\
     hint: `publicPath` in its options says where they are, such as `/uploads`"
)]
pub struct MountTaken {
    provider: String,
    prefix: String,
}

impl StaticRoutes {
    /// Asks every provider that serves files of the local one for the URL of a file: what stands before the key is where
    /// they are, whatever the options are called that it was made of. `ages` says how long files may be kept, by the
    /// provider's name.
    pub async fn of(library: &MediaLibrary, ages: &BTreeMap<String, Duration>) -> Result<Self, MountTaken> {
        let mut mounts = Vec::new();
        for provider in library.registry().all().filter(|provider| provider.serves(PROVIDER)) {
            let Some(prefix) = prefix_of(library, provider).await else { continue };
            let name = provider.name().to_owned();
            if prefix.to_ascii_lowercase().starts_with("/api/") {
                return Err(MountTaken { provider: name, prefix });
            }
            let age = ages.get(&name).copied().unwrap_or_default().as_secs();
            let cache_control = format!("max-age={age}").try_into().expect("digits are fit for a header");
            mounts.push(Mount { provider: name, cache_control, prefix });
        }
        // A stable sort: of two providers with one mount the main one counts.
        mounts.sort_by_key(|mount| std::cmp::Reverse(mount.prefix.len()));
        Ok(Self(mounts))
    }

    /// The mount of a path, and the key there, relative to the provider's root. [`key::check`] decides which keys there
    /// are, for providers as for this server.
    pub(super) fn find(&self, path: &str) -> Option<(&Mount, String)> {
        let path = percent_decode_str(path).decode_utf8().ok()?;
        let (mount, key) = self.0.iter().find_map(|mount| Some((mount, path.strip_prefix(&mount.prefix)?)))?;
        key::check(key).is_ok().then(|| (mount, key.to_owned()))
    }

    /// Whether a path may be a file's.
    pub(crate) fn have(&self, path: &str) -> bool {
        self.find(path).is_some()
    }
}

async fn prefix_of(library: &MediaLibrary, provider: &Provider) -> Option<String> {
    let url = match library.in_time(provider.handle().url(&File::at(ANY))).await {
        Ok(url) => url,
        Err(error) if error.kind() == ErrorKind::Timeout => {
            tracing::warn!("files of `{}` are not served here: it does not say their URLs: {error}", provider.name());
            return None;
        }
        Err(error) => {
            tracing::debug!("files of `{}` are not served here, as they have no URLs: {error}", provider.name());
            return None;
        }
    };
    let prefix = path_of(&url).and_then(|path| path.strip_suffix(ANY)).filter(|prefix| prefix.ends_with('/'));
    percent_decode_str(prefix?).decode_utf8().ok().map(Into::into)
}

/// The path of a URL: of a whole one too, since whoever answers at its host may be a proxy before this server. None if
/// the key is not in the path.
fn path_of(url: &str) -> Option<&str> {
    if url.contains(['?', '#']) {
        return None;
    }
    match url.split_once("//") {
        Some((before, after)) if before.is_empty() || before.ends_with(':') => after.find('/').map(|at| &after[at..]),
        _ => url.starts_with('/').then_some(url),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use longshore_media_library::Settings;
    use longshore_plugin_host::registry::Registry;
    use proptest::prelude::*;

    use super::*;
    use crate::tests::{
        provider::{FakeBehavior, InMemoryProvider},
        server::library_settings,
    };

    fn mounts(prefixes: &[&str]) -> StaticRoutes {
        let mount = |prefix: &&str| Mount {
            provider: (*prefix).to_owned(),
            cache_control: HeaderValue::from_static("max-age=0"),
            prefix: (*prefix).to_owned(),
        };
        StaticRoutes(prefixes.iter().map(mount).collect())
    }

    #[test]
    fn keys_lead_nowhere_else() {
        let mounts = mounts(&["/uploads/"]);
        let key = |path| mounts.find(path).map(|(_, key)| key);
        assert_eq!(key("/uploads/a.txt").as_deref(), Some("a.txt"));
        assert_eq!(key("/uploads/a%20b/%C3%BC.txt").as_deref(), Some("a b/ü.txt"));
        for path in [
            "/uploads/",
            "/uploads/..",
            "/uploads/a/../b",
            "/uploads/%2e%2e/a",
            "/uploads/a%2f..%2fb",
            "/uploads//etc/passwd",
            "/uploads/%2fetc",
            "/uploads/a%00b",
            "/uploads/%FF",
            "/uploads/a/",
            "/other/a",
        ] {
            assert_eq!(key(path), None, "{path}");
        }
    }

    proptest! {
        /// What a provider takes as a key is served at the URL of the key.
        #[test]
        fn every_key_that_can_be_stored_is_served(path in any::<String>(), hash in any::<String>(), ext in any::<String>()) {
            let mut file = File::named(&hash, &ext);
            file.path = Some(path);
            if let Ok(stored) = key::object_key("", &file) {
                let routes = mounts(&["/uploads/"]);
                let (_, served) = routes.find(&format!("/uploads/{}", key::url_path(&stored))).expect("it is served");
                prop_assert_eq!(served, stored);
            }
        }
    }

    #[test]
    fn the_longest_mount_counts() {
        let mounts = mounts(&["/a/b/", "/a/", "/"]);
        for (path, found) in [("/a/b/c", ("/a/b/", "c")), ("/a/c", ("/a/", "c")), ("/c/a", ("/", "c/a"))] {
            let (mount, key) = mounts.find(path).unwrap();
            assert_eq!((mount.provider.as_str(), key.as_str()), found);
        }
    }

    #[test]
    fn the_path_of_a_url_is_known() {
        for (url, path) in [
            ("/uploads/file", Some("/uploads/file")),
            ("https://example.org/file", Some("/file")),
            ("//example.org/a/file", Some("/a/file")),
            ("/a//b/file", Some("/a//b/file")),
            ("https://example.org/?key=/file", None),
            ("memory:file", None),
            ("uploads/file", None),
        ] {
            assert_eq!(path_of(url), path, "{url}");
        }
    }

    #[tokio::test]
    async fn a_provider_that_does_not_say_its_urls_does_not_keep_the_server_from_starting() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings { provider_stall: Duration::from_millis(50), ..library_settings(&folder) };
        let (in_memory, provider) = InMemoryProvider::open(PROVIDER).await;
        in_memory.behave(FakeBehavior { silent: true, ..FakeBehavior::default() });
        let library = MediaLibrary::open(settings, Arc::new(Registry::of(provider, []))).await.unwrap();
        let ages = BTreeMap::new();
        let mounts = tokio::time::timeout(Duration::from_secs(10), StaticRoutes::of(&library, &ages)).await.unwrap();
        assert!(!mounts.unwrap().have("/uploads/file"));
    }
}
