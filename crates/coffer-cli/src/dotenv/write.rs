//! Writes variables for other programs to read: `.env`, shell, JSON.

use std::fmt;

use crate::error::{CliError, Exit};
use crate::names::{is_shell_variable, is_variable};
use crate::wiped::WipedBuffer;

/// In which form variables are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A `.env` file that this reader, Docker Compose and python-dotenv read back.
    Dotenv,
    /// `export NAME='value'` lines for a POSIX shell.
    Shell,
    /// One JSON object of names and values.
    Json,
}

/// Variables that a format can't hold. Names only.
#[derive(Debug, PartialEq, Eq)]
pub struct Unwritable {
    format: Format,
    names: Vec<String>,
}

/// Writes `variables` in their order.
///
/// # Errors
/// [`Unwritable`] names every variable whose name or value the format can't hold; nothing is written then.
pub fn write(format: Format, variables: &[(&str, &[u8])]) -> Result<WipedBuffer, Unwritable> {
    let names: Vec<String> = variables
        .iter()
        .filter(|(name, value)| !can_hold(format, name, value))
        .map(|(name, _)| (*name).to_owned())
        .collect();
    if !names.is_empty() {
        return Err(Unwritable { format, names });
    }
    let mut out = WipedBuffer::default();
    match format {
        Format::Dotenv => variables.iter().for_each(|(name, value)| dotenv(&mut out, name, value)),
        Format::Shell => variables.iter().for_each(|(name, value)| shell(&mut out, name, value)),
        Format::Json => json(&mut out, variables),
    }
    Ok(out)
}

fn can_hold(format: Format, name: &str, value: &[u8]) -> bool {
    match format {
        Format::Dotenv => is_variable(name) && !value.contains(&0) && std::str::from_utf8(value).is_ok(),
        Format::Shell => is_shell_variable(name) && !value.contains(&0),
        Format::Json => std::str::from_utf8(value).is_ok(),
    }
}

/// Bare when every reader takes it bare; in single quotes when they agree on that; in double quotes otherwise, where
/// python-dotenv alone would keep the backslash of a `\$`. (It also replaces `${NAME}` within single quotes, unless told
/// not to; nothing that is written could keep it from that.)
fn dotenv(out: &mut WipedBuffer, name: &str, value: &[u8]) {
    out.push_str(name);
    out.push(b"=");
    if value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-./:@%+,=".contains(byte)) {
        out.push(value);
    } else if is_plain_in_single_quotes(value) {
        out.push(b"'");
        for byte in value {
            out.push(if *byte == b'\'' { b"\\'" } else { std::slice::from_ref(byte) });
        }
        out.push(b"'");
    } else {
        out.push(b"\"");
        for byte in value {
            match byte {
                b'\n' => out.push(b"\\n"),
                b'\r' => out.push(b"\\r"),
                b'"' | b'\\' | b'$' => out.push(&[b'\\', *byte]),
                byte => out.push(&[*byte]),
            }
        }
        out.push(b"\"");
    }
    out.push(b"\n");
}

/// Whether all readers take the value in single quotes literally, but for `\'`: they disagree on `\\`, and make a line
/// end of a carriage return.
fn is_plain_in_single_quotes(value: &[u8]) -> bool {
    let unclear = value.windows(2).any(|pair| matches!(pair, [b'\\', b'\\' | b'\'']));
    !unclear && !value.ends_with(b"\\") && !value.contains(&b'\r')
}

fn shell(out: &mut WipedBuffer, name: &str, value: &[u8]) {
    out.push_str("export ");
    out.push_str(name);
    out.push(b"='");
    for byte in value {
        if *byte == b'\'' {
            out.push(b"'\\''");
        } else {
            out.push(&[*byte]);
        }
    }
    out.push(b"'\n");
}

fn json(out: &mut WipedBuffer, variables: &[(&str, &[u8])]) {
    let mut before = "{\n";
    for (name, value) in variables {
        out.push_str(before);
        out.push_str("  ");
        json_text(out, name.as_bytes());
        out.push_str(": ");
        json_text(out, value);
        before = ",\n";
    }
    out.push_str(if variables.is_empty() { "{}\n" } else { "\n}\n" });
}

fn json_text(out: &mut WipedBuffer, text: &[u8]) {
    // Checked before: the text is UTF-8, and the buffer takes whatever it is given.
    if let Ok(text) = std::str::from_utf8(text) {
        let _ = serde_json::to_writer(out, text);
    }
}

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.format {
            Format::Dotenv => "a .env file can't hold",
            Format::Shell => "a shell can't assign",
            Format::Json => "JSON can't hold",
        };
        write!(f, "{what} {}", self.names.join(", "))
    }
}

impl std::error::Error for Unwritable {}

impl From<Unwritable> for CliError {
    fn from(unwritable: Unwritable) -> Self {
        let fix = match unwritable.format {
            Format::Shell => "rename them to letters, digits and `_`, or use `--format json`",
            Format::Dotenv => "`coffer get NAME` writes any value byte for byte",
            Format::Json => "the values are not text: `coffer get NAME` writes them byte for byte",
        };
        Self::new(Exit::Usage, "export.unwritable", unwritable.to_string(), fix)
    }
}
