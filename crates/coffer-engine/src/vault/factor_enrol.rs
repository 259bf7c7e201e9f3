//! A second factor for oneself: a secret for an authenticator is made, and counts once a first code of it was shown.
//!
//! # Invariants
//! - Who has nothing but a token needs the password too, as for setting one. While a factor stands nobody puts another in its place.
//! - The secret is shown once, to who has asked for it.

use coffer_encryption::{TOTP_DIGITS, TOTP_STEP_SECONDS, TotpSecret, random};
use zeroize::Zeroizing;

use super::Vault;
use super::changes::Changes;
use super::once::GivenOnce;
use super::oneself::Oneself;
use super::passwords::check_shown;
use super::round::{Scope, Stop};
use super::sign_in::hex;
use super::tokens::own;
use crate::access::{FactorRecord, PasswordRecord, Place};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::{Conflict, Error};
use crate::op::Op;
use crate::storage::keyspace;

/// A secret for an authenticator, for the one who enrols it.
#[derive(Debug)]
pub struct Enrolled {
    secret: TotpSecret,
    account: String,
}

impl Enrolled {
    /// The secret, to be typed.
    #[must_use]
    pub fn secret(&self) -> Zeroizing<String> {
        self.secret.base32()
    }

    /// The secret and all that belongs to it, as authenticators read it from a picture.
    #[must_use]
    pub fn uri(&self) -> Zeroizing<String> {
        let (account, secret) = (escaped(&self.account), self.secret());
        Zeroizing::new(format!(
            "otpauth://totp/Coffer:{account}?secret={}&issuer=Coffer&algorithm=SHA1&digits={TOTP_DIGITS}&period={TOTP_STEP_SECONDS}",
            secret.as_str()
        ))
    }
}

impl Vault {
    /// Makes a secret for whoever the operation's token is of. One that was made before, and never confirmed, is none any more.
    ///
    /// # Errors
    /// [`crate::fault::Invalid`] without a token; [`Conflict::Unproved`] without the password where it is needed;
    /// [`Conflict::WrongPassword`] with another one, which counts like one to sign in with; [`Conflict::FactorStands`];
    /// [`crate::error::ErrorKind::Crowded`] when too many wait; refusals and storage errors as for every verb.
    pub async fn factor_enrol(
        &self,
        op: &Op,
        password: Option<&str>,
        instance: bool,
    ) -> Result<Enrolled, Error> {
        own(op)?;
        password.map_or(Ok(()), check_shown)?;
        let oneself = self.oneself(op, Action::FactorEnrol, password.is_some(), instance).await?;
        if let Some(password) = password {
            let turn = self.inner.passwords.turn().await?;
            self.own_password((op, Action::FactorEnrol), turn, (&oneself, password), instance).await?;
        }
        self.store_factor(op, &oneself, instance).await
    }

    async fn store_factor(&self, op: &Op, oneself: &Oneself, instance: bool) -> Result<Enrolled, Error> {
        let asked = (Action::FactorEnrol, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                let member = oneself.member;
                let password = round.password(member).await?;
                if password.map(|seen| seen.value.id()) != oneself.password.as_ref().map(PasswordRecord::id) {
                    return Err(Conflict::Contended.into());
                }
                if round.factor(member).await?.is_some_and(|seen| seen.value.stands()) {
                    let draft = Draft::new(Action::FactorEnrol, "", Outcome::Mismatch);
                    return Err(Stop::recorded(draft, Conflict::FactorStands));
                }
                let secret = TotpSecret::generate()?;
                let record = FactorRecord::new(random::bytes()?, &secret, op.now);
                let (ring, mut changes) = (round.ring(), Changes::default());
                changes.seal(&ring, keyspace::factor(ring.owner(), member), &record)?;
                let draft = Draft::new(Action::FactorEnrol, "", Outcome::Done).changes(changes.described());
                let draft = draft.detail(Detail::Factor { member: hex(member) });
                let name = round.identity.as_ref().map_or_else(String::new, |who| who.value.name.clone());
                let owner = if instance { "instance" } else { op.tenant.as_str() };
                let enrolled = Enrolled { secret, account: format!("{owner}/{name}") };
                round.commit(first, changes, vec![draft], GivenOnce(enrolled)).await
            })
        });
        Ok(done.await?.answer.0)
    }
}

/// What stands for itself in a URI stays (RFC 3986, 2.3).
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(char::from(byte));
            }
            other => {
                escaped.push('%');
                escaped.push_str(&base16ct::upper::encode_string(&[other]));
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authenticators_read_it_and_nobody_prints_it() {
        let secret = TotpSecret::from_bytes(*b"12345678901234567890");
        let enrolled = Enrolled { secret, account: "acme/eu/mäya?x".to_owned() };
        assert_eq!(
            enrolled.uri().as_str(),
            "otpauth://totp/Coffer:acme%2Feu%2Fm%C3%A4ya%3Fx?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Coffer&algorithm=SHA1&digits=6&period=30"
        );
        assert!(!format!("{enrolled:?}").contains("GEZD"));
    }
}
