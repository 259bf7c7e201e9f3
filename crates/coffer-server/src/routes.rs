//! The one list of routes. Each says what is audited, and with that which right it needs; its limits; its handler.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::on;
use coffer_engine::RequestId;
use coffer_engine::action::Action;

use crate::answer::response;
use crate::failure::Failure;
use crate::handlers::{
    access, client_secrets, codes, compare, content, erase, events, export, factors, files, find, folders,
    groups, issuers, keep, log, members, names, openapi, passwords, policies, proofs, references, roles,
    seal, secrets, sign_in, tenants, together, tokens, unlockers, versions,
};
use crate::health;
use crate::limits::{
    BATCH_BODY_MAX_BYTES, BODY_MAX_BYTES, FILE_BODY_MAX_BYTES, ISSUER_BODY_MAX_BYTES, LONG_TIME,
    NOTES_BODY_MAX_BYTES, POLICY_BODY_MAX_BYTES, SEAL_TIME, SHORT_TIME, UNSEAL_TIME, VALUE_BODY_MAX_BYTES,
};
pub use crate::route::{Audit, Route};
use crate::service::Shared;

/// Every route as axum takes it.
pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        let shared = Arc::clone(shared);
        let serve = move |request: Request| route.serve(Arc::clone(&shared), request);
        router = router.route(route.path, on(route.method(), serve));
    }
    let nowhere = |status: StatusCode, code: &'static str, detail: &'static str| {
        move || async move {
            let fix = "`/api/v1/openapi.json` lists the routes";
            let request = RequestId::generate().map(|id| id.to_string()).unwrap_or_default();
            response(Err(Failure::new(status, code, detail, fix)), &request, None)
        }
    };
    router
        .fallback(nowhere(StatusCode::NOT_FOUND, "route.not_found", "there is no such route"))
        .method_not_allowed_fallback(nowhere(
            StatusCode::METHOD_NOT_ALLOWED,
            "route.method",
            "this route does not take this method",
        ))
}

const READ: Route = Route {
    operation: "",
    method: "GET",
    path: "",
    audit: Audit::Nothing,
    takes_query: true,
    body_max_bytes: 0,
    time: SHORT_TIME,
    about: "",
    handler: |_| Box::pin(async { Err(Failure::internal()) }),
};
const CHANGE: Route = Route { method: "POST", body_max_bytes: BODY_MAX_BYTES, ..READ };

