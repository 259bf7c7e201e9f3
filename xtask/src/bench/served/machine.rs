//! What the numbers were made on.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use super::results::Spread;
use crate::edge;
use crate::steps::{Outcome, output_of};

/// How often the disk is tried.
const SYNCS: usize = 200;

/// The machine, and the day.
#[derive(Debug, Clone, Default)]
pub(crate) struct Machine {
    pub(crate) cores: String,
    pub(crate) processor: String,
    pub(crate) memory_bytes: f64,
    pub(crate) system: String,
    pub(crate) date: String,
    /// Processes that wanted a core in the minute before the run.
    pub(crate) load: String,
    /// Microseconds to append 4 KiB and have them on the disk.
    pub(crate) sync_us: f64,
    /// Of the client.
    pub(crate) wrk: String,
    /// What of Coffer was built.
    pub(crate) commit: String,
}

impl Machine {
    /// Looks, before anything runs.
    pub(crate) fn look(root: &Path, folder: &Path) -> Outcome<Self> {
        let says = |program: &str, arguments: &[&str]| {
            let said = output_of(Command::new(program).args(arguments).current_dir(root));
            said.map_or_else(|| "unknown".to_owned(), |said| said.trim().to_owned())
        };
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let changed = output_of(
            Command::new("git").args(["status", "--porcelain", "--untracked-files=no"]).current_dir(root),
        );
        let changes =
            if changed.is_some_and(|files| files.trim().is_empty()) { "" } else { ", with changes" };
        Ok(Self {
            cores: says("nproc", &[]),
            processor: after_colon(&read("/proc/cpuinfo"), "model name").unwrap_or("unknown").to_owned(),
            memory_bytes: memory(&read("/proc/meminfo")).unwrap_or(0.0),
            system: says("uname", &["-sr"]),
            date: says("date", &["-u", "+%-d %B %Y"]),
            load: read("/proc/loadavg").split(' ').next().unwrap_or("unknown").to_owned(),
            sync_us: sync_us(folder)?,
            wrk: wrk(&String::from_utf8_lossy(&Command::new("wrk").arg("-v").output()?.stdout)),
            commit: says("git", &["rev-parse", "--short", "HEAD"]) + changes,
        })
    }
}

/// The median of some appends.
fn sync_us(folder: &Path) -> Outcome<f64> {
    let path = folder.join("synced");
    let mut file = File::create(&path)?;
    let mut times = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        let start = edge::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    fs::remove_file(path)?;
    Ok(Spread::of(times).map_or(0.0, |spread| spread.median))
}

/// `MemTotal`, in bytes.
fn memory(meminfo: &str) -> Option<f64> {
    let kib: f64 = after_colon(meminfo, "MemTotal")?.strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024.0)
}

/// What stands behind the colon of the first line that begins with `name`.
fn after_colon<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_once(':').map(|(_, rest)| rest.trim())
}

/// `wrk debian/4.1.0-3+b2 [epoll] Copyright ..`: it says so, and fails.
fn wrk(said: &str) -> String {
    said.split_whitespace().nth(1).unwrap_or("unknown").to_owned()
}

#[cfg(test)]
mod tests {
    use super::{after_colon, memory, sync_us, wrk};

    #[test]
    fn lines_of_proc_are_read() {
        let text = "processor\t: 0\nmodel name\t: AMD EPYC\nmodel name\t: other\nMemTotal:       24576 kB\n";
        assert_eq!(after_colon(text, "model name"), Some("AMD EPYC"));
        assert_eq!(after_colon(text, "flags"), None);
        assert_eq!(memory(text), Some(25_165_824.0));
    }

    #[test]
    fn the_version_of_wrk_is_its_second_word() {
        assert_eq!(wrk("wrk debian/4.1.0-3+b2 [epoll] Copyright (C) 2012"), "debian/4.1.0-3+b2");
        assert_eq!(wrk(""), "unknown");
    }

    #[test]
    fn a_synced_append_takes_some_time() {
        assert!(sync_us(&std::env::temp_dir()).unwrap() > 0.0);
    }
}
