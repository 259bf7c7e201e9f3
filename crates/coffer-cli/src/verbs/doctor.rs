//! `coffer doctor`: settings, permissions, unlockers, and every record of the store.
//!
//! Each check says one line: good, worth a word, or wrong with what to do. One that is wrong makes the exit code 1; all
//! of them are made, since one wrong thing often comes with another.

use std::fs;
use std::os::unix::fs::MetadataExt;

use coffer_encryption::{Locking, harden_process};
use coffer_engine::Error;
use coffer_engine::tenant::TenantName;
use serde_json::json;

use crate::app::App;
use crate::dotenv;
use crate::error::{CliError, Exit};
use crate::place::Place;
use crate::progress::waiting;
use crate::session::Session;
use crate::settings::{Settings, passphrase};
use crate::store::{KEY_FILE, Missing, Store};

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    Note,
    Wrong,
}

/// One line of the report.
struct Finding {
    check: &'static str,
    verdict: Verdict,
    text: String,
    fix: String,
}

#[derive(Default)]
struct Report(Vec<Finding>);

pub(super) fn doctor(app: &mut App) -> Result<u8, CliError> {
    let mut report = Report::default();
    memory(&mut report);
    clear_files(app, &mut report);
    match app.settings() {
        Err(error) => report.error("settings", &error),
        Ok(settings) => {
            let config = settings
                .config
                .as_ref()
                .map_or_else(|| "no coffer.toml".into(), |path| path.display().to_string());
            report.good("settings", format!("understood; {config}"));
            if settings.server().is_some() {
                server(app, &mut report);
            } else {
                places(&settings, &mut report);
                store(app, settings, &mut report);
            }
        }
    }
    report.print(app)
}

fn memory(report: &mut Report) {
    match harden_process() {
        Err(error) => {
            report.note("memory", error.to_string(), "run it where `prctl` and `setrlimit` are allowed")
        }
        Ok(hardening) if hardening.locking == Locking::Locked => {
            report.good("memory", "no core dumps; keys lie in locked memory".to_owned());
        }
        Ok(_) => report.note(
            "memory",
            "no core dumps; keys can't be locked in memory, so they may reach the swap".to_owned(),
            "raise `ulimit -l`, or use encrypted swap or none",
        ),
    }
}

/// Files in clear that `coffer import` was made for.
fn clear_files(app: &App, report: &mut Report) {
    let Ok(bytes) = fs::read(app.cwd.join(".env")).map(zeroize::Zeroizing::new) else { return };
    let variables = dotenv::read(&bytes).map_or(0, |file| file.entries.len());
    if variables > 0 {
        let text = format!(".env holds {variables} variables in clear in this directory");
        report.note("clear files", text, "`coffer import .env --delete`");
    }
}

fn places(settings: &Settings, report: &mut Report) {
    let store = settings.store_dir();
    let key = settings.keys_dir.value.join(KEY_FILE);
    for (path, wanted) in [(&settings.keys_dir.value, 0o700), (&key, 0o600), (&store, 0o700)] {
        match fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => report.error("permissions", &CliError::io(&path.display().to_string(), &error)),
            Ok(about) if about.mode() & 0o077 != 0 => report.wrong(
                "permissions",
                format!("{} is open to others: mode {:04o}", path.display(), about.mode() & 0o7777),
                format!("chmod {wanted:o} {}", path.display()),
            ),
            Ok(_) => report.good("permissions", format!("{} is its owner's alone", path.display())),
        }
    }
    if settings.keys_dir.value.starts_with(&settings.home.value) && key.exists() {
        report.note(
            "keys",
            "the key file lies beside the store: a copy of the whole folder opens itself".to_owned(),
            "set keys_dir to a folder that is not backed up with the store",
        );
    }
}

/// Whether the server answers, and would answer more; and its records, for whoever may have them checked.
fn server(app: &mut App, report: &mut Report) {
    let asked = Session::open(app, Missing::Refuse).and_then(|session| {
        let ready = session.client().health_ready()?;
        Ok((session, ready))
    });
    match asked {
        Err(error) => report.error("server", &error),
        Ok((session, ready)) if ready.ready => {
            report.good("server", "it answers, and is ready".to_owned());
            records(app, &session, report);
        }
        Ok((_, ready)) => report.wrong(
            "server",
            format!(
                "it answers, and is not ready: {} [{}]",
                ready.detail.unwrap_or_default(),
                ready.reason.unwrap_or_default()
            ),
            "tell whoever runs it".to_owned(),
        ),
    }
}

