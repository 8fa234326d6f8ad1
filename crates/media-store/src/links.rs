//! The links between files and the entries that they are attached to.

use crate::{Arg, Connection, Link, Operation, Result, Store, arg::list, connection::Dialect};

/// A link, as its row contains it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredLink {
    /// The file.
    pub file_id: i64,
    /// The entry.
    pub link: Link,
    /// The position of the file in the entry's field, from 1.
    pub position: i64,
}

impl Store {
    /// The links of these files, by file and then by age.
    pub async fn links_of(&self, files: &[i64]) -> Result<Vec<StoredLink>> {
        self.read(LinksOf(list(files))).await
    }
}

impl Link {
    /// Attaches a file behind the other files of the entry's field.
    pub(super) async fn attach(&self, connection: &mut Connection<'_>, file: i64) -> Result<()> {
        let args: [Arg<'_>; 4] = [file.into(), Arg::from(&self.id), Arg::from(&self.reference), Arg::from(&self.field)];
        if connection.dialect() == Dialect::Postgres {
            // Without the lock, two concurrent transactions would see the same last position. SQLite has one writer.
            let field = format!("{} {} {}", self.reference, self.id, self.field);
            let lock = "select 1::bigint from (select pg_advisory_xact_lock(hashtextextended(?1, 0))) as locked";
            connection.first(lock, &[Arg::from(&field)], |row| row.int(0)).await?;
        }
        connection
            .execute(
                "insert into longshore_links (file_id, related_id, related_type, field, position)
                 select ?1, ?2, ?3, ?4, coalesce(max(position), 0) + 1 from longshore_links
                 where related_id = ?2 and related_type = ?3 and field = ?4",
                &args,
            )
            .await?;
        Ok(())
    }
}

struct LinksOf(String);

impl Operation for LinksOf {
    type Output = Vec<StoredLink>;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Vec<StoredLink>> {
        let sql = format!(
            "select file_id, related_type, related_id, field, position from longshore_links
             where file_id in ({}) order by file_id, id",
            connection.dialect().numbers(1)
        );
        connection
            .rows(&sql, &[Arg::from(&self.0)], |row| {
                Ok(StoredLink {
                    file_id: row.int(0)?,
                    link: Link { reference: row.text(1)?, id: row.text(2)?, field: row.text(3)? },
                    position: row.int(4)?,
                })
            })
            .await
    }
}
