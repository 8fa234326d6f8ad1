//! Providers of options that nobody has checked: for tools that find out what a library makes of them.

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
    options::{self, graft},
    relay,
};

impl Loaded {
    /// Makes a provider of `options` as they are: without the check against the schema that comes first elsewhere.
    ///
    /// # Errors
    ///
    /// What the provider, or one that it extends, says.
    pub async fn open_unchecked(&self, options: &Value, project: &Path) -> Result<Handle, Error> {
        let mut layers = vec![options.clone()];
        for (index, layer) in self.layers().iter().enumerate() {
            if index + 1 < self.layers().len() {
                layers.push(layer.module.base_options(&layers[index])?);
            }
        }
        let mut opened: Option<Handle> = None;
        for (layer, options) in self.layers().iter().zip(&layers).rev() {
            let init = Init {
                options,
                name: &layer.facts.note.name,
                project,
                action_options: &Map::new(),
                workers: 0,
                host: relay::services(&layer.facts.note.name),
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
        let node = graft(options.clone(), &Node::empty("providerOptions"));
        options::check(self, &node).map(drop).map_err(problems)
    }
}
