//! Combines files, environment and overrides into a checked configuration.

use std::path::{Path, PathBuf};

use super::dotenv::dotenv_file;
use super::environment::{DEVELOPMENT, Environment, ProcessEnvironment, environment_name, environment_variable};
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
use super::request::LoadRequest;
use super::trusted::{provider_path, trusted_users};
use super::upload::{self, UploadConfig};
use crate::library::Trust;

/// A project's configuration, merged, expanded and checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The project's folder, absolute. Relative paths in the configuration are relative to it.
    pub project: PathBuf,
    /// The environment whose files were merged, such as `development`.
    pub environment: String,
    /// The media library and its providers.
    pub upload: UploadConfig,
    /// The table `upload` that [`Config::upload`] was read from.
    pub upload_node: Node,
    /// The server, its database and its webhooks.
    pub longshore: LongshoreConfig,
    /// The merged and expanded `config/longshore.toml` that [`Config::longshore`] was read from; an empty table if the
    /// file does not exist.
    pub longshore_node: Node,
    /// The additional folders to search for providers, from `LONGSHORE_PROVIDER_PATH`; all absolute.
    pub provider_path: Vec<PathBuf>,
    /// The user ids in `LONGSHORE_TRUSTED_USERS`: users who may own libraries and configuration files, in addition to
    /// root and the effective user.
    pub trusted_users: Vec<u32>,
    /// The files that were read, in the order of merging, and the `.env` file. The paths are relative to the start
    /// folder.
    pub files: Vec<PathBuf>,
    /// Problems that do not prevent loading.
    pub warnings: Vec<Problem>,
}

/// A configuration that may have problems, for reporting more of them than [`load`] can.
#[derive(Debug)]
pub struct Examined {
    /// The same as [`Config::project`], also available without a configuration.
    pub project: PathBuf,
    /// The same as [`Config::provider_path`], also available without a configuration.
    pub provider_path: Vec<PathBuf>,
    /// The same as [`Config::trusted_users`], also available without a configuration.
    pub trusted_users: Vec<u32>,
    /// The readable part; `None` if a file is missing or cannot be parsed. If there are problems, this value is only
    /// for further checks, because invalid values are left out.
    pub config: Option<Config>,
    /// The errors; `None` when there are none.
    pub problems: Option<Problems>,
}

/// Loads a configuration with variables from the process environment (see [`super::apply_dotenv`]).
pub fn load(request: &LoadRequest) -> Result<Config, Problems> {
    load_with(request, &ProcessEnvironment)
}

/// Does the same as [`load`], with variables from `environment`.
pub fn load_with(request: &LoadRequest, environment: &dyn Environment) -> Result<Config, Problems> {
    let examined = examine_with(request, environment);
    match (examined.config, examined.problems) {
        (_, Some(problems)) => Err(problems),
        (Some(config), None) => Ok(config),
        (None, None) => Err(Problem::new("no configuration").into()),
    }
}

/// Reads the readable part of a configuration, and returns all problems.
pub fn examine(request: &LoadRequest) -> Examined {
    examine_with(request, &ProcessEnvironment)
}

/// Does the same as [`examine`], with variables from `environment`.
pub fn examine_with(request: &LoadRequest, environment: &dyn Environment) -> Examined {
    let mut problems = Vec::new();
    let config =
        read_config(request, environment, &mut problems).map_err(|problem| problems.push(problem)).unwrap_or_default();
    let project = Project::locate(request).map_or_else(|_| request.start_dir.clone(), |project| project.root);
    let provider_path = provider_path(environment, &mut Vec::new());
    let trusted_users = trusted_users(environment, &mut Vec::new());
    Examined { project, provider_path, trusted_users, config, problems: Problems::from_list(problems) }
}

/// Returns `None` if further checks would only find consequences of the problems found so far.
fn read_config(
    request: &LoadRequest,
    environment: &dyn Environment,
    problems: &mut Vec<Problem>,
) -> Result<Option<Config>, Problem> {
    let project = Project::locate(request)?;
    let name = environment_name(environment)?;
    let trust = Trust { users: trusted_users(environment, &mut Vec::new()) };
    let mut reader = Reader { project: &project, environment: &name, trust: &trust, files: Vec::new(), problems };
    let mut plugins = reader.merged(&project.plugins);
    let mut longshore = reader.merged(&project.beside("longshore.toml"));
    let mut files = reader.files;
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

    let dotenv = dotenv_file(&project, request, environment).filter(|path| path.is_file());
    files.extend(dotenv.map(|path| project.label(&path)));
    let mut warnings = Vec::new();
    if let Some(variable) = environment_variable(environment).filter(|_| name != DEVELOPMENT) {
        warnings.extend(project.unused_overlays(&name, variable));
    }
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
        files,
        warnings,
    }))
}

/// Reads the files of a project, and records which of them exist.
struct Reader<'a> {
    project: &'a Project,
    environment: &'a str,
    trust: &'a Trust,
    files: Vec<PathBuf>,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    /// Reads a file and merges the environment's file over it. Returns `None` if the file does not exist or has
    /// problems.
    fn merged(&mut self, file: &Path) -> Option<Node> {
        let base = self.file(file);
        let over = Project::overlay(file, self.environment).and_then(|path| self.file(&path));
        match (base, over) {
            (Some(mut base), Some(over)) => {
                merge(&mut base, over);
                Some(base)
            }
            // The environment's file only extends the project's file, and is ignored without it.
            (base, _) => base,
        }
    }

    fn file(&mut self, path: &Path) -> Option<Node> {
        let label = self.project.label(path);
        match read(path, &label, self.trust) {
            Ok(text) => {
                let node = parse_file(&text?, &label, self.problems);
                self.files.push(label);
                node
            }
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }
}

/// Takes the table `upload` out of the plugins file. Other tables belong to plugins of another host.
fn take_upload(plugins: &mut Node, warnings: &mut Vec<Problem>, problems: &mut Vec<Problem>) -> Node {
    let Value::Table(table) = &mut plugins.value else { return Node::empty("upload") };
    let upload = table.remove("upload");
    for (name, node) in table {
        // The name of a file determines its tables. An override may refer to either file.
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
