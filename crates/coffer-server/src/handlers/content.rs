//! `/api/v1/content/PATH`: a file that a secret holds, as it is: taken in while it comes, given out while it is taken.
//!
//! # Invariants
//! - Whether it may be written is decided before its body is read, and nothing is stored before all of it has come.
//! - The first piece is opened before anything is said. What does not open later breaks the connection off: it never looks like the end.
//! - Both end when the server is sealed: they would hold the keys for as long as somebody takes.

use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use coffer_encryption::SecretBytes;
use coffer_engine::Vault;
use coffer_engine::content::MediaType;
use coffer_engine::vault::{OpenFile, WriteFile};
use coffer_wire::secret::MetadataChange;
use futures_util::stream::try_unfold;
use serde::Deserialize;
use tokio::time::Instant;

use super::secrets::{expected, is_known, unsaid, which};
use super::{about, shapes};
use crate::answer::Answer;
use crate::body::{parse, time_for};
use crate::call::Call;
use crate::failure::Failure;
use crate::limits::TAKE_TIME;
use crate::message;
use crate::service::Shared;
use crate::tag::Tag;

/// What changes about the secret besides its content: JSON, percent-encoded as `X-Coffer-Message` is.
pub(crate) const METADATA: HeaderName = HeaderName::from_static("x-coffer-metadata");
/// When the secret expires, or has expired.
pub(crate) const EXPIRES: HeaderName = HeaderName::from_static("x-coffer-expires");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SetQuery {
    #[serde(default)]
    replace: bool,
    #[serde(default)]
    overwrite: bool,
}

/// Gives out one version.
pub(crate) async fn get(call: Call) -> Result<Answer, Failure> {
    let op = call.op()?;
    let (path, which) = (call.path()?, which(call.query()?)?);
    let vault = call.vault()?;
    let mut file = vault.get_file(&op, &path, which).await?;
    let tag = Tag::of_version(file.version());
    if is_known(&call.parts.headers, tag) {
        return Ok(Answer::not_modified().tag(&tag));
    }
    let first = file.next().await?;
    let (info, expires) = (file.info().clone(), file.expires());
    let media_type = HeaderValue::from_str(info.media_type.as_str()).map_err(|_| Failure::internal())?;
    let going = Going::new(file, first, vault, Arc::clone(&call.shared));
    let attachment = HeaderValue::from_static("attachment");
    let answer = Answer::with(media_type, going.into_body())
        .header(header::CONTENT_LENGTH, HeaderValue::from(info.bytes))
        .header(header::CONTENT_DISPOSITION, attachment)
        .tag(&tag);
    let said =
        expires.map(|at| shapes::moment(at).to_string()).and_then(|at| HeaderValue::from_str(&at).ok());
    Ok(match said {
        Some(at) => answer.header(EXPIRES, at),
        None => answer,
    })
}

/// Takes one in. Preconditions are those of a write of a whole value.
pub(crate) async fn set(mut call: Call) -> Result<Answer, Failure> {
    let op = call.op()?;
    let (path, headers, query) = (call.path()?, &call.parts.headers, call.query::<SetQuery>()?);
    let write = WriteFile {
        path: path.clone(),
        media_type: media_type(headers)?,
        expect: expected(headers, query.overwrite)?.ok_or_else(|| unsaid(call.parts.uri.path()))?,
        metadata: about::metadata_patch(metadata(headers)?),
        replace: query.replace,
    };
    let (shared, vault) = (Arc::clone(&call.shared), call.vault()?);
    let mut upload = vault.set_file(&op, write).await?;
    let passed = call.pass_on(&op.tenant, |piece| {
        if !is_open(&shared, &vault) {
            return Err(Failure::sealed());
        }
        Ok(upload.push(piece)?)
    });
    let once = passed.await?;
    let written = upload.commit(shared.now(), once).await?;
    let status = if written.created { StatusCode::CREATED } else { StatusCode::OK };
    Ok(Answer::json(&shapes::written(&path, written))?.status(status).tag(&Tag::of_version(written.version)))
}

/// A file on its way out.
struct Going {
    file: OpenFile,
    first: Option<SecretBytes>,
    vault: Vault,
    shared: Arc<Shared>,
    /// When it has to be through.
    until: Option<Instant>,
}

impl Going {
    fn new(file: OpenFile, first: Option<SecretBytes>, vault: Vault, shared: Arc<Shared>) -> Self {
        let bytes = usize::try_from(file.info().bytes).unwrap_or(usize::MAX);
        let until = Instant::now().checked_add(TAKE_TIME.saturating_add(time_for(bytes)));
        Self { file, first, vault, shared, until }
    }

    fn into_body(self) -> Body {
        Body::from_stream(try_unfold(self, |mut going| async move {
            let piece = going.next().await.inspect_err(|error| {
                tracing::warn!(cause = %error, "a file broke off");
            })?;
            Ok::<_, io::Error>(piece.map(|piece| (Bytes::from_owner(Piece(piece)), going)))
        }))
    }

    async fn next(&mut self) -> io::Result<Option<SecretBytes>> {
        if self.until.is_some_and(|until| Instant::now() >= until) {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "it was taken too slowly"));
        }
        if !is_open(&self.shared, &self.vault) {
            return Err(io::Error::other("the server was sealed"));
        }
        match self.first.take() {
            Some(first) => Ok(Some(first)),
            None => self.file.next().await.map_err(io::Error::other),
        }
    }
}

/// A piece that is sent, and wiped when the last of its readers is gone.
struct Piece(SecretBytes);

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        self.0.expose()
    }
}

/// Whether the vault that this began with is still served.
fn is_open(shared: &Shared, vault: &Vault) -> bool {
    shared.vault().is_some_and(|open| open.is(vault))
}

/// What the content is, as the request says.
fn media_type(headers: &HeaderMap) -> Result<MediaType, Failure> {
    let mut said = headers.get_all(header::CONTENT_TYPE).iter();
    match (said.next(), said.next()) {
        (None, _) => Ok(MediaType::bytes()),
        // What is no text names no type, nor do two of them name one: as little as the empty text does.
        (Some(one), another) => {
            let one = another.is_none().then(|| one.to_str().ok()).flatten();
            Ok(MediaType::parse(one.unwrap_or_default())?)
        }
    }
}

/// What changes about the secret besides, as the request says.
fn metadata(headers: &HeaderMap) -> Result<MetadataChange, Failure> {
    let wrong = || {
        Failure::invalid(
            "metadata.encoding",
            "the header `X-Coffer-Metadata` can't be read",
            "send it once: a JSON object, of which what is no visible ASCII character or space, and `%` itself, is percent-encoded",
        )
    };
    let mut said = headers.get_all(METADATA).iter();
    match (said.next(), said.next()) {
        (None, _) => Ok(MetadataChange::default()),
        (Some(one), None) => {
            let text = message::decoded(one.as_bytes()).ok_or_else(wrong)?;
            parse(text.as_bytes()).map_err(|_| wrong())
        }
        (Some(_), Some(_)) => Err(wrong()),
    }
}
