//! Everything that the tour needs before it begins.

use std::path::PathBuf;

use longshore_test_artifacts::{Build, Profile};
use tokio::process::Command;

use crate::{
    failure::Failure,
    longshore::Longshore,
    print::Print,
    project::Project,
    sample::{self, Sample},
    server::Server,
};

/// Server, project, program and files. Dropped, server and project are gone.
pub(crate) struct Setup {
    /// The S3 server.
    pub(crate) server: Server,
    /// The project's folder.
    pub(crate) project: Project,
    /// The program, which is not built again until the tour ends.
    pub(crate) longshore: Longshore,
    /// A file that one request stores, and one that goes in parts.
    pub(crate) samples: [Sample; 2],
}

impl Setup {
    /// Builds what is not built yet, starts the server and makes the project's folder.
    pub(crate) async fn create(print: &Print) -> Result<Self, Failure> {
        print.title("Build the host and its providers (the first time takes some minutes)");
        let binaries = print.loud_step("cargo build --workspace", build_workspace()).await?;
        print.title("Start an S3 server");
        let server = print.step("dev-s3 --port 0 --bucket media", Server::start(&binaries.join("dev-s3"))).await?;
        print.plain(&format!("    it listens on {}, on this machine alone", server.endpoint));
        let project = Project::create()?;
        let samples = [sample::picture(), sample::noise()];
        for sample in &samples {
            project.add(sample)?;
        }
        let longshore = Longshore::new(binaries.join("longshore"), project.path());
        Ok(Self { server, project, longshore, samples })
    }
}

/// The folder with the programs.
async fn build_workspace() -> Result<PathBuf, Failure> {
    let build = Build::workspace(Profile::of_this_program());
    let mut command = Command::from(build.command);
    let status = command.kill_on_drop(true).status().await.map_err(|error| Failure::new("cargo to run", error))?;
    if status.success() { Ok(build.folder) } else { Err(Failure::new("the workspace to build", status)) }
}
