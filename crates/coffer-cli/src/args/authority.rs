//! The verbs for authorities of client certificates that are trusted.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::access::Named;
use super::member::Of;

/// `coffer authority`
#[derive(Debug, Subcommand)]
pub enum Authority {
    /// Trust an authority of client certificates, or single ones; or change what it says
    Set(AuthoritySet),
    /// List authorities, and whom what they sign means
    #[command(after_help = "Example:\n  coffer authority ls")]
    Ls(Of),
    /// Trust an authority no more
    #[command(
        after_help = "Who has signed in already keeps the token until it ends: `coffer token revoke` ends it now.\n\nExample:\n  coffer authority rm machines"
    )]
    Rm(Named),
    /// Take back the last change of one, its removal too
    #[command(after_help = "Example:\n  coffer authority undo machines")]
    Undo(Named),
}

/// `coffer authority set`
#[derive(Debug, Args)]
#[command(
    after_help = "A certificate means the member when FILE's authority has signed it, when it is for clients (clientAuth), and when it has all of\n\
    these names. In a DNS name `*.` stands for one label; `/*` at the end of a URI for what is deeper; a common name is looked at only\n\
    with --cn. A certificate in FILE that is no authority's means itself. What is not said stays.\n\n\
    Examples:\n  coffer authority set machines ca.pem --san uri:spiffe://example.com/prod/shop --member shop\n  \
    coffer authority set runners ca.pem --san 'dns:*.ci.example.com' --crl ca.crl.pem --member ci\n  \
    coffer authority set runners --crl ca.crl.pem    the list was published anew"
)]
pub struct AuthoritySet {
    /// What it is called
    pub name: String,
    /// Its certificates, in PEM
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Who is meant
    #[arg(long, value_name = "MEMBER")]
    pub member: Option<String>,
    /// A name that a certificate has to have: dns:NAME, uri:URI, email:ADDRESS
    #[arg(long, value_name = "KIND:NAME")]
    pub san: Vec<String>,
    /// The common name that it has to have
    #[arg(long, value_name = "NAME")]
    pub cn: Vec<String>,
    /// Which of its certificates are revoked: its lists, in PEM
    #[arg(long, value_name = "FILE")]
    pub crl: Vec<PathBuf>,
    /// It has no such list
    #[arg(long, conflicts_with = "crl")]
    pub no_crl: bool,
    /// How long the token lives that a certificate is changed for: 15m, 1h; an hour unless said
    #[arg(long, value_name = "TIME")]
    pub token_ttl: Option<String>,
    /// That is good only where the certificate is shown; so it is unless said
    #[arg(long, conflicts_with = "unbound")]
    pub bound: bool,
    /// It is good without the certificate, too
    #[arg(long)]
    pub unbound: bool,
    /// Whose
    #[command(flatten)]
    pub of: Of,
}
