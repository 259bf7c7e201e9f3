//! What each route takes and gives.

use coffer_server::routes::Route;
use coffer_wire::{
    access, audit, authority, client_secret, code, compare, event, factor, file, find, health, issuer,
    member, password, reference, seal, secret, sign_in, store, tenant, token, unlocker,
};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value as Json, json};

/// What a route takes and gives: its body, the status when all is well, its answer.
pub(super) struct Shape {
    pub(super) takes: Option<Json>,
    pub(super) status: u16,
    pub(super) gives: Option<Json>,
}

pub(super) fn shape(route: &Route, schemas: &mut SchemaGenerator) -> Shape {
    fn of<T: JsonSchema>(schemas: &mut SchemaGenerator) -> Option<Json> {
        Some(schemas.subschema_for::<T>().to_value())
    }
    let (takes, status, gives) = match route.operation {
        "health" => (None, 200, of::<health::Alive>(schemas)),
        "health_ready" => (None, 200, of::<health::Ready>(schemas)),
        "health_secrets" => (None, 200, of::<health::SecretsHealth>(schemas)),
        "openapi" => (None, 200, Some(json!({ "type": "object" }))),
        "store_seal" => (None, 200, of::<seal::Sealed>(schemas)),
        "store_unseal" => (of::<seal::Unseal>(schemas), 204, None),
        "secret_get" => (None, 200, of::<secret::Secret>(schemas)),
        "secret_set" => (of::<secret::SecretWrite>(schemas), 200, of::<secret::Written>(schemas)),
        "secret_get_file" => (None, 200, None),
        // The body is no document: see `operation`.
        "secret_set_file" => (None, 200, of::<secret::Written>(schemas)),
        "secret_remove" => (None, 200, of::<secret::Removed>(schemas)),
        "token_revoke" | "token_revoke_own" | "client_secret_revoke" => (None, 204, None),
        "secret_list" | "secret_list_root" => (None, 200, of::<secret::Listing>(schemas)),
        "secret_find" => (of::<find::Search>(schemas), 200, of::<find::Found>(schemas)),
        "secret_report" => (None, 200, of::<find::Report>(schemas)),
        "secret_get_together" => (of::<secret::BatchRead>(schemas), 200, of::<secret::Secrets>(schemas)),
        "secret_set_together" => {
            (of::<secret::BatchWrite>(schemas), 200, of::<secret::BatchWritten>(schemas))
        }
        "secret_compare" => (of::<compare::Compare>(schemas), 200, of::<compare::Comparison>(schemas)),
        "secret_history" => (None, 200, of::<secret::History>(schemas)),
        "secret_references" => (None, 200, of::<reference::References>(schemas)),
        "secret_undo" => (None, 200, of::<secret::Undone>(schemas)),
        "secret_rotate" => (of::<secret::Given>(schemas), 200, of::<secret::Written>(schemas)),
        "secret_label" => (of::<secret::Label>(schemas), 200, of::<secret::Named>(schemas)),
        "secret_pin" => (of::<secret::Pin>(schemas), 200, of::<secret::Named>(schemas)),
        "secret_override" => (of::<secret::Given>(schemas), 200, of::<secret::Overridden>(schemas)),
        "secret_override_remove" => (None, 200, of::<secret::Overridden>(schemas)),
        "secret_destroy" => (of::<secret::Destroy>(schemas), 200, of::<secret::Destroyed>(schemas)),
        "secret_watch" => (None, 200, of::<event::Event>(schemas)),
        "file_seal" => (of::<file::SealFile>(schemas), 200, of::<file::SealedFile>(schemas)),
        "file_open" => (of::<file::OpenFile>(schemas), 200, of::<secret::Secret>(schemas)),
        "tenant_list" => (None, 200, of::<tenant::Tenants>(schemas)),
        "tenant_show" => (None, 200, of::<tenant::TenantDetails>(schemas)),
        "tenant_quota" => (of::<tenant::TenantChange>(schemas), 200, of::<tenant::Quota>(schemas)),
        "tenant_set" => (of::<tenant::SettingsChange>(schemas), 200, of::<tenant::Settings>(schemas)),
        "tenant_undo" => (None, 200, of::<tenant::TenantUndone>(schemas)),
        "tenant_lock" => (of::<tenant::TenantLock>(schemas), 200, of::<tenant::LockedTenant>(schemas)),
        "tenant_unlock" => (of::<tenant::TenantLock>(schemas), 204, None),
        "tenant_erase" => (of::<tenant::EraseTenant>(schemas), 200, of::<tenant::Erased>(schemas)),
        "tenant_certificate" => (None, 200, of::<tenant::ErasureCertificate>(schemas)),
        "member_undo" => (None, 200, of::<member::MemberUndone>(schemas)),
        "tenant_create" => (of::<tenant::NewTenant>(schemas), 201, of::<tenant::Tenant>(schemas)),
        "unlocker_list" => (None, 200, of::<unlocker::Unlockers>(schemas)),
        "unlocker_add" => (of::<unlocker::NewUnlocker>(schemas), 201, of::<unlocker::MadeUnlocker>(schemas)),
        "unlocker_remove" => (None, 200, of::<unlocker::RemovedUnlocker>(schemas)),
        "store_check" => (None, 200, of::<store::Check>(schemas)),
        "tenant_suspend" | "tenant_resume" => (None, 204, None),
        "member_unlock" => (None, 200, of::<password::Unlocked>(schemas)),
        "factor_enrol" => (of::<factor::NewFactor>(schemas), 201, of::<factor::MadeFactor>(schemas)),
        "factor_confirm" | "factor_remove_own" => (of::<factor::ShownFactor>(schemas), 204, None),
        "factor_remove" => (None, 200, of::<factor::RemovedFactor>(schemas)),
        "password_set" => (of::<password::NewPassword>(schemas), 204, None),
        "tenant_rename" => (of::<tenant::RenameTenant>(schemas), 204, None),
        "member_code" => (of::<code::NewCode>(schemas), 201, of::<code::MadeCode>(schemas)),
        "client_secret_list" => (None, 200, of::<client_secret::ClientSecrets>(schemas)),
        "client_secret_create" => (
            of::<client_secret::NewClientSecret>(schemas),
            201,
            of::<client_secret::MadeClientSecret>(schemas),
        ),
        "sign_in" => (of::<sign_in::SignIn>(schemas), 200, of::<sign_in::SignedIn>(schemas)),
        "member_list" => (None, 200, of::<member::Members>(schemas)),
        "member_create" => (of::<member::NewMember>(schemas), 201, of::<member::MadeMember>(schemas)),
        "member_change" => (of::<member::MemberChange>(schemas), 204, None),
        "member_remove" | "role_remove" | "policy_remove" | "group_remove" => (None, 204, None),
        "role_list" => (None, 200, of::<access::Roles>(schemas)),
        "role_set" => (of::<access::NewRole>(schemas), 204, None),
        "policy_list" => (None, 200, of::<access::Policies>(schemas)),
        "policy_get" => (None, 200, of::<access::Policy>(schemas)),
        "policy_set" => (of::<access::NewPolicy>(schemas), 204, None),
        "group_list" => (None, 200, of::<access::Groups>(schemas)),
        "group_set" => (of::<access::GroupChange>(schemas), 204, None),
        "authority_list" => (None, 200, of::<authority::Authorities>(schemas)),
        "authority_set" => (of::<authority::AuthorityChange>(schemas), 204, None),
        "authority_remove" => (None, 204, None),
        "role_undo" | "policy_undo" | "group_undo" | "authority_undo" | "issuer_undo" => {
            (None, 200, of::<access::RulesUndone>(schemas))
        }
        "access_explain" => (None, 200, of::<access::Explained>(schemas)),
        "access_preview" => (None, 200, of::<access::Preview>(schemas)),
        "issuer_list" => (None, 200, of::<issuer::Issuers>(schemas)),
        "issuer_create" => (of::<issuer::NewIssuer>(schemas), 204, None),
        "issuer_change" => (of::<issuer::IssuerChange>(schemas), 204, None),
        "issuer_remove" => (None, 204, None),
        "token_list" => (None, 200, of::<token::Tokens>(schemas)),
        "token_create" => (of::<token::NewToken>(schemas), 201, of::<token::MadeToken>(schemas)),
        "token_renew" => (None, 200, of::<token::Renewed>(schemas)),
        "audit_query" => (None, 200, of::<audit::Entries>(schemas)),
        "audit_entry" => (None, 200, of::<audit::OneEntry>(schemas)),
        "audit_follow" => (None, 200, of::<audit::Followed>(schemas)),
        "audit_proof" => (None, 200, of::<audit::ProvedEntry>(schemas)),
        "audit_consistency" => (None, 200, of::<audit::Consistency>(schemas)),
        "audit_keys" => (None, 200, of::<audit::LogKeys>(schemas)),
        "audit_checkpoint" => (None, 200, of::<audit::Checkpoint>(schemas)),
        "audit_export" => (None, 200, None),
        "audit_publish" => (of::<audit::Publication>(schemas), 204, None),
        "audit_prune" => (of::<audit::Prune>(schemas), 200, of::<audit::Pruned>(schemas)),
        "audit_hold" => (of::<audit::Hold>(schemas), 204, None),
        "audit_forget" => (of::<audit::Forget>(schemas), 200, of::<audit::Forgotten>(schemas)),
        "audit_verify" => (of::<audit::Verify>(schemas), 200, of::<audit::Report>(schemas)),
        other => panic!("what does {other} take and give? Add it here"),
    };
    Shape { takes, status, gives }
}
