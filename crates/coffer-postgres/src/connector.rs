//! A connection is made: with the password of this moment, over TLS where it leaves the machine, and not again and again where it fails.

use std::future::poll_fn;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use coffer_engine::storage::StorageError;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout};
use tokio_postgres::error::Severity;
use tokio_postgres::{AsyncMessage, Client, Connection, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::errors::explain;
use crate::passfile;
use crate::settings::{CONNECT_WAIT, Settings, Tls};

/// The first pause after a connection could not be made; each further one is twice as long.
const PAUSE_MIN: Duration = Duration::from_millis(50);
/// The longest.
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// A connection without anything said on it yet.
pub(crate) struct Connected {
    pub(crate) client: Client,
    pub(crate) warnings: Warnings,
}

/// Counts what the server warns of: a commit that it did not wait out is one.
#[derive(Clone, Default)]
pub(crate) struct Warnings(Arc<AtomicU64>);

impl Warnings {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// Makes connections, and remembers that it could not.
#[derive(Default)]
pub(crate) struct Connector {
    failed: Mutex<Option<Failed>>,
}

struct Failed {
    at: Instant,
    pause: Duration,
    error: StorageError,
}

impl Connector {
    /// A connection; while a pause lasts, what was said when it began.
    pub(crate) async fn connect(&self, settings: &Settings) -> Result<Connected, StorageError> {
        let pause = match self.failed().as_ref() {
            Some(failed) if failed.at.elapsed() < failed.pause => return Err(failed.error.clone()),
            Some(failed) => failed.pause.saturating_mul(2).min(PAUSE_MAX),
            None => PAUSE_MIN,
        };
        let connected = connect(settings).await;
        let failed = connected.as_ref().err();
        *self.failed() = failed.map(|error| Failed { at: Instant::now(), pause, error: error.clone() });
        connected
    }

    fn failed(&self) -> std::sync::MutexGuard<'_, Option<Failed>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn connect(settings: &Settings) -> Result<Connected, StorageError> {
    let mut config = settings.config.clone();
    if let Some(password) = passfile::read(settings)? {
        config.password(password.as_slice());
    }
    let warnings = Warnings::default();
    // One that accepts and says nothing: the client's own limit is for the address alone.
    let hosts = u32::try_from(config.get_hosts().len()).unwrap_or(u32::MAX);
    let wait = CONNECT_WAIT.saturating_mul(hosts.saturating_add(1));
    let silent = |_| StorageError::Io(format!("{} does not answer", settings.place()));
    let client = match &settings.tls {
        Tls::None => {
            let (client, connection) = timeout(wait, config.connect(NoTls))
                .await
                .map_err(silent)?
                .map_err(|error| explain(&error))?;
            tokio::spawn(drive(connection, warnings.clone()));
            client
        }
        Tls::Verified { roots } => {
            let connector = MakeRustlsConnect::new(verifying(roots.as_deref())?);
            let (client, connection) = timeout(wait, config.connect(connector))
                .await
                .map_err(silent)?
                .map_err(|error| explain(&error))?;
            tokio::spawn(drive(connection, warnings.clone()));
            client
        }
    };
    Ok(Connected { client, warnings })
}

/// Moves what is sent and what comes, until the client is gone or the connection is.
async fn drive<S, T>(mut connection: Connection<S, T>, warnings: Warnings)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    // What ends it, whoever waits for an answer is told by the client.
    while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
        // A notice is here before the answer that it belongs to.
        if matches!(&message, AsyncMessage::Notice(notice) if notice.parsed_severity() == Some(Severity::Warning))
        {
            warnings.0.fetch_add(1, Ordering::Release);
        }
    }
}

fn verifying(roots: Option<&Path>) -> Result<ClientConfig, StorageError> {
    let mut store = RootCertStore::empty();
    match roots {
        Some(path) => {
            let failed =
                |error: &dyn std::fmt::Display| StorageError::Io(format!("{}: {error}", path.display()));
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| failed(&error))? {
                let certificate = certificate.map_err(|error| failed(&error))?;
                store.add(certificate).map_err(|error| failed(&error))?;
            }
        }
        None => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if store.is_empty() {
        return Err(StorageError::Io("there is no authority whose certificates could be trusted".to_owned()));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| StorageError::Io(error.to_string()))?;
    Ok(builder.with_root_certificates(store).with_no_client_auth())
}
