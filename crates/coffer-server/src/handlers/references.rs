//! `/api/v1/references/PATH`: what stands in what.

use coffer_engine::vault;
use coffer_wire::reference::{References, Referred};

use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;

/// What a secret refers to, and what refers to it.
pub(crate) async fn references(call: Call) -> Result<Answer, Failure> {
    let (op, path) = (call.op()?, call.path()?);
    let told = call.vault()?.references(&op, &path).await?;
    Answer::json(&References {
        path: path.as_str().to_owned(),
        references: told.is_template,
        refers_to: told.refers_to.into_iter().map(referred).collect(),
        referred_by: told.referred_by.into_iter().map(referred).collect(),
        more: told.more,
    })
}

fn referred(one: vault::Referred) -> Referred {
    Referred { path: one.path.as_str().to_owned(), direct: one.direct, there: one.there }
}
