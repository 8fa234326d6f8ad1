//! Streams of files, with bounded memory and without holding a connection between pages.

use std::{mem, vec};

use futures::{Stream, TryStreamExt, stream};

use crate::{
    Attribute, Error, FindQuery, MediaFile, Order, Result, Sort, Store,
    find::{Find, Ids},
    lookup::GetMany,
};

/// The number of files in a page.
const PAGE: u64 = 256;

impl Store {
    /// The files of a query, read page by page.
    ///
    /// In the order of ids, each page is queried when it is needed. In any other order, the ids are read at the
    /// beginning and kept, with eight bytes for each file. Files that were removed since then are left out.
    pub fn stream(&self, query: &FindQuery) -> impl Stream<Item = Result<MediaFile>> + Send + use<> {
        let pages = Pages { store: self.clone(), rest: Rest::Unasked(query.clone()) };
        stream::try_unfold(pages, Pages::step)
            .map_ok(|page| stream::iter(page.into_iter().map(Ok::<_, Error>)))
            .try_flatten()
    }
}

struct Pages {
    store: Store,
    rest: Rest,
}

/// The files that are still to be read.
enum Rest {
    Unasked(FindQuery),
    /// The files after an id.
    After(FindQuery, i64),
    /// The files with these ids. Some of them may have been removed.
    Ids(vec::IntoIter<i64>),
    None,
}

impl Pages {
    async fn step(mut self) -> Result<Option<(Vec<MediaFile>, Self)>> {
        Ok(self.next().await?.map(|page| (page, self)))
    }

    async fn next(&mut self) -> Result<Option<Vec<MediaFile>>> {
        loop {
            let page = match mem::replace(&mut self.rest, Rest::None) {
                Rest::None => return Ok(None),
                Rest::Unasked(query) if query.limit.is_some_and(|limit| limit <= PAGE) => {
                    self.store.find(&query).await?
                }
                Rest::Unasked(query) if is_by_id(&query.sort) => self.by_id(query, None).await?,
                Rest::After(query, id) => self.by_id(query, Some(id)).await?,
                Rest::Unasked(query) => {
                    self.rest = Rest::Ids(self.store.read(Ids(query)).await?.into_iter());
                    continue;
                }
                Rest::Ids(mut ids) => {
                    let page: Vec<i64> = ids.by_ref().take(usize::try_from(PAGE).expect("a small number")).collect();
                    if page.is_empty() {
                        return Ok(None);
                    }
                    self.rest = Rest::Ids(ids);
                    self.store.read(GetMany(page)).await?
                }
            };
            if !page.is_empty() {
                return Ok(Some(page));
            }
        }
    }

    async fn by_id(&mut self, mut query: FindQuery, after: Option<i64>) -> Result<Vec<MediaFile>> {
        let left = query.limit;
        query.limit = Some(left.map_or(PAGE, |left| left.min(PAGE)));
        let find = Find { query, after };
        let page = self.store.read(find.clone()).await?;
        let read = page.len() as u64;
        let left = left.map(|left| left.saturating_sub(read));
        if let Some(last) = page.last()
            && read == PAGE
            && left != Some(0)
        {
            self.rest = Rest::After(FindQuery { start: 0, limit: left, ..find.query }, last.id);
        }
        Ok(page)
    }
}

fn is_by_id(sort: &[Sort]) -> bool {
    matches!(sort, [] | [Sort { by: Attribute::Id, order: Order::Ascending }, ..])
}
