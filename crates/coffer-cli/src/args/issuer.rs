//! The verbs for issuers of tokens that are trusted.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::member::Of;

/// `coffer issuer`
#[derive(Debug, Subcommand)]
pub enum Issuer {
    /// Trust an issuer; its tokens mean nobody before claims are bound to a member
    Add(IssuerAdd),
    /// Say which member a token means, by what it claims
    Bind(IssuerBind),
    /// Take that back, from now on
    #[command(
        after_help = "Who has signed in already keeps the token until it ends: `coffer token revoke` ends it now.\n\nExample:\n  \
        coffer issuer unbind github --claim sub=repo:acme/shop:ref:refs/heads/main --claim repository_owner_id=65"
    )]
    Unbind {
        /// What the issuer is called
        name: String,
        /// The claims, all that were bound together
        #[arg(long, value_name = "NAME=TEXT", required = true)]
        claim: Vec<String>,
        /// Whose
        #[command(flatten)]
        of: Of,
    },
    /// Take back the last change of an issuer, its removal too
    #[command(
        after_help = "By who may make that change: whom its tokens mean then, you must hold all that they do.\n\nExample:\n  coffer issuer undo github"
    )]
    Undo {
        /// What it is called
        name: String,
        /// Whose
        #[command(flatten)]
        of: Of,
    },
    /// Change what an issuer's tokens have to be like, from now on
    Change(IssuerChange),
    /// List issuers, and whom their tokens mean
    #[command(after_help = "Example:\n  coffer issuer ls")]
    Ls(Of),
    /// Trust an issuer no more
    #[command(
        after_help = "Who has signed in already keeps the token until it ends: `coffer token revoke` ends it now.\n\nExample:\n  coffer issuer rm github"
    )]
    Rm {
        /// What it is called
        name: String,
        /// Whose
        #[command(flatten)]
        of: Of,
    },
}

/// `coffer issuer add`
#[derive(Debug, Args)]
#[command(
    after_help = "ISSUER is what stands in `iss`, letter by letter. The audience should be Coffer's alone: a token that was made for\nanother service is then of no use here.\n\n\
    Examples:\n  coffer issuer add github https://token.actions.githubusercontent.com --audience https://coffer.example --token-ttl 15m\n  \
    coffer issuer add cluster https://kubernetes.default.svc.cluster.local --audience https://coffer.example --jwks-file jwks.json"
)]
pub struct IssuerAdd {
    /// What it is called here
    pub name: String,
    /// What stands in `iss`
    pub issuer: String,
    /// What its tokens have to be like.
    #[command(flatten)]
    pub like: IssuerLike,
    /// Each of its tokens is good once
    #[arg(long)]
    pub once: bool,
    /// Whose
    #[command(flatten)]
    pub of: Of,
}

/// `coffer issuer change`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  coffer issuer change cluster --jwks-file jwks.json    the keys were changed\n  coffer issuer change github --once --token-ttl 15m"
)]
pub struct IssuerChange {
    /// What it is called
    pub name: String,
    /// What its tokens have to be like.
    #[command(flatten)]
    pub like: IssuerLike,
    /// Its keys are where its discovery document says
    #[arg(long, group = "keys")]
    pub discovery: bool,
    /// Each of its tokens is good once
    #[arg(long, conflicts_with = "often")]
    pub once: bool,
    /// Each of its tokens is good until it ends
    #[arg(long)]
    pub often: bool,
    /// Whose
    #[command(flatten)]
    pub of: Of,
}

/// What an issuer's tokens have to be like.
#[derive(Debug, Args)]
pub struct IssuerLike {
    /// What has to stand in `aud`, one of these
    #[arg(long, value_name = "TEXT")]
    pub audience: Vec<String>,
    /// How they may be signed: RS256, ES256, EdDSA, ..; RS256 and ES256 unless said
    #[arg(long, value_name = "NAME")]
    pub algorithm: Vec<String>,
    /// Its keys are there, and not where its discovery document says
    #[arg(long, value_name = "URL", group = "keys")]
    pub jwks_uri: Option<String>,
    /// Its keys are in this file: for an issuer that can't be asked
    #[arg(long, value_name = "FILE", group = "keys")]
    pub jwks_file: Option<PathBuf>,
    /// How far its clock may be from the store's, in seconds; 30 unless said
    #[arg(long, value_name = "SECONDS")]
    pub leeway: Option<u64>,
    /// How long the token lives that one of its tokens is changed for: 15m, 1h; an hour unless said
    #[arg(long, value_name = "TIME")]
    pub token_ttl: Option<String>,
}

/// `coffer issuer bind`
#[derive(Debug, Args)]
#[command(
    after_help = "A token means the member when it makes all of the claims. TEXT is what a claim says, or, behind a `/` or `:`, all that begins\nwith \
    what stands before a `*` at the end. NAME that begins with `/` leads into what lies deeper: /kubernetes.io/namespace.\nBind by what nobody else's \
    token can claim: every repository has a branch `main`.\n\n\
    Examples:\n  coffer issuer bind github --claim repository_owner_id=65 --claim 'sub=repo:acme/shop:*' --member ci\n  \
    coffer issuer bind gitlab --claim project_id=20 --claim ref_protected=true --member deploy\n  \
    coffer issuer bind cluster --claim sub=system:serviceaccount:prod:shop --member shop"
)]
pub struct IssuerBind {
    /// What the issuer is called
    pub name: String,
    /// A claim, and what it says
    #[arg(long, value_name = "NAME=TEXT", required = true)]
    pub claim: Vec<String>,
    /// Who is meant
    #[arg(long, value_name = "MEMBER")]
    pub member: String,
    /// Whose
    #[command(flatten)]
    pub of: Of,
}
