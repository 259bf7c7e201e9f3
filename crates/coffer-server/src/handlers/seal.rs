//! `/api/v1/seal`, `/api/v1/unseal`: the keys are forgotten, and given back.
//!
//! Nobody can show a token to a sealed server: what is in the body opens the store, or does not. So whoever reaches the
//! server may try, and each attempt has to have its price for them alone.
//!
//! # Invariants
//! - The entry is durable first: of a seal before the keys are let go, of an unseal before anything is answered with them.
//! - There is nothing between two requests that another could begin, cancel or reset (T-D2); there are only counters.
//! - What does not fit is answered alike, and after the same work (T-D6), whatever unlockers there are.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use coffer_encryption::{PassphraseIterations, SecretBytes};
use coffer_engine::error::ErrorKind;
use coffer_engine::tenant::TenantName;
use coffer_engine::unlock::{KeyFile, Passphrase, UnlockError, Unlocker, UnlockerKind};
use coffer_engine::{Actor, Error, Op, Vault, block_on};
use coffer_wire::seal::{Sealed, Unseal};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::{spawn, spawn_blocking};
use tokio::time::{Instant, timeout};

use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::rate::network;
use crate::service::{Shared, Unsealing};

/// Forgets the keys.
pub(crate) async fn seal(call: Call) -> Result<Answer, Failure> {
    let (op, vault, shared) = (call.op()?, call.vault()?, Arc::clone(&call.shared));
    let mut watch = vault.keys_gone();
    // On its own: once it is written that the keys are forgotten they are, also when nobody waits for the answer any more.
    let sealed = spawn(async move {
        let written = vault.store_seal(&op).await;
        if written.is_ok() {
            shared.let_go(&vault);
        }
        written
    });
    sealed.await.map_err(|_| Failure::internal())??;
    let keys_forgotten = timeout(call.shared.seal_time, watch.gone()).await.is_ok();
    tracing::warn!(keys_forgotten, "sealed");
    Answer::json(&Sealed { keys_forgotten })
}

/// Takes the keys up again.
pub(crate) async fn unseal(mut call: Call) -> Result<Answer, Failure> {
    check_sealed(&call.shared)?;
    call.check_query()?;
    // Who opened the store in this process can't be here: it is not sealed.
    let source = call.caller.source().ok_or_else(Failure::sealed)?;
    call.check_failures(source)?;
    let unlocker = unlocker(call.shown().await?)?;
    let one = call.shared.unsealing.admit(source, unlocker.kind()).await?;
    check_sealed(&call.shared)?;
    let store = call.shared.store.clone();
    // A derivation takes a tenth of a second: no executor stands still for it. Whoever goes away does not make room for another.
    let opened = spawn_blocking(move || (block_on(store.open(unlocker.as_ref())), one));
    let (opened, _one) = opened.await.map_err(|_| Failure::internal())?;
    let vault = opened.map_err(|error| refused(&call.shared, error))?;
    let op = call.op_of(Actor::Local, TenantName::default_tenant());
    take_up(&call.shared, &op, vault).await?;
    Ok(Answer::empty())
}

async fn take_up(shared: &Shared, op: &Op, vault: Vault) -> Result<(), Failure> {
    let failed = &shared.unsealing.failed;
    let before = failed.load(Ordering::Acquire);
    vault.store_unseal(op, before).await?;
    failed.fetch_sub(before, Ordering::AcqRel);
    shared.take_up(vault);
    tracing::warn!("unsealed");
    Ok(())
}

fn check_sealed(shared: &Shared) -> Result<(), Failure> {
    if shared.vault().is_none() {
        return Ok(());
    }
    let fix = "there is nothing to do";
    Err(Failure::new(StatusCode::CONFLICT, "server.not_sealed", "the server is not sealed", fix))
}

fn unlocker(shown: Unseal) -> Result<Box<dyn Unlocker>, Failure> {
    match (shown.passphrase, shown.key_file) {
        (Some(words), None) => {
            let words = SecretBytes::copy_from(words.expose().as_bytes());
            let words = Passphrase::new(words, PassphraseIterations::DEFAULT);
            if words.is_mistyped() {
                let mistyped = UnlockError::RecoveryMistyped;
                return Err(Failure::invalid(mistyped.code(), mistyped.to_string(), mistyped.fix()));
            }
            Ok(Box::new(words))
        }
        (None, Some(text)) => match KeyFile::from_text(text.expose().as_bytes()) {
            Ok(key) => Ok(Box::new(key)),
            Err(_) => Err(Failure::invalid(
                "key_file.damaged",
                "this is not what stands in a key file, or it was damaged",
                "send the whole file, as it is",
            )),
        },
        _ => Err(Failure::invalid(
            "unseal.one",
            "an unseal takes a passphrase or the content of a key file: one of the two",
            "send `passphrase` or `key_file`",
        )),
    }
}

impl Unsealing {
    /// Whether this source may try, now. A key file costs no derivation and waits for its turn, so that who has one comes in whatever
    /// passphrases others try.
    async fn admit(&self, source: IpAddr, kind: UnlockerKind) -> Result<OwnedSemaphorePermit, Failure> {
        let (source, now) = (network(source), Instant::now());
        if !self.sources.take(source, now) {
            let detail = "too many attempts to unseal came from this address";
            return Err(Failure::later(StatusCode::TOO_MANY_REQUESTS, "unseal.too_many_attempts", detail, 1));
        }
        let busy = |detail| Failure::later(StatusCode::SERVICE_UNAVAILABLE, "unseal.busy", detail, 1);
        let one = Arc::clone(&self.one);
        if kind != UnlockerKind::Passphrase {
            return one.acquire_owned().await.map_err(|_| Failure::internal());
        }
        let one = one.try_acquire_owned().map_err(|_| busy("another attempt to unseal is under way"))?;
        if !self.all.take((), now) {
            return Err(busy("too many attempts to unseal come from everywhere"));
        }
        Ok(one)
    }
}

/// What was shown does not open the store: the same answer, whatever it came near to.
fn refused(shared: &Shared, error: Error) -> Failure {
    if !matches!(error.kind(), ErrorKind::Locked(why) if !matches!(why, UnlockError::NoEntropy)) {
        return error.into();
    }
    shared.unsealing.failed.fetch_add(1, Ordering::AcqRel);
    Failure::new(
        StatusCode::UNAUTHORIZED,
        "unseal.refused",
        "this does not open the store",
        "show a passphrase or a key file of this store; `coffer keys status` lists its unlockers once it is open",
    )
}
