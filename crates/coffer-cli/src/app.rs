//! What every verb is given: flags, environment, terminals, and where to print.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use coffer_wire::client::NearNow;
use coffer_wire::quota::Near;

use crate::args::{Cli, Globals, parse};
use crate::edge::{self, Terminals};
use crate::error::{CliError, Exit};
use crate::output::Output;
use crate::prompt::Person;
use crate::session::signed_out;
use crate::settings::{Environment, Settings, resolve};
use crate::store::Store;
use crate::upkeep;
use crate::verbs;

/// One run of the command line.
pub(crate) struct App {
    pub(crate) globals: Globals,
    pub(crate) environment: Environment,
    pub(crate) cwd: PathBuf,
    pub(crate) terminals: Terminals,
    pub(crate) output: Output<Box<dyn Write>, Box<dyn Write>>,
    pub(crate) person: Person,
    /// The store that was opened last: what its log needs is done after the verb.
    pub(crate) store: Option<Store>,
    /// A token was shown that `coffer login` has kept.
    pub(crate) is_signed_in: bool,
    /// What the tenant has little room left for, as whoever was asked last said.
    pub(crate) near: NearNow,
}

impl App {
    /// The settings in force.
    pub(crate) fn settings(&self) -> Result<Settings, CliError> {
        resolve(&self.globals.flags(), &self.environment, &self.cwd)
    }

    /// An error as it is told to whoever is signed in, if somebody is.
    pub(crate) fn told(&self, error: impl Into<CliError>) -> CliError {
        if self.is_signed_in { signed_out(error.into()) } else { error.into() }
    }
}

/// Runs the command line of this process to its end.
#[must_use]
pub fn start() -> ExitCode {
    let terminals = edge::terminals();
    let arguments: Vec<_> = edge::arguments().collect();
    let json = arguments.iter().take_while(|argument| *argument != "--").any(|argument| argument == "--json");
    let mut output = Output::new(
        Box::new(io::stdout()) as Box<dyn Write>,
        Box::new(io::stderr()) as Box<dyn Write>,
        json,
        terminals.stdout,
    );
    let cli = match parse(arguments) {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(not_parsed(&error, &mut output)),
    };
    // Before the first key or value is in memory.
    if let Err(error) = coffer_encryption::harden_process() {
        output.warn(&format!("{error}: the memory of this process is less protected than it should be"));
    }
    ExitCode::from(run(cli, terminals, output))
}

fn run(cli: Cli, terminals: Terminals, output: Output<Box<dyn Write>, Box<dyn Write>>) -> u8 {
    let Cli { globals, command } = cli;
    let (cwd, output) = match edge::working_directory() {
        Ok(cwd) => (cwd, output),
        Err(error) => {
            let mut output = output;
            return failed(&error, &mut output);
        }
    };
    let person = Person { is_there: terminals.stdin };
    let environment = edge::environment();
    let mut app = App {
        globals,
        environment,
        cwd,
        terminals,
        output,
        person,
        store: None,
        is_signed_in: false,
        near: NearNow::default(),
    };
    let done = verbs::dispatch(&mut app, command);
    let code = match done {
        Ok(code) => code,
        Err(error) => failed(&app.told(error), &mut app.output),
    };
    for near in app.near.take() {
        let Near { resource, used, limit } = near;
        app.output.warn(&format!("the tenant holds {used} of the {limit} {resource} that its quota allows"));
    }
    upkeep::after(&mut app);
    code
}

fn failed(error: &CliError, output: &mut Output<Box<dyn Write>, Box<dyn Write>>) -> u8 {
    output.error(error);
    error.exit.code()
}

/// Help and version go to stdout and are no error; anything else is one, in the shape of all others.
fn not_parsed(error: &clap::Error, output: &mut Output<Box<dyn Write>, Box<dyn Write>>) -> u8 {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let shown = output.value(error.to_string().as_bytes());
        return shown.map_or_else(|error| error.exit.code(), |()| 0);
    }
    let text = error.to_string();
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        text.lines().for_each(|line| output.say(line));
        return Exit::Usage.code();
    }
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let cause =
        lines.next().unwrap_or("the arguments can't be understood").trim_start_matches("error: ").to_owned();
    let details = lines.filter(|line| !line.starts_with("For more information")).map(str::to_owned);
    let error =
        CliError::new(Exit::Usage, "usage.invalid", cause, "`coffer --help`, or `coffer VERB --help`");
    output.error(&error.with_details(details));
    Exit::Usage.code()
}
