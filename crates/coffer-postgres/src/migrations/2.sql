-- Version 2: a commit is one call, and a row of entries is one row.

-- Locks, looks, and writes when all is as expected. The function is volatile, so each of its statements sees what was committed before that
-- statement began: the look begins when the locks are held, and what it looks at nobody changes until the end of the transaction.
--
-- Who takes which locks, and why, is in `locks.rs`; `appending` is the one that is shared from before a pending row gets its position.
-- `clock` is a test's, else NULL. `revisions` are those found at `expected`, where that is not what was expected.
CREATE FUNCTION coffer.commit(
    locks bigint[], exclusive boolean[],
    expected bytea[], expected_revisions bytea[], not_after bigint, clock bigint,
    put bytea[], put_revisions bytea[], put_values bytea[],
    touched bytea[], touched_revisions bytea[], deleted bytea[], integrated bigint[],
    pending bytea[], pending_tenants bytea[], pending_sealed bytea[], appending bigint,
    process bytea, connection bytea, this bytea,
    OUT stands boolean, OUT fenced boolean, OUT now bigint, OUT revisions bytea[]
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    nothing text;
BEGIN
    FOR i IN 1 .. cardinality(locks) LOOP
        IF exclusive[i] THEN
            nothing := pg_advisory_xact_lock(locks[i]);
        ELSE
            nothing := pg_advisory_xact_lock_shared(locks[i]);
        END IF;
    END LOOP;

    now := coalesce(clock, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint);
    stands := (not_after IS NULL OR now <= not_after) AND NOT EXISTS (
        SELECT FROM unnest(expected, expected_revisions) AS e(key, revision)
        LEFT JOIN coffer.record r ON r.key = e.key
        WHERE r.revision IS DISTINCT FROM e.revision
    );
    IF NOT stands THEN
        fenced := false;
        revisions := ARRAY(
            SELECT r.revision FROM unnest(expected) WITH ORDINALITY AS e(key, number)
            LEFT JOIN coffer.record r ON r.key = e.key ORDER BY e.number
        );
        RETURN;
    END IF;

    -- From here on all hangs on this: only the connection that has its process's right to commit writes.
    UPDATE coffer.process p SET commit = this, seen = now() WHERE p.id = process AND p.session = connection;
    fenced := FOUND;
    IF NOT fenced THEN
        RETURN;
    END IF;
    IF cardinality(put) > 0 THEN
        INSERT INTO coffer.record AS r (key, revision, value)
        SELECT p.key, p.revision, p.value FROM unnest(put, put_revisions, put_values) AS p(key, revision, value)
        ON CONFLICT (key) DO UPDATE SET revision = excluded.revision, value = excluded.value;
    END IF;
    IF cardinality(touched) > 0 THEN
        INSERT INTO coffer.record AS r (key, revision, value)
        SELECT t.key, t.revision, ''::bytea FROM unnest(touched, touched_revisions) AS t(key, revision)
        ON CONFLICT (key) DO UPDATE SET revision = excluded.revision;
    END IF;
    IF cardinality(deleted) > 0 THEN
        DELETE FROM coffer.record r WHERE r.key = ANY (deleted);
    END IF;
    IF cardinality(integrated) > 0 THEN
        DELETE FROM coffer.pending p WHERE p.position = ANY (integrated);
    END IF;
    IF cardinality(pending) > 0 THEN
        nothing := pg_advisory_xact_lock_shared(appending);
        INSERT INTO coffer.pending (position, id, tenant, sealed)
        SELECT nextval('coffer.position'), a.id, a.tenant, a.sealed
        FROM unnest(pending, pending_tenants, pending_sealed) WITH ORDINALITY AS a(id, tenant, sealed, number)
        ORDER BY a.number;
    END IF;
END
$$;

-- The entries of a commit stay beside their position up to what a page holds: to put them elsewhere was a third of what a commit of reads took.
ALTER TABLE coffer.pending SET (toast_tuple_target = 8160);