/// The seed's "key OK": something opens the store, and everything in it opens.
fn store(app: &mut App, settings: Settings, report: &mut Report) {
    let place = match Place::of(&settings, &app.environment) {
        Ok(place) => place,
        Err(error) => return report.error("store", &error),
    };
    if !place.may_have_one() {
        report.note("store", format!("none in {place} yet"), "`coffer import .env` makes one");
        return;
    }
    match open(app, settings) {
        Err(error) => report.error("key", &error),
        Ok(session) => {
            report.good("key", "Key OK: the store opens".to_owned());
            records(app, &session, report);
        }
    }
}

fn open(app: &mut App, settings: Settings) -> Result<Session, CliError> {
    let tenant = TenantName::parse(&settings.tenant.value).map_err(Error::from)?;
    let words = passphrase(&mut app.environment)?;
    Session::of(Store::open_with(app, settings, tenant, words, Missing::Refuse)?)
}

/// What opens the store, and whether all in it opens: each as far as whoever asks may know it.
fn records(app: &App, session: &Session, report: &mut Report) {
    match session.client().unlocker_list() {
        Err(error) => report.unknown("unlockers", &app.told(error)),
        Ok(list) if list.unlockers.len() > 1 => {
            report.good("unlockers", format!("{} of them, each opens the store", list.unlockers.len()));
        }
        Ok(_) => report.note(
            "unlockers",
            "there is one: whoever loses it loses the store".to_owned(),
            "`coffer keys add passphrase`, or keep a copy of the key file elsewhere",
        ),
    }
    let found = match waiting(app, "checking all records", || session.client().store_check()) {
        Err(error) => return report.unknown("records", &app.told(error)),
        Ok(found) => found,
    };
    for problem in &found.problems {
        report.wrong(
            "records",
            problem.clone(),
            "bring the store back from a backup, and keep this one".to_owned(),
        );
    }
    if found.problems.is_empty() {
        let text = format!(
            "{} secrets, {} versions, {} entries: all open",
            found.secrets, found.versions, found.entries
        );
        report.good("records", text);
    }
}

impl Report {
    fn good(&mut self, check: &'static str, text: String) {
        self.0.push(Finding { check, verdict: Verdict::Good, text, fix: String::new() });
    }

    fn note(&mut self, check: &'static str, text: String, fix: &str) {
        self.0.push(Finding { check, verdict: Verdict::Note, text, fix: fix.to_owned() });
    }

    fn wrong(&mut self, check: &'static str, text: String, fix: String) {
        self.0.push(Finding { check, verdict: Verdict::Wrong, text, fix });
    }

    fn error(&mut self, check: &'static str, error: &CliError) {
        self.wrong(check, format!("{} [{}]", error.cause, error.code), error.fix.to_string());
    }

    /// What somebody else may look at is nothing wrong.
    fn unknown(&mut self, check: &'static str, error: &CliError) {
        if error.exit == Exit::Refused {
            let text = format!("not looked at: {} [{}]", error.cause, error.code);
            return self.note(check, text, "ask an owner, who may");
        }
        self.error(check, error);
    }

    fn print(&self, app: &mut App) -> Result<u8, CliError> {
        let is_wrong = self.0.iter().any(|finding| finding.verdict == Verdict::Wrong);
        if app.output.is_json() {
            let findings = self.0.iter().map(|finding| {
                json!({
                    "check": finding.check,
                    "verdict": finding.verdict.name(),
                    "text": finding.text,
                    "fix": finding.fix,
                })
            });
            app.output.json(&json!({ "ok": !is_wrong, "findings": findings.collect::<Vec<_>>() }))?;
        } else {
            for finding in &self.0 {
                app.output.line(&format!(
                    "{:<6}{}: {}",
                    finding.verdict.name(),
                    finding.check,
                    finding.text
                ))?;
                if !finding.fix.is_empty() {
                    app.output.line(&format!("      fix: {}", finding.fix))?;
                }
            }
        }
        Ok(if is_wrong { Exit::Failure.code() } else { 0 })
    }
}

impl Verdict {
    const fn name(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Note => "note",
            Self::Wrong => "wrong",
        }
    }
}
