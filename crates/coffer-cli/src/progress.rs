//! Progress of what is long, on stderr, where somebody looks.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::app::App;

/// A line that counts `what`; hidden with `--json` and where stderr is no terminal.
pub(crate) fn counter(app: &App, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::no_length().with_message(what);
    let shown = app.terminals.stderr && !app.output.is_json();
    bar.set_draw_target(if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() });
    // The template is a constant; if it were wrong, the bar would look otherwise and count all the same.
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} {msg}") {
        bar.set_style(style);
    }
    bar
}
