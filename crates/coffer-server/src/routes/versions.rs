//! One secret: its versions and their names, what refers to it; changes as they come; files beside the store.

use coffer_engine::action::Action;

use super::{Audit, CHANGE, READ, Route};
use crate::handlers::{events, files, names, references, versions};
use crate::limits::{LONG_TIME, VALUE_BODY_MAX_BYTES};

pub(super) const ROUTES: &[Route] = &[
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
        erases: true,
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
];
