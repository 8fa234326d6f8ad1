//! From files, environment and overrides to a checked configuration.

use std::path::{Path, PathBuf};

use super::environment::{Environment, ProcessEnvironment, environment_name};
use super::expand::expand;
use super::longshore::{self, LongshoreConfig};
use super::merge::merge;
use super::nearest;
use super::node::{Node, Value};
use super::origin::Source;
use super::overrides;
use super::parse::parse_file;
use super::problem::{Problem, Problems};
use super::project::Project;
use super::read::read;
use super::upload::{self, UploadConfig};

/// Which configuration to load.
#[derive(Debug, Clone)]
pub struct LoadRequest {
    /// A plugins file other than `config/plugins.toml`, relative to `start_dir`. Its project is the folder above its
    /// folder, if that is called `config`, else its folder.
    pub plugins_file: Option<PathBuf>,
    /// Overrides `key.path=value`; the value is TOML, or text where it is not. They are laid over the files.
    pub overrides: Vec<String>,
    /// The folder whose `config/plugins.toml` is read, and that messages name files relative to.
    pub start_dir: PathBuf,
}

impl LoadRequest {
    /// The configuration of the project in `folder`, as its files have it.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { plugins_file: None, overrides: Vec::new(), start_dir: folder.into() }
    }
}

/// A project's configuration, merged, expanded and checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The project's folder, absolute: relative paths in the configuration start here.
    pub project: PathBuf,
    /// The environment whose files were merged, such as `development`.
    pub environment: String,
    /// The media library and its providers.
    pub upload: UploadConfig,
    /// The table `upload` that [`Config::upload`] was read from.
    pub upload_node: Node,
    /// The server and its table.
    pub longshore: LongshoreConfig,
    /// `config/longshore.toml`, merged and expanded, that [`Config::longshore`] was read from; an empty table when
    /// there is none.
    pub longshore_node: Node,
    /// The folders that `LONGSHORE_PROVIDER_PATH` adds to those that providers are looked for in; all absolute.
    pub provider_path: Vec<PathBuf>,
    /// The user ids that `LONGSHORE_TRUSTED_USERS` lists: who may own libraries, besides root and the effective user.
    pub trusted_users: Vec<u32>,
    /// What is doubtful without being wrong.
    pub warnings: Vec<Problem>,
}

/// A configuration that may have problems, for reporting more of them than [`load`] can.
#[derive(Debug)]
pub struct Examined {
    /// As [`Config::project`], also when there is no configuration.
    pub project: PathBuf,
    /// As [`Config::provider_path`], also when there is no configuration.
    pub provider_path: Vec<PathBuf>,
    /// As [`Config::trusted_users`], also when there is no configuration.
    pub trusted_users: Vec<u32>,
    /// What could be read. `None` when a file is missing or does not parse. When there are problems, it is for
    /// further checks only: values that were wrong are left out.
    pub config: Option<Config>,
    /// What is wrong; `None` when nothing is.
    pub problems: Option<Problems>,
}

/// Loads a configuration, its variables taken from the process environment (see [`super::apply_dotenv`]).
pub fn load(request: &LoadRequest) -> Result<Config, Problems> {
    load_with(request, &ProcessEnvironment)
}

/// [`load`] with variables from elsewhere.
pub fn load_with(request: &LoadRequest, environment: &dyn Environment) -> Result<Config, Problems> {
    let examined = examine_with(request, environment);
    match (examined.config, examined.problems) {
        (_, Some(problems)) => Err(problems),
        (Some(config), None) => Ok(config),
        (None, None) => Err(Problem::new("no configuration").into()),
    }
}

/// Reads as much of a configuration as there is, with all its problems.
pub fn examine(request: &LoadRequest) -> Examined {
    examine_with(request, &ProcessEnvironment)
}

/// [`examine`] with variables from elsewhere.
pub fn examine_with(request: &LoadRequest, environment: &dyn Environment) -> Examined {
    let mut problems = Vec::new();
    let config =
        read_config(request, environment, &mut problems).map_err(|problem| problems.push(problem)).unwrap_or_default();
    let project = Project::locate(request).map_or_else(|_| request.start_dir.clone(), |project| project.root);
    let provider_path = provider_path(environment, &mut Vec::new());
    let trusted_users = trusted_users(environment, &mut Vec::new());
    Examined { project, provider_path, trusted_users, config, problems: Problems::from_list(problems) }
}

