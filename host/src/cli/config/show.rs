//! `longshore config show`

use std::{collections::BTreeMap, fmt};

use clap::Args;
use longshore_plugin_host::{
    config::{Config, ProviderName, ShownValue, load, show},
    load::{LoadError, Loader},
};
use serde::Serialize;
use serde_json::Value;

use super::{Configured, Context, providers};
use crate::{exit_code::ExitCode, failure::Failure};

/// Show the merged and expanded configuration, with the origin of each value
///
/// Secrets are masked. The configured providers are loaded, because their schemas mark secret options. If a provider cannot
/// be loaded, the names of its options decide.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Run none of the providers' code
    #[arg(long)]
    no_load: bool,
}

/// One value.
#[derive(Serialize)]
struct Record {
    key: String,
    value: Value,
    masked: bool,
    origin: String,
}

impl Show {
    pub(super) fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let config = load(&context.request)?;
        for warning in &config.warnings {
            context.print.configuration_warning(warning);
        }
        let schemas = if self.no_load { BTreeMap::new() } else { schemas(context, &config) };
        for value in show(&config, &schemas) {
            context.print.record(&Record::from(value))?;
        }
        Ok(ExitCode::Done)
    }
}

/// The schema of each provider that can be loaded.
fn schemas(context: &Context<'_>, config: &Config) -> BTreeMap<ProviderName, Value> {
    let loader = Loader::of(config);
    let schema = |provider: Configured<'_>| {
        let name = provider.name;
        match schema(&loader, &provider) {
            Ok(schema) => Some((name.clone(), schema)),
            Err(error) => {
                let text = format!("the provider `{name}` cannot be loaded: options count as secret by their names");
                context.print.warning(&text);
                tracing::info!("{error}");
                None
            }
        }
    };
    providers(config).filter_map(schema).collect()
}

fn schema(loader: &Loader, provider: &Configured<'_>) -> Result<Value, LoadError> {
    loader.load(provider.name, provider.path)?.schema()
}

impl From<ShownValue> for Record {
    fn from(shown: ShownValue) -> Self {
        Self { key: shown.key, value: shown.value, masked: shown.masked, origin: shown.origin.to_string() }
    }
}

/// As TOML has it; what is an array or a table here is an empty one.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}  # {}", self.key, self.value, self.origin)
    }
}
