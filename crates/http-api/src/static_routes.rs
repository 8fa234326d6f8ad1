//! Finds the paths at which this server serves files of the local provider. The providers' URLs determine them.

use std::{collections::BTreeMap, time::Duration};

use axum::http::HeaderValue;
use longshore_media_library::MediaLibrary;
use longshore_plugin_host::registry::Provider;
use longshore_provider::{ErrorKind, File, key};
use percent_encoding::percent_decode_str;
use thiserror::Error;

/// The provider whose files are served.
const PROVIDER: &str = "local";

/// A sample key whose URL is requested. Its characters need no escaping.
const ANY: &str = "file";

/// Mounts by path prefix, the longest prefix first.
#[derive(Debug, Default)]
pub struct StaticRoutes(Vec<Mount>);

/// The settings that all files of one provider share.
#[derive(Debug)]
pub(super) struct Mount {
    /// The name of the provider.
    pub(super) provider: String,
    /// The `Cache-Control` header for the files.
    pub(super) cache_control: HeaderValue,
    /// The path prefix, decoded, with a slash at both ends.
    prefix: String,
}

/// The URLs of a provider's files would collide with the API.
#[derive(Debug, Error)]
#[error("files of the provider `{provider}` would have URLs below `{prefix}`, where the API is")]
pub struct MountTaken {
    provider: String,
    prefix: String,
}

impl MountTaken {
    /// Advice for the user.
    pub fn hint(&self) -> &'static str {
        "`publicPath` in its options says where they are, such as `/uploads`"
    }
}

impl StaticRoutes {
    /// Requests the URL of a sample file from every provider that serves local files. The path before the key is the
    /// mount, regardless of the names of the provider's options. `ages` contains the cache lifetimes by provider name.
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
        // The sort is stable: if two providers have the same mount, the main provider comes first.
        mounts.sort_by_key(|mount| std::cmp::Reverse(mount.prefix.len()));
        Ok(Self(mounts))
    }

    /// The mount of a path, and the key relative to the provider's root. Providers and this server both accept the keys
    /// that pass [`key::check`].
    pub(super) fn find(&self, path: &str) -> Option<(&Mount, String)> {
        let path = percent_decode_str(path).decode_utf8().ok()?;
        let (mount, key) = self.0.iter().find_map(|mount| Some((mount, path.strip_prefix(&mount.prefix)?)))?;
        key::check(key).is_ok().then(|| (mount, key.to_owned()))
    }

    /// Whether a path may belong to a file.
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

/// The path of a URL. The path of an absolute URL counts too, because its host may be a proxy in front of this server.
/// Returns `None` if the URL has a query or a fragment, which may contain the key.
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
    fn a_url_maps_only_to_keys_inside_of_its_mount() {
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
        /// Every key that a provider accepts is served at its URL.
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
