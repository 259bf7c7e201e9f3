//! What xtask says, on stderr: there cargo and nextest talk too, so that lines stay in their order.
#![expect(clippy::print_stderr, reason = "the one place that prints; nothing secret is ever here")]

/// Prints one line, or several.
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}
