//! The log of a served vault is looked after by the server, as a verb of the command line does it for an embedded one.

use coffer_engine::tenant::TenantName;
use coffer_engine::vault::UpkeepSettings;
use coffer_engine::{Actor, Op, RequestId};
use tokio::time::{MissedTickBehavior, interval};

use crate::limits::UPKEEP_EVERY;
use crate::service::Service;

/// Does what is due, every few seconds, until it is dropped. What fails is logged, and tried again.
pub(crate) async fn keep_up(service: Service, settings: UpkeepSettings) {
    let mut ticks = interval(UPKEEP_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = once(&service, settings).await {
            tracing::warn!(code = error.code(), cause = %error, "the log could not be tended");
        }
    }
}

async fn once(service: &Service, settings: UpkeepSettings) -> Result<(), coffer_engine::Error> {
    let Some(vault) = service.vault() else { return Ok(()) };
    let now = service.shared().now();
    if vault.upkeep_is_due(now).await? {
        let op = Op {
            actor: Actor::System,
            tenant: TenantName::default_tenant(),
            now,
            request: RequestId::generate()?,
            session: None,
            trail: None,
        };
        let done = vault.upkeep(&op, settings).await?;
        tracing::debug!(
            integrated = done.integrated,
            heads = done.heads,
            pruned = done.pruned,
            "tended the log"
        );
    }
    Ok(())
}
