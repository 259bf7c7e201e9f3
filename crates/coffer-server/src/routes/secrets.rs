//! Secrets: read, written, listed, found and compared.

use coffer_engine::action::Action;

use super::{Audit, CHANGE, READ, Route};
use crate::handlers::{compare, content, find, folders, secrets, together};
use crate::limits::{BATCH_BODY_MAX_BYTES, FILE_BODY_MAX_BYTES, VALUE_BODY_MAX_BYTES};

pub(super) const ROUTES: &[Route] = &[
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
];
