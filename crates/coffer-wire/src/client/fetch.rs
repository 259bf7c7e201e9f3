//! A public document of somebody else's, got once and within bounds: an issuer's keys.
//!
//! # Invariants
//! - Where it goes is looked at after the name was resolved, and the connection goes to those addresses: neither another spelling of an
//!   address nor a name that changes its mind leads elsewhere. Of several addresses all have to be allowed.
//! - No redirect is followed. Over TLS as the system trusts; in clear only to this machine.
//! - It has a length and a time.

use std::fmt;
use std::io::Read as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::tls::{TrustError, Web, WebTimes, web_by};

/// Which addresses may be asked.
pub type Allowed = Arc<dyn Fn(IpAddr) -> bool + Send + Sync>;

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address is none, or its name leads where nobody may ask.
    #[error("the address is not one that may be asked")]
    Forbidden,
    /// Whoever is there answered something else.
    #[error("the answer is {0}, and not 200")]
    Status(u16),
    /// It is longer than it may be.
    #[error("the answer is too long")]
    TooLong,
    /// Nobody answers, or not in time, or not over TLS as the system trusts it.
    #[error("no answer: {0}")]
    Unreachable(ureq::Error),
    /// The system trusts nobody.
    #[error(transparent)]
    Trust(#[from] TrustError),
}

/// Gets the document at this address.
///
/// # Errors
/// [`FetchError`].
pub fn fetch(
    address: &str,
    most_bytes: usize,
    patience: Duration,
    allowed: Allowed,
) -> Result<Vec<u8>, FetchError> {
    let to = if address.starts_with("https://") { Web::Others } else { Web::Here };
    let is_in_clear = matches!(to, Web::Here);
    let times = WebTimes { whole: Some(patience), connect: Some(patience) };
    let agent = web_by(to, times, Checked { allowed, is_in_clear })?;
    let answer = agent.get(address).header("accept", "application/json").call().map_err(failed)?;
    let status = answer.status().as_u16();
    if status != 200 {
        return Err(FetchError::Status(status));
    }
    let mut document = Vec::new();
    let most = u64::try_from(most_bytes).unwrap_or(u64::MAX);
    let mut body = answer.into_body().into_reader().take(most.saturating_add(1));
    body.read_to_end(&mut document).map_err(|error| failed(ureq::Error::Io(error)))?;
    if document.len() > most_bytes { Err(FetchError::TooLong) } else { Ok(document) }
}

fn failed(error: ureq::Error) -> FetchError {
    match error {
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            FetchError::Forbidden
        }
        ureq::Error::BadUri(_) => FetchError::Forbidden,
        error => FetchError::Unreachable(error),
    }
}

/// Resolves as the system does, and looks at what comes of it.
struct Checked {
    allowed: Allowed,
    is_in_clear: bool,
}

impl Resolver for Checked {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = DefaultResolver::default().resolve(uri, config, timeout)?;
        let may = |address: IpAddr| (self.allowed)(address) && (!self.is_in_clear || address.is_loopback());
        if found.iter().all(|address| may(address.ip().to_canonical())) {
            return Ok(found);
        }
        Err(ureq::Error::Io(std::io::ErrorKind::PermissionDenied.into()))
    }
}

impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Checked(..)")
    }
}

#[cfg(test)]
mod tests;
