//! The place of an observer, which may come after the vault was opened, or never.

use std::sync::{Arc, OnceLock};

use super::{Commit, Moment, Observer, Sealed};

/// Where the observer is, once there is one.
#[derive(Default)]
pub(crate) struct Watch(OnceLock<Arc<dyn Observer>>);

/// Something that began while somebody watched.
pub(crate) struct Begun {
    observer: Arc<dyn Observer>,
    at: Moment,
}

impl Watch {
    /// From now on this one watches, unless another does already.
    pub(crate) fn set(&self, observer: Arc<dyn Observer>) {
        let _ = self.0.set(observer);
    }

    /// A password was wrong.
    pub(crate) fn password_failed(&self, locks: bool) {
        if let Some(observer) = self.0.get() {
            observer.password_failed(locks);
        }
    }

    /// A member was refused too much.
    pub(crate) fn violated(&self, suspended: bool) {
        if let Some(observer) = self.0.get() {
            observer.violated(suspended);
        }
    }

    /// Something begins that ends elsewhere; `None`: nobody watches.
    pub(crate) fn begin(&self) -> Option<Begun> {
        let observer = self.0.get()?;
        Some(Begun { at: observer.began(), observer: Arc::clone(observer) })
    }

    /// Seals, and tells of it.
    pub(crate) fn sealing<T, E>(&self, what: Sealed, seal: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let Some(observer) = self.0.get() else { return seal() };
        let began = observer.began();
        let sealed = seal();
        observer.sealed(what, began);
        sealed
    }

    /// Opens, and tells of it.
    pub(crate) fn opening<T, E>(&self, what: Sealed, open: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let Some(observer) = self.0.get() else { return open() };
        let began = observer.began();
        let opened = open();
        observer.opened(what, began, opened.is_ok());
        opened
    }
}

impl Begun {
    /// It was a commit, and has ended.
    pub(crate) fn committed(&self, commit: Commit) {
        self.observer.committed(commit, self.at);
    }
}

/// Says whether somebody watches, not who.
impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Watch({})", if self.0.get().is_some() { "watched" } else { "unwatched" })
    }
}
