//! From arguments to uploads: which file goes under which key, checked before anything is loaded.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::Args;
use longshore_media_library::mime;

use super::super::key;
use crate::failure::Failure;

// The arguments that name files and keys. A doc comment would become the help of the verb.
#[derive(Debug, Args)]
pub(super) struct Sources {
    /// The files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The key, for a single file
    #[arg(long, conflicts_with = "prefix")]
    key: Option<String>,
    /// Store below this folder: `--prefix a/b` makes `a/b/name`
    #[arg(long)]
    prefix: Option<String>,
    /// The content type; that of the key's extension unless given
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
}

/// One file and where it goes.
pub(super) struct Upload {
    /// The file; `-` is standard input.
    pub(super) path: PathBuf,
    /// The file as the user named it.
    pub(super) name: String,
    /// Its key.
    pub(super) key: String,
    /// Its content type.
    pub(super) content_type: String,
}

impl Sources {
    /// One upload for each file, in their order.
    pub(super) fn uploads(self) -> Result<Vec<Upload>, Failure> {
        let usage = |text: String| Err(Failure::Usage(text));
        if self.key.is_some() && self.files.len() > 1 {
            return usage(
                "`--key` is for a single file\nhint: `--prefix` stores several files below one folder".into(),
            );
        }
        if let Some(content_type) = self.content_type.as_deref().filter(|text| !is_content_type(text)) {
            return usage(format!("{content_type:?} is no content type\nhint: such as `image/png`"));
        }
        let mut uploads = Vec::with_capacity(self.files.len());
        for path in self.files {
            let key = match &self.key {
                Some(key) => key.clone(),
                None => key_of(&path, self.prefix.as_deref()).map_err(Failure::Usage)?,
            };
            let guessed = || mime::of_name(&key).unwrap_or("application/octet-stream").to_owned();
            let content_type = self.content_type.clone().unwrap_or_else(guessed);
            uploads.push(Upload { name: path.display().to_string(), path, key, content_type });
        }
        key::check_all(uploads.iter().map(|upload| &upload.key))?;
        let mut by_key = BTreeMap::new();
        for upload in &uploads {
            if let Some(first) = by_key.insert(&upload.key, &upload.name) {
                let (key, second) = (&upload.key, &upload.name);
                let text = format!("`{first}` and `{second}` would both be stored as `{key}`");
                return usage(format!("{text}\nhint: store them one by one, with `--key` or `--prefix`"));
            }
        }
        Ok(uploads)
    }
}

fn key_of(path: &Path, prefix: Option<&str>) -> Result<String, String> {
    if path.as_os_str() == "-" {
        return Err("standard input has no name\nhint: say under which key it is stored: `--key KEY`".into());
    }
    let Some(name) = path.file_name() else {
        let path = path.display();
        return Err(format!("`{path}` names no file\nhint: folders are not stored; name the files in it"));
    };
    let Some(name) = name.to_str() else {
        let path = path.display();
        return Err(format!("the name of `{path}` is not UTF-8\nhint: say under which key it is stored: `--key KEY`"));
    };
    Ok(match prefix {
        None | Some("") => name.to_owned(),
        Some(prefix) if prefix.ends_with('/') => format!("{prefix}{name}"),
        Some(prefix) => format!("{prefix}/{name}"),
    })
}

/// Enough for a header of HTTP; what it means is between the user and who reads the file.
fn is_content_type(text: &str) -> bool {
    text.contains('/') && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}
