-- Version 1: what is stored, what waits to go into the logs, and who commits.

CREATE SCHEMA IF NOT EXISTS coffer;

-- One row: the version of these tables.
CREATE TABLE coffer.meta (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    version integer NOT NULL
);
INSERT INTO coffer.meta (version) VALUES (0);

-- Sealed records, under opaque keys.
CREATE TABLE coffer.record (
    key bytea PRIMARY KEY CHECK (octet_length(key) BETWEEN 17 AND 49),
    revision bytea NOT NULL CHECK (octet_length(revision) = 16),
    value bytea NOT NULL
);
-- Never to keep everybody out in order to give the end of a file back: it is used again.
ALTER TABLE coffer.record SET (vacuum_truncate = false);
-- Sealed bytes can't be compressed: it is not tried.
ALTER TABLE coffer.record ALTER COLUMN value SET STORAGE EXTERNAL;

-- Sealed audit entries, one row for a commit and a tenant. A sequence does not give positions in the order of commits: who reads rows waits
-- for the commits that have begun.
CREATE SEQUENCE coffer.position AS bigint;
CREATE TABLE coffer.pending (
    position bigint PRIMARY KEY,
    id bytea NOT NULL CHECK (octet_length(id) = 16),
    tenant bytea NOT NULL CHECK (octet_length(tenant) = 16),
    sealed bytea NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, vacuum_truncate = false);
ALTER TABLE coffer.pending ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE INDEX pending_of ON coffer.pending (tenant, position);

-- One row for each process that commits: which of its connections may, and what was committed last over it. A process whose connection
-- broke learns here whether its commit happened, and from here on its old connection commits nothing more.
CREATE TABLE coffer.process (
    id bytea PRIMARY KEY,
    session bytea NOT NULL,
    commit bytea NOT NULL,
    seen timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50, vacuum_truncate = false);
