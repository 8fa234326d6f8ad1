//! The query language of Strapi's content API: `?filters[name][$contains]=x&sort=name:desc&pagination[page]=2`.
//!
//! `parse` builds a tree from the brackets like the `qs` package. The other modules validate the tree in Strapi's
//! order, and translate it into a [`FindQuery`]. Where Strapi fails with a 500, this module reports what is wrong.

mod fields;
mod filter;
mod invalid;
mod number;
mod operator;
mod page;
mod parse;
mod populate;
mod scalar;
mod schema;
mod sort;
mod time;
mod tree;

use longshore_media_library::{Attribute, Filter, FindQuery, Sort};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

pub(crate) use self::number::{parse as parse_number, show as show_number};
pub use self::{
    invalid::{Invalid, InvalidKind, echo},
    page::{Page, PageSizes, Shown},
    tree::Node,
};

/// The parsed parameters of a request.
#[derive(Debug)]
pub struct Query(Vec<(String, Node)>);

/// The files that a request lists, and the attributes that it asks for.
#[derive(Debug, PartialEq)]
pub struct Listing {
    /// The filter, order and range of the files.
    pub find: FindQuery,
    /// The attributes of each file, or `None` for all.
    pub fields: Option<Vec<Attribute>>,
}

impl Query {
    /// Parses the fields of a multipart form like a query string.
    pub fn of_pairs(pairs: &[(String, String)]) -> Result<Self, Invalid> {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        Self::parse(&pairs.join("&"))
    }

    /// Parses a query string.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        parse::parse(text).map(Self)
    }

    /// A parameter, or `None` if it is missing or has no value (`?id`).
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, node)| node).filter(|node| **node != Node::Null)
    }

    /// Refuses unknown and private attributes in all parameters.
    pub fn check(&self) -> Result<(), Invalid> {
        // An empty string counts as missing, as in JavaScript.
        let given = |name| self.get(name).filter(|node| !node.is_empty_text());
        given("filters").map_or(Ok(()), filter::check)?;
        given("sort").map_or(Ok(()), sort::check)?;
        given("fields").map_or(Ok(()), fields::check)?;
        given("populate").map_or(Ok(()), populate::check)
    }

    /// The query of the bare list. It contains all matching files, unless `start` and `limit` restrict it.
    pub fn listing(&self) -> Result<Listing, Invalid> {
        self.check()?;
        let (sort, fields) = self.sort_and_fields()?;
        let (first, most) = (self.get("start"), self.get("limit"));
        page::check_top_level(self.get("page"), self.get("pageSize"), first.is_some() || most.is_some())?;
        let start = first.map_or(Ok(0), page::start)?;
        let limit = most.map_or(Ok(None), page::limit)?;
        let (filter, search) = self.filter_and_search()?;
        Ok(Listing { find: FindQuery { filter, search, sort, start, limit }, fields })
    }

    /// The query of the paginated list.
    pub fn page(&self, sizes: &PageSizes) -> Result<(Listing, Page), Invalid> {
        self.check()?;
        let page = Page::read(self.get("pagination"), sizes)?;
        let (sort, fields) = self.sort_and_fields()?;
        page::check_top_level(self.get("page"), self.get("pageSize"), true)?;
        let (filter, search) = self.filter_and_search()?;
        let find = FindQuery { filter, search, sort, start: page.start, limit: Some(page.limit) };
        Ok((Listing { find, fields }, page))
    }

    fn sort_and_fields(&self) -> Result<(Vec<Sort>, Option<Vec<Attribute>>), Invalid> {
        let sort = self.get("sort").map_or(Ok(Vec::new()), sort::read)?;
        self.get("filters").map_or(Ok(()), filter::check_form)?;
        let fields = self.get("fields").map_or(Ok(None), fields::read)?;
        Ok((sort, fields))
    }

    /// Filters and search come last: Strapi validates them only when it queries the database.
    fn filter_and_search(&self) -> Result<(Option<Filter>, Option<String>), Invalid> {
        Ok((self.get("filters").map_or(Ok(None), filter::read)?, self.search()?))
    }

    fn search(&self) -> Result<Option<String>, Invalid> {
        match self.get("_q") {
            None => Ok(None),
            Some(Node::Text(text)) if text.is_empty() => Ok(None),
            Some(Node::Text(text)) => filter::pattern("_q", text).map(Some),
            Some(_) => Err(Invalid::validation("`_q` must be a text")),
        }
    }
}

#[cfg(test)]
mod tests;
