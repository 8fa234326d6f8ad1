//! From files, environment and overrides to a checked configuration.

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
    /// The user ids that `LONGSHORE_TRUSTED_USERS` lists: who may own libraries and configuration files, besides root
    /// and the effective user.
    pub trusted_users: Vec<u32>,
    /// The files that were read, in the order in which one is laid over the other, and the `.env` file; named relative to
    /// the start folder.
    pub files: Vec<PathBuf>,
    /// Findings that are no errors.
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
    /// The readable part. `None` when a file is missing or does not parse. When there are problems, it is for
    /// further checks only: values that were wrong are left out.
    pub config: Option<Config>,
    /// The errors; `None` when there are none.
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

/// Reads the files of a project, and remembers which there were.
struct Reader<'a> {
    project: &'a Project,
    environment: &'a str,
    trust: &'a Trust,
    files: Vec<PathBuf>,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    /// A file with its environment's laid over it; `None` when neither exists or one has problems.
    fn merged(&mut self, file: &Path) -> Option<Node> {
        let base = self.file(file);
        let over = Project::overlay(file, self.environment).and_then(|path| self.file(&path));
        match (base, over) {
            (Some(mut base), Some(over)) => {
                merge(&mut base, over);
                Some(base)
            }
            // The environment's file adds to the project's, and is none by itself.
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
