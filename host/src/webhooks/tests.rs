//! Delivery of messages to receivers on the loopback interface.

mod receiver;
mod webhook_library;

use std::time::Duration;

use super::signature::sign;
use receiver::{Answer, Receiver};
use webhook_library::{WebhookLibrary, webhook};

const SOON: Duration = Duration::from_millis(300);

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_message_describes_its_event_and_is_signed() {
    let receiver = Receiver::start(|_| Answer::Status(204)).await;
    let mut to = webhook(&receiver.url("/hook?x=1"));
    to.secret = Some("hunter2".into_secret());
    to.headers = vec![("authorization".to_owned(), "Bearer mine".into_secret())];
    let library = WebhookLibrary::new(&[to]).await;
    let _running = library.deliver();
    let file = library.upload("photo.txt").await;
    let got = receiver.next().await;
    let header = |name: &str| got.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    assert_eq!((got.method.as_str(), got.uri.as_str()), ("POST", "/hook?x=1"));
    assert_eq!((header("content-type"), header("x-strapi-event")), ("application/json".into(), "media.create".into()));
    assert_eq!(header("authorization"), "Bearer mine");
    assert!(header("user-agent").starts_with("longshore/"));
    assert!(header("x-longshore-delivery").parse::<i64>().is_ok());
    let signature = header("x-longshore-signature");
    let time = signature.strip_prefix("t=").unwrap().split(',').next().unwrap().parse().unwrap();
    assert_eq!(signature, sign("hunter2", time, &got.body));
    let body: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
    assert_eq!((&body["event"], &body["media"]["id"]), (&"media.create".into(), &file.id.into()));
    assert!(body["createdAt"].is_string() && body["media"]["isUrlSigned"].is_null());
    library.outbox_empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_secret_nothing_is_signed() {
    let receiver = Receiver::start(|_| Answer::Status(200)).await;
    let library = WebhookLibrary::new(&[webhook(&receiver.url("/"))]).await;
    let _running = library.deliver();
    library.upload("a.txt").await;
    assert!(receiver.next().await.headers.get("x-longshore-signature").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_delivery_is_repeated_with_the_same_id() {
    let receiver = Receiver::start(|seen| Answer::Status(if seen == 0 { 500 } else { 200 })).await;
    let library = WebhookLibrary::new(&[webhook(&receiver.url("/"))]).await;
    let _running = library.deliver();
    library.upload("a.txt").await;
    let (first, second) = (receiver.next().await, receiver.next().await);
    let number = |got: &receiver::Got| got.headers["x-longshore-delivery"].clone();
    assert_eq!(number(&first), number(&second));
    assert_eq!(first.body, second.body);
    library.outbox_empties().await;
    library.has(r#"longshore_webhook_deliveries_total{outcome="failed"} 1"#);
    library.has(r#"longshore_webhook_deliveries_total{outcome="delivered"} 1"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_not_followed() {
    let receiver = Receiver::start(|_| Answer::Redirect("/elsewhere")).await;
    let library = WebhookLibrary::new(&[webhook(&receiver.url("/"))]).await;
    let _running = library.deliver();
    library.upload("a.txt").await;
    for _ in 0..2 {
        assert_eq!(receiver.next().await.uri, "/");
    }
    assert!(library.waits().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_hangs_delays_its_own_messages_alone() {
    let hangs = Receiver::start(|_| Answer::Never).await;
    let answers = Receiver::start(|_| Answer::Status(200)).await;
    let library = WebhookLibrary::new(&[webhook(&hangs.url("/")), webhook(&answers.url("/"))]).await;
    let _running = library.deliver();
    for number in 0..20 {
        library.upload(&format!("{number}.txt")).await;
    }
    for _ in 0..20 {
        answers.next().await;
    }
    assert!(hangs.most_at_once() <= 5, "{}", hangs.most_at_once());
    assert!(library.waits().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_never_ends_is_one_all_the_same() {
    let receiver = Receiver::start(|_| Answer::Endless).await;
    let library = WebhookLibrary::new(&[webhook(&receiver.url("/"))]).await;
    let _running = library.deliver();
    library.upload("a.txt").await;
    receiver.next().await;
    library.outbox_empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_url_without_a_server_is_a_failure() {
    let url = Receiver::start(|_| Answer::Status(200)).await.url("/");
    let library = WebhookLibrary::new(&[webhook(&url), webhook(&url.replace("http://", "https://"))]).await;
    let running = library.deliver();
    library.upload("a.txt").await;
    library.eventually(r#"longshore_webhook_deliveries_total{outcome="failed"} 2"#).await;
    running.stop().await;
    assert!(library.waits().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_hosts_share_the_work() {
    let receiver = Receiver::start(|_| Answer::Status(200)).await;
    let library = WebhookLibrary::new(&[webhook(&receiver.url("/"))]).await;
    for number in 0..40 {
        library.upload(&format!("{number}.txt")).await;
    }
    let _running = [library.deliver(), library.deliver(), library.deliver()];
    let mut numbers = std::collections::BTreeSet::new();
    for _ in 0..40 {
        numbers.insert(receiver.next().await.headers["x-longshore-delivery"].to_str().unwrap().to_owned());
    }
    assert_eq!(numbers.len(), 40, "something came twice");
    library.outbox_empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_on_their_way_end_before_the_dispatcher() {
    let receiver = Receiver::start(|_| Answer::After(SOON, 200)).await;
    let library = WebhookLibrary::new(&[webhook(&receiver.url("/"))]).await;
    let running = library.deliver();
    library.upload("a.txt").await;
    receiver.next().await;
    running.stop().await;
    library.has(r#"longshore_webhook_deliveries_total{outcome="delivered"} 1"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_for_a_webhook_of_another_host_stays() {
    let receiver = Receiver::start(|_| Answer::Status(200)).await;
    let library = WebhookLibrary::new(&[webhook(&receiver.url("/"))]).await;
    library.upload("a.txt").await;
    let running = library.deliver_to(&[]);
    library.until_taken().await;
    running.stop().await;
    assert!(library.waits().await);
}

/// Header values as secrets.
trait IntoSecret {
    fn into_secret(self) -> longshore_provider::Secret;
}

impl IntoSecret for &str {
    fn into_secret(self) -> longshore_provider::Secret {
        longshore_provider::Secret::new(self)
    }
}
