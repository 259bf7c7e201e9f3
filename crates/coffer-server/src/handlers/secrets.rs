//! `/api/v1/secrets/PATH`: read, written, removed.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, StatusCode, header};
use coffer_encryption::SecretBytes;
use coffer_engine::secret::Value;
use coffer_engine::vault::{Expect, NewValue, Write};
use coffer_engine::version::{Stage, VersionNumber, Which};
use coffer_engine::version_name::{Consumer, Label};
use coffer_wire::secret::{Removed, SecretWrite};
use serde::Deserialize;

use super::{about, shapes};
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::tag::Tag;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhichQuery {
    version: Option<u64>,
    stage: Option<String>,
    label: Option<String>,
    consumer: Option<String>,
    #[serde(default)]
    raw: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SetQuery {
    #[serde(default)]
    overwrite: bool,
}

/// Reads one version, filled in unless it is wanted as it was written. `If-None-Match` with what the caller has answers 304: it was read,
/// and is in the log, all the same.
pub(crate) async fn get(call: Call) -> Result<Answer, Failure> {
    let op = call.op()?;
    let query: WhichQuery = call.query()?;
    let (vault, path, raw) = (call.vault()?, call.path()?, query.raw);
    let which = which(query)?;
    let secret = if raw {
        let read = vault.get_as_written(&op, &[(path, which)]).await?.pop();
        read.ok_or_else(Failure::internal)?
    } else {
        vault.get(&op, &path, which).await?
    };
    let tag = Tag::of(&secret);
    if is_known(&call.parts.headers, tag) {
        return Ok(Answer::not_modified().tag(&tag));
    }
    Ok(Answer::sized(&shapes::shown(&secret), shapes::size(&secret))?.tag(&tag))
}

/// Writes. What takes the place of a whole value says what it expects; a merge and a change of metadata expect what they read themselves.
pub(crate) async fn set(mut call: Call) -> Result<Answer, Failure> {
    let mut op = call.op()?;
    let query: SetQuery = call.query()?;
    let (path, expect) = (call.path()?, expected(&call.parts.headers, query.overwrite)?);
    let write: SecretWrite = call.body(&mut op).await?;
    let value = new_value(&write)?;
    let is_whole = matches!(value, Some(NewValue::Set(_) | NewValue::Replace(_)));
    let write = Write {
        path: path.clone(),
        value,
        references: write.references,
        expect: match expect {
            Some(expect) => expect,
            None if is_whole => return Err(unsaid(call.parts.uri.path())),
            None => Expect::Anything,
        },
        metadata: about::metadata_patch(write.metadata),
    };
    let is_merge = matches!(write.value, Some(NewValue::Merge(_)));
    let written = call.vault()?.set(&op, write).await.map_err(|error| {
        let mut failure = Failure::from(error);
        // Whether fields can be merged depends on what is there, and not on what was sent.
        if is_merge && failure.code == "value.no_fields" {
            failure.status = StatusCode::CONFLICT;
        }
        failure
    })?;
    let status = if written.created { StatusCode::CREATED } else { StatusCode::OK };
    let tag = Tag::of_version(written.version);
    Ok(Answer::json(&shapes::written(&path, written))?.status(status).tag(&tag))
}

/// Puts it into the trash.
pub(crate) async fn remove(call: Call) -> Result<Answer, Failure> {
    let (op, path) = (call.op()?, call.path()?);
    let removed = call.vault()?.remove(&op, &path).await?;
    Answer::json(&Removed { path: path.as_str().to_owned(), referred_by: removed.referred_by })
}

pub(crate) fn which(query: WhichQuery) -> Result<Which, Failure> {
    let wrong = || {
        Failure::invalid(
            "query.which",
            "there is no such version or stage, or more than one is asked for",
            "ask with one of `version=3`, `stage=current` (or `pending`, `previous`), `label=stable` and `consumer=billing`",
        )
    };
    match query {
        WhichQuery { version: None, stage: None, label: None, consumer: None, .. } => Ok(Which::Own),
        WhichQuery { version: Some(number), stage: None, label: None, consumer: None, .. } => {
            VersionNumber::new(number).map(Which::Number).ok_or_else(wrong)
        }
        WhichQuery { version: None, stage: Some(name), label: None, consumer: None, .. } => {
            Stage::ALL.into_iter().find(|stage| stage.name() == name).map(Which::Stage).ok_or_else(wrong)
        }
        WhichQuery { version: None, stage: None, label: Some(label), consumer: None, .. } => {
            Ok(Which::Label(Label::parse(&label)?))
        }
        WhichQuery { version: None, stage: None, label: None, consumer: Some(consumer), .. } => {
            Ok(Which::Consumer(Consumer::parse(&consumer)?))
        }
        _ => Err(wrong()),
    }
}

/// What a write expects to be there, where it says so: `If-Match: "7"` version 7, `If-Match: *` any, `If-None-Match: *` none; the query
/// `overwrite=true` nothing in particular.
pub(crate) fn expected(headers: &HeaderMap, overwrite: bool) -> Result<Option<Expect>, Failure> {
    match (expect(headers)?, overwrite) {
        (Some(_), true) => Err(Failure::invalid(
            "precondition.contradiction",
            "`overwrite=true` expects nothing, and the precondition does",
            "send one of them",
        )),
        (None, true) => Ok(Some(Expect::Anything)),
        (expect, false) => Ok(expect),
    }
}

/// A write of a whole value without a word of what it takes the place of (RFC 6585, section 3).
pub(crate) fn unsaid(target: &str) -> Failure {
    Failure::new(
        StatusCode::PRECONDITION_REQUIRED,
        "secret.expectation_missing",
        "a write that takes the place of a whole value says what it expects to be there, and this one does not",
        format!(
            "where nothing is yet, send `If-None-Match: *`; in place of what you have read, `If-Match` with its ETag (`*`: of any version); \
            whatever is there, ask with `?overwrite=true`: `curl -X PUT -H 'If-None-Match: *' .. 'https://SERVER{target}'`, or \
            `curl -X PUT .. 'https://SERVER{target}?overwrite=true'`"
        ),
    )
}

pub(crate) fn expect(headers: &HeaderMap) -> Result<Option<Expect>, Failure> {
    let wrong = || {
        Failure::invalid(
            "precondition.invalid",
            "the precondition can't be understood",
            "send `If-Match` with the ETag that a read gave, or with `*`; or `If-None-Match: *`",
        )
    };
    let mut matching = headers.get_all(header::IF_MATCH).iter();
    let mut unmatching = headers.get_all(header::IF_NONE_MATCH).iter();
    match (matching.next(), unmatching.next(), matching.next().or(unmatching.next())) {
        (None, None, None) => Ok(None),
        (Some(tag), None, None) if tag.as_bytes() == b"*" => Ok(Some(Expect::Something)),
        (None, Some(tag), None) if tag.as_bytes() == b"*" => Ok(Some(Expect::Nothing)),
        // Of what was filled in, too: what is written over is the template.
        (Some(tag), None, None) => {
            Tag::parse(tag).map(|tag| Some(Expect::Version(tag.version()))).ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}

/// Whether the caller has what this tag is of already.
pub(crate) fn is_known(headers: &HeaderMap, tag: Tag) -> bool {
    headers.get_all(header::IF_NONE_MATCH).iter().any(|tags| tag.is_in(tags))
}

fn new_value(write: &SecretWrite) -> Result<Option<NewValue>, Failure> {
    if write.references && (write.value.is_none() || write.generate.is_some()) {
        return Err(shapes::contradiction("`references` goes with a value or with fields"));
    }
    let removed = write.remove_fields.iter().map(|name| (name.clone(), None));
    match (shapes::one_value(write.value.as_ref(), write.generate)?, write.replace) {
        (Some(value), true) if write.remove_fields.is_empty() => Ok(Some(NewValue::Replace(value))),
        (Some(Value::Fields(fields)), false) => {
            let mut changes: BTreeMap<String, Option<SecretBytes>> =
                fields.into_iter().map(|(name, field)| (name, Some(field))).collect();
            if write.remove_fields.iter().any(|name| changes.contains_key(name)) {
                return Err(contradiction());
            }
            changes.extend(removed);
            Ok(Some(NewValue::Merge(changes)))
        }
        (Some(value), false) if write.remove_fields.is_empty() => Ok(Some(NewValue::Set(value))),
        (None, false) if write.remove_fields.is_empty() => Ok(None),
        (None, false) => Ok(Some(NewValue::Merge(removed.collect()))),
        _ => Err(contradiction()),
    }
}

fn contradiction() -> Failure {
    shapes::contradiction(
        "`replace` goes with a value and without `remove_fields`; `remove_fields` with other fields",
    )
}
