//! What `dev` and `server` share: the store, served until a signal ends it.

use std::net::SocketAddr;
use std::sync::Arc;

use coffer_engine::Vault;
use coffer_engine::vault::{SealedStore, UpkeepSettings};
use coffer_server::{Addresses, ListenError, Plan, Service, ServiceOptions, Tls};
use tracing_subscriber::filter::LevelFilter;

use crate::allocator;
use crate::edge;
use crate::error::{CliError, Exit};
use crate::settings::{LogLevel, Settings};
use crate::store::Context;
use crate::upkeep;

/// The store as it is served: open, or waiting to be unsealed.
pub(super) fn service(vault: Vault, settings: &Settings) -> Service {
    allowing(Service::new(vault, Arc::new(edge::now), ServiceOptions::default()), settings)
}

/// The same of one that waits.
pub(super) fn sealed_service(store: SealedStore, settings: &Settings) -> Service {
    allowing(Service::sealed(store, Arc::new(edge::now), ServiceOptions::default()), settings)
}

fn allowing(service: Service, settings: &Settings) -> Service {
    service.allow_issuers_in(settings.server_issuer_networks.value.clone());
    service
}

/// Serves until it is told to stop. `ready` is called once requests are answered. The service alone holds the store's keys: when it is
/// sealed, nobody has them.
pub(super) fn serve(
    context: Context,
    service: &Service,
    (listen, tls): (SocketAddr, Option<Tls>),
    ready: impl FnOnce(&Addresses) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let settings = &context.settings;
    let node = edge::node()?;
    tracing::info!(node, version = env!("CARGO_PKG_VERSION"), "starting");
    service.name_node(node);
    let plan = Plan {
        listen,
        tls,
        metrics: Some(settings.server_metrics_listen.value).filter(|_| settings.server_metrics_enabled.value),
        upkeep: UpkeepSettings { retention_days: settings.audit_retention_days.value },
        in_a_pause: allocator::in_a_pause,
    };
    let tend = Arc::new(move |vault: &Vault| {
        upkeep::copies(&context.with(vault.clone()));
        allocator::give_back();
    });
    coffer_server::run(service, plan, tend, ready)?
}

/// Writes what the server has to say to stderr, one JSON document a line.
pub(super) fn log_to_stderr(settings: &Settings) {
    let level = match settings.log_level.value {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    // Set once in a process; a second time there is nothing to set.
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(level)
        .with_target(false)
        .with_writer(std::io::stderr)
        .try_init();
}

/// The certificate of the settings.
pub(super) fn tls(settings: &Settings) -> Result<Option<Tls>, CliError> {
    match (&settings.server_tls_certificate.value, &settings.server_tls_key.value) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => {
            Ok(Some(Tls::from_files(certificate, key).map_err(ListenError::from)?))
        }
        _ => Err(CliError::new(
            Exit::Usage,
            "server.tls",
            "a certificate and its key go together",
            "set both `server.tls_certificate` and `server.tls_key`",
        )),
    }
}

impl From<ListenError> for CliError {
    fn from(error: ListenError) -> Self {
        let (exit, code, fix) = match &error {
            ListenError::InClear(_) => (
                Exit::Refused,
                "server.in_clear",
                "set `server.tls_certificate` and `server.tls_key`, or listen on 127.0.0.1",
            ),
            ListenError::Address { .. } => (
                Exit::Unavailable,
                "server.address",
                "choose another (--listen; PROMETHEUS_PORT for the metrics), or end who has it",
            ),
            ListenError::Runtime(_) => {
                (Exit::Failure, "server.failed", "mend what the operating system names, and try again")
            }
            ListenError::Tls(_) => {
                (Exit::Usage, "server.tls", "name a certificate with its chain, and its key, in PEM")
            }
        };
        Self::new(exit, code, error.to_string(), fix)
    }
}