/// `None` when going on after the problems found would only find their consequences.
fn read_config(
    request: &LoadRequest,
    environment: &dyn Environment,
    problems: &mut Vec<Problem>,
) -> Result<Option<Config>, Problem> {
    let project = Project::locate(request)?;
    let name = environment_name(environment)?;
    let mut plugins = layers(&project, &project.plugins, &name, problems);
    let mut longshore = layers(&project, &project.beside("longshore.toml"), &name, problems);
    if problems.is_empty() && plugins.is_none() {
        return Err(project.missing());
    }
    for text in &request.overrides {
        let Some(over) = overrides::parse(text, problems) else { continue };
        let server =
            over.as_table().is_some_and(|table| table.keys().all(|key| longshore::TABLES.contains(&key.as_str())));
        let target = if server { &mut longshore } else { &mut plugins };
        merge(target.get_or_insert_with(|| Node::empty("")), over);
    }
    let Some(mut plugins) = plugins.filter(|_| problems.is_empty()) else { return Ok(None) };
    let mut longshore_node = longshore.unwrap_or_else(|| Node::empty(""));

    let mut warnings = Vec::new();
    let mut upload_node = take_upload(&mut plugins, &mut warnings, problems);
    upload::drop_ignored(&mut upload_node, &mut warnings);
    expand(&mut upload_node, environment, problems);
    expand(&mut longshore_node, environment, problems);
    let upload = UploadConfig::read(&upload_node, &project.root, problems, &mut warnings);
    let longshore = LongshoreConfig::read(&longshore_node, &project.root, problems);
    if let (Some(_), Some(node)) = (upload.concurrent_upload_requests, longshore_node.pointer("/limits/uploads")) {
        let message = "ignored: `upload.config.concurrentUploadRequests` says how many uploads are in flight";
        warnings.push(Problem::at(&node.origin, message));
    }
    let provider_path = provider_path(environment, &mut warnings);
    let trusted_users = trusted_users(environment, &mut warnings);
    Ok(Some(Config {
        project: project.root,
        environment: name,
        upload,
        upload_node,
        longshore,
        longshore_node,
        provider_path,
        trusted_users,
        warnings,
    }))
}

/// A file with its environment's laid over it; `None` when neither exists or one has problems.
fn layers(project: &Project, file: &Path, environment: &str, problems: &mut Vec<Problem>) -> Option<Node> {
    let mut layer = |path: &Path| {
        let label = project.label(path);
        match read(path, &label) {
            Ok(text) => parse_file(&text?, &label, problems),
            Err(problem) => {
                problems.push(problem);
                None
            }
        }
    };
    let base = layer(file);
    let over = Project::overlay(file, environment).and_then(|path| layer(&path));
    match (base, over) {
        (Some(mut base), Some(over)) => {
            merge(&mut base, over);
            Some(base)
        }
        // The environment's file adds to the project's, and is none by itself.
        (base, _) => base,
    }
}

/// The table `upload` out of the plugins file; what else is there belongs to plugins of another host.
fn take_upload(plugins: &mut Node, warnings: &mut Vec<Problem>, problems: &mut Vec<Problem>) -> Node {
    let Value::Table(table) = &mut plugins.value else { return Node::empty("upload") };
    let upload = table.remove("upload");
    for (name, node) in table {
        // A file is known by its name; an override may mean either.
        let is_override = matches!(node.origin.source, Source::Override(_));
        let is_other = matches!(node.value, Value::Table(_) | Value::Boolean(_)) && !nearest::is_slip(name, "upload");
        if is_other && !is_override {
            warnings.push(Problem::at(&node.origin, "ignored: only the plugin `upload` is known"));
        } else {
            let longshore = longshore::TABLES.into_iter().filter(|_| is_override);
            let hint = nearest::hint(name, longshore.chain(["upload"]));
            problems.push(Problem::at(&node.origin, "unknown key").with_hint(hint));
        }
    }
    upload.unwrap_or_else(|| Node::empty("upload"))
}

fn provider_path(environment: &dyn Environment, warnings: &mut Vec<Problem>) -> Vec<PathBuf> {
    let Some(list) = environment.var("LONGSHORE_PROVIDER_PATH") else { return Vec::new() };
    let (absolute, relative): (Vec<_>, Vec<_>) = std::env::split_paths(&list)
        .filter(|folder| !folder.as_os_str().is_empty())
        .partition(|folder| folder.is_absolute());
    for folder in relative {
        let message = format!("`LONGSHORE_PROVIDER_PATH` names {}, which is ignored: it is relative", folder.display());
        warnings.push(Problem::new(message));
    }
    absolute
}

/// Names are not looked up: whoever may write the list of users is not always whom a library is trusted for.
fn trusted_users(environment: &dyn Environment, warnings: &mut Vec<Problem>) -> Vec<u32> {
    let list = environment.var("LONGSHORE_TRUSTED_USERS").unwrap_or_default();
    let list = list.to_string_lossy();
    let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    entries
        .filter_map(|entry| {
            let message = || format!("`LONGSHORE_TRUSTED_USERS` names `{entry}`, which is ignored: it is no user id");
            let hint = "`id -u NAME` prints one; several are parted by `,`";
            entry.parse().map_err(|_| warnings.push(Problem::new(message()).with_hint(hint))).ok()
        })
        .collect()
}
