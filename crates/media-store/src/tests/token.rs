//! API tokens.

use std::time::Duration;

use super::{fixture::Fixture, over_both};
use crate::{DatabaseError, Error, NewToken, Token};

over_both![
    a_token_is_found_by_its_hash,
    a_revoked_token_is_gone,
    a_hash_is_unique,
    a_token_expires_by_the_databases_clock,
    a_use_is_noted,
];

fn token(hash: &str) -> NewToken {
    NewToken {
        name: "deploy".to_owned(),
        hash: hash.to_owned(),
        actions: vec!["upload".to_owned(), "find".to_owned()],
        valid_for: None,
    }
}

async fn a_token_is_found_by_its_hash(fixture: &Fixture) {
    let store = fixture.open().await;
    let made = store.create_token(token("aa")).await.unwrap();
    let expected = Token {
        id: made.id,
        name: "deploy".to_owned(),
        actions: vec!["upload".to_owned(), "find".to_owned()],
        created_at: made.created_at,
        last_used_at: None,
        expires_at: None,
        expired: false,
    };
    assert_eq!(made, expected);
    assert!(made.created_at > 0);
    assert_eq!(store.token_by_hash("aa").await.unwrap(), Some(made.clone()));
    assert_eq!(store.token_by_hash("AA").await.unwrap(), None);
    let other = store.create_token(token("bb")).await.unwrap();
    assert_eq!(store.tokens().await.unwrap(), [made, other]);
}

async fn a_revoked_token_is_gone(fixture: &Fixture) {
    let store = fixture.open().await;
    let made = store.create_token(token("aa")).await.unwrap();
    assert!(store.revoke_token(made.id).await.unwrap());
    assert!(!store.revoke_token(made.id).await.unwrap());
    assert_eq!(store.token_by_hash("aa").await.unwrap(), None);
}

async fn a_hash_is_unique(fixture: &Fixture) {
    let store = fixture.open().await;
    store.create_token(token("aa")).await.unwrap();
    let error = store.create_token(token("aa")).await.unwrap_err();
    assert!(matches!(error, Error::Database(DatabaseError::Sqlite(_) | DatabaseError::Postgres(_))), "{error:?}");
    assert_eq!(store.tokens().await.unwrap().len(), 1);
}

async fn a_token_expires_by_the_databases_clock(fixture: &Fixture) {
    let store = fixture.open().await;
    let minute = NewToken { valid_for: Some(Duration::from_mins(1)), ..token("aa") };
    let made = store.create_token(minute).await.unwrap();
    assert_eq!((made.expires_at, made.expired), (Some(made.created_at + 60_000), false));
    store.create_token(NewToken { valid_for: Some(Duration::ZERO), ..token("bb") }).await.unwrap();
    assert!(store.token_by_hash("bb").await.unwrap().unwrap().expired);
}

async fn a_use_is_noted(fixture: &Fixture) {
    let store = fixture.open().await;
    let made = store.create_token(token("aa")).await.unwrap();
    store.touch_token(made.id).await.unwrap();
    let used = store.token_by_hash("aa").await.unwrap().unwrap();
    assert!(used.last_used_at >= Some(made.created_at), "{used:?}");
    store.touch_token(-1).await.unwrap();
}
