//! Tenants, unlockers, and the check of the store.

use coffer_engine::action::Action;

use super::{Audit, CHANGE, READ, Route};
use crate::handlers::{erase, lock, tenants, unlockers};
use crate::limits::LONG_TIME;

pub(super) const ROUTES: &[Route] = &[
    Route {
        operation: "tenant_list",
        path: "/api/v1/tenants",
        audit: Audit::Entry(&[Action::TenantList]),
        about: "The tenants of the instance, or those below one. With a token of the instance's; or with one of the tenant that the request names, those below that.",
        handler: |call| Box::pin(tenants::list(call)),
        ..READ
    },
    Route {
        operation: "tenant_create",
        path: "/api/v1/tenants",
        audit: Audit::Entry(&[Action::TenantCreate]),
        takes_query: false,
        about: "Makes a tenant; with an owner, who is its first member and is given a code to sign in with, once. With a token of the instance's; or with one of a tenant above it, which the request names.",
        handler: |call| Box::pin(tenants::create(call)),
        ..CHANGE
    },
    Route {
        operation: "tenant_show",
        path: "/api/v1/tenants/{*name}",
        audit: Audit::Entry(&[Action::TenantShow]),
        takes_query: false,
        about: "One tenant: how much it holds, and how much it may. With a token of the instance's; or with one of a tenant above it, which the request names.",
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
        about: "Says how much a tenant may hold: what would add more is refused. With a token of the instance's; or with one of a tenant above it, which the request names, and within what that may have itself.",
        handler: |call| Box::pin(tenants::limit(call)),
        ..CHANGE
    },
    Route {
        operation: "tenant_set",
        method: "PATCH",
        path: "/api/v1/tenant/settings/{*name}",
        audit: Audit::Entry(&[Action::TenantSet]),
        takes_query: false,
        about: "Says where a tenant stays, whether its reads are synced, how long its tokens last. With a token of the instance's; or with one of a tenant above it, which the request names.",
        handler: |call| Box::pin(tenants::set(call)),
        ..CHANGE
    },
    Route {
        operation: "tenant_undo",
        path: "/api/v1/tenant/undo/{*name}",
        audit: Audit::Entry(&[Action::TenantUndo]),
        body_max_bytes: 0,
        takes_query: false,
        about: "Takes back the last change of how much a tenant may hold, or of what is set of it. With a token of the instance's; or with one of a tenant above it, which the request names.",
        handler: |call| Box::pin(tenants::undo(call)),
        ..CHANGE
    },
    Route {
        operation: "tenant_rename",
        path: "/api/v1/tenant/rename/{*name}",
        audit: Audit::Entry(&[Action::TenantRename]),
        takes_query: false,
        about: "Calls a tenant, below which there is none, by another name: what it holds stays. With a token of the instance's; or with one of a tenant above it, which the request names.",
        handler: |call| Box::pin(tenants::rename(call)),
        ..CHANGE
    },
    Route {
        operation: "tenant_lock",
        path: "/api/v1/tenant/lock",
        audit: Audit::Entry(&[Action::TenantLock]),
        takes_query: false,
        about: "Locks the tenant with a code that whoever asks has made and keeps: nothing in it is answered or can be opened, by whoever runs the server neither, until the code comes.",
        erases: true,
        handler: |call| Box::pin(lock::lock(call)),
        ..CHANGE
    },
    Route {
        operation: "tenant_unlock",
        path: "/api/v1/tenant/unlock",
        audit: Audit::InBody(&[Action::TenantUnlock]),
        takes_query: false,
        about: "Unlocks the tenant with the code that it was locked with. No token is asked for.",
        handler: |call| Box::pin(lock::unlock(call)),
        ..CHANGE
    },
    Route {
        operation: "tenant_erase",
        path: "/api/v1/tenant/erase/{*name}",
        audit: Audit::Entry(&[Action::TenantErase, Action::TenantSweep]),
        takes_query: false,
        about: "Erases a tenant for good: its keys first, and then all that is left of it. With a token of the instance's; or with one of a tenant above it, which the request names.",
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
        waits_elsewhere: true,
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
        erases: true,
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
        about: "Suspends a tenant: nothing in it, or in one below it, is answered. With a token of the instance's; or with one of a tenant above it, which the request names.",
        handler: |call| Box::pin(tenants::suspend(call)),
        ..CHANGE
    },
    Route {
        operation: "tenant_resume",
        path: "/api/v1/resume/{*name}",
        audit: Audit::Entry(&[Action::TenantResume]),
        body_max_bytes: 0,
        takes_query: false,
        about: "Ends that. With a token of the instance's; or with one of a tenant above it, which the request names.",
        handler: |call| Box::pin(tenants::resume(call)),
        ..CHANGE
    },
];
