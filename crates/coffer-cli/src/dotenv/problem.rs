//! What is wrong with a line, or worth saying about it, without its text.

use std::fmt;

use crate::error::{CliError, Exit};

/// A line that can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub kind: ProblemKind,
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// A quote is never closed.
    Unterminated(char),
    /// Something other than a comment follows the closing quote.
    AfterQuote,
    /// The line has no `=`.
    NoEquals,
    /// What stands before the `=` is no name.
    BadName,
    /// A `${NAME:?}` names what is not defined.
    Required,
    /// `${..}` within `${..}`, too deep.
    TooDeep,
    /// The value is too long once its references are replaced.
    ValueTooLong,
    /// The file is too long.
    FileTooLong,
    /// The file has too many assignments; the first one too many.
    TooMany,
    /// Bytes that are no UTF-8 text.
    NotUtf8,
    /// A NUL byte, which no environment can hold.
    Nul,
}

/// A file with lines that can't be read: all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub Vec<Problem>);

/// Something to know about a line that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The line, from 1.
    pub line: usize,
    /// What to know about it.
    pub kind: WarningKind,
}

/// What to know about a line that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WarningKind {
    /// The variable is set again; the earlier line is forgotten.
    SetAgain {
        /// The variable.
        name: String,
        /// The line that is forgotten.
        earlier: usize,
    },
    /// `export NAME` without a value.
    NoValue {
        /// The variable.
        name: String,
    },
    /// A reference to nothing above; the value holds it as written.
    Undefined,
    /// A `$NAME` without braces was replaced, which not every reader does.
    Unbraced,
    /// A `#` within a bare value belongs to it, which not every reader thinks.
    HashInValue,
    /// `$$` is two dollars here and one elsewhere.
    TwoDollars,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match self.kind {
            ProblemKind::Unterminated(quote) => write!(f, "the {quote} that opens the value is never closed"),
            ProblemKind::AfterQuote => {
                f.write_str("text follows the closing quote; put the whole value in quotes")
            }
            ProblemKind::NoEquals => f.write_str(
                "no `=`; write `NAME=` for an empty value, and put values of several lines in quotes",
            ),
            ProblemKind::BadName => {
                f.write_str("a name is a letter or `_`, then letters, digits, `_`, `.` and `-`")
            }
            ProblemKind::Required => {
                f.write_str("a `${NAME:?..}` names nothing that is defined above it in this file")
            }
            ProblemKind::TooDeep => f.write_str("`${..}` within `${..}` is nested too deep"),
            ProblemKind::ValueTooLong => {
                f.write_str("the value is longer than 1 MiB once its references are replaced")
            }
            ProblemKind::FileTooLong => f.write_str("the file is longer than 1 MiB"),
            ProblemKind::TooMany => f.write_str("the file has more than 4096 assignments; cut it in two"),
            ProblemKind::NotUtf8 => f.write_str("not UTF-8 text"),
            ProblemKind::Nul => f.write_str("a NUL byte, which no environment can hold"),
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match &self.kind {
            WarningKind::SetAgain { name, earlier } => {
                write!(f, "{name} is set again; line {earlier} is forgotten")
            }
            WarningKind::NoValue { name } => {
                write!(f, "`export {name}` takes its value from the environment, which is not read; skipped")
            }
            WarningKind::Undefined => f.write_str(
                "a `$` reference names nothing that is defined above it in this file; kept as written (single quotes \
                 make it plain)",
            ),
            WarningKind::Unbraced => f.write_str(
                "a `$NAME` without braces was replaced; single quotes or `\\$` keep it as written",
            ),
            WarningKind::HashInValue => {
                f.write_str("a `#` without a space before it belongs to the value; some readers cut there")
            }
            WarningKind::TwoDollars => f.write_str("`$$` is kept as two dollar signs; some readers make one of them"),
        }
    }
}

impl Refused {
    /// As an error about the file `file`.
    #[must_use]
    pub fn into_error(self, file: &str) -> CliError {
        let lines = self.0.len();
        let cause = match lines {
            1 => format!("a line of {file} can't be read; nothing was imported"),
            _ => format!("{lines} lines of {file} can't be read; nothing was imported"),
        };
        CliError::new(Exit::Usage, "dotenv.invalid", cause, "mend the lines named above and import again")
            .with_details(self.0.iter().map(ToString::to_string))
    }
}
