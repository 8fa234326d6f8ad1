//! The information about a file that comes with an upload or a change.

use longshore_media_store::{FileInfo, Link};

use crate::{Error, InfoProblem, Result};

/// The longest text of a link, in bytes.
const LONGEST_LINK_TEXT: usize = 255;

/// `fileInfo` of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Infos {
    /// An object: for a single file.
    One(FileInfo),
    /// An array, or the field repeated: in the order of the files.
    Many(Vec<FileInfo>),
}

impl Infos {
    /// The information about each of `count` files, in their order.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInfo`] for one object and several files: it is unclear which of them the object is about.
    pub(crate) fn for_files(infos: Option<Self>, count: usize) -> Result<Vec<FileInfo>> {
        let mut infos = match infos {
            None => Vec::new(),
            Some(Self::One(info)) if count <= 1 => vec![info],
            Some(Self::One(_)) => {
                let message = "fileInfo must be a `array` type, as there are several files".to_owned();
                let problem = InfoProblem { path: vec!["fileInfo".to_owned()], message, value: None };
                return Err(Error::InvalidInfo(vec![problem]));
            }
            Some(Self::Many(infos)) => infos,
        };
        infos.resize(count, FileInfo::default());
        infos.iter().try_for_each(check_info)?;
        Ok(infos)
    }
}

/// Refuses texts that a database cannot store: PostgreSQL does not accept the character U+0000.
pub(crate) fn check_info(info: &FileInfo) -> Result<()> {
    let texts = [("name", &info.name), ("alternativeText", &info.alternative_text), ("caption", &info.caption)];
    let problems = texts.into_iter().filter(|(_, text)| text.as_deref().is_some_and(|text| text.contains('\0')));
    let problems: Vec<InfoProblem> = problems
        .map(|(name, _)| InfoProblem {
            path: vec!["fileInfo".to_owned(), name.to_owned()],
            message: format!("fileInfo.{name} must not contain the character U+0000"),
            value: None,
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(Error::InvalidInfo(problems)) }
}

/// Checks the form of the link, and that its type is one of `allowed`. The existence of the entry is not checked.
pub(crate) fn check_link(link: &Link, allowed: Option<&[String]>) -> Result<()> {
    for (name, text) in [("ref", &link.reference), ("refId", &link.id), ("field", &link.field)] {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '_');
        if text.is_empty() || text.len() > LONGEST_LINK_TEXT || !text.chars().all(plain) {
            let longest = LONGEST_LINK_TEXT;
            let message = format!("`{name}` must be 1 to {longest} letters, digits, `.`, `:`, `-` and `_`");
            return Err(Error::InvalidLink(message));
        }
    }
    match allowed {
        Some(allowed) if !allowed.contains(&link.reference) => {
            Err(Error::InvalidLink("files may not be attached to entries of this `ref`".to_owned()))
        }
        _ => Ok(()),
    }
}
