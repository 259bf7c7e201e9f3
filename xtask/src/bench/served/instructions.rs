//! What one operation of Coffer's costs in instructions and in system calls: numbers that a busy machine hardly changes.
//!
//! Each scenario is asked twice, in a store of its own: for a while, and for longer. What the second took more, divided by what was
//! answered more, is what one operation takes, with all that is done of it behind the answers; starting and stopping are in neither.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use super::machine::Machine;
use super::scenario::{JUDGED_CONNECTIONS, READ_HOT, WRITE_UNIQUE};
use super::system::{Launch, Place, System};
use super::wrk::{Order, Wrk};
use super::{DOCUMENTS, coffer, show};
use crate::steps::{Outcome, Run};
use crate::{talk, tools};

/// The page that is written.
const PAGE: &str = "instructions.md";
/// What is asked, and for how many seconds at first: of a server that is slowed down, a read at 60 us is one at 3 ms.
const ASKED: &[(&str, &str)] = &[(READ_HOT, "a read"), (WRITE_UNIQUE, "a write to a new path")];
/// Seconds under callgrind, the first time and the second.
const SLOWLY: [u32; 2] = [10, 40];
/// Seconds under strace.
const TRACED: [u32; 2] = [3, 12];
/// How often, and how long, counts are waited for.
const LOOKS: u32 = 100;
const LOOK: Duration = Duration::from_millis(100);
/// System calls that have a column of their own: those of waiting, of the disk, and of sockets.
const CALLS: &[&str] =
    &["futex", "epoll_wait", "write", "pwrite64", "pread64", "fdatasync", "recvfrom", "sendto"];

/// Measures, and writes the page.
pub(crate) fn run(root: &Path, run: &mut Run) -> Outcome {
    run.timed("counts", "instructions and system calls of one operation", || {
        let place = Place::make(root, tools::prepare_bench(root)?)?;
        let machine = Machine::look(root, &place.folder)?;
        let mut rows = Vec::new();
        for (scenario, title) in ASKED {
            let instructions = per_operation(root, &place, scenario, SLOWLY, Tool::Callgrind)?;
            let calls = per_operation(root, &place, scenario, TRACED, Tool::Strace)?;
            talk::say(&format!("  {title}: {} instructions", show::count(one(&instructions, "all"))));
            rows.push(Row { title, instructions: one(&instructions, "all"), calls });
        }
        fs::write(root.join(DOCUMENTS).join(PAGE), page(&machine, &rows))?;
        fs::remove_dir_all(&place.folder)?;
        Ok(())
    })
}

struct Row {
    title: &'static str,
    instructions: f64,
    calls: Counts,
}

/// Names, and how many of each.
type Counts = Vec<(String, f64)>;

#[derive(Clone, Copy)]
enum Tool {
    Callgrind,
    Strace,
}

impl Tool {
    /// What the server is started with, which writes its counts into `out` when the server ends.
    fn around(self, launch: &Launch, out: &str) -> Launch {
        let program = launch.program.display().to_string();
        let (tool, options): (&str, Vec<String>) = match self {
            Self::Callgrind => {
                ("valgrind", vec!["--tool=callgrind".into(), format!("--callgrind-out-file={out}")])
            }
            // `-D`: the server is the process that was started, and strace another one.
            Self::Strace => ("strace", ["-D", "-f", "-c", "-qq", "-o", out].map(str::to_owned).to_vec()),
        };
        let arguments = options.into_iter().chain([program]).chain(launch.arguments.iter().cloned());
        Launch { program: tool.into(), arguments: arguments.collect() }
    }

    /// The counts in what it wrote.
    fn parse(self, text: &str) -> Counts {
        match self {
            Self::Callgrind => {
                let all = text.lines().find_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok());
                all.map(|all| ("all".to_owned(), all)).into_iter().collect()
            }
            Self::Strace => text.lines().filter_map(call).collect(),
        }
    }
}

/// A line of `strace -c`: share, seconds, microseconds a call, calls, perhaps errors, the name.
fn call(line: &str) -> Option<(String, f64)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (calls, name) = (words.get(3)?.parse().ok()?, words.last()?);
    Some(((if *name == "total" { "all" } else { name }).to_owned(), calls))
}

