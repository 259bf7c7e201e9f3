//! TLS 1.3, and nothing older, over aws-lc-rs; X25519MLKEM768 is preferred (draft-ietf-tls-ecdhe-mlkem).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use coffer_encryption::hash;
use rustls::crypto::aws_lc_rs::{self, kx_group};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, version};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::shown::Possession;

/// Why a certificate can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file can't be read.
    #[error("{}: {cause}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// There is none in the file, or it is not PEM.
    #[error("{} holds no {wanted} in PEM", path.display())]
    NotPem {
        /// Which.
        path: PathBuf,
        /// What should be in it.
        wanted: &'static str,
    },
    /// Certificate and key don't belong together, or are of a kind that is not known.
    #[error("the certificate and its key can't be used together: {0}")]
    Unusable(rustls::Error),
    /// A certificate could not be made.
    #[error("a certificate could not be made: {0}")]
    NotMade(rcgen::Error),
}

/// What a listener shows, and where it comes from. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    shown: Arc<Shown>,
    /// `None`: it was made for this process.
    files: Option<Arc<(PathBuf, PathBuf)>>,
}

/// What this machine calls itself.
const OWN_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

impl Tls {
    /// With the certificate (and its chain) and the key in these files, PEM both. They are looked at again from time to time.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn from_files(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let shown = read(certificate, key)?;
        let files = Arc::new((certificate.to_owned(), key.to_owned()));
        Self::new(shown, Some(files))
    }

    /// With a certificate for this machine's own names that is made now and signs itself, and a key that is kept nowhere; and the
    /// certificate in PEM, which is all that a client has to know.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn for_this_machine() -> Result<(Self, String), TlsError> {
        let made =
            rcgen::generate_simple_self_signed(OWN_NAMES.map(str::to_owned)).map_err(TlsError::NotMade)?;
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let chain = vec![made.cert.der().clone()];
        let shown =
            CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()).map_err(TlsError::Unusable)?;
        Ok((Self::new(shown, None)?, made.cert.pem()))
    }

    /// SHA-256 of the certificate, in hexadecimal pairs: what a client can compare.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let shown = self.shown.now();
        let digest = shown.cert.first().map(|cert| hash::sha256(cert.as_ref())).unwrap_or_default();
        digest.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
    }

    /// Looks at the files again. Whether another certificate is shown from now on.
    ///
    /// # Errors
    /// [`TlsError`]; the one before is shown on.
    pub fn reload(&self) -> Result<bool, TlsError> {
        let Some(files) = &self.files else { return Ok(false) };
        let read = read(&files.0, &files.1)?;
        let mut shown = self.shown.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_other = shown.cert != read.cert;
        *shown = Arc::new(read);
        Ok(is_other)
    }

    pub(super) async fn accept(&self, socket: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.acceptor.accept(socket).await
    }

    fn new(shown: CertifiedKey, files: Option<Arc<(PathBuf, PathBuf)>>) -> Result<Self, TlsError> {
        let shown = Arc::new(Shown(RwLock::new(Arc::new(shown))));
        let mut provider = aws_lc_rs::default_provider();
        provider.kx_groups = vec![kx_group::X25519MLKEM768, kx_group::X25519, kx_group::SECP256R1];
        let possession = Arc::new(Possession(provider.signature_verification_algorithms));
        let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&version::TLS13])
            .map_err(TlsError::Unusable)?
            .with_client_cert_verifier(possession)
            .with_cert_resolver(Arc::clone(&shown) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // No early data: it could be played again.
        config.max_early_data_size = 0;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), shown, files })
    }
}

/// The certificate that is shown now.
struct Shown(RwLock<Arc<CertifiedKey>>);

impl Shown {
    fn now(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.now())
    }
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shown(..)")
    }
}

fn read(certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let bytes =
        |path: &Path| fs::read(path).map_err(|error| TlsError::File { path: path.to_owned(), cause: error });
    let key_bytes = zeroize::Zeroizing::new(bytes(key)?);
    certified(&bytes(certificate)?, &key_bytes, (certificate, key))
}

fn certified(certificate: &[u8], key: &[u8], places: (&Path, &Path)) -> Result<CertifiedKey, TlsError> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certificate)
        .collect::<Result<_, _>>()
        .map_err(|_| TlsError::NotPem { path: places.0.to_owned(), wanted: "certificate" })?;
    if chain.is_empty() {
        return Err(TlsError::NotPem { path: places.0.to_owned(), wanted: "certificate" });
    }
    let key = PrivateKeyDer::from_pem_slice(key)
        .map_err(|_| TlsError::NotPem { path: places.1.to_owned(), wanted: "private key" })?;
    CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()).map_err(TlsError::Unusable)
}
