//! Slots for uploads in flight. One client gets at most half of the slots.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use axum::http::Extensions;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::error::HttpError;

/// The client's address, as an extension of its requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeerAddress(pub(crate) IpAddr);

/// The clients whose uploads share slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum UploadClient {
    /// The client that uses the token with this id.
    Token(i64),
    /// An anonymous client at this address.
    Address(IpAddr),
    /// Unknown, because a program that nests the router does not provide addresses.
    Unknown,
}

/// Grants slots to uploads.
pub(crate) struct UploadSlots {
    slots: Arc<Semaphore>,
    /// The number of slots for one client.
    share: usize,
    shares: Mutex<HashMap<UploadClient, Weak<Semaphore>>>,
    wait: Duration,
}

/// A slot, which is released when dropped.
pub(crate) struct UploadSlot {
    _share: OwnedSemaphorePermit,
    _slot: OwnedSemaphorePermit,
}

impl UploadClient {
    /// Identifies a client by its token, or else by the [`PeerAddress`] of its request. IPv6 addresses with the same
    /// first 64 bits belong to one client, because every client has a network of that size.
    pub(crate) fn of(token: Option<i64>, extensions: &Extensions) -> Self {
        match (token, extensions.get()) {
            (Some(id), _) => Self::Token(id),
            (None, Some(PeerAddress(IpAddr::V6(address)))) if address.to_ipv4_mapped().is_none() => {
                let network = u128::from(*address) & !u128::from(u64::MAX);
                Self::Address(IpAddr::V6(network.into()))
            }
            (None, Some(PeerAddress(address))) => Self::Address(address.to_canonical()),
            (None, None) => Self::Unknown,
        }
    }
}

impl UploadSlots {
    /// Creates `slots` slots. An upload waits up to `wait` for a slot.
    pub(crate) fn new(slots: usize, wait: Duration) -> Self {
        let (share, slots) = (slots.div_ceil(2), Arc::new(Semaphore::new(slots)));
        Self { slots, share, shares: Mutex::default(), wait }
    }

    /// Waits for a free slot.
    ///
    /// # Errors
    ///
    /// [`HttpError::TooManyUploads`]: no slot was free in time.
    pub(crate) async fn acquire(&self, client: UploadClient) -> Result<UploadSlot, HttpError> {
        let share = self.share_of(client);
        let acquiring = async {
            let share = share.acquire_owned().await.ok()?;
            let slot = self.slots.clone().acquire_owned().await.ok()?;
            Some(UploadSlot { _share: share, _slot: slot })
        };
        timeout(self.wait, acquiring).await.ok().flatten().ok_or(HttpError::TooManyUploads)
    }

    fn share_of(&self, client: UploadClient) -> Arc<Semaphore> {
        if client == UploadClient::Unknown {
            // The clients cannot be distinguished: only the total number of slots limits their uploads.
            return Arc::new(Semaphore::new(1));
        }
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(&client).and_then(Weak::upgrade) {
            return share;
        }
        // Permits and waiting uploads keep a client's share alive. The map drops the shares of all other clients.
        shares.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(self.share));
        shares.insert(client, Arc::downgrade(&share));
        share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn one_client_gets_half_of_the_slots() {
        let slots = UploadSlots::new(4, SHORT);
        let (one, other) = (UploadClient::Token(1), UploadClient::Address([127, 0, 0, 1].into()));
        let first = slots.acquire(one).await.unwrap();
        let _second = slots.acquire(one).await.unwrap();
        assert!(matches!(slots.acquire(one).await, Err(HttpError::TooManyUploads)));
        let _third = slots.acquire(other).await.unwrap();
        let _fourth = slots.acquire(other).await.unwrap();
        assert!(slots.acquire(UploadClient::Token(2)).await.is_err(), "all slots are taken");
        drop(first);
        drop(slots.acquire(UploadClient::Unknown).await.unwrap());
        slots.acquire(one).await.unwrap();
    }

    #[tokio::test]
    async fn clients_that_have_gone_take_no_memory() {
        let slots = UploadSlots::new(4, SHORT);
        for id in 0..100 {
            slots.acquire(UploadClient::Token(id)).await.unwrap();
        }
        assert_eq!(slots.shares.lock().unwrap().len(), 1);
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        let client = |address: &str| {
            let mut extensions = Extensions::new();
            extensions.insert(PeerAddress(address.parse().unwrap()));
            UploadClient::of(None, &extensions)
        };
        assert_eq!(client("2001:db8::1"), client("2001:db8::2:3"));
        assert_ne!(client("2001:db8::1"), client("2001:db8:0:1::1"));
        assert_eq!(client("::ffff:10.0.0.1"), client("10.0.0.1"));
        assert_ne!(client("10.0.0.1"), client("10.0.0.2"));
    }
}
