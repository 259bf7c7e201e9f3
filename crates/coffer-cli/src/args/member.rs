//! The verbs for members and their tokens.

use clap::{Args, Subcommand, ValueEnum};
use coffer_engine::access::IdentityKind;

/// Whose: the tenant's, or the instance's own.
#[derive(Debug, Clone, Copy, Args)]
pub struct Of {
    /// Of the instance itself: those who make tenants and look after unlockers
    #[arg(long)]
    pub instance: bool,
}

/// `coffer member`
#[derive(Debug, Subcommand)]
pub enum Member {
    /// Make a member
    Create(MemberCreate),
    /// Change what a member may do, from now on
    Change(MemberChange),
    /// Take back the last change of what a member may do
    #[command(
        after_help = "By who may make that change: to take a revocation back is to grant.\n\nExample:\n  coffer member undo shop"
    )]
    Undo {
        /// The name
        name: String,
        /// Whose
        #[command(flatten)]
        of: Of,
    },
    /// Remove a member, for good: who gets the name later is another
    #[command(
        after_help = "`coffer member change NAME --disable` keeps what was granted.\n\nExample:\n  coffer member rm shop"
    )]
    Rm {
        /// The name
        name: String,
        /// Whose
        #[command(flatten)]
        of: Of,
    },
    /// Give a member back what was granted, who was disabled, or was suspended for what they were refused
    #[command(
        after_help = "A program that is refused three different things in a day (VIOLATION_THRESHOLD) is disabled. What it was refused counts no more\nfrom then on.\n\nExample:\n  coffer member enable shop"
    )]
    Enable {
        /// The name
        name: String,
        /// Whose
        #[command(flatten)]
        of: Of,
    },
    /// End every lock of a member after wrong passwords, from wherever they came
    #[command(
        after_help = "So many wrong passwords from one address lock the member there for a quarter of an hour, and nowhere else.\n\nExample:\n  coffer member unlock maya"
    )]
    Unlock {
        /// The name
        name: String,
        /// Whose
        #[command(flatten)]
        of: Of,
    },
    /// Make a one-time code with which a member signs in, and print it, this once
    Code(MemberCode),
    /// List members
    #[command(after_help = "Example:\n  coffer member ls")]
    Ls(Of),
}

/// `coffer member create`
#[derive(Debug, Args)]
#[command(
    after_help = "Roles: owner, admin, writer, reader, rotator, auditor, viewer, and those of `coffer role set`. PATTERN covers paths: `**` all, `prod/db/**` all below, `prod/db/URL` one.\n\n\
    Examples:\n  coffer member create maya --grant 'owner:**'\n  coffer member create shop --kind service --grant 'reader:prod/shop/**'"
)]
pub struct MemberCreate {
    /// The name
    pub name: String,
    /// What it is
    #[arg(long, value_enum, default_value_t = Kind::Human)]
    pub kind: Kind,
    /// A role, on the paths that a pattern covers
    #[arg(long, value_name = "ROLE:PATTERN")]
    pub grant: Vec<String>,
    /// A policy that is attached to it
    #[arg(long, value_name = "POLICY")]
    pub policy: Vec<String>,
    /// A group that it is in
    #[arg(long, value_name = "GROUP")]
    pub group: Vec<String>,
    /// Who answers for it
    #[arg(long, value_name = "TEXT")]
    pub owner: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    pub purpose: Option<String>,
    /// When it loses all power: 90d, 2027-01-31, or RFC 3339
    #[arg(long, value_name = "TIME")]
    pub expires: Option<String>,
    /// Whose
    #[command(flatten)]
    pub of: Of,
}

/// `coffer member change`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  coffer member change shop --grant 'reader:prod/**'    in place of what was granted before\n  \
    coffer member change shop --disable"
)]
pub struct MemberChange {
    /// The name
    pub name: String,
    /// A role, on the paths that a pattern covers; all of them together take the place of those before
    #[arg(long, value_name = "ROLE:PATTERN", conflicts_with = "no_grants")]
    pub grant: Vec<String>,
    /// Take everything away that was granted
    #[arg(long)]
    pub no_grants: bool,
    /// Take all power away; what was granted stays written
    #[arg(long, conflicts_with = "enable")]
    pub disable: bool,
    /// Give it back
    #[arg(long)]
    pub enable: bool,
    /// Who answers for it; '' for nobody
    #[arg(long, value_name = "TEXT")]
    pub owner: Option<String>,
    /// What it is for; '' for nothing in particular
    #[arg(long, value_name = "TEXT")]
    pub purpose: Option<String>,
    /// When it loses all power: 90d, 2027-01-31, or RFC 3339; '' for never
    #[arg(long, value_name = "TIME")]
    pub expires: Option<String>,
    /// Whose
    #[command(flatten)]
    pub of: Of,
}

