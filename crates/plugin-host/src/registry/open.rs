//! Opens a configured provider: loads its libraries, checks the options, and creates the bases first.

use std::{path::Path, time::Duration};

use longshore_provider::{
    ErrorKind, Handle,
    host::{Init, Module, prepare},
    serde_json::{Map, Value},
};
use thiserror::Error;
use tokio::time::timeout;
use tracing::Instrument;

use super::{UNDOING, actions::Actions, call_span::call_span, provider::Provider};
use crate::{
    config::{Config, ExtraProvider, Node, Problem, Problems, ProviderName},
    hint::{Hint, HostCommand},
    load::{LoadError, Loaded, Loader},
    log_forwarder, options,
};

/// Why a provider could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The library could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The options are invalid.
    #[error(transparent)]
    Options(#[from] Problems),
    /// The provider could not be initialised.
    #[error("the provider `{name}` could not be initialised")]
    Init {
        /// The provider's name.
        name: String,
        /// The provider's error.
        source: longshore_provider::Error,
    },
}

impl OpenError {
    /// Advice for the user.
    pub fn hint(&self) -> Option<Hint> {
        match self {
            Self::Load(error) => error.hint(),
            // Each problem has its own.
            Self::Options(_) => None,
            Self::Init { source, .. } => Some(advice(source)),
        }
    }
}

impl Loaded {
    /// Checks configured options against the schemas that the libraries export. Creates no provider.
    ///
    /// # Errors
    ///
    /// Everything that is wrong.
    pub fn check_options(&self, options: &Node) -> Result<(), Problems> {
        options::check(self, options).map(drop).map_err(problems)
    }
}

impl Provider {
    /// Opens a provider that is linked into this program. The arguments are its name and module, and those of its
    /// bases, nearest first. Each receives `options` unchanged.
    pub async fn linked(
        own: (&str, Module),
        bases: &[(&str, Module)],
        options: &Value,
        project: &Path,
    ) -> Result<Self, OpenError> {
        prepare();
        let mut opened = Vec::<Handle>::new();
        for (name, module) in bases.iter().rev().chain([&own]) {
            let init = Init {
                options,
                name,
                project,
                action_options: &Map::new(),
                workers: 0,
                host: log_forwarder::services(name),
                base: opened.last(),
            };
            match module.init(init).instrument(call_span(name, "init")).await {
                Ok(handle) => opened.push(handle),
                Err(source) => {
                    let name = (*name).to_owned();
                    shut_down(&name, &opened).await;
                    return Err(OpenError::Init { name, source });
                }
            }
        }
        opened.reverse();
        let names = std::iter::once(&own).chain(bases).map(|(name, _)| (*name).to_owned()).collect();
        Ok(Self::new(names, opened, Actions::none(), Vec::new(), None))
    }

    pub(super) async fn open_main(loader: &Loader, config: &Config) -> Result<Self, OpenError> {
        let upload = &config.upload;
        let (options, actions) = (&upload.provider_options, &upload.action_options);
        open(loader, config, &upload.provider, upload.path.as_deref(), options, actions).await
    }

    pub(super) async fn open_extra(
        loader: &Loader,
        config: &Config,
        name: &ProviderName,
        extra: &ExtraProvider,
    ) -> Result<Self, OpenError> {
        let (options, actions) = (&extra.provider_options, &extra.action_options);
        open(loader, config, name, extra.path.as_deref(), options, actions).await
    }
}

async fn open(
    loader: &Loader,
    config: &Config,
    name: &ProviderName,
    path: Option<&Path>,
    options: &Node,
    actions: &Node,
) -> Result<Provider, OpenError> {
    let library = loader.load(name, path)?;
    for warning in library.warnings() {
        tracing::warn!("{warning}");
    }
    let layers = options::check(&library, options).map_err(problems)?;
    let actions = Actions::new(actions);
    let mut opened = Vec::<Handle>::new();
    for (layer, options) in library.layers().iter().zip(&layers).rev() {
        let init = Init {
            options,
            name: &layer.metadata.manifest.name,
            project: &loader.project,
            action_options: actions.configured(),
            workers: 0,
            host: log_forwarder::services(&layer.metadata.manifest.name),
            base: opened.last(),
        };
        let name = &layer.metadata.manifest.name;
        let made = layer.module.init(init).instrument(call_span(name, "init"));
        let limit = config.longshore.limits.provider_timeout;
        match timeout(limit, made).await.unwrap_or_else(|_| Err(unanswered(limit))) {
            Ok(handle) => opened.push(handle),
            Err(source) => {
                shut_down(name, &opened).await;
                return Err(OpenError::Init { name: name.clone(), source });
            }
        }
    }
    opened.reverse();
    let names = library.layers().iter().map(|layer| layer.metadata.manifest.name.clone()).collect();
    Ok(Provider::new(names, opened, actions, library.extensions().to_vec(), config.upload.size_limit))
}

/// Shuts down the opened bases of a provider that failed to open, because it may already have called them.
async fn shut_down(name: &str, bases: &[Handle]) {
    // A provider shuts down its bases after its own calls have ended.
    if let Some(outermost) = bases.last() {
        let ended = outermost.shutdown(UNDOING).instrument(call_span(name, "shutdown")).await;
        if let Err(error) = ended {
            tracing::debug!("what `{name}` extends has not ended: {error}");
        }
    }
}

fn unanswered(limit: Duration) -> longshore_provider::Error {
    let message = format!("`init` did not end within {} s (`limits.providerTimeout`)", limit.as_secs());
    longshore_provider::Error::new(ErrorKind::Timeout, message)
}

pub(super) fn problems(list: Vec<Problem>) -> Problems {
    Problems::from_list(list).unwrap_or_else(|| Problem::new("the options are wrong").into())
}

fn advice(error: &longshore_provider::Error) -> Hint {
    let (text, command) = match error.kind() {
        ErrorKind::Panic => ("this is a fault of the provider", HostCommand::ValidateProvider),
        ErrorKind::Timeout => ("see whether what its options name can be reached", HostCommand::ShowConfiguration),
        _ => ("look at the options that it got", HostCommand::ShowConfiguration),
    };
    Hint::new(text).with_command(command)
}
