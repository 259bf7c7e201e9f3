//! Where to send: a URL that may be sent to.

use std::fmt;
use std::net::IpAddr;

use ureq::http::Uri;
use ureq::http::uri::Scheme;

/// A URL: HTTPS, or HTTP to this machine.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Uri);

impl Address {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`AddressError`] names the rule that is broken.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.contains('#') {
            return Err(AddressError::Fragment);
        }
        // RFC 3986 knows no others; the library takes them, spaces and control characters of Unicode among them.
        if !text.is_ascii() {
            return Err(AddressError::Form);
        }
        let uri: Uri = text.parse().map_err(|_not_a_uri| AddressError::Form)?;
        let authority = uri.authority().ok_or(AddressError::Form)?;
        if authority.as_str().contains('@') {
            return Err(AddressError::User);
        }
        if authority.host().is_empty() {
            return Err(AddressError::Form);
        }
        match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => Ok(Self(uri)),
            Some(scheme) if *scheme == Scheme::HTTP && is_this_machine(authority.host()) => Ok(Self(uri)),
            Some(scheme) if *scheme == Scheme::HTTP => Err(AddressError::InTheClear),
            _ => Err(AddressError::Form),
        }
    }

    /// The address of `name` below this one, which is taken as a folder. Nothing when this one has a query.
    #[must_use]
    pub fn join(&self, name: &str) -> Option<Self> {
        let whole = self.0.to_string();
        if self.0.query().is_some() {
            return None;
        }
        format!("{}/{name}", whole.trim_end_matches('/')).parse().ok().map(Self)
    }

    /// All of it.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.0
    }

    /// Whether it is HTTPS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == Some(&Scheme::HTTPS)
    }
}

/// Scheme, host and port alone: what follows may be a secret.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.0.scheme_str().unwrap_or_default();
        let authority = self.0.authority().map(|authority| authority.as_str()).unwrap_or_default();
        write!(f, "{scheme}://{authority}")
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self}/..)")
    }
}

/// Why nothing is sent there. Never holds the address: it may have a secret in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not `https://host..` or `http://host..`.
    #[error("not an address as `https://host/path`")]
    Form,
    /// A user or a password before the host.
    #[error("an address with a user or a password before the host is not taken")]
    User,
    /// Something behind a `#`: no server ever sees it.
    #[error("an address with a `#` is not taken: what follows it is never sent")]
    Fragment,
    /// Plain HTTP to another machine, or to a name.
    #[error(
        "plain http goes to this machine only (127.0.0.1 or [::1], not a name, which may lead elsewhere): on the way to \
         another one anybody could read the request, and answer it; use https"
    )]
    InTheClear,
}

/// Whether `host` is a loopback address. A name is none: who resolves it decides where it leads.
fn is_this_machine(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;
