//! The verbs for roles, policies and groups, and for why somebody may.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Of;

/// When something holds.
#[derive(Debug, Clone, Default, Args)]
pub struct When {
    /// Only from this network, such as 10.0.0.0/8; may be said several times
    #[arg(long = "from", value_name = "NETWORK", help_heading = "Only when")]
    pub networks: Vec<String>,
    /// Only until then: 8h, 7d, 2027-01-31, or RFC 3339
    #[arg(long, value_name = "TIME", help_heading = "Only when")]
    pub until: Option<String>,
    /// Only at these hours, in UTC, such as 'mon-fri 08:00-18:00'
    #[arg(long, value_name = "HOURS", help_heading = "Only when")]
    pub hours: Option<String>,
    /// Only for who signed in this way: code, password, secret, jwt or certificate
    #[arg(long = "method", value_name = "METHOD", help_heading = "Only when")]
    pub methods: Vec<String>,
    /// Only for who showed a second factor
    #[arg(long, help_heading = "Only when")]
    pub second_factor: bool,
}

/// Who gets something, or loses it.
#[derive(Debug, Clone, Args)]
pub struct Whom {
    /// The member's name
    #[arg(value_name = "MEMBER")]
    pub who: String,
    /// It is a group, and not a member
    #[arg(long)]
    pub group: bool,
    /// Whose
    #[command(flatten)]
    pub of: Of,
}

/// A thing by its name.
#[derive(Debug, Clone, Args)]
pub struct Named {
    /// What it is called
    pub name: String,
    /// Whose
    #[command(flatten)]
    pub of: Of,
}

/// `coffer role`
#[derive(Debug, Subcommand)]
pub enum Role {
    /// List roles, the built-in ones too
    #[command(after_help = "Example:\n  coffer role ls")]
    Ls(Of),
    /// Make a role, or give it other rights
    #[command(
        after_help = "Rights: list, metadata, read, write, delete, rotate, destroy, audit, manage, grant, unlock.\n\n\
        Example:\n  coffer role set deployer --right list --right read --right rotate"
    )]
    Set {
        /// What it is
        #[command(flatten)]
        named: Named,
        /// What it gives; may be said several times
        #[arg(long = "right", value_name = "RIGHT", required = true)]
        rights: Vec<String>,
    },
    /// Remove a role that is granted to nobody
    #[command(after_help = "Example:\n  coffer role rm deployer")]
    Rm(Named),
    /// Take back the last change of a role
    #[command(after_help = "Example:\n  coffer role undo deployer")]
    Undo(Named),
    /// Grant a role to a member or a group
    #[command(
        after_help = "Nobody grants more than they hold.\n\nExamples:\n  coffer role grant reader maya --path 'prod/db/**'\n  \
        coffer role grant writer ops --group --path 'prod/**' --until 8h --second-factor"
    )]
    Grant {
        /// The role
        role: String,
        /// To whom
        #[command(flatten)]
        whom: Whom,
        /// On which paths: `**` all, `prod/db/**` all below, `prod/db/URL` one
        #[arg(long, value_name = "PATTERN")]
        path: String,
        /// When it holds
        #[command(flatten)]
        when: When,
    },
    /// Take a role away again
    #[command(after_help = "Example:\n  coffer role revoke reader maya --path 'prod/db/**'")]
    Revoke {
        /// The role
        role: String,
        /// From whom
        #[command(flatten)]
        whom: Whom,
        /// On which paths, as it was granted
        #[arg(long, value_name = "PATTERN")]
        path: String,
    },
}

/// `coffer policy`
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// List policies
    #[command(after_help = "Example:\n  coffer policy ls")]
    Ls(Of),
    /// Print a policy as it was written
    #[command(after_help = "Example:\n  coffer policy get ci")]
    Get(Named),
    /// Make a policy, or give it another text
    #[command(
        after_help = "In Vault's grammar, as HCL or JSON. Of the rules that match a path the most specific one speaks; a deny is stronger than every role.\n\n\
        Example:\n  coffer policy set ci policy.hcl\n\n  path \"prod/db/*\" {\n    capabilities = [\"read\", \"list\"]\n  }\n  path \"prod/db/ROOT\" {\n    capabilities = [\"deny\"]\n  }"
    )]
    Set {
        /// What it is
        #[command(flatten)]
        named: Named,
        /// The file with its text; `-` for stdin
        file: PathBuf,
    },
    /// Remove a policy that is attached to nobody
    #[command(after_help = "Example:\n  coffer policy rm ci")]
    Rm(Named),
    /// Take back the last change of a policy
    #[command(after_help = "Example:\n  coffer policy undo ci")]
    Undo(Named),
    /// Attach a policy to a member or a group
    #[command(after_help = "Example:\n  coffer policy attach ci builder --from 10.0.0.0/8")]
    Attach {
        /// The policy
        policy: String,
        /// To whom
        #[command(flatten)]
        whom: Whom,
        /// When it holds
        #[command(flatten)]
        when: When,
    },
    /// Detach it again
    #[command(after_help = "Example:\n  coffer policy detach ci builder")]
    Detach {
        /// The policy
        policy: String,
        /// From whom
        #[command(flatten)]
        whom: Whom,
    },
}

/// `coffer group`
#[derive(Debug, Subcommand)]
pub enum Group {
    /// List groups, and what their members may do
    #[command(after_help = "Example:\n  coffer group ls")]
    Ls(Of),
    /// Make a group
    #[command(after_help = "Example:\n  coffer group create ops")]
    Create(Named),
    /// Remove a group: its members have what they have of themselves
    #[command(after_help = "Example:\n  coffer group rm ops")]
    Rm(Named),
    /// Take back the last change of a group, its removal too
    #[command(after_help = "Example:\n  coffer group undo ops")]
    Undo(Named),
    /// Put a member into a group
    #[command(after_help = "Example:\n  coffer group add ops maya")]
    Add {
        /// The group
        #[command(flatten)]
        named: Named,
        /// The member
        member: String,
    },
    /// Take a member out of a group
    #[command(after_help = "Example:\n  coffer group remove ops maya")]
    Remove {
        /// The group
        #[command(flatten)]
        named: Named,
        /// The member
        member: String,
    },
}

/// `coffer access`
#[derive(Debug, Subcommand)]
pub enum Access {
    /// Say why somebody may do something, or may not
    #[command(
        after_help = "PATH is a full path; one that ends in `/` is a folder, and none is the tenant as a whole. WHO is a member, or `me`.\n\n\
        Examples:\n  coffer access explain maya read prod/db/URL\n  coffer access explain me write prod/db/"
    )]
    Explain(Question),
    /// The same in one word; ends with 4 when they may not
    #[command(after_help = "Example:\n  coffer access check maya read prod/db/URL")]
    Check(Question),
    /// Show what somebody sees, of what one sees oneself
    #[command(after_help = "Example:\n  coffer access preview maya prod --recursive")]
    Preview {
        /// The member
        who: String,
        /// The folder, as a full path
        #[arg(default_value = "")]
        folder: String,
        /// All below, too
        #[arg(long)]
        recursive: bool,
    },
}

/// What is asked.
#[derive(Debug, Clone, Args)]
pub struct Question {
    /// The member, or `me`
    pub who: String,
    /// The right, such as read
    pub right: String,
    /// Where
    #[arg(default_value = "")]
    pub path: String,
    /// Whose
    #[command(flatten)]
    pub of: Of,
}
