//! Conditions as SQL.
//!
//! Values are bound and never written into the statement. Attributes are columns that this file names. NULL follows
//! SQL's three-valued logic, as in Strapi: a comparison with NULL is unknown, and its negation is unknown too.

use crate::{Arg, Attribute, Comparison, Error, Filter, Kind, Order, Result, Scalar, Sort, connection::Dialect};

/// The deepest expression. SQLite refuses a depth of 1000, and a single comparison has a depth of less than 20.
const DEPTH: usize = 900;
/// The most values to bind. SQLite refuses more than 32766, PostgreSQL more than 65535.
const VALUES: usize = 32_000;

/// A part of a statement and the values bound to it.
pub(super) struct Sql {
    pub(super) text: String,
    values: Vec<Value>,
    dialect: Dialect,
}

/// A bound value.
enum Value {
    Int(i64),
    Real(f64),
    Text(String),
}

impl Sql {
    pub(super) fn new(dialect: Dialect, text: &str) -> Self {
        Self { text: text.to_owned(), values: Vec::new(), dialect }
    }

    /// The values, to bind.
    pub(super) fn args(&self) -> Vec<Arg<'_>> {
        self.values
            .iter()
            .map(|value| match value {
                Value::Int(value) => Arg::from(*value),
                Value::Real(value) => Arg::from(*value),
                Value::Text(value) => Arg::from(value),
            })
            .collect()
    }

    /// Appends SQL text.
    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Binds a whole number.
    pub(super) fn int(&mut self, value: i64) -> Result<&mut Self> {
        let place = self.bind(Value::Int(value))?;
        Ok(self.push(&place))
    }

    /// The order of rows. Null sorts before all values, as in SQLite. Ties are ordered by id.
    pub(super) fn order(&mut self, sort: &[Sort]) {
        self.push(" order by ");
        for Sort { by, order } in sort {
            let (column, nullable) = column(*by);
            self.push(column).push(match (order, nullable) {
                (Order::Ascending, false) => "",
                (Order::Ascending, true) => " asc nulls first",
                (Order::Descending, false) => " desc",
                (Order::Descending, true) => " desc nulls last",
            });
            self.push(", ");
        }
        self.push("id");
    }

    /// A condition that holds if a text attribute or the id contains the text. If the text is a number, the other
    /// numeric attributes are searched too.
    pub(super) fn search(&mut self, text: &str) -> Result<()> {
        let numeric = text.trim().parse::<f64>().is_ok();
        let searched = Attribute::ALL.iter().filter(|attribute| match attribute.kind() {
            Kind::Text => true,
            Kind::Integer | Kind::Number => numeric || **attribute == Attribute::Id,
            Kind::Time | Kind::Json => false,
        });
        let needle = self.bind(Value::Text(text.to_owned()))?;
        self.push("(");
        for (index, attribute) in searched.enumerate() {
            if index > 0 {
                self.push(" or ");
            }
            let haystack = folded(&as_text(*attribute));
            self.contains(&haystack, &folded(&needle), "> 0");
        }
        self.push(")");
        Ok(())
    }

    /// A condition, in parentheses where it needs them.
    pub(super) fn condition(&mut self, filter: &Filter) -> Result<()> {
        self.nested(filter, 0)
    }

    fn nested(&mut self, filter: &Filter, depth: usize) -> Result<()> {
        if depth > DEPTH {
            return Err(Error::TooComplex);
        }
        match filter {
            Filter::All(parts) if parts.is_empty() => self.push("1 = 1"),
            Filter::Any(parts) if parts.is_empty() => self.push("1 = 0"),
            Filter::All(parts) => return self.joined(parts, " and ", depth),
            Filter::Any(parts) => return self.joined(parts, " or ", depth),
            Filter::Not(part) => {
                self.push("not (");
                self.nested(part, depth + 1)?;
                self.push(")")
            }
            Filter::Compare(attribute, comparison) => return self.compare(*attribute, comparison),
            Filter::Linked(linked) => {
                let not = if *linked { "" } else { "not " };
                self.push(not).push("exists (select 1 from longshore_links where file_id = longshore_files.id)")
            }
        };
        Ok(())
    }

    /// The parts as a balanced tree. A flat list of a thousand parts would have a depth of a thousand.
    fn joined(&mut self, parts: &[Filter], operator: &str, depth: usize) -> Result<()> {
        if let [part] = parts {
            return self.nested(part, depth + 1);
        }
        let (left, right) = parts.split_at(parts.len() / 2);
        self.push("(");
        self.joined(left, operator, depth + 1)?;
        self.push(operator);
        self.joined(right, operator, depth + 1)?;
        self.push(")");
        Ok(())
    }

    fn compare(&mut self, attribute: Attribute, comparison: &Comparison) -> Result<()> {
        let column = column(attribute).0;
        match comparison {
            Comparison::Eq(value) => self.operator(attribute, " = ", value),
            Comparison::Ne(value) => self.operator(attribute, " <> ", value),
            Comparison::Lt(value) => self.operator(attribute, " < ", value),
            Comparison::Lte(value) => self.operator(attribute, " <= ", value),
            Comparison::Gt(value) => self.operator(attribute, " > ", value),
            Comparison::Gte(value) => self.operator(attribute, " >= ", value),
            Comparison::In(values) => self.among(attribute, values, (" in (", "1 = 0")),
            Comparison::NotIn(values) => self.among(attribute, values, (" not in (", "1 = 1")),
            Comparison::Between(low, high) => {
                self.push("(");
                self.operator(attribute, " >= ", low)?;
                self.push(" and ");
                self.operator(attribute, " <= ", high)?;
                self.push(")");
                Ok(())
            }
            Comparison::Null(null) => {
                self.push(column).push(if *null { " is null" } else { " is not null" });
                Ok(())
            }
            Comparison::Eqi(text) => self.text(attribute, text, true, Match::Operator(" = ")),
            Comparison::Nei(text) => self.text(attribute, text, true, Match::Operator(" <> ")),
            Comparison::Contains(text) => self.text(attribute, text, false, Match::Contains("> 0")),
            Comparison::NotContains(text) => self.text(attribute, text, false, Match::Contains("= 0")),
            Comparison::Containsi(text) => self.text(attribute, text, true, Match::Contains("> 0")),
            Comparison::NotContainsi(text) => self.text(attribute, text, true, Match::Contains("= 0")),
            Comparison::StartsWith(text) => self.text(attribute, text, false, Match::Start),
            Comparison::StartsWithi(text) => self.text(attribute, text, true, Match::Start),
            Comparison::EndsWith(text) => self.text(attribute, text, false, Match::End),
            Comparison::EndsWithi(text) => self.text(attribute, text, true, Match::End),
        }
    }

    fn operator(&mut self, attribute: Attribute, operator: &str, scalar: &Scalar) -> Result<()> {
        // A comparison with a value of another kind than the attribute's is unknown, like a comparison with null.
        let place = match value(attribute, scalar) {
            Some(value) => self.bind(value)?,
            None => "null".to_owned(),
        };
        self.push(column(attribute).0).push(operator).push(&place);
        Ok(())
    }

    fn among(&mut self, attribute: Attribute, scalars: &[Scalar], (operator, none): (&str, &str)) -> Result<()> {
        let places: Vec<String> = scalars
            .iter()
            .filter_map(|scalar| value(attribute, scalar))
            .map(|value| self.bind(value))
            .collect::<Result<_>>()?;
        if places.is_empty() {
            self.push(none);
        } else {
            self.push(column(attribute).0).push(operator).push(&places.join(", ")).push(")");
        }
        Ok(())
    }

    fn text(&mut self, attribute: Attribute, text: &str, fold_case: bool, how: Match) -> Result<()> {
        let place = self.bind(Value::Text(text.to_owned()))?;
        let attribute = as_text(attribute);
        let (text, part) = if fold_case { (folded(&attribute), folded(&place)) } else { (attribute, place) };
        match how {
            Match::Operator(operator) => {
                self.push(&text).push(operator).push(&part);
            }
            Match::Contains(found) => self.contains(&text, &part, found),
            Match::Start => {
                self.push(&format!("substr({text}, 1, length({part})) = {part}"));
            }
            Match::End => {
                // `substr` of PostgreSQL does not count from the end.
                self.push(&format!(
                    "(length({text}) >= length({part}) and substr({text}, length({text}) - length({part}) + 1) = {part})"
                ));
            }
        }
        Ok(())
    }

    fn contains(&mut self, text: &str, part: &str, found: &str) {
        let position = self.dialect.position();
        self.push(&format!("{position}({text}, {part}) {found}"));
    }

    /// Binds a value and returns its placeholder.
    fn bind(&mut self, value: Value) -> Result<String> {
        if self.values.len() >= VALUES {
            return Err(Error::TooComplex);
        }
        let place = self.values.len() + 1;
        // sqlx caches prepared statements by their text, with the types of the first values. Statements with values of
        // other types must therefore differ in their text.
        let written = match value {
            Value::Real(_) => format!("cast(?{place} as double precision)"),
            Value::Int(_) | Value::Text(_) => format!("?{place}"),
        };
        self.values.push(value);
        Ok(written)
    }
}

