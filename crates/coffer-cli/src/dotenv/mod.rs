//! `.env` files: read with care, and written so that others read them back.
//!
//! There is no standard. Docker Compose, python-dotenv and node's dotenv agree on most files; this reader takes what
//! they agree on, and where they do not, what can't cut or empty a secret without saying so. An own reader, because
//! the libraries at hand take references from the process's environment (`dotenvy`), cut `abc#def` at the `#`
//! (`dotenvor`), know no `\"` (`dotenvs`), and leave copies of values in memory.
//!
//! | Question | Here | Like |
//! |---|---|---|
//! | `export NAME=value`, `NAME = value`, empty values, BOM, CRLF, lone CR | read | all |
//! | `NAME: value` | read, when a space follows the colon | Compose, node |
//! | `'single'` | literal; only `\'` is a quote | Compose |
//! | `"double"` | `\n` `\r` `\t` `\\` `\"` `\$`; another backslash stays | Compose, python |
//! | `` `backtick` `` | literal | node |
//! | quoted values over several lines | read; the line ends become `\n` | all |
//! | text after a closing quote | an error | python |
//! | bare value | to the end of its line, trimmed; `\$` is a dollar, another backslash stays | all but for `\$` |
//! | comment after a bare value | `#` after a space; `abc#def` is whole, and said | Compose, python |
//! | `$NAME`, `${NAME}` in bare and double-quoted values | replaced | Compose |
//! | `${NAME:-word}`, `-`, `:+`, `+`, `:?`, `?`, nested | replaced | Compose |
//! | a reference to what is not defined above it in the file | **kept as written, and said** | nobody: they empty it |
//! | `$$` | two dollars | python, node |
//! | `$(command)` | literal, never run | all but ruby |
//! | a name again | the last one wins, and it is said | all |
//! | `export NAME` alone | skipped, and said: its value is the process's | Compose, python |
//! | `NAME` alone, anything else | an error | python says so too |
//!
//! # Invariants
//!
//! * No error and no warning holds a value, a piece of one, or the text of a comment: a line number and a reason only.
//!   The name of a variable is told only once it is known to be one.
//! * The process's environment is not read: what a file means does not depend on who reads it.
//! * One wrong line refuses the whole file; every wrong line is named.
//! * Values are wiped when dropped.

mod expand;
mod kept;
mod problem;
mod read;
mod scan;
mod write;

pub use kept::{Left, example, is_own_setting, without_imported};
pub use problem::{Problem, ProblemKind, Refused, Warning, WarningKind};
pub use read::{DotEnv, Entry, Own, read};
pub use write::{Format, Unwritable, write};

/// Longest `.env` file that is read, in bytes: its sealed copy is a value.
pub const FILE_MAX_BYTES: usize = VALUE_MAX_BYTES;
/// Longest value, in bytes, after references were replaced.
pub const VALUE_MAX_BYTES: usize = 1024 * 1024;
/// Most assignments in one file; the engine writes no more secrets together.
pub const ASSIGNMENTS_MAX: usize = 4096;
/// Deepest nesting of `${A:-${B:-..}}`.
pub const NESTING_MAX: usize = 8;

#[cfg(test)]
mod tests;
