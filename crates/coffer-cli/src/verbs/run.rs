//! `coffer run`: a command with the secrets of this project in its environment.

use super::files::variables as secrets_of;
use crate::app::App;
use crate::args::Run;
use crate::error::CliError;
use crate::run::{Mask, Masker, Patterns, Plan, run as run_command, variables};
use crate::session::Session;
use crate::store::Missing;
use crate::upkeep;

pub(super) fn run(app: &mut App, args: &Run) -> Result<u8, CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let folder = session.folder(None)?;
    let secrets = secrets_of(app, &session, &folder)?;
    let pairs = secrets.iter().map(|(name, value)| (name.as_str(), value));
    let variables = variables(&app.environment, pairs.clone(), args.allow_loader_variables)?;
    variables.warnings.iter().for_each(|warning| app.output.warn(warning));
    let mut patterns = Patterns::default();
    pairs.for_each(|(name, value)| patterns.add(name, value.expose()));
    let mask = mask(app, args, &patterns)?;
    let masks = mask.stdout.is_some() || mask.stderr.is_some();
    if masks && app.terminals.stderr && !patterns.short.is_empty() {
        let short = patterns.short.join(", ");
        app.output.say(&format!("not masked, because shorter than 8 bytes: {short}"));
    }
    // The keys of the store go before the command comes, which may run for months. So what is due is done now.
    drop((session, secrets, patterns));
    upkeep::after(app);
    run_command(Plan { command: &args.command, variables, mask })
}

fn mask(app: &App, args: &Run, patterns: &Patterns) -> Result<Mask, CliError> {
    if args.no_mask {
        return Ok(Mask::nothing());
    }
    let masker = Masker::new(patterns)?;
    let wanted = |is_terminal: bool| (args.mask || !is_terminal).then(|| masker.clone());
    Ok(Mask { stdout: wanted(app.terminals.stdout), stderr: wanted(app.terminals.stderr) })
}
