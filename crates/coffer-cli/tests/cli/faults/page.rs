//! What a run has shown, for people.

use std::fmt::Write as _;
use std::time::Duration;

use super::fault::{Kind, Lived};
use super::history::{Event, What};

pub(super) struct Told<'a> {
    pub(super) seed: u64,
    pub(super) lived: Vec<Lived>,
    pub(super) events: &'a [Event],
    pub(super) entries: usize,
    pub(super) took: Duration,
}

impl Told<'_> {
    pub(super) fn text(&self) -> String {
        let count =
            |is_it: &dyn Fn(&What) -> bool| self.events.iter().filter(|event| is_it(&event.what)).count();
        let changed = count(&|what| matches!(what, What::Changed { .. }));
        let replayed = count(&|what| matches!(what, What::Changed { replayed: true, .. }));
        let found = count(&|what| matches!(what, What::Found { .. }));
        let read = count(&|what| matches!(what, What::Read { .. }));
        let refused = count(&|what| matches!(what, What::Refused { .. }));
        let withdrawn = count(&|what| matches!(what, What::Withdrawn { .. } | What::Ends { .. }));
        let checkpoints = count(&|what| matches!(what, What::Checkpoint { .. }));
        let mut text = format!(
            "Seed {}: {} faults in {:.0} minutes.\n\n\
             | What | How often |\n|---|---:|\n\
             | changes acknowledged | {changed} |\n\
             | of these, asked for again because no answer came, and already done | {replayed} |\n\
             | secrets read by who wrote them, and compared | {found} |\n\
             | reads answered by rights that are withdrawn later | {read} |\n\
             | reads refused | {refused} |\n\
             | rights withdrawn | {withdrawn} |\n\
             | checkpoints kept, and compared | {checkpoints} |\n\
             | entries in the log at the end | {} |\n\
             | answers that were wrong | 0 |\n\n\
             | Fault | How often | Writes went on after: median | longest | Bar |\n|---|---:|---:|---:|---|\n",
            self.seed,
            self.lived.len(),
            self.took.as_secs_f64() / 60.0,
            self.entries,
        );
        for kind in Kind::ALL {
            let mut times: Vec<Duration> =
                self.lived.iter().filter(|one| one.kind == kind).map(|one| one.writes_went_on).collect();
            times.sort_unstable();
            let Some(longest) = times.last() else { continue };
            let bar = match kind {
                Kind::Kill => "5 s",
                Kind::FailOver => "15 s",
                _ => "",
            };
            let median = times[times.len() / 2];
            let _ = writeln!(
                text,
                "| {} | {} | {:.1} s | {:.1} s | {bar} |",
                kind.about(),
                times.len(),
                median.as_secs_f64(),
                longest.as_secs_f64()
            );
        }
        text
    }
}
