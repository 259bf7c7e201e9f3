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
        ("name", "member_change" | "member_undo" | "member_unlock" | "member_remove" | "factor_remove") => {
            json!("maya@acme")
        }
        ("name", "role_set" | "role_remove" | "role_undo") => json!("deployer"),
        ("name", "policy_get" | "policy_set" | "policy_undo") => json!("ci"),
        ("name", "policy_remove") => json!("old"),
        ("name", "group_set" | "group_remove" | "group_undo") => json!("ops"),
        ("name", "issuer_change" | "issuer_remove" | "issuer_undo") => json!("github"),
        ("name", "authority_set" | "authority_remove" | "authority_undo") => json!("machines"),
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
            { "path": "prod/db/PASSWORD", "value": "horse-staple-41", "overwrite": true },
            { "path": "prod/db/TLS", "fields": { "crt": "-----BEGIN CERTIFICATE-----" }, "if_version": 0, "metadata": { "owner": "maya@acme" } },
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
        "tenant_lock" | "tenant_unlock" => one(json!({ "code": "LOCK-01234-56789-ABCDE-FGHJK-MNPQR-SRBEW" })),
        "tenant_erase" => one(json!({ "backups_kept_days": 35 })),
        "tenant_set" => json!({
            "residency": { "value": { "residency": "EU" } },
            "stricter": { "value": { "synced_reads": true, "token_max_seconds": 28_800 } },
            "none": { "value": { "residency": null, "synced_reads": false, "token_max_seconds": null } },
        }),
        "tenant_quota" => one(json!({ "quota": { "secrets": 1000, "versions": null, "members": 20 } })),
        "tenant_create" => json!({
            "alone": { "value": { "name": "acme/eu" } },
            "with_an_owner": { "value": { "name": "acme/eu", "owner": { "member": "maya@acme", "ttl_seconds": 86_400 } } },
        }),
        "unlocker_add" => one(json!({ "passphrase": "six words that nobody would guess" })),
        "member_create" => one(json!({
            "name": "ci@acme",
            "kind": "service",
            "grants": [{ "role": "reader", "pattern": "prod/db/**" }],
        })),
        "member_change" => json!({
            "disabled": { "value": { "disabled": true } },
            "grants": { "value": { "grants": [{ "role": "writer", "pattern": "dev/**" }] } },
            "one_more": { "value": { "grant": [{ "role": "reader", "pattern": "prod/db/**", "when": { "hours": "mon-fri 08:00-18:00" } }] } },
            "purpose": { "value": { "purpose": "builds the shop", "owner": "maya", "expires": "2027-01-01T00:00:00Z" } },
        }),
        "role_set" => one(json!({ "rights": ["list", "metadata", "rotate"] })),
        "policy_set" => {
            one(json!({ "text": "path \"prod/db/*\" {\n  capabilities = [\"read\", \"list\"]\n}\n" }))
        }
        "group_set" => json!({
            "grant": { "value": { "grant": [{ "role": "reader", "pattern": "prod/db/**" }] } },
            "for_a_while": { "value": { "grant": [{
                "role": "writer",
                "pattern": "prod/db/**",
                "when": { "until": "2027-01-01T00:00:00Z", "networks": ["10.0.0.0/8"], "second_factor": true },
            }] } },
            "revoke": { "value": { "revoke": [{ "role": "reader", "pattern": "prod/db/**" }] } },
        }),
        "member_code" => one(json!({ "member": "maya@acme", "ttl_seconds": 3600 })),
        "password_set" => json!({
            "with_the_old": { "value": {
                "old": "correct horse battery staple",
                "new": "another horse battery staple",
            } },
            "after_a_code": { "value": { "new": "correct horse battery staple" } },
        }),
        "factor_enrol" => json!({
            "with_a_password": { "value": { "password": "correct horse battery staple" } },
            "after_a_code": { "value": {} },
        }),
        "factor_confirm" | "factor_remove_own" => one(json!({ "totp": "287082" })),
        "client_secret_create" => one(json!({
            "member": "ci@acme",
            "ttl_seconds": 7_776_000,
            "networks": ["10.0.0.0/8"],
            "label": "the build",
        })),
        "sign_in" => json!({
            "code": { "value": { "code": "the code that was shown once" } },
            "password": { "value": { "user": "maya@acme", "password": "correct horse battery staple" } },
            "second_factor": { "value": {
                "user": "maya@acme",
                "password": "correct horse battery staple",
                "totp": "287082",
            } },
            "client": { "value": {
                "client_id": "00112233445566778899aabbccddeeff",
                "client_secret": "the secret that was shown once",
            } },
            "jwt": { "value": { "jwt": "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ..", "issuer": "github" } },
            "certificate": { "value": { "certificate": true } },
        }),
        "authority_set" => json!({
            "authority": { "value": {
                "certificates": AUTHORITY,
                "names": ["uri:spiffe://example.com/prod/shop", "dns:*.shop.example.com"],
                "member": "ana@acme",
            } },
            "settings": { "value": { "token_seconds": 900, "bound": true } },
        }),
        "issuer_create" => json!({
            "discovery": { "value": {
                "name": "github",
                "issuer": "https://token.actions.githubusercontent.com",
                "audiences": ["https://coffer.example"],
                "token_seconds": 900,
            } },
            "keys": { "value": {
                "name": "cluster",
                "issuer": "https://kubernetes.default.svc.cluster.local",
                "audiences": ["https://coffer.example"],
                "algorithms": ["ES256"],
                "jwks": KEY_SET,
                "once": true,
            } },
        }),
        "issuer_change" => json!({
            "bind": { "value": { "bind": [{
                "claims": { "repository_owner_id": "65", "sub": "repo:acme/shop:ref:refs/heads/main" },
                "member": "ci@acme",
            }] } },
            "unbind": { "value": { "unbind": [{ "sub": "repo:acme/shop:ref:refs/heads/main" }] } },
            "settings": { "value": { "leeway_seconds": 60, "token_seconds": 3600 } },
        }),
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

