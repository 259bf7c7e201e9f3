//! The SQL. Fixed texts with arrays as parameters: none is ever put together.
//!
//! # Invariants
//! - Every name is written with its schema; the search path of a session holds nothing of the database's.
//! - [`WRITE`] writes all that a group wants, or nothing: everything in it hangs on `fenced`, which hangs on `verdict`.

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

/// Checks what a group expects, and writes what it wants when all of it stands.
///
/// 1, 2: keys and the revisions expected there. 3: the last moment at which that was decided. 4: a test's clock. 5 to 7: records to put.
/// 8, 9: markers to touch. 10: keys to delete. 11: pending rows that went into a log. 12 to 14: pending rows. 15: the lock that is
/// shared by who gives positions. 16, 17: the process, and its connection. 18: this commit.
///
/// Snapshots: a statement of a READ COMMITTED transaction sees what was committed before it began, and it began with the locks of [`LOCK`]
/// held. What it looks at nobody changes until it is committed.
pub(crate) const WRITE: &str = "
WITH moment AS MATERIALIZED (
    SELECT coalesce($4::int8, floor(extract(epoch FROM clock_timestamp()) * 1000)::int8) AS now
), found AS MATERIALIZED (
    SELECT e.number, e.revision AS expected, r.revision AS found
    FROM unnest($1::bytea[], $2::bytea[]) WITH ORDINALITY AS e(key, revision, number)
    LEFT JOIN coffer.record r ON r.key = e.key
), verdict AS MATERIALIZED (
    SELECT now, ($3::int8 IS NULL OR now <= $3::int8)
        AND NOT EXISTS (SELECT FROM found WHERE found.expected IS DISTINCT FROM found.found) AS stands
    FROM moment
), fenced AS (
    UPDATE coffer.process SET commit = $18::bytea, seen = now()
    WHERE id = $16::bytea AND session = $17::bytea AND (SELECT stands FROM verdict) RETURNING 1
), put AS (
    INSERT INTO coffer.record AS r (key, revision, value)
    SELECT p.key, p.revision, p.value FROM fenced, unnest($5::bytea[], $6::bytea[], $7::bytea[]) AS p(key, revision, value)
    ON CONFLICT (key) DO UPDATE SET revision = excluded.revision, value = excluded.value
), touched AS (
    INSERT INTO coffer.record AS r (key, revision, value)
    SELECT t.key, t.revision, ''::bytea FROM fenced, unnest($8::bytea[], $9::bytea[]) AS t(key, revision)
    ON CONFLICT (key) DO UPDATE SET revision = excluded.revision
), deleted AS (
    DELETE FROM coffer.record USING fenced WHERE key = ANY($10::bytea[])
), integrated AS (
    DELETE FROM coffer.pending USING fenced WHERE position = ANY($11::int8[])
), appending AS MATERIALIZED (
    SELECT pg_advisory_xact_lock_shared($15::int8) AS locked FROM fenced
    WHERE cardinality($12::bytea[]) > 0
), appended AS (
    INSERT INTO coffer.pending (position, id, tenant, sealed)
    SELECT nextval('coffer.position'), a.id, a.tenant, a.sealed
    FROM appending, unnest($12::bytea[], $13::bytea[], $14::bytea[]) WITH ORDINALITY AS a(id, tenant, sealed, number)
    ORDER BY a.number
)
SELECT stands, EXISTS (SELECT FROM fenced) AS fenced, now,
    CASE WHEN stands THEN NULL ELSE ARRAY(SELECT found FROM found ORDER BY number) END AS found
FROM verdict";

/// Whether the database can be told to end a connection that says nothing outside a transaction.
pub(crate) const ENDS_IDLE: &str =
    "SELECT EXISTS (SELECT FROM pg_settings WHERE name = 'idle_session_timeout')";

/// Processes that have not committed for so long are gone.
pub(crate) const FORGET_PROCESSES: &str = "DELETE FROM coffer.process WHERE seen < now() - interval '7 days'";
