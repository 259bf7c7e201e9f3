#![allow(warnings)]
include!("../engine.rs");

mod intruder {
    use crate::access::{Permit, Place};

    fn forge() -> Permit {
        Permit {
            tenant: crate::tenant::TenantId::INSTANCE,
            action: crate::action::Action::SecretGet,
            place: Place::Tenant,
        }
    }
}

fn main() {}