/// How a text is compared.
#[derive(Clone, Copy)]
enum Match {
    /// The whole text is equal.
    Operator(&'static str),
    /// Compares the position of the text with 0.
    Contains(&'static str),
    Start,
    End,
}

fn folded(expression: &str) -> String {
    format!("longshore_fold({expression})")
}

fn as_text(attribute: Attribute) -> String {
    let column = column(attribute).0;
    match attribute.kind() {
        Kind::Text | Kind::Json => column.to_owned(),
        Kind::Integer | Kind::Number | Kind::Time => format!("cast({column} as text)"),
    }
}

/// The column of an attribute, and whether it may be null.
fn column(attribute: Attribute) -> (&'static str, bool) {
    match attribute {
        Attribute::Id => ("id", false),
        Attribute::DocumentId => ("document_id", false),
        Attribute::Name => ("name", false),
        Attribute::AlternativeText => ("alternative_text", true),
        Attribute::Caption => ("caption", true),
        Attribute::FocalPoint => ("focal_point", true),
        Attribute::Width => ("width", true),
        Attribute::Height => ("height", true),
        Attribute::Formats => ("formats", true),
        Attribute::Hash => ("hash", false),
        Attribute::Ext => ("ext", false),
        Attribute::Mime => ("mime", false),
        Attribute::Size => ("size", false),
        Attribute::Url => ("url", false),
        Attribute::PreviewUrl => ("preview_url", true),
        Attribute::Provider => ("provider", false),
        Attribute::ProviderMetadata => ("provider_metadata", true),
        Attribute::CreatedAt => ("created_at", false),
        Attribute::UpdatedAt => ("updated_at", false),
        Attribute::PublishedAt => ("published_at", false),
    }
}

/// A value of the attribute's kind; `None` if it is none.
fn value(attribute: Attribute, scalar: &Scalar) -> Option<Value> {
    Some(match (attribute.kind(), scalar) {
        (Kind::Text | Kind::Json, Scalar::Text(text)) => Value::Text(text.clone()),
        (Kind::Text | Kind::Json, Scalar::Integer(number)) => Value::Text(number.to_string()),
        (Kind::Text | Kind::Json, Scalar::Number(number)) => Value::Text(number.to_string()),
        (Kind::Integer | Kind::Time | Kind::Number, Scalar::Integer(number)) => Value::Int(*number),
        (Kind::Integer | Kind::Time | Kind::Number, Scalar::Number(number)) if number.is_nan() => return None,
        (Kind::Integer | Kind::Time | Kind::Number, Scalar::Number(number)) => Value::Real(*number),
        (Kind::Integer | Kind::Time | Kind::Number, Scalar::Text(text)) => match text.trim().parse() {
            Ok(whole) => Value::Int(whole),
            Err(_) => Value::Real(text.trim().parse().ok().filter(|number: &f64| !number.is_nan())?),
        },
    })
}
