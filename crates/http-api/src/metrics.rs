//! Prometheus metrics of the server.
//!
//! Frequent events are counted where they happen, with atomic additions. Values that can be looked up (the process, the
//! providers' own counts) are read on each scrape.

mod process;
mod providers;
mod requests;

use std::sync::{Arc, atomic::AtomicU64};

use longshore_media_library::{MediaLibrary, TaskState, TaskStatus};
use longshore_plugin_host::registry::Registry as Providers;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, info::Info},
    registry::Registry,
};

pub(crate) use self::requests::{RouteName, measured};
use self::{process::Process, providers::Calls, requests::RequestMetrics};

/// The content type of [`Metrics::text`].
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All metrics of a server.
pub struct Metrics {
    registry: Registry,
    pub(crate) requests: RequestMetrics,
    deliveries: Family<Delivery, Counter>,
    unfinished: Family<Unfinished, Gauge<u64, AtomicU64>>,
    running: Family<BackgroundTask, Gauge<u64, AtomicU64>>,
    restarts: Family<BackgroundTask, Gauge<u64, AtomicU64>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Delivery {
    outcome: &'static str,
}

/// The outcome of an attempt to deliver an event to a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The receiver accepted the event.
    Arrived,
    /// The attempt failed, and the delivery will be retried.
    Failed,
    /// The attempt failed, and there are no further retries.
    GivenUp,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Unfinished {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BackgroundTask {
    task: &'static str,
}

impl Metrics {
    /// Registers all metrics.
    pub fn new(providers: Arc<Providers>) -> Self {
        let (deliveries, unfinished) = (Family::default(), Family::default());
        let (running, restarts) = (Family::default(), Family::default());

        let mut registry = Registry::default();
        registry.register_collector(Box::new(Process));
        let ours = registry.sub_registry_with_prefix("longshore");
        ours.register("build", "What is running", Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]));
        let requests = RequestMetrics::register(ours);
        ours.register("webhook_deliveries", "Attempts to deliver an event to a webhook", deliveries.clone());
        let help = "Files with an unfinished upload, replacement or removal";
        ours.register("files_unfinished", help, unfinished.clone());
        ours.register("background_task_running", "1 if the background task is running", running.clone());
        let help = "How often the background task was restarted after a panic";
        ours.register("background_task_restarts", help, restarts.clone());
        ours.register_collector(Box::new(Calls(providers)));
        Self { registry, requests, deliveries, unfinished, running, restarts }
    }

    /// Counts an attempt to deliver an event.
    pub fn delivery(&self, outcome: Attempt) {
        let outcome = match outcome {
            Attempt::Arrived => "delivered",
            Attempt::Failed => "failed",
            Attempt::GivenUp => "given_up",
        };
        self.deliveries.get_or_create(&Delivery { outcome }).inc();
    }

    /// Updates the states of background tasks, and the number of files in each transient state, which the database
    /// counts. If the database does not respond, the previous counts remain.
    pub async fn look_up(&self, library: &MediaLibrary) {
        for TaskStatus { name, state, restarts } in library.supervisor().status() {
            let labels = BackgroundTask { task: name };
            self.running.get_or_create(&labels).set(u64::from(state == TaskState::Running));
            self.restarts.get_or_create(&labels).set(restarts);
        }
        match library.store().unfinished().await {
            Ok(counts) => {
                for (state, files) in counts {
                    self.unfinished.get_or_create(&Unfinished { state }).set(files);
                }
            }
            Err(error) => tracing::debug!("unfinished files cannot be counted: {error}"),
        }
    }

