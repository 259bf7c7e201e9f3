//! `coffer unseal`: a sealed server is given what opens its store. It is not known here whether it does.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use coffer_encryption::SecretBytes;
use coffer_engine::Error;
use coffer_engine::unlock::KeyFile;
use coffer_wire::Plain;
use coffer_wire::seal;
use serde_json::json;
use zeroize::Zeroizing;

use crate::app::App;
use crate::args::Unseal;
use crate::error::{CliError, Exit};
use crate::prompt::{Source, known};
use crate::remote::{Remote, Tokens};
use crate::settings::passphrase;

/// Most that is read of a key file, in bytes.
const KEY_FILE_MAX_BYTES: usize = 4096;

pub(super) fn unseal(app: &mut App, args: &Unseal) -> Result<(), CliError> {
    let source = args.from.source()?;
    let remote = Remote::needed(app, "unseal")?;
    let shown = match (&args.key_file, source) {
        (Some(path), _) => {
            let path = app.cwd.join(path);
            seal::Unseal { passphrase: None, key_file: Some(key_file(app, &path)?) }
        }
        (None, source) => seal::Unseal { passphrase: Some(words(app, source)?), key_file: None },
    };
    remote.client(&Tokens::default())?.store_unseal(&shown)?;
    if app.output.is_json() {
        return app.output.json(&json!({ "sealed": false }));
    }
    app.output.say(&format!("unsealed {}", remote.address));
    Ok(())
}

/// What stands in a key file. What is none is sent nowhere. On a medium that knows no modes nobody can close it: that is said, and no more.
fn key_file(app: &mut App, path: &Path) -> Result<Plain, CliError> {
    let failed = |error: io::Error| CliError::io(&path.display().to_string(), &error);
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.mode() & 0o077 != 0 {
        app.output.warn(&format!("{} is open to others", path.display()));
    }
    // Room for all that is read: a vector that grows leaves copies behind.
    let mut text = Zeroizing::new(Vec::with_capacity(KEY_FILE_MAX_BYTES.saturating_add(64)));
    let most = u64::try_from(KEY_FILE_MAX_BYTES).unwrap_or(u64::MAX);
    file.take(most).read_to_end(&mut text).map_err(failed)?;
    KeyFile::of_text(&text, path).map_err(Error::from)?;
    plain(&text, "the key file")
}

/// From where the flags say, else from the environment, else from whoever is there.
fn words(app: &mut App, source: Option<Source>) -> Result<Plain, CliError> {
    let given: Option<SecretBytes> = match source {
        None => passphrase(&mut app.environment)?,
        Some(_) => None,
    };
    let given = match given {
        Some(given) => given,
        None => {
            let source = source.unwrap_or(Source::Prompt);
            known(&source, "the passphrase", &mut app.person, &mut io::stdin().lock())?
        }
    };
    plain(given.expose(), "the passphrase")
}

fn plain(bytes: &[u8], what: &str) -> Result<Plain, CliError> {
    let text = std::str::from_utf8(bytes).map_err(|_| {
        let cause = format!("{what} is no text, and a server takes no other");
        let fix = "unseal it with the key file, or start the server again where the passphrase is";
        CliError::new(Exit::Usage, "passphrase.not_text", cause, fix)
    })?;
    Ok(Plain::new(text.to_owned()))
}
