//! Tenants, members, tokens, and signing in for one. Where there is an `instance`, those of the instance itself are meant when it is true.

use super::{Client, ClientError, Target};
use crate::client_secret::{ClientSecret, ClientSecrets, MadeClientSecret, NewClientSecret};
use crate::code::{MadeCode, NewCode};
use crate::factor::{MadeFactor, NewFactor, RemovedFactor, ShownFactor};
use crate::member::{MadeMember, Member, MemberChange, MemberUndone, Members, NewMember};
use crate::password::{NewPassword, Unlocked};
use crate::sign_in::{SignIn, SignedIn};
use crate::tenant::{NewTenant, Quota, Tenant, TenantChange, TenantDetails, TenantUndone, Tenants};
use crate::token::{MadeToken, NewToken, Renewed, Token, Tokens};

const TENANTS: &str = "/api/v1/tenants";
const MEMBERS: &str = "/api/v1/members";
const CLIENT_SECRETS: &str = "/api/v1/client-secrets";
const TOKENS: &str = "/api/v1/tokens";

/// A tenant, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedTenant {
    /// What it is called.
    pub name: String,
    /// Whether it is suspended.
    pub suspended: bool,
    /// Whether it is locked by its own members.
    pub locked: bool,
    /// Where what it holds has to stay.
    pub residency: Option<String>,
}

