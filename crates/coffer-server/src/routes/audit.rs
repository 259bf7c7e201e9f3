//! The log.

use coffer_engine::action::Action;

use super::{Audit, CHANGE, READ, Route};
use crate::handlers::{export, keep, log, proofs};
use crate::limits::{LONG_TIME, NOTES_BODY_MAX_BYTES};

pub(super) const ROUTES: &[Route] = &[
    Route {
        operation: "audit_query",
        path: "/api/v1/audit/entries",
        audit: Audit::Entry(&[Action::AuditQuery]),
        about: "The newest entries of the log that fit.",
        time: LONG_TIME,
        handler: |call| Box::pin(log::query(call)),
        ..READ
    },
    Route {
        operation: "audit_entry",
        path: "/api/v1/audit/entries/{*entry}",
        audit: Audit::Entry(&[Action::AuditQuery]),
        about: "One entry, by its index or its number, with what is known of who acted.",
        time: LONG_TIME,
        handler: |call| Box::pin(log::entry(call)),
        ..READ
    },
    Route {
        operation: "audit_follow",
        path: "/api/v1/audit/follow",
        audit: Audit::Entry(&[Action::AuditQuery]),
        about: "The entries from an index on, the oldest first. Who then asks for what comes next leaves no entry for each time.",
        time: LONG_TIME,
        handler: |call| Box::pin(log::follow(call)),
        ..READ
    },
    Route {
        operation: "audit_proof",
        path: "/api/v1/audit/proof/{*entry}",
        audit: Audit::Entry(&[Action::AuditProof]),
        about: "The proof that an entry, named by its index or its number, is in the log.",
        time: LONG_TIME,
        handler: |call| Box::pin(proofs::proof(call)),
        ..READ
    },
    Route {
        operation: "audit_consistency",
        path: "/api/v1/audit/consistency",
        audit: Audit::Entry(&[Action::AuditProof]),
        about: "The proof that the log of `new` entries goes on from the one that had `old`.",
        time: LONG_TIME,
        handler: |call| Box::pin(proofs::consistency(call)),
        ..READ
    },
    Route {
        operation: "audit_keys",
        path: "/api/v1/audit/keys",
        audit: Audit::Entry(&[Action::AuditVerify]),
        about: "The keys that sign the log, from the first on, which an auditor has to know.",
        time: LONG_TIME,
        handler: |call| Box::pin(proofs::keys(call)),
        ..READ
    },
    Route {
        operation: "audit_checkpoint",
        path: "/api/v1/audit/checkpoint",
        audit: Audit::Entry(&[Action::AuditPublish]),
        about: "The newest signed checkpoint, to be kept elsewhere, on its way `to` somebody.",
        time: LONG_TIME,
        handler: |call| Box::pin(proofs::checkpoint(call)),
        ..READ
    },
    Route {
        operation: "audit_export",
        path: "/api/v1/audit/export",
        audit: Audit::Entry(&[Action::AuditExport]),
        about: "The log as a bundle that is verified without any key, in a tar archive; or what a bundle of its first `from` entries lacks.",
        time: LONG_TIME,
        handler: |call| Box::pin(export::export(call)),
        ..READ
    },
    Route {
        operation: "audit_publish",
        path: "/api/v1/audit/publish",
        audit: Audit::Entry(&[Action::AuditPublish]),
        body_max_bytes: NOTES_BODY_MAX_BYTES,
        about: "Records that a checkpoint went to somebody outside, and keeps what they signed.",
        time: LONG_TIME,
        handler: |call| Box::pin(proofs::publish(call)),
        ..CHANGE
    },
    Route {
        operation: "audit_prune",
        path: "/api/v1/audit/prune",
        audit: Audit::Entry(&[Action::AuditPrune]),
        about: "Removes old entries; their hashes stay, and every proof still verifies.",
        time: LONG_TIME,
        handler: |call| Box::pin(keep::prune(call)),
        ..CHANGE
    },
    Route {
        operation: "audit_hold",
        method: "PUT",
        path: "/api/v1/audit/hold",
        audit: Audit::Entry(&[Action::AuditHold]),
        about: "Holds the log: nothing in it is pruned or forgotten. Or ends that.",
        handler: |call| Box::pin(keep::hold(call)),
        ..CHANGE
    },
    Route {
        operation: "audit_forget",
        path: "/api/v1/audit/forget",
        audit: Audit::Entry(&[Action::AuditForget]),
        about: "Destroys the key of a person's fields in the log; every proof still verifies.",
        erases: true,
        handler: |call| Box::pin(keep::forget(call)),
        ..CHANGE
    },
    Route {
        operation: "audit_verify",
        path: "/api/v1/audit/verify",
        audit: Audit::Entry(&[Action::AuditVerify]),
        body_max_bytes: NOTES_BODY_MAX_BYTES,
        about: "Checks the whole log against itself, the store, and checkpoints that were kept elsewhere.",
        time: LONG_TIME,
        handler: |call| Box::pin(log::verify(call)),
        ..CHANGE
    },
];
