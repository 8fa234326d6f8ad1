//! Finds the project: the folder that contains `config/plugins.toml`.

use std::path::{Path, PathBuf};

use super::nearest;
use super::problem::Problem;
use super::request::LoadRequest;
use crate::hint::{Hint, HostCommand};

/// The folders and files of one project.
pub(super) struct Project {
    /// The project's folder; absolute, with unresolved symbolic links.
    pub(super) root: PathBuf,
    /// The plugins file.
    pub(super) plugins: PathBuf,
    /// The start folder.
    start: PathBuf,
}

impl Project {
    /// Determines the project of a request. Its files need not exist.
    pub(super) fn locate(request: &LoadRequest) -> Result<Self, Problem> {
        let start = std::path::absolute(&request.start_dir)
            .map_err(|error| Problem::new(format!("failed to make the start folder absolute: {error}")))?;
        let Some(file) = &request.plugins_file else {
            return Ok(Self { plugins: start.join("config/plugins.toml"), root: start.clone(), start });
        };
        let plugins = start.join(file);
        let folder = plugins.parent().unwrap_or(&start);
        let root = match (folder.file_name(), folder.parent()) {
            (Some(name), Some(parent)) if name == "config" => parent.to_path_buf(),
            _ => folder.to_path_buf(),
        };
        Ok(Self { root, plugins, start })
    }

    /// The path of a file in the folder of the plugins file.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.plugins.with_file_name(name)
    }

    /// The file of `environment` that is merged over `file`.
    pub(super) fn overlay(file: &Path, environment: &str) -> Option<PathBuf> {
        Some(file.parent()?.join("env").join(environment).join(file.file_name()?))
    }

    /// The project's `.env` file, which is used unless `ENV_PATH` names another one.
    pub(super) fn dotenv(&self) -> PathBuf {
        self.root.join(".env")
    }

    /// The problem that `environment` has no folder, although other environments have one.
    pub(super) fn unused_overlays(&self, environment: &str, variable: &str) -> Option<Problem> {
        let folder = self.beside("env");
        if folder.join(environment).is_dir() {
            return None;
        }
        let entries = std::fs::read_dir(&folder).ok()?.filter_map(Result::ok);
        let folders = entries.filter(|entry| entry.path().is_dir());
        let mut others: Vec<_> = folders.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        others.sort_unstable();
        let nearest = nearest::nearest(environment, others.iter().map(String::as_str));
        let hint = match nearest {
            Some(nearest) => format!("did you mean `{nearest}`? there are {}", others.join(", ")),
            None if others.is_empty() => return None,
            None => format!("there are {}", others.join(", ")),
        };
        let label = self.label(&folder);
        let message =
            format!("`{variable}` names the environment `{environment}`, which has no folder in {}", label.display());
        Some(Problem::new(message).with_hint(hint))
    }

    /// The form of a path in messages: relative to the start folder if it is below that folder.
    pub(super) fn label(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.start).unwrap_or(path).to_path_buf()
    }

    /// The problem that the plugins file does not exist, with a hint.
    pub(super) fn missing(&self) -> Problem {
        let problem = Problem::new(format!("no configuration: there is no file {}", self.plugins.display()));
        for (name, advice) in [
            ("plugin.toml", "rename it to `plugins.toml`"),
            ("plugins.js", "only TOML is read: carry its keys over to `plugins.toml`, they have the same names"),
            ("plugins.ts", "only TOML is read: carry its keys over to `plugins.toml`, they have the same names"),
            ("plugins.json", "only TOML is read: carry its keys over to `plugins.toml`, they have the same names"),
        ] {
            let other = self.beside(name);
            if other.is_file() {
                return problem.with_hint(format!("there is {}: {advice}", self.label(&other).display()));
            }
        }
        let above = self.root.ancestors().skip(1).find(|folder| folder.join("config/plugins.toml").is_file());
        match above {
            Some(folder) => problem.with_hint(format!("there is one in {}: start from there", folder.display())),
            None => problem
                .with_hint(Hint::new("write one, or name another file").with_command(HostCommand::WriteConfiguration)),
        }
    }
}
