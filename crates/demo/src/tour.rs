//! The tour: three providers, one after the other, with one host binary and only the configuration changed; then the
//! media library on one of them.

mod library;
mod own;
mod private;
mod public;

use serde_json::Value;

use crate::{
    failure::{Failure, same},
    fetch,
    print::Print,
    sample::Sample,
    serving::Serving,
    setup::Setup,
};

/// Walks through all of it. The server of its last part is still running.
pub(crate) async fn walk(setup: &Setup, print: &Print) -> Result<Serving, Failure> {
    public::walk(setup, print).await?;
    private::walk(setup, print).await?;
    own::walk(setup, print).await?;
    library::walk(setup, print).await
}

/// Stores both files; the URLs under which they are stored.
async fn put_both(setup: &Setup, print: &Print) -> Result<[String; 2], Failure> {
    let [small, large] = &setup.samples;
    Ok([put(setup, print, small).await?, put(setup, print, large).await?])
}

async fn put(setup: &Setup, print: &Print, sample: &Sample) -> Result<String, Failure> {
    let size = sample.bytes.len();
    let put = async {
        let stored = setup.longshore.one(&["object", "put", sample.name]).await?;
        same("the key", sample.name, &text(&stored, "key"))?;
        same("the size", &size.to_string(), &stored["size"].to_string())?;
        Ok(text(&stored, "url"))
    };
    print.step(format_args!("longshore object put {} ({size} bytes)", sample.name), put).await
}

/// Holds when neither file can be read by its plain URL, and both by the ones that are signed for them.
async fn check_private(setup: &Setup, print: &Print, urls: &[String; 2]) -> Result<(), Failure> {
    for (sample, url) in setup.samples.iter().zip(urls) {
        let plain = fetch::is_forbidden(url);
        print.step(format_args!("GET {url} returns 403 now"), plain).await?;
        let signed = async { fetch::gives(&signed_url(setup, sample, &[]).await?, sample).await };
        print
            .step(format_args!("GET \"$(longshore object url {})\" gives the same bytes", sample.name), signed)
            .await?;
    }
    Ok(())
}

/// A signed URL of a stored file.
async fn signed_url(setup: &Setup, sample: &Sample, arguments: &[&str]) -> Result<String, Failure> {
    let url = setup.longshore.one(&[&["object", "url", sample.name], arguments].concat()).await?;
    same("the URL to be signed:", "true", &url["signed"].to_string())?;
    Ok(text(&url, "url"))
}

/// A field of a response as text. A value that is no string is shown as JSON.
fn text(object: &Value, field: &str) -> String {
    object[field].as_str().map_or_else(|| object[field].to_string(), str::to_owned)
}
