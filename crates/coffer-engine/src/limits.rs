//! Every limit of the engine, by name.
//!
//! A bound that has no name can't be documented, tested or raised. Units are in the names.

/// Longest path in bytes, all segments and slashes together.
pub const PATH_MAX_BYTES: usize = 1024;
/// Longest path segment in bytes.
pub const SEGMENT_MAX_BYTES: usize = 255;
/// Most segments in a path.
pub const PATH_MAX_SEGMENTS: usize = 32;
/// Longest tenant name in bytes.
pub const TENANT_NAME_MAX_BYTES: usize = 128;
/// Most segments in a tenant name: the depth of the tree of tenants.
pub const TENANT_NAME_MAX_SEGMENTS: usize = 16;
/// Largest value of one version, in bytes, after encoding.
pub const VALUE_MAX_BYTES: usize = 1024 * 1024;
/// Largest file that one version holds, in bytes.
pub const FILE_MAX_BYTES: u64 = 16 * 1024 * 1024;
/// Bytes of a file that lie in one record: a whole number of chunks of the envelope, some more when they are sealed.
pub const FILE_PART_BYTES: usize = 1024 * 1024;
/// Files that are taken in at once by one process: each is in memory until it is committed, sealed. One more is refused.
pub const FILES_IN_MAX: usize = 8;
/// Files that are given out at once by one process: of each, one part is in memory. One more is refused.
pub const FILES_OUT_MAX: usize = 64;
/// Longest media type of a file, in bytes.
pub const MEDIA_TYPE_MAX_BYTES: usize = 255;
/// Fewest characters of a value that is generated as somebody wants it: 8 letters and digits are 47 bits.
pub const GENERATED_MIN_CHARACTERS: usize = 8;
/// Most characters of one.
pub const GENERATED_MAX_CHARACTERS: usize = 4096;
/// Most fields in a value that is a map.
pub const FIELDS_MAX: usize = 1024;
/// Longest field name in bytes.
pub const FIELD_NAME_MAX_BYTES: usize = 255;
/// Longest text between `${` and `}`, in bytes.
pub const REFERENCE_MAX_BYTES: usize = 2048;
/// References in one value, all its fields together.
pub const REFERENCES_MAX: usize = 64;
/// Bytes of the paths that one value refers to: they lie in the head, which is read with every value.
pub const REFERENCES_MAX_BYTES: usize = 8 * 1024;
/// References that are followed one behind the other.
pub const REFERENCES_DEPTH_MAX: usize = 8;
/// Secrets that one read is filled in with, each counted once.
pub const REFERENCES_FOLLOWED_MAX: usize = 256;
/// What one read fills in altogether, in bytes: small templates may say the same large value again and again.
pub const FILLED_IN_MAX_BYTES: usize = 16 * 1024 * 1024;
/// Secrets that are told of each side of a secret's references.
pub const REFERENCES_TOLD_MAX: usize = 1000;
/// Secrets that are told of those that refer to one that goes.
pub const REFERRERS_TOLD_MAX: usize = 100;
/// Most versions of one secret. Beyond that an old one goes with each new one.
pub const VERSIONS_MAX: usize = 100;
/// Versions that go with one new one, at most.
pub const VERSIONS_DROPPED_AT_ONCE: usize = 4;
/// Marks of values that one secret keeps, all versions together; beyond that the oldest versions have none.
pub const MARKS_MAX: usize = 4096;
/// Messages that one secret keeps beside its versions, all together, in bytes; beyond that they are in the log alone.
pub const MESSAGES_MAX_BYTES: usize = 32 * 1024;
/// From this length on a value is long: that two of them are equal is no accident. In bytes.
pub const SHORT_VALUE_BYTES: usize = 8;
/// How long a secret lies in the trash before it is destroyed, in days.
pub const TRASH_KEPT_DAYS: u64 = 30;
/// Changes of one secret that `undo` can take back.
pub const UNDO_MAX: usize = 64;
/// Labels of one secret.
pub const LABELS_MAX: usize = 16;
/// Longest label in bytes.
pub const LABEL_MAX_BYTES: usize = 64;
/// Consumers of one secret for whom a version is pinned.
pub const PINS_MAX: usize = 32;
/// Longest name of a consumer in bytes.
pub const CONSUMER_MAX_BYTES: usize = 128;
/// Members who have an override of one secret.
pub const OVERRIDES_MAX: usize = 64;
/// Longest description in bytes.
pub const DESCRIPTION_MAX_BYTES: usize = 4096;
/// Longest owner name in bytes.
pub const OWNER_MAX_BYTES: usize = 255;
/// Longest purpose in bytes.
pub const PURPOSE_MAX_BYTES: usize = 255;
/// Longest name of where something has to stay, in bytes.
pub const RESIDENCY_MAX_BYTES: usize = 64;
/// The largest limit of a quota: what the log can say exactly (RFC 8785).
pub const QUOTA_MAX: u64 = (1 << 53) - 1;
/// How much of a quota is near its limit, in percent: who writes is told from there on.
pub const QUOTA_NEAR_PERCENT: u8 = 80;
/// How long a count of what a tenant holds is good whose index is too large to be kept, in seconds.
pub const TALLY_KEPT_SECONDS: u64 = 60;
/// Shortest interval of rotation, in seconds.
pub const ROTATE_EVERY_MIN: u32 = 60;
/// Longest interval of rotation, in seconds: ten years.
pub const ROTATE_EVERY_MAX: u32 = 3650 * 24 * 60 * 60;
/// How long a value is good at least that the vault makes in place of one that has expired, in seconds.
pub const RENEWED_LIFE_MIN_SECONDS: u64 = 60;
/// After which time a rotation is tried again that could not be made, in seconds: an hour.
pub const RENEWAL_RETRY_SECONDS: u64 = 60 * 60;
/// Longest remark, or message of a change, in an audit entry, in bytes.
pub const REMARK_MAX_BYTES: usize = 4096;
/// Most tags of one secret.
pub const TAGS_MAX: usize = 64;
/// Longest tag in bytes.
pub const TAG_MAX_BYTES: usize = 128;
/// Secrets that one operation may read or write together.
pub const TOGETHER_MAX: usize = 4096;
/// Records that one page of a scan returns at most.
pub const SCAN_PAGE_MAX: usize = 1024;
/// Folders that are compared at once.
pub const COMPARE_FOLDERS_MAX: usize = 8;
/// Folders below which a recursive list stops.
pub const LIST_FOLDERS_MAX: usize = 100_000;
/// Conflicts after which an operation is decided while it holds the store's write lock.
pub const CONFLICTS_BEFORE_LOCK: u32 = 3;
/// Attempts after which an operation gives up; the last ones hold the write lock.
pub const ATTEMPTS_MAX: u32 = 8;
/// Batches that one commit takes.
pub const GROUP_MAX_BATCHES: usize = 256;
/// Batches that may wait for a commit; the next one is refused at once.
pub const QUEUE_MAX_BATCHES: usize = 16_384;
/// Opened records and sealed versions kept in memory, in bytes (an estimate per record).
pub const CACHE_MAX_BYTES: u64 = 16 * 1024 * 1024;
/// Of these, what a vault keeps that hardly anybody asks, in bytes.
pub const CACHE_IDLE_BYTES: u64 = 1024 * 1024;
/// Since when hardly anybody has asked for any of them, in seconds.
pub const CACHE_IDLE_SECONDS: u64 = 10;
/// How often one may be asked for in that time: a read asks for five or six.
pub const CACHE_IDLE_LOOKUPS: u64 = 64;
/// What is kept in memory of the indexes of tenants, in bytes (an estimate per secret): some 350,000 secrets.
pub const INDEX_MAX_BYTES: usize = 128 * 1024 * 1024;
/// How long an index is kept after it was last asked for, in seconds.
pub const INDEX_KEPT_SECONDS: u64 = 60;
/// Requests that wait for one tenant's index as long as somebody else goes on making it: a quarter of those that a server has at work.
pub const INDEX_WAITERS_MAX: usize = 32;
/// Secrets that a list reads from the storage itself. What has more is listed from the tenant's index.
pub const LIST_DIRECT_MAX: usize = 512;
/// Groups of 16,384 entries of the log that are gone through for what was read since a moment.
pub const READS_GROUPS_MAX: usize = 256;
/// Groups of 16,384 entries of the log that are gone through for the last read of a secret.
pub const LAST_READ_GROUPS_MAX: usize = 64;
/// Pages of 512 pending audit rows that are gone through for it.
pub const LAST_READ_PENDING_PAGES_MAX: usize = 16;
/// Days without a read after which a report counts a secret as unread.
pub const UNREAD_DAYS: u64 = 90;
/// Most words that a search has.
pub const SEARCH_WORDS_MAX: usize = 16;
/// Tenants whose keys are kept open; one more, and all are let go, to be opened again when they are used.
pub const TENANTS_OPEN_MAX: usize = 1024;
/// How long a tenant's keys stay open when nobody uses them, in seconds.
pub const TENANT_KEPT_SECONDS: u64 = 5 * 60;
/// Tenants whose keys are kept wrapped in memory, so that opening them again takes no derivation.
pub const TENANTS_KEPT_MAX: usize = 16_384;
/// Tenants whose names are kept in memory, sorted, for lists: some 130 bytes each. Of more, each page opens all lines of the directory.
pub const DIRECTORY_KEPT_MAX: usize = 131_072;
/// Records and entries of an erased tenant that one commit removes.
pub const ERASED_AT_ONCE: usize = 512;
/// How long backups of an erased tenant's keys may be kept at most, in days.
pub const BACKUPS_KEPT_MAX_DAYS: u32 = 36_500;
/// Records of a backup that are read, or loaded, at a time; each may be a part of a file.
pub const BACKUP_PAGE: usize = 64;
/// Bytes of records that are loaded from a backup in one commit; the record that reaches it is the last.
pub const BACKUP_LOADED_AT_ONCE_BYTES: usize = 4 * 1024 * 1024;
/// Tokens and codes that are ended in one commit when a backup was restored: each is named in the entry.
pub const RESTORED_AT_ONCE: usize = 128;
/// Secrets of a tenant that are tried for one whose value may be read, when a backup is verified.
pub const CANARIES_TRIED_MAX: usize = 1000;
/// Longest text about a person in a session, in bytes; more is cut.
pub const SESSION_TEXT_MAX_BYTES: usize = 255;
/// Sessions whose sealed fields are kept in memory; one more, and all are sealed anew when they come again.
pub const SESSIONS_KNOWN_MAX: usize = 4096;
/// Pending audit rows that go into the log in one commit.
pub const SLICE_MAX_ROWS: usize = 256;
/// Entries that go into the log in one commit; the row that reaches it is the last.
pub const SLICE_MAX_ENTRIES: usize = 1024;
/// How often somebody who wants to write the log lets another go on first.
pub const LOG_TURNS_MAX: u32 = 64;
/// Bytes of pending audit rows that upkeep reads once for all owners; of more, each owner's are looked for on their own.
pub const BACKLOG_MAX_BYTES: usize = 16 * 1024 * 1024;
/// Pending audit rows read at a time.
pub const PENDING_PAGE_MAX: usize = 512;
/// Longest name of a member, in bytes.
pub const MEMBER_NAME_MAX_BYTES: usize = 255;
/// Most bytes in the name of a role, a policy, a group.
pub const SLUG_MAX_BYTES: usize = 64;
/// Most bytes in the text of a policy.
pub const POLICY_MAX_BYTES: usize = 64 * 1024;
/// Most rules in one policy.
pub const POLICY_RULES_MAX: usize = 1024;
/// Most parameters that one rule speaks of, and most values of one of them.
pub const POLICY_PARAMETERS_MAX: usize = 64;
/// Most grants and rules that say together what one identity may do.
pub const POWERS_RULES_MAX: usize = 16 * 1024;
/// Identities whose powers are kept compiled, in one tenant.
pub const POWERS_KEPT_MAX: usize = 1024;
/// Most policies that are attached to one member, or one group.
pub const POLICIES_ATTACHED_MAX: usize = 32;
/// Most groups that one member is in.
pub const GROUPS_MAX: usize = 32;
/// Most networks in the conditions of one grant.
pub const CONDITION_NETWORKS_MAX: usize = 32;
/// Most bytes in what a member is for, and in who answers for it.
pub const MEMBER_TEXT_MAX_BYTES: usize = 255;
/// Most roles of its own, policies, groups in one tenant: as many of each.
pub const RULES_MAX: usize = 4096;
/// Most bytes of the lines in which an entry tells how a role, a policy or a group has changed.
pub const DETAIL_LINES_MAX_BYTES: usize = 16 * 1024;
/// Members who are looked at for who can grant what somebody lacks.
pub const GRANTERS_LOOKED_AT_MAX: usize = 256;
/// Of those who can, so many are named.
pub const GRANTERS_TOLD_MAX: usize = 3;
/// Changes of one role, policy or group that can be taken back.
pub const RULES_UNDO_MAX: usize = 16;
/// Bytes of all that they would go back to; beyond that the oldest are forgotten.
pub const RULES_UNDO_MAX_BYTES: usize = 256 * 1024;
/// Most grants of one member.
pub const GRANTS_MAX: usize = 256;
/// Bytes of all patterns in the grants of one member: an entry has room for them.
pub const GRANTS_MAX_BYTES: usize = 16 * 1024;
/// Changes of what one member may do that can be taken back.
pub const MEMBER_UNDO_MAX: usize = 16;
/// Bytes of all patterns in what they would go back to; beyond that the oldest are forgotten.
pub const MEMBER_UNDO_MAX_BYTES: usize = 64 * 1024;
/// Changes of the settings of one tenant that can be taken back.
pub const TENANT_UNDO_MAX: usize = 16;
/// The least that a tenant may have its tokens live at most, in seconds.
pub const TENANT_TOKEN_LIFE_MIN_SECONDS: u64 = 60;
/// The longest that a token lives, in seconds: a year, and a day to renew it.
pub const TOKEN_LIFE_MAX_SECONDS: u64 = 366 * 24 * 60 * 60;
/// Tokens that can be made one with the other.
pub const TOKEN_DEPTH_MAX: usize = 8;
/// How long a token that has ended stays stored, in days: so long what it is tried for has an entry.
pub const TOKEN_KEPT_DAYS: u64 = 30;
/// Tokens that one commit removes: its entry has room for them.
pub const TOKENS_REMOVED_MAX: usize = 256;
/// Networks that one token is bound to.
pub const TOKEN_NETWORKS_MAX: usize = 32;
/// Longest label of a token, in bytes.
pub const TOKEN_LABEL_MAX_BYTES: usize = 255;
/// Longest idempotency key, in bytes.
pub const ONCE_KEY_MAX_BYTES: usize = 128;
/// How long a change is known by its idempotency key, in seconds: a day.
pub const ONCE_KEPT_SECONDS: u64 = 24 * 60 * 60;
/// Idempotency keys that have ended and are removed in one commit: an entry has room to name them.
pub const ONCE_SLICE_MAX: usize = 256;
/// Fewest characters of a password: what NIST SP 800-63B-4 asks for (3.1.1.2) where nothing else is shown. There is no rule of which.
pub const PASSWORD_MIN_CHARACTERS: usize = 15;
/// Longest password, in bytes.
pub const PASSWORD_MAX_BYTES: usize = 1024;
/// Codes of a second factor that are good beside that of now: so many before it, and so many after (RFC 6238, 5.2 and 6).
pub const CODE_STEPS_AROUND: u64 = 1;
/// Passwords that wait to be hashed, one after the other, in one process; one more is refused. Each takes a tenth of a second and 64 MiB.
pub const PASSWORDS_WAITING_MAX: usize = 8;
/// Wrong passwords of one member, from one source, that lock the two, unless it is said otherwise.
pub const ACCESS_ATTEMPTS_MAX: u32 = 5;
/// Wrong codes of one member's second factor beside a right password, from wherever, that lock the member. Of a million, three are good at a
/// time.
pub const CODE_ATTEMPTS_MAX: u32 = 10;
/// How long they are locked, in seconds.
pub const LOCK_SECONDS: u64 = 15 * 60;
/// After which time without another one they are forgotten, in seconds.
pub const ATTEMPTS_RESET_SECONDS: u64 = 15 * 60;
/// Client secrets of one member that are good at the same time: two are needed to change one for the next.
pub const CLIENT_SECRETS_MAX: usize = 16;
/// How long a client secret that has ended stays stored, in days: as long as anything that it was shown for, and as tokens.
pub const CLIENT_SECRET_KEPT_DAYS: u64 = 61;
/// The longest that a one-time code is good, in seconds: a week.
pub const CODE_LIFE_MAX_SECONDS: u64 = 7 * 24 * 60 * 60;
/// How long it is good unless somebody says otherwise, in seconds: an hour.
pub const CODE_LIFE_SECONDS: u64 = 60 * 60;
/// How long the token of who signs in is good, and how long after each renewal, in seconds: a working day.
pub const SIGN_IN_SECONDS: u64 = 12 * 60 * 60;
/// How long it is good at most, however often it is renewed, in seconds: a month.
pub const SIGN_IN_MAX_SECONDS: u64 = 30 * 24 * 60 * 60;
/// Issuers of tokens that one tenant trusts.
pub const ISSUERS_MAX: usize = 64;
/// Longest `iss`, `aud`, or address of keys, in bytes.
pub const ISSUER_TEXT_MAX_BYTES: usize = 512;
/// Audiences of one issuer's tokens.
pub const AUDIENCES_MAX: usize = 16;
/// How far an issuer's clock may be from the storage's, in seconds.
pub const ISSUER_LEEWAY_MAX_SECONDS: u64 = 300;
/// How far it may be unless somebody says otherwise, in seconds.
pub const ISSUER_LEEWAY_SECONDS: u64 = 30;
/// The longest that a token lives that a token of an issuer is changed for, in seconds: a day.
pub const JWT_TOKEN_MAX_SECONDS: u64 = 24 * 60 * 60;
/// How long it lives unless somebody says otherwise, in seconds: an hour.
pub const JWT_TOKEN_SECONDS: u64 = 60 * 60;
/// Bindings of one issuer.
pub const BINDINGS_MAX: usize = 128;
/// All claims in them together, in bytes: an entry has room for that.
pub const BINDINGS_MAX_BYTES: usize = 16 * 1024;
/// Claims of one binding.
pub const CLAIM_PATTERNS_MAX: usize = 16;
/// Longest name of a claim, and what it has to say, in bytes.
pub const CLAIM_MAX_BYTES: usize = 512;
/// Different things that a member may be refused in a day before something is done about it, unless somebody says otherwise.
pub const VIOLATIONS_MAX: u32 = 3;
/// How long one counts, in seconds: a day.
pub const VIOLATION_WINDOW_SECONDS: u64 = 24 * 60 * 60;
/// Authorities of client certificates that one tenant trusts.
pub const AUTHORITIES_MAX: usize = 32;
/// Certificates of one authority, and lists of those that it has revoked: as many of each.
pub const AUTHORITY_CERTIFICATES_MAX: usize = 8;
/// All of them together, in bytes.
pub const AUTHORITY_MAX_BYTES: usize = 64 * 1024;
/// Names that a certificate of it has to have.
pub const AUTHORITY_NAMES_MAX: usize = 16;
/// Longest name in a certificate, in bytes.
pub const CERTIFICATE_NAME_MAX_BYTES: usize = 512;
/// The longest that a token lives that is made for a certificate, in seconds: a day.
pub const CERTIFICATE_TOKEN_MAX_SECONDS: u64 = 24 * 60 * 60;
/// How long it lives unless somebody says otherwise, in seconds: an hour.
pub const CERTIFICATE_TOKEN_SECONDS: u64 = 60 * 60;
/// Certificates that lead from one that is shown to who has signed it.
pub const SHOWN_CHAIN_MAX: usize = 8;
/// All that are shown, in bytes.
pub const SHOWN_CHAIN_MAX_BYTES: usize = 32 * 1024;
/// Longest token of an issuer, in bytes.
pub const JWT_MAX_BYTES: usize = 16 * 1024;
/// How deep its parts may go.
pub const JWT_DEPTH_MAX: usize = 8;
/// Longest id of a key, in bytes.
pub const JWT_KEY_ID_MAX_BYTES: usize = 256;
/// Largest set of keys, in bytes.
pub const JWK_SET_MAX_BYTES: usize = 64 * 1024;
/// Keys in one set.
pub const JWK_SET_KEYS_MAX: usize = 64;
