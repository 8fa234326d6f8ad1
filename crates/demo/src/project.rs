//! The folder of a project, written as a user would write it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::{
    failure::Failure,
    sample::Sample,
    server::{BUCKET, Server},
};

/// What stands in `.env`: names for which the reader's environment must have no value of its own.
pub(crate) const VARIABLES: [&str; 5] =
    ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_ACCESS_SECRET", "AWS_BUCKET", "S3_ENDPOINT"];

/// `config/env/development/plugins.toml`: what differs from the file that `longshore init` writes.
const DEVELOPMENT: &str = "\
# In development the bucket is not Amazon's.
[upload.config.providerOptions.s3Options]
endpoint = \"${S3_ENDPOINT}\"
forcePathStyle = true
";

/// A project's folder. Dropped, it is removed.
pub(crate) struct Project {
    folder: TempDir,
}

impl Project {
    /// An empty folder.
    pub(crate) fn create() -> Result<Self, Failure> {
        let folder = tempfile::Builder::new().prefix("longshore-demo-").tempdir();
        let folder = folder.map_err(|error| Failure::new("a temporary folder", error))?;
        Ok(Self { folder })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes what tells development's server from Amazon's: `.env` and `config/env/development/plugins.toml`.
    pub(crate) fn point_to(&self, server: &Server) -> Result<(), Failure> {
        let values = [&server.region, &server.access_key_id, &server.secret_access_key, BUCKET, &server.endpoint];
        let lines = VARIABLES.iter().zip(values).flat_map(|(name, value)| [name, "=", value, "\n"]);
        let lines: String = lines.collect();
        self.write(".env", lines.as_bytes())?;
        self.write("config/env/development/plugins.toml", DEVELOPMENT.as_bytes())
    }

    /// Puts a file to store into the folder.
    pub(crate) fn add(&self, sample: &Sample) -> Result<(), Failure> {
        self.write(sample.name, &sample.bytes)
    }

    /// Changes the one line of `config/plugins.toml` that names the provider.
    pub(crate) fn choose(&self, provider: &str) -> Result<(), Failure> {
        let path = self.path().join("config/plugins.toml");
        let text = fs::read_to_string(&path).map_err(|error| failed("reading", &path, &error))?;
        let is_choice = |line: &&str| line.starts_with("provider = ");
        let choices = text.lines().filter(is_choice).count();
        if choices != 1 {
            let expected = format!("one line `provider = …` in {}", path.display());
            return Err(Failure::new(expected, choices));
        }
        let choice = format!("provider = \"{provider}\"");
        let changed = text.lines().map(|line| if is_choice(&line) { &choice } else { line });
        let changed: String = changed.flat_map(|line| [line, "\n"]).collect();
        fs::write(&path, changed).map_err(|error| failed("writing", &path, &error))
    }

    /// Copies a provider's library to where the project keeps the provider `name`.
    pub(crate) fn install(&self, name: &str, library: &Path) -> Result<PathBuf, Failure> {
        let folder = self.path().join("providers").join(name);
        fs::create_dir_all(&folder).map_err(|error| failed("creating", &folder, &error))?;
        let copy = folder.join(library.file_name().expect("a library has a name"));
        fs::copy(library, &copy).map_err(|error| failed("copying", library, &error))?;
        Ok(copy)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let path = self.path().join(name);
        let folder = path.parent().expect("it lies in the project");
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, bytes));
        written.map_err(|error| failed("writing", &path, &error))
    }
}

fn failed(doing: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::new(format_args!("{doing} {} to work", path.display()), error)
}
