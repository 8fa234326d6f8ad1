//! API tokens. Only their hashes are kept.

use super::{Arg, Connection, DatabaseError, Operation, Store, row::Row, stored_json};
use crate::{Result, Timestamp};

/// A token as its row has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The number of its row.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// Its permissions: `upload`, `find`, `findPage`, `findOne`, `destroy`.
    pub actions: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When [`Store::touch_token`] was called last for it.
    pub last_used_at: Option<Timestamp>,
    /// When it stops being valid; `None` is never.
    pub expires_at: Option<Timestamp>,
    /// Whether that is past, by the database's clock.
    pub expired: bool,
}

/// A token to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// What people call it.
    pub name: String,
    /// The hash that it is found by, in whichever spelling the caller keeps to.
    pub hash: String,
    /// Its permissions.
    pub actions: Vec<String>,
    /// How long it is valid, from now; `None` is for ever.
    pub valid_for: Option<std::time::Duration>,
}

/// The columns that [`read`] reads.
const COLUMNS: &str = "id, name, actions, created_at, last_used_at, expires_at, \
    cast(case when expires_at <= longshore_now() then 1 else 0 end as bigint)";

impl Store {
    /// Makes a token. Its hash must be new.
    pub async fn create_token(&self, token: NewToken) -> Result<Token> {
        self.write(Create(token)).await
    }

    /// Every token, by id.
    pub async fn tokens(&self) -> Result<Vec<Token>> {
        self.read(List).await
    }

    /// Removes a token; answers whether it was there.
    pub async fn revoke_token(&self, id: i64) -> Result<bool> {
        self.write(Revoke(id)).await
    }

    /// The token of a hash, expired or not.
    pub async fn token_by_hash(&self, hash: &str) -> Result<Option<Token>> {
        self.read(ByHash(hash.to_owned())).await
    }

    /// Notes that a token was used just now. It is a write like any other: once a minute says enough.
    pub async fn touch_token(&self, id: i64) -> Result<()> {
        self.write(Touch(id)).await
    }
}

fn read(row: &Row<'_>) -> Result<Token, DatabaseError> {
    Ok(Token {
        id: row.int(0)?,
        name: row.text(1)?,
        actions: row.json(2)?.unwrap_or_default(),
        created_at: row.int(3)?,
        last_used_at: row.optional_int(4)?,
        expires_at: row.optional_int(5)?,
        expired: row.int(6)? != 0,
    })
}

struct Create(NewToken);

impl Operation for Create {
    type Output = Token;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Token> {
        let actions = stored_json::text(&self.0.actions);
        let valid = self.0.valid_for.map(|valid| super::arg::count(valid.as_millis()));
        let args: [Arg<'_>; 4] =
            [Arg::from(&self.0.name), Arg::from(&self.0.hash), Arg::from(&actions), Arg::from(valid)];
        let sql = format!(
            "insert into longshore_tokens (name, hash, actions, created_at, expires_at)
             values (?1, ?2, ?3, longshore_now(), longshore_now() + ?4) returning {COLUMNS}"
        );
        let token = connection.first(&sql, &args, read).await?;
        Ok(token.expect("an insert that succeeds returns its row"))
    }
}

struct List;

impl Operation for List {
    type Output = Vec<Token>;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Vec<Token>> {
        connection.rows(&format!("select {COLUMNS} from longshore_tokens order by id"), &[], read).await
    }
}

struct ByHash(String);

impl Operation for ByHash {
    type Output = Option<Token>;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Option<Token>> {
        let sql = format!("select {COLUMNS} from longshore_tokens where hash = ?1");
        connection.first(&sql, &[Arg::from(&self.0)], read).await
    }
}

struct Revoke(i64);

impl Operation for Revoke {
    type Output = bool;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<bool> {
        Ok(connection.execute("delete from longshore_tokens where id = ?1", &[self.0.into()]).await? > 0)
    }
}

struct Touch(i64);

impl Operation for Touch {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<()> {
        let sql = "update longshore_tokens set last_used_at = longshore_now() where id = ?1";
        connection.execute(sql, &[self.0.into()]).await?;
        Ok(())
    }
}