/// `coffer member code`
#[derive(Debug, Args)]
#[command(
    after_help = "For who is new, or has lost all tokens. Whoever has the code is the member, once: `coffer login` changes it for a token.\n\n\
    Example:\n  coffer member code maya --ttl 30m"
)]
pub struct MemberCode {
    /// The member's name
    pub name: String,
    /// How long it is good, such as 30m or 1d
    #[arg(long, value_name = "TIME", default_value = "1h")]
    pub ttl: String,
    /// Whose
    #[command(flatten)]
    pub of: Of,
}

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A person
    Human,
    /// A program that runs by itself
    Service,
    /// A program that acts for somebody
    Agent,
}

impl From<Kind> for IdentityKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Human => Self::Human,
            Kind::Service => Self::Service,
            Kind::Agent => Self::Agent,
        }
    }
}

/// `coffer token`
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Make a token and print it, this once
    Create(TokenCreate),
    /// List tokens, also those that have ended; none can be used from what is shown
    #[command(after_help = "Example:\n  coffer token ls")]
    Ls(Of),
    /// End a token, and all that were made with it
    #[command(after_help = "Example:\n  coffer token revoke 0f3a..    its id, from `coffer token ls`")]
    Revoke {
        /// Its id
        id: String,
        /// Whose
        #[command(flatten)]
        of: Of,
    },
}

/// `coffer client-secret`
#[derive(Debug, Subcommand)]
pub enum ClientSecret {
    /// Make a secret with which a program signs in as a member, and print it, this once
    Create(ClientSecretCreate),
    /// List client secrets, also those that have ended; none can be used from what is shown
    #[command(after_help = "Example:\n  coffer client-secret ls")]
    Ls(Of),
    /// End a client secret, and all tokens that it was changed for
    #[command(
        after_help = "Example:\n  coffer client-secret revoke 0f3a..    its id, from `coffer client-secret ls`"
    )]
    Revoke {
        /// Its id
        id: String,
        /// Whose
        #[command(flatten)]
        of: Of,
    },
}

/// `coffer client-secret create`
#[derive(Debug, Args)]
#[command(
    after_help = "A program shows it with its client id to `coffer login`, or to `POST /api/v1/sign-in`, as often as it starts. A member\n\
    may have several: make the next one, hand it out, and end the one before.\n\nExamples:\n  coffer client-secret create shop > secret\n  \
    coffer client-secret create ci --ttl 1d --uses 1 --network 10.0.0.0/8"
)]
pub struct ClientSecretCreate {
    /// The member's name
    pub member: String,
    /// How long it is good: 30m, 8h, 7d, 2w
    #[arg(long, value_name = "TIME", default_value = "90d")]
    pub ttl: String,
    /// How often it is good
    #[arg(long, value_name = "COUNT")]
    pub uses: Option<u32>,
    /// Where it is good, and the tokens that it is changed for: 10.0.0.0/8, 192.0.2.7; anywhere unless said
    #[arg(long, value_name = "NETWORK")]
    pub network: Vec<String>,
    /// What it is for; shown in lists
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub label: String,
    /// Whose
    #[command(flatten)]
    pub of: Of,
}

/// `coffer token create`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  coffer token create --member shop > token\n  coffer token create --member ci --ttl 30m --uses 1\n  \
    coffer token create --member ci --network 10.0.0.0/8 --network 2001:db8::/32"
)]
pub struct TokenCreate {
    /// Whose it is
    #[arg(long, value_name = "MEMBER")]
    pub member: String,
    /// How long it is good, and how long after each renewal: 30m, 8h, 7d, 2w
    #[arg(long, value_name = "TIME", default_value = "8h")]
    pub ttl: String,
    /// How long it is good at most, however often it is renewed; as long as --ttl unless said otherwise
    #[arg(long, value_name = "TIME")]
    pub max_ttl: Option<String>,
    /// How many requests it is good for
    #[arg(long, value_name = "COUNT")]
    pub uses: Option<u32>,
    /// Where it is good, and every token that is made with it: 10.0.0.0/8, 2001:db8::/32, 192.0.2.7; anywhere unless said
    #[arg(long, value_name = "NETWORK")]
    pub network: Vec<String>,
    /// What it is for; shown in lists
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub label: String,
    /// Whose
    #[command(flatten)]
    pub of: Of,
}
