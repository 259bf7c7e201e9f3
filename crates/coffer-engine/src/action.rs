//! What can be asked of the vault, under one name everywhere.

/// Everything that can be asked for. The name is the audit log's, and later the route's, the metric's and the method's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Read a value.
    SecretGet,
    /// Write a value or metadata.
    SecretSet,
    /// Open the current value in order to merge fields into it.
    SecretMerge,
    /// List names.
    SecretList,
    /// Find secrets by what is known of them.
    SecretFind,
    /// Compare folders: names, and which values are equal, of those that the asker may read.
    SecretCompare,
    /// Read versions, stages and metadata, never a value.
    SecretHistory,
    /// See what a secret refers to, and what refers to it, never a value.
    SecretReferences,
    /// Give a secret a new value and keep the old one as `previous`.
    SecretRotate,
    /// Call a version of a secret by a name.
    SecretLabel,
    /// Say which version of a secret a consumer uses.
    SecretPin,
    /// Give oneself a value of one's own in place of the current one, or take it away.
    SecretOverride,
    /// Put a secret into the trash.
    SecretRemove,
    /// Take back the last change of a secret.
    SecretUndo,
    /// Destroy versions, for good.
    SecretDestroy,
    /// Destroy what has lain in the trash for long; the vault does it by itself.
    SecretPurge,
    /// Be told of changes as they come, never of a value.
    SecretWatch,
    /// Read the audit log.
    AuditQuery,
    /// Prove that an entry is in the log, or that the log goes on from what it was.
    AuditProof,
    /// Export the log.
    AuditExport,
    /// Verify the log, and the store against it.
    AuditVerify,
    /// Give a checkpoint to somebody outside.
    AuditPublish,
    /// Remove entries that are older than the retention.
    AuditPrune,
    /// Hold the log: nothing is pruned or forgotten; or end that.
    AuditHold,
    /// Destroy the key of a person's fields in the log.
    AuditForget,
    /// Change the key that signs the log; the vault does it by itself.
    AuditKey,
    /// Commit to the heads of tenants' logs; the vault does it by itself.
    AuditHeads,
    /// Note that a row of the log did not open; the vault does it by itself.
    AuditDamage,
    /// Make a tenant.
    TenantCreate,
    /// List tenants.
    TenantList,
    /// Suspend a tenant: nothing in it is answered.
    TenantSuspend,
    /// End that.
    TenantResume,
    /// See how much a tenant holds, and may.
    TenantShow,
    /// Say how much a tenant may hold.
    TenantQuota,
    /// Take back the last change of what a tenant may hold.
    TenantUndo,
    /// Call a tenant by another name.
    TenantRename,
    /// Destroy a tenant's keys, and then all that is left of it.
    TenantErase,
    /// Remove what is left of a tenant that was erased; the vault does it by itself.
    TenantSweep,
    /// Certify that a tenant was erased.
    TenantCertificate,
    /// Make a member.
    MemberCreate,
    /// Change what a member may do.
    MemberChange,
    /// Take back the last change of what a member may do.
    MemberUndo,
    /// List members.
    MemberList,
    /// Remove a member, for good.
    MemberRemove,
    /// Make a role of the tenant's own, or change it.
    RoleSet,
    /// List roles.
    RoleList,
    /// Remove a role.
    RoleRemove,
    /// Take back the last change of a role.
    RoleUndo,
    /// Make a policy, or change it.
    PolicySet,
    /// Read a policy.
    PolicyGet,
    /// List policies.
    PolicyList,
    /// Remove a policy.
    PolicyRemove,
    /// Take back the last change of a policy.
    PolicyUndo,
    /// Make a group, or change what its members may do.
    GroupSet,
    /// List groups.
    GroupList,
    /// Remove a group.
    GroupRemove,
    /// Take back the last change of a group.
    GroupUndo,
    /// See why somebody may do something, or may not.
    AccessExplain,
    /// The same, of oneself.
    AccessExplainOwn,
    /// See what somebody sees.
    AccessPreview,
    /// Make a one-time code with which a member signs in.
    MemberCode,
    /// Make a secret with which a program signs in as a member.
    ClientSecretCreate,
    /// List those of a member.
    ClientSecretList,
    /// End one, and what was signed in for with it.
    ClientSecretRevoke,
    /// Set the password of oneself.
    PasswordSet,
    /// Make a second factor for oneself, which counts once it is confirmed.
    FactorEnrol,
    /// Confirm it, with a first code.
    FactorConfirm,
    /// Remove the second factor of a member.
    FactorRemove,
    /// Remove one's own, with a code of it.
    FactorRemoveOwn,
    /// Lock a member out, at one source, after so many wrong passwords; the vault does it by itself.
    MemberLock,
    /// End that.
    MemberUnlock,
    /// Forget wrong passwords once they count no more; the vault does it by itself.
    AttemptsSweep,
    /// Sign in, with whatever shows who one is.
    SignIn,
    /// Trust an issuer of tokens.
    IssuerCreate,
    /// Change what its tokens have to be like, and whom they mean.
    IssuerChange,
    /// List issuers that are trusted.
    IssuerList,
    /// Trust one no more.
    IssuerRemove,
    /// Make a token.
    TokenCreate,
    /// Make a token for oneself, with the one that one shows.
    TokenCreateOwn,
    /// List tokens.
    TokenList,
    /// End a token.
    TokenRevoke,
    /// End the token that one shows.
    TokenRevokeOwn,
    /// Renew the token that one shows.
    TokenRenew,
    /// Remove tokens that ended long ago; the vault does it by itself.
    TokenSweep,
    /// Remove idempotency keys that have ended; the vault does it by itself.
    OnceSweep,
    /// Make the store.
    StoreCreate,
    /// Check every record of a tenant.
    StoreCheck,
    /// Have a server forget the keys.
    StoreSeal,
    /// Give them back to it, with an unlocker.
    StoreUnseal,
    /// List unlockers.
    UnlockerList,
    /// Set up another unlocker.
    UnlockerAdd,
    /// Remove an unlocker.
    UnlockerRemove,
    /// Seal or open a file beside the store (the encrypted copy of an imported `.env`).
    FileSeal,
    /// Open such a file.
    FileOpen,
}

