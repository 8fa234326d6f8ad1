//! Private files: the same project with another provider named in its configuration.

use std::time::{Duration, Instant};

use http::StatusCode;
use tokio::time::sleep;

use super::{check_private, fetch, put_both, signed_url};
use crate::{failure::Failure, print::Print, setup::Setup};

pub(super) async fn walk(setup: &Setup, print: &Print) -> Result<(), Failure> {
    print.title("Private files: provider = \"aws-s3-private\", and nothing else changed");
    let chosen = async { setup.project.choose("aws-s3-private") };
    print.step("write that line to config/plugins.toml", chosen).await?;
    let urls = put_both(setup, print).await?;
    check_private(setup, print, &urls).await?;
    print
        .step("a URL of `longshore object url --expires` works, and no longer when its time is over", expiry(setup))
        .await
}

/// Holds when a URL works first and is refused later. On a machine that is so busy that its time is over before it
/// is used, the next one lives longer.
async fn expiry(setup: &Setup) -> Result<(), Failure> {
    let sample = &setup.samples[0];
    for seconds in [2, 8, 32] {
        let (start, life) = (Instant::now(), Duration::from_secs(seconds));
        let url = signed_url(setup, sample, &["--expires", &seconds.to_string()]).await?;
        match fetch::gives(&url, sample).await {
            Ok(()) => return ends(&url, life).await,
            // A signature counts whole seconds, so its life may be up to one shorter.
            Err(_) if start.elapsed() + Duration::from_secs(1) >= life => {}
            Err(failure) => return Err(failure),
        }
    }
    Err(Failure::new("a signed URL to be used within 32 s", "a machine that is too busy for that"))
}

/// Holds when the URL is refused once its life is over.
async fn ends(url: &str, life: Duration) -> Result<(), Failure> {
    const MARGIN: Duration = Duration::from_secs(5);
    let start = Instant::now();
    while start.elapsed() < life + MARGIN {
        if fetch::status(url).await? == StatusCode::FORBIDDEN {
            return Ok(());
        }
        sleep(Duration::from_millis(100)).await;
    }
    Err(Failure::new(format_args!("403 Forbidden after {} s", life.as_secs()), "that the URL still works"))
}
