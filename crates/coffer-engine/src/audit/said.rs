//! What a leaf says, lent by it: for those who go through every entry, and keep nothing of most.

use std::borrow::Cow;

use serde::Deserialize;

/// An entry, as far as anybody looks at it without keeping it. [`super::LoggedEntry`] is the whole of it.
#[derive(Deserialize)]
pub(crate) struct Said<'l> {
    #[serde(borrow, default)]
    pub(crate) id: Cow<'l, str>,
    pub(crate) ts: u64,
    #[serde(borrow)]
    pub(crate) action: Cow<'l, str>,
    #[serde(borrow)]
    pub(crate) actor: SaidActor<'l>,
    #[serde(borrow)]
    pub(crate) outcome: Cow<'l, str>,
    #[serde(borrow, default)]
    pub(crate) path: Cow<'l, str>,
    #[serde(default)]
    pub(crate) version: Option<u64>,
    #[serde(borrow, default)]
    pub(crate) changes: Vec<SaidChange<'l>>,
}

#[derive(Deserialize)]
pub(crate) struct SaidActor<'l> {
    #[serde(borrow)]
    pub(crate) id: Cow<'l, str>,
    #[serde(borrow, default)]
    pub(crate) via: Cow<'l, str>,
}

/// A record that was written.
#[derive(Deserialize)]
pub(crate) struct SaidChange<'l> {
    /// Its storage key, in hexadecimal.
    #[serde(borrow)]
    pub(crate) key: Cow<'l, str>,
}

impl<'l> Said<'l> {
    /// What a leaf says; `None`: it is no entry.
    pub(crate) fn by(leaf: &'l [u8]) -> Option<Self> {
        serde_json::from_slice(leaf).ok()
    }
}
