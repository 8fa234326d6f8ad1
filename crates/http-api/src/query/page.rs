//! Pagination with `pagination[page]` and `[pageSize]`, or `[start]` and `[limit]`, and `[withCount]`.

use serde::Serialize;

use super::{
    invalid::{Invalid, echo},
    number,
    tree::Node,
};

/// The limits of page sizes.
#[derive(Clone, Copy, Debug)]
pub struct PageSizes {
    /// The size for requests without a page size.
    pub default: u64,
    /// The largest size.
    pub most: u64,
}

/// A page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The number of files before the page.
    pub start: u64,
    /// The most files on the page, at least 1.
    pub limit: u64,
    /// Whether the matching files are counted.
    pub counted: bool,
    /// Whether the response describes the page by `start` and `limit`.
    by_offset: bool,
}

/// The pagination metadata of a response.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Shown {
    /// The page by its number.
    Page {
        /// The page number, from 1.
        page: u64,
        /// The number of files on a page.
        page_size: u64,
        /// The number of pages.
        #[serde(skip_serializing_if = "Option::is_none")]
        page_count: Option<u64>,
        /// The number of matching files.
        #[serde(skip_serializing_if = "Option::is_none")]
        total: Option<u64>,
    },
    /// The page by its offset.
    Offset {
        /// The number of files before the page.
        start: u64,
        /// The most files on the page.
        limit: u64,
        /// The number of matching files.
        #[serde(skip_serializing_if = "Option::is_none")]
        total: Option<u64>,
    },
}

impl Page {
    /// Parses `pagination`. Missing values come from `sizes`.
    pub(super) fn read(pagination: Option<&Node>, sizes: &PageSizes) -> Result<Self, Invalid> {
        let named = |name| pagination.and_then(|pagination| pagination.get(name));
        let given = |name| named(name).filter(|node| **node != Node::Null).map(number::of_node);
        let (page, page_size, start, limit) = (given("page"), given("pageSize"), given("start"), given("limit"));
        if (page.is_some() || page_size.is_some()) && (start.is_some() || limit.is_some()) {
            return Err(Invalid::pagination("Cannot use both page & offset pagination in the same query"));
        }
        #[expect(clippy::cast_precision_loss, reason = "page sizes are small")]
        let (default, most) = (sizes.default as f64, sizes.most as f64);
        // `NaN` becomes the largest size, because every comparison with `NaN` is false in JavaScript.
        let within = |size: f64| if size.max(1.0) < most && !size.is_nan() { size.max(1.0) } else { most };
        let limit = within(limit.or(page_size).unwrap_or(default));
        let start = page.map_or(start.unwrap_or(0.0), |page| (page - 1.0) * limit);
        let start = if start < 0.0 { 0.0 } else { start };
        Ok(Self {
            start: counted(start, "convertStartQueryParams")?,
            limit: counted(limit, "convertLimitQueryParams")?,
            counted: with_count(named("withCount"))?,
            by_offset: named("start").is_some() || named("limit").is_some(),
        })
    }

    /// The metadata of the page. `total` is the number of matching files, if they were counted.
    pub fn shown(&self, total: Option<u64>) -> Shown {
        let Self { start, limit, .. } = *self;
        if self.by_offset {
            return Shown::Offset { start, limit, total };
        }
        let page_count = total.map(|total| total.div_ceil(limit));
        Shown::Page { page: start / limit + 1, page_size: limit, page_count, total }
    }
}

/// Parses `start` of the bare list.
pub(super) fn start(node: &Node) -> Result<u64, Invalid> {
    counted(number::of_node(node), "convertStartQueryParams")
}

/// Parses `limit` of the bare list. 0 and -1 mean no limit.
pub(super) fn limit(node: &Node) -> Result<Option<u64>, Invalid> {
    let limit = number::of_node(node);
    if limit < 0.0 && number::count(-limit) == Some(1) {
        return Ok(None);
    }
    counted(limit, "convertLimitQueryParams").map(|limit| Some(limit).filter(|limit| *limit > 0))
}

/// Validates `page` and `pageSize` outside of `pagination`. Strapi validates them too, and then ignores them.
/// `by_offset` tells that the request chooses the files in another way.
pub(super) fn check_top_level(page: Option<&Node>, size: Option<&Node>, by_offset: bool) -> Result<(), Invalid> {
    if by_offset && (page.is_some() || size.is_some()) {
        let message =
            "Invalid pagination attributes. The page parameters are incorrect and must be in the pagination object";
        return Err(Invalid::pagination(message));
    }
    for (name, node) in [("page", page), ("pageSize", size)] {
        let Some(node) = node else { continue };
        let number = number::of_node(node);
        if number::count(number).is_none_or(|number| number == 0) {
            let received = match node {
                Node::Text(text) => echo(text).to_owned(),
                _ => number::show(number),
            };
            let message = format!("Invalid '{name}' parameter. Expected an integer > 0, received: {received}");
            return Err(Invalid::pagination(message));
        }
    }
    Ok(())
}

fn counted(number: f64, who: &str) -> Result<u64, Invalid> {
    number::count(number)
        .ok_or_else(|| Invalid::validation(format!("{who} expected a positive integer got {}", number::show(number))))
}

fn with_count(node: Option<&Node>) -> Result<bool, Invalid> {
    match node {
        None => Ok(true),
        Some(Node::Text(text)) if matches!(text.as_str(), "true" | "t" | "1") => Ok(true),
        Some(Node::Text(text)) if matches!(text.as_str(), "false" | "f" | "0") => Ok(false),
        Some(_) => {
            Err(Invalid::validation("Invalid withCount parameter. Expected \"t\",\"1\",\"true\",\"false\",\"0\",\"f\""))
        }
    }
}
