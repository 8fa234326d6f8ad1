//! From options to OpenDAL's operator.

use std::path::Path;

use longshore_provider::{Error, ErrorKind, Result, key::url_path};
use opendal::{
    HttpTransporter, Operator, OperatorRegistry,
    layers::{RetryLayer, TimeoutLayer},
};
use opendal_http_transport_reqwest::ReqwestTransport;

use crate::{failure::without_secrets, names::names, options::OpendalOptions};

/// The operator of the service that `options` name. No request is made.
pub(crate) fn operator(options: &OpendalOptions, project: &Path) -> Result<Operator> {
    // Each is for the whole library. Where it is installed already, it is the same one.
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
    let patience = options.patience()?;
    let timeout = TimeoutLayer::new().with_timeout(patience).with_io_timeout(patience);
    // A retry begins anew, so it stands around the time limit.
    Ok(operator.layer(timeout).layer(RetryLayer::new().with_max_times(3).with_jitter()))
}

/// Those whose signatures are for one file and one time. Azure's would be those of the `sas_token` itself, which opens more,
/// and for longer; those of B2 open every file whose key begins like this one's.
const SIGN: [&str; 8] = ["cos", "cosn", "gcs", "obs", "oss", "s3", "swift", "tos"];

/// Whether the service signs URLs, each for one file and for as long as it is asked to.
pub(crate) fn signs(operator: &Operator) -> bool {
    operator.info().capability().presign_read && SIGN.contains(&operator.info().scheme())
}

/// `key` as the service's signer takes it. Google's puts it into the URL as it stands, without encoding it.
pub(crate) fn as_signed(operator: &Operator, key: &str) -> String {
    if operator.info().scheme() == "gcs" { url_path(key) } else { key.to_owned() }
}

/// Refuses a service that is not built in, and names that the service does not know.
fn known(options: &OpendalOptions) -> Result<()> {
    let mut services: Vec<String> = OperatorRegistry::get().schemes().into_iter().collect();
    services.sort();
    if !services.contains(&options.service) {
        return Err(Error::invalid_options(format!(
            "providerOptions.service has to be one of those that this library was built with: {}",
            services.join(", ")
        )));
    }
    let Some(names) = names(&options.service) else { return Ok(()) };
    match options.options.keys().find(|name| !names.contains(&name.as_str())) {
        None => Ok(()),
        Some(unknown) => Err(Error::invalid_options(format!(
            "providerOptions.options: unknown option `{unknown}` of the service; it knows {}",
            names.join(", ")
        ))),
    }
}

/// Has relative paths start at the project's folder.
fn absolute(pairs: &mut [(String, String)], project: &Path) -> Result<()> {
    for (name, value) in pairs {
        if matches!(name.as_str(), "root" | "atomic_write_dir") {
            let path = project.join(&value);
            let path = path.to_str().ok_or_else(|| {
                Error::invalid_options(format!("providerOptions.options.{name}: the project's folder is no UTF-8"))
            })?;
            path.clone_into(value);
        }
    }
    Ok(())
}

/// What OpenDAL has against the options, unless it quotes one.
fn unfit(options: &OpendalOptions, error: &opendal::Error) -> Error {
    let causes = without_secrets(error);
    let quotes = |text: &String| options.options.values().any(|value| quotes(text, value.expose()));
    let causes = if causes.iter().any(quotes) { Vec::new() } else { causes };
    Error::new(ErrorKind::InvalidOptions, "providerOptions.options do not fit the service").with_causes(causes)
}

/// Whether `text` has `value` in it, other than by chance.
fn quotes(text: &str, value: &str) -> bool {
    value.len() > 3 && text.contains(value)
}
