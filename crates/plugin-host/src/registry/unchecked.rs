//! Opens providers with options that may be invalid, for tools that test a library's reaction.

use std::path::Path;

use longshore_provider::{
    Error, Handle,
    host::Init,
    serde_json::{Map, Value},
};

use super::open::problems;
use crate::{
    config::{Node, Problems},
    load::Loaded,
    log_forwarder,
    options::{self, graft},
};

impl Loaded {
    /// Opens a provider with `options`. If the schemas accept the options, they are converted in the same way as in the
    /// registry, for example from text to a number. Otherwise the provider receives them unchanged, and may reject
    /// them.
    ///
    /// # Errors
    ///
    /// The error of the provider or of one of its bases.
    pub async fn open_unchecked(&self, options: &Value, project: &Path) -> Result<Handle, Error> {
        let layers = match options::check(self, &node_of(options)) {
            Ok(layers) => layers,
            Err(_) => self.as_they_are(options)?,
        };
        let mut opened: Option<Handle> = None;
        for (layer, options) in self.layers().iter().zip(&layers).rev() {
            let init = Init {
                options,
                name: &layer.metadata.manifest.name,
                project,
                action_options: &Map::new(),
                workers: 0,
                host: log_forwarder::services(&layer.metadata.manifest.name),
                base: opened.as_ref(),
            };
            opened = Some(layer.module.init(init).await?);
        }
        Ok(opened.expect("a loaded provider has at least one layer"))
    }

    /// Does the same as [`check_options`](Self::check_options), for options that come from no file.
    ///
    /// # Errors
    ///
    /// Everything that is wrong.
    pub fn check_json(&self, options: &Value) -> Result<(), Problems> {
        options::check(self, &node_of(options)).map(drop).map_err(problems)
    }

    /// The unchecked options for each layer.
    fn as_they_are(&self, options: &Value) -> Result<Vec<Value>, Error> {
        let mut layers = vec![options.clone()];
        for (index, layer) in self.layers().iter().enumerate() {
            if index + 1 < self.layers().len() {
                layers.push(layer.module.base_options(&layers[index])?);
            }
        }
        Ok(layers)
    }
}

fn node_of(options: &Value) -> Node {
    graft(options.clone(), &Node::empty("providerOptions"))
}
