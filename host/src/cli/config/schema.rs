//! `longshore config schema`

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
};

use clap::Args;
use longshore_plugin_host::{
    config::{Examined, ProviderName, editor, examine},
    load::{LoadError, Loader},
    locate::{self, State},
};
use serde::Serialize;
use serde_json::Value;

use super::{Context, providers};
use crate::{cli::init::tidy, exit_code::ExitCode, failure::Failure};

/// Print the JSON Schema of the configuration, for editors
///
/// The schema describes `plugins.toml` and `longshore.toml`, with the options of every provider that is found. Providers
/// are loaded and not started. Editors that use taplo, such as VS Code with Even Better TOML, read the schema of a file
/// from a line `#:schema ./longshore.schema.json` at its top.
#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// Write `longshore.schema.json` beside `plugins.toml` instead, as `longshore init` does
    #[arg(long)]
    write: bool,
    /// Run none of the providers' code: any option is then allowed
    #[arg(long)]
    no_load: bool,
}

/// The schema itself.
#[derive(Serialize)]
#[serde(transparent)]
struct Record(Value);

/// The path of the file that was written.
#[derive(Serialize)]
struct WrittenSchema {
    written: PathBuf,
}

impl Schema {
    pub(super) fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let schema = schema(context, self.no_load);
        if self.write {
            let path = file(context);
            write(&path, &schema)?;
            context.print.block(&WrittenSchema { written: tidy(&path) })?;
        } else {
            context.print.block(&Record(schema))?;
        }
        Ok(ExitCode::Done)
    }
}

/// Where the schema of the project's files is.
pub(in crate::cli) fn file(context: &Context<'_>) -> PathBuf {
    context.plugins_file().with_file_name(editor::FILE)
}

/// Writes the schema of the project's files, over any older one.
pub(in crate::cli) fn write(path: &Path, schema: &Value) -> Result<(), Failure> {
    let failed = |source| Failure::Write { path: path.to_owned(), source };
    fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
    fs::write(path, format!("{schema:#}\n")).map_err(failed)
}

/// The schema with every provider that is found; what cannot be loaded is warned about and left out.
pub(in crate::cli) fn schema(context: &Context<'_>, no_load: bool) -> Value {
    let examined = examine(&context.request);
    let loader = Loader::around(&examined);
    let mut schemas = BTreeMap::new();
    for (name, path) in found(context, &examined, &loader) {
        let schema = if no_load { Ok(Value::Bool(true)) } else { options(&loader, &name, path.as_deref()) };
        match schema {
            Ok(schema) => {
                schemas.insert(name, schema);
            }
            Err(error) => {
                let text = format!("the provider `{name}` cannot be loaded, so the schema allows any of its options");
                context.print.warning(&format!("{text}\nhint: `longshore config check` reports why"));
                tracing::info!("{error}");
            }
        }
    }
    editor::schema(&schemas)
}

/// Every provider that would be loaded by its name, with the place that the configuration gives for it.
fn found(context: &Context<'_>, examined: &Examined, loader: &Loader) -> BTreeMap<ProviderName, Option<PathBuf>> {
    let mut found = BTreeMap::new();
    for listed in locate::all(&loader.search_path(None)) {
        match listed.state {
            State::Chosen => {
                let name = listed.manifest.and_then(|manifest| ProviderName::new(&manifest.name).ok());
                found.extend(name.map(|name| (name, None)));
            }
            State::Refused(_) | State::Broken(_) | State::Ambiguous => {
                let text = format!("`{}` cannot be loaded, so the schema leaves it out", listed.path.display());
                context.print.warning(&format!("{text}\nhint: `longshore provider list` reports why"));
            }
            State::Overridden { .. } | State::Misplaced { .. } => {}
        }
    }
    for provider in examined.config.iter().flat_map(providers) {
        found.insert(provider.name.clone(), provider.path.map(Path::to_owned));
    }
    found
}

/// The schema of a provider's options.
fn options(loader: &Loader, name: &ProviderName, path: Option<&Path>) -> Result<Value, LoadError> {
    let library = loader.load(name, path)?;
    let mut schema = library.schema()?;
    // An overlay may add what its base requires.
    if !library.has_own_schema()?
        && let Some(keywords) = schema.as_object_mut()
    {
        keywords.remove("required");
    }
    Ok(schema)
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

impl fmt::Display for WrittenSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "wrote {}", self.written.display())?;
        write!(f, "\nTo check a file against it, start the file with this line:\n  {}", editor::POINTER)
    }
}
