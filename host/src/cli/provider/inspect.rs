//! `longshore provider inspect NAME|FILE`

use std::{fmt, path::Path};

use clap::Args;
use longshore_plugin_host::{
    config::{Config, Examined, ProviderName, examine},
    library::{OpenedFile, PluginMetadata},
    load::Loader,
    locate,
};
use serde::Serialize;
use serde_json::Value;

use super::{Context, is_file, open_file};
use crate::{
    exit_code::ExitCode,
    failure::Failure,
    print::{self, Inline},
};

/// Show the manifest of a provider's shared library, without running its code
///
/// The capabilities are the extensions that the library declares. Which methods of the interface it implements, such as
/// reading and signing, is not part of the manifest: `provider validate` finds out.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// A provider's name, or a library: what has a `/` or ends in `.so`
    #[arg(value_name = "NAME|FILE")]
    subject: String,
    /// Load the library and show the schema of its options
    #[arg(long)]
    load: bool,
}

/// The facts about a library.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    name: String,
    version: String,
    package: String,
    extends: Option<String>,
    interface: String,
    generations: Vec<u32>,
    extensions: Vec<String>,
    target: String,
    rustc: String,
    path: String,
    size: u64,
    sha256: String,
    owner: String,
    mode: String,
    warnings: Vec<String>,
    /// Whether this host would load it, as far as that can be known without running its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    loads: Option<Loads>,
    /// Known only of a library that was loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    loaded: Option<LoadedRecord>,
}

#[derive(Serialize)]
struct Loads {
    possible: bool,
    /// The libraries of its bases, nearest first.
    bases: Vec<String>,
    reason: Option<String>,
    hint: Option<String>,
}

#[derive(Serialize)]
struct LoadedRecord {
    generation: Option<u32>,
    /// The library, then those that it extends.
    layers: Vec<String>,
    schema: Value,
}

impl Inspect {
    pub(super) fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let examined = examine(&context.request);
        let loader = Loader::around(&examined);
        let (opened, explicit) = if is_file(&self.subject) {
            let opened = open_file(&loader, &self.subject)?;
            let path = opened.path().to_owned();
            (opened, Some(path))
        } else {
            let explicit = configured_path(&examined, &self.subject).map(Path::to_owned);
            (find(&loader, &self.subject, explicit.as_deref())?, explicit)
        };
        let metadata = opened.snapshot()?.metadata().clone();
        let mut record = Record::from(&metadata);
        record.loads =
            ProviderName::new(&metadata.manifest.name).ok().map(|name| Loads::of(&loader, &name, explicit.as_deref()));
        if self.load {
            record.loaded = Some(load(&loader, &metadata.manifest.name, explicit.as_deref())?);
        }
        context.print.block(&record)?;
        Ok(ExitCode::Done)
    }
}

fn find(loader: &Loader, name: &str, explicit: Option<&Path>) -> Result<OpenedFile, Failure> {
    let located = locate::search(&loader.search_path(explicit), name)?;
    Ok(located.choice.open(&loader.trust)?)
}

/// The library that the configuration names for this provider.
fn configured_path<'a>(examined: &'a Examined, name: &str) -> Option<&'a Path> {
    let name = ProviderName::new(name).ok()?;
    let Config { upload, .. } = examined.config.as_ref()?;
    if upload.provider == name { upload.path.as_deref() } else { upload.providers.get(&name)?.path.as_deref() }
}

fn load(loader: &Loader, name: &str, explicit: Option<&Path>) -> Result<LoadedRecord, Failure> {
    let name = ProviderName::new(name).map_err(|error| Failure::Usage(error.to_string()))?;
    let library = loader.load(&name, explicit)?;
    let layers = library.layers();
    Ok(LoadedRecord {
        generation: layers.first().map(|layer| layer.generation),
        layers: layers.iter().map(|layer| layer.path.display().to_string()).collect(),
        schema: library.schema()?,
    })
}

impl Loads {
    fn of(loader: &Loader, name: &ProviderName, explicit: Option<&Path>) -> Self {
        match loader.check(name, explicit) {
            Ok(chain) => {
                let bases = chain.iter().skip(1).map(|base| base.path.display().to_string()).collect();
                Self { possible: true, bases, reason: None, hint: None }
            }
            Err(error) => {
                let (reason, hint) = print::fields(&error);
                Self { possible: false, bases: Vec::new(), reason: Some(reason), hint }
            }
        }
    }
}

impl From<&PluginMetadata> for Record {
    fn from(metadata: &PluginMetadata) -> Self {
        let manifest = metadata.manifest.clone();
        let owner = metadata.owner;
        Self {
            name: manifest.name,
            version: manifest.version,
            package: manifest.package,
            extends: manifest.extends,
            interface: manifest.interface,
            generations: manifest.generations.iter().map(|offer| offer.generation).collect(),
            extensions: manifest.extensions,
            target: manifest.target,
            rustc: manifest.rustc,
            path: metadata.path.display().to_string(),
            size: metadata.size,
            sha256: metadata.sha256.clone(),
            owner: metadata.owner_name.clone().unwrap_or_else(|| format!("user {owner}")),
            mode: format!("{:04o}", metadata.mode),
            warnings: metadata.warnings(),
            loads: None,
            loaded: None,
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, value: &str| writeln!(f, "{name:12}  {}", Inline(value));
        line("name", &self.name)?;
        line("version", &self.version)?;
        line("package", &self.package)?;
        if let Some(base) = &self.extends {
            line("base", base)?;
        }
        let generations: Vec<String> = self.generations.iter().map(ToString::to_string).collect();
        line("interface", &format!("{}, generation {}", self.interface, generations.join(", ")))?;
        let extensions = if self.extensions.is_empty() { "none".to_owned() } else { self.extensions.join(", ") };
        line("capabilities", &format!("beyond the interface: {extensions}"))?;
        line("target", &self.target)?;
        line("rustc", &self.rustc)?;
        line("file", &self.path)?;
        line("size", &format!("{} bytes", self.size))?;
        line("sha256", &self.sha256)?;
        for warning in &self.warnings {
            writeln!(f, "{:12}  {warning}", "warning")?;
        }
        write!(f, "{:12}  {} (mode {})", "owner", self.owner, self.mode)?;
        if let Some(loads) = &self.loads {
            write!(f, "\n{loads}")?;
        }
        let Some(loaded) = &self.loaded else { return Ok(()) };
        write!(f, "\n\nThe schema of its options:\n{:#}", loaded.schema)
    }
}

impl fmt::Display for Loads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = "loads";
        let Some(reason) = &self.reason else {
            write!(f, "{name:12}  yes")?;
            return self.bases.iter().try_for_each(|base| write!(f, "\n{:12}  on top of {base}", ""));
        };
        for (number, line) in reason.lines().enumerate() {
            let start = if number == 0 { format!("{name:12}  no: ") } else { format!("\n{:12}  ", "") };
            write!(f, "{start}{}", line.trim_start())?;
        }
        self.hint.iter().try_for_each(|hint| write!(f, "\n{:12}  {hint}", "hint"))
    }
}
