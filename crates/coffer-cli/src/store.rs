//! The store in this process, opened: with the key file, the passphrase, or both; made on first use.
//!
//! A new store gets a key file (`keys/master.key`), unless a passphrase is given: who gives one does not want a key
//! lying beside the store. A key file that is there is used in any case.
//!
//! # Invariants
//!
//! * The key file is made before the store: no store is ever left that nothing opens.
//! * A key file is made for a new store only. For a store that is there, another one would open nothing.

use std::path::Path;
use std::sync::Arc;

use coffer_encryption::{PassphraseIterations, SecretBytes};
use coffer_engine::error::ErrorKind;
use coffer_engine::storage::{Durability, Storage, StorageError};
use coffer_engine::tenant::TenantName;
use coffer_engine::unlock::{KeyFile, Passphrase, UnlockError, Unlocker, UnlockerKind};
use coffer_engine::vault::{OpenOptions, SealedStore};
use coffer_engine::{Actor, Error, Op, RequestId, Vault, block_on, op, vault};
use coffer_server::Embedded;

use crate::app::App;
use crate::edge;
use crate::error::{CliError, Exit};
use crate::place::Place;
use crate::session::here_only;
use crate::settings::{ReadDurability, Settings, passphrase};

/// The name of the key file in the folder of keys.
pub(crate) const KEY_FILE: &str = "master.key";

/// What to do where there is no store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    Create,
    Refuse,
}

/// What was given to open a store with.
pub(crate) struct Unlockers {
    key: Option<KeyFile>,
    words: Option<Passphrase>,
}

impl Unlockers {
    /// Those that open what is there already.
    pub(crate) fn given(app: &mut App, settings: &Settings) -> Result<Self, CliError> {
        let words = passphrase(&mut app.environment)?;
        let path = settings.keys_dir.value.join(KEY_FILE);
        Ok(Self::new(key_file(app, &path, false, words.is_some())?, words))
    }

    fn new(key: Option<KeyFile>, words: Option<SecretBytes>) -> Self {
        Self { key, words: words.map(|words| Passphrase::new(words, PassphraseIterations::DEFAULT)) }
    }

    /// The key file first: it costs no derivation.
    pub(crate) fn all(&self) -> Vec<&dyn Unlocker> {
        let key = self.key.as_ref().map(|key| key as &dyn Unlocker);
        key.into_iter().chain(self.words.as_ref().map(|words| words as &dyn Unlocker)).collect()
    }
}

/// An opened store, and the context to use it in.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) settings: Settings,
    tenant: TenantName,
    vault: Vault,
    person: Arc<op::Session>,
}

/// A store's context without the store: nothing in it is a key.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) settings: Settings,
    tenant: TenantName,
    person: Arc<op::Session>,
}

impl Context {
    pub(crate) fn new(settings: Settings, tenant: TenantName) -> Result<Self, CliError> {
        Ok(Self { settings, tenant, person: Arc::new(edge::person()?) })
    }

    /// The store in this context, open.
    pub(crate) fn with(&self, vault: Vault) -> Store {
        let (settings, tenant) = (self.settings.clone(), self.tenant.clone());
        Store { settings, tenant, vault, person: Arc::clone(&self.person) }
    }
}

impl Store {
    /// Opens the store that the settings name, for a verb that no server is asked for.
    pub(crate) fn here(app: &mut App, verb: &str, missing: Missing) -> Result<Self, CliError> {
        here_only(&app.settings()?, verb)?;
        Self::open(app, missing)
    }

    /// Opens the store that the settings name.
    pub(crate) fn open(app: &mut App, missing: Missing) -> Result<Self, CliError> {
        let settings = app.settings()?;
        let tenant = TenantName::parse(&settings.tenant.value).map_err(Error::from)?;
        let words = passphrase(&mut app.environment)?;
        Self::open_with(app, settings, tenant, words, missing)
    }

