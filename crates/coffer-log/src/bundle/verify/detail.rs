//! What a log says about itself, in the field `detail` of a leaf. The only JSON that is read.

use serde_json::{Map, Value};

use crate::Hash;
use crate::checkpoint::Origin;

/// What a leaf says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Saying {
    /// Nothing that matters here.
    Nothing,
    /// A key takes over.
    Takeover {
        epoch: u64,
        /// The verifier key, as it is written.
        key: String,
    },
    /// Entries below this index may have been deleted.
    Pruned(u64),
    /// Sizes and roots that the system log committed to, of the log that was asked for.
    Heads(Vec<(u64, Hash)>),
}

/// Reads what `leaf` says; of heads, only those of the log `heads_of`.
pub(super) fn read(leaf: &[u8], heads_of: Option<&Origin>) -> Result<Saying, BadDetail> {
    let Some(action) = Action::of(leaf).filter(|action| *action != Action::Heads || heads_of.is_some())
    else {
        return Ok(Saying::Nothing);
    };
    let leaf: Value = serde_json::from_slice(leaf).map_err(|_not_json| BadDetail)?;
    let leaf = leaf.as_object().ok_or(BadDetail)?;
    let happened = leaf.get("outcome").is_none_or(|outcome| outcome == "done");
    let (Some(detail), true) = (leaf.get("detail"), happened) else { return Ok(Saying::Nothing) };
    let detail = detail.as_object().ok_or(BadDetail)?;
    match (action, heads_of) {
        (Action::Key, _) => takeover(detail),
        (Action::Prune, _) => pruned(detail),
        (Action::Heads, Some(origin)) => heads(detail, origin),
        (Action::Heads, None) => Ok(Saying::Nothing),
    }
}

/// The detail of a leaf is not what its action says.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("its `detail` is not that of its action")]
pub(super) struct BadDetail;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Key,
    Prune,
    Heads,
}

impl Action {
    /// Fields of a leaf are sorted by name, so it begins with its action.
    fn of(leaf: &[u8]) -> Option<Self> {
        let action = leaf.strip_prefix(b"{\"action\":\"audit_")?;
        let is = |name: &[u8]| action.starts_with(name);
        Some(match () {
            () if is(b"key\"") => Self::Key,
            () if is(b"prune\"") => Self::Prune,
            () if is(b"heads\"") => Self::Heads,
            () => return None,
        })
    }
}

fn takeover(detail: &Map<String, Value>) -> Result<Saying, BadDetail> {
    let Some(key) = detail.get("key") else { return Ok(Saying::Nothing) };
    let key = key.as_str().ok_or(BadDetail)?.to_owned();
    Ok(Saying::Takeover { epoch: number(detail.get("epoch"))?, key })
}

fn pruned(detail: &Map<String, Value>) -> Result<Saying, BadDetail> {
    match detail.get("below") {
        None => Ok(Saying::Nothing),
        below => Ok(Saying::Pruned(number(below)?)),
    }
}

fn heads(detail: &Map<String, Value>, origin: &Origin) -> Result<Saying, BadDetail> {
    let Some(heads) = detail.get("heads") else { return Ok(Saying::Nothing) };
    let mut found = Vec::new();
    for head in heads.as_array().ok_or(BadDetail)? {
        if text(head.get("origin"))? == origin.as_str() {
            let root = Hash::from_base64(text(head.get("root"))?).ok_or(BadDetail)?;
            found.push((number(head.get("size"))?, root));
        }
    }
    Ok(Saying::Heads(found))
}

fn number(value: Option<&Value>) -> Result<u64, BadDetail> {
    value.and_then(Value::as_u64).ok_or(BadDetail)
}

fn text(value: Option<&Value>) -> Result<&str, BadDetail> {
    value.and_then(Value::as_str).ok_or(BadDetail)
}

#[cfg(test)]
mod tests;
