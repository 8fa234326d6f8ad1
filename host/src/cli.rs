//! The command line: one file for each verb, with its arguments and what it does.

mod config;
mod expiry;
mod files;
mod init;
mod input;
mod object;
mod provider;
mod report;
mod serve;
mod token;
mod when;

pub(crate) use self::provider::ValidateCase;

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};
use longshore_plugin_host::config::{LoadRequest, check_override};

use crate::{
    exit_code::{self, ExitCode},
    failure::Failure,
    print::{Output, Printer},
};

/// Media library with storage providers that are loaded at run time
#[derive(Debug, Parser)]
#[command(name = "longshore", version, after_help = exit_code::TABLE, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// Which project.
    #[command(flatten)]
    pub(crate) project: Project,
    /// The output.
    #[command(flatten)]
    pub(crate) output: Output,
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// Which configuration.
#[derive(Debug, Args)]
#[command(next_help_heading = "Project")]
pub(crate) struct Project {
    /// Read this plugins file instead of `config/plugins.toml`
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Override one key of the configuration, such as `upload.config.provider=local`
    #[arg(long, value_name = "KEY=VALUE", global = true, value_parser = override_parser)]
    set: Vec<String>,
    /// The folder of the project; the current folder unless given
    #[arg(short = 'C', long = "project", value_name = "FOLDER", global = true)]
    folder: Option<PathBuf>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Init(init::Init),
    #[command(subcommand)]
    Config(config::Config),
    #[command(subcommand)]
    Provider(provider::Provider),
    #[command(subcommand)]
    Object(object::Object),
    #[command(subcommand)]
    Files(files::Files),
    Serve(serve::Serve),
    #[command(subcommand)]
    Token(token::Token),
}

/// The context of every command beside its own arguments.
pub(crate) struct Context<'a> {
    /// Which configuration to load.
    pub(crate) request: LoadRequest,
    /// Prints the output.
    pub(crate) print: &'a Printer,
}

impl Context<'_> {
    /// The path of the project's plugins file, whether or not the file exists.
    fn plugins_file(&self) -> PathBuf {
        let named = self.request.plugins_file.as_deref();
        self.request.start_dir.join(named.unwrap_or(Path::new("config/plugins.toml")))
    }
}

/// The text of an override, if it is one. clap does not repeat an empty reason, so the hint is part of it.
fn override_parser(text: &str) -> Result<String, String> {
    match check_override(text) {
        Ok(()) => Ok(text.to_owned()),
        Err(problem) => Err(match problem.hint {
            Some(hint) => format!("{}; {hint}", problem.message),
            None => problem.message,
        }),
    }
}

impl Project {
    /// The request for the configuration.
    pub(crate) fn request(&self) -> LoadRequest {
        LoadRequest {
            plugins_file: self.config.clone(),
            overrides: self.set.clone(),
            start_dir: self.folder.clone().unwrap_or_else(|| PathBuf::from(".")),
        }
    }
}

impl Verb {
    /// Whether the command works with an existing project, and so with its `.env`.
    pub(crate) fn reads_the_project(&self) -> bool {
        match self {
            Self::Init(_) => false,
            Self::Provider(verb) => verb.reads_the_project(),
            _ => true,
        }
    }

    /// Does it.
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        match self {
            Self::Init(verb) => verb.run(context),
            Self::Config(verb) => verb.run(context).await,
            Self::Provider(verb) => verb.run(context),
            Self::Object(verb) => verb.run(context).await,
            Self::Files(verb) => verb.run(context).await,
            Self::Serve(verb) => verb.run(context).await,
            Self::Token(verb) => verb.run(context).await,
        }
    }
}
