//! The most and the least of what is taken.

/// Longest path, in bytes.
pub const PATH_MAX: usize = 1024;
/// Longest segment of one.
pub const SEGMENT_MAX: usize = 255;
/// Most segments.
pub const SEGMENTS_MAX: usize = 32;
/// How long backups of an erased tenant's keys may be kept at most, in days.
pub const BACKUPS_KEPT_MAX_DAYS: u32 = 36_500;
/// Longest name of a tenant.
pub const TENANT_MAX: usize = 128;
/// Its most segments.
pub const TENANT_SEGMENTS_MAX: usize = 16;
/// Fewest characters of a password; and the longest, in bytes.
pub const PASSWORD_MIN: usize = 15;
/// Longest password, in bytes.
pub const PASSWORD_MAX: usize = 1024;
/// Longest label of a version, in bytes.
pub const LABEL_MAX: usize = 64;
/// Longest name of a consumer, in bytes.
pub const CONSUMER_MAX: usize = 128;
/// Longest `iss`, `aud`, address of keys, claim, in bytes.
pub const ISSUER_TEXT_MAX: usize = 512;
/// Audiences of one issuer.
pub const AUDIENCES_MAX: usize = 16;
/// Claims of one binding.
pub const CLAIMS_MAX: usize = 16;
/// Names that a certificate of an authority has to have.
pub const CERTIFICATE_NAMES_MAX: usize = 16;
/// How a token of an issuer may be signed.
pub const ALGORITHMS: [&str; 10] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
/// Longest name of a member, a field, an owner, longest purpose; longest label of a token.
pub const NAME_MAX: usize = 255;
/// Longest tag.
pub const TAG_MAX: usize = 128;
/// Longest description, and longest remark in the log.
pub const TEXT_MAX: usize = 4096;
/// Most secrets at once.
pub const TOGETHER_MAX: usize = 4096;
/// Most folders that are compared at once.
pub const COMPARE_MAX: usize = 8;
/// Longest that a token lives, in seconds.
pub const TOKEN_SECONDS_MAX: u64 = 366 * 24 * 60 * 60;
/// Longest that a code is good, in seconds.
pub const CODE_SECONDS_MAX: u64 = 7 * 24 * 60 * 60;

/// Largest limit of a quota.
pub const QUOTA_MAX: u64 = (1 << 53) - 1;
/// Longest name of where something has to stay.
pub const RESIDENCY_MAX: usize = 64;
/// Shortest interval of rotation, in seconds.
pub const ROTATE_EVERY_MIN: u32 = 60;
/// Longest.
pub const ROTATE_EVERY_MAX: u32 = 3650 * 24 * 60 * 60;
/// Fewest characters of a random value.
pub const GENERATED_MIN: usize = 8;
/// Most.
pub const GENERATED_MAX: usize = 4096;
/// Most words of a search.
pub const SEARCH_WORDS_MAX: usize = 16;
/// Most items on a page.
pub const PAGE_MAX: usize = 10_000;
/// Most bytes in the name of a role, a policy, a group.
pub const SLUG_MAX: usize = 64;
/// Most bytes in the text of a policy.
pub const POLICY_MAX: usize = 64 * 1024;
/// Most fields.
pub const FIELDS_MAX: usize = 1024;