    /// All metrics as text in the `OpenMetrics` format, which Prometheus reads.
    pub fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("writing to a string does not fail");
        text
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, http::Request, middleware::from_fn_with_state, routing::post};
    use longshore_provider::File;
    use tower::ServiceExt;

    use super::*;
    use crate::tests::{provider::InMemoryProvider, server::library_settings};

    async fn metrics() -> Arc<Metrics> {
        let (_, provider) = InMemoryProvider::open("nowhere").await;
        provider.delete(&File::at("x")).await.unwrap();
        provider.delete(&File::at("x")).await.unwrap();
        provider.head(&File::at("x")).await.unwrap_err();
        Arc::new(Metrics::new(Arc::new(Providers::of(provider, []))))
    }

    fn has(text: &str, line: &str) {
        assert!(text.lines().any(|known| known.starts_with(line)), "no line `{line}` in:\n{text}");
    }

    #[tokio::test]
    async fn requests_are_counted_by_route_and_status() {
        let metrics = metrics().await;
        let probe = metrics.clone();
        let answer = async move |body: Body| {
            let during = probe.text();
            let bytes = axum::body::to_bytes(body, 100).await.unwrap();
            (axum::http::StatusCode::CREATED, format!("{} {during}", bytes.len()))
        };
        let router = Router::new()
            .route("/files/{id}", post(answer))
            .layer(from_fn_with_state(metrics.requests.clone(), measured));
        for (method, path) in [("POST", "/files/1"), ("POST", "/files/2"), ("BREW", "/files/1"), ("GET", "/x/1")] {
            let request = Request::builder().method(method).uri(path).body(Body::from("12345")).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            if method == "POST" {
                let text = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
                has(std::str::from_utf8(&text).unwrap(), "longshore_uploads_in_flight 1");
            }
        }
        let text = metrics.text();
        let requests = |labels: &str, count| has(&text, &format!("longshore_http_requests_total{{{labels}}} {count}"));
        requests(r#"method="POST",route="/files/{id}",status="201""#, 2);
        requests(r#"method="other",route="/files/{id}",status="405""#, 1);
        requests(r#"method="GET",route="none",status="404""#, 1);
        has(&text, r#"longshore_http_request_duration_seconds_count{method="POST",route="/files/{id}"} 2"#);
        has(&text, "longshore_http_received_bytes_total 10");
        has(&text, "longshore_uploads_in_flight 0");
    }

    #[tokio::test]
    async fn providers_webhooks_files_and_the_process_are_measured() {
        let metrics = metrics().await;
        metrics.delivery(Attempt::Arrived);
        metrics.delivery(Attempt::GivenUp);
        let folder = tempfile::tempdir().unwrap();
        let (_, provider) = InMemoryProvider::open("nowhere").await;
        let registry = Arc::new(Providers::of(provider, []));
        let library = MediaLibrary::open(library_settings(&folder), registry).await.unwrap();
        library.run_sweeper();
        metrics.look_up(&library).await;
        let text = metrics.text();
        has(&text, r#"longshore_provider_calls_total{provider="nowhere",method="delete"} 2"#);
        has(&text, r#"longshore_provider_calls_total{provider="nowhere",method="head"} 1"#);
        has(&text, r#"longshore_provider_errors_total{provider="nowhere",method="head",kind="not_found"} 1"#);
        has(&text, r#"longshore_provider_in_flight{provider="nowhere",method="delete"} 0"#);
        has(&text, r#"longshore_provider_call_duration_seconds_count{provider="nowhere",method="delete"} 2"#);
        let slowest =
            r#"longshore_provider_call_duration_seconds_bucket{le="+Inf",provider="nowhere",method="delete"} 2"#;
        has(&text, slowest);
        has(&text, r#"longshore_provider_stored_bytes_total{provider="nowhere"} 0"#);
        has(&text, r#"longshore_provider_read_bytes_total{provider="nowhere"} 0"#);
        has(&text, r#"longshore_provider_log_lost_total{provider="nowhere"} 0"#);
        has(&text, r#"longshore_provider_runtime_busy_seconds_total{provider="nowhere"} "#);
        has(&text, r#"longshore_provider_runtime_workers{provider="nowhere"} "#);
        has(&text, r#"longshore_provider_runtime_busy_ratio{provider="nowhere"} "#);
        has(&text, r#"longshore_webhook_deliveries_total{outcome="delivered"} 1"#);
        has(&text, r#"longshore_webhook_deliveries_total{outcome="given_up"} 1"#);
        has(&text, r#"longshore_files_unfinished{state="pending"} 0"#);
        has(&text, r#"longshore_background_task_running{task="sweeper"} 1"#);
        has(&text, r#"longshore_background_task_restarts{task="sweeper"} 0"#);
        has(&text, "process_resident_memory_bytes ");
        has(&text, "process_open_fds ");
        assert!(text.ends_with("# EOF\n"));
        assert!(!text.contains("process_resident_memory_bytes 0"));
    }

    #[tokio::test]
    async fn lost_records_are_told_of_the_library_that_lost_them() {
        let provider = InMemoryProvider::extending("hidden", "nowhere").await;
        let text = Metrics::new(Arc::new(Providers::of(provider, []))).text();
        for library in ["hidden", "nowhere"] {
            has(&text, &format!(r#"longshore_provider_log_lost_total{{provider="{library}"}} 0"#));
        }
    }
}