/// The key of RFC 7515, appendix A.3.
/// An authority of nobody's: its key is not kept.
pub(crate) const AUTHORITY: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBnTCCAUOgAwIBAgIUERgpEmyD4aG5AemRiHLedWvgcLAwCgYIKoZIzj0EAwIw\n\
GzEZMBcGA1UEAwwQRXhhbXBsZSBNYWNoaW5lczAgFw0yNjExMzAxNTM5MjJaGA8y\n\
MTI2MTEwNjE1MzkyMlowGzEZMBcGA1UEAwwQRXhhbXBsZSBNYWNoaW5lczBZMBMG\n\
ByqGSM49AgEGCCqGSM49AwEHA0IABNE+R8+KqNiQByGoJB8Gmb71CTwqD1InKrYf\n\
h7MzhJozX4kSOakTWtiblVB5VoR0kudQC+VW8emKeYXWWY2k6XejYzBhMB0GA1Ud\n\
DgQWBBRTcmCNjQ/6aWLmGfuqqb1xBmsOUDAfBgNVHSMEGDAWgBRTcmCNjQ/6aWLm\n\
Gfuqqb1xBmsOUDAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIBBjAKBggq\n\
hkjOPQQDAgNIADBFAiEA6bZaKoPsyx63oyCn0mcznu+FmvaR+Nyzon0ipAQoLzEC\n\
ID2UFiegJHkHJGKQIzuFIGY/o3opkRMZ4hchwkru25SE\n\
-----END CERTIFICATE-----\n\n";
pub(crate) const KEY_SET: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;

/// What is answered to a write that does not say what it takes the place of.
pub(super) fn unsaid() -> Json {
    json!({
        "type": "urn:coffer:error:secret.expectation_missing",
        "title": "Precondition Required",
        "status": 428,
        "code": "secret.expectation_missing",
        "detail": "a write that takes the place of a whole value says what it expects to be there, and this one does not",
        "fix": "where nothing is yet, send `If-None-Match: *`; in place of what you have read, `If-Match` with its ETag",
        "request": "000102030405060708090a0b0c0d0e0f",
    })
}

fn one(body: Json) -> Json {
    json!({ "one": { "value": body } })
}
