//! A server, as the settings name it: where it is, how it is known, and in which tenant it is asked.

use std::fs;
use std::path::Path;

use coffer_engine::Error;
use coffer_engine::tenant::TenantName;
use coffer_wire::Plain;
use coffer_wire::client::{
    Address, Client, ClientCertificate, ClientError, Fingerprint, Http, Trust, TrustError,
};
use zeroize::Zeroizing;

use crate::app::App;
use crate::error::{CliError, Exit};
use crate::settings::Settings;

/// The server to ask.
pub(crate) struct Remote {
    pub(crate) address: Address,
    pub(crate) tenant: TenantName,
    trust: Trust,
    /// What is shown to it, if anything is.
    shown: Option<ClientCertificate>,
}

/// The tokens that are shown to it.
#[derive(Default)]
pub(crate) struct Tokens<'t> {
    /// Where the tenant is asked.
    pub(crate) of_tenant: Option<&'t Plain>,
    /// Where the instance is.
    pub(crate) of_instance: Option<&'t Plain>,
}

impl Remote {
    /// The server that the settings name. `None`: the store in this process is meant.
    pub(crate) fn named(settings: &Settings) -> Result<Option<Self>, CliError> {
        let Some((addr, source)) = settings.server() else { return Ok(None) };
        let tenant = TenantName::parse(&settings.tenant.value).map_err(Error::from)?;
        let address = Address::parse(addr).map_err(|error| {
            let cause = format!("{source}: {error}");
            CliError::new(Exit::Usage, "addr.invalid", cause, "name it as https://vault.example.com")
        })?;
        let shown = match (&settings.client_certificate.value, &settings.client_key.value) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some(certificate_of(certificate, key)?),
            _ => return Err(half_a_certificate()),
        };
        Ok(Some(Self { address, tenant, trust: trust(settings)?, shown }))
    }

    /// The same for a verb that is about a server.
    pub(crate) fn needed(app: &App, verb: &str) -> Result<Self, CliError> {
        Self::named(&app.settings()?)?.ok_or_else(|| {
            CliError::new(
                Exit::Usage,
                "addr.missing",
                format!("`coffer {verb}` is about a server, and none is named"),
                "name it with --addr or COFFER_ADDR, as https://vault.example.com",
            )
        })
    }

    /// The same, which is shown the certificate in these files.
    pub(crate) fn showing(self, certificate: &Path, key: &Path) -> Result<Self, CliError> {
        Ok(Self { shown: Some(certificate_of(certificate, key)?), ..self })
    }

    /// Whoever asks it, showing these tokens.
    pub(crate) fn client(&self, tokens: &Tokens<'_>) -> Result<Client, CliError> {
        let http = Http::new(self.address.clone(), tokens.of_tenant, &self.trust, self.shown.as_ref())
            .map_err(ClientError::from)?;
        Ok(Client::new(http.with_instance(tokens.of_instance), self.tenant.as_str()))
    }
}

fn half_a_certificate() -> CliError {
    CliError::new(
        Exit::Usage,
        "client.certificate",
        "a certificate is shown with its key, and one of the two is named",
        "name both: COFFER_CLIENT_CERTIFICATE and COFFER_CLIENT_KEY",
    )
}

/// A certificate and its key; nothing of what stands in them is repeated.
fn certificate_of(certificate: &Path, key: &Path) -> Result<ClientCertificate, CliError> {
    let read = |path: &Path| {
        fs::read(path).map_err(|error| CliError::io(&path.display().to_string(), &error)).map(Zeroizing::new)
    };
    ClientCertificate::from_pem(&read(certificate)?, &read(key)?).map_err(|error| {
        let of = if error == TrustError::NoCertificate { certificate } else { key };
        CliError::new(
            Exit::Usage,
            "client.certificate",
            format!("{}: {error}", of.display()),
            "name a certificate with what leads to its authority, and the key that belongs to it, in PEM",
        )
    })
}

/// How the server is known.
fn trust(settings: &Settings) -> Result<Trust, CliError> {
    let wrong = |cause: String| {
        let fix = "take both from whoever runs the server: `coffer server` shows the fingerprint";
        CliError::new(Exit::Usage, "addr.trust", cause, fix)
    };
    match (&settings.server_ca.value, &settings.server_fingerprint.value) {
        (None, None) => Ok(Trust::System),
        (Some(path), None) => {
            let shown = path.display();
            let pem = fs::read(path).map_err(|error| CliError::io(&shown.to_string(), &error))?;
            Trust::authorities(&pem).map_err(|error| wrong(format!("{shown}: {error}")))
        }
        (None, Some(fingerprint)) => {
            let source = &settings.server_fingerprint.source;
            let fingerprint =
                Fingerprint::parse(fingerprint).map_err(|error| wrong(format!("{source}: {error}")))?;
            Ok(Trust::Certificate(fingerprint))
        }
        (Some(_), Some(_)) => Err(wrong("both an authority and a certificate are named".to_owned())),
    }
}
