//! Providers of options that may be wrong: for tools that find out what a library makes of them.

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
    /// Makes a provider of `options`. Where the schemas take them they are read as the registry reads them, with texts
    /// as the numbers that are wanted; where not, the provider gets them as they are, and may say what it makes of them.
    ///
    /// # Errors
    ///
    /// What the provider, or one that it extends, says.
    pub async fn open_unchecked(&self, options: &Value, project: &Path) -> Result<Handle, Error> {
        let layers = match options::check(self, &node_of(options)) {
            Ok(layers) => layers,
            Err(_) => self.as_they_are(options)?,
        };
        let mut opened: Option<Handle> = None;
        for (layer, options) in self.layers().iter().zip(&layers).rev() {
            let init = Init {
                options,
                name: &layer.facts.note.name,
                project,
                action_options: &Map::new(),
                workers: 0,
                host: log_forwarder::services(&layer.facts.note.name),
                base: opened.as_ref(),
            };
            opened = Some(layer.module.init(init).await?);
        }
        Ok(opened.expect("a loaded provider has at least one layer"))
    }

    /// [`check_options`](Self::check_options) for options that come from no file.
    ///
    /// # Errors
    ///
    /// Everything that is wrong.
    pub fn check_json(&self, options: &Value) -> Result<(), Problems> {
        options::check(self, &node_of(options)).map(drop).map_err(problems)
    }

    /// The options for each layer, which nobody has looked at.
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
