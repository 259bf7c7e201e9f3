//! A value that a verb was given, wherever it came from.

use std::io;

use zeroize::Zeroizing;

use crate::app::App;
use crate::error::CliError;
use crate::prompt::{Source, Treatment, value};

/// Takes it; `what` is asked for at a prompt. That it ends with a newline is said: mostly nobody meant it.
pub(super) fn take(
    app: &mut App,
    source: &Source,
    what: &str,
    treatment: Treatment,
) -> Result<Zeroizing<Vec<u8>>, CliError> {
    let given = value(source, what, treatment, &mut app.person, &mut io::stdin().lock())?;
    if given.ends_with_newline {
        app.output.warn("the value ends with a newline, which was kept; --trim takes it off");
    }
    Ok(Zeroizing::new(given.value.expose().to_vec()))
}
