//! Listing files, in the order of their keys.

use std::collections::BTreeMap;

use longshore_provider::{ListPage, ListRequest, ListedObject, Result, futures::TryStreamExt};
use opendal::{Operator, options::ListOptions};

use crate::{
    failure::{failed, is_missing},
    read::meta,
    store::ASIDE,
};

/// The default number of files on a page.
const PAGE: usize = 1000;

/// A page of the files whose keys begin with `root`, which is empty or ends in `/`.
///
/// If the service cannot start a listing after a key, every page reads the whole listing, and holds one page in memory.
pub(crate) async fn list(operator: &Operator, root: &str, request: &ListRequest) -> Result<ListPage> {
    let prefix = format!("{root}{}", request.prefix);
    let limit = usize::try_from(request.limit).ok().filter(|limit| (1..PAGE).contains(limit)).unwrap_or(PAGE);
    let found = find(operator, &prefix, request.after.as_deref(), limit + 1).await;
    let mut found = found.map_err(|error| failed(format_args!("list `{prefix}`"), &error))?;
    let more = found.len() > limit;
    if more {
        found.pop_last();
    }
    let next = if more { found.keys().last().cloned() } else { None };
    let mut page = ListPage::last(found.into_values().filter_map(|object| below(root, object)).collect());
    page.next = next;
    Ok(page)
}

/// The first `count` files whose keys begin with `prefix` and sort after `after`.
async fn find(
    operator: &Operator,
    prefix: &str,
    after: Option<&str>,
    count: usize,
) -> opendal::Result<BTreeMap<String, ListedObject>> {
    let folder = prefix.rfind('/').map_or("/", |slash| &prefix[..=slash]);
    let in_order = operator.info().capability().list_with_start_after;
    let options = ListOptions {
        recursive: true,
        start_after: after.filter(|_| in_order).map(str::to_owned),
        ..ListOptions::default()
    };
    let mut found = BTreeMap::new();
    let mut entries = match operator.lister_options(folder, options).await {
        Err(error) if is_missing(&error) => return Ok(found),
        entries => entries?,
    };
    loop {
        let entry = match entries.try_next().await {
            Err(error) if is_missing(&error) => break,
            entry => entry?,
        };
        let Some(entry) = entry else { break };
        let (path, metadata) = (entry.path(), entry.metadata());
        let is_wanted = path.starts_with(prefix) && after.is_none_or(|after| path > after);
        if !is_wanted || !metadata.is_file() || path.starts_with(ASIDE) {
            continue;
        }
        found.insert(path.to_owned(), listed(path, metadata));
        if found.len() > count {
            found.pop_last();
        }
        if in_order && found.len() == count {
            break;
        }
    }
    Ok(found)
}

fn listed(path: &str, metadata: &opendal::Metadata) -> ListedObject {
    let meta = meta(path, metadata);
    let mut listed = ListedObject::new(meta.key, String::new(), meta.size);
    listed.etag = meta.etag;
    listed.last_modified = meta.last_modified;
    listed
}

fn below(root: &str, mut object: ListedObject) -> Option<ListedObject> {
    object.relative_key = object.key.strip_prefix(root)?.to_owned();
    Some(object)
}
