//! Why something was not done, as whoever asked is told it.

use std::borrow::Cow;

use super::TransportError;
use crate::Problem;

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// It was asked for, and this is the answer.
    #[error("{}", .0.detail)]
    Problem(Box<Problem>),
    /// There is no answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
}

impl ClientError {
    /// A stable code, `noun.problem`.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Problem(problem) => &problem.code,
            Self::Transport(error) => error.code(),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn fix(&self) -> Cow<'_, str> {
        match self {
            Self::Problem(problem) => Cow::Borrowed(&problem.fix),
            Self::Transport(error) => error.fix().into(),
        }
    }
}
