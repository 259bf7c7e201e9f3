//! Roles, policies, groups; and why somebody may.

use coffer_engine::action::Action;

use super::{Audit, CHANGE, READ, Route};
use crate::handlers::{access, groups, policies, roles};
use crate::limits::POLICY_BODY_MAX_BYTES;

pub(super) const ROUTES: &[Route] = &[
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
];
