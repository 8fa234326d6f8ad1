//! Listing, in the order of the keys' bytes.

use std::{collections::BinaryHeap, io};

use cap_std::{fs::Dir, time::SystemTime};
use longshore_provider::{ListPage, ListRequest, ListedObject, Result};

use crate::{
    folder::{Folder, is_missing},
    name,
    read::etag,
};

/// Files on a page if the caller leaves it to us.
const DEFAULT_LIMIT: usize = 1000;
/// Files on a page at most: memory grows with it.
const MAX_LIMIT: usize = 10_000;

/// One page of the files below `root`. Names that are no keys are left out, and so is what stands behind a
/// symbolic link to a folder: it may be a circle.
pub(crate) fn list(folder: &Folder, root: &str, request: &ListRequest) -> Result<ListPage> {
    let limit = match request.limit as usize {
        0 => DEFAULT_LIMIT,
        limit => limit.min(MAX_LIMIT),
    };
    let prefix = format!("{root}{}", request.prefix);
    let after = request.after.as_ref().map(|after| format!("{root}{after}"));
    // The deepest folder that all the keys stand in.
    let start = prefix.rfind('/').map_or("", |slash| &prefix[..=slash]);
    let mut walk = Walk { root, prefix: &prefix, after: after.as_deref(), wanted: limit + 1, found: Vec::new() };
    let opened = match start.trim_end_matches('/') {
        "" if start.is_empty() => folder.dir().try_clone(),
        path if name::check(path).is_ok() => folder.dir().open_dir(path),
        // No key begins so.
        _ => return Ok(ListPage::default()),
    };
    match opened.and_then(|dir| walk.enter(&dir, start)) {
        Ok(()) => {}
        Err(error) if is_missing(&error) => {}
        Err(error) => return Err(folder.failure("list files", &error)),
    }
    let mut objects = walk.found;
    let more = objects.len() > limit;
    objects.truncate(limit);
    let next = objects.last().filter(|_| more).map(|last| last.relative_key.clone());
    let mut page = ListPage::last(objects);
    page.next = next;
    Ok(page)
}

struct Walk<'a> {
    root: &'a str,
    /// The prefix of the full keys.
    prefix: &'a str,
    /// The full key that the page before ended with.
    after: Option<&'a str>,
    /// Files to find: one more than a page has tells whether there is another page.
    wanted: usize,
    found: Vec<ListedObject>,
}

impl Walk<'_> {
    /// Walks through `dir`, whose files have keys that begin with `at`: empty, or ending in `/`. Holds no more names
    /// than are wanted, and reads the folder again if it had more.
    fn enter(&mut self, dir: &Dir, at: &str) -> io::Result<()> {
        let mut done = None;
        loop {
            let room = self.wanted - self.found.len();
            let names = self.smallest(dir, at, done.as_deref(), room)?;
            let all = names.len() < room;
            for name in &names {
                match name.strip_suffix('/') {
                    Some(folder) => match dir.open_dir(folder) {
                        Ok(inner) => self.enter(&inner, &format!("{at}{name}"))?,
                        Err(error) if is_missing(&error) => {}
                        Err(error) => return Err(error),
                    },
                    None => self.add(dir, at, name),
                }
                if self.found.len() == self.wanted {
                    return Ok(());
                }
            }
            if all {
                return Ok(());
            }
            done = names.into_iter().next_back();
        }
    }

    /// The first `room` names after `done` that are, or may hold, wanted files; folders end in `/`.
    fn smallest(&self, dir: &Dir, at: &str, done: Option<&str>, room: usize) -> io::Result<Vec<String>> {
        let mut names = BinaryHeap::with_capacity(room.min(DEFAULT_LIMIT) + 1);
        for entry in dir.entries()? {
            let entry = entry?;
            let Ok(mut name) = entry.file_name().into_string() else { continue };
            let kind = match entry.file_type() {
                Ok(kind) => kind,
                Err(error) if is_missing(&error) => continue,
                Err(error) => return Err(error),
            };
            if kind.is_dir() {
                name.push('/');
            }
            let after_done = done.is_none_or(|done| name.as_str() > done);
            if after_done && self.wants(&format!("{at}{name}")) {
                names.push(name);
                if names.len() > room {
                    names.pop();
                }
            }
        }
        Ok(names.into_sorted_vec())
    }

    /// Whether `full` is a wanted key, or (with a `/` at its end) a folder that may hold some.
    fn wants(&self, full: &str) -> bool {
        let Some(folder) = full.strip_suffix('/') else {
            let later = self.after.is_none_or(|after| full > after);
            return later && full.starts_with(self.prefix) && name::check(full).is_ok();
        };
        let later = self.after.is_none_or(|after| full > after || after.starts_with(full));
        let within = full.starts_with(self.prefix) || self.prefix.starts_with(full);
        later && within && name::check(folder).is_ok()
    }

    /// Skips entries that are no files any more, or that lead out of the folder.
    fn add(&mut self, dir: &Dir, at: &str, name: &str) {
        if let Ok(metadata) = dir.metadata(name)
            && metadata.is_file()
        {
            let key = format!("{at}{name}");
            let relative_key = key.strip_prefix(self.root).unwrap_or(&key).to_owned();
            let mut listed = ListedObject::new(key, relative_key, metadata.len()).with_etag(etag(&metadata));
            listed.last_modified = metadata.modified().ok().map(SystemTime::into_std);
            self.found.push(listed);
        }
    }
}
