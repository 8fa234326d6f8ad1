//! Files that seem to have the same bytes.

use crate::{Connection, Operation, Result, Store, columns::VISIBLE, row::Row};

/// A file of which another file has the size and the checksum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The number of its row.
    pub id: i64,
    /// The name that people see.
    pub name: String,
    /// Bytes.
    pub size_bytes: u64,
    /// The checksum, as in [`MediaFile::checksum`](crate::MediaFile::checksum).
    pub checksum: String,
}

impl Store {
    /// The files that share size and checksum with another file: the largest first, the files of one content together.
    ///
    /// The checksum is not cryptographic. Somebody can make two different files with the same one.
    pub async fn duplicates(&self) -> Result<Vec<Duplicate>> {
        self.read(Duplicates).await
    }
}

struct Duplicates;

impl Operation for Duplicates {
    type Output = Vec<Duplicate>;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Vec<Duplicate>> {
        let sql = format!(
            "select id, name, size_bytes, checksum from longshore_files
             where {VISIBLE} and (size_bytes, checksum) in (
                 select size_bytes, checksum from longshore_files where {VISIBLE} and checksum is not null
                 group by size_bytes, checksum having count(*) > 1)
             order by size_bytes desc, checksum, id"
        );
        let read = |row: &Row<'_>| {
            Ok(Duplicate {
                id: row.int(0)?,
                name: row.text(1)?,
                size_bytes: row.fitting(2)?.unwrap_or_default(),
                checksum: row.text(3)?,
            })
        };
        connection.rows(&sql, &[], read).await
    }
}