    /// Opens the store with a passphrase that was taken already.
    pub(crate) fn open_with(
        app: &mut App,
        settings: Settings,
        tenant: TenantName,
        words: Option<SecretBytes>,
        missing: Missing,
    ) -> Result<Self, CliError> {
        let place = Place::of(&settings, &app.environment)?;
        let found = place.find().map_err(|error| opening(error.into(), &place))?;
        if found.is_none() && (missing == Missing::Refuse || !place.is_made_on_first_use()) {
            return Err(opening(place.missing().into(), &place));
        }
        let key_path = settings.keys_dir.value.join(KEY_FILE);
        let key_file = key_file(app, &key_path, found.is_none(), words.is_some())?;
        let is_new = found.is_none();
        let storage = match found {
            Some(storage) => storage,
            None => place.make().map_err(|error| opening(error.into(), &place))?,
        };
        let given = Unlockers::new(key_file, words);
        let unlockers = given.all();
        let options = OpenOptions { unlockers: &unlockers, settings: vault_settings(&settings) };
        let opened = match missing {
            Missing::Refuse => block_on(Vault::open(storage, options)),
            Missing::Create => {
                let (op, _) = op_in(TenantName::default_tenant(), None)?;
                block_on(Vault::open_or_create(storage, options, &op))
            }
        };
        let vault = opened.map_err(|error| opening(error, &place))?;
        if is_new {
            app.output.say(&format!("made a new store in {place}"));
            if let Some(key) = &given.key {
                app.output.say(&format!(
                    "its key is {}: keep a copy of it, apart from the store",
                    key.path().display()
                ));
            }
        }
        let store = Context::new(settings, tenant)?.with(vault);
        app.store = Some(store.clone());
        Ok(store)
    }

    /// Makes a store that all of these open. Where there is one nobody comes here.
    pub(crate) fn make(
        app: &mut App,
        settings: Settings,
        unlockers: &[&dyn Unlocker],
    ) -> Result<Self, CliError> {
        let place = Place::of(&settings, &app.environment)?;
        let storage = place.make().map_err(|error| opening(error.into(), &place))?;
        let tenant = TenantName::default_tenant();
        let (op, _) = op_in(tenant.clone(), None)?;
        let options = OpenOptions { unlockers, settings: vault_settings(&settings) };
        let vault = block_on(Vault::open_or_create(storage, options, &op));
        let store = Context::new(settings, tenant)?.with(vault.map_err(|error| opening(error, &place))?);
        app.store = Some(store.clone());
        Ok(store)
    }

    /// A copy of a store that lies in this storage, opened: the context is the instance's, so no tenant is named.
    pub(crate) fn copy(
        settings: &Settings,
        storage: Arc<dyn Storage>,
        unlockers: &Unlockers,
    ) -> Result<Self, CliError> {
        let options = OpenOptions { unlockers: &unlockers.all(), settings: vault_settings(settings) };
        let vault = block_on(Vault::open(storage, options))?;
        Ok(Context::new(settings.clone(), TenantName::default_tenant())?.with(vault))
    }

    /// A store that is out of service, opened by who takes it back.
    pub(crate) fn closed(
        settings: &Settings,
        storage: Arc<dyn Storage>,
        unlockers: &Unlockers,
    ) -> Result<Self, CliError> {
        let options = OpenOptions { unlockers: &unlockers.all(), settings: vault_settings(settings) };
        let vault = block_on(Vault::open_closed(storage, options))?;
        Ok(Context::new(settings.clone(), TenantName::default_tenant())?.with(vault))
    }

    /// The store without its keys, where nothing that was given could open it and a passphrase can: it waits for one.
    pub(crate) fn awaiting_passphrase(
        app: &App,
        settings: &Settings,
        words: Option<&SecretBytes>,
    ) -> Result<Option<SealedStore>, CliError> {
        if words.is_some() || settings.keys_dir.value.join(KEY_FILE).exists() {
            return Ok(None);
        }
        let place = Place::of(settings, &app.environment)?;
        let failed = |error| opening(error, &place);
        let storage =
            place.find().and_then(|found| found.ok_or_else(|| place.missing())).map_err(Error::from);
        let store = SealedStore::new(storage.map_err(failed)?, vault_settings(settings));
        let kinds = block_on(store.unlockers()).map_err(failed)?;
        let waits = !kinds.is_empty() && kinds.iter().all(|kind| *kind == UnlockerKind::Passphrase);
        Ok(waits.then_some(store))
    }

