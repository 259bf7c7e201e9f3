//! What differs where one of the two is a file: whether it is the same, how large it is, and what.
//!
//! Both are read, and each read is logged, as for values. Of the contents no more is kept than a hash, and that is shown to nobody.

use coffer_encryption::hash::Sha256;
use coffer_wire::client::{Client, FileContent, Which};
use coffer_wire::secret::{FileAbout, Secret};
use serde_json::{Value as Json, json};

use super::{DIFFERENT, of_tenant};
use crate::app::App;
use crate::error::CliError;
use crate::verbs::get::warn_if_expired;
use crate::verbs::{content, show};

/// One of the two.
pub(super) enum Side {
    /// It holds a value.
    Value(Secret),
    /// It holds a file.
    File(FileSide),
}

/// A file that was read.
pub(super) struct FileSide {
    path: String,
    version: u64,
    about: FileAbout,
    hash: [u8; 32],
}

/// Reads one of the two.
pub(super) fn side(app: &mut App, client: &Client, path: &str, which: &Which) -> Result<Side, CliError> {
    match client.secret_get_raw(path, which) {
        Err(error) if content::is(&error, "secret.holds_file") => {
            let content = client.secret_get_file(path, which)?;
            warn_if_expired(app, path, content.expires);
            Ok(Side::File(FileSide::read(path, content)?))
        }
        read => {
            let secret = read?;
            warn_if_expired(app, path, secret.expires);
            Ok(Side::Value(secret))
        }
    }
}

/// Tells what differs, where one at least is a file.
pub(super) fn diff(app: &mut App, from: &Side, (to, tenant): (&Side, Option<&str>)) -> Result<u8, CliError> {
    let is_same = match (from, to) {
        (Side::File(from), Side::File(to)) => from.hash == to.hash,
        _ => false,
    };
    if app.output.is_json() {
        let document = json!({ "from": from.named(), "to": to.named(), "same": is_same, "values": [] });
        app.output.json(&document)?;
        return Ok(if is_same { 0 } else { DIFFERENT });
    }
    app.output.line(&format!("--- {}", from.title()))?;
    app.output.line(&format!("+++ {}{}", to.title(), of_tenant(tenant)))?;
    if is_same {
        app.output.line("  (file)  the same")?;
        app.output.say("they are the same");
        return Ok(0);
    }
    app.output.line(&format!("- {}", from.text()))?;
    app.output.line(&format!("+ {}", to.text()))?;
    Ok(DIFFERENT)
}

impl FileSide {
    fn read(path: &str, mut content: FileContent) -> Result<Self, CliError> {
        let mut hash = Sha256::new();
        while let Some(piece) = content.next_piece()? {
            hash.update(piece);
        }
        let about = FileAbout { bytes: content.bytes, media_type: content.media_type };
        Ok(Self { path: path.to_owned(), version: content.version, about, hash: hash.finish() })
    }
}

impl Side {
    fn place(&self) -> (&str, u64) {
        match self {
            Self::Value(secret) => (&secret.path, secret.version),
            Self::File(file) => (&file.path, file.version),
        }
    }

    fn title(&self) -> String {
        let (path, version) = self.place();
        format!("{path}, version {version}")
    }

    fn text(&self) -> String {
        match self {
            Self::Value(_) => "a value".to_owned(),
            Self::File(file) => show::file_text(&file.about),
        }
    }

    fn named(&self) -> Json {
        let (path, version) = self.place();
        let about = match self {
            Self::Value(_) => None,
            Self::File(file) => Some(&file.about),
        };
        json!({ "path": path, "version": version, "file": show::file(about) })
    }
}
