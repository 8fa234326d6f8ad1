//! Takes events from the outbox and posts them.

use std::{
    collections::HashMap,
    error::Error,
    future::Future,
    pin::pin,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use longshore_http_api::metrics::{Attempt, Metrics};
use longshore_media_library::{Delivery, Result, Store, Webhook};
use tokio::{
    task::{Id, JoinError, JoinSet},
    time::sleep,
};

use super::{
    client::{Client, Message, PostError, Receiver},
    retry,
};

/// The most concurrent deliveries to one receiver. A slow receiver delays only its own events.
const PARALLEL: usize = 5;

/// How long this host owns an event that it has taken. An attempt takes less time.
const LEASE: Duration = Duration::from_mins(1);

/// How often the outbox is queried if no event is known to be due: other hosts add events too.
const LOOK: Duration = Duration::from_secs(5);

/// The pause after the database has failed.
const PAUSE: Duration = Duration::from_secs(2);

/// The delay of an event whose webhook is not configured here: another host may have the webhook.
const ELSEWHERE: Duration = Duration::from_mins(1);

/// Takes the events that are due from the outbox and delivers them. A clone is the same dispatcher.
#[derive(Clone)]
pub(crate) struct WebhookDispatcher {
    worker: Arc<DeliveryWorker>,
}

/// Delivers one event.
struct DeliveryWorker {
    store: Store,
    receivers: HashMap<String, Receiver>,
    client: Client,
    metrics: Arc<Metrics>,
}

impl WebhookDispatcher {
    /// A dispatcher for these webhooks.
    pub(crate) fn new(store: Store, webhooks: &[Webhook], metrics: Arc<Metrics>) -> Self {
        Self::with_client(store, webhooks, metrics, Client::new())
    }

    pub(super) fn with_client(store: Store, webhooks: &[Webhook], metrics: Arc<Metrics>, client: Client) -> Self {
        let receivers = webhooks.iter().filter_map(|webhook| Some((webhook.url.clone(), Receiver::new(webhook)?)));
        let receivers = receivers.collect();
        Self { worker: Arc::new(DeliveryWorker { store, receivers, client, metrics }) }
    }

    /// Delivers until `stop`, then waits for the deliveries that are running. Dropping it loses nothing: an event that was
    /// taken is due again after its lease, perhaps for another host, and may be delivered twice.
    pub(crate) async fn run(self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut running = Running::default();
        loop {
            let wait = match self.take(&mut running).await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn Error, "the outbox cannot be read");
                    PAUSE
                }
            };
            tokio::select! {
                () = &mut stop => break,
                Some(ended) = running.tasks.join_next_with_id() => running.ended(ended),
                () = self.worker.store.outbox_filled() => {}
                () = sleep(wait) => {}
            }
        }
        while running.tasks.join_next().await.is_some() {}
    }

    /// Starts the deliveries that are due. Returns how long to wait before the next query.
    async fn take(&self, running: &mut Running) -> Result<Duration> {
        let store = &self.worker.store;
        loop {
            let counts = running.by_webhook();
            let full: Vec<&str> =
                counts.iter().filter(|(_, count)| **count >= PARALLEL).map(|(webhook, _)| *webhook).collect();
            let most = counts.values().copied().filter(|count| *count < PARALLEL).max().unwrap_or(0);
            let due = store.take_due_except(PARALLEL - most, LEASE, &full).await?;
            if due.is_empty() {
                // An event for a full webhook is due, and is taken when one of its deliveries has ended.
                let next = if full.is_empty() { store.next_due().await? } else { None };
                return Ok(next.unwrap_or(LOOK).clamp(Duration::from_millis(10), LOOK));
            }
            for delivery in due {
                let (worker, webhook) = (self.worker.clone(), delivery.webhook.clone());
                let task = running.tasks.spawn(async move { worker.deliver(&delivery).await });
                running.webhooks.insert(task.id(), webhook);
            }
        }
    }
}

/// The deliveries that are running.
#[derive(Default)]
struct Running {
    tasks: JoinSet<()>,
    /// The webhook of each task.
    webhooks: HashMap<Id, String>,
}

impl Running {
    fn by_webhook(&self) -> HashMap<&str, usize> {
        let mut counts = HashMap::new();
        for webhook in self.webhooks.values() {
            *counts.entry(webhook.as_str()).or_default() += 1;
        }
        counts
    }

    /// Forgets a task. A delivery that panicked is due again after its lease.
    fn ended(&mut self, ended: Result<(Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => error.id(),
        };
        self.webhooks.remove(&id);
    }
}

impl DeliveryWorker {
    /// Makes one attempt, and records its outcome in the outbox.
    async fn deliver(&self, delivery: &Delivery) {
        let next = match self.receivers.get(&delivery.webhook) {
            Some(receiver) => {
                let outcome = self.post(receiver, delivery).await;
                self.judge(receiver, delivery, outcome)
            }
            None if age(delivery) < retry::OLDEST => Next::Retry(ELSEWHERE),
            None => {
                tracing::warn!(delivery = delivery.id, "gave up an event: its webhook is not configured any more");
                Next::GiveUp
            }
        };
        let noted = match next {
            Next::Done => self.store.delivered(delivery.id).await,
            Next::Retry(wait) => self.store.retry(delivery.id, wait).await,
            Next::GiveUp => self.store.give_up(delivery.id).await,
        };
        if let Err(error) = noted {
            // The event stays in the outbox, and is sent again when the lease has ended.
            let error = &error as &dyn Error;
            tracing::warn!(error, delivery = delivery.id, "what became of an event cannot be written down");
        }
    }

    async fn post(&self, receiver: &Receiver, delivery: &Delivery) -> Result<(), PostError> {
        let body = delivery.payload.clone().into();
        let message = Message { id: delivery.id, event: delivery.event.clone(), body };
        let time = i64::try_from(since_1970().as_secs()).unwrap_or(i64::MAX);
        self.client.post(receiver, &message, time).await
    }

    /// Counts and logs the outcome of an attempt; returns the next step.
    fn judge(&self, receiver: &Receiver, delivery: &Delivery, outcome: Result<(), PostError>) -> Next {
        let (id, event, webhook) = (delivery.id, &delivery.event, receiver.shown());
        let Err(error) = outcome else {
            self.metrics.delivery(Attempt::Arrived);
            tracing::info!(delivery = id, event, webhook, "delivered a webhook message");
            return Next::Done;
        };
        let (attempts, error) = (delivery.attempts, &error as &dyn Error);
        if let Some(wait) = retry::after(attempts, age(delivery), retry::chance()) {
            self.metrics.delivery(Attempt::Failed);
            tracing::warn!(error, delivery = id, event, webhook, attempts, ?wait, "cannot deliver a webhook message");
            Next::Retry(wait)
        } else {
            self.metrics.delivery(Attempt::GivenUp);
            tracing::error!(error, delivery = id, event, webhook, attempts, "gave up telling a webhook");
            Next::GiveUp
        }
    }
}

/// The next step of a delivery.
enum Next {
    /// The event was delivered.
    Done,
    /// Another attempt after this time.
    Retry(Duration),
    /// No further attempt.
    GiveUp,
}

/// The time since the event.
fn age(delivery: &Delivery) -> Duration {
    let happened = Duration::from_millis(u64::try_from(delivery.created_at).unwrap_or_default());
    since_1970().saturating_sub(happened)
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
