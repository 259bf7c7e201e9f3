//! Fields merged with those that are there.
//!
//! They are read for it, with a permit and a receipt like any reader's, as they were written; and go to nobody.

use std::collections::BTreeMap;

use coffer_encryption::SecretBytes;

use super::Vault;
use super::get::Read;
use super::held::Held;
use super::once::Turn;
use super::round::Scope;
use super::set::{Answers, Expect, Plain, Written, one, template, written};
use crate::access::Place;
use crate::action::Action;
use crate::error::{Conflict, Error, ErrorKind};
use crate::fault::Invalid;
use crate::limits::ATTEMPTS_MAX;
use crate::metadata::MetadataPatch;
use crate::op::Op;
use crate::path::SecretPath;
use crate::reference::escape;
use crate::secret::{Form, Value};
use crate::version::Which;

/// A change of some fields.
pub(super) struct Merge {
    /// `None`: it is taken out.
    pub(super) fields: BTreeMap<String, Option<SecretBytes>>,
    /// Whether these are templates.
    pub(super) references: bool,
    pub(super) expect: Expect,
    pub(super) metadata: MetadataPatch,
}

/// The fields that are merged with.
#[derive(Default)]
struct Base {
    fields: BTreeMap<String, SecretBytes>,
    references: bool,
}

impl Vault {
    /// Reads the fields, and writes them with the changes, if nobody was faster.
    pub(super) async fn merge(&self, op: &Op, path: SecretPath, merge: Merge) -> Result<Written, Error> {
        // What was merged once is not read again: it may be anything by now.
        if let Some(written) = self.merged_before(op, &path, &merge).await? {
            return Ok(written);
        }
        for _ in 0..ATTEMPTS_MAX {
            let (base, found) = self.merge_base(op, &path).await?;
            let (fields, references) = base.with(&merge);
            // What was merged into must still be there; a caller who expects less gets another try.
            let (strictest, lenient) = match (merge.expect, found) {
                (Expect::Anything, found) | (Expect::Something, found @ Expect::Version(_)) => (found, true),
                (expect, _) => (expect, false),
            };
            let value = Value::Fields(fields);
            let write = Plain {
                template: template(&path, Some(&value), references)?,
                path: path.clone(),
                held: Some(Held::Value(value)),
                expect: strictest,
                metadata: merge.metadata.clone(),
                wipe_fields: false,
                merged: Some(merge.fields.keys().cloned().collect()),
            };
            match self.set_one(op, write).await {
                Err(error)
                    if lenient && matches!(error.kind(), ErrorKind::Conflict(Conflict::Version { .. })) => {}
                written => return written,
            }
        }
        Err(Conflict::Contended.into())
    }

    /// The fields that are there, and what has to be there still.
    async fn merge_base(&self, op: &Op, path: &SecretPath) -> Result<(Base, Expect), Error> {
        let wanted = [(path.clone(), Which::CURRENT)];
        let secret = match self.read(op, &wanted, Action::SecretMerge, Read::AsWritten).await {
            Ok(mut secrets) => secrets.pop(),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound(_)) => {
                return Ok((Base::default(), Expect::Nothing));
            }
            Err(error) => return Err(error),
        };
        let secret = secret.map(|secret| (secret.version(), secret.form(), secret.into_value()));
        let Some((version, form, Value::Fields(fields))) = secret else {
            let fix = "replace it as a whole";
            return Err(Invalid::new("value.no_fields", "the secret holds one value, not fields", fix).into());
        };
        Ok((Base { fields, references: form == Form::Template }, Expect::Version(version)))
    }

    /// What a merge has done already for the operation's key. Nothing is asked where there is none.
    async fn merged_before(
        &self,
        op: &Op,
        path: &SecretPath,
        merge: &Merge,
    ) -> Result<Option<Written>, Error> {
        if op.once.is_none() {
            return Ok(None);
        }
        let place = &Place::Secret(path.clone());
        let fields = merge
            .fields
            .iter()
            .map(|(name, field)| (name.as_str(), field.as_ref().map_or([].as_slice(), SecretBytes::expose)));
        let fields = &[fields.collect()];
        let turn = self.decide(op, Scope::Tenant, |round| {
            Box::pin(async move {
                round.permit(Action::SecretMerge, place.clone())?;
                round.begin::<Answers>(Action::SecretSet, std::slice::from_ref(place), fields).await
            })
        });
        match turn.await? {
            Turn::First(_) => Ok(None),
            Turn::Replayed(done) => one(written(done)).map(Some),
        }
    }
}

impl Base {
    /// The fields with the changes, and whether they are templates now. Where one side is none it is escaped: each field is read as whoever
    /// wrote it meant it.
    fn with(self, merge: &Merge) -> (BTreeMap<String, SecretBytes>, bool) {
        let references = self.references || merge.references;
        let mut merged = self.fields;
        if references && !self.references {
            merged.values_mut().for_each(|field| *field = escape(field.expose()));
        }
        for (name, field) in &merge.fields {
            match field {
                Some(bytes) if references && !merge.references => {
                    merged.insert(name.clone(), escape(bytes.expose()));
                }
                Some(bytes) => {
                    merged.insert(name.clone(), SecretBytes::copy_from(bytes.expose()));
                }
                None => {
                    merged.remove(name);
                }
            }
        }
        (merged, references)
    }
}
