//! Versions of a secret: numbers, stages, and which one is meant.

use std::fmt;
use std::num::NonZeroU64;

use minicbor::{CborLen, Decode, Encode};

use crate::version_name::{Consumer, Label};

/// The number of a version: 1, 2, 3 and so on, never used twice in one secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub struct VersionNumber(#[n(0)] NonZeroU64);

impl VersionNumber {
    /// The first one.
    pub const FIRST: Self = Self(NonZeroU64::MIN);

    /// From its number; `None` for 0.
    #[must_use]
    pub const fn new(number: u64) -> Option<Self> {
        match NonZeroU64::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// Its number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0.get()
    }

    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for VersionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A name for a version that moves as versions come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// What readers get.
    Current,
    /// What is being introduced.
    Pending,
    /// What was current before.
    Previous,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Self; 3] = [Self::Current, Self::Pending, Self::Previous];

    /// `current`, `pending`, `previous`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Pending => "pending",
            Self::Previous => "previous",
        }
    }
}

/// Which version is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The asker's own override, where there is one; else the current one.
    Own,
    /// The one at this stage.
    Stage(Stage),
    /// The one of this number.
    Number(VersionNumber),
    /// The one that is called so.
    Label(Label),
    /// The one that is pinned for this consumer; where none is, the current one.
    Consumer(Consumer),
}

impl Which {
    /// The current one, whoever asks.
    pub const CURRENT: Self = Self::Stage(Stage::Current);
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.write_str(Stage::Current.name()),
            Self::Stage(stage) => f.write_str(stage.name()),
            Self::Number(number) => number.fmt(f),
            Self::Label(label) => label.fmt(f),
            Self::Consumer(consumer) => write!(f, "for {consumer}"),
        }
    }
}
