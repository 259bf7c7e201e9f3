//! The environment of the command: what it may hold, and what it must not.
//!
//! Who may write a secret is often not who runs the command. A secret named `LD_PRELOAD` would run its writer's code
//! in every command that is started with it, before the command's own first line; so would `BASH_ENV` in every shell.
//! Such names are refused unless asked for. Names that only change how a program behaves (`PATH`, `NODE_OPTIONS`,
//! `PYTHONPATH`) stand in many `.env` files; they are let through with a warning.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStrExt;

use coffer_encryption::SecretBytes;
use zeroize::Zeroize;

use crate::error::{CliError, Exit};
use crate::names::is_variable;
use crate::settings::{Environment, is_passed_on};

/// The environment of a command. Wiped when dropped.
pub struct Variables {
    variables: BTreeMap<OsString, OsString>,
    /// Names that were let through and are worth a word.
    pub warnings: Vec<String>,
}

/// Coffer's own environment without its passphrase, and the secrets, which win.
///
/// # Errors
/// `run.bad_names`, `run.loader_variables`, `run.nul`: every secret that can't or must not be a variable, by name.
pub fn variables<'s>(
    own: &Environment,
    secrets: impl IntoIterator<Item = (&'s str, &'s SecretBytes)>,
    allow_loader_variables: bool,
) -> Result<Variables, CliError> {
    let passed_on = own.iter().filter(|(name, _)| is_passed_on(&name.to_string_lossy()));
    let mut all = Variables {
        variables: passed_on.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        warnings: Vec::new(),
    };
    let (mut bad, mut loader, mut nul) = (Vec::new(), Vec::new(), Vec::new());
    for (name, value) in secrets {
        if !is_variable(name) {
            bad.push(name);
        } else if value.expose().contains(&0) {
            nul.push(name);
        } else if runs_code(name) && !allow_loader_variables {
            loader.push(name);
        } else {
            if runs_code(name) || changes_behaviour(name) {
                all.warnings
                    .push(format!("the secret {name} changes how the command itself is found or started"));
            }
            all.variables.insert(OsString::from(name), OsStr::from_bytes(value.expose()).to_owned());
        }
    }
    refuse(
        "run.bad_names",
        &bad,
        "can't be the name of a variable",
        "rename: a letter or `_`, then letters, digits, `_`, `.`, `-`",
    )?;
    refuse(
        "run.nul",
        &nul,
        "holds a NUL byte, which no environment can",
        "`coffer get NAME` writes it byte for byte",
    )?;
    refuse(
        "run.loader_variables",
        &loader,
        "would run code before the command does",
        "if that is meant, run with --allow-loader-variables; if not, see who wrote it: `coffer history NAME`",
    )?;
    Ok(all)
}

impl Variables {
    /// All variables.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.variables.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}

impl Drop for Variables {
    fn drop(&mut self) {
        for value in std::mem::take(&mut self.variables).into_values() {
            value.into_encoded_bytes().zeroize();
        }
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Variables(..)")
    }
}

fn refuse(code: &'static str, names: &[&str], problem: &str, fix: &str) -> Result<(), CliError> {
    if names.is_empty() {
        return Ok(());
    }
    let cause = match names {
        [name] => format!("the secret {name} {problem}; the command was not started"),
        _ => format!("{} secrets can't be given to the command; it was not started", names.len()),
    };
    let details = if names.len() == 1 {
        Vec::new()
    } else {
        names.iter().map(|name| format!("{name} {problem}")).collect()
    };
    Err(CliError::new(Exit::RunFailed, code, cause, fix).with_details(details))
}

/// Whether a variable makes the dynamic loader, the C library or a shell run code on its own.
fn runs_code(name: &str) -> bool {
    name.starts_with("LD_")
        || name.starts_with("DYLD_")
        || matches!(
            name,
            "GCONV_PATH"
                | "GLIBC_TUNABLES"
                | "BASH_ENV"
                | "SHELLOPTS"
                | "BASHOPTS"
                | "PS4"
                | "PROMPT_COMMAND"
                | "IFS"
        )
}

/// Whether a variable decides which program or library is found, or adds to what an interpreter runs.
fn changes_behaviour(name: &str) -> bool {
    matches!(
        name,
        "PATH"
            | "HOME"
            | "SHELL"
            | "NODE_OPTIONS"
            | "NODE_PATH"
            | "PYTHONPATH"
            | "PYTHONHOME"
            | "PYTHONSTARTUP"
            | "PERL5LIB"
            | "PERL5OPT"
            | "RUBYLIB"
            | "RUBYOPT"
            | "JAVA_TOOL_OPTIONS"
            | "_JAVA_OPTIONS"
            | "CLASSPATH"
            | "GIT_SSH_COMMAND"
    )
}
