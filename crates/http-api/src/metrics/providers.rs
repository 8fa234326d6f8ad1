//! Metrics of provider calls, which the providers count themselves.

use std::{fmt, sync::Arc};

use longshore_plugin_host::registry::{LATENCIES, Provider, Registry};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric, NoLabelSet},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
    registry::Unit,
};

/// Reads the counts of the providers on each scrape.
pub(super) struct Calls(pub(super) Arc<Registry>);

impl Collector for Calls {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Calls of providers that ended";
        let mut family = encoder.encode_descriptor("provider_calls", help, None, MetricType::Counter)?;
        for provider in self.0.all() {
            for (method, calls) in totals(provider) {
                let labels = [("provider", provider.name()), ("method", method)];
                ConstCounter::new(calls).encode(family.encode_family(&labels)?)?;
            }
        }
        let help = "Calls of providers that failed, by the kind of the error";
        let mut family = encoder.encode_descriptor("provider_errors", help, None, MetricType::Counter)?;
        for provider in self.0.all() {
            for (method, kind, calls) in provider.calls() {
                let Some(kind) = kind else { continue };
                let labels = [("provider", provider.name()), ("method", method.name()), ("kind", kind.as_str())];
                ConstCounter::new(calls).encode(family.encode_family(&labels)?)?;
            }
        }
        self.encode_durations(&mut encoder)?;
        let help = "Calls of providers that have not ended";
        let mut family = encoder.encode_descriptor("provider_in_flight", help, None, MetricType::Gauge)?;
        for provider in self.0.all() {
            for (method, calls) in provider.in_flight() {
                let labels = [("provider", provider.name()), ("method", method.name())];
                let calls = i64::try_from(calls).unwrap_or(i64::MAX);
                ConstGauge::new(calls).encode(family.encode_family(&labels)?)?;
            }
        }
        let bytes = Some(&Unit::Bytes);
        let help = "Bytes of files that providers have stored";
        let mut family = encoder.encode_descriptor("provider_stored", help, bytes, MetricType::Counter)?;
        for provider in self.0.all() {
            ConstCounter::new(provider.bytes().0).encode(family.encode_family(&[("provider", provider.name())])?)?;
        }
        let help = "Bytes of files that were read from providers";
        let mut family = encoder.encode_descriptor("provider_read", help, bytes, MetricType::Counter)?;
        for provider in self.0.all() {
            ConstCounter::new(provider.bytes().1).encode(family.encode_family(&[("provider", provider.name())])?)?;
        }
        let help = "Records of the logs of providers' libraries that were lost";
        let mut family = encoder.encode_descriptor("provider_log_lost", help, None, MetricType::Counter)?;
        for (library, records) in self.0.lost_logs() {
            ConstCounter::new(records).encode(family.encode_family(&[("provider", library)])?)?;
        }
        self.encode_runtimes(&mut encoder)
    }
}

impl Calls {
    fn encode_durations(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "How long calls of providers took";
        let seconds = Some(&Unit::Seconds);
        let mut family = encoder.encode_descriptor("provider_call_duration", help, seconds, MetricType::Histogram)?;
        for provider in self.0.all() {
            for latency in provider.latencies() {
                let labels = [("provider", provider.name()), ("method", latency.method.name())];
                let bounds = LATENCIES.into_iter().chain([f64::INFINITY]);
                let buckets: Vec<(f64, u64)> = bounds.zip(latency.classes).collect();
                let calls = latency.classes.iter().sum();
                family.encode_family(&labels)?.encode_histogram::<NoLabelSet>(
                    latency.total.as_secs_f64(),
                    calls,
                    &buckets,
                    None,
                )?;
            }
        }
        Ok(())
    }

    /// Encodes the runtimes of shared libraries. The base of a provider has its own runtime too.
    fn encode_runtimes(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let runtimes = self.0.runtimes();
        let help = "How long the threads of the runtime of a provider's library were busy";
        let seconds = Some(&Unit::Seconds);
        let mut family = encoder.encode_descriptor("provider_runtime_busy", help, seconds, MetricType::Counter)?;
        for runtime in &runtimes {
            let labels = [("provider", runtime.provider.as_str())];
            ConstCounter::new(runtime.busy.as_secs_f64()).encode(family.encode_family(&labels)?)?;
        }
        let help = "Threads of the runtime of a provider's library";
        let mut family = encoder.encode_descriptor("provider_runtime_workers", help, None, MetricType::Gauge)?;
        for runtime in &runtimes {
            let labels = [("provider", runtime.provider.as_str())];
            let workers = i64::try_from(runtime.workers).unwrap_or(i64::MAX);
            ConstGauge::new(workers).encode(family.encode_family(&labels)?)?;
        }
        let help = "Part of their time that these threads were busy of late, from 0 to 1";
        let mut family = encoder.encode_descriptor("provider_runtime_busy_ratio", help, None, MetricType::Gauge)?;
        for runtime in &runtimes {
            let labels = [("provider", runtime.provider.as_str())];
            ConstGauge::new(runtime.ratio).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

/// The calls of each method, with all outcomes added up.
fn totals(provider: &Provider) -> Vec<(&'static str, u64)> {
    let mut totals = Vec::<(&'static str, u64)>::new();
    for (method, _, calls) in provider.calls() {
        match totals.last_mut() {
            Some((name, total)) if *name == method.name() => *total += calls,
            _ => totals.push((method.name(), calls)),
        }
    }
    totals
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.all().map(Provider::name)).finish()
    }
}
