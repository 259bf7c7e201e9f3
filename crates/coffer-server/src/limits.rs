//! Every limit of the server, by name. Units are in the names.

use std::time::Duration;

/// Connections at once; one more waits in the system's queue.
pub const CONNECTIONS_MAX: usize = 4096;
/// Requests under way at once; one more is refused.
pub const REQUESTS_MAX: usize = 2048;
/// Requests that are at work at once, of those that take a moment; others wait, a line for each tenant. More than fit well into one
/// commit, and so few that what is in front of somebody who asks little is over within a few milliseconds.
pub const TURNS_MAX: usize = 128;
/// When whoever asks more often than the tenant's quota allows, or shows a password while too many wait, is told so, after the request came, at
/// the earliest; twice that at the latest: who waits for the answer asks less than once a second, and costs nothing meanwhile.
pub const TOO_OFTEN_TIME: Duration = Duration::from_secs(1);
/// Such requests that wait for that; those beyond are told at once.
pub const TOO_OFTEN_MAX: usize = 1024;
/// Bytes of a request line and all headers together.
pub const HEAD_MAX_BYTES: usize = 32 * 1024;
/// Headers of a request.
pub const HEADERS_MAX: usize = 64;
/// Time for a TLS handshake.
pub const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// Time for a request's head; also how long a connection may be idle.
pub const HEAD_TIME: Duration = Duration::from_secs(30);
/// Time for a body.
pub const BODY_TIME: Duration = Duration::from_secs(20);
/// Bytes of a body, unless its route says otherwise.
pub const BODY_MAX_BYTES: usize = 64 * 1024;
/// Bytes of a body that says what an issuer is like: a set of keys, with every letter escaped, and bindings.
pub const ISSUER_BODY_MAX_BYTES: usize = 512 * 1024;
/// Bytes of a body that says what an authority of certificates is like: certificates and lists, in PEM, with every letter escaped.
pub const AUTHORITY_BODY_MAX_BYTES: usize = 512 * 1024;
/// Bytes of a body that holds a value: 1 MiB of it, in base64 or with every letter escaped.
pub const VALUE_BODY_MAX_BYTES: usize = 7 * 1024 * 1024;
/// Bytes of a body that holds many values.
pub const BATCH_BODY_MAX_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of a body that is a file: as many as a file may have.
pub const FILE_BODY_MAX_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of a file that have to come, or to be taken, in a second, in the long run: the largest takes 17 minutes at most. Nothing comes
/// for longer than [`BODY_TIME`], or is taken for longer than [`TAKE_TIME`], and it is over as well.
pub const FILE_PACE_BYTES: u64 = 16 * 1024;
/// The body of a policy: its text, of which JSON may write a byte as six.
pub const POLICY_BODY_MAX_BYTES: usize = coffer_engine::limits::POLICY_MAX_BYTES * 6 + 1024;
/// Bytes of a body that holds signed notes.
pub const NOTES_BODY_MAX_BYTES: usize = 1024 * 1024;
/// Checkpoints that a log is checked against in one request.
pub const KNOWN_MAX: usize = 64;
/// Bytes of all bodies that are read at once; one more waits for nobody, and is refused.
pub const BODIES_MAX_BYTES: usize = 256 * 1024 * 1024;
/// How deep a body may be nested.
pub const BODY_DEPTH_MAX: usize = 8;
/// Values in a body, of objects and arrays together.
pub const BODY_VALUES_MAX: usize = 32 * 1024;
/// Digits of a number in a body.
pub const NUMBER_MAX_BYTES: usize = 32;
/// Bytes of a query.
pub const QUERY_MAX_BYTES: usize = 4 * 1024;
/// Time in which the vault has to answer what takes a moment. It begins anew when a body has come.
pub const SHORT_TIME: Duration = Duration::from_millis(1_900);
/// Time in which it has to answer what goes through a whole log or store.
pub const LONG_TIME: Duration = Duration::from_secs(600);
/// Time that the storage then has to write over what was deleted, where that is done before the answer.
pub const ERASING_TIME: Duration = LONG_TIME;
/// Time in which an export has to have gone out, from its first byte to its last.
pub const EXPORT_TIME: Duration = Duration::from_secs(3600);
/// Time for whoever gets an answer to take some of it: a connection whose bytes nobody has taken for so long is closed.
pub const TAKE_TIME: Duration = Duration::from_secs(30);
/// Time that requests under way are given when the server stops.
pub const DRAIN_TIME: Duration = Duration::from_secs(30);
/// How long a server that was told to stop goes on answering whatever comes, and says at `/health/ready` that it is not ready: until a balancer
/// has asked twice.
pub const DRAIN_NOTICE: Duration = Duration::from_secs(5);
/// Where nobody has asked `/health/ready` for so long, there is nobody who would have to be told.
pub const READY_ASKED: Duration = Duration::from_secs(30);
/// Requests of one source in a second, and at once: more than one machine answers, so that what stands behind a proxy, all one source,
/// is slowed by the machine alone.
pub const SOURCE_RATE: Rate = Rate { per_second: 100_000, burst: 200_000 };
/// Requests with one token in a second, and at once.
pub const TOKEN_RATE: Rate = Rate { per_second: 100_000, burst: 200_000 };
/// Requests of one source without a token that is good, in a second, and at once.
pub const FAILURE_RATE: Rate = Rate { per_second: 1, burst: 30 };
/// When whoever shows a wrong password is told so, after it came: longer than it takes to look at one, whatever there was to look at.
pub const REFUSAL_TIME: Duration = Duration::from_millis(600);
/// Attempts of one source to unseal, in a second, and at once.
pub const UNSEAL_SOURCE_RATE: Rate = Rate { per_second: 1, burst: 5 };
/// Passphrases that are tried for all sources together: each is a derivation, of which there is one at a time.
pub const UNSEAL_RATE: Rate = Rate { per_second: 1, burst: 20 };
/// Time for an attempt: a derivation for each passphrase that the store knows.
pub const UNSEAL_TIME: Duration = Duration::from_secs(20);
/// How long a seal waits for requests under way to let go of the keys, before it says that some have not.
pub const SEAL_TIME: Duration = DRAIN_TIME;
/// Sources, or tokens, that are counted each for itself; those beyond share one count.
pub const COUNTED_MAX: usize = 16 * 1024;
/// Tenants that have counters of their own; those beyond share one.
pub const TENANTS_COUNTED_MAX: usize = 1000;
/// Items on a page, unless it is said how many.
pub const PAGE_DEFAULT: usize = 1000;
/// Items on a page.
pub const PAGE_MAX: usize = 10_000;
/// Keys that are derived from passphrases at once for unlockers that are set up; others wait, within their time.
pub const DERIVATIONS_MAX: usize = 1;
/// Readers who follow a log without an entry for each look; one more, and all of them have one more.
pub const FOLLOWERS_MAX: usize = 1024;
/// How long such a reader may pause between two looks.
pub const FOLLOW_PAUSE: Duration = Duration::from_secs(60);
/// Who watches changes, at once: of the whole server, of one tenant, with one token.
pub const STREAMS_MAX: usize = 1024;
/// Of one tenant.
pub const STREAMS_TENANT_MAX: usize = 512;
/// With one token.
pub const STREAMS_TOKEN_MAX: usize = 32;
/// How long a stream of changes may keep silent: then it says that it is there.
pub const STREAM_HEARTBEAT: Duration = Duration::from_secs(15);
/// How long whoever watches may stay away while there is something to take, before the stream is ended. He resumes by his cursor.
pub const STREAM_TAKE_TIME: Duration = TAKE_TIME;
/// How often, at most, entries of a tenant that is watched are integrated: what comes meanwhile goes together.
pub const STREAM_PACE: Duration = Duration::from_millis(100);
/// How often a tenant that is watched is looked at for what other processes have committed.
pub const STREAM_POLL: Duration = Duration::from_millis(500);
/// How often it is decided, at least, whether somebody may still watch: a token that expires commits nothing.
pub const STREAM_DECIDE: Duration = Duration::from_secs(1);
/// After which time whoever lost a stream comes back, as it tells them.
pub const STREAM_RETRY: Duration = Duration::from_secs(1);
/// Parts of logs, of 256 entries each, that are kept for all who watch.
pub const STREAM_PARTS_MAX: usize = 64;
/// How often the store is asked whether it can be written, at most.
pub const PROBE_EVERY: Duration = Duration::from_secs(1);
/// How often the log is looked after.
pub const UPKEEP_EVERY: Duration = Duration::from_secs(5);
/// How often secrets that expire are counted, at most.
pub const COUNT_EVERY: Duration = Duration::from_secs(60);
/// How often certificates are looked at.
pub const CERTIFICATES_EVERY: Duration = Duration::from_secs(60);

/// How often something may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// In the long run.
    pub per_second: u32,
    /// At once.
    pub burst: u32,
}
