//! What a client shows of itself as it opens a connection: a certificate, or nothing.
//!
//! # Invariants
//! - Looked at is one thing alone: that whoever shows a certificate has its key. Nobody trusts it for that: each tenant has authorities of its
//!   own, and asks them when somebody signs in (`coffer_engine::x509`).
//! - What is shown is bounded, in the connection and in the sessions that are kept to be resumed. A resumed one is of whoever showed it first.

use coffer_engine::x509::ShownChain;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, ServerConnection, SignatureScheme,
};

/// Takes any certificate whose key has signed the handshake.
#[derive(Debug)]
pub(super) struct Possession(pub(super) WebPkiSupportedAlgorithms);

/// What this connection has shown.
pub(super) fn shown(connection: &ServerConnection) -> Option<ShownChain> {
    chain(connection.peer_certificates()?)
}

fn chain(certificates: &[CertificateDer<'_>]) -> Option<ShownChain> {
    ShownChain::new(certificates.iter().map(AsRef::as_ref))
}

impl ClientCertVerifier for Possession {
    fn offer_client_auth(&self) -> bool {
        true
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    /// Whom tenants trust is nobody's business.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let all = [std::slice::from_ref(end_entity), intermediates].concat();
        // More than anybody needs would be kept for as long as the connection is.
        match chain(&all) {
            Some(_) => Ok(ClientCertVerified::assertion()),
            None => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
