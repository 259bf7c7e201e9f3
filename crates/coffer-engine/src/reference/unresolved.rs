//! Why a template can't be written, or not be filled in.

use std::fmt;

/// Why a template can't be written, or not be filled in. Names are in it that whoever asked may know of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unresolved {
    /// There is no such secret to refer to.
    Absent(String),
    /// What it refers to holds fields and none is named, or holds none and one is.
    Field(String),
    /// What it refers to holds a file.
    File(String),
    /// It would be filled in with itself. The secrets on the way, the first and the last the same; `None`: one that whoever asked may not
    /// know of.
    Cycle(Vec<Option<String>>),
    /// What a secret refers to is not there any more, or has not that field.
    Broken {
        /// The secret that refers to it.
        from: String,
        /// What is not there.
        target: String,
    },
    /// What this secret refers to may not be read, or known of, by whoever asked.
    Denied(String),
    /// References behind references, more than are followed.
    TooDeep,
    /// More secrets than one read is filled in with.
    TooMany,
    /// Filled in, it is larger than a value can be, or all that was asked for is.
    TooLarge,
}

impl Unresolved {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Absent(_) => "reference.absent",
            Self::Field(_) => "reference.field",
            Self::File(_) => "reference.file",
            Self::Cycle(_) => "reference.cycle",
            Self::Broken { .. } => "reference.broken",
            Self::Denied(_) => "reference.denied",
            Self::TooDeep => "reference.too_deep",
            Self::TooMany => "reference.too_many",
            Self::TooLarge => "reference.too_large",
        }
    }

    pub(crate) fn fix(&self) -> &'static str {
        match self {
            Self::Absent(_) => "write that one first, or both in one batch",
            Self::Field(_) => "`${NAME#field}` picks a field, `${NAME}` a single value",
            Self::File(_) => "keep what is to be filled in as a value: no file is filled in",
            Self::Cycle(_) => {
                "`coffer references NAME` shows what refers to what: give one of them a plain value"
            }
            Self::Broken { .. } => {
                "bring that back with `coffer undo`, or write the value anew; `coffer get NAME --raw` shows its template"
            }
            Self::Denied(_) => {
                "an owner of the tenant knows what it refers to, and can grant a role with `read` there"
            }
            Self::TooDeep => "refer to the secret at the end of the way itself",
            Self::TooMany => "read fewer secrets at once, or refer to fewer",
            Self::TooLarge => "refer to smaller values, or read fewer secrets at once",
        }
    }
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent(path) => write!(f, "there is no secret {path} to refer to"),
            Self::Field(path) => {
                write!(f, "{path} holds fields and none is named, or it holds one value and a field is")
            }
            Self::File(path) => write!(f, "{path} holds a file, which is not filled in"),
            Self::Cycle(chain) => {
                let named = |path: &Option<String>| path.as_deref().unwrap_or("(another)").to_owned();
                let chain: Vec<String> = chain.iter().map(named).collect();
                write!(f, "the references go round in a circle: {}", chain.join(" -> "))
            }
            Self::Broken { from, target } => {
                write!(f, "{from} is filled in with {target}, which is not there to be read")
            }
            Self::Denied(from) => write!(f, "{from} is filled in with a secret that you may not read"),
            Self::TooDeep => f.write_str("more than 8 references are to be followed one behind the other"),
            Self::TooMany => f.write_str("more than 256 secrets are to be filled in with one read"),
            Self::TooLarge => {
                f.write_str("filled in, the value is larger than 1 MiB, or all of them than 16 MiB")
            }
        }
    }
}
