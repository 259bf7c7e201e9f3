//! An example of each: what stands in a path, what a body says.

use serde_json::{Value as Json, json};

/// What may stand for a parameter of the path.
pub(super) fn in_path(operation: &str, name: &str) -> Json {
    match (name, operation) {
        ("path", "secret_list") => json!("prod/db"),
        ("path", "secret_get_file" | "secret_set_file") => json!("prod/db/KEYSTORE"),
        ("path", "file_seal") => json!("prod/app/.env"),
        ("path", "secret_remove") => json!("prod/old/PASSWORD"),
        ("path", "secret_undo") => json!("prod/old/USER"),
        ("path", "secret_destroy") => json!("prod/old/KEY"),
        ("path", _) => json!("prod/db/PASSWORD"),
        ("name", "member_change" | "member_undo") => json!("maya@acme"),
        ("name", _) => json!("acme/eu"),
        ("id", _) => json!("000102030405060708090a0b0c0d0e0f"),
        ("entry", _) => json!("0"),
        (name, _) => panic!("what stands for {name}? Add it here"),
    }
}

/// Bodies that a route takes, by what they show.
pub(super) fn bodies(operation: &str) -> Json {
    match operation {
        "store_unseal" => one(json!({ "passphrase": "correct horse battery staple" })),
        "secret_set" => json!({
            "value": { "value": { "value": "horse-staple-41", "metadata": { "owner": "maya@acme", "add_tags": ["db"] } } },
            "fields": { "value": { "fields": { "host": "db.example", "user": "shop" }, "remove_fields": ["port"] } },
            "references": { "value": { "value": "user=shop password=${/prod/db/USER}", "references": true } },
            "generated": { "value": { "generate": { "characters": 40, "alphabet": "hex" }, "replace": true } },
            "metadata": { "value": { "metadata": { "description": null, "expires": "2027-01-01T00:00:00Z" } } },
        }),
        "secret_find" => json!({
            "words": { "value": { "words": ["orders", "db"], "folder": "prod" } },
            "expiring": { "value": { "expired_by": "2027-01-01T00:00:00Z", "limit": 100 } },
            "reused": { "value": { "same_as": "prod/db/PASSWORD" } },
        }),
        "secret_get_together" => json!({
            "paths": { "value": { "paths": ["prod/db/PASSWORD", "prod/db/USER"] } },
            "folder": { "value": { "folder": "prod", "recursive": true } },
        }),
        "secret_compare" => one(json!({ "folders": ["dev/shop", "staging/shop", "prod/shop"] })),
        "secret_set_together" => one(json!({ "secrets": [
            { "path": "prod/db/PASSWORD", "value": "horse-staple-41" },
            { "path": "prod/db/TLS", "fields": { "crt": "-----BEGIN CERTIFICATE-----" }, "metadata": { "owner": "maya@acme" } },
        ] })),
        "secret_rotate" => json!({
            "generated": { "value": { "generate": { "characters": 24 } } },
            "value": { "value": { "value": "horse-staple-42" } },
        }),
        "secret_label" => json!({
            "current": { "value": { "label": "stable" } },
            "other": { "value": { "label": "stable", "version": 1 } },
            "removed": { "value": { "label": "stable", "remove": true } },
        }),
        "secret_pin" => json!({
            "current": { "value": { "consumer": "billing" } },
            "other": { "value": { "consumer": "billing", "version": 1 } },
            "removed": { "value": { "consumer": "billing", "remove": true } },
        }),
        "secret_override" => json!({
            "generated": { "value": { "generate": { "characters": 24 } } },
            "value": { "value": { "value": "horse-staple-43" } },
        }),
        "secret_destroy" => json!({
            "version": { "value": { "version": 1 } },
            "all": { "value": {} },
        }),
        "file_seal" => one(json!({ "value": "A=1\nB=2\n" })),
        "file_open" => one(json!({ "file_base64": "Y29mZmVyLWZpbGU=" })),
        "tenant_rename" => one(json!({ "to": "acme/europe" })),
        "tenant_erase" => one(json!({ "backups_kept_days": 35 })),
        "tenant_quota" => one(json!({ "quota": { "secrets": 1000, "versions": null } })),
        "tenant_create" => one(json!({ "name": "acme/eu" })),
        "unlocker_add" => one(json!({ "passphrase": "six words that nobody would guess" })),
        "member_create" => one(json!({
            "name": "ci@acme",
            "kind": "service",
            "grants": [{ "role": "reader", "pattern": "prod/db/**" }],
        })),
        "member_change" => json!({
            "disabled": { "value": { "disabled": true } },
            "grants": { "value": { "grants": [{ "role": "writer", "pattern": "dev/**" }] } },
        }),
        "member_code" => one(json!({ "member": "maya@acme", "ttl_seconds": 3600 })),
        "sign_in" => one(json!({ "code": "the code that was shown once" })),
        "token_create" => json!({
            "own": { "value": { "ttl_seconds": 3600 } },
            "member": { "value": {
                "member": "maya@acme",
                "ttl_seconds": 3600,
                "max_seconds": 86_400,
                "uses": 10,
                "networks": ["10.0.0.0/8", "2001:db8::/32"],
                "label": "nightly build",
            } },
        }),
        "audit_publish" => one(json!({ "to": "the auditor", "note": "coffer.example/log\n..." })),
        "audit_prune" => one(json!({ "before": "2026-01-01T00:00:00Z" })),
        "audit_hold" => one(json!({ "held": true, "reason": "a case is open" })),
        "audit_forget" => one(json!({ "subject": "maya", "reason": "she asked for it" })),
        "audit_verify" => one(json!({})),
        other => panic!("what may the body of {other} say? Add it here"),
    }
}

fn one(body: Json) -> Json {
    json!({ "one": { "value": body } })
}