    /// The context, and the store, apart.
    pub(crate) fn into_parts(self) -> (Context, Vault) {
        let Self { settings, tenant, vault, person } = self;
        (Context { settings, tenant, person }, vault)
    }

    /// Whose secrets are meant.
    pub(crate) fn tenant(&self) -> &TenantName {
        &self.tenant
    }

    /// What is stored.
    pub(crate) fn vault(&self) -> &Vault {
        &self.vault
    }

    /// A transport to it, as its owner.
    pub(crate) fn embedded(&self) -> Result<Embedded, CliError> {
        Embedded::new(self.vault.clone(), Arc::new(edge::now), Arc::clone(&self.person))
            .map_err(|error| CliError::io("the timer", &error))
    }

    /// Does one thing as the local owner. An error names the request and, when there is one, its audit entry.
    pub(crate) fn ask<T>(
        &self,
        work: impl AsyncFnOnce(&Vault, &Op) -> Result<T, Error>,
    ) -> Result<T, CliError> {
        self.ask_for(work)
    }

    /// The same for work with an error of its own.
    pub(crate) fn ask_for<T, E>(
        &self,
        work: impl AsyncFnOnce(&Vault, &Op) -> Result<T, E>,
    ) -> Result<T, CliError>
    where
        CliError: From<E>,
    {
        let (op, request) = op_in(self.tenant.clone(), Some(Arc::clone(&self.person)))?;
        block_on(work(&self.vault, &op)).map_err(|error| {
            let error = CliError::from(error);
            let audited = error.audited.clone();
            error.with_request(Some(request.into()), audited)
        })
    }
}

fn op_in(tenant: TenantName, session: Option<Arc<op::Session>>) -> Result<(Op, String), CliError> {
    let request = RequestId::generate()?;
    let text = request.to_string();
    Ok((
        Op {
            actor: Actor::Local,
            tenant,
            now: edge::now(),
            request,
            session,
            source: None,
            certificate: None,
            trail: None,
            once: None,
            message: None,
            manager: op::Manager::Instance,
        },
        text,
    ))
}

fn vault_settings(settings: &Settings) -> vault::Settings {
    vault::Settings {
        read_durability: match settings.read_durability.value {
            ReadDurability::Written => Durability::Written,
            ReadDurability::Synced => Durability::Synced,
        },
        iterations: settings.key_derivation_iterations.value,
        max_access_attempts: settings.max_access_attempts.value,
        violation_threshold: settings.violation_threshold.value,
        violation_action: settings.violation_action.value,
        ..vault::Settings::default()
    }
}

fn key_file(app: &mut App, path: &Path, is_new: bool, has_words: bool) -> Result<Option<KeyFile>, CliError> {
    let made = match KeyFile::read(path) {
        Ok(key) => return Ok(Some(key)),
        Err(UnlockError::KeyFileMissing(_)) if is_new && !has_words => KeyFile::create(path),
        Err(UnlockError::KeyFileMissing(_)) => return Ok(None),
        Err(error) if has_words && !is_new => {
            app.output.warn(&format!("{error}; trying the passphrase"));
            return Ok(None);
        }
        Err(error) => Err(error),
    };
    match made {
        // Another process makes the same store this moment, and was first.
        Err(UnlockError::KeyFileExists(_)) => KeyFile::read(path),
        made => made,
    }
    .map(Some)
    .map_err(|error| Error::from(error).into())
}

/// Errors of opening name the store, which the engine does not know by its place.
fn opening(error: Error, place: &Place) -> CliError {
    match error.kind() {
        ErrorKind::Unavailable(StorageError::Missing(_)) => CliError::new(
            Exit::Unavailable,
            error.code(),
            format!("there is no store in {place}"),
            if place.is_made_on_first_use() { error.fix() } else { "`coffer init` makes one".into() },
        ),
        _ => error.into(),
    }
}
