//! What the log needs from time to time, done by whoever has the store open: after a verb (of `run`, before its command begins), when it
//! is due, or now.
//!
//! # Invariants
//!
//! * After a verb nothing here changes its outcome: what fails is a warning, and is tried again by the next.
//! * What is written outside the store (the file of `AUDIT_LOG_PATH`, the bundles) is where the settings say, and nowhere
//!   else: no verb and no entry names a path.

use std::fs;
use std::path::Path;

use coffer_engine::block_on;
use coffer_engine::tenant::TenantName;
use coffer_engine::vault::{
    ExportError, LineSink, SinkError, StreamError, TenantInfo, Upkeep, UpkeepSettings,
};
use coffer_log::bundle::BundleWriter;

use crate::app::App;
use crate::edge;
use crate::error::{CliError, Exit};
use crate::store::Store;
use crate::tailfile::{FilePosition, TailFile, TailFileError};

/// A bundle is brought up to date when it is so old.
const BUNDLE_MS: u64 = 24 * 60 * 60 * 1000;
/// What the reader behind `AUDIT_LOG_PATH` is called in the store.
const READER: &str = "file";

/// What was done.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Done {
    pub(crate) vault: Upkeep,
    /// Lines that the audit file got.
    pub(crate) lines: u64,
    /// Bundles that were brought up to date.
    pub(crate) bundles: usize,
}

/// All of it, now.
pub(crate) fn now(app: &mut App, store: &Store) -> Result<Done, CliError> {
    // Here already: not once more after the verb.
    app.store = None;
    let vault = tend(store)?;
    let lines = lines(store).map_err(|failed| *failed.0)?;
    let bundles = bundles(store, 0)?;
    Ok(Done { vault, lines, bundles })
}

/// What is due, after a verb is through with the store. That is closed then.
pub(crate) fn after(app: &mut App) {
    let Some(store) = app.store.take() else { return };
    let due = block_on(store.vault().upkeep_is_due(edge::now()));
    if due.unwrap_or(false) {
        warn(app, "the log could not be tended", tend(&store).map(drop));
    }
    if store.settings.audit_log_path.value.is_some() {
        let wrote = match lines(&store) {
            // Another process is at it: it, or the next one, writes these lines too.
            Err(Lines(_, true)) | Ok(_) => Ok(()),
            Err(Lines(error, false)) => Err(*error),
        };
        warn(app, "the audit file is behind", wrote);
    }
    if store.settings.audit_export_dir.value.is_some() {
        warn(app, "the daily bundle was not written", bundles(&store, BUNDLE_MS).map(drop));
    }
}

/// What lies outside the store, brought up to date by a server: the file of `AUDIT_LOG_PATH`, and the bundles.
pub(crate) fn copies(store: &Store) {
    match lines(store) {
        Ok(_) | Err(Lines(_, true)) => {}
        Err(Lines(error, false)) => {
            tracing::warn!(code = &*error.code, cause = %error.cause, "the audit file is behind")
        }
    }
    if let Err(error) = bundles(store, BUNDLE_MS) {
        tracing::warn!(code = &*error.code, cause = %error.cause, "the daily bundle was not written");
    }
}

fn warn(app: &mut App, what: &str, outcome: Result<(), CliError>) {
    if let Err(error) = outcome {
        app.output.warn(&format!("{what}: {} [{}]", error.cause, error.code));
    }
}

fn tend(store: &Store) -> Result<Upkeep, CliError> {
    let settings = UpkeepSettings { retention_days: store.settings.audit_retention_days.value };
    store.ask(async |vault, op| vault.upkeep(op, settings).await)
}

/// Why lines were not written, and whether only because somebody else writes them.
struct Lines(Box<CliError>, bool);

/// Brings the file of `AUDIT_LOG_PATH` up to date.
fn lines(store: &Store) -> Result<u64, Lines> {
    let Some(path) = &store.settings.audit_log_path.value else { return Ok(0) };
    let mut busy = false;
    let wrote = store.ask_for(async |vault, op| {
        vault
            .audit_stream(op, READER, |stored| {
                let opened = File::open(path, stored);
                busy = matches!(&opened, Err(TailFileError::Busy(_)));
                opened.map_err(SinkError::from)
            })
            .await
    });
    wrote.map_err(|error| Lines(Box::new(error), busy))
}

