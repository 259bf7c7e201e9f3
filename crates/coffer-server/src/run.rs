//! A server from its first request to its last: listens, looks after the log, stops when it is told to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use coffer_engine::Vault;
use coffer_engine::vault::UpkeepSettings;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::limits::{DRAIN_NOTICE, UPKEEP_EVERY};
use crate::listen::{ListenError, Listener, Tls};
use crate::service::Service;
use crate::upkeep::Upkeep;

/// What is served where.
pub struct Plan {
    /// The address of the API.
    pub listen: SocketAddr,
    /// What is shown there; needed on any address but loopback.
    pub tls: Option<Tls>,
    /// The address of the metrics, if they are told.
    pub metrics: Option<SocketAddr>,
    /// How the log is looked after.
    pub upkeep: UpkeepSettings,
    /// What each thread of the server does whenever it has nothing to do. It takes next to nothing, most times.
    pub in_a_pause: fn(),
}

/// Where it is served.
pub struct Addresses {
    /// Of the API, without a slash at its end.
    pub url: String,
    /// SHA-256 of the certificate, where there is one.
    pub fingerprint: Option<String>,
    /// Of the metrics.
    pub metrics: Option<SocketAddr>,
}

/// What is done beside, with the store as it is open then.
pub type Tend = Arc<dyn Fn(&Vault) + Send + Sync>;

/// One may commit what need only be written, while another answers.
const THREADS_MIN: usize = 2;

/// Serves until SIGINT or SIGTERM, tells a balancer if there is one, then ends what is under way. `tend` is called every few seconds, beside, unless the store is sealed:
/// for copies of the log outside it. It keeps no handle of the vault. `ready` is called once; when it fails, nothing is served any more.
///
/// # Errors
/// [`ListenError`] when nothing could be served; else what `ready` says.
pub fn run<E>(
    service: &Service,
    plan: Plan,
    tend: Tend,
    ready: impl FnOnce(&Addresses) -> Result<(), E>,
) -> Result<Result<(), E>, ListenError> {
    let runtime = runtime(plan.in_a_pause).map_err(ListenError::Runtime)?;
    let ended = runtime.block_on(serve(service, plan, tend, ready));
    // What still runs (a copy that waits for a slow disk) ends with the process.
    runtime.shutdown_timeout(Duration::from_secs(1));
    ended
}

async fn serve<E>(
    service: &Service,
    plan: Plan,
    tend: Tend,
    ready: impl FnOnce(&Addresses) -> Result<(), E>,
) -> Result<Result<(), E>, ListenError> {
    let failed = |cause| ListenError::Address { address: plan.listen, cause };
    let metrics = match plan.metrics {
        // Its own address needs a certificate for the same reasons.
        Some(address) => {
            Some(Listener::bind(address, plan.tls.clone().filter(|_| !address.ip().is_loopback())).await?)
        }
        None => None,
    };
    let api = Listener::bind(plan.listen, plan.tls).await?;
    let fingerprint = api.fingerprint();
    let scheme = if fingerprint.is_some() { "https" } else { "http" };
    let addresses = Addresses {
        url: format!("{scheme}://{}", api.address().map_err(failed)?),
        fingerprint,
        metrics: metrics.as_ref().map(Listener::address).transpose().map_err(failed)?,
    };
    let (stop, stopping) = watch::channel(false);
    let upkeep =
        Upkeep::start(service.clone(), plan.upkeep, plan.in_a_pause).map_err(ListenError::Runtime)?;
    let copies = tokio::spawn(keep_copies(service.clone(), tend));
    let api = tokio::spawn(api.serve(service.clone(), stopping.clone()));
    let metrics = metrics.map(|metrics| tokio::spawn(metrics.serve_metrics(service.clone(), stopping)));
    let said = ready(&addresses);
    if said.is_ok() {
        told_to_stop().await;
        tracing::info!(node = service.shared().node(), "stopping: what is under way is answered first");
    }
    service.drain();
    if said.is_ok() && service.is_asked_whether_ready() {
        // A balancer sends requests until it has asked again. Who can't wait says so by a second signal.
        let _ = timeout(DRAIN_NOTICE, told_to_stop()).await;
    }
    let _ = stop.send(true);
    let _ = api.await;
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    copies.abort();
    let _ = spawn_blocking(move || upkeep.stop()).await;
    Ok(said)
}

async fn keep_copies(service: Service, tend: Tend) {
    let mut ticks = interval(UPKEEP_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(vault) = service.vault() else { continue };
        let tend = Arc::clone(&tend);
        // It writes files and waits for them.
        let _ = spawn_blocking(move || tend(&vault)).await;
        // A thread that sleeps has no pause: something to do, and then it has one.
        (0..serving_threads()).for_each(|_| drop(tokio::spawn(async {})));
    }
}

async fn told_to_stop() {
    match (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) {
        (Ok(mut interrupted), Ok(mut terminated)) => {
            tokio::select! {
                _ = interrupted.recv() => {}
                _ = terminated.recv() => {}
            }
        }
        // Then the default ends the process at once.
        _ => std::future::pending().await,
    }
}

fn runtime(in_a_pause: fn()) -> std::io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(serving_threads())
        .thread_name("coffer-serve")
        .on_thread_park(in_a_pause)
        .enable_io()
        .enable_time()
        .build()
}

fn serving_threads() -> usize {
    std::thread::available_parallelism().map_or(THREADS_MIN, usize::from).max(THREADS_MIN)
}