/// Every route.
pub static ROUTES: &[Route] = &[
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
    Route {
        operation: "secret_get",
        path: "/api/v1/secrets/{*path}",
        audit: Audit::Entry(&[Action::SecretGet]),
        about: "Reads one version of a secret; what was written with references is filled in.",
        handler: |call| Box::pin(secrets::get(call)),
        ..READ
    },
    Route {
        operation: "secret_set",
        method: "PUT",
        path: "/api/v1/secrets/{*path}",
        audit: Audit::Entry(&[Action::SecretSet, Action::SecretMerge, Action::SecretGet]),
        body_max_bytes: VALUE_BODY_MAX_BYTES,
        about: "Writes a secret: a new version, other metadata, or both. What takes the place of a whole value says what it expects.",
        handler: |call| Box::pin(secrets::set(call)),
        ..CHANGE
    },
    Route {
        operation: "secret_remove",
        method: "DELETE",
        path: "/api/v1/secrets/{*path}",
        audit: Audit::Entry(&[Action::SecretRemove]),
        body_max_bytes: 0,
        takes_query: false,
        about: "Puts a secret into the trash.",
        handler: |call| Box::pin(secrets::remove(call)),
        ..CHANGE
    },
    Route {
        operation: "secret_get_file",
        path: "/api/v1/content/{*path}",
        audit: Audit::Entry(&[Action::SecretGet]),
        about: "Reads one version of a secret that holds a file: its content, as it is.",
        handler: |call| Box::pin(content::get(call)),
        ..READ
    },
    Route {
        operation: "secret_set_file",
        method: "PUT",
        path: "/api/v1/content/{*path}",
        audit: Audit::Entry(&[Action::SecretSet]),
        body_max_bytes: FILE_BODY_MAX_BYTES,
        about: "Writes a file of up to 16 MiB into a secret: a new version, whose content is the body.",
        handler: |call| Box::pin(content::set(call)),
        ..CHANGE
    },
    Route {
        operation: "secret_list",
        path: "/api/v1/folders/{*path}",
        audit: Audit::Entry(&[Action::SecretList]),
        about: "Lists a folder.",
        handler: |call| Box::pin(folders::list(call)),
        ..READ
    },
    Route {
        operation: "secret_list_root",
        path: "/api/v1/folders",
        audit: Audit::Entry(&[Action::SecretList]),
        about: "Lists the root.",
        handler: |call| Box::pin(folders::list(call)),
        ..READ
    },
    Route {
        operation: "secret_find",
        path: "/api/v1/find",
        audit: Audit::Entry(&[Action::SecretFind, Action::SecretGet]),
        takes_query: false,
        about: "Finds secrets by what is known of them, of those whose names may be listed; by their values, of those that may be read.",
        handler: |call| Box::pin(find::find(call)),
        ..CHANGE
    },
    Route {
        operation: "secret_report",
        path: "/api/v1/report",
        audit: Audit::Entry(&[Action::SecretFind]),
        about: "Counts what should be looked after: what expires, is older than it should be, has no owner, or is used twice.",
        handler: |call| Box::pin(find::report(call)),
        ..READ
    },
    Route {
        operation: "secret_get_together",
        path: "/api/v1/batch/get",
        audit: Audit::Entry(&[Action::SecretGet, Action::SecretList]),
        takes_query: false,
        about: "Reads several secrets, or all of a folder, in one decision: all of them, or none.",
        handler: |call| Box::pin(together::get(call)),
        body_max_bytes: BATCH_BODY_MAX_BYTES,
        ..CHANGE
    },
    Route {
        operation: "secret_set_together",
        path: "/api/v1/batch/set",
        audit: Audit::Entry(&[Action::SecretSet, Action::SecretGet]),
        takes_query: false,
        about: "Writes several secrets in one commit: all of them, or none.",
        handler: |call| Box::pin(together::set(call)),
        body_max_bytes: BATCH_BODY_MAX_BYTES,
        ..CHANGE
    },
    Route {
        operation: "secret_compare",
        path: "/api/v1/compare",
        audit: Audit::Entry(&[Action::SecretCompare]),
        takes_query: false,
        about: "Compares folders and what lies below them: names, versions, and which values are equal, of those that may be read.",
        handler: |call| Box::pin(compare::compare(call)),
        ..CHANGE
    },
    Route {
        operation: "secret_history",
        path: "/api/v1/history/{*path}",
        audit: Audit::Entry(&[Action::SecretHistory]),
        takes_query: false,
        about: "The versions of a secret, without their values.",
        handler: |call| Box::pin(versions::history(call)),
        ..READ
    },
    Route {
        operation: "secret_references",
        path: "/api/v1/references/{*path}",
        audit: Audit::Entry(&[Action::SecretReferences]),
        takes_query: false,
        about: "What a secret is filled in with, and what is filled in with it, of what may be listed.",
        handler: |call| Box::pin(references::references(call)),
        ..READ
    },
    Route {
        operation: "secret_undo",
        path: "/api/v1/undo/{*path}",
        audit: Audit::Entry(&[Action::SecretUndo]),
        body_max_bytes: 0,
        takes_query: false,
        about: "Takes the last change of a secret back.",
        handler: |call| Box::pin(versions::undo(call)),
        ..CHANGE
    },
    Route {
        operation: "secret_rotate",
        path: "/api/v1/rotate/{*path}",
        audit: Audit::Entry(&[Action::SecretRotate]),
        body_max_bytes: VALUE_BODY_MAX_BYTES,
        takes_query: false,
        about: "Gives a secret a new value: a random one, unless one is said.",
        handler: |call| Box::pin(versions::rotate(call)),
        ..CHANGE
    },
    Route {
        operation: "secret_label",
        method: "PUT",
        path: "/api/v1/labels/{*path}",
        audit: Audit::Entry(&[Action::SecretLabel]),
        takes_query: false,
        about: "Calls a version of a secret by a name, from which it is read too; or takes the name away.",
        handler: |call| Box::pin(names::label(call)),
        ..CHANGE
    },
    Route {
        operation: "secret_pin",
        method: "PUT",
        path: "/api/v1/pins/{*path}",
        audit: Audit::Entry(&[Action::SecretPin]),
        takes_query: false,
        about: "Says which version of a secret a consumer uses: that one is neither destroyed nor forgotten meanwhile.",
        handler: |call| Box::pin(names::pin(call)),
        ..CHANGE
    },
    Route {
        operation: "secret_override",
        method: "PUT",
        path: "/api/v1/overrides/{*path}",
        audit: Audit::Entry(&[Action::SecretOverride]),
        body_max_bytes: VALUE_BODY_MAX_BYTES,
        takes_query: false,
        about: "Gives the caller a value of his own, which he alone reads in place of the current one.",
        handler: |call| Box::pin(names::override_own(call)),
        ..CHANGE
    },
    Route {
        operation: "secret_override_remove",
        method: "DELETE",
        path: "/api/v1/overrides/{*path}",
        audit: Audit::Entry(&[Action::SecretOverride]),
        body_max_bytes: 0,
        takes_query: false,
        about: "Takes the caller's own value away: he reads the current one again.",
        handler: |call| Box::pin(names::override_remove(call)),
        ..CHANGE
    },
    Route {
        operation: "secret_destroy",
        path: "/api/v1/destroy/{*path}",
        audit: Audit::Entry(&[Action::SecretDestroy]),
        takes_query: false,
        about: "Destroys one version, or the whole secret, for good.",
        handler: |call| Box::pin(versions::destroy(call)),
        ..CHANGE
    },
    Route {
        operation: "secret_watch",
        path: "/api/v1/events",
        audit: Audit::Entry(&[Action::SecretWatch]),
        about: "The changes of secrets that the caller may list, as they come: a stream of server-sent events that goes on behind a cursor.",
        time: LONG_TIME,
        handler: |call| Box::pin(events::watch(call)),
        ..READ
    },
    Route {
        operation: "file_seal",
        path: "/api/v1/files/seal/{*path}",
        audit: Audit::Entry(&[Action::FileSeal]),
        body_max_bytes: VALUE_BODY_MAX_BYTES,
        takes_query: false,
        about: "Seals a file whose content belongs at a path, and gives it back.",
        handler: |call| Box::pin(files::seal(call)),
        ..CHANGE
    },
    Route {
        operation: "file_open",
        path: "/api/v1/files/open",
        audit: Audit::Entry(&[Action::FileOpen]),
        body_max_bytes: VALUE_BODY_MAX_BYTES,
        takes_query: false,
        about: "Opens a sealed file: what it holds, as it was sealed.",
        handler: |call| Box::pin(files::open(call)),
        ..CHANGE
    },
    Route {
        operation: "tenant_list",
        path: "/api/v1/tenants",
        audit: Audit::Entry(&[Action::TenantList]),
        about: "The tenants of the instance, or those below one. With a token of the instance's.",
        handler: |call| Box::pin(tenants::list(call)),
        ..READ
    },
    Route {
        operation: "tenant_create",
        path: "/api/v1/tenants",
        audit: Audit::Entry(&[Action::TenantCreate]),
        takes_query: false,
        about: "Makes a tenant. With a token of the instance's.",
        handler: |call| Box::pin(tenants::create(call)),
        ..CHANGE
    },
    Route {
        operation: "tenant_show",
        path: "/api/v1/tenants/{*name}",
        audit: Audit::Entry(&[Action::TenantShow]),
        takes_query: false,
        about: "One tenant: how much it holds, and how much it may. With a token of the instance's.",
        time: LONG_TIME,
        handler: |call| Box::pin(tenants::show(call)),
        ..READ
    },
    Route {
        operation: "tenant_quota",
        method: "PATCH",
        path: "/api/v1/tenants/{*name}",
        audit: Audit::Entry(&[Action::TenantQuota]),
        takes_query: false,
        about: "Says how much a tenant may hold: writes that would add more are refused. With a token of the instance's.",
        handler: |call| Box::pin(tenants::limit(call)),
        ..CHANGE
    },
    Route {
        operation: "tenant_undo",
        path: "/api/v1/tenant/undo/{*name}",
        audit: Audit::Entry(&[Action::TenantUndo]),
        body_max_bytes: 0,
        takes_query: false,
        about: "Takes back the last change of how much a tenant may hold. With a token of the instance's.",
        handler: |call| Box::pin(tenants::undo(call)),
        ..CHANGE
    },
    Route {
        operation: "tenant_rename",
        path: "/api/v1/tenant/rename/{*name}",
        audit: Audit::Entry(&[Action::TenantRename]),
        takes_query: false,
        about: "Calls a tenant, below which there is none, by another name: what it holds stays. With a token of the instance's.",
        handler: |call| Box::pin(tenants::rename(call)),
        ..CHANGE
    },
    Route {
        operation: "tenant_erase",
        path: "/api/v1/tenant/erase/{*name}",
        audit: Audit::Entry(&[Action::TenantErase, Action::TenantSweep]),
        takes_query: false,
        about: "Erases a tenant for good: its keys first, and then all that is left of it. With a token of the instance's.",
        time: LONG_TIME,
        handler: |call| Box::pin(erase::erase(call)),
        ..CHANGE
    },
    Route {
        operation: "tenant_certificate",
        path: "/api/v1/tenant/certificate/{*name}",
        audit: Audit::Entry(&[Action::TenantCertificate]),
        about: "Certifies that a tenant was erased: signed with the key of the instance's log. With a token of the instance's.",
        time: LONG_TIME,
        handler: |call| Box::pin(erase::certificate(call)),
        ..READ
    },
    Route {
        operation: "unlocker_list",
        path: "/api/v1/unlockers",
        audit: Audit::Entry(&[Action::UnlockerList]),
        takes_query: false,
        about: "What opens the store. With a token of the instance's.",
        handler: |call| Box::pin(unlockers::list(call)),
        ..READ
    },
    Route {
        operation: "unlocker_add",
        path: "/api/v1/unlockers",
        audit: Audit::Entry(&[Action::UnlockerAdd]),
        takes_query: false,
        about: "Sets up another unlocker: it opens the store by itself. With a token of the instance's.",
        handler: |call| Box::pin(unlockers::add(call)),
        ..CHANGE
    },
    Route {
        operation: "unlocker_remove",
        method: "DELETE",
        path: "/api/v1/unlockers/{*id}",
        audit: Audit::Entry(&[Action::UnlockerRemove]),
        body_max_bytes: 0,
        takes_query: false,
        about: "Removes an unlocker, but never the last one. With a token of the instance's.",
        handler: |call| Box::pin(unlockers::remove(call)),
        ..CHANGE
    },
    Route {
        operation: "store_check",
        path: "/api/v1/store/check",
        audit: Audit::Entry(&[Action::StoreCheck]),
        body_max_bytes: 0,
        takes_query: false,
        about: "Opens every record of the tenant, but no value, and says what does not open.",
        time: LONG_TIME,
        handler: |call| Box::pin(unlockers::check(call)),
        ..CHANGE
    },
    Route {
        operation: "tenant_suspend",
        path: "/api/v1/suspend/{*name}",
        audit: Audit::Entry(&[Action::TenantSuspend]),
        body_max_bytes: 0,
        takes_query: false,
        about: "Suspends a tenant: nothing in it is answered. With a token of the instance's.",
        handler: |call| Box::pin(tenants::suspend(call)),
        ..CHANGE
    },
    Route {
        operation: "tenant_resume",
        path: "/api/v1/resume/{*name}",
        audit: Audit::Entry(&[Action::TenantResume]),
        body_max_bytes: 0,
        takes_query: false,
        about: "Ends that. With a token of the instance's.",
        handler: |call| Box::pin(tenants::resume(call)),
        ..CHANGE
    },
    Route {
        operation: "member_list",
        path: "/api/v1/members",
        audit: Audit::Entry(&[Action::MemberList]),
        about: "The members of the tenant, or of the instance.",
        handler: |call| Box::pin(members::list(call)),
        ..READ
    },
    Route {
        operation: "member_create",
        path: "/api/v1/members",
        audit: Audit::Entry(&[Action::MemberCreate]),
        about: "Makes a member who may do what the grants say.",
        handler: |call| Box::pin(members::create(call)),
        ..CHANGE
    },
    Route {
        operation: "member_change",
        method: "PATCH",
        path: "/api/v1/members/{*name}",
        audit: Audit::Entry(&[Action::MemberChange]),
        about: "Changes what a member may do. From then on nobody is answered on what it could do before.",
        handler: |call| Box::pin(members::change(call)),
        ..CHANGE
    },
    Route {
        operation: "member_undo",
        path: "/api/v1/member/undo/{*name}",
        audit: Audit::Entry(&[Action::MemberUndo]),
        body_max_bytes: 0,
        about: "Takes back the last change of what a member may do. By who may make that change.",
        handler: |call| Box::pin(members::undo(call)),
        ..CHANGE
    },
    Route {
        operation: "member_remove",
        method: "DELETE",
        path: "/api/v1/members/{*name}",
        audit: Audit::Entry(&[Action::MemberRemove]),
        body_max_bytes: 0,
        about: "Removes a member, for good: who gets the name later is another.",
        handler: |call| Box::pin(members::remove(call)),
        ..CHANGE
    },
    Route {
        operation: "role_list",
        path: "/api/v1/roles",
        audit: Audit::Entry(&[Action::RoleList]),
        about: "The roles that can be granted: the built-in ones, and those of the tenant's own.",
        handler: |call| Box::pin(roles::list(call)),
        ..READ
    },
    Route {
        operation: "role_set",
        method: "PUT",
        path: "/api/v1/roles/{*name}",
        audit: Audit::Entry(&[Action::RoleSet]),
        about: "Makes a role of the tenant's own, or gives it other rights.",
        handler: |call| Box::pin(roles::set(call)),
        ..CHANGE
    },
    Route {
        operation: "role_remove",
        method: "DELETE",
        path: "/api/v1/roles/{*name}",
        audit: Audit::Entry(&[Action::RoleRemove]),
        body_max_bytes: 0,
        about: "Removes a role that is granted to nobody.",
        handler: |call| Box::pin(roles::remove(call)),
        ..CHANGE
    },
    Route {
        operation: "role_undo",
        path: "/api/v1/role/undo/{*name}",
        audit: Audit::Entry(&[Action::RoleUndo]),
        body_max_bytes: 0,
        about: "Takes back the last change of a role, its removal too. By who may make that change.",
        handler: |call| Box::pin(roles::undo(call)),
        ..CHANGE
    },
    Route {
        operation: "policy_list",
        path: "/api/v1/policies",
        audit: Audit::Entry(&[Action::PolicyList]),
        about: "The policies of the tenant, or of the instance.",
        handler: |call| Box::pin(policies::list(call)),
        ..READ
    },
    Route {
        operation: "policy_get",
        path: "/api/v1/policies/{*name}",
        audit: Audit::Entry(&[Action::PolicyGet]),
        about: "One policy, as it was written.",
        handler: |call| Box::pin(policies::get(call)),
        ..READ
    },
    Route {
        operation: "policy_set",
        method: "PUT",
        path: "/api/v1/policies/{*name}",
        audit: Audit::Entry(&[Action::PolicySet]),
        body_max_bytes: POLICY_BODY_MAX_BYTES,
        about: "Makes a policy, or gives it another text: rules on paths, in Vault's grammar.",
        handler: |call| Box::pin(policies::set(call)),
        ..CHANGE
    },
    Route {
        operation: "policy_remove",
        method: "DELETE",
        path: "/api/v1/policies/{*name}",
        audit: Audit::Entry(&[Action::PolicyRemove]),
        body_max_bytes: 0,
        about: "Removes a policy that is attached to nobody.",
        handler: |call| Box::pin(policies::remove(call)),
        ..CHANGE
    },
    Route {
        operation: "policy_undo",
        path: "/api/v1/policy/undo/{*name}",
        audit: Audit::Entry(&[Action::PolicyUndo]),
        body_max_bytes: 0,
        about: "Takes back the last change of a policy, its removal too. By who may make that change.",
        handler: |call| Box::pin(policies::undo(call)),
        ..CHANGE
    },
    Route {
        operation: "group_list",
        path: "/api/v1/groups",
        audit: Audit::Entry(&[Action::GroupList]),
        about: "The groups of the tenant, or of the instance, and what their members may do.",
        handler: |call| Box::pin(groups::list(call)),
        ..READ
    },
    Route {
        operation: "group_set",
        method: "PATCH",
        path: "/api/v1/groups/{*name}",
        audit: Audit::Entry(&[Action::GroupSet]),
        about: "Makes a group, or changes what its members may do.",
        handler: |call| Box::pin(groups::set(call)),
        ..CHANGE
    },
    Route {
        operation: "group_remove",
        method: "DELETE",
        path: "/api/v1/groups/{*name}",
        audit: Audit::Entry(&[Action::GroupRemove]),
        body_max_bytes: 0,
        about: "Removes a group: its members have what they have of themselves.",
        handler: |call| Box::pin(groups::remove(call)),
        ..CHANGE
    },
    Route {
        operation: "group_undo",
        path: "/api/v1/group/undo/{*name}",
        audit: Audit::Entry(&[Action::GroupUndo]),
        body_max_bytes: 0,
        about: "Takes back the last change of a group, its removal too. By who may make that change.",
        handler: |call| Box::pin(groups::undo(call)),
        ..CHANGE
    },
    Route {
        operation: "access_explain",
        path: "/api/v1/access/explain",
        audit: Audit::Entry(&[Action::AccessExplain, Action::AccessExplainOwn]),
        about: "Whether somebody may do something, and why: all grants and rules that speak of it.",
        handler: |call| Box::pin(access::explain(call)),
        ..READ
    },
    Route {
        operation: "access_preview",
        path: "/api/v1/access/preview",
        audit: Audit::Entry(&[Action::AccessPreview]),
        about: "What somebody sees in a folder, of what the caller sees there.",
        handler: |call| Box::pin(access::preview(call)),
        ..READ
    },
    Route {
        operation: "member_unlock",
        path: "/api/v1/member/unlock/{*name}",
        audit: Audit::Entry(&[Action::MemberUnlock]),
        body_max_bytes: 0,
        about: "Ends every lock of a member after wrong passwords, from wherever they came.",
        handler: |call| Box::pin(passwords::unlock(call)),
        ..CHANGE
    },
    Route {
        operation: "password_set",
        method: "PUT",
        path: "/api/v1/password",
        audit: Audit::Entry(&[Action::PasswordSet]),
        about: "Sets the password of oneself: with the old one, or signed in with a one-time code. What was signed in for with the old one ends.",
        handler: |call| Box::pin(passwords::set(call)),
        ..CHANGE
    },
    Route {
        operation: "factor_enrol",
        path: "/api/v1/factor",
        audit: Audit::Entry(&[Action::FactorEnrol]),
        about: "Makes a second factor for oneself: with the password, or signed in with a one-time code. It is shown once, and asked for once it is confirmed.",
        handler: |call| Box::pin(factors::enrol(call)),
        ..CHANGE
    },
    Route {
        operation: "factor_confirm",
        path: "/api/v1/factor/confirm",
        audit: Audit::Entry(&[Action::FactorConfirm]),
        about: "Confirms the second factor of oneself, with a first code: from then on signing in with the password takes a code too.",
        handler: |call| Box::pin(factors::confirm(call)),
        ..CHANGE
    },
    Route {
        operation: "factor_remove_own",
        path: "/api/v1/factor/remove",
        audit: Audit::Entry(&[Action::FactorRemoveOwn]),
        about: "Removes the second factor of oneself, with a code of it.",
        handler: |call| Box::pin(factors::remove_own(call)),
        ..CHANGE
    },
    Route {
        operation: "factor_remove",
        method: "DELETE",
        path: "/api/v1/member/factor/{*name}",
        audit: Audit::Entry(&[Action::FactorRemove]),
        body_max_bytes: 0,
        about: "Removes the second factor of a member, who has lost it.",
        handler: |call| Box::pin(factors::remove(call)),
        ..CHANGE
    },
    Route {
        operation: "member_code",
        path: "/api/v1/codes",
        audit: Audit::Entry(&[Action::MemberCode]),
        about: "Makes a one-time code with which a member signs in. It is shown once.",
        handler: |call| Box::pin(codes::create(call)),
        ..CHANGE
    },
    Route {
        operation: "client_secret_list",
        path: "/api/v1/client-secrets",
        audit: Audit::Entry(&[Action::ClientSecretList]),
        about: "The client secrets of the tenant, or of the instance; also those that have ended.",
        handler: |call| Box::pin(client_secrets::list(call)),
        ..READ
    },
    Route {
        operation: "client_secret_create",
        path: "/api/v1/client-secrets",
        audit: Audit::Entry(&[Action::ClientSecretCreate]),
        about: "Makes a secret with which a program signs in as a member. It is shown once.",
        handler: |call| Box::pin(client_secrets::create(call)),
        ..CHANGE
    },
    Route {
        operation: "client_secret_revoke",
        method: "DELETE",
        path: "/api/v1/client-secrets/{*id}",
        audit: Audit::Entry(&[Action::ClientSecretRevoke]),
        body_max_bytes: 0,
        about: "Ends a client secret, and all tokens that it was changed for.",
        handler: |call| Box::pin(client_secrets::revoke(call)),
        ..CHANGE
    },
    Route {
        operation: "sign_in",
        path: "/api/v1/sign-in",
        audit: Audit::InBody(&[Action::SignIn]),
        about: "Changes what somebody shows who has no token, such as a one-time code, for a token of theirs.",
        handler: |call| Box::pin(sign_in::sign_in(call)),
        ..CHANGE
    },
    Route {
        operation: "issuer_list",
        path: "/api/v1/issuers",
        audit: Audit::Entry(&[Action::IssuerList]),
        about: "The issuers of tokens that the tenant, or the instance, trusts, and whom their tokens mean.",
        handler: |call| Box::pin(issuers::list(call)),
        ..READ
    },
    Route {
        operation: "issuer_create",
        path: "/api/v1/issuers",
        audit: Audit::Entry(&[Action::IssuerCreate]),
        body_max_bytes: ISSUER_BODY_MAX_BYTES,
        about: "Trusts an issuer of tokens (RFC 7519). They mean nobody before claims are bound to a member.",
        handler: |call| Box::pin(issuers::create(call)),
        ..CHANGE
    },
    Route {
        operation: "issuer_change",
        method: "PATCH",
        path: "/api/v1/issuers/{*name}",
        audit: Audit::Entry(&[Action::IssuerChange]),
        body_max_bytes: ISSUER_BODY_MAX_BYTES,
        about: "Changes what an issuer's tokens have to be like, and whom they mean. Nobody signs in on what they meant before.",
        handler: |call| Box::pin(issuers::change(call)),
        ..CHANGE
    },
    Route {
        operation: "issuer_remove",
        method: "DELETE",
        path: "/api/v1/issuers/{*name}",
        audit: Audit::Entry(&[Action::IssuerRemove]),
        body_max_bytes: 0,
        about: "Trusts an issuer no more.",
        handler: |call| Box::pin(issuers::remove(call)),
        ..CHANGE
    },
    Route {
        operation: "token_list",
        path: "/api/v1/tokens",
        audit: Audit::Entry(&[Action::TokenList]),
        about: "The tokens of the tenant, or of the instance; also those that have ended.",
        handler: |call| Box::pin(tokens::list(call)),
        ..READ
    },
    Route {
        operation: "token_create",
        path: "/api/v1/tokens",
        audit: Audit::Entry(&[Action::TokenCreate, Action::TokenCreateOwn]),
        about: "Makes a token for a member, or for oneself. It is shown once.",
        handler: |call| Box::pin(tokens::create(call)),
        ..CHANGE
    },
    Route {
        operation: "token_revoke",
        method: "DELETE",
        path: "/api/v1/tokens/{*id}",
        audit: Audit::Entry(&[Action::TokenRevoke]),
        body_max_bytes: 0,
        about: "Ends a token, and all that were made with it.",
        handler: |call| Box::pin(tokens::revoke(call)),
        ..CHANGE
    },
    Route {
        operation: "token_revoke_own",
        method: "DELETE",
        path: "/api/v1/token",
        audit: Audit::Entry(&[Action::TokenRevokeOwn]),
        body_max_bytes: 0,
        about: "Ends the token that is shown.",
        handler: |call| Box::pin(tokens::revoke_own(call)),
        ..CHANGE
    },
    Route {
        operation: "token_renew",
        path: "/api/v1/token/renew",
        audit: Audit::Entry(&[Action::TokenRenew]),
        body_max_bytes: 0,
        about: "Makes the token that is shown last longer, at most to its maximum.",
        handler: |call| Box::pin(tokens::renew(call)),
        ..CHANGE
    },
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
