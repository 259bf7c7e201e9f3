//! Authorities of certificates, for tests: as companies have them for their machines.

pub use rcgen;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    DnType, ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SanType,
    SerialNumber, date_time_ymd,
};

/// An authority, which signs whatever it is told to.
pub struct TestAuthority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate, and its key.
pub struct TestCertificate {
    made: Certificate,
    key: KeyPair,
    serial: SerialNumber,
}

impl TestAuthority {
    /// One that nobody stands above.
    ///
    /// # Errors
    /// When there are no random bytes, as below.
    pub fn new(name: &str) -> Result<Self, rcgen::Error> {
        let issuer = CertifiedIssuer::self_signed(authority(name), KeyPair::generate()?)?;
        Ok(Self { issuer })
    }

    /// One below this one.
    ///
    /// # Errors
    /// As above.
    pub fn below(
        &self,
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Result<Self, rcgen::Error> {
        let mut params = authority(name);
        change(&mut params);
        let issuer = CertifiedIssuer::signed_by(params, KeyPair::generate()?, &self.issuer)?;
        Ok(Self { issuer })
    }

    /// Its certificate, in DER.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        self.issuer.der().to_vec()
    }

    /// The same, in PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate of a client with these names (`dns:`, `uri:`, `email:`, `cn:`).
    ///
    /// # Errors
    /// As above, and for names that are none.
    pub fn issue(&self, names: &[&str]) -> Result<TestCertificate, rcgen::Error> {
        self.issue_as(names, |_| {})
    }

    /// The same, changed.
    ///
    /// # Errors
    /// As above.
    pub fn issue_as(
        &self,
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> Result<TestCertificate, rcgen::Error> {
        let (mut params, serial) = client(names)?;
        change(&mut params);
        let key = KeyPair::generate()?;
        Ok(TestCertificate { made: params.signed_by(&key, &self.issuer)?, key, serial })
    }

    /// Which of those that it has signed are revoked, in DER: good from 2025 until the beginning of this day.
    ///
    /// # Errors
    /// As above.
    pub fn list(
        &self,
        revoked: &[&TestCertificate],
        (year, month, day): (i32, u8, u8),
    ) -> Result<Vec<u8>, rcgen::Error> {
        let revoked = revoked.iter().map(|one| RevokedCertParams {
            serial_number: one.serial.clone(),
            revocation_time: date_time_ymd(2025, 1, 1),
            reason_code: None,
            invalidity_date: None,
        });
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2025, 1, 1),
            next_update: date_time_ymd(year, month, day),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(list.signed_by(&self.issuer)?.der().to_vec())
    }
}

impl TestCertificate {
    /// One that signs itself, changed.
    ///
    /// # Errors
    /// As above.
    pub fn of_itself(
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> Result<Self, rcgen::Error> {
        let (mut params, serial) = client(names)?;
        change(&mut params);
        let key = KeyPair::generate()?;
        Ok(Self { made: params.self_signed(&key)?, key, serial })
    }

    /// In DER.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        self.made.der().to_vec()
    }

    /// In PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        self.made.pem()
    }

    /// Its key, in PEM.
    #[must_use]
    pub fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn client(names: &[&str]) -> Result<(CertificateParams, SerialNumber), rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    for name in names {
        let (kind, text) = name.split_once(':').unwrap_or_default();
        match kind {
            "dns" => params.subject_alt_names.push(SanType::DnsName(text.try_into()?)),
            "uri" => params.subject_alt_names.push(SanType::URI(text.try_into()?)),
            "email" => params.subject_alt_names.push(SanType::Rfc822Name(text.try_into()?)),
            _ => params.distinguished_name.push(DnType::CommonName, text),
        }
    }
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let serial: [u8; 8] = coffer_encryption::random::bytes().map_err(|_| rcgen::Error::RingUnspecified)?;
    // Positive, and with no byte for nothing.
    let serial = SerialNumber::from(u64::from_be_bytes(serial) >> 1 | 1 << 62);
    params.serial_number = Some(serial.clone());
    Ok((params, serial))
}
