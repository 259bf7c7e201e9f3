//! Why something is changed: `--message`, of every verb that changes secrets.

use clap::Args;
use coffer_engine::Error;
use coffer_engine::message::Message;

use crate::error::CliError;

/// Why something is changed.
#[derive(Debug, Clone, Default, Args)]
pub struct Why {
    /// Why, in a few words, for the history and the log; no secret belongs in it: whoever may read those sees it
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
}

impl Why {
    /// The message, checked before anything is asked for or done.
    ///
    /// # Errors
    /// `remark.character` and others, when it is not one line that everybody reads.
    pub fn message(&self) -> Result<Option<Message>, CliError> {
        let parse = |text: &String| Message::parse(text).map_err(Error::from);
        Ok(self.message.as_ref().map(parse).transpose()?)
    }
}
