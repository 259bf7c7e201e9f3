#![allow(warnings)]
use coffer_engine::access::{Permit, Place};
use coffer_engine::action::Action;
use coffer_engine::tenant::TenantId;

fn main() {
    let permit = Permit { tenant: TenantId::INSTANCE, action: Action::SecretGet, place: Place::Tenant };
}
