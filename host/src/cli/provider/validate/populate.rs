//! The project's folder of one case. Each case has its own folder: leftover files in it belong to the case.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

use longshore_provider::serde_json::Value;

/// Creates in `folder` the folders and files of `project` that `options` name by relative paths. Folders are created
/// empty, files such as keys are copied. A provider may require them to exist.
pub(super) fn populate(folder: &Path, project: &Path, options: &[&Value]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for path in options.iter().flat_map(|options| texts(options)).filter_map(below) {
        let (there, here) = (project.join(&path), folder.join(&path));
        if there.is_dir() {
            fs::create_dir_all(here)?;
        } else if there.is_file() {
            fs::create_dir_all(here.parent().unwrap_or(folder))?;
            fs::copy(there, here)?;
        }
    }
    Ok(())
}

/// All texts that may be the value of an option: the given values, and the defaults of a schema.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(entries) => entries.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// The path, if it is relative and stays below the project's folder.
fn below(text: &str) -> Option<PathBuf> {
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    let path = Path::new(text);
    (!text.trim().is_empty() && path.components().all(plain)).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use longshore_provider::serde_json::json;

    use super::*;

    #[test]
    fn folders_in_the_options_exist_and_are_empty() {
        let (project, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir_all(project.path().join("public/uploads/deep")).unwrap();
        fs::create_dir_all(project.path().join("keys")).unwrap();
        fs::write(project.path().join("keys/one.pem"), "key").unwrap();
        let options = json!({ "directory": "./public/uploads", "tls": { "keys": ["keys/one.pem"] }, "name": "none" });
        let outside = json!({ "up": "../elsewhere", "root": project.path(), "nothing": "" });
        populate(folder.path(), project.path(), &[&options, &outside]).unwrap();
        let names = |path: &str| {
            let entries = fs::read_dir(folder.path().join(path)).unwrap();
            let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        assert_eq!(names(""), ["keys", "public"]);
        assert_eq!(names("public/uploads"), [""; 0]);
        assert_eq!(fs::read_to_string(folder.path().join("keys/one.pem")).unwrap(), "key");
    }
}
