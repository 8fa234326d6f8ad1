//! The trace parent of a call goes with its requests.

use longshore_provider::{Call, Provider};

use crate::setup::{MIB, at, chunked, content, provider, server};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[tokio::test]
async fn every_request_of_a_call_carries_its_trace_parent() {
    let server = server().await;
    let provider = provider(&server).await;
    let mut call = Call::new();
    call.trace_parent = Some(PARENT.to_owned());
    let (small, large) = (content(1000), content(12 * MIB));
    provider.upload(&at("small"), chunked(&small, Some(1000)), &call).await.unwrap();
    provider.upload(&at("large"), chunked(&large, None), &call).await.unwrap();
    provider.head(&at("small"), &call).await.unwrap();
    provider.delete(&at("small"), &call).await.unwrap();

    let journal = server.journal();
    assert!(journal.len() >= 7, "parts are requests of their own: {journal:?}");
    for request in journal {
        let parents: Vec<_> = request.headers.iter().filter(|(name, _)| name == "traceparent").collect();
        assert_eq!(parents.len(), 1, "{request:?}");
        assert_eq!(parents[0].1, PARENT);
        assert_eq!(request.status.map(|status| status / 100), Some(2), "the signature holds: {request:?}");
    }

    server.clear_journal();
    provider.upload(&at("other"), chunked(&small, Some(1000)), &Call::new()).await.unwrap();
    assert!(server.journal()[0].headers.iter().all(|(name, _)| name != "traceparent"));
}
