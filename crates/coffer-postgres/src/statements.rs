//! The SQL. Fixed texts with arrays as parameters: none is ever put together.
//!
//! # Invariants
//! - Every name is written with its schema; the search path of a session holds nothing of the database's.
//! - [`COMMIT`] writes all that a group wants, or nothing: everything in it hangs on `fenced`, which hangs on `stands`.

/// The keys' records, in no order.
pub(crate) const GET: &str = "SELECT key, revision, value FROM coffer.record WHERE key = ANY($1::bytea[])";

/// Records from a key on, below another. The upper end is always given: it ends the walk through the index.
pub(crate) const SCAN: &str = "SELECT key, revision, value FROM coffer.record WHERE key >= $1::bytea AND key < $2::bytea ORDER BY key LIMIT $3::int8";

/// Pending rows behind a position.
pub(crate) const PENDING: &str = "SELECT position, id, tenant, sealed FROM coffer.pending WHERE position > $1::int8 ORDER BY position LIMIT $2::int8";

/// Those of one tenant.
pub(crate) const PENDING_OF: &str = "SELECT position, id, tenant, sealed FROM coffer.pending \
     WHERE tenant = $3::bytea AND position > $1::int8 ORDER BY position LIMIT $2::int8";

/// How far a page of pending rows goes, and the same of one tenant.
pub(crate) const EDGE: &str = "SELECT max(page.position) FROM (SELECT position FROM coffer.pending \
     WHERE position > $1::int8 ORDER BY position LIMIT $2::int8) AS page";
pub(crate) const EDGE_OF: &str = "SELECT max(page.position) FROM (SELECT position FROM coffer.pending \
     WHERE tenant = $3::bytea AND position > $1::int8 ORDER BY position LIMIT $2::int8) AS page";

/// The transactions that may have given a position, and are not committed: who holds `APPENDING`, as the database lists its locks.
pub(crate) const APPENDING_NOW: &str = "SELECT l.virtualtransaction FROM pg_locks l \
     WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 2147483647::oid AND l.objid = 4294967295::oid AND l.objsubid = 1 \
     AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())";

/// Locks for the rest of the transaction, in the order of the array: exclusive where the second array says so, else shared.
pub(crate) const LOCK: &str = "SELECT CASE WHEN l.exclusive THEN pg_advisory_xact_lock(l.lock) \
     ELSE pg_advisory_xact_lock_shared(l.lock) END FROM unnest($1::int8[], $2::bool[]) AS l(lock, exclusive)";

/// The moment, and the revisions at these keys. One row for the moment alone, without a key.
pub(crate) const LOOK: &str = "SELECT NULL::bytea, NULL::bytea, floor(extract(epoch FROM clock_timestamp()) * 1000)::int8 \
     UNION ALL SELECT key, revision, 0 FROM coffer.record WHERE key = ANY($1::bytea[])";

/// Takes a process's right to commit for this connection; what was committed last over any of its connections. Where one of them is in the
/// midst of it, this waits for its end.
pub(crate) const CLAIM: &str = "INSERT INTO coffer.process AS p (id, session, commit) VALUES ($1::bytea, $2::bytea, ''::bytea) \
     ON CONFLICT (id) DO UPDATE SET session = excluded.session, seen = now() RETURNING p.commit";

/// Takes a group's locks, checks what it expects, and writes what it wants when all of it stands: the function of `migrations/2.sql`, and its
/// parameters in that order.
pub(crate) const COMMIT: &str = "SELECT stands, fenced, now, revisions FROM coffer.commit(\
     $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";

/// Whether the database can be told to end a connection that says nothing outside a transaction.
pub(crate) const ENDS_IDLE: &str =
    "SELECT EXISTS (SELECT FROM pg_settings WHERE name = 'idle_session_timeout')";

/// Processes that have not committed for so long are gone.
pub(crate) const FORGET_PROCESSES: &str = "DELETE FROM coffer.process WHERE seen < now() - interval '7 days'";
