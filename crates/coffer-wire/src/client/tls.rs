//! The way out: who is believed to be who they say, and an agent that speaks HTTP through it.
//!
//! # Invariants
//! - TLS is aws-lc-rs. A server is asked over TLS 1.3; only whoever is not Coffer's own (a webhook, a witness) may have 1.2.
//! - A certificate that is pinned is compared whole, by its SHA-256, and has to sign the handshake: then neither name nor date
//!   nor authority matter.
//! - No redirect is followed, and no proxy is asked, whatever the environment says.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs as provider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme, StreamOwned, SupportedProtocolVersion, version,
};
use ureq::Agent;
use ureq::unversioned::resolver::{DefaultResolver, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, TcpConnector, Transport,
    TransportAdapter,
};

/// Whom to believe.
#[derive(Debug, Clone)]
pub enum Trust {
    /// The authorities that the system trusts (or `SSL_CERT_FILE` and `SSL_CERT_DIR`, as with OpenSSL).
    System,
    /// These authorities and no others.
    Authorities(Vec<CertificateDer<'static>>),
    /// The one certificate with this fingerprint.
    Certificate(Fingerprint),
}

impl Trust {
    /// The authorities in a PEM file's text.
    ///
    /// # Errors
    /// [`TrustError::NoCertificate`].
    pub fn authorities(pem: &[u8]) -> Result<Self, TrustError> {
        let found: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<_, _>>()
            .map_err(|_| TrustError::NoCertificate)?;
        roots(&found).map_err(|_| TrustError::NoCertificate)?;
        Ok(Self::Authorities(found))
    }
}

/// What a client shows of itself: a certificate with what leads to its authority, and its key.
pub struct ClientCertificate {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl ClientCertificate {
    /// From the texts of two PEM files.
    ///
    /// # Errors
    /// [`TrustError::NoCertificate`]; [`TrustError::NoKey`], also for one that is not the certificate's.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, TrustError> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<_, _>>()
            .map_err(|_| TrustError::NoCertificate)?;
        if chain.is_empty() {
            return Err(TrustError::NoCertificate);
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| TrustError::NoKey)?;
        CertifiedKey::from_der(chain.clone(), key.clone_key(), &provider::default_provider())
            .map_err(|_| TrustError::NoKey)?;
        Ok(Self { chain, key })
    }
}

/// Says nothing: there is a key inside.
impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate(..)")
    }
}

/// SHA-256 of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// From 64 hexadecimal digits, with or without colons between pairs, as `coffer server` shows it.
    ///
    /// # Errors
    /// [`TrustError::NoFingerprint`].
    pub fn parse(text: &str) -> Result<Self, TrustError> {
        let digits: String = text.chars().filter(|letter| *letter != ':').collect();
        let mut bytes = [0; 32];
        if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(TrustError::NoFingerprint);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| TrustError::NoFingerprint)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| TrustError::NoFingerprint)?;
        }
        Ok(Self(bytes))
    }

    fn of(certificate: &CertificateDer<'_>) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest::digest(&digest::SHA256, certificate).as_ref());
        Self(bytes)
    }
}

/// What can't be trusted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// No certificate in PEM.
    #[error("there is no certificate in PEM in it")]
    NoCertificate,
    /// No private key in PEM, or not that of the certificate.
    #[error("there is no private key in PEM in it, or not the certificate's")]
    NoKey,
    /// Not the form of a fingerprint.
    #[error("a fingerprint is the SHA-256 of a certificate: 64 hexadecimal digits, with or without colons")]
    NoFingerprint,
    /// The system trusts nobody, or does not say whom.
    #[error("the system has no certificates of authorities to check https with; install its ca-certificates")]
    NoRoots,
}

/// How long an exchange may take.
#[derive(Debug, Clone, Copy, Default)]
pub struct WebTimes {
    /// From the look-up of the name to the last byte of the answer.
    pub whole: Option<Duration>,
    /// Until there is a connection.
    pub connect: Option<Duration>,
}

/// What is on the other side.
#[derive(Debug, Clone, Copy)]
pub enum Web<'t> {
    /// This machine, in clear.
    Here,
    /// A server of Coffer's, and what is shown to it.
    Server(&'t Trust, Option<&'t ClientCertificate>),
    /// Somebody else's, over TLS 1.2 or 1.3, as the system trusts.
    Others,
}