/// What a role gives and an action needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// See names.
    List,
    /// See versions, stages, metadata.
    Metadata,
    /// See values.
    Read,
    /// Change values and metadata, and undo.
    Write,
    /// Put secrets into the trash.
    Delete,
    /// Give a secret a new value.
    Rotate,
    /// Destroy what can't come back.
    Destroy,
    /// Read the audit log.
    Audit,
    /// Manage tenants and members, and check the store.
    Manage,
    /// Say who may do what. Apart from `manage`: whoever grants himself `read` reads everything.
    Grant,
    /// Say what opens the store. Apart from `manage`: whoever adds an unlocker of his own opens everything.
    Unlock,
}

impl Action {
    /// Every action, in the order in which they are listed.
    pub const ALL: [Self; 94] = [
        Self::SecretGet,
        Self::SecretSet,
        Self::SecretMerge,
        Self::SecretList,
        Self::SecretFind,
        Self::SecretCompare,
        Self::SecretHistory,
        Self::SecretReferences,
        Self::SecretRotate,
        Self::SecretLabel,
        Self::SecretPin,
        Self::SecretOverride,
        Self::SecretRemove,
        Self::SecretUndo,
        Self::SecretDestroy,
        Self::SecretPurge,
        Self::SecretWatch,
        Self::AuditQuery,
        Self::AuditProof,
        Self::AuditExport,
        Self::AuditVerify,
        Self::AuditPublish,
        Self::AuditPrune,
        Self::AuditHold,
        Self::AuditForget,
        Self::AuditKey,
        Self::AuditHeads,
        Self::AuditDamage,
        Self::TenantCreate,
        Self::TenantList,
        Self::TenantSuspend,
        Self::TenantResume,
        Self::TenantShow,
        Self::TenantQuota,
        Self::TenantUndo,
        Self::TenantRename,
        Self::TenantErase,
        Self::TenantSweep,
        Self::TenantCertificate,
        Self::MemberCreate,
        Self::MemberChange,
        Self::MemberUndo,
        Self::MemberList,
        Self::MemberRemove,
        Self::RoleSet,
        Self::RoleList,
        Self::RoleRemove,
        Self::RoleUndo,
        Self::PolicySet,
        Self::PolicyGet,
        Self::PolicyList,
        Self::PolicyRemove,
        Self::PolicyUndo,
        Self::GroupSet,
        Self::GroupList,
        Self::GroupRemove,
        Self::GroupUndo,
        Self::AccessExplain,
        Self::AccessExplainOwn,
        Self::AccessPreview,
        Self::MemberCode,
        Self::ClientSecretCreate,
        Self::ClientSecretList,
        Self::ClientSecretRevoke,
        Self::PasswordSet,
        Self::FactorEnrol,
        Self::FactorConfirm,
        Self::FactorRemove,
        Self::FactorRemoveOwn,
        Self::MemberLock,
        Self::MemberUnlock,
        Self::AttemptsSweep,
        Self::SignIn,
        Self::IssuerCreate,
        Self::IssuerChange,
        Self::IssuerList,
        Self::IssuerRemove,
        Self::TokenCreate,
        Self::TokenCreateOwn,
        Self::TokenList,
        Self::TokenRevoke,
        Self::TokenRevokeOwn,
        Self::TokenRenew,
        Self::TokenSweep,
        Self::OnceSweep,
        Self::StoreCreate,
        Self::StoreCheck,
        Self::StoreSeal,
        Self::StoreUnseal,
        Self::UnlockerList,
        Self::UnlockerAdd,
        Self::UnlockerRemove,
        Self::FileSeal,
        Self::FileOpen,
    ];

