//! Certificates are renewed beside a running server: it looks at the files again, once a minute and on SIGHUP.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::sleep;

use super::Tls;
use crate::limits::CERTIFICATES_EVERY;

/// Looks at the files until it is dropped.
pub(super) async fn watch(tls: Tls) {
    let mut hangup = signal(SignalKind::hangup()).ok();
    loop {
        tokio::select! {
            () = sleep(CERTIFICATES_EVERY) => {}
            () = asked(&mut hangup) => {}
        }
        match tls.reload() {
            Ok(true) => tracing::info!(fingerprint = tls.fingerprint(), "another certificate is shown now"),
            Ok(false) => {}
            Err(error) => {
                tracing::error!(cause = %error, "the certificate could not be read again; the one before is shown on")
            }
        }
    }
}

async fn asked(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}
