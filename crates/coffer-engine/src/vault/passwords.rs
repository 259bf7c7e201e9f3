//! Turns to hash a password. One is hashed at a time, and so many wait: whoever comes then is refused, whoever it is.
//!
//! # Invariants
//! - No Argon2id without a turn: strangers take one core and the memory of one hash, never more, and no queue grows with them.
//! - What is hashed gives way to all else on the machine: requests of whoever is known do not wait for a core that a stranger's password has.
//! - A turn goes along with the work. Whoever stops waiting has not made room for another while theirs goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use coffer_encryption::{PasswordCost, PasswordHash, SALT_BYTES};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

use crate::access::PasswordRecord;
use crate::error::{Error, ErrorKind};
use crate::fault::Invalid;
use crate::limits::{PASSWORD_MAX_BYTES, PASSWORD_MIN_CHARACTERS, PASSWORDS_WAITING_MAX};
use crate::own_thread::{give_way, on_its_own_thread};

/// The turns of one opened store.
pub(super) struct Passwords {
    line: Arc<Semaphore>,
    one: Arc<Semaphore>,
    hashed: AtomicU64,
}

/// One turn.
pub(super) struct Turn<'p> {
    of: &'p Passwords,
    held: Held,
}

/// The place in the line, and the turn.
struct Held {
    _place: OwnedSemaphorePermit,
    _turn: OwnedSemaphorePermit,
}

impl Passwords {
    pub(super) fn new() -> Self {
        let places = PASSWORDS_WAITING_MAX.saturating_add(1);
        let line = Arc::new(Semaphore::new(places));
        Self { line, one: Arc::new(Semaphore::new(1)), hashed: AtomicU64::new(0) }
    }

    /// Waits for a turn, where there is room to.
    pub(super) async fn turn(&self) -> Result<Turn<'_>, Error> {
        let place = Arc::clone(&self.line).try_acquire_owned().map_err(|_| ErrorKind::Crowded)?;
        let turn = Arc::clone(&self.one).acquire_owned().await.map_err(|_| ErrorKind::Crowded)?;
        Ok(Turn { of: self, held: Held { _place: place, _turn: turn } })
    }

    /// How many were hashed.
    pub(super) fn hashed(&self) -> u64 {
        self.hashed.load(Ordering::Relaxed)
    }
}

impl Turn<'_> {
    /// Whether it is the password of the record. Where there is none the work is done nevertheless, and it is not.
    pub(super) async fn is(
        self,
        record: Option<&PasswordRecord>,
        password: &[u8],
        otherwise: PasswordCost,
    ) -> Result<(Self, bool), Error> {
        let (salt, cost) = match record {
            Some(record) => (record.salt(), record.cost()?),
            None => ([0; SALT_BYTES], otherwise),
        };
        let (turn, hash) = self.hash(password, salt, cost).await?;
        Ok((turn, record.is_some_and(|record| record.hash().is(&hash))))
    }

    /// Hashes it.
    pub(super) async fn hash(
        self,
        password: &[u8],
        salt: [u8; SALT_BYTES],
        cost: PasswordCost,
    ) -> Result<(Self, PasswordHash), Error> {
        let (of, held) = (self.of, self.held);
        let password = Zeroizing::new(password.to_vec());
        let work = move || {
            give_way();
            (held, cost.hash(&password, &salt))
        };
        of.hashed.fetch_add(1, Ordering::Relaxed);
        match on_its_own_thread("password", work).await {
            Some((held, Some(hash))) => Ok((Self { of, held }, hash)),
            // No thread, or no memory: what there is now.
            _ => Err(ErrorKind::Crowded.into()),
        }
    }
}

/// A password that somebody wants: long enough, whatever it is made of.
pub(super) fn check_new(password: &str) -> Result<(), Invalid> {
    if password.chars().count() < PASSWORD_MIN_CHARACTERS {
        let cause = format!("a password has {PASSWORD_MIN_CHARACTERS} characters at least");
        return Err(Invalid::new(
            "password.short",
            cause,
            "take a sentence, or what a password manager draws",
        ));
    }
    check_shown(password)
}

/// A password that somebody shows. One that is longer than any can be is not looked at, whoever is named with it.
pub(super) fn check_shown(password: &str) -> Result<(), Invalid> {
    if password.len() > PASSWORD_MAX_BYTES {
        let cause = format!("a password has {PASSWORD_MAX_BYTES} bytes at most");
        return Err(Invalid::new("password.long", cause, "take a shorter one"));
    }
    Ok(())
}
