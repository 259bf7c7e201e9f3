//! What a token claims.

use std::collections::BTreeMap;

use super::json::Json;
use crate::time::Timestamp;

/// The claims of a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Claims {
    all: BTreeMap<String, Json>,
}

/// The end of the year 9999: what lies behind it is no date.
const SECONDS_MAX: u64 = 253_402_300_799;

/// When a token may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Times {
    /// Not before.
    pub(crate) from: Timestamp,
    /// The last moment.
    pub(crate) until: Timestamp,
}

impl Claims {
    pub(super) fn new(all: BTreeMap<String, Json>) -> Self {
        Self { all }
    }

    /// Who has made the token.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.all.get("iss").and_then(Json::text)
    }

    /// What the token is called: no other of the issuer's is.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.all.get("jti").and_then(Json::text).filter(|id| !id.is_empty())
    }

    /// Whether it is for one of these. Its own word is one text, or a list of texts and of nothing else.
    #[must_use]
    pub fn is_for(&self, audiences: &[String]) -> bool {
        let is_one = |said: &str| audiences.iter().any(|audience| audience == said);
        match self.all.get("aud") {
            Some(Json::Text(said)) => is_one(said),
            Some(Json::List(said)) => {
                said.iter().all(|said| said.text().is_some())
                    && said.iter().filter_map(Json::text).any(is_one)
            }
            _ => false,
        }
    }

    /// When it may be shown, on a clock that is so far from the issuer's. `None`: it has no end, or a time that is none.
    pub(crate) fn times(&self, leeway_seconds: u64) -> Option<Times> {
        let moment = |name: &str| match self.all.get(name) {
            None => Some(None),
            Some(at) => Some(Some(at.whole().filter(|seconds| *seconds <= SECONDS_MAX)?)),
        };
        let (until, from) = (moment("exp")??, moment("nbf")?.max(moment("iat")?).unwrap_or_default());
        let millis = |seconds: u64| Timestamp::from_millis(seconds.saturating_mul(1000));
        // At its end it has ended (RFC 7519, section 4.1.4).
        let last = millis(until.saturating_add(leeway_seconds)).millis().saturating_sub(1);
        Some(Times { from: millis(from.saturating_sub(leeway_seconds)), until: Timestamp::from_millis(last) })
    }

    /// The claim of this name. One that begins with `/` leads into what lies deeper (RFC 6901).
    pub(super) fn get(&self, name: &str) -> Option<&Json> {
        let Some(pointer) = name.strip_prefix('/') else { return self.all.get(name) };
        let mut steps = pointer.split('/').map(|step| step.replace("~1", "/").replace("~0", "~"));
        let first = self.all.get(&steps.next()?)?;
        steps.try_fold(first, |at, step| match at {
            Json::Object(members) => members.get(&step),
            _ => None,
        })
    }
}

/// They are about people, too.
impl std::fmt::Debug for Claims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Claims(..)")
    }
}
