//! The objects that a provider lists.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
};

use longshore_plugin_host::registry::Provider;
use longshore_provider::{Error as ProviderError, ErrorKind, ListRequest, ListedObject};

use crate::{Error, Result, library::Context};

/// The sizes of the objects that a provider lists, by a hash of their keys. Two keys have the same hash once in 10^19
/// times; one of them may then not be reported as an orphan.
pub(super) struct Listing {
    hasher: RandomState,
    sizes: HashMap<u64, u64>,
}

impl Listing {
    /// Lists the provider. `None` if it cannot list.
    pub(super) async fn read(context: &Context, provider: &Provider) -> Result<Option<Self>> {
        let mut listing = Self { hasher: RandomState::new(), sizes: HashMap::new() };
        let mut pages = Pages::new(context, provider);
        loop {
            match pages.next().await {
                Ok(Some(page)) => page.iter().for_each(|object| listing.add(object)),
                Ok(None) => return Ok(Some(listing)),
                Err(error) if error.kind() == ErrorKind::Unsupported => return Ok(None),
                Err(source) => return Err(Error::Provider { provider: provider.name().to_owned(), source }),
            }
        }
    }

    /// Takes the object with this full key from the listing, and returns its size.
    pub(super) fn take(&mut self, key: &str) -> Option<u64> {
        self.sizes.remove(&self.hasher.hash_one(key))
    }

    /// Whether the object has not been taken.
    pub(super) fn has(&self, key: &str) -> bool {
        self.sizes.contains_key(&self.hasher.hash_one(key))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sizes.is_empty()
    }

    fn add(&mut self, object: &ListedObject) {
        self.sizes.insert(self.hasher.hash_one(&object.key), object.size);
    }
}

/// The pages of a provider's list.
pub(super) struct Pages<'a> {
    context: &'a Context,
    provider: &'a Provider,
    /// `None` after the last page.
    request: Option<ListRequest>,
}

impl<'a> Pages<'a> {
    pub(super) fn new(context: &'a Context, provider: &'a Provider) -> Self {
        Self { context, provider, request: Some(ListRequest::default()) }
    }

    /// The next page; `None` after the last one.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<ListedObject>>, ProviderError> {
        let Some(mut request) = self.request.take() else { return Ok(None) };
        let page = self.context.in_time(self.provider.list(&request)).await?;
        if page.next.is_some() {
            if page.next == request.after {
                return Err(ProviderError::internal("the provider returned the same page twice"));
            }
            request.after = page.next;
            self.request = Some(request);
        }
        Ok(Some(page.objects))
    }
}