    /// `secret_get`, and so on.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SecretGet => "secret_get",
            Self::SecretSet => "secret_set",
            Self::SecretMerge => "secret_merge",
            Self::SecretList => "secret_list",
            Self::SecretFind => "secret_find",
            Self::SecretCompare => "secret_compare",
            Self::SecretHistory => "secret_history",
            Self::SecretReferences => "secret_references",
            Self::SecretRotate => "secret_rotate",
            Self::SecretLabel => "secret_label",
            Self::SecretPin => "secret_pin",
            Self::SecretOverride => "secret_override",
            Self::SecretRemove => "secret_remove",
            Self::SecretUndo => "secret_undo",
            Self::SecretDestroy => "secret_destroy",
            Self::SecretPurge => "secret_purge",
            Self::SecretWatch => "secret_watch",
            Self::AuditQuery => "audit_query",
            Self::AuditProof => "audit_proof",
            Self::AuditExport => "audit_export",
            Self::AuditVerify => "audit_verify",
            Self::AuditPublish => "audit_publish",
            Self::AuditPrune => "audit_prune",
            Self::AuditHold => "audit_hold",
            Self::AuditForget => "audit_forget",
            Self::AuditKey => "audit_key",
            Self::AuditHeads => "audit_heads",
            Self::AuditDamage => "audit_damage",
            Self::TenantCreate => "tenant_create",
            Self::TenantList => "tenant_list",
            Self::TenantSuspend => "tenant_suspend",
            Self::TenantResume => "tenant_resume",
            Self::TenantShow => "tenant_show",
            Self::TenantQuota => "tenant_quota",
            Self::TenantUndo => "tenant_undo",
            Self::TenantRename => "tenant_rename",
            Self::TenantErase => "tenant_erase",
            Self::TenantSweep => "tenant_sweep",
            Self::TenantCertificate => "tenant_certificate",
            Self::MemberCreate => "member_create",
            Self::MemberChange => "member_change",
            Self::MemberUndo => "member_undo",
            Self::MemberList => "member_list",
            Self::MemberRemove => "member_remove",
            Self::RoleSet => "role_set",
            Self::RoleList => "role_list",
            Self::RoleRemove => "role_remove",
            Self::RoleUndo => "role_undo",
            Self::PolicySet => "policy_set",
            Self::PolicyGet => "policy_get",
            Self::PolicyList => "policy_list",
            Self::PolicyRemove => "policy_remove",
            Self::PolicyUndo => "policy_undo",
            Self::GroupSet => "group_set",
            Self::GroupList => "group_list",
            Self::GroupRemove => "group_remove",
            Self::GroupUndo => "group_undo",
            Self::AccessExplain => "access_explain",
            Self::AccessExplainOwn => "access_explain_own",
            Self::AccessPreview => "access_preview",
            Self::MemberCode => "member_code",
            Self::ClientSecretCreate => "client_secret_create",
            Self::ClientSecretList => "client_secret_list",
            Self::ClientSecretRevoke => "client_secret_revoke",
            Self::PasswordSet => "password_set",
            Self::FactorEnrol => "factor_enrol",
            Self::FactorConfirm => "factor_confirm",
            Self::FactorRemove => "factor_remove",
            Self::FactorRemoveOwn => "factor_remove_own",
            Self::MemberLock => "member_lock",
            Self::MemberUnlock => "member_unlock",
            Self::AttemptsSweep => "attempts_sweep",
            Self::SignIn => "sign_in",
            Self::IssuerCreate => "issuer_create",
            Self::IssuerChange => "issuer_change",
            Self::IssuerList => "issuer_list",
            Self::IssuerRemove => "issuer_remove",
            Self::TokenCreate => "token_create",
            Self::TokenCreateOwn => "token_create_own",
            Self::TokenList => "token_list",
            Self::TokenRevoke => "token_revoke",
            Self::TokenRevokeOwn => "token_revoke_own",
            Self::TokenRenew => "token_renew",
            Self::TokenSweep => "token_sweep",
            Self::OnceSweep => "once_sweep",
            Self::StoreCreate => "store_create",
            Self::StoreCheck => "store_check",
            Self::StoreSeal => "store_seal",
            Self::StoreUnseal => "store_unseal",
            Self::UnlockerList => "unlocker_list",
            Self::UnlockerAdd => "unlocker_add",
            Self::UnlockerRemove => "unlocker_remove",
            Self::FileSeal => "file_seal",
            Self::FileOpen => "file_open",
        }
    }

    /// The one right that it needs.
    #[must_use]
    pub const fn needs(self) -> Right {
        match self {
            // Who overrides changes what he reads himself, and nothing for others.
            Self::SecretGet | Self::SecretOverride => Right::Read,
            Self::SecretSet
            | Self::SecretMerge
            | Self::SecretLabel
            | Self::SecretPin
            | Self::SecretUndo
            | Self::FileSeal => Right::Write,
            Self::SecretRemove => Right::Delete,
            // A change tells what a list shows: that it is there, its version, when that was made.
            Self::SecretList | Self::SecretFind | Self::SecretCompare | Self::SecretWatch => Right::List,
            Self::SecretHistory | Self::SecretReferences => Right::Metadata,
            Self::SecretRotate => Right::Rotate,
            // What is suspended can be resumed: who manages may. What can't come back needs more.
            Self::SecretDestroy | Self::TenantErase => Right::Destroy,
            Self::AuditQuery
            | Self::AuditProof
            | Self::AuditExport
            | Self::AuditVerify
            | Self::AuditPublish
            | Self::TenantCertificate => Right::Audit,
            // Not the auditor's: what is gone can't be audited.
            Self::AuditPrune | Self::AuditHold | Self::AuditForget => Right::Manage,
            // Nobody's: see `by_system`.
            Self::AuditKey
            | Self::AuditHeads
            | Self::AuditDamage
            | Self::TenantSweep
            | Self::TokenSweep
            | Self::OnceSweep
            | Self::MemberLock
            | Self::AttemptsSweep
            | Self::SecretPurge => Right::Manage,
            Self::FileOpen => Right::Read,
            Self::TenantCreate
            | Self::TenantList
            | Self::TenantSuspend
            | Self::TenantResume
            | Self::TenantShow
            | Self::TenantQuota
            | Self::TenantUndo
            | Self::TenantRename
            | Self::MemberList
            | Self::RoleList
            | Self::PolicyGet
            | Self::PolicyList
            | Self::GroupList
            | Self::AccessExplain
            | Self::AccessPreview
            | Self::ClientSecretList
            | Self::TokenList
            | Self::StoreCreate
            | Self::StoreCheck
            | Self::UnlockerList => Right::Manage,
            // To take a revocation back is to grant.
            Self::MemberCreate
            | Self::MemberChange
            | Self::MemberUndo
            | Self::MemberRemove
            | Self::RoleSet
            | Self::RoleRemove
            | Self::RoleUndo
            | Self::PolicySet
            | Self::PolicyRemove
            | Self::PolicyUndo
            | Self::GroupSet
            | Self::GroupRemove
            | Self::GroupUndo
            | Self::MemberCode
            | Self::ClientSecretCreate
            | Self::ClientSecretRevoke
            | Self::FactorRemove
            | Self::MemberUnlock
            | Self::IssuerCreate
            | Self::IssuerChange
            | Self::IssuerList
            | Self::IssuerRemove
            | Self::TokenCreate
            | Self::TokenRevoke => Right::Grant,
            // Everybody's own: see `on_oneself`.
            Self::AccessExplainOwn
            | Self::PasswordSet
            | Self::FactorEnrol
            | Self::FactorConfirm
            | Self::FactorRemoveOwn
            | Self::SignIn
            | Self::TokenCreateOwn
            | Self::TokenRevokeOwn
            | Self::TokenRenew => Right::Grant,
            Self::StoreSeal | Self::StoreUnseal | Self::UnlockerAdd | Self::UnlockerRemove => Right::Unlock,
        }
    }

    /// One that needs this right, and stands for all that do. Of those that write, the one that is not about fields: whether somebody may write
    /// at all, not what.
    #[must_use]
    pub fn that_needs(right: Right) -> Self {
        let stands = |action: &Self| {
            action.needs() == right
                && !action.only_by_system()
                && !action.on_oneself()
                && (right != Right::Write || *action == Self::SecretMerge)
        };
        Self::ALL.into_iter().find(stands).unwrap_or(Self::StoreCreate)
    }

    /// Whether the vault does it in its own upkeep: what `Actor::System` may do, everywhere, and nothing else.
    #[must_use]
    pub const fn by_system(self) -> bool {
        matches!(
            self,
            Self::AuditKey
                | Self::AuditHeads
                | Self::AuditDamage
                | Self::AuditPrune
                | Self::AuditExport
                | Self::TenantSweep
                | Self::TokenSweep
                | Self::OnceSweep
                | Self::AttemptsSweep
                | Self::SecretPurge
                | Self::SecretRotate
        )
    }

    /// Whether only the vault itself does it.
    #[must_use]
    pub const fn only_by_system(self) -> bool {
        matches!(
            self,
            Self::AuditKey
                | Self::AuditHeads
                | Self::AuditDamage
                | Self::TenantSweep
                | Self::TokenSweep
                | Self::OnceSweep
                | Self::MemberLock
                | Self::AttemptsSweep
                | Self::SecretPurge
        )
    }

    /// Whether it is about the credential that is shown, and nothing else: whoever has one may.
    #[must_use]
    pub const fn on_oneself(self) -> bool {
        matches!(
            self,
            Self::AccessExplainOwn
                | Self::PasswordSet
                | Self::FactorEnrol
                | Self::FactorConfirm
                | Self::FactorRemoveOwn
                | Self::SignIn
                | Self::TokenCreateOwn
                | Self::TokenRevokeOwn
                | Self::TokenRenew
        )
    }

    /// Whether the operator, who opened the store with an unlocker, does it in a tenant that is suspended too: what tells how things are
    /// and what happened, and nothing of any secret.
    #[must_use]
    pub const fn goes_on_while_suspended(self) -> bool {
        matches!(
            self,
            Self::AuditQuery
                | Self::AuditProof
                | Self::AuditExport
                | Self::AuditVerify
                | Self::AuditPublish
                | Self::StoreCheck
        )
    }

    /// Whether it changes a secret: what those are told of who watch.
    #[must_use]
    pub fn changes_a_secret(self) -> bool {
        self.changes() && self.name().starts_with("secret_")
    }

    /// Whether it leaves anything behind but its entry: such entries are always synced.
    #[must_use]
    pub const fn changes(self) -> bool {
        matches!(
            self,
            Self::SecretSet
                | Self::SecretRotate
                | Self::SecretLabel
                | Self::SecretPin
                | Self::SecretOverride
                | Self::SecretRemove
                | Self::SecretUndo
                | Self::SecretDestroy
                | Self::SecretPurge
                | Self::AuditPublish
                | Self::AuditPrune
                | Self::AuditHold
                | Self::AuditForget
                | Self::AuditKey
                | Self::AuditHeads
                | Self::AuditDamage
                | Self::TenantCreate
                | Self::TenantSuspend
                | Self::TenantResume
                | Self::TenantQuota
                | Self::TenantUndo
                | Self::TenantRename
                | Self::TenantErase
                | Self::TenantSweep
                | Self::MemberCreate
                | Self::MemberChange
                | Self::MemberUndo
                | Self::MemberRemove
                | Self::RoleSet
                | Self::RoleRemove
                | Self::RoleUndo
                | Self::PolicySet
                | Self::PolicyRemove
                | Self::PolicyUndo
                | Self::GroupSet
                | Self::GroupRemove
                | Self::GroupUndo
                | Self::MemberCode
                | Self::ClientSecretCreate
                | Self::ClientSecretRevoke
                | Self::PasswordSet
                | Self::FactorEnrol
                | Self::FactorConfirm
                | Self::FactorRemove
                | Self::FactorRemoveOwn
                | Self::MemberLock
                | Self::MemberUnlock
                | Self::AttemptsSweep
                | Self::SignIn
                | Self::IssuerCreate
                | Self::IssuerChange
                | Self::IssuerRemove
                | Self::TokenCreate
                | Self::TokenCreateOwn
                | Self::TokenRevoke
                | Self::TokenRevokeOwn
                | Self::TokenRenew
                | Self::TokenSweep
                | Self::OnceSweep
                | Self::StoreCreate
                | Self::StoreSeal
                | Self::StoreUnseal
                | Self::UnlockerAdd
                | Self::UnlockerRemove
                | Self::FileSeal
        )
    }
}

