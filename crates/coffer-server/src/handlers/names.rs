//! What versions are called, who uses which, and what members read in place of the current one.

use coffer_engine::version::{VersionNumber, Which};
use coffer_engine::version_name::{self, Consumer, VersionName};
use coffer_wire::secret::{Generate, Given, Label, Named, Overridden, Pin};

use super::shapes;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;

/// Calls a version so from now on.
pub(crate) async fn label(mut call: Call) -> Result<Answer, Failure> {
    let mut op = call.op()?;
    let Label { label, version, remove } = call.body(&mut op).await?;
    let name = VersionName::Label(version_name::Label::parse(&label)?);
    name_version(call, &op, &name, which(version, remove)?).await
}

/// Says which version a consumer uses.
pub(crate) async fn pin(mut call: Call) -> Result<Answer, Failure> {
    let mut op = call.op()?;
    let Pin { consumer, version, remove } = call.body(&mut op).await?;
    let name = VersionName::Consumer(Consumer::parse(&consumer)?);
    name_version(call, &op, &name, which(version, remove)?).await
}

/// Gives whoever asks a value of his own.
pub(crate) async fn override_own(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, path) = (call.op()?, call.path()?);
    let wanted: Given = call.body_if_any(&mut op).await?;
    // As for a rotation: what is not said is random.
    let generate = wanted.generate.or_else(|| wanted.value.is_none().then(Generate::default));
    let value = shapes::one_value(wanted.value.as_ref(), generate)?;
    let version = call.vault()?.override_own(&op, &path, value.as_ref()).await?;
    let version = version.map(VersionNumber::get);
    Answer::json(&Overridden { path: path.as_str().to_owned(), version, own: true })
}

/// Takes it away.
pub(crate) async fn override_remove(call: Call) -> Result<Answer, Failure> {
    let (op, path) = (call.op()?, call.path()?);
    let version = call.vault()?.override_own(&op, &path, None).await?;
    let version = version.map(VersionNumber::get);
    Answer::json(&Overridden { path: path.as_str().to_owned(), version, own: false })
}

async fn name_version(
    call: Call,
    op: &coffer_engine::op::Op,
    name: &VersionName,
    version: Option<Which>,
) -> Result<Answer, Failure> {
    let path = call.path()?;
    let version = call.vault()?.name_version(op, &path, name, version.as_ref()).await?;
    Answer::json(&Named { path: path.as_str().to_owned(), version: version.map(VersionNumber::get) })
}

fn which(version: Option<u64>, remove: bool) -> Result<Option<Which>, Failure> {
    match (version, remove) {
        (None, true) => Ok(None),
        (Some(_), true) => Err(shapes::contradiction("a name is given to a version, or taken away")),
        (None, false) => Ok(Some(Which::CURRENT)),
        (Some(number), false) => match VersionNumber::new(number) {
            Some(number) => Ok(Some(Which::Number(number))),
            None => Err(super::versions::no_version()),
        },
    }
}
