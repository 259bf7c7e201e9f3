//! The token to show to a server: `COFFER_TOKEN`, or the file that `COFFER_TOKEN_FILE` names. Never from the arguments, which others see.

use coffer_engine::token::TokenHash;
use coffer_wire::Plain;

use super::environment::Environment;
use super::passphrase::Given;
use crate::error::{CliError, Exit};

/// The token, when one is set; taken out of `environment`, so it is there the first time only.
///
/// # Errors
/// `token.twice` when both variables are set; `token.empty`; `token.too_long`; `token.file_open` when others may read the file;
/// `file.failed` when it can't be read; `token.malformed` when it can't be one.
pub fn token(environment: &mut Environment) -> Result<Option<Plain>, CliError> {
    let given = environment.take_token();
    let Some(secret) = TOKEN.of(given, environment)? else { return Ok(None) };
    // What has not the shape of a token is likely another secret: it is sent nowhere.
    let text = std::str::from_utf8(secret.expose()).ok().filter(|text| TokenHash::of_text(text).is_some());
    let text = text.ok_or_else(|| {
        CliError::new(
            Exit::Usage,
            "token.malformed",
            "what is to be shown as a token is none",
            "a token begins with `coffer_`, and is taken whole, as `coffer token create` printed it",
        )
    })?;
    Ok(Some(Plain::new(text.to_owned())))
}

const TOKEN: Given = Given {
    what: "token",
    variable: "COFFER_TOKEN",
    file_variable: "COFFER_TOKEN_FILE",
    instead: "show none",
    twice: "token.twice",
    empty: "token.empty",
    too_long: "token.too_long",
    file_open: "token.file_open",
};
