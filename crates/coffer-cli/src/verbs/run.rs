//! `coffer run`: a command with the secrets of this project in its environment.

mod given;
mod watched;

use coffer_engine::path::FolderPath;

use self::given::Known;
use super::files::{given, name};
use crate::app::App;
use crate::args::Run;
use crate::error::CliError;
use crate::run::{Mask, Masker, Patterns, Plan, Variables, run as run_command, variables};
use crate::session::Session;
use crate::store::Missing;
use crate::upkeep;

pub(super) fn run(app: &mut App, args: &Run) -> Result<u8, CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let folder = session.folder(None)?;
    if args.watch {
        return watched::run(app, args, &session, &folder);
    }
    let Loaded { variables, mask, .. } = load(app, args, &session, &folder)?;
    // The keys of the store go before the command comes, which may run for months. So what is due is done now.
    drop(session);
    upkeep::after(app);
    run_command(Plan { command: &args.command, variables, mask })
}

/// What a command is started with.
struct Loaded {
    variables: Variables,
    mask: Mask,
    /// What it is known by later.
    known: Known,
}

fn load(app: &mut App, args: &Run, session: &Session, folder: &FolderPath) -> Result<Loaded, CliError> {
    let secrets = given(app, session, folder, args.consumer.as_deref())?;
    let pairs = secrets.iter().map(|secret| (name(&secret.path), &secret.value));
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
    let known = Known::of(&secrets);
    Ok(Loaded { variables, mask, known })
}

fn mask(app: &App, args: &Run, patterns: &Patterns) -> Result<Mask, CliError> {
    if args.no_mask {
        return Ok(Mask::nothing());
    }
    let masker = Masker::new(patterns)?;
    let wanted = |is_terminal: bool| (args.mask || !is_terminal).then(|| masker.clone());
    Ok(Mask { stdout: wanted(app.terminals.stdout), stderr: wanted(app.terminals.stderr) })
}
