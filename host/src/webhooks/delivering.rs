//! Taking events from the outbox, and posting them.

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
    task::{JoinError, JoinSet},
    time::sleep,
};

use super::{
    client::{Client, Message, PostError, Receiver},
    retry,
};

/// Messages on their way to one receiver; another that answers slowly delays only its own.
const PARALLEL: usize = 5;

/// How long a message that was taken is this host's: longer than an attempt takes.
const LEASE: Duration = Duration::from_mins(1);

/// How often the outbox is looked into though nothing is known to be due: other hosts fill it too.
const LOOK: Duration = Duration::from_secs(5);

/// When the database fails, it is left alone for so long.
const PAUSE: Duration = Duration::from_secs(2);

/// When another host may know the receiver that this one does not.
const ELSEWHERE: Duration = Duration::from_mins(1);

/// Delivers what is in the outbox.
pub(crate) struct Deliverer {
    store: Store,
    courier: Arc<Courier>,
    /// How many messages are on their way to each receiver.
    in_flight: HashMap<String, usize>,
}

/// What every message needs on its way.
struct Courier {
    store: Store,
    receivers: HashMap<String, Receiver>,
    client: Client,
    metrics: Arc<Metrics>,
}

impl Deliverer {
    /// A deliverer to these webhooks.
    pub(crate) fn new(store: Store, webhooks: &[Webhook], metrics: Arc<Metrics>) -> Self {
        Self::with_client(store, webhooks, metrics, Client::new())
    }

    pub(super) fn with_client(store: Store, webhooks: &[Webhook], metrics: Arc<Metrics>, client: Client) -> Self {
        let receivers = webhooks.iter().filter_map(|webhook| Some((webhook.url.clone(), Receiver::new(webhook)?)));
        let receivers = receivers.collect();
        let courier = Courier { store: store.clone(), receivers, client, metrics };
        Self { store, courier: Arc::new(courier), in_flight: HashMap::new() }
    }

    /// Delivers until `stop`, then ends what is on its way. To drop it is no harm: the messages come to another host,
    /// or to this one later, perhaps once more.
    pub(crate) async fn run(mut self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut tasks = JoinSet::new();
        loop {
            let wait = match self.take(&mut tasks).await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn Error, "the outbox cannot be read");
                    PAUSE
                }
            };
            tokio::select! {
                () = &mut stop => break,
                Some(ended) = tasks.join_next() => self.ended(ended),
                () = self.store.outbox_filled() => {}
                () = sleep(wait) => {}
            }
        }
        while tasks.join_next().await.is_some() {}
    }

    /// Starts what is due; answers when to look again.
    async fn take(&mut self, tasks: &mut JoinSet<String>) -> Result<Duration> {
        loop {
            let busy = |count: usize| count >= PARALLEL;
            let full: Vec<&str> =
                self.in_flight.iter().filter(|(_, count)| busy(**count)).map(|(url, _)| url.as_str()).collect();
            let most = self.in_flight.values().copied().filter(|count| !busy(*count)).max().unwrap_or(0);
            let due = self.store.take_due_except(PARALLEL - most, LEASE, &full).await?;
            if due.is_empty() {
                break;
            }
            for delivery in due {
                *self.in_flight.entry(delivery.webhook.clone()).or_default() += 1;
                let courier = self.courier.clone();
                tasks.spawn(async move {
                    courier.carry(&delivery).await;
                    delivery.webhook
                });
            }
        }
        // What waits behind a receiver that is full is due, and is taken when one of its messages has ended.
        let next =
            if self.in_flight.values().any(|count| *count >= PARALLEL) { None } else { self.store.next_due().await? };
        Ok(next.unwrap_or(LOOK).clamp(Duration::from_millis(10), LOOK))
    }

    fn ended(&mut self, ended: Result<String, JoinError>) {
        // A task that panicked does not say whose it was. None is expected to.
        let Ok(url) = ended else { return self.in_flight.clear() };
        if let Some(count) = self.in_flight.get_mut(&url) {
            *count -= 1;
            if *count == 0 {
                self.in_flight.remove(&url);
            }
        }
    }
}

impl Courier {
    /// One attempt, and what follows from how it ended.
    async fn carry(&self, delivery: &Delivery) {
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
            // It stays in the outbox, and is sent again when the lease has ended.
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

    /// Counts and logs how an attempt ended; answers what is to be done about it.
    fn judge(&self, receiver: &Receiver, delivery: &Delivery, outcome: Result<(), PostError>) -> Next {
        let (id, event, webhook) = (delivery.id, &delivery.event, receiver.shown());
        let Err(error) = outcome else {
            self.metrics.delivery(Attempt::Arrived);
            tracing::info!(delivery = id, event, webhook, "told a webhook");
            return Next::Done;
        };
        let (attempts, error) = (delivery.attempts, &error as &dyn Error);
        if let Some(wait) = retry::after(attempts, age(delivery), retry::chance()) {
            self.metrics.delivery(Attempt::Failed);
            tracing::warn!(error, delivery = id, event, webhook, attempts, ?wait, "could not tell a webhook");
            Next::Retry(wait)
        } else {
            self.metrics.delivery(Attempt::GivenUp);
            tracing::error!(error, delivery = id, event, webhook, attempts, "gave up telling a webhook");
            Next::GiveUp
        }
    }
}

/// What is to be done about a message.
enum Next {
    /// It has arrived.
    Done,
    /// Another attempt, so much later.
    Retry(Duration),
    /// Nothing any more.
    GiveUp,
}

/// How long ago it happened.
fn age(delivery: &Delivery) -> Duration {
    let happened = Duration::from_millis(u64::try_from(delivery.created_at).unwrap_or_default());
    since_1970().saturating_sub(happened)
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