/// The way to it: an agent that keeps connections.
///
/// # Errors
/// [`TrustError`].
pub fn web(to: Web<'_>, times: WebTimes) -> Result<Agent, TrustError> {
    web_by(to, times, DefaultResolver::default())
}

/// The same, by who says what addresses a name has.
pub(super) fn web_by(to: Web<'_>, times: WebTimes, resolver: impl Resolver) -> Result<Agent, TrustError> {
    let config = Agent::config_builder()
        .timeout_global(times.whole)
        .timeout_connect(times.connect)
        .max_redirects(0)
        .http_status_as_error(false)
        .proxy(None)
        .https_only(!matches!(to, Web::Here))
        .user_agent("coffer")
        .build();
    let tls = match to {
        Web::Here => return Ok(Agent::with_parts(config, TcpConnector::default(), resolver)),
        Web::Server(trust, shown) => tls(trust, shown, &[&version::TLS13])?,
        Web::Others => tls(&Trust::System, None, rustls::ALL_VERSIONS)?,
    };
    let connector = TcpConnector::default().chain(TlsConnector(tls));
    Ok(Agent::with_parts(config, connector, resolver))
}

fn tls(
    trust: &Trust,
    shown: Option<&ClientCertificate>,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<Arc<ClientConfig>, TrustError> {
    let provider = Arc::new(provider::default_provider());
    // The provider knows both versions.
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions);
    let builder = builder.map_err(|_| TrustError::NoRoots)?;
    let builder = match trust {
        Trust::System => {
            builder.with_root_certificates(roots(&rustls_native_certs::load_native_certs().certs)?)
        }
        Trust::Authorities(certificates) => builder.with_root_certificates(roots(certificates)?),
        Trust::Certificate(wanted) => {
            let pinned = Arc::new(Pinned { wanted: *wanted, provider });
            builder.dangerous().with_custom_certificate_verifier(pinned)
        }
    };
    let config = match shown {
        None => builder.with_no_client_auth(),
        Some(shown) => builder
            .with_client_auth_cert(shown.chain.clone(), shown.key.clone_key())
            .map_err(|_| TrustError::NoKey)?,
    };
    Ok(Arc::new(config))
}

/// What can't be read of them is left out.
fn roots(certificates: &[CertificateDer<'static>]) -> Result<RootCertStore, TrustError> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(certificates.iter().cloned());
    if store.is_empty() { Err(TrustError::NoRoots) } else { Ok(store) }
}

/// Believes one certificate.
#[derive(Debug)]
struct Pinned {
    wanted: Fingerprint,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if Fingerprint::of(certificate) == self.wanted {
            return Ok(ServerCertVerified::assertion());
        }
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Puts TLS around a connection. ureq's own takes neither versions nor a verifier.
#[derive(Debug)]
struct TlsConnector(Arc<ClientConfig>);

impl<In: Transport> Connector<In> for TlsConnector {
    type Out = Either<In, Secured>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let Some(plain) = chained else { return Ok(None) };
        if !details.needs_tls() {
            return Ok(Some(Either::A(plain)));
        }
        let host = details.uri.host().unwrap_or_default();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let name = ServerName::try_from(bare.to_owned()).map_err(|_| ureq::Error::HostNotFound)?;
        let mut connection = ClientConnection::new(Arc::clone(&self.0), name)?;
        let mut socket = TransportAdapter::new(plain.boxed(), Arc::clone(&details.current_time));
        socket.set_timeout(details.timeout);
        connection.complete_io(&mut socket)?;
        let buffers =
            LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Either::B(Secured { buffers, stream: StreamOwned::new(connection, socket) })))
    }
}

/// A connection in TLS.
struct Secured {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl Transport for Secured {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        use std::io::Write as _;
        self.stream.sock.set_timeout(timeout);
        let output = self.buffers.output().get(..amount).unwrap_or_default();
        Ok(self.stream.write_all(output)?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        use std::io::Read as _;
        self.stream.sock.set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.sock.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

/// Says nothing: there are keys inside.
impl fmt::Debug for Secured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secured(..)")
    }
}

#[cfg(test)]
mod tests;
