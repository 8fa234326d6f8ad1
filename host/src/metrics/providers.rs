//! How the providers' calls ended: they count themselves.

use std::{fmt, sync::Arc};

use longshore_plugin_host::registry::{Provider, Registry};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, counter::ConstCounter},
};

/// Asks the providers for their counts.
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
        Ok(())
    }
}

/// The calls of each method, whatever came of them.
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
