//! `/api/v1/policies`: rules on paths, in Vault's grammar.

use coffer_engine::slug::PolicyName;
use coffer_engine::vault::ListedPolicy;
use coffer_wire::access::{NewPolicy, Policies, Policy, PolicyLine, RulesUndone};

use super::members::ListQuery;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;

/// All of them, by name.
pub(crate) async fn list(call: Call) -> Result<Answer, Failure> {
    let (op, query) = (call.op()?, call.query::<ListQuery>()?);
    let instance = query.instance;
    let page = query.page(&call)?;
    let policies = call.vault()?.policy_list(&op, instance).await?;
    let (policies, next) = page.of(policies, |policy| policy.name.clone());
    Answer::json(&Policies { policies: policies.iter().map(line).collect(), next })
}

/// One, as it was written.
pub(crate) async fn get(call: Call) -> Result<Answer, Failure> {
    let (op, instance) = (call.op()?, call.of_instance()?);
    let policy = call.vault()?.policy_get(&op, &PolicyName::parse(&call.tail()?)?, instance).await?;
    let undo_steps = steps(&policy);
    Answer::json(&Policy { name: policy.name, text: policy.body.text, undo_steps })
}

/// Makes one, or gives it another text.
pub(crate) async fn set(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, instance) = (call.op()?, call.of_instance()?);
    let name = PolicyName::parse(&call.tail()?)?;
    let NewPolicy { text } = call.body(&mut op).await?;
    call.vault()?.policy_set(&op, &name, &text, instance).await?;
    Ok(Answer::empty())
}

/// Removes one that is attached to nobody.
pub(crate) async fn remove(call: Call) -> Result<Answer, Failure> {
    let (op, instance) = (call.op()?, call.of_instance()?);
    call.vault()?.policy_remove(&op, &PolicyName::parse(&call.tail()?)?, instance).await?;
    Ok(Answer::empty())
}

/// Takes the last change of one back.
pub(crate) async fn undo(call: Call) -> Result<Answer, Failure> {
    let (op, instance) = (call.op()?, call.of_instance()?);
    let undone = call.vault()?.policy_undo(&op, &PolicyName::parse(&call.tail()?)?, instance).await?;
    Answer::json(&RulesUndone { exists: undone.is_some() })
}

fn line(policy: &ListedPolicy) -> PolicyLine {
    PolicyLine {
        name: policy.name.clone(),
        rules: u64::try_from(policy.body.rules.len()).unwrap_or(u64::MAX),
        undo_steps: steps(policy),
    }
}

fn steps(policy: &ListedPolicy) -> u64 {
    u64::try_from(policy.undo_steps).unwrap_or(u64::MAX)
}
