//! Whether somebody who is trusted has said whose a certificate is.

use std::time::Duration;

use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{
    ALL_VERIFICATION_ALGS, BorrowedCertRevocationList, CertRevocationList, EndEntityCert, ExpirationPolicy,
    KeyUsage, RevocationOptions, RevocationOptionsBuilder, anchor_from_trusted_cert,
};

use super::ShownChain;
use super::fields::{Fields, next_list};
use super::names::NamePattern;
use crate::time::Timestamp;

/// Who is trusted: certificates in DER, and lists of certificates that are revoked.
pub(crate) struct Trust<'t> {
    pub(crate) certificates: Vec<&'t [u8]>,
    pub(crate) lists: Vec<&'t [u8]>,
    /// What a certificate has to be called: all of it.
    pub(crate) names: &'t [NamePattern],
}

/// What can't be trusted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadTrust {
    /// Not a certificate, or none of version 3.
    Certificate,
    /// Not a list of revoked certificates, or one that does not say until when.
    List,
    /// A list, and a certificate that is no authority's: nobody would have signed it.
    ListOfNobody,
    /// An authority, and no names: whatever it has signed, for whomever, would be meant.
    NoNames,
    /// One that means itself, and is not for clients, or not called so.
    NeverGood,
}

impl Trust<'_> {
    /// Whether it can mean somebody, and nobody besides.
    pub(crate) fn check(&self) -> Result<(), BadTrust> {
        for certificate in &self.certificates {
            let fields = Fields::read(certificate).ok_or(BadTrust::Certificate)?;
            let der = CertificateDer::from(*certificate);
            anchor_from_trusted_cert(&der).map_err(|_| BadTrust::Certificate)?;
            if fields.is_authority {
                if self.names.is_empty() {
                    return Err(BadTrust::NoNames);
                }
            } else if !self.lists.is_empty() {
                return Err(BadTrust::ListOfNobody);
            } else if !fields.is_for_clients || !self.names.iter().all(|name| name.fits(&fields.names)) {
                return Err(BadTrust::NeverGood);
            }
        }
        for list in &self.lists {
            next_list(list).ok_or(BadTrust::List)?;
            BorrowedCertRevocationList::from_der(list).map_err(|_| BadTrust::List)?;
        }
        Ok(())
    }

    /// The last moment of the list that ends first.
    pub(crate) fn lists_until(&self) -> Option<Timestamp> {
        self.lists.iter().filter_map(|list| next_list(list)).min()
    }

    /// The last moment until which these certificates are what is trusted, if they are now.
    pub(crate) fn until(&self, shown: &ShownChain, now: Timestamp) -> Option<Timestamp> {
        let leaf = Fields::read(&shown.first)?;
        let is_called_so = self.names.iter().all(|name| name.fits(&leaf.names));
        if leaf.is_authority || !leaf.is_for_clients || !leaf.is_good(now) || !is_called_so {
            return None;
        }
        self.certificates.iter().find_map(|trusted| {
            let anchor = Fields::read(trusted)?;
            if !anchor.is_authority {
                return (*trusted == shown.first).then_some(leaf.until);
            }
            // Names that an authority has given mean somebody only where some were asked for.
            let by = anchor.is_good(now) && !self.names.is_empty();
            let path = if by { self.path(trusted, shown, now) } else { None };
            Some(path?.min(anchor.until).min(leaf.until))
        })
    }

    /// The last moment of what lies between the two, where one has signed for the other.
    fn path(&self, anchor: &[u8], shown: &ShownChain, now: Timestamp) -> Option<Timestamp> {
        let (first, anchor) = (CertificateDer::from(shown.first.as_slice()), CertificateDer::from(anchor));
        let rest: Vec<CertificateDer<'_>> =
            shown.rest.iter().map(|one| CertificateDer::from(one.as_slice())).collect();
        let end_entity = EndEntityCert::try_from(&first).ok()?;
        let anchors = [anchor_from_trusted_cert(&anchor).ok()?];
        let mut lists = Vec::new();
        let mut until = Timestamp::from_millis(u64::MAX);
        for list in &self.lists {
            // One of them is out of date: nobody knows who has been revoked since.
            until = until.min(next_list(list).filter(|until| now <= *until)?);
            lists.push(CertRevocationList::from(BorrowedCertRevocationList::from_der(list).ok()?));
        }
        let lists: Vec<&CertRevocationList<'_>> = lists.iter().collect();
        let time = UnixTime::since_unix_epoch(Duration::from_millis(now.millis()));
        let usage = KeyUsage::client_auth();
        let revoked = revocation(&lists);
        let path = end_entity
            .verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, &rest, time, usage, revoked, None)
            .ok()?;
        for between in path.intermediate_certificates() {
            until = until.min(Fields::read(&between.der())?.until);
        }
        Some(until)
    }
}

/// Who is in none of these lists, whoever it is up to the anchor, is not known to be good (T-A9). Without lists nobody asks.
fn revocation<'l>(lists: &'l [&'l CertRevocationList<'l>]) -> Option<RevocationOptions<'l>> {
    let options = RevocationOptionsBuilder::new(lists).ok()?;
    Some(options.with_expiration_policy(ExpirationPolicy::Enforce).build())
}
