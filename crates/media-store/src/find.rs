//! Files by a condition.

use crate::{
    Connection, FindQuery, MediaFile, Operation, Result, Store,
    arg::count,
    columns::{self, COLUMNS, VISIBLE},
    connection::Dialect,
    filter::Sql,
};

impl Store {
    /// The files of a query, all at once. For queries with a limit, or a table known to be small.
    pub async fn find(&self, query: &FindQuery) -> Result<Vec<MediaFile>> {
        self.read(Find { query: query.clone(), after: None }).await
    }

    /// The number of files that match the condition of a query, regardless of its start and limit.
    pub async fn count(&self, query: &FindQuery) -> Result<u64> {
        self.read(Count(query.clone())).await
    }
}

/// The files of a query. With `after`, only files with a greater id.
#[derive(Clone)]
pub(super) struct Find {
    pub(super) query: FindQuery,
    pub(super) after: Option<i64>,
}

impl Operation for Find {
    type Output = Vec<MediaFile>;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Vec<MediaFile>> {
        let mut sql = Sql::new(connection.dialect(), "select ");
        sql.push(COLUMNS).push(" from longshore_files where ").push(VISIBLE);
        if let Some(id) = self.after {
            sql.push(" and id > ").int(id)?;
        }
        sql.filter(&self.query)?;
        sql.order(&self.query.sort);
        sql.range(&self.query)?;
        connection.rows(&sql.text, &sql.args(), columns::read).await
    }
}

/// The ids of the files of a query, in its order.
pub(super) struct Ids(pub(super) FindQuery);

impl Operation for Ids {
    type Output = Vec<i64>;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Vec<i64>> {
        let mut sql = Sql::new(connection.dialect(), "select id from longshore_files where ");
        sql.push(VISIBLE);
        sql.filter(&self.0)?;
        sql.order(&self.0.sort);
        sql.range(&self.0)?;
        connection.rows(&sql.text, &sql.args(), |row| row.int(0)).await
    }
}

struct Count(FindQuery);

impl Operation for Count {
    type Output = u64;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<u64> {
        let sql = self.statement(connection.dialect())?;
        let count = connection.first(&sql.text, &sql.args(), |row| row.fitting(0)).await?;
        Ok(count.flatten().unwrap_or_default())
    }
}

impl Count {
    fn statement(&self, dialect: Dialect) -> Result<Sql> {
        if self.0.filter.is_none() && self.0.search.is_none() {
            // All rows minus the few invisible rows: an index suffices for both counts, and no row is read.
            return Ok(Sql::new(
                dialect,
                "select (select count(*) from longshore_files)
                 - (select count(*) from longshore_files where state <> 'ready' and state <> 'replacing')",
            ));
        }
        let mut sql = Sql::new(dialect, "select count(*) from longshore_files where ");
        sql.push(VISIBLE);
        sql.filter(&self.0)?;
        Ok(sql)
    }
}

impl Sql {
    fn filter(&mut self, query: &FindQuery) -> Result<()> {
        if let Some(filter) = &query.filter {
            self.push(" and (");
            self.condition(filter)?;
            self.push(")");
        }
        if let Some(text) = &query.search {
            self.push(" and ");
            self.search(text)?;
        }
        Ok(())
    }

    fn range(&mut self, query: &FindQuery) -> Result<()> {
        if query.limit.is_some() || query.start > 0 {
            // SQLite accepts an offset only with a limit.
            self.push(" limit ").int(query.limit.map_or(i64::MAX, count))?;
            self.push(" offset ").int(count(query.start))?;
        }
        Ok(())
    }
}