impl From<StreamError> for CliError {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::Vault(error) => error.into(),
            StreamError::Sink(error) => Self::new(
                Exit::Failure,
                "audit_file.failed",
                error.to_string(),
                "nothing is lost: the lines come once it can be written again",
            ),
        }
    }
}

impl From<ExportError> for CliError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Vault(error) => error.into(),
            ExportError::Bundle(error) => error.into(),
            ExportError::Pruned(error) => Self::new(
                Exit::Conflict,
                "bundle.gap",
                error.to_string(),
                "name another folder; keep the old one too",
            ),
        }
    }
}

/// The file, as the engine sees it.
struct File(TailFile);

impl File {
    fn open(path: &Path, stored: Option<&[u8]>) -> Result<Self, TailFileError> {
        let position = stored.and_then(|stored| stored.try_into().ok()).map(FilePosition::from_bytes);
        TailFile::open(path, position).map(Self)
    }
}

impl LineSink for File {
    fn position(&self) -> Vec<u8> {
        self.0.position().to_bytes().to_vec()
    }

    fn next_index(&self, origin: &str) -> Option<u64> {
        self.0.next_index(origin)
    }

    fn append(&mut self, lines: &[u8]) -> Result<(), SinkError> {
        Ok(self.0.append(lines)?)
    }

    fn sync(&mut self) -> Result<Vec<u8>, SinkError> {
        Ok(self.0.sync()?.to_bytes().to_vec())
    }
}

/// Brings the bundle of each log up to date, where it is older than `age_ms`. One that fails keeps no other from being written; the
/// instance's comes last and says for all that they were, so that what failed is tried again by the next verb.
fn bundles(store: &Store, age_ms: u64) -> Result<usize, CliError> {
    let Some(dir) = &store.settings.audit_export_dir.value else { return Ok(0) };
    let instance = dir.join("instance");
    if !is_old(&instance, age_ms) {
        return Ok(0);
    }
    let tenants = dir.join("tenants");
    fs::create_dir_all(&tenants).map_err(|error| CliError::io(&tenants.display().to_string(), &error))?;
    let (mut written, mut failed) = (0_usize, None);
    for TenantInfo { name, .. } in store.ask(async |vault, op| vault.tenant_list(op).await)? {
        let bundle = tenants.join(folder_name(&name));
        if is_old(&bundle, age_ms) {
            match export(store, &bundle, Some(name)) {
                Ok(()) => written = written.saturating_add(1),
                // It waits for who unlocks it.
                Err(error) if &*error.code == "tenant.locked" => {}
                Err(error) => failed = failed.or(Some(error)),
            }
        }
    }
    match failed {
        Some(error) => Err(error),
        None => export(store, &instance, None).map(|()| written.saturating_add(1)),
    }
}

fn export(store: &Store, bundle: &Path, tenant: Option<TenantName>) -> Result<(), CliError> {
    let instance = tenant.is_none();
    let exported = store.ask_for(async |vault, op| {
        let op = match tenant {
            Some(tenant) => coffer_engine::Op { tenant, ..op.clone() },
            None => op.clone(),
        };
        vault.audit_export(&op, |origin| BundleWriter::open(bundle, origin), instance).await
    });
    exported.map(drop)
}

/// A tenant's name as one folder: `acme/eu` must not lie within the bundle of `acme`.
fn folder_name(tenant: &TenantName) -> String {
    tenant.as_str().replace('%', "%25").replace('/', "%2F")
}

/// Whether a bundle was last finished so long ago, or never.
fn is_old(bundle: &Path, age_ms: u64) -> bool {
    let finished = fs::metadata(bundle.join("checkpoint")).and_then(|about| about.modified());
    let finished = finished.ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    let millis = finished.and_then(|at| u64::try_from(at.as_millis()).ok());
    millis.is_none_or(|at| edge::now().millis().saturating_sub(at) >= age_ms)
}
