//! Metrics of the process from the operating system, with the names that all Prometheus clients use.

use std::{fmt, fs};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::gauge::ConstGauge,
    registry::Unit,
};

/// Reads the values on each scrape, and leaves out values that the system does not provide.
#[derive(Debug)]
pub(super) struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut gauge = |name, help, unit: Option<&Unit>, value: Option<u64>| {
            let Some(value) = value.and_then(|value| i64::try_from(value).ok()) else { return Ok(()) };
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, unit, gauge.metric_type())?)
        };
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let resident = number(&status, "VmRSS:").map(|kibibytes| kibibytes * 1024);
        gauge("process_resident_memory", "Memory that is in use", Some(&Unit::Bytes), resident)?;
        gauge("process_threads", "Threads", None, number(&status, "Threads:"))?;
        let files = fs::read_dir("/proc/self/fd").ok().map(|entries| entries.count() as u64);
        gauge("process_open_fds", "Open file descriptors", None, files)?;
        let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        gauge("process_max_fds", "The most file descriptors", None, number(&limits, "Max open files"))
    }
}

/// The first number on the line that starts with `name`.
fn number(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}
