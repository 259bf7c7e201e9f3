//! `/api/v1/unlockers`: what opens the store: listed, set up, removed. And the check of what it opens.

use std::path::Path;

use axum::http::StatusCode;
use coffer_encryption::{PassphraseIterations, RootKey, SecretBytes};
use coffer_engine::storage::BoxFuture;
use coffer_engine::unlock::{
    Enrolment, KeyFile, Passphrase, UnlockError, Unlocker, UnlockerKind, UnlockerRow,
};
use coffer_wire::store::Check;
use coffer_wire::unlocker::{self, MadeUnlocker, NewUnlocker, RemovedUnlocker, Unlockers};
use tokio::sync::Semaphore;

use super::shapes;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;

/// All of them.
pub(crate) async fn list(call: Call) -> Result<Answer, Failure> {
    let unlockers = call.vault()?.unlockers(&call.op()?).await?;
    let unlockers = unlockers.iter().map(|unlocker| unlocker::Unlocker {
        id: shapes::hex(&unlocker.id),
        kind: unlocker.kind.name().to_owned(),
        created: shapes::moment(unlocker.created),
    });
    Answer::json(&Unlockers { unlockers: unlockers.collect() })
}

/// Sets another one up.
pub(crate) async fn add(mut call: Call) -> Result<Answer, Failure> {
    let mut op = call.op()?;
    let sent: NewUnlocker = call.body(&mut op).await?;
    let unlocker: Box<dyn Unlocker> = match &sent {
        NewUnlocker::Passphrase(words) => {
            let words = SecretBytes::copy_from(words.expose().as_bytes());
            Box::new(Passphrase::new(words, PassphraseIterations::DEFAULT))
        }
        NewUnlocker::KeyFile(text) => {
            let file = KeyFile::of_text(text.expose().as_bytes(), Path::new("what was sent"));
            Box::new(file.map_err(coffer_engine::Error::from)?)
        }
    };
    let in_turn = InTurn { unlocker: unlocker.as_ref(), turn: &call.shared.derivations };
    let id = call.vault()?.unlocker_add(&op, &in_turn).await?;
    let made = MadeUnlocker { id: shapes::hex(&id), kind: unlocker.kind().name().to_owned() };
    Ok(Answer::json(&made)?.status(StatusCode::CREATED))
}

/// Removes one, but never the last.
pub(crate) async fn remove(call: Call) -> Result<Answer, Failure> {
    let op = call.op()?;
    let id = shapes::id(&call.tail()?).ok_or_else(|| {
        Failure::invalid(
            "unlocker.id",
            "an unlocker's id is 32 hexadecimal digits",
            "a list of unlockers shows their ids",
        )
    })?;
    let erased = call.vault()?.unlocker_remove(&op, id).await?;
    Answer::json(&RemovedUnlocker { erased })
}

/// Whether all that the tenant has opens where it lies.
pub(crate) async fn check(call: Call) -> Result<Answer, Failure> {
    let report = call.vault()?.check(&call.op()?, &|_| {}).await?;
    let count = |found: usize| u64::try_from(found).unwrap_or(u64::MAX);
    Answer::json(&Check {
        sound: report.problems.is_empty(),
        secrets: count(report.secrets),
        versions: count(report.versions),
        entries: count(report.entries),
        problems: report.problems,
    })
}

/// An unlocker that is set up when it is its turn: a passphrase costs a derivation, and the vault asks for it when it has allowed it, so
/// that nobody else has any done, or waits in line.
struct InTurn<'u> {
    unlocker: &'u dyn Unlocker,
    turn: &'u Semaphore,
}

impl Unlocker for InTurn<'_> {
    fn kind(&self) -> UnlockerKind {
        self.unlocker.kind()
    }

    fn enroll<'a>(
        &'a self,
        root: &'a RootKey,
        place: Enrolment,
    ) -> BoxFuture<'a, Result<UnlockerRow, UnlockError>> {
        Box::pin(async move {
            // It is never closed.
            let _turn = self.turn.acquire().await;
            self.unlocker.enroll(root, place).await
        })
    }

    fn open<'a>(
        &'a self,
        instance: [u8; 16],
        id: [u8; 16],
        row: &'a UnlockerRow,
    ) -> BoxFuture<'a, Result<Option<RootKey>, UnlockError>> {
        self.unlocker.open(instance, id, row)
    }

    fn own_id(&self) -> Option<[u8; 16]> {
        self.unlocker.own_id()
    }
}
