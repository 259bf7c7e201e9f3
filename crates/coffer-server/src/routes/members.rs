//! Members: made, changed, removed.

use coffer_engine::action::Action;

use super::{Audit, CHANGE, READ, Route};
use crate::handlers::members;

pub(super) const ROUTES: &[Route] = &[
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
];