impl Action {
    /// Whether its entry says why, when somebody said that: each that somebody changes something with.
    #[must_use]
    pub const fn is_explained(self) -> bool {
        self.changes() && !self.only_by_system()
    }

    /// Whether it is done once for one idempotency key, and answered as before when it is asked for again.
    ///
    /// Not what the vault does by itself; not pruning, which finds nothing left to do; and not what writes nothing into the store: a
    /// sealed file is the caller's, who asks for another one. A server that is sealed says so; a code is good once as it is, also one of a second
    /// factor. Nothing is kept that follows from a password, which can be guessed.
    #[must_use]
    pub const fn happens_once(self) -> bool {
        let needs_no_key = matches!(
            self,
            Self::AuditPrune
                | Self::FileSeal
                | Self::PasswordSet
                | Self::FactorEnrol
                | Self::FactorConfirm
                | Self::FactorRemoveOwn
                | Self::SignIn
                | Self::StoreCreate
                | Self::StoreSeal
                | Self::StoreUnseal
        );
        self.changes() && !self.only_by_system() && !needs_no_key
    }
}

impl Right {
    /// Every right.
    pub const ALL: [Self; 11] = [
        Self::List,
        Self::Metadata,
        Self::Read,
        Self::Write,
        Self::Delete,
        Self::Rotate,
        Self::Destroy,
        Self::Audit,
        Self::Manage,
        Self::Grant,
        Self::Unlock,
    ];

    /// Those that are about secrets, and not about who may do what.
    pub const ON_SECRETS: [Self; 7] =
        [Self::List, Self::Metadata, Self::Read, Self::Write, Self::Delete, Self::Rotate, Self::Destroy];

    /// The right of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.name() == name)
    }

    /// `read`, and so on.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Metadata => "metadata",
            Self::Read => "read",
            Self::Write => "write",
            Self::Delete => "delete",
            Self::Rotate => "rotate",
            Self::Destroy => "destroy",
            Self::Audit => "audit",
            Self::Manage => "manage",
            Self::Grant => "grant",
            Self::Unlock => "unlock",
        }
    }
}
