#![allow(warnings)]
use coffer_engine::access::{Permit, Place};
use coffer_engine::action::Action;
use coffer_engine::tenant::TenantId;

fn main() {
    let permit = Permit::grant(TenantId::INSTANCE, Action::SecretGet, Place::Tenant);
}