impl Client {
    /// The tenants of the instance, or those below one, all pages.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn tenant_list(&self, below: Option<&str>) -> Result<Vec<ListedTenant>, ClientError> {
        self.pages(|most, cursor| {
            let target = self.managing(Target::new(TENANTS)).with("limit", Some(most)).with("cursor", cursor);
            let target = target.with("below", below);
            let Tenants { tenants, suspended, locked, residency, next } = self.json(self.get(target))?;
            let listed = |name: String| ListedTenant {
                suspended: suspended.contains(&name),
                locked: locked.contains(&name),
                residency: residency.get(&name).cloned(),
                name,
            };
            Ok((tenants.into_iter().map(listed).collect(), next))
        })
    }

    /// Suspends a tenant: nothing in it is answered.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn tenant_suspend(&self, name: &str) -> Result<(), ClientError> {
        self.done(self.post(self.managing(Target::new("/api/v1/suspend/").below(name))))
    }

    /// Ends that.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn tenant_resume(&self, name: &str) -> Result<(), ClientError> {
        self.done(self.post(self.managing(Target::new("/api/v1/resume/").below(name))))
    }

    /// One tenant: how much it holds, and how much it may.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn tenant_show(&self, name: &str) -> Result<TenantDetails, ClientError> {
        self.json(self.get(self.managing(Target::new("/api/v1/tenants/").below(name))))
    }

    /// Changes how much a tenant may hold; how much that is then.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn tenant_quota(&self, name: &str, change: &TenantChange) -> Result<Quota, ClientError> {
        self.json(
            self.request("PATCH", self.managing(Target::new("/api/v1/tenants/").below(name))).with(change),
        )
    }

    /// Takes back the last change of that.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn tenant_undo(&self, name: &str) -> Result<TenantUndone, ClientError> {
        self.json(self.post(self.managing(Target::new("/api/v1/tenant/undo/").below(name))))
    }

    /// Makes a tenant.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn tenant_create(&self, wanted: &NewTenant) -> Result<Tenant, ClientError> {
        self.json(self.post(self.managing(Target::new(TENANTS))).with(wanted))
    }

    /// The members, all pages.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn member_list(&self, instance: bool) -> Result<Vec<Member>, ClientError> {
        self.pages(|most, cursor| {
            let target = of(MEMBERS, instance).with("limit", Some(most)).with("cursor", cursor);
            let page: Members = self.json(self.get(target))?;
            Ok((page.members, page.next))
        })
    }

    /// Makes a member who may do what the grants say.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn member_create(&self, wanted: &NewMember, instance: bool) -> Result<MadeMember, ClientError> {
        self.json(self.post(of(MEMBERS, instance)).with(wanted))
    }

    /// Changes what a member may do.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn member_change(
        &self,
        name: &str,
        change: &MemberChange,
        instance: bool,
    ) -> Result<(), ClientError> {
        let target = Target::new("/api/v1/members/").below(name).when("instance", instance);
        self.done(self.request("PATCH", target).with(change))
    }

    /// Takes back the last change of what a member may do.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn member_undo(&self, name: &str, instance: bool) -> Result<MemberUndone, ClientError> {
        let target = Target::new("/api/v1/member/undo/").below(name).when("instance", instance);
        self.json(self.post(target))
    }

    /// Removes a member, for good.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn member_remove(&self, name: &str, instance: bool) -> Result<(), ClientError> {
        let target = Target::new("/api/v1/members/").below(name).when("instance", instance);
        self.done(self.request("DELETE", target))
    }

    /// Makes a one-time code with which a member signs in.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn member_code(&self, wanted: &NewCode, instance: bool) -> Result<MadeCode, ClientError> {
        self.json(self.post(of("/api/v1/codes", instance)).with(wanted))
    }

    /// Sets the password of whoever the token is of.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn password_set(&self, wanted: &NewPassword, instance: bool) -> Result<(), ClientError> {
        self.done(self.request("PUT", of("/api/v1/password", instance)).with(wanted))
    }

    /// Ends every lock of a member after wrong passwords.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn member_unlock(&self, name: &str, instance: bool) -> Result<Unlocked, ClientError> {
        let target = Target::new("/api/v1/member/unlock/").below(name).when("instance", instance);
        self.json(self.post(target))
    }

    /// Makes a second factor for whoever the token is of. It is asked for once it is confirmed.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn factor_enrol(&self, wanted: &NewFactor, instance: bool) -> Result<MadeFactor, ClientError> {
        self.json(self.post(of("/api/v1/factor", instance)).with(wanted))
    }

    /// Confirms it, with a first code.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn factor_confirm(&self, shown: &ShownFactor, instance: bool) -> Result<(), ClientError> {
        self.done(self.post(of("/api/v1/factor/confirm", instance)).with(shown))
    }

    /// Removes one's own, with a code of it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn factor_remove_own(&self, shown: &ShownFactor, instance: bool) -> Result<(), ClientError> {
        self.done(self.post(of("/api/v1/factor/remove", instance)).with(shown))
    }

    /// Removes that of a member, who has lost it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn factor_remove(&self, name: &str, instance: bool) -> Result<RemovedFactor, ClientError> {
        let target = Target::new("/api/v1/member/factor/").below(name).when("instance", instance);
        self.json(self.request("DELETE", target))
    }

    /// Makes a client secret, with which a program signs in as a member.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn client_secret_create(
        &self,
        wanted: &NewClientSecret,
        instance: bool,
    ) -> Result<MadeClientSecret, ClientError> {
        self.json(self.post(of(CLIENT_SECRETS, instance)).with(wanted))
    }

    /// The client secrets, also those that have ended, all pages.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn client_secret_list(&self, instance: bool) -> Result<Vec<ClientSecret>, ClientError> {
        self.pages(|most, cursor| {
            let target = of(CLIENT_SECRETS, instance).with("limit", Some(most)).with("cursor", cursor);
            let page: ClientSecrets = self.json(self.get(target))?;
            Ok((page.secrets, page.next))
        })
    }

    /// Ends a client secret, and all tokens that it was changed for.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn client_secret_revoke(&self, id: &str, instance: bool) -> Result<(), ClientError> {
        let target = Target::new("/api/v1/client-secrets/").below(id).when("instance", instance);
        self.done(self.request("DELETE", target))
    }

    /// Changes what is shown for a token. No other is shown for it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn sign_in(&self, shown: &SignIn, instance: bool) -> Result<SignedIn, ClientError> {
        self.json(self.post(of("/api/v1/sign-in", instance)).with(shown))
    }

    /// The tokens, also those that have ended, all pages.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn token_list(&self, instance: bool) -> Result<Vec<Token>, ClientError> {
        self.pages(|most, cursor| {
            let target = of(TOKENS, instance).with("limit", Some(most)).with("cursor", cursor);
            let page: Tokens = self.json(self.get(target))?;
            Ok((page.tokens, page.next))
        })
    }

    /// Makes a token for a member, or for oneself.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn token_create(&self, wanted: &NewToken, instance: bool) -> Result<MadeToken, ClientError> {
        self.json(self.post(of(TOKENS, instance)).with(wanted))
    }

    /// Ends a token, and all that were made with it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn token_revoke(&self, id: &str, instance: bool) -> Result<(), ClientError> {
        let target = Target::new("/api/v1/tokens/").below(id).when("instance", instance);
        self.done(self.request("DELETE", target))
    }

    /// Ends the token that is shown.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn token_revoke_own(&self, instance: bool) -> Result<(), ClientError> {
        self.done(self.request("DELETE", of("/api/v1/token", instance)))
    }

    /// Makes the token that is shown last longer.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn token_renew(&self, instance: bool) -> Result<Renewed, ClientError> {
        self.json(self.post(of("/api/v1/token/renew", instance)))
    }
}

fn of(route: &str, instance: bool) -> Target {
    Target::new(route).when("instance", instance)
}
