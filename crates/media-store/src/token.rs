//! API tokens. The table contains only their hashes.

use crate::{Arg, Connection, DatabaseError, Operation, Result, Store, Timestamp, row::Row, stored_json};

/// A token as its row contains it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The number of its row.
    pub id: i64,
    /// The visible name of the token.
    pub name: String,
    /// Its permissions: `upload`, `find`, `findPage`, `findOne`, `destroy`.
    pub actions: Vec<String>,
    /// When the token was created.
    pub created_at: Timestamp,
    /// When [`Store::touch_token`] was last called for the token.
    pub last_used_at: Option<Timestamp>,
    /// When the token expires; `None` never.
    pub expires_at: Option<Timestamp>,
    /// Whether the token has expired, by the database's clock.
    pub expired: bool,
}

/// A token to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// The visible name of the token.
    pub name: String,
    /// The hash that identifies the token, in the caller's encoding.
    pub hash: String,
    /// Its permissions.
    pub actions: Vec<String>,
    /// How long the token is valid from now; `None` does not expire.
    pub valid_for: Option<std::time::Duration>,
}

/// The columns that [`read`] reads.
const COLUMNS: &str = "id, name, actions, created_at, last_used_at, expires_at, \
    cast(case when expires_at <= longshore_now() then 1 else 0 end as bigint)";

impl Store {
    /// Creates a token. Its hash must be new.
    pub async fn create_token(&self, token: NewToken) -> Result<Token> {
        self.write(Create(token)).await
    }

    /// All tokens, ordered by id.
    pub async fn tokens(&self) -> Result<Vec<Token>> {
        self.read(List).await
    }

    /// Removes a token; returns whether it existed.
    pub async fn revoke_token(&self, id: i64) -> Result<bool> {
        self.write(Revoke(id)).await
    }

    /// The token with this hash, expired or not.
    pub async fn token_by_hash(&self, hash: &str) -> Result<Option<Token>> {
        self.read(ByHash(hash.to_owned())).await
    }

    /// Records that a token was used just now. Each call is a write: once a minute is enough for a token.
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
