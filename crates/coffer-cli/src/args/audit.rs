//! `coffer audit`: the log, read, proved, verified and kept.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `coffer audit`
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Show the newest entries
    Tail(AuditTail),
    /// Show the entries that fit
    Query(AuditQuery),
    /// Show one entry, with what is known of who acted
    #[command(after_help = "Example:\n  coffer audit show 17")]
    Show(AuditEntry),
    /// Export the log as a bundle: a folder that a stranger verifies, without any key
    #[command(
        after_help = "A bundle that is there already is continued, and only if the log continues it.\n\nExample:\n  coffer audit export ./bundle"
    )]
    Export(AuditExport),
    /// Verify a bundle, offline; or the log where it lies, and every record against it
    Verify(AuditVerify),
    /// Prove that an entry is in the log
    #[command(
        after_help = "Writes a C2SP tlog-proof to stdout, and the entry itself beside it with --out.\n\nExample:\n  coffer audit proof 17 --out 17.tlog-proof"
    )]
    Proof(AuditProof),
    /// Verify such a proof, offline
    VerifyProof(AuditVerifyProof),
    /// Verify the certificate that a tenant was erased, offline
    VerifyCertificate(AuditVerifyCertificate),
    /// Show the first key of the log: what an auditor has to know
    #[command(after_help = "Example:\n  coffer audit key > log.key")]
    Key(AuditKey),
    /// Show the newest signed checkpoint, to be kept elsewhere
    #[command(after_help = "Example:\n  coffer audit checkpoint > 2026-11-23.checkpoint")]
    Checkpoint(AuditOf),
    /// Give the newest checkpoint to somebody outside
    Publish(AuditPublish),
    /// Remove entries that are older than the retention; proofs stay valid
    Prune(AuditPrune),
    /// Hold the log: nothing is pruned or forgotten
    #[command(
        after_help = "Examples:\n  coffer audit hold --reason 'case 12'\n  coffer audit hold --release --reason 'case 12 is closed'"
    )]
    Hold(AuditHold),
    /// Destroy the key of a person's fields in the log
    #[command(after_help = "Example:\n  coffer audit forget maya --reason 'asked on 2026-11-20'")]
    Forget(AuditForget),
    /// Do now what the log needs from time to time
    #[command(
        after_help = "Puts pending entries into the logs, commits to the heads of all tenants' logs, prunes, brings the file of\n\
        AUDIT_LOG_PATH and the bundles of COFFER_AUDIT_EXPORT_DIR up to date. Other verbs do it when it is due."
    )]
    Upkeep,
}

/// Which log.
#[derive(Debug, Args)]
pub struct AuditOf {
    /// The log of the instance itself: tenants made, unlockers changed
    #[arg(long)]
    pub instance: bool,
}

/// `coffer audit tail`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  coffer audit tail -n 5\n  coffer audit tail -f")]
pub struct AuditTail {
    /// How many
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub lines: usize,
    /// Go on with entries that come
    #[arg(short, long)]
    pub follow: bool,
    /// Which log
    #[command(flatten)]
    pub of: AuditOf,
}

/// `coffer audit query`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  coffer audit query --path API_KEY --since 7d\n  coffer audit query --decision refused --json"
)]
pub struct AuditQuery {
    /// This secret, or what is below this folder
    #[arg(long, value_name = "NAME")]
    pub path: Option<String>,
    /// This action, such as secret_get
    #[arg(long)]
    pub action: Option<String>,
    /// This outcome: done, absent, refused, mismatch, invalid, corrupt, expired or replayed
    #[arg(long)]
    pub outcome: Option<String>,
    /// What was decided
    #[arg(long, value_enum)]
    pub decision: Option<Decided>,
    /// This actor, by its number
    #[arg(long)]
    pub actor: Option<String>,
    /// Asked from this address or network: 192.0.2.7, 10.0.0.0/8
    #[arg(long, value_name = "NETWORK")]
    pub source: Option<String>,
    /// Not before: 7d (ago), 2026-11-01, 2026-11-01T12:00:00Z
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
    /// Not after
    #[arg(long, value_name = "WHEN")]
    pub until: Option<String>,
    /// At most so many, the newest
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub limit: usize,
    /// Which log
    #[command(flatten)]
    pub of: AuditOf,
}

/// A decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Decided {
    /// Whatever came of it
    Allowed,
    /// Not allowed
    Refused,
}

/// `coffer audit show`
#[derive(Debug, Args)]
pub struct AuditEntry {
    /// Its index in the log, or its number
    pub entry: String,
    /// Which log
    #[command(flatten)]
    pub of: AuditOf,
}

/// `coffer audit export`
#[derive(Debug, Args)]
pub struct AuditExport {
    /// The folder of the bundle
    pub dir: PathBuf,
    /// Which log
    #[command(flatten)]
    pub of: AuditOf,
}

