//! Whom a verb asks: a server, or the store in this process, through the same client.
//!
//! # Invariants
//!
//! * With an address no store is opened, made or looked for here, and no passphrase is asked for.
//! * A token is sent to the address that a flag, the environment or a file named with `--config` gives, and to no other. One that
//!   `coffer login` kept goes to the address and the tenant that it was kept for, and only when no other is named.

use coffer_engine::message::Message;
use coffer_engine::path::{FolderPath, SecretPath};
use coffer_engine::tenant::TenantName;
use coffer_wire::client::Client;

use crate::app::App;
use crate::error::{CliError, Exit};
use crate::kept::{Folder, Kept, Whose};
use crate::remote::{Remote, Tokens};
use crate::settings::{Settings, token};
use crate::store::{Missing, Store};

/// Who is asked, and the context to ask in.
pub(crate) struct Session {
    pub(crate) settings: Settings,
    client: Client,
}

impl Session {
    /// Asks the server that the settings name, or opens the store.
    pub(crate) fn open(app: &mut App, missing: Missing) -> Result<Self, CliError> {
        let settings = app.settings()?;
        let Some(remote) = Remote::named(&settings)? else {
            let session = Self::of(Store::open(app, missing)?)?;
            app.near = session.client.near();
            return Ok(session);
        };
        let client = match token(&mut app.environment)? {
            Some(token) => remote.client(&Tokens { of_tenant: Some(&token), of_instance: Some(&token) })?,
            None => signed_in(app, &remote)?,
        };
        app.near = client.near();
        Ok(Self { client, settings })
    }

    /// Whoever asks the same in another tenant: of a server he has to be signed in there too, since a token is good in one.
    pub(crate) fn client_in(&self, app: &mut App, tenant: TenantName) -> Result<Client, CliError> {
        match Remote::named(&self.settings)? {
            Some(mut remote) => {
                remote.tenant = tenant;
                signed_in(app, &remote)
            }
            None => Ok(self.client.clone().in_tenant(tenant.as_str())),
        }
    }

    /// Asks this store.
    pub(crate) fn of(store: Store) -> Result<Self, CliError> {
        let client = Client::new(store.embedded()?, store.tenant().as_str());
        Ok(Self { settings: store.settings, client })
    }

    /// The same, for a thread beside.
    pub(crate) fn shared_client(&self) -> Client {
        self.client.clone()
    }

    /// The same, whose changes say why they are made.
    pub(crate) fn because(self, message: Option<Message>) -> Self {
        match message {
            Some(message) => Self { client: self.client.because(message.as_str()), ..self },
            None => self,
        }
    }

    /// Who does what is asked for.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The path that NAME means here.
    pub(crate) fn path(&self, name: &str) -> Result<SecretPath, CliError> {
        self.settings.path(name)
    }

    /// The folder that PREFIX means here.
    pub(crate) fn folder(&self, prefix: Option<&str>) -> Result<FolderPath, CliError> {
        self.settings.folder(prefix)
    }
}

/// Asks a server with what `coffer login` kept for it.
fn signed_in(app: &mut App, remote: &Remote) -> Result<Client, CliError> {
    let folder = Folder::of(&app.environment);
    let find = |whose| folder.as_ref().map_or(Ok(None), |folder| folder.find(&whose));
    let (tenant, instance) = (find(Whose::tenant(remote))?, find(Whose::instance(remote))?);
    if tenant.is_none() && instance.is_none() {
        return Err(no_token(remote));
    }
    app.is_signed_in = true;
    let token = |kept: &'_ Option<Kept>| kept.as_ref().map(|kept| kept.token.clone());
    let (tenant, instance) = (token(&tenant), token(&instance));
    remote.client(&Tokens { of_tenant: tenant.as_ref(), of_instance: instance.as_ref() })
}

/// Refuses a verb that is about the store in this process, when a server is to be asked.
pub(crate) fn here_only(settings: &Settings, verb: &str) -> Result<(), CliError> {
    let Some((_, source)) = settings.server() else { return Ok(()) };
    Err(CliError::new(
        Exit::Usage,
        "addr.here_only",
        format!("`coffer {verb}` is about a store in this process, and a server is to be asked ({source})"),
        "run it where the store is, with `--addr ''`",
    ))
}

fn no_token(remote: &Remote) -> CliError {
    CliError::new(
        Exit::Refused,
        "token.missing",
        format!("nobody is signed in to {}, and there is no other token to show to it", remote.address),
        "`coffer login` signs you in, with a one-time code that an owner makes with `coffer member code NAME`; a program's token \
         is named with COFFER_TOKEN_FILE",
    )
}

/// What a server refuses whoever is signed in, with what helps them: it knows of no `coffer login`.
pub(crate) fn signed_out(mut error: CliError) -> CliError {
    match &*error.code {
        "token.invalid" => {
            error.fix = "you are not signed in any more: `coffer login`, with a new one-time code".into();
        }
        "token.missing" => {
            error.cause = "you are signed in, but not to where this is asked".into();
            error.fix =
                "`coffer login` signs in to a tenant, and `coffer login --instance` to the instance".into();
        }
        _ => {}
    }
    error
}