fn per_operation(
    root: &Path,
    place: &Place,
    scenario: &str,
    seconds: [u32; 2],
    tool: Tool,
) -> Outcome<Counts> {
    let [(few, before), (many, after)] =
        [asked(root, place, scenario, seconds[0], tool)?, asked(root, place, scenario, seconds[1], tool)?];
    let more = many - few;
    if more <= 0.0 {
        return Err(format!("{scenario}: not more was answered in more time").into());
    }
    Ok(after
        .into_iter()
        .map(|(name, count)| ((count - one(&before, &name)) / more, name))
        .map(|(each, name)| (name, each))
        .collect())
}

/// Answers, and what the server took for them, from its start to its end.
fn asked(root: &Path, place: &Place, scenario: &str, seconds: u32, tool: Tool) -> Outcome<(f64, Counts)> {
    let mut system: System = coffer::make(root, place, None)?;
    let out = place.folder.join("counts").display().to_string();
    system.launch = tool.around(&system.launch, &out);
    system.start(place)?;
    system.answers(place, &system.read_hot)?;
    let order = Order { scenario, connections: JUDGED_CONNECTIONS, seconds, run: "counts" };
    let answers = Wrk::new(root).ask(&system, &order, || ())?;
    system.finish(place)?;
    system.stop();
    if answers.wrong > 0.0 {
        return Err(format!("{scenario}: {} wrong answers: {:?}", answers.wrong, answers.example).into());
    }
    let counts = written(&out, tool)?;
    fs::remove_file(&out)?;
    // The next one is as new as this one was.
    fs::remove_dir_all(place.folder.join("coffer"))?;
    Ok((answers.answered, counts))
}

/// The counts, once they are written: strace ends after what it looks at.
fn written(out: &str, tool: Tool) -> Outcome<Counts> {
    for _ in 0..LOOKS {
        let counts = tool.parse(&fs::read_to_string(out).unwrap_or_default());
        if one(&counts, "all") > 0.0 {
            return Ok(counts);
        }
        sleep(LOOK);
    }
    Err(format!("{out} does not come to hold a count").into())
}

fn one(counts: &Counts, name: &str) -> f64 {
    counts.iter().find(|(known, _)| known == name).map_or(0.0, |(_, count)| *count)
}

fn page(machine: &Machine, rows: &[Row]) -> String {
    let columns: String = CALLS.iter().map(|name| format!(" `{name}` |")).collect();
    let lines: String = rows
        .iter()
        .map(|row| {
            let calls: String = CALLS.iter().map(|name| format!(" {:.2} |", one(&row.calls, name))).collect();
            let (title, all) = (row.title, one(&row.calls, "all"));
            format!("| {title} | {} | {all:.2} |{calls}\n", show::count(row.instructions))
        })
        .collect();
    format!(
        "# What one served operation costs, counted\n\n\
        Coffer ({}), {}. TLS 1.3, {JUDGED_CONNECTIONS} connections, entries synced, one tenant, a member's token. Written by \
        `cargo xtask bench instructions`: the next run replaces this page.\n\n\
        | | Instructions | System calls |{columns}\n|---|---|---|{}\n{lines}\n\
        Of one operation, the server's alone, with what is done of it behind its answer. Instructions are callgrind's: those outside the \
        kernel, on a processor without SHA extensions and AVX-512, so that hashing looks dearer than it is. System calls are `strace`'s. Both slow \
        the server down, which changes how many operations share a commit. Compare what is made by the same command, and with time nothing: \
        that is what [served.md](served.md) is for.\n",
        machine.commit,
        machine.date,
        "---|".repeat(CALLS.len()),
    )
}

#[cfg(test)]
mod tests {
    use super::{Tool, one};

    #[test]
    fn what_both_tools_write_is_read() {
        let counts = Tool::Callgrind.parse("events: Ir\nfn=(1) x\nsummary: 7\ntotals: 1234567\n");
        assert_eq!(one(&counts, "all"), 1_234_567.0);
        let said = "% time     seconds  usecs/call     calls    errors syscall\n------ ----\n\
             60.00    0.5          12      4000       120 futex\n 40.00    0.3          12       900           write\n\
            ------ ----\n100.00    0.8          12      4900       120 total\n";
        let counts = Tool::Strace.parse(said);
        assert_eq!(
            ["futex", "write", "all", "read"].map(|name| one(&counts, name)),
            [4000.0, 900.0, 4900.0, 0.0]
        );
        assert!(Tool::Callgrind.parse("").is_empty());
    }
}