/// `coffer audit verify`
#[derive(Debug, Args)]
#[command(
    after_help = "With a folder nothing else is needed: no store, no key file, no network. Without one, the log of the store is\n\
    verified, and every record against it.\n\nExamples:\n  coffer audit verify ./bundle --key \"$(cat log.key)\" --known 2026-11-23.checkpoint\n  coffer audit verify --with-store"
)]
pub struct AuditVerify {
    /// The folder of a bundle
    pub dir: Option<PathBuf>,
    /// The first key of the log, known from elsewhere
    #[arg(long, value_name = "VKEY", requires = "dir")]
    pub key: Option<String>,
    /// A checkpoint that was kept elsewhere; the log must continue it
    #[arg(long, value_name = "FILE")]
    pub known: Vec<PathBuf>,
    /// A bundle of the instance's log, which vouches for this one
    #[arg(long, value_name = "DIR", requires = "dir")]
    pub system: Option<PathBuf>,
    /// Verify the store against its log, too; alone without a folder
    #[arg(long)]
    pub with_store: bool,
    /// Which log
    #[command(flatten)]
    pub of: AuditOf,
}

/// `coffer audit proof`
#[derive(Debug, Args)]
pub struct AuditProof {
    /// Its index in the log, or its number
    pub entry: String,
    /// Write the proof here, and the entry beside it in FILE.entry
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Which log
    #[command(flatten)]
    pub of: AuditOf,
}

/// `coffer audit verify-proof`
#[derive(Debug, Args)]
#[command(
    after_help = "A log changes its key every week. A proof whose checkpoint is signed by a later key needs the takeovers between\n\
    them: `coffer audit key --all DIR` writes them, and a bundle has them in `keys`.\n\nExample:\n  coffer audit verify-proof 17.tlog-proof --keys ./bundle/keys --key \"$(cat log.key)\""
)]
pub struct AuditVerifyProof {
    /// The proof
    pub file: PathBuf,
    /// The entry; FILE.entry when nothing is said
    #[arg(long, value_name = "FILE")]
    pub entry: Option<PathBuf>,
    /// The first key of the log, known from elsewhere
    #[arg(long, value_name = "VKEY")]
    pub key: String,
    /// A folder with the takeovers of the log's keys
    #[arg(long, value_name = "DIR")]
    pub keys: Option<PathBuf>,
}

/// `coffer audit verify-certificate`
#[derive(Debug, Args)]
#[command(
    after_help = "The certificate is signed with the key of the instance's log: `coffer audit key --instance` prints the first one.\n\n\
    Example:\n  coffer audit verify-certificate acme-eu.erased --key \"$(cat instance.key)\""
)]
pub struct AuditVerifyCertificate {
    /// The certificate
    pub file: PathBuf,
    /// The first key of the instance's log, known from elsewhere
    #[arg(long, value_name = "VKEY")]
    pub key: String,
}

/// `coffer audit key`
#[derive(Debug, Args)]
pub struct AuditKey {
    /// Write the takeovers of all keys into this folder
    #[arg(long, value_name = "DIR")]
    pub all: Option<PathBuf>,
    /// Which log
    #[command(flatten)]
    pub of: AuditOf,
}

/// `coffer audit publish`
#[derive(Debug, Args)]
#[command(
    group = clap::ArgGroup::new("where").required(true),
    after_help = "Examples:\n  coffer audit publish --file /mnt/elsewhere/coffer.checkpoint\n  coffer audit publish --webhook https://example.com/hook\n  \
    coffer audit publish --witness https://witness.example --witness-key 'witness.example+1234abcd+BK..'"
)]
pub struct AuditPublish {
    /// To a file
    #[arg(long, group = "where", value_name = "PATH")]
    pub file: Option<PathBuf>,
    /// To whatever takes a POST
    #[arg(long, group = "where", value_name = "URL")]
    pub webhook: Option<String>,
    /// To a C2SP witness, which cosigns it
    #[arg(long, group = "where", value_name = "URL", requires = "witness_key")]
    pub witness: Option<String>,
    /// The witness's key
    #[arg(long, value_name = "VKEY", requires = "witness")]
    pub witness_key: Option<String>,
    /// Which log
    #[command(flatten)]
    pub of: AuditOf,
}

/// `coffer audit prune`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  coffer audit prune --before 365d")]
pub struct AuditPrune {
    /// Entries from before: 365d (ago), 2025-11-01; the retention when nothing is said
    #[arg(long, value_name = "WHEN")]
    pub before: Option<String>,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// Which log
    #[command(flatten)]
    pub of: AuditOf,
}

/// `coffer audit hold`
#[derive(Debug, Args)]
pub struct AuditHold {
    /// End the hold
    #[arg(long)]
    pub release: bool,
    /// Why; it is logged
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Which log
    #[command(flatten)]
    pub of: AuditOf,
}

/// `coffer audit forget`
#[derive(Debug, Args)]
pub struct AuditForget {
    /// Who, as the log knows them: `coffer audit show` tells
    pub subject: String,
    /// Why; it is logged
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// Which log
    #[command(flatten)]
    pub of: AuditOf,
}
