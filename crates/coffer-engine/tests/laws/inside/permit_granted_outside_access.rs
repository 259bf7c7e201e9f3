#![allow(warnings)]
include!("../engine.rs");

mod intruder {
    use crate::access::{Permit, Place};

    fn forge() -> Permit {
        Permit::grant(crate::tenant::TenantId::INSTANCE, crate::action::Action::SecretGet, Place::Tenant)
    }
}

fn main() {}
