//! Who is signed in where: the tokens that `coffer login` got, a file for each, in the user's folder of configuration.
//!
//! Trust: a file and its folder are their owner's alone, or are not read. What stands in one is believed only if it names the server and the
//! tenant that it was looked up for.
//!
//! # Invariants
//!
//! * A token is found for the address and the tenant that it was given for, and for no others.
//! * A file is there whole or not at all.
//! * No token is part of an error, and none is printed.

mod file;

use coffer_encryption::hash;
use coffer_engine::token::TokenHash;
use coffer_wire::client::Address;
use coffer_wire::sign_in::SignedIn;
use coffer_wire::{Moment, Plain};
use serde::{Deserialize, Serialize};

pub(crate) use file::{Folder, Room};

use crate::remote::Remote;

/// The form of a file.
const FORMAT: u8 = 1;

/// For whom a token is: the tenant, or the instance, of one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Whose {
    server: String,
    /// `None`: the instance.
    tenant: Option<String>,
}

/// A token that was got, as it is kept.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    format: u8,
    server: String,
    tenant: Option<String>,
    /// What its member is called.
    pub(crate) name: String,
    /// When it ends, unless somebody ends it before.
    pub(crate) expires: Moment,
    pub(crate) token: Plain,
}

impl Whose {
    /// The tenant that is asked.
    pub(crate) fn tenant(remote: &Remote) -> Self {
        Self { server: all_of(&remote.address), tenant: Some(remote.tenant.as_str().to_owned()) }
    }

    /// The instance.
    pub(crate) fn instance(remote: &Remote) -> Self {
        Self { server: all_of(&remote.address), tenant: None }
    }

    pub(crate) fn is_instance(&self) -> bool {
        self.tenant.is_none()
    }

    /// For people.
    pub(crate) fn shown(&self) -> String {
        self.tenant.as_ref().map_or_else(|| "the instance".to_owned(), |tenant| format!("tenant {tenant}"))
    }

    /// For programs: `null` is the instance.
    pub(crate) fn tenant_name(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// What the file is called: an address may have a secret in it, and a tenant's name has `/`.
    fn file_name(&self) -> String {
        let whose =
            self.tenant.as_ref().map_or_else(|| "instance".to_owned(), |name| format!("tenant\n{name}"));
        let digest = hash::sha256(format!("{}\n{whose}", self.server).as_bytes());
        let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("{hex}.json")
    }
}

impl Kept {
    /// What a server gave to whom it was asked for.
    pub(crate) fn new(whose: &Whose, signed: SignedIn) -> Self {
        let Whose { server, tenant } = whose.clone();
        let SignedIn { token, about, name, .. } = signed;
        Self { format: FORMAT, server, tenant, name, expires: about.expires, token }
    }

    fn is_of(&self, whose: &Whose) -> bool {
        self.format == FORMAT
            && (&self.server, &self.tenant) == (&whose.server, &whose.tenant)
            && TokenHash::of_text(self.token.expose()).is_some()
    }
}

/// All of an address, so that another one below the same host is another one.
fn all_of(address: &Address) -> String {
    address.uri().to_string().trim_end_matches('/').to_owned()
}
