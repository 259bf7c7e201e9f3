//! `/api/v1/files`: sealed for whoever keeps them, and opened again.

use axum::http::StatusCode;
use coffer_engine::Error;
use coffer_engine::error::ErrorKind;
use coffer_engine::secret::Value;
use coffer_wire::file::{OpenFile, SealFile, SealedFile};

use super::shapes;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;

/// Seals one. It is not kept here.
pub(crate) async fn seal(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, path) = (call.op()?, call.path()?);
    let sent: SealFile = call.body(&mut op).await?;
    let Value::Bytes(content) = shapes::value(&sent.content) else { return Err(Failure::internal()) };
    let sealed = call.vault()?.file_seal(&op, &path, content).await?;
    Answer::json(&SealedFile { file_base64: sealed.bytes().to_vec() })
}

/// Opens one that this tenant sealed.
pub(crate) async fn open(mut call: Call) -> Result<Answer, Failure> {
    let mut op = call.op()?;
    let sent: OpenFile = call.body(&mut op).await?;
    let secret = call.vault()?.file_open(&op, &sent.file_base64).await.map_err(not_ours)?;
    Answer::sized(&shapes::shown(&secret), shapes::size(&secret))
}

/// What does not open is what was sent, and no fault of the store's.
fn not_ours(error: Error) -> Failure {
    let is_corrupt = matches!(error.kind(), ErrorKind::Corrupt(_));
    let mut failure = Failure::from(error);
    if is_corrupt {
        failure.status = StatusCode::BAD_REQUEST;
    }
    failure
}
