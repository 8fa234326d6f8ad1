//! The events for webhooks, and the subscriptions of the webhooks.

use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::{Arg, Connection, FileView, MediaFile, Result, Timestamp, Webhook, iso::Iso, stored_json};

/// An event: a change of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Create,
    Update,
    Delete,
}

impl Event {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Create => "media.create",
            Self::Update => "media.update",
            Self::Delete => "media.delete",
        }
    }
}

/// The events that each webhook receives.
#[derive(Debug, Default)]
pub(super) struct Subscriptions(Vec<(String, Vec<String>)>);

impl Subscriptions {
    pub(super) fn new(webhooks: &[Webhook]) -> Self {
        Self(webhooks.iter().map(|webhook| (webhook.url.clone(), webhook.events.clone())).collect())
    }

    /// Whether any webhook receives the event.
    pub(super) fn want(&self, event: Event) -> bool {
        self.of(event).next().is_some()
    }

    /// Puts the event into the outbox, once for each webhook that receives it.
    pub(super) async fn announce(
        &self,
        connection: &mut Connection<'_>,
        event: Event,
        now: Timestamp,
        file: &MediaFile,
    ) -> Result<()> {
        if !self.want(event) {
            return Ok(());
        }
        let payload = stored_json::text(&Payload { event, now, file });
        for webhook in self.of(event) {
            let args = [webhook.into(), event.name().into(), Arg::from(&payload), now.into()];
            connection
                .execute(
                    "insert into longshore_outbox (webhook, event, payload, attempts, due_at, created_at)
                     values (?1, ?2, ?3, 0, ?4, ?4)",
                    &args,
                )
                .await?;
        }
        Ok(())
    }

    fn of(&self, event: Event) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(_, events)| events.iter().any(|name| name == event.name()))
            .map(|(url, _)| url.as_str())
    }
}

/// The body of a webhook's request.
struct Payload<'a> {
    event: Event,
    now: Timestamp,
    file: &'a MediaFile,
}

impl Serialize for Payload<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut payload = serializer.serialize_struct("Payload", 3)?;
        payload.serialize_field("event", self.event.name())?;
        payload.serialize_field("createdAt", &Iso(self.now))?;
        payload.serialize_field("media", &FileView::new(self.file).without_signature())?;
        payload.end()
    }
}
