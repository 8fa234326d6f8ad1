//! Public files: the provider that everybody starts with.

use super::{fetch, put_both};
use crate::{failure::Failure, print::Print, stage::Stage};

pub(super) async fn walk(stage: &Stage, print: &Print) -> Result<(), Failure> {
    print.title("Public files: provider = \"aws-s3\"");
    let init = stage.longshore.run(&["init", "--provider", "aws-s3"]);
    print.step("longshore init --provider aws-s3", init).await?;
    let pointed = async { stage.project.point_to(&stage.server) };
    print.step("write the bucket and its credentials to .env, the endpoint to config/env/development", pointed).await?;
    print.step("longshore config check", stage.longshore.run(&["config", "check"])).await?;
    let urls = put_both(stage, print).await?;
    for (sample, url) in stage.samples.iter().zip(&urls) {
        print.step(format_args!("GET {url} gives the same bytes"), fetch::gives(url, sample)).await?;
    }
    Ok(())
}
