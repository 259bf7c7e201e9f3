//! `/api/v1/secrets/PATH`: read, written, removed.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, StatusCode, header};
use coffer_encryption::SecretBytes;
use coffer_engine::secret::Value;
use coffer_engine::vault::{Expect, NewValue, Write};
use coffer_engine::version::{Stage, VersionNumber, Which};
use coffer_engine::version_name::{Consumer, Label};
use coffer_wire::secret::SecretWrite;
use serde::Deserialize;

use super::{about, shapes};
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhichQuery {
    version: Option<u64>,
    stage: Option<String>,
    label: Option<String>,
    consumer: Option<String>,
}

/// Reads one version. `If-None-Match` with the version that the caller has answers 304: it was read, and is in the log, all the same.
pub(crate) async fn get(call: Call) -> Result<Answer, Failure> {
    let op = call.op()?;
    let (path, which) = (call.path()?, which(call.query()?)?);
    let secret = call.vault()?.get(&op, &path, which).await?;
    let version = secret.version().get();
    if is_known(&call.parts.headers, version) {
        return Ok(Answer::not_modified().version(version));
    }
    Ok(Answer::sized(&shapes::shown(&secret), shapes::size(&secret))?.version(version))
}

/// Writes. `If-Match: "7"` expects version 7, `If-Match: *` any, `If-None-Match: *` none.
pub(crate) async fn set(mut call: Call) -> Result<Answer, Failure> {
    let mut op = call.op()?;
    let (path, expect) = (call.path()?, expect(&call.parts.headers)?);
    let write: SecretWrite = call.body(&mut op).await?;
    let write = Write {
        path: path.clone(),
        value: new_value(&write)?,
        expect,
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
    Ok(Answer::json(&shapes::written(&path, written))?.status(status).version(written.version.get()))
}

/// Puts it into the trash.
pub(crate) async fn remove(call: Call) -> Result<Answer, Failure> {
    let op = call.op()?;
    call.vault()?.remove(&op, &call.path()?).await?;
    Ok(Answer::empty())
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
        WhichQuery { version: None, stage: None, label: None, consumer: None } => Ok(Which::Own),
        WhichQuery { version: Some(number), stage: None, label: None, consumer: None } => {
            VersionNumber::new(number).map(Which::Number).ok_or_else(wrong)
        }
        WhichQuery { version: None, stage: Some(name), label: None, consumer: None } => {
            Stage::ALL.into_iter().find(|stage| stage.name() == name).map(Which::Stage).ok_or_else(wrong)
        }
        WhichQuery { version: None, stage: None, label: Some(label), consumer: None } => {
            Ok(Which::Label(Label::parse(&label)?))
        }
        WhichQuery { version: None, stage: None, label: None, consumer: Some(consumer) } => {
            Ok(Which::Consumer(Consumer::parse(&consumer)?))
        }
        _ => Err(wrong()),
    }
}

pub(crate) fn expect(headers: &HeaderMap) -> Result<Expect, Failure> {
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
        (None, None, None) => Ok(Expect::Anything),
        (Some(tag), None, None) if tag.as_bytes() == b"*" => Ok(Expect::Something),
        (None, Some(tag), None) if tag.as_bytes() == b"*" => Ok(Expect::Nothing),
        (Some(tag), None, None) => {
            let number =
                tag.to_str().ok().and_then(|tag| tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok());
            // As it was given: a number that is written in another way is no ETag of ours.
            let given = number.and_then(VersionNumber::new).filter(|version| names(tag, version.get()));
            given.map(Expect::Version).ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}

/// Whether the caller has this version already.
pub(crate) fn is_known(headers: &HeaderMap, version: u64) -> bool {
    headers.get_all(header::IF_NONE_MATCH).iter().any(|tag| names(tag, version))
}

fn names(tag: &header::HeaderValue, version: u64) -> bool {
    tag.to_str().is_ok_and(|tags| tags.split(',').any(|tag| tag.trim() == format!("\"{version}\"")))
}

fn new_value(write: &SecretWrite) -> Result<Option<NewValue>, Failure> {
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
