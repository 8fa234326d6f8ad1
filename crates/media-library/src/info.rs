//! The information about a file that comes with an upload or a change.

use crate::{Error, FocalPoint, InfoProblem, Result};

/// The information about one file. A field that is `None` keeps the value of a stored file, or the default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileInfo {
    /// The name to show.
    pub name: Option<String>,
    /// Text in place of an image; empty clears it.
    pub alternative_text: Option<String>,
    /// A caption; empty clears it.
    pub caption: Option<String>,
    /// The point of an image that stays visible when it is cropped.
    pub focal_point: Option<FocalPoint>,
    /// The texts that are `null`.
    pub cleared: Cleared,
}

/// The texts that a request sets to `null`. A replacement clears them. An upload or update ignores them, as in Strapi.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleared {
    /// Text in place of an image.
    pub alternative_text: bool,
    /// The caption.
    pub caption: bool,
}

/// `fileInfo` of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Infos {
    /// An object: for a single file.
    One(FileInfo),
    /// An array, or the field repeated: in the order of the files.
    Many(Vec<FileInfo>),
}

/// The entry that files are attached to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The entry's type, such as `api::article.article`.
    pub reference: String,
    /// The entry's id, as text.
    pub id: String,
    /// The entry's field.
    pub field: String,
}

impl FileInfo {
    /// Refuses texts that a database cannot store: PostgreSQL does not accept the character U+0000.
    pub(crate) fn check(&self) -> Result<()> {
        let texts = [("name", &self.name), ("alternativeText", &self.alternative_text), ("caption", &self.caption)];
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
        infos.iter().try_for_each(FileInfo::check)?;
        Ok(infos)
    }
}

impl Link {
    /// The longest of its texts, in bytes.
    const LONGEST: usize = 255;

    /// Checks the form of the link, and that its type is one of `allowed`. The existence of the entry is not checked.
    pub(crate) fn check(&self, allowed: Option<&[String]>) -> Result<()> {
        for (name, text) in [("ref", &self.reference), ("refId", &self.id), ("field", &self.field)] {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '_');
            if text.is_empty() || text.len() > Self::LONGEST || !text.chars().all(plain) {
                let longest = Self::LONGEST;
                let message = format!("`{name}` must be 1 to {longest} letters, digits, `.`, `:`, `-` and `_`");
                return Err(Error::InvalidLink(message));
            }
        }
        match allowed {
            Some(allowed) if !allowed.contains(&self.reference) => {
                Err(Error::InvalidLink("files may not be attached to entries of this `ref`".to_owned()))
            }
            _ => Ok(()),
        }
    }
}
