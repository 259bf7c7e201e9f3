//! Progress of what is long, on stderr, where somebody looks.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::app::App;

/// How often it moves.
const MOVES: Duration = Duration::from_millis(120);

/// Does `work` while a line says `what` is done, and for how long by now; hidden with `--json` and where stderr is no terminal.
pub(crate) fn waiting<T>(app: &App, what: &'static str, work: impl FnOnce() -> T) -> T {
    let bar = counter(app, "{spinner} {msg} {elapsed}").with_message(what);
    bar.enable_steady_tick(MOVES);
    let done = work();
    bar.finish_and_clear();
    done
}

/// A line that counts `what`; hidden the same way.
pub(crate) fn counting(app: &App, what: &'static str) -> ProgressBar {
    counter(app, "{spinner} {pos} {msg}").with_message(what)
}

fn counter(app: &App, template: &str) -> ProgressBar {
    let bar = ProgressBar::no_length();
    let shown = app.terminals.stderr && !app.output.is_json();
    bar.set_draw_target(if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() });
    // The templates are constants; if one were wrong, the line would look otherwise and be as true.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
