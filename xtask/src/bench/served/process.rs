//! A server under way: started, watched through `/proc`, ended by its id.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::steps::{Outcome, output_of};

/// How often is looked.
const LOOK: Duration = Duration::from_millis(100);
/// How long a server may take to end.
const END_LOOKS: u32 = 150;
/// Looks in a row without work after which a server counts as quiet.
const QUIET_LOOKS: u32 = 10;
/// Looks after which it is no longer waited for.
const UNQUIET_LOOKS: u32 = 200;

/// A process that ends when this is dropped.
pub(crate) struct Process {
    child: Child,
    ticks_per_second: f64,
}

impl Process {
    /// Starts it; what it says goes into the file `log`.
    pub(crate) fn start(command: &mut Command, log: &Path) -> Outcome<Self> {
        let told = File::create(log).map_err(|error| format!("{} can't be made: {error}", log.display()))?;
        let program = command.get_program().to_string_lossy().into_owned();
        let too = told.try_clone()?;
        let child = command
            .stdin(Stdio::null())
            .stdout(told)
            .stderr(too)
            .spawn()
            .map_err(|error| format!("`{program}` can't be started: {error}"))?;
        Ok(Self { child, ticks_per_second: ticks_per_second()? })
    }

    /// Processor time that it has used, in seconds.
    pub(crate) fn cpu_seconds(&self) -> Outcome<f64> {
        let (own, _) =
            cpu_ticks(&self.read("stat")?).ok_or("a process without a `stat` that is understood")?;
        Ok(own / self.ticks_per_second)
    }

    /// The same, with that of all that it has started, be they under way or ended.
    pub(crate) fn family_cpu_seconds(&self) -> Outcome<f64> {
        let (own, ended) =
            cpu_ticks(&self.read("stat")?).ok_or("a process without a `stat` that is understood")?;
        let id = self.child.id();
        let mut ticks = own + ended;
        for child in self.read(&format!("task/{id}/children"))?.split_whitespace() {
            // One that has just ended is among the ended ones at the next look.
            let stat = fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
            ticks += cpu_ticks(&stat).map_or(0.0, |(own, ended)| own + ended);
        }
        Ok(ticks / self.ticks_per_second)
    }

    /// Memory that it holds, in bytes.
    pub(crate) fn resident_bytes(&self) -> Outcome<f64> {
        let status = self.read("status")?;
        resident_bytes(&status).ok_or_else(|| "a process without a `VmRSS` that is understood".into())
    }

    /// Waits until it has done what is left to do. Whether it came to that.
    pub(crate) fn quiet(&self) -> Outcome<bool> {
        let (mut before, mut quiet) = (self.cpu_seconds()?, 0_u32);
        for _ in 0..UNQUIET_LOOKS {
            sleep(LOOK);
            let now = self.cpu_seconds()?;
            // One tick in ten is what an idle server does.
            quiet = if now - before <= 1.5 / self.ticks_per_second { quiet.saturating_add(1) } else { 0 };
            before = now;
            if quiet >= QUIET_LOOKS {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn read(&self, file: &str) -> Outcome<String> {
        let path = format!("/proc/{}/{file}", self.child.id());
        fs::read_to_string(&path).map_err(|error| format!("{path} can't be read: {error}").into())
    }

    /// Asks it to end, and waits until it has.
    fn end(&mut self) {
        let _ = output_of(Command::new("kill").args(["-s", "TERM", &self.child.id().to_string()]));
        for _ in 0..END_LOOKS {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            sleep(LOOK);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Processor time of all that this process has started and waited for, in seconds.
pub(crate) fn children_cpu_seconds() -> Outcome<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, children) = cpu_ticks(&stat).ok_or("a `stat` that is not understood")?;
    Ok(children / ticks_per_second()?)
}

fn ticks_per_second() -> Outcome<f64> {
    let text = output_of(Command::new("getconf").arg("CLK_TCK")).unwrap_or_default();
    text.trim().parse().map_err(|_| "`getconf CLK_TCK` does not say how long a tick is".into())
}

/// Ticks of processor time from a `/proc/PID/stat`: its own, and those of the children that it waited for.
fn cpu_ticks(stat: &str) -> Option<(f64, f64)> {
    // The second field is the name, in parentheses, and may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut times = rest.split_whitespace().skip(11).map(str::parse::<f64>);
    let mut two = || Some(times.next()?.ok()? + times.next()?.ok()?);
    Some((two()?, two()?))
}

/// `VmRSS` from a `/proc/PID/status`, in bytes.
fn resident_bytes(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::{children_cpu_seconds, cpu_ticks, resident_bytes};

    #[test]
    fn times_are_read_behind_a_name_that_holds_anything() {
        let stat = "4711 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 150 50 7 3 20 0 9 0 1234";
        assert_eq!(cpu_ticks(stat), Some((200.0, 10.0)));
        assert_eq!(cpu_ticks("4711 (a) S 1 2"), None);
        assert_eq!(cpu_ticks(""), None);
    }

    #[test]
    fn memory_is_read_in_bytes() {
        assert_eq!(resident_bytes("Name:\tx\nVmRSS:\t   13312 kB\nThreads: 3\n"), Some(13_631_488.0));
        assert_eq!(resident_bytes("Name:\tx\n"), None);
    }

    #[test]
    fn this_machine_is_understood() {
        assert!(children_cpu_seconds().unwrap() >= 0.0);
    }
}
