//! This process, as Linux shows it. Names and meanings are those of Prometheus' own client libraries, so there is no prefix.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;
use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};

/// In which `/proc` counts, whatever the kernel's own clock does: `USER_HZ` of every architecture that we build for.
const TICKS_A_SECOND: i64 = 100;

/// Read when it is asked for.
#[derive(Debug)]
pub(super) struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        if let Some(seconds) = seconds(time.tv_sec, time.tv_nsec) {
            let help = "Total user and system CPU time spent in seconds";
            tell(&mut encoder, "process_cpu", help, Some(&Unit::Seconds), &ConstCounter::new(seconds))?;
        }
        let mut gauge = |name: &str, help: &str, unit: Option<&Unit>, value: Option<i64>| match value {
            Some(value) => tell(&mut encoder, name, help, unit, &ConstGauge::new(value)),
            None => Ok(()),
        };
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let bytes = Some(&Unit::Bytes);
        let resident = kilobytes(&status, "VmRSS:");
        gauge("process_resident_memory", "Resident memory size in bytes", bytes, resident)?;
        let virtual_ = kilobytes(&status, "VmSize:");
        gauge("process_virtual_memory", "Virtual memory size in bytes", bytes, virtual_)?;
        gauge("process_threads", "Number of OS threads in the process", None, number(&status, "Threads:"))?;
        gauge("process_open_fds", "Number of open file descriptors", None, open_descriptors())?;
        let most = getrlimit(Resource::Nofile).current.and_then(|most| i64::try_from(most).ok());
        gauge("process_max_fds", "Maximum number of open file descriptors", None, most)?;
        let help = "Start time of the process since unix epoch in seconds";
        gauge("process_start_time", help, Some(&Unit::Seconds), start_time())
    }
}

/// One metric, as it is now.
pub(super) fn tell(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    unit: Option<&Unit>,
    metric: &impl EncodeMetric,
) -> fmt::Result {
    metric.encode(encoder.encode_descriptor(name, help, unit, metric.metric_type())?)
}

fn seconds(whole: i64, nanos: i64) -> Option<f64> {
    let duration = std::time::Duration::new(u64::try_from(whole).ok()?, u32::try_from(nanos).ok()?);
    Some(duration.as_secs_f64())
}

/// The number behind a name in `/proc/self/status` and its like.
fn number(lines: &str, name: &str) -> Option<i64> {
    let line = lines.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn kilobytes(lines: &str, name: &str) -> Option<i64> {
    number(lines, name)?.checked_mul(1024)
}

fn open_descriptors() -> Option<i64> {
    // The one that this is read with is among them.
    let all = std::fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1);
    i64::try_from(all).ok()
}

/// When the machine booted, and how long after that this process began.
fn start_time() -> Option<i64> {
    let booted = number(&std::fs::read_to_string("/proc/stat").ok()?, "btime ")?;
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name in brackets, whatever is in it; the start is the 22nd.
    let (_, behind) = stat.rsplit_once(')')?;
    let ticks: i64 = behind.split_whitespace().nth(19)?.parse().ok()?;
    booted.checked_add(ticks.checked_div(TICKS_A_SECOND)?)
}
