//! The recovery kit: what a person keeps on paper, apart from store and key file.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use coffer_engine::unlock::Recovery;
use serde::Serialize;
use zeroize::Zeroizing;

use super::show;
use crate::edge;
use crate::error::CliError;
use crate::place::Place;
use crate::settings::Settings;
use crate::store::KEY_FILE;

/// What is in it.
#[derive(Serialize)]
pub(super) struct Kit<'k> {
    /// The recovery passphrase.
    recovery: &'k str,
    store: String,
    key_file: String,
    made: String,
}

impl<'k> Kit<'k> {
    /// The kit of the store that the settings name.
    pub(super) fn new(settings: &Settings, place: &Place, recovery: &'k Recovery) -> Self {
        Self {
            // It is letters, digits and lines.
            recovery: std::str::from_utf8(recovery.words().expose()).unwrap_or_default(),
            store: place.to_string(),
            key_file: settings.keys_dir.value.join(KEY_FILE).display().to_string(),
            made: show::timestamp(edge::now()),
        }
    }

    /// Writes it to a file of its own, never over another one, and for nobody else to read.
    pub(super) fn write(&self, path: &Path) -> Result<(), CliError> {
        let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let written = created.and_then(|mut file| {
            file.write_all(self.text().as_bytes())?;
            file.sync_all()
        });
        written.map_err(|error| CliError::io(&format!("the kit {}", path.display()), &error))
    }

    /// For people.
    pub(super) fn text(&self) -> Zeroizing<String> {
        let Self { recovery, store, key_file, made } = self;
        // Room for all of it: a text that grows leaves copies behind.
        let length = TEXT.len().saturating_add(recovery.len()).saturating_add(store.len());
        let length = length.saturating_add(key_file.len()).saturating_add(made.len());
        let mut text = Zeroizing::new(String::with_capacity(length));
        for part in TEXT.split_inclusive('}') {
            let (words, name) = part.split_once('{').unwrap_or((part, ""));
            text.push_str(words);
            text.push_str(match name {
                "made}" => made,
                "recovery}" => recovery,
                "store}" => store,
                "key_file}" => key_file,
                _ => "",
            });
        }
        text
    }
}

const TEXT: &str = "\
COFFER RECOVERY KIT, made {made}

  recovery passphrase   {recovery}
  store                 {store}
  key file              {key_file}

What it is: the recovery passphrase opens the store by itself, without the key file. The key file does the same, and is what
the server uses every day. Whoever has one of the two and a copy of the store can read every secret in it.

What to do now: print this or write it down, keep it where neither the store nor the key file is, and delete what is left on
this machine. Letters may be typed in either case; O is read as 0, I and L as 1, and a slip is told.

When the key file is lost: put the passphrase into a file that only you can read, and name it in MASTER_SECRET_KEY_FILE; the
store opens with it, and `coffer keys add key-file` makes a new key file. `coffer unseal` gives it to a server that is sealed.

";
