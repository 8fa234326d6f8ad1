//! Events that wait to be sent to webhooks.

use std::time::Duration;

use crate::{Arg, Connection, DatabaseError, Operation, Result, Store, Timestamp, arg::count, event::Event, row::Row};

/// An event for one webhook, taken for delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The number of its row.
    pub id: i64,
    /// The webhook's URL.
    pub webhook: String,
    /// `media.create`, `media.update` or `media.delete`.
    pub event: String,
    /// The body to send, JSON.
    pub payload: String,
    /// How often the event has been taken, including this time.
    pub attempts: u32,
    /// When the event happened.
    pub created_at: Timestamp,
}

impl Store {
    /// Takes at most `limit` due events, oldest first. The caller has `lease` to deliver, postpone or give up each
    /// event. After that the event is due again, for this host or another.
    pub async fn take_due(&self, limit: usize, lease: Duration) -> Result<Vec<Delivery>> {
        self.take_due_except(limit, lease, &[]).await
    }

    /// [`Store::take_due`] without the events for the given webhooks, which are at their limit of deliveries.
    pub async fn take_due_except(&self, limit: usize, lease: Duration, webhooks: &[&str]) -> Result<Vec<Delivery>> {
        let except = serde_json::Value::from(webhooks).to_string();
        self.write(TakeDue { limit: count(limit), lease: count(lease.as_millis()), except }).await
    }

    /// Removes an event that was delivered.
    pub async fn delivered(&self, id: i64) -> Result<()> {
        self.write(Forget(id)).await
    }

    /// Makes an event that was not delivered due again in `after`.
    pub async fn retry(&self, id: i64, after: Duration) -> Result<()> {
        self.write(Retry { id, after: count(after.as_millis()) }).await
    }

    /// Removes an event that cannot be delivered.
    pub async fn give_up(&self, id: i64) -> Result<()> {
        self.write(Forget(id)).await
    }

    /// The time until an event is due or the lease of an event ends; `None` if there are no events.
    pub async fn next_due(&self) -> Result<Option<Duration>> {
        self.read(NextDue).await
    }

    /// Waits until this process has put events into the outbox since the last wait. Events of other hosts do not count.
    pub async fn outbox_filled(&self) {
        self.outbox.notified().await;
    }

    /// Logs the change of files, and wakes the webhook dispatcher if a webhook wants the event.
    pub(super) fn announced(&self, event: Event, files: impl IntoIterator<Item = i64>) {
        for file in files {
            tracing::info!(file, "{}", event.name());
        }
        if self.subscriptions.want(event) {
            self.outbox.notify_one();
        }
    }
}

struct TakeDue {
    limit: i64,
    /// Milliseconds.
    lease: i64,
    /// A JSON array of URLs.
    except: String,
}

impl Operation for TakeDue {
    type Output = Vec<Delivery>;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Vec<Delivery>> {
        let dialect = connection.dialect();
        let sql = format!(
            "update longshore_outbox set due_at = longshore_now() + ?1, attempts = attempts + 1
             where id in (select id from longshore_outbox where due_at <= longshore_now() and webhook not in ({})
             order by due_at, id limit ?2{})
             returning id, webhook, event, payload, attempts, created_at",
            dialect.texts(3),
            dialect.skip_locked()
        );
        let read = |row: &Row<'_>| -> Result<Delivery, DatabaseError> {
            Ok(Delivery {
                id: row.int(0)?,
                webhook: row.text(1)?,
                event: row.text(2)?,
                payload: row.text(3)?,
                attempts: row.fitting(4)?.unwrap_or_default(),
                created_at: row.int(5)?,
            })
        };
        let mut due =
            connection.rows(&sql, &[Arg::from(self.lease), self.limit.into(), Arg::from(&self.except)], read).await?;
        due.sort_by_key(|delivery| delivery.id);
        Ok(due)
    }
}

struct Forget(i64);

impl Operation for Forget {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<()> {
        connection.execute("delete from longshore_outbox where id = ?1", &[self.0.into()]).await?;
        Ok(())
    }
}

struct Retry {
    id: i64,
    /// Milliseconds.
    after: i64,
}

impl Operation for Retry {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<()> {
        let sql = "update longshore_outbox set due_at = longshore_now() + ?2 where id = ?1";
        connection.execute(sql, &[self.id.into(), self.after.into()]).await?;
        Ok(())
    }
}

struct NextDue;

impl Operation for NextDue {
    type Output = Option<Duration>;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Option<Duration>> {
        let sql = "select min(due_at) - longshore_now() from longshore_outbox";
        let wait = connection.first(sql, &[], |row| row.optional_int(0)).await?.flatten();
        Ok(wait.map(|wait| Duration::from_millis(u64::try_from(wait).unwrap_or_default())))
    }
}
