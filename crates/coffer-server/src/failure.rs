//! Why a request was not done, as HTTP says it: the one translation from the engine's errors.
//!
//! # Invariants
//! - What the storage says of itself (paths of files, texts of the operating system) stays here; whoever asks gets the code.
//! - Who is nobody in a tenant gets `token.invalid`, whatever else there is to say.

use std::borrow::Cow;

use axum::http::StatusCode;
use coffer_engine::Error;
use coffer_engine::entry_id::EntryId;
use coffer_engine::error::{Conflict, ErrorKind, NotFound};
use coffer_engine::fault::Invalid;
use coffer_engine::reference::Unresolved;
use coffer_engine::unlock::UnlockError;
use coffer_engine::vault::PrunedBefore;
use coffer_wire::problem::{Problem, TYPE_PREFIX};

/// Why a request was not done.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) detail: Cow<'static, str>,
    pub(crate) fix: Cow<'static, str>,
    pub(crate) entry: Option<EntryId>,
    /// Seconds after which it is worth trying again.
    pub(crate) retry_after: Option<u32>,
    /// Detail and fix as the storage says them, where others are told less.
    in_full: Option<Box<(String, String)>>,
}

impl Failure {
    /// A page of another site has a browser here ask.
    pub(crate) fn other_site() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "request.other_site",
            "the request is for another name than this machine's, or from a page of another site: `Host` or `Origin` says so",
            "ask http://127.0.0.1 or http://localhost; a proxy on this machine sends that as `Host`, and no `Origin`",
        )
    }

    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
        fix: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            fix: fix.into(),
            entry: None,
            retry_after: None,
            in_full: None,
        }
    }

    /// The request can't be right.
    pub(crate) fn invalid(
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
        fix: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail, fix)
    }

    /// Somebody asks too often, or too many do.
    pub(crate) fn later(
        status: StatusCode,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
        seconds: u32,
    ) -> Self {
        Self { retry_after: Some(seconds), ..Self::new(status, code, detail, "try again a little later") }
    }

    /// No answer came in time. Whether it was done is not known.
    pub(crate) fn too_slow() -> Self {
        Self::later(
            StatusCode::SERVICE_UNAVAILABLE,
            "server.timeout",
            "no answer came in time: nothing was read, and whether something was changed is not known",
            1,
        )
    }

    /// No room for one more.
    pub(crate) fn busy() -> Self {
        let detail = "too many requests are under way";
        Self::later(StatusCode::SERVICE_UNAVAILABLE, "server.busy", detail, 1)
    }

    /// The keys are not in this server's memory.
    pub(crate) fn sealed() -> Self {
        let fix = "whoever has an unlocker gives the keys back: `coffer unseal`, or `POST /api/v1/unseal`";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "server.sealed", "the server is sealed", fix)
    }

    /// Something went wrong that should not have.
    pub(crate) fn internal() -> Self {
        let fix = "look into the server's own log, with the id of the request";
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server.failed",
            "the server failed at this request",
            fix,
        )
    }

    /// No token came, or none that is good.
    pub(crate) fn unauthenticated(entry: Option<EntryId>) -> Self {
        let error = Error::from(ErrorKind::Unauthenticated);
        let fix = error.fix().into_owned();
        Self { entry, ..Self::new(StatusCode::UNAUTHORIZED, error.code(), error.to_string(), fix) }
    }

    /// As the owner is told it.
    pub(crate) fn in_full(mut self) -> Self {
        if let Some(told) = self.in_full.take() {
            (self.detail, self.fix) = (told.0.into(), told.1.into());
        }
        self
    }

    /// As it is sent.
    pub(crate) fn problem(self, request: String) -> Problem {
        Problem {
            r#type: format!("{TYPE_PREFIX}{}", self.code).into(),
            title: self.status.canonical_reason().unwrap_or("Error").into(),
            status: self.status.as_u16(),
            code: self.code.into(),
            detail: self.detail,
            fix: self.fix,
            request,
            entry: self.entry.map(|entry| entry.to_string()),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let entry = error.entry();
        let status = match error.kind() {
            ErrorKind::Refused(refusal) if refusal.is_of_stranger() => return Self::unauthenticated(entry),
            ErrorKind::Unauthenticated => return Self::unauthenticated(entry),
            ErrorKind::Refused(_) | ErrorKind::Suspended(_) | ErrorKind::TenantLocked(_) => {
                StatusCode::FORBIDDEN
            }
            ErrorKind::WrongLockCode => StatusCode::UNAUTHORIZED,
            ErrorKind::Expired(_) => StatusCode::GONE,
            // As WebDAV says it of quotas (RFC 4331, section 6): it is no missing right, and asking again is of no use.
            ErrorKind::OverQuota(_) => StatusCode::INSUFFICIENT_STORAGE,
            ErrorKind::TooOften(_) => StatusCode::TOO_MANY_REQUESTS,
            ErrorKind::NotFound(NotFound::Changes(_)) => StatusCode::GONE,
            ErrorKind::NotFound(_) => StatusCode::NOT_FOUND,
            ErrorKind::Invalid(_) => StatusCode::BAD_REQUEST,
            ErrorKind::Reference(Unresolved::Denied(_)) => StatusCode::FORBIDDEN,
            ErrorKind::Reference(_) => StatusCode::CONFLICT,
            ErrorKind::Conflict(Conflict::Version { .. }) => StatusCode::PRECONDITION_FAILED,
            ErrorKind::Conflict(Conflict::Contended) => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Conflict(Conflict::OtherRequest) => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorKind::Conflict(_) => StatusCode::CONFLICT,
            ErrorKind::Busy | ErrorKind::Crowded => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Locked(UnlockError::PassphraseTooShort | UnlockError::KeyFileDamaged(_)) => {
                StatusCode::BAD_REQUEST
            }
            ErrorKind::Locked(UnlockError::LastUnlocker) => StatusCode::CONFLICT,
            ErrorKind::Locked(UnlockError::Unknown) => StatusCode::NOT_FOUND,
            ErrorKind::Unrecorded(_) => return unavailable(&error, UNRECORDED),
            ErrorKind::Unavailable(_) | ErrorKind::Locked(_) | ErrorKind::NoEntropy => {
                return unavailable(&error, "the store can't be read now");
            }
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let is_for_later = [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS].contains(&status);
        let retry_after = is_for_later.then_some(1);
        let fix = error.fix().into_owned();
        Self { entry, retry_after, ..Self::new(status, error.code(), error.to_string(), fix) }
    }
}

impl From<Invalid> for Failure {
    fn from(invalid: Invalid) -> Self {
        Error::from(invalid).into()
    }
}

impl From<PrunedBefore> for Failure {
    fn from(pruned: PrunedBefore) -> Self {
        let fix = "export into a new folder; keep the old one too";
        Self::new(StatusCode::CONFLICT, "bundle.gap", pruned.to_string(), fix)
    }
}

const UNRECORDED: &str = "the audit entry can't be written now, so nothing was read or changed";

/// The code tells operators what to look for; what the operating system said is in the server's log.
fn unavailable(error: &Error, detail: &'static str) -> Failure {
    tracing::error!(code = error.code(), cause = %error, "the store can't be used");
    let in_full = Some(Box::new((error.to_string(), error.fix().into_owned())));
    let entry = error.entry();
    Failure { in_full, entry, ..Failure::later(StatusCode::SERVICE_UNAVAILABLE, error.code(), detail, 1) }
}

#[cfg(test)]
mod tests {
    use coffer_engine::storage::StorageError;

    use super::*;

    #[test]
    fn what_the_storage_says_of_itself_is_told_to_the_owner_alone() {
        let error = || Error::from(ErrorKind::Unrecorded(StorageError::Missing("/srv/store".into())));
        let told = Failure::from(error()).problem(String::new());
        assert_eq!((told.status, &*told.detail), (503, UNRECORDED));
        let in_full = Failure::from(error()).in_full().problem(String::new());
        assert_eq!((in_full.status, in_full.code), (told.status, told.code));
        assert_eq!((&*in_full.detail, &*in_full.fix), (&*error().to_string(), &*error().fix()));
        assert!(in_full.detail.contains("/srv/store"));
    }
}
