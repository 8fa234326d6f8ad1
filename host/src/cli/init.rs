//! `longshore init`

use std::{
    fmt, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use longshore_plugin_host::config::{Problem, Template, Value, editor, examine, longshore::TEMPLATE};
use serde::Serialize;

use super::{Context, config::schema};
use crate::{exit_code::ExitCode, failure::Failure};

/// Write a commented configuration for a new project
///
/// The files are `config/plugins.toml`, `config/longshore.toml` and, for editors, `config/longshore.schema.json`. An
/// existing configuration is never overwritten. `longshore config schema --write` writes the schema again.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The provider to configure
    #[arg(long, value_name = "NAME", default_value = "local", value_parser = template_parser())]
    provider: Template,
}

/// The files that were written.
#[derive(Serialize)]
struct Record {
    provider: &'static str,
    written: Vec<PathBuf>,
    /// Variables that the configuration needs.
    variables: Vec<&'static str>,
}

impl Init {
    pub(super) fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let file = context.plugins_file();
        let text = self.provider.text();
        write_new(&file, &for_editors(text))?;
        let mut written = vec![tidy(&file)];
        let server = file.with_file_name("longshore.toml");
        if !server.exists() {
            write_new(&server, &for_editors(TEMPLATE))?;
            written.push(tidy(&server));
        }
        let described = schema::file(context);
        schema::write(&described, &schema::schema(context, false))?;
        written.push(tidy(&described));
        if let Some(folder) = upload_folder(context, self.provider) {
            fs::create_dir_all(&folder).map_err(|source| Failure::Write { path: folder.clone(), source })?;
            written.push(tidy(&folder));
        }
        let record = Record { provider: self.provider.name(), written, variables: required_variables(text) };
        context.print.block(&record)?;
        Ok(ExitCode::Done)
    }
}

/// The text with the line that names the schema for editors.
fn for_editors(text: &str) -> String {
    format!("{}\n\n{text}", editor::POINTER)
}

fn template_parser() -> impl TypedValueParser<Value = Template> {
    PossibleValuesParser::new(Template::ALL.map(Template::name)).try_map(|name| name.parse::<Template>())
}

fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |source| Failure::Write { path: path.to_owned(), source };
    fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
    match fs::OpenOptions::new().write(true).create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let mut problem = Problem::new(format!("the configuration `{}` exists", tidy(path).display()));
            problem.hint = Some("change `provider` in it, or move the file away".into());
            Err(problem.into())
        }
        opened => opened.and_then(|mut file| file.write_all(text.as_bytes())).map_err(failed),
    }
}

/// The folder that the local provider keeps its files in, which it wants to be there.
fn upload_folder(context: &Context<'_>, template: Template) -> Option<PathBuf> {
    if template != Template::Local {
        return None;
    }
    let examined = examine(&context.request);
    let options = examined.config?.upload.provider_options;
    match &options.get("directory")?.value {
        Value::String(folder) => Some(examined.project.join(folder)),
        _ => None,
    }
}

/// The variables that must be set: `${NAME}` outside of comments.
fn required_variables(template: &'static str) -> Vec<&'static str> {
    let settings = template.lines().filter(|line| !line.starts_with('#'));
    let references = settings.flat_map(|line| line.split("${").skip(1)).filter_map(|rest| rest.split('}').next());
    references.filter(|name| !name.contains(['-', ':'])).collect()
}

/// As people write it: without the folder they are in.
pub(super) fn tidy(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let path = path.strip_prefix(here).unwrap_or(path);
    path.strip_prefix(".").unwrap_or(path).to_owned()
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for path in &self.written {
            writeln!(f, "wrote {}", path.display())?;
        }
        writeln!(f, "\nNext:")?;
        if !self.variables.is_empty() {
            writeln!(f, "  set {}", self.variables.join(", "))?;
            writeln!(f, "    in the environment, or in a file `.env` beside `config/`")?;
        }
        write!(f, "  longshore config check\n  longshore object put FILE\n  longshore serve")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_without_a_default_are_required() {
        assert_eq!(required_variables(Template::Local.text()), [""; 0]);
        let expected = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_ACCESS_SECRET", "AWS_BUCKET"];
        assert_eq!(required_variables(Template::AwsS3.text()), expected);
    }
}
