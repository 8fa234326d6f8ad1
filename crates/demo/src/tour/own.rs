//! A provider of one's own: a library that a user compiled, laid into the project's folder.

use std::path::PathBuf;

use super::{check_private, put_both, signed_url, text};
use crate::{
    failure::{Failure, same},
    print::Print,
    setup::Setup,
};

/// A crate outside the workspace.
const CRATE: &str = "examples/private-aws-s3";

pub(super) async fn walk(setup: &Setup, print: &Print) -> Result<(), Failure> {
    print.title("A provider of your own: provider = \"aws-s3\" again, and your library in providers/aws-s3/");
    let library = print.step(format_args!("cargo build in {CRATE}"), build()).await?;
    let installed = async {
        setup.project.install("aws-s3", &library)?;
        setup.project.choose("aws-s3")
    };
    print.step("copy its library to providers/aws-s3/, and write the line to config/plugins.toml", installed).await?;
    print
        .step("longshore provider list: yours is chosen, and extends the one that it overrides", is_chosen(setup))
        .await?;
    let urls = put_both(setup, print).await?;
    check_private(setup, print, &urls).await?;
    print.step("its URLs are signed for 60 s", lasts_a_minute(setup)).await?;
    print.step("longshore object rm noise.bin, and `ls` has only the picture left", remove(setup)).await
}

/// The library that Cargo makes of the user's crate.
async fn build() -> Result<PathBuf, Failure> {
    let build = || {
        let folder = longshore_test_artifacts::stand_alone(
            &longshore_test_artifacts::workspace().join(CRATE).join("Cargo.toml"),
        );
        folder.join(longshore_test_artifacts::library("private-aws-s3"))
    };
    let expected = || format!("{CRATE} to build");
    tokio::task::spawn_blocking(build).await.map_err(|_| Failure::new(expected(), "that it does not"))
}

async fn is_chosen(setup: &Setup) -> Result<(), Failure> {
    let listed = setup.longshore.json(&["provider", "list"]).await?;
    let named = listed.iter().filter(|provider| provider["name"] == "aws-s3");
    let found = named.map(|provider| format!("{} ({})", text(provider, "place"), text(provider, "state")));
    let found = found.collect::<Vec<_>>().join(", ");
    same("the places with an aws-s3 to be", "project (chosen), target (overridden)", &found)
}

async fn lasts_a_minute(setup: &Setup) -> Result<(), Failure> {
    let url = signed_url(setup, &setup.samples[0], &[]).await?;
    let life = url.split(['?', '&']).find_map(|parameter| parameter.strip_prefix("X-Amz-Expires="));
    same("X-Amz-Expires to be", "60", life.unwrap_or("missing"))
}

async fn remove(setup: &Setup) -> Result<(), Failure> {
    let [kept, removed] = &setup.samples;
    let answer = setup.longshore.one(&["object", "rm", removed.name]).await?;
    same("`removed` to be", "true", &answer["removed"].to_string())?;
    let left = setup.longshore.json(&["object", "ls"]).await?;
    let keys: Vec<String> = left.iter().map(|object| text(object, "key")).collect();
    same("the keys to be", kept.name, &keys.join(", "))
}
