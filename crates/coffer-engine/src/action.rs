//! What can be asked of the vault, under one name everywhere.

/// The list of actions, a line each: how it is called, the one right that it needs, and what else is so of it.
macro_rules! actions {
    ($($(#[$about:meta])* $action:ident = $name:literal, $right:ident [$($also:ident),*];)*) => {
        /// Everything that can be asked for. The name is the audit log's, and later the route's, the metric's and the method's.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $($(#[$about])* $action,)*
        }

        impl Action {
            /// Every action, in the order in which they are listed.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$action),*];

            /// `secret_get`, and so on.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$action => $name,)*
                }
            }

            /// The one right that it needs. Where nobody may, or everybody may of oneself, it is named all the same.
            #[must_use]
            pub const fn needs(self) -> Right {
                match self {
                    $(Self::$action => Right::$right,)*
                }
            }

            const fn also(self) -> &'static [Also] {
                match self {
                    $(Self::$action => &[$(Also::$also),*],)*
                }
            }
        }
    };
}

/// What else is so of an action.
#[derive(PartialEq, Eq)]
enum Also {
    Changes,
    BySystem,
    OnlyBySystem,
    OnOneself,
    WhileSuspended,
}

actions! {
    /// Read a value.
    SecretGet = "secret_get", Read [];
    /// Write a value or metadata.
    SecretSet = "secret_set", Write [Changes];
    /// Open the current value in order to merge fields into it.
    SecretMerge = "secret_merge", Write [];
    /// List names.
    SecretList = "secret_list", List [];
    /// Find secrets by what is known of them.
    SecretFind = "secret_find", List [];
    /// Compare folders: names, and which values are equal, of those that the asker may read.
    SecretCompare = "secret_compare", List [];
    /// Read versions, stages and metadata, never a value.
    SecretHistory = "secret_history", Metadata [];
    /// See what a secret refers to, and what refers to it, never a value.
    SecretReferences = "secret_references", Metadata [];
    /// Give a secret a new value and keep the old one as `previous`.
    SecretRotate = "secret_rotate", Rotate [Changes, BySystem];
    /// Call a version of a secret by a name.
    SecretLabel = "secret_label", Write [Changes];
    /// Say which version of a secret a consumer uses.
    SecretPin = "secret_pin", Write [Changes];
    /// Give oneself a value of one's own in place of the current one, or take it away.
    // Who overrides changes what he reads himself, and nothing for others.
    SecretOverride = "secret_override", Read [Changes];
    /// Put a secret into the trash.
    SecretRemove = "secret_remove", Delete [Changes];
    /// Take back the last change of a secret.
    SecretUndo = "secret_undo", Write [Changes];
    /// Destroy versions, for good.
    SecretDestroy = "secret_destroy", Destroy [Changes];
    /// Destroy what has lain in the trash for long; the vault does it by itself.
    SecretPurge = "secret_purge", Manage [Changes, BySystem, OnlyBySystem];
    /// Be told of changes as they come, never of a value.
    // A change tells what a list shows: that it is there, its version, when that was made.
    SecretWatch = "secret_watch", List [];
    /// Read the audit log.
    AuditQuery = "audit_query", Audit [WhileSuspended];
    /// Prove that an entry is in the log, or that the log goes on from what it was.
    AuditProof = "audit_proof", Audit [WhileSuspended];
    /// Export the log.
    AuditExport = "audit_export", Audit [BySystem, WhileSuspended];
    /// Verify the log, and the store against it.
    AuditVerify = "audit_verify", Audit [WhileSuspended];
    /// Give a checkpoint to somebody outside.
    AuditPublish = "audit_publish", Audit [Changes, WhileSuspended];
    /// Remove entries that are older than the retention.
    // Not the auditor's: what is gone can't be audited.
    AuditPrune = "audit_prune", Manage [Changes, BySystem];
    /// Hold the log: nothing is pruned or forgotten; or end that.
    AuditHold = "audit_hold", Manage [Changes];
    /// Destroy the key of a person's fields in the log.
    AuditForget = "audit_forget", Manage [Changes];
    /// Change the key that signs the log; the vault does it by itself.
    AuditKey = "audit_key", Manage [Changes, BySystem, OnlyBySystem];
    /// Commit to the heads of tenants' logs; the vault does it by itself.
    AuditHeads = "audit_heads", Manage [Changes, BySystem, OnlyBySystem];
    /// Note that a row of the log did not open; the vault does it by itself.
    AuditDamage = "audit_damage", Manage [Changes, BySystem, OnlyBySystem];
    /// Make a tenant.
    TenantCreate = "tenant_create", Manage [Changes];
    /// List tenants.
    TenantList = "tenant_list", Manage [];
    /// Suspend a tenant: nothing in it is answered.
    TenantSuspend = "tenant_suspend", Manage [Changes];
    /// End that.
    TenantResume = "tenant_resume", Manage [Changes];
    /// See how much a tenant holds, and may.
    TenantShow = "tenant_show", Manage [];
    /// Say how much a tenant may hold.
    TenantQuota = "tenant_quota", Manage [Changes];
    /// Say where a tenant stays, how its reads are written down, how long its tokens last.
    TenantSet = "tenant_set", Manage [Changes];
    /// Take back the last change of what a tenant may hold, or of what is set of it.
    TenantUndo = "tenant_undo", Manage [Changes];
    /// Call a tenant by another name.
    TenantRename = "tenant_rename", Manage [Changes];
    /// Lock one's own tenant: its keys are wrapped under a code that its members keep, and under nothing else.
    TenantLock = "tenant_lock", Manage [Changes];
    /// Unlock it with the code; the vault does it by itself, for whoever has that.
    TenantUnlock = "tenant_unlock", Manage [Changes, BySystem, OnlyBySystem];
    /// Destroy a tenant's keys, and then all that is left of it.
    // What is suspended can be resumed: who manages may. What can't come back needs more.
    TenantErase = "tenant_erase", Destroy [Changes];
    /// Remove what is left of a tenant that was erased; the vault does it by itself.
    TenantSweep = "tenant_sweep", Manage [Changes, BySystem, OnlyBySystem];
    /// Certify that a tenant was erased.
    TenantCertificate = "tenant_certificate", Audit [];
    /// Make a member.
    MemberCreate = "member_create", Grant [Changes];
    /// Change what a member may do.
    MemberChange = "member_change", Grant [Changes];
    /// Take back the last change of what a member may do.
    // To take a revocation back is to grant.
    MemberUndo = "member_undo", Grant [Changes];
    /// List members.
    MemberList = "member_list", Manage [];
    /// Remove a member, for good.
    MemberRemove = "member_remove", Grant [Changes];
    /// Make a role of the tenant's own, or change it.
    RoleSet = "role_set", Grant [Changes];
    /// List roles.
    RoleList = "role_list", Manage [];
    /// Remove a role.
    RoleRemove = "role_remove", Grant [Changes];
    /// Take back the last change of a role.
    RoleUndo = "role_undo", Grant [Changes];
    /// Make a policy, or change it.
    PolicySet = "policy_set", Grant [Changes];
    /// Read a policy.
    PolicyGet = "policy_get", Manage [];
    /// List policies.
    PolicyList = "policy_list", Manage [];
    /// Remove a policy.
    PolicyRemove = "policy_remove", Grant [Changes];
    /// Take back the last change of a policy.
    PolicyUndo = "policy_undo", Grant [Changes];
    /// Make a group, or change what its members may do.
    GroupSet = "group_set", Grant [Changes];
    /// List groups.
    GroupList = "group_list", Manage [];
    /// Remove a group.
    GroupRemove = "group_remove", Grant [Changes];
    /// Take back the last change of a group.
    GroupUndo = "group_undo", Grant [Changes];
    /// See why somebody may do something, or may not.
    AccessExplain = "access_explain", Manage [];
    /// The same, of oneself.
    AccessExplainOwn = "access_explain_own", Grant [OnOneself];
    /// See what somebody sees.
    AccessPreview = "access_preview", Manage [];
    /// Make a one-time code with which a member signs in.
    MemberCode = "member_code", Grant [Changes];
    /// Make a secret with which a program signs in as a member.
    ClientSecretCreate = "client_secret_create", Grant [Changes];
    /// List those of a member.
    ClientSecretList = "client_secret_list", Manage [];
    /// End one, and what was signed in for with it.
    ClientSecretRevoke = "client_secret_revoke", Grant [Changes];
    /// Set the password of oneself.
    PasswordSet = "password_set", Grant [Changes, OnOneself];
    /// Make a second factor for oneself, which counts once it is confirmed.
    FactorEnrol = "factor_enrol", Grant [Changes, OnOneself];
    /// Confirm it, with a first code.
    FactorConfirm = "factor_confirm", Grant [Changes, OnOneself];
    /// Remove the second factor of a member.
    FactorRemove = "factor_remove", Grant [Changes];
    /// Remove one's own, with a code of it.
    FactorRemoveOwn = "factor_remove_own", Grant [Changes, OnOneself];
    /// Lock a member out, at one source, after so many wrong passwords; the vault does it by itself.
    MemberLock = "member_lock", Manage [Changes, OnlyBySystem];
    /// End that.
    MemberUnlock = "member_unlock", Grant [Changes];
    /// Suspend a member that was refused too much, or say that it was; the vault does it by itself.
    MemberSuspend = "member_suspend", Manage [Changes, OnlyBySystem];
    /// Forget wrong passwords once they count no more; the vault does it by itself.
    AttemptsSweep = "attempts_sweep", Manage [Changes, BySystem, OnlyBySystem];
    /// Sign in, with whatever shows who one is.
    SignIn = "sign_in", Grant [Changes, OnOneself];
    /// Trust an issuer of tokens.
    IssuerCreate = "issuer_create", Grant [Changes];
    /// Change what its tokens have to be like, and whom they mean.
    IssuerChange = "issuer_change", Grant [Changes];
    /// List issuers that are trusted.
    IssuerList = "issuer_list", Grant [];
    /// Trust one no more.
    IssuerRemove = "issuer_remove", Grant [Changes];
    /// Take back the last change of an issuer.
    IssuerUndo = "issuer_undo", Grant [Changes];
    /// Trust an authority of client certificates, or change whom what it signs means.
    AuthoritySet = "authority_set", Grant [Changes];
    /// List authorities that are trusted.
    AuthorityList = "authority_list", Grant [];
    /// Trust one no more.
    AuthorityRemove = "authority_remove", Grant [Changes];
    /// Take back the last change of an authority.
    AuthorityUndo = "authority_undo", Grant [Changes];
    /// Make a token.
    TokenCreate = "token_create", Grant [Changes];
    /// Make a token for oneself, with the one that one shows.
    TokenCreateOwn = "token_create_own", Grant [Changes, OnOneself];
    /// List tokens.
    TokenList = "token_list", Manage [];
    /// End a token.
    TokenRevoke = "token_revoke", Grant [Changes];
    /// End the token that one shows.
    TokenRevokeOwn = "token_revoke_own", Grant [Changes, OnOneself];
    /// Renew the token that one shows.
    TokenRenew = "token_renew", Grant [Changes, OnOneself];
    /// Remove tokens that ended long ago; the vault does it by itself.
    TokenSweep = "token_sweep", Manage [Changes, BySystem, OnlyBySystem];
    /// Remove idempotency keys that have ended; the vault does it by itself.
    OnceSweep = "once_sweep", Manage [Changes, BySystem, OnlyBySystem];
    /// Make the store.
    StoreCreate = "store_create", Manage [Changes];
    /// Check every record of a tenant.
    StoreCheck = "store_check", Manage [WhileSuspended];
    /// Have a server forget the keys.
    StoreSeal = "store_seal", Unlock [Changes];
    /// Give them back to it, with an unlocker.
    StoreUnseal = "store_unseal", Unlock [Changes];
    /// Make a backup of the whole instance.
    BackupCreate = "backup_create", Manage [Changes];
    /// List the backups that were made.
    BackupList = "backup_list", Manage [];
    /// Say that a backup was destroyed.
    BackupForget = "backup_forget", Manage [Changes];
    /// Make a store that was restored from a backup fit to be used.
    BackupRestore = "backup_restore", Manage [Changes, WhileSuspended];
    /// Take the store out of service, to be copied into another storage for the last time.
    StorageClose = "storage_close", Manage [Changes];
    /// Take it back.
    StorageReopen = "storage_reopen", Manage [Changes];
    /// List unlockers.
    UnlockerList = "unlocker_list", Manage [];
    /// Set up another unlocker.
    UnlockerAdd = "unlocker_add", Unlock [Changes];
    /// Remove an unlocker.
    UnlockerRemove = "unlocker_remove", Unlock [Changes];
    /// Seal or open a file beside the store (the encrypted copy of an imported `.env`).
    FileSeal = "file_seal", Write [Changes];
    /// Open such a file.
    FileOpen = "file_open", Read [];
}

