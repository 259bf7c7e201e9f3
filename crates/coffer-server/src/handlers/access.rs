//! `/api/v1/access`: whether somebody may, and why; what somebody sees.

use coffer_engine::access::Place;
use coffer_engine::identity::MemberName;
use coffer_engine::path::{FolderPath, SecretPath};
use coffer_engine::vault::Question;
use coffer_wire::access::{Explained, Preview, Reason};
use serde::Deserialize;

use super::roles::right;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExplainQuery {
    member: Option<String>,
    right: String,
    path: Option<String>,
    folder: Option<String>,
    #[serde(default)]
    instance: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PreviewQuery {
    member: String,
    #[serde(default)]
    folder: String,
    #[serde(default)]
    recursive: bool,
}

/// Whether somebody may do something, and why.
pub(crate) async fn explain(call: Call) -> Result<Answer, Failure> {
    let (op, query) = (call.op()?, call.query::<ExplainQuery>()?);
    let place = match (&query.path, &query.folder) {
        (Some(path), None) => Place::Secret(SecretPath::parse(path)?),
        (None, Some(folder)) => Place::Folder(FolderPath::parse(folder)?),
        (None, None) => Place::Tenant,
        (Some(_), Some(_)) => {
            let fix = "name a `path` or a `folder`; neither means the tenant";
            return Err(Failure::invalid("access.two_places", "both a secret and a folder are named", fix));
        }
    };
    let who = query.member.as_deref().map(MemberName::parse).transpose()?;
    let question = Question { who, right: right(&query.right)?, place };
    let explained = call.vault()?.check_permission(&op, &question, query.instance).await?;
    let reason = |reason: coffer_engine::access::Reason| Reason {
        what: reason.what,
        effect: reason.effect.name().to_owned(),
    };
    Answer::json(&Explained {
        allowed: explained.allowed,
        member: explained.member,
        powerless: explained.powerless.map(str::to_owned),
        reasons: explained.reasons.into_iter().map(reason).collect(),
    })
}

/// What somebody sees in a folder, of what the caller sees there.
pub(crate) async fn preview(call: Call) -> Result<Answer, Failure> {
    let (op, query) = (call.op()?, call.query::<PreviewQuery>()?);
    let who = MemberName::parse(&query.member)?;
    let folder = FolderPath::parse(&query.folder)?;
    let seen = call.vault()?.access_preview(&op, &who, &folder, query.recursive).await?;
    Answer::json(&Preview {
        folders: seen.folders.iter().map(|folder| folder.as_str().to_owned()).collect(),
        secrets: seen.secrets.iter().map(|secret| secret.path.as_str().to_owned()).collect(),
    })
}
