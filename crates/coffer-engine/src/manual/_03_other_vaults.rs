//! How other vaults failed, and the tests that show what this one does instead.
//!
//! Published failures are the best requirements there are. Each has a mark (`T-C3`) that its tests bear in their names. Here are
//! those that what is built today has to answer; the others come with their features. A CVE is named where its
//! published text is about what the row says; that a test passes does not mean that Coffer has no fault of that kind.
//!
//! | | What went wrong elsewhere | What is done here | Tests |
//! |---|---|---|---|
//! | T-P1 | A path was authorised in one spelling and used in another: `..`, `//`, `%2e`, a trailing dot | A path has one spelling. Any other is refused, never mended | `t_p1_paths_are_refused_never_mended`, `t_p1_what_is_accepted_is_used_as_it_was_written`, `t_p1_traversal_is_never_accepted` |
//! | T-P2, T-P3 | A deny was passed by another verb, a slash at the end, or another case of the name (CVE-2026-3605) | The decision asks for a right and a path, never for a verb; a deny is looked for in folded names, and with and without the slash | `t_p2_..`, `t_p3_..` in `access/powers/tests.rs` |
//! | T-P4, T-P5 | A policy, an identity or a parameter had several spellings, of which one was privileged (CVE-2025-5999, CVE-2025-54996, CVE-2024-9180) | One spelling, refused otherwise; nothing is privileged by its name | `t_p4_..`, `t_p5_..`, `t_p8_..` |
//! | T-P6 | What a template was filled in with widened a rule | A template is refused where it is written | `t_p6_a_template_is_refused_not_filled_in` |
//! | T-P7 | A cache that joined names gave one tenant another's policy | What is compiled lies beside its tenant, by identity and revision | `t_p7_what_is_kept_of_rights_is_by_tenant` |
//! | T-P10 | By a change that left permissions out, or by a detour, somebody granted more than they held | Each verb that gives anything, or makes a credential, compares what it gives with what its maker surely holds | `t_p10_nobody_grants_more_than_they_hold`, `t_p10_nobody_gives_more_than_they_hold` |
//! | T-P9 | A grant reached further than what its words say, or than what was there when it was made (the class of CVE-2020-10660 and CVE-2020-10661) | The decision is one pure function, compared with a plain reference on random grants; grants lie in their tenant | `t_p9_decisions_agree_with_a_plain_reference`, `the_matrix_of_roles_and_actions_is_the_reviewed_one` |
//! | T-N5, T-N6 | Who was removed, or taken out of a group, kept power; who got a name later inherited it (CVE-2021-41802, CVE-2021-43998, CVE-2022-40186) | Each such change renews the epoch that every commit expects; identities and groups are numbers | `t_n5_..`, `t_n6_..` |
//! | T-A1, T-A2 | Another spelling or address gave new tries; answers and their times told who is there (CVE-2025-6004, CVE-2025-54998, CVE-2025-6011, CVE-2025-54999) | Names have one spelling; the pair of member and network is locked; one answer after one piece of work, at one moment | `t_a1_..`, `t_a2_..` |
//! | T-A3 | A code of a second factor was good twice, or could be tried without end (CVE-2025-6014, CVE-2025-6015) | The step that was used is in the record that the commit expects; wrong codes count as wrong passwords do | `t_a3_..` |
//! | T-A6 | A secret id of one role worked through another (CVE-2023-24999) | It lies at its member's number | `t_a6_..` |
//! | T-A7 | Who somebody is was asked where their own proof said, or compared in part (CVE-2025-49827, CVE-2025-49831, CVE-2025-3879) | Keys are got from where the issuer's record says, never from where a token does; claims are compared whole | `t_a7_..` in `tests/vault/jwt.rs` |
//! | T-A8 | A token was taken with an algorithm of its own choice, for another audience, or for a claim that others can make (CVE-2024-5798) | The issuer's record says the algorithms, and each fits its key; `iss`, `aud`, times and claims are compared whole; a `*` stands behind a separator; what fits two bindings means nobody | `t_a8_..` in `jwt/tests.rs`, `tests/vault/jwt.rs`, and the server's |
//! | T-A9 | A certificate was taken that was an authority's, for another use, revoked, or of an authority that was none; or by a name in part (CVE-2024-2048, CVE-2025-6037) | `rustls-webpki` builds the chain; what is no authority's means itself, byte for byte; lists fail closed; names are compared whole; the token is good with that key alone | `t_a9_..` in `x509/tests.rs`, `tests/vault/certificates.rs`, and the server's |
//! | T-A11 | A header said where a request came from, and was believed (CVE-2024-6468) | The socket's address counts, for grants, locks, rates and the log; there is no setting for another | `t_a11_what_a_header_says_of_an_address_is_nothing` |
//! | T-A13 | A proof was compared until the first byte that differs (GHSA-34fc-gh42-pj53) | Tokens and codes are found by their hashes; what is compared is compared whole | `t_a13_proofs_are_compared_whole` |
//! | T-A14 | A page of another site reached a local service by DNS rebinding (CVE-2026-115364) | In clear, on loopback, `Host` and `Origin` are this machine's, on every route | `t_a14_..` in `listen/here.rs` and `tests/api/elsewhere.rs` |
//! | T-I1 | A server asked whatever address somebody else named (CVE-2026-5052) | Issuers are asked for keys on the public internet, and where the operator says besides; what counts is the address that is connected to; no redirect is followed | `t_i1_..` in `coffer-wire` and `coffer-server` |
//! | T-I7 | Files of the store were readable by others (CVE-2021-38553) | 0600 and 0700, checked on every open, never mended silently | `a_store_is_private`, `a_link_in_place_of_the_file_is_refused` |
//! | T-C1 | Ciphertext was bound to its path only, or to nothing, and could be moved to another field or owner | Every envelope is bound to its whole place | `t_c1_swap_matrix`, `t_c1_spliced_headers_do_not_help` |
//! | T-C2 | Truncated or damaged ciphertext gave part of the plaintext | All of it verifies, or nothing comes out | `t_c2_every_flipped_bit_is_refused`, `t_c2_every_truncation_and_extension_is_refused`, `t_c2_a_damaged_chunk_spoils_all_of_a_long_message` |
//! | T-C3 | A message without key commitment opened under a second key (CVE-2025-14760, CVE-2025-14762) | Each message commits to its key | `t_c3_a_ciphertext_valid_under_two_keys_is_refused` |
//! | T-C4 | A server, or an edited row, chose a weaker algorithm or fewer iterations | The accepted set is compiled in; counts have floors; the derivation follows from the owner | `t_c4_edited_format_bytes_are_refused`, `t_c4_counts_outside_their_bounds_are_refused`, `t_c4_the_derivation_belongs_to_the_owner` |
//! | T-C5 | A nonce could be chosen by the caller (CVE-2023-4680), or came round again (RUSTSEC-2026-0069 to 0071) | No function takes one; salts are drawn inside, and each makes a key of its own | `t_c5_seal_draws_its_salt`, `t_c5_ten_million_salts_do_not_repeat`, `t_c5_salts_do_not_repeat_after_a_restart` |
//! | T-L3 | Refusals and failures left no trace, because the log came after the answer | The entry is in the commit that decided, also when the answer is no | `every_operation_leaves_its_entry` |
//! | T-L4 | A full disk of the log stopped everything, and looked healthy | It has an error of its own, nothing is decrypted, and the store goes on when there is space | `a_full_disk_is_named_and_outlived`, `unsealed_entries_write_nothing` (conformance suite) |
//! | T-L5 | A log could be cut, or signed anew with a newer key (CVE-2023-31438, CVE-2023-31439); a server could forge proofs (GHSA-672p-m5jq-mrh8) | A Merkle tree of a public form; each key signs its sizes only; records are verified against the log, and the log against checkpoints kept elsewhere | `t_l5_..` in `tests/vault/log_thief.rs`, `t_l5_two_leaders_make_no_fork`, `vectors/log/` read by two verifiers |
//! | T-L6 | A sink's settings reached arbitrary files or commands (CVE-2025-6000, CVE-2025-54997) | Files of the log are named by who starts the process, never by a found `coffer.toml`; no link, no device is written to | `t_l6_..` in `coffer-cli` |
//! | T-D5 | A quota held for some ways to write and not for others (CVE-2026-115359) | It is kept in the one commit that all writes go through | `t_d5_every_verb_that_adds_is_held_to_it_and_none_that_takes_away` |
//! | T-N4 | A tenant was deleted in part, and what was left stayed, or came back (CVE-2026-42186) | The keys go first, in one commit, after which nothing of it can be written; the rest goes in steps that upkeep ends | `t_n4_erasure_is_complete_wherever_it_was_interrupted`, `t_n4_a_tenant_is_there_or_it_is_on_its_way_out` |
//! | T-L8 | Retention or erasure broke old proofs | Hashes stay when entries go; a person's fields are sealed in the leaf, and their key is destroyed | `t_l8_..` in `tests/vault/log.rs` and `log_upkeep.rs` |
//! | T-C9 | What was destroyed was said to be gone, and an old backup opened it | It is said as it is: a backup opens it until it has expired, and certificates wait for that. Keys are not yet kept apart from data | `t_c9_a_backup_keeps_what_was_destroyed_after_it`, `a_certificate_waits_for_backups_that_may_hold_the_keys` |
//! | T-C12 | Signatures that are malleable, of small order, or of another protocol were taken | Strict Ed25519; a signature counts for one key, one name, one kind of message | `t_c12_..` in `coffer-encryption` and `coffer-log` |
//! | | A revoked grant was honoured by a process that had it cached | What a decision was based on is expected by its commit | `nobody_acts_on_what_was_withdrawn`, `no_process_answers_a_stale_read`, each with its control |
//! | | An acknowledged write was gone after a crash | Synced before it is acknowledged | `kill_9_in_the_midst_of_10_000_writes_loses_nothing_acknowledged`, `what_was_acknowledged_survives` |
//! | | Writing one field wiped its neighbours | Merge by default, on top of the version that was read | `setting_a_field_never_wipes_the_others` |
//! | | Busy writers starved others at the embedded database's lock | Processes take turns | `everybody_has_his_turn`, `eight_processes_write_and_read_at_once` |
//!
//! One more, from the library below: SQLite before 3.51.3 could corrupt a store when the WAL was reset. It is compiled in, newer,
//! and `the_library_is_newer_than_the_wal_reset_corruption` says so.
//!
//! # What is not answered
//!
//! Rollback is found, not prevented: who owns the storage can put back an old record, and verification finds it; or an old store as a
//! whole, and only a checkpoint that somebody kept elsewhere finds that. See `docs/threats.md`.
