//! `longshore provider new NAME`

mod crate_files;
mod interface;
mod name;
mod write;

use std::{
    env::consts::{DLL_PREFIX, DLL_SUFFIX},
    fmt,
    path::PathBuf,
};

use clap::Args;
use serde::Serialize;

use self::{
    crate_files::{Template, crate_files},
    interface::Interface,
    name::{Base, Name},
};
use super::Context;
use crate::{exit_code::ExitCode, failure::Failure};

/// Write the crate of a new provider, which compiles and passes its tests
///
/// The crate is written into a new folder NAME, with a test, a README and a workflow for CI.
#[derive(Debug, Args)]
pub(crate) struct New {
    /// The name of the provider: 1 to 64 of a-z, 0-9, `-` and `_`, the first a letter
    name: String,
    /// Extend this provider with private files and signed URLs, rather than storing files in a new way
    #[arg(long, value_name = "NAME")]
    extends: Option<String>,
    /// Start from a provider for a service that is reached by HTTP, rather than from one that stores in a folder
    #[arg(long, conflicts_with = "extends")]
    http: bool,
    /// Where the interface crates are: a folder with their sources, or a version that a registry has
    ///
    /// The default is the workspace of this program, if it runs from its `target` folder. Otherwise the program writes the
    /// sources, which it carries, to `NAME/interface/`.
    #[arg(long, value_name = "PATH|VERSION")]
    interface: Option<String>,
}

/// The files that were written.
#[derive(Serialize)]
struct Record {
    name: String,
    extends: Option<String>,
    #[serde(skip)]
    template: &'static str,
    folder: PathBuf,
    /// A folder, or a version.
    interface: String,
    /// Paths below `folder`. The files of the interface are not listed one by one.
    written: Vec<String>,
    /// The library that Cargo builds, below `folder`.
    library: String,
}

impl New {
    pub(super) fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let name = Name::new(&self.name)?;
        let base = self.extends.as_deref().map(Base::new).transpose()?;
        name.check_official(base.as_ref())?;
        let interface = match &self.interface {
            Some(asked) => Interface::asked(asked)?,
            None => Interface::at_hand(),
        };
        let folder = context.request.start_dir.join(name.as_str());
        let template = match &base {
            Some(base) => Template::Overlay(base),
            None if self.http => Template::Http,
            None => Template::Folder,
        };
        let (files, carried) = crate_files(&name, template, &interface)?;
        let mut written: Vec<String> = files.keys().cloned().collect();
        if !carried.is_empty() {
            written.push("interface/".to_owned());
        }
        write::folder(&folder, &name, files.iter().chain(&carried))?;
        let library = format!("target/debug/{DLL_PREFIX}{}{DLL_SUFFIX}", name.identifier());
        context.print.block(&Record {
            name: name.as_str().to_owned(),
            extends: base.map(|base| base.as_str().to_owned()),
            template: if self.http { "http" } else { "folder" },
            folder: folder.strip_prefix(".").map_or(folder.clone(), PathBuf::from),
            interface: interface.to_string(),
            written,
            library,
        })?;
        Ok(ExitCode::Done)
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, extends, folder, library, .. } = self;
        for file in &self.written {
            writeln!(f, "wrote {}", folder.join(file).display())?;
        }
        writeln!(f, "\nNext:\n  cd {}\n  cargo build && cargo test", folder.display())?;
        let validate = format!("longshore provider validate {library}");
        match extends {
            None if self.template == "http" => {
                writeln!(f, "  {validate} --options options.toml")?;
                writeln!(f, "    options.toml contains the provider's options, as in providerOptions")?;
            }
            None => writeln!(f, "  {validate}")?,
            Some(base) => {
                writeln!(f, "  {validate} --options options.toml")?;
                writeln!(f, "    options.toml contains the options of `{base}`, as in providerOptions")?;
            }
        }
        writeln!(
            f,
            "\nIn a project, copy the library to providers/{name}/, beside config/, and write to config/plugins.toml:"
        )?;
        write!(f, "  [upload.config]\n  provider = \"{name}\"")
    }
}
