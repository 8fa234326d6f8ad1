//! Creation of OpenDAL's operator from the options.

use std::path::Path;

use longshore_provider::{Error, ErrorKind, Result, key::url_path};
use opendal::{
    HttpTransporter, Operator, OperatorRegistry,
    layers::{RetryLayer, TimeoutLayer},
};
use opendal_http_transport_reqwest::ReqwestTransport;

use crate::{failure::without_secrets, names::names, options::OpendalOptions};

/// The operator of the service in `options`. Makes no request.
pub(crate) fn operator(options: &OpendalOptions, project: &Path) -> Result<Operator> {
    // These defaults belong to the whole shared library. A second installation installs the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    HttpTransporter::install_default(ReqwestTransport::default());
    opendal::install_default();
    known(options)?;
    let mut pairs: Vec<(String, String)> =
        options.options.iter().map(|(name, value)| (name.clone(), value.expose().to_owned())).collect();
    if matches!(options.service.as_str(), "file" | "fs") {
        absolute(&mut pairs, project)?;
    }
    let operator = Operator::via_iter(&options.service, pairs).map_err(|error| unfit(options, &error))?;
    let limit = options.timeout()?;
    let timeout = TimeoutLayer::new().with_timeout(limit).with_io_timeout(limit);
    // The time limit applies to each attempt, so the retry layer is outermost.
    Ok(operator.layer(timeout).layer(RetryLayer::new().with_max_times(3).with_jitter()))
}

/// The services whose signed URLs open one file for a limited time. URLs of Azure would contain the `sas_token` itself, which
/// opens more files for longer. URLs of B2 open every file whose key has the same beginning.
const SIGN: [&str; 8] = ["cos", "cosn", "gcs", "obs", "oss", "s3", "swift", "tos"];

/// Whether the service signs URLs that open one file for a chosen time.
pub(crate) fn signs(operator: &Operator) -> bool {
    operator.info().capability().presign_read && SIGN.contains(&operator.info().scheme())
}

/// `key` in the form that the service's signer expects. The signer of Google puts the key into the URL without encoding it.
pub(crate) fn as_signed(operator: &Operator, key: &str) -> String {
    if operator.info().scheme() == "gcs" { url_path(key) } else { key.to_owned() }
}

/// Refuses a service that is not built in, and options that the service does not have.
fn known(options: &OpendalOptions) -> Result<()> {
    let mut services: Vec<String> = OperatorRegistry::get().schemes().into_iter().collect();
    services.sort();
    if !services.contains(&options.service) {
        return Err(Error::invalid_options(format!(
            "providerOptions.service: unknown service `{}`; the built-in services are {}",
            options.service,
            services.join(", ")
        )));
    }
    let Some(names) = names(&options.service) else { return Ok(()) };
    match options.options.keys().find(|name| !names.contains(&name.as_str())) {
        None => Ok(()),
        Some(unknown) => Err(Error::invalid_options(format!(
            "providerOptions.options: unknown option `{unknown}` of the service; its options are {}",
            names.join(", ")
        ))),
    }
}

/// Makes relative paths start at the project's folder.
fn absolute(pairs: &mut [(String, String)], project: &Path) -> Result<()> {
    for (name, value) in pairs {
        if matches!(name.as_str(), "root" | "atomic_write_dir") {
            let path = project.join(&value);
            let path = path.to_str().ok_or_else(|| {
                Error::invalid_options(format!(
                    "providerOptions.options.{name}: the path of the project's folder is not UTF-8"
                ))
            })?;
            path.clone_into(value);
        }
    }
    Ok(())
}

/// The error for options that OpenDAL refuses. OpenDAL's message is left out if it quotes a value.
fn unfit(options: &OpendalOptions, error: &opendal::Error) -> Error {
    let causes = without_secrets(error);
    let quotes = |text: &String| options.options.values().any(|value| quotes(text, value.expose()));
    let causes = if causes.iter().any(quotes) { Vec::new() } else { causes };
    Error::new(ErrorKind::InvalidOptions, "providerOptions.options do not fit the service").with_causes(causes)
}

/// Whether `text` contains `value`. Very short values may occur by chance.
fn quotes(text: &str, value: &str) -> bool {
    value.len() > 3 && text.contains(value)
}
