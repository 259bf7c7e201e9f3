//! What a server says of itself, and its keys.

use std::time::Duration;

use coffer_engine::action::Action;

use super::{Audit, CHANGE, READ, Route};
use crate::handlers::{openapi, seal};
use crate::health;
use crate::limits::{SEAL_TIME, SHORT_TIME, UNSEAL_TIME};

pub(super) const ROUTES: &[Route] = &[
    Route {
        operation: "health",
        path: "/health",
        about: "Whether somebody answers.",
        handler: |call| Box::pin(health::alive(call)),
        ..READ
    },
    Route {
        operation: "health_ready",
        path: "/health/ready",
        about: "Whether requests would be answered now; if not, why.",
        time: Duration::from_secs(5),
        handler: |call| Box::pin(health::ready(call)),
        ..READ
    },
    Route {
        operation: "health_secrets",
        path: "/health/secrets",
        about: "The state of store, keys and log.",
        time: Duration::from_secs(5),
        handler: |call| Box::pin(health::secrets(call)),
        ..READ
    },
    Route {
        operation: "openapi",
        path: "/api/v1/openapi.json",
        about: "This document.",
        handler: |call| Box::pin(openapi::openapi(call)),
        ..READ
    },
    Route {
        operation: "store_seal",
        path: "/api/v1/seal",
        audit: Audit::Entry(&[Action::StoreSeal]),
        body_max_bytes: 0,
        takes_query: false,
        about: "Has this server forget the keys. With a token of the instance's.",
        time: SEAL_TIME.saturating_add(SHORT_TIME),
        handler: |call| Box::pin(seal::seal(call)),
        ..CHANGE
    },
    Route {
        operation: "store_unseal",
        path: "/api/v1/unseal",
        audit: Audit::InBody(&[Action::StoreUnseal]),
        takes_query: false,
        about: "Gives the keys back to a sealed server, with an unlocker of the store.",
        time: UNSEAL_TIME,
        handler: |call| Box::pin(seal::unseal(call)),
        ..CHANGE
    },
];
