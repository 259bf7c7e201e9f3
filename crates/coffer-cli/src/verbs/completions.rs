//! `coffer completions`: a script made from the same definition as the parser.

use clap::CommandFactory as _;

use crate::app::App;
use crate::args::{Cli, Completions};
use crate::error::CliError;

pub(super) fn completions(app: &mut App, args: &Completions) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "coffer", &mut script);
    app.output.value(&script)
}