impl Action {
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
    pub fn by_system(self) -> bool {
        self.also().contains(&Also::BySystem)
    }

    /// Whether only the vault itself does it.
    #[must_use]
    pub fn only_by_system(self) -> bool {
        self.also().contains(&Also::OnlyBySystem)
    }

    /// Whether it is about the credential that is shown, and nothing else: whoever has one may.
    #[must_use]
    pub fn on_oneself(self) -> bool {
        self.also().contains(&Also::OnOneself)
    }

    /// Whether the operator, who opened the store with an unlocker, does it in a tenant that is suspended too: what tells how things are
    /// and what happened, and nothing of any secret.
    #[must_use]
    pub fn goes_on_while_suspended(self) -> bool {
        self.also().contains(&Also::WhileSuspended)
    }

    /// Whether it changes a secret: what those are told of who watch.
    #[must_use]
    pub fn changes_a_secret(self) -> bool {
        self.changes() && self.name().starts_with("secret_")
    }

    /// Whether it leaves anything behind but its entry: such entries are always synced.
    #[must_use]
    pub fn changes(self) -> bool {
        self.also().contains(&Also::Changes)
    }

    /// Whether its entry says why, when somebody said that: each that somebody changes something with.
    #[must_use]
    pub fn is_explained(self) -> bool {
        self.changes() && !self.only_by_system()
    }

    /// Whether it is done once for one idempotency key, and answered as before when it is asked for again.
    ///
    /// Not what the vault does by itself; not pruning, which finds nothing left to do; not a backup, which is a file of the caller's; and not what writes nothing into the store: a
    /// sealed file is the caller's, who asks for another one. A server that is sealed says so, and so does a store that is out of service; a code is good once as it is, also one of a second
    /// factor. Nothing is kept that follows from a password, which can be guessed. In a tenant that is locked nothing could be looked up.
    #[must_use]
    pub fn happens_once(self) -> bool {
        let needs_no_key = matches!(
            self,
            Self::AuditPrune
                | Self::BackupCreate
                | Self::BackupRestore
                | Self::FileSeal
                | Self::PasswordSet
                | Self::FactorEnrol
                | Self::FactorConfirm
                | Self::FactorRemoveOwn
                | Self::SignIn
                | Self::StorageClose
                | Self::StorageReopen
                | Self::StoreCreate
                | Self::StoreSeal
                | Self::StoreUnseal
                | Self::TenantLock
        );
        self.changes() && !self.only_by_system() && !needs_no_key
    }
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
