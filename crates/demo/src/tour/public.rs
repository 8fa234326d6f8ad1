//! Public files: the provider that everybody starts with.

use super::{fetch, put_both};
use crate::{failure::Failure, print::Print, setup::Setup};

pub(super) async fn walk(setup: &Setup, print: &Print) -> Result<(), Failure> {
    print.title("Public files: provider = \"aws-s3\"");
    let init = setup.longshore.run(&["init", "--provider", "aws-s3"]);
    print.step("longshore init --provider aws-s3", init).await?;
    let pointed = async { setup.project.point_to(&setup.server) };
    print.step("write the bucket and its credentials to .env, the endpoint to config/env/development", pointed).await?;
    print.step("longshore config check", setup.longshore.run(&["config", "check"])).await?;
    let urls = put_both(setup, print).await?;
    for (sample, url) in setup.samples.iter().zip(&urls) {
        print.step(format_args!("GET {url} gives the same bytes"), fetch::gives(url, sample)).await?;
    }
    Ok(())
}
