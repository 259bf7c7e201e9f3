//! What somebody who owns the store, but not its keys, does to the log and to the records: all of it is found.

use std::sync::Arc;

use coffer_engine::access::Role;
use coffer_engine::block_on;
use coffer_engine::storage::{Batch, Durability, Group, Key, Put, Record, Storage};
use coffer_engine::token::TokenHash;
use coffer_engine::vault::{MemberChange, NewClientSecret, NewToken, Vault};
use coffer_engine::version::Which;
use coffer_engine::{Actor, Op};
use coffer_log::SignedNote;

use crate::log::{HOUR, Store, op};
use crate::log_upkeep::KEPT_A_YEAR;
use crate::members::{grant, made, name};
use crate::support::{NoEntries, coded, path, records};

/// The tables, by number: see docs/formats.md.
const HEADS: u8 = 0x20;
const VERSIONS: u8 = 0x21;
const SUBJECTS: u8 = 0x13;
const IDENTITIES: u8 = 0x12;
const TOKENS: u8 = 0x16;
const CLIENT_SECRETS: u8 = 0x1d;
/// Epochs, that a store moves, the directory, members of folders: they hold nothing, or are not the store's.
const MARKERS: [u8; 4] = [0x05, 0x0a, 0x0b, 0x23];
const LOG: std::ops::RangeInclusive<u8> = 0x30..=0x3f;

impl Store {
    fn records(&self) -> Vec<(Key, Record)> {
        block_on(records(self.storage.as_ref()))
    }

    fn of_table(&self, table: u8) -> Vec<(Key, Record)> {
        self.records().into_iter().filter(|(key, _)| key.as_bytes()[16] == table).collect()
    }

    /// Writes behind the vault's back.
    pub(crate) fn overwrite(&self, put: &[(Key, Record)], delete: Vec<Key>) {
        let put = put
            .iter()
            .map(|(key, record)| Put {
                key: *key,
                revision: record.revision,
                value: Arc::clone(&record.value),
            })
            .collect();
        let batches = vec![Batch { put, delete, ..Batch::default() }];
        let group = Group { batches, entries: Box::new(NoEntries), durability: Durability::Synced };
        block_on(Arc::clone(&self.storage).commit(group)).unwrap();
    }

    fn checkpoint(&self) -> SignedNote {
        block_on(self.test.vault.audit_publish(&op(0), "somebody", false)).unwrap().note().clone()
    }
}

fn verify(vault: &Vault, known: &[SignedNote]) -> Vec<String> {
    match block_on(vault.audit_verify(&op(0), known, false, &|_| {})) {
        Ok(report) => report.problems,
        Err(error) => vec![error.to_string()],
    }
}

/// Two versions of A, one of B.
fn lived_in() -> Store {
    let store = Store::new();
    block_on(store.test.set("dev/A", "first")).unwrap();
    block_on(store.test.set("dev/B", "b")).unwrap();
    store
}

#[test]
fn t_l5_a_record_that_was_put_back_is_found() {
    let store = lived_in();
    let before = store.of_table(HEADS);
    block_on(store.test.set("dev/A", "second")).unwrap();
    assert_eq!(store.problems(0), [""; 0], "the control");
    let now = store.of_table(HEADS);
    let (key, old) = before.iter().find(|old| !now.contains(old)).unwrap().clone();
    store.overwrite(&[(key, old)], vec![]);
    let other = store.again();
    let secret = block_on(other.vault.get(&op(0), &path("dev/A"), Which::CURRENT)).unwrap();
    assert_eq!(crate::support::text(&secret), "first", "it opens: it was there once");
    let problems = verify(&other.vault, &[]);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].contains(&format!("{key:?}")) && problems[0].contains("not the one"), "{problems:?}");
}

/// What was withdrawn is good again, for who shows it: that is not prevented. It is found.
#[test]
fn t_l5_a_revoked_token_or_a_withdrawn_grant_that_was_put_back_is_found() {
    for table in [TOKENS, IDENTITIES] {
        let store = lived_in();
        block_on(made(&store.test, "maya", &[grant(Role::Reader, "dev/**")]));
        let new = NewToken {
            member: Some(name("maya")),
            ttl_seconds: 3600,
            max_seconds: 3600,
            uses: None,
            networks: Vec::new(),
            label: String::new(),
        };
        let (token, info) = block_on(store.test.vault.token_create(&op(0), &new, false)).unwrap();
        let with = Op { actor: Actor::Token(TokenHash::of_text(token.expose()).unwrap()), ..op(0) };
        let get = |vault: &Vault| block_on(vault.get(&with, &path("dev/A"), Which::CURRENT));
        let before = store.of_table(table);
        if table == TOKENS {
            block_on(store.test.vault.token_revoke(&op(0), info.id, false)).unwrap();
        } else {
            let nothing =
                MemberChange { grants: Some(Vec::new()), disabled: None, ..MemberChange::default() };
            block_on(store.test.vault.member_change(&op(0), &name("maya"), &nothing, false)).unwrap();
        }
        assert!(get(&store.test.vault).is_err());
        assert_eq!(store.problems(0), [""; 0], "the control");
        let now = store.of_table(table);
        let back: Vec<_> = before.into_iter().filter(|old| !now.contains(old)).collect();
        store.overwrite(&back, vec![]);
        let other = store.again();
        get(&other.vault).unwrap();
        let problems = verify(&other.vault, &[]);
        assert!(problems.len() == 1 && problems[0].contains("not the one"), "{problems:?}");
    }
}

#[test]
fn t_l5_a_record_that_was_lost_or_brought_back_is_found() {
    let store = lived_in();
    let (key, _) = store.of_table(VERSIONS)[0].clone();
    let value = store.of_table(VERSIONS)[1].clone();
    store.overwrite(&[], vec![key]);
    let problems = verify(&store.again().vault, &[]);
    assert!(problems.len() == 1 && problems[0].contains("is not in the store"), "{problems:?}");

    let store = lived_in();
    let gone = store.of_table(VERSIONS);
    block_on(store.test.vault.destroy(&op(0), &path("dev/B"), None)).unwrap();
    let back: Vec<_> = gone.into_iter().filter(|old| !store.of_table(VERSIONS).contains(old)).collect();
    store.overwrite(&back, vec![]);
    let problems = verify(&store.again().vault, &[]);
    assert!(problems.len() == 1 && problems[0].contains("was deleted in entry"), "{problems:?}");
    let _ = value;
}

#[test]
fn t_l5_a_record_that_nobody_wrote_is_found() {
    let store = lived_in();
    let (key, record) = store.of_table(VERSIONS)[0].clone();
    let mut other = key.as_bytes().to_vec();
    *other.last_mut().unwrap() = 9;
    store.overwrite(&[(Key::from_bytes(&other).unwrap(), record)], vec![]);
    let problems = verify(&store.again().vault, &[]);
    assert!(problems.len() == 1 && problems[0].contains("no entry says"), "{problems:?}");
}

/// In whatever table, one that there is none of yet too.
#[test]
fn t_l5_a_record_that_nobody_wrote_is_found_in_every_table() {
    let store = lived_in();
    let (_, record) = store.of_table(VERSIONS)[0].clone();
    let owner: [u8; 16] = store.of_table(VERSIONS)[0].0.as_bytes()[..16].try_into().unwrap();
    let is_named = |table: &u8| !LOG.contains(table) && !MARKERS.contains(table);
    let slipped: Vec<_> = (0..=u8::MAX)
        .filter(is_named)
        .map(|table| {
            let key = [&owner[..], &[table], &[7; 16]].concat();
            (Key::from_bytes(&key).unwrap(), record.clone())
        })
        .collect();
    assert_eq!(store.problems(0), [""; 0], "the control");
    store.overwrite(&slipped, vec![]);
    let problems = verify(&store.test.vault, &[]);
    for (key, _) in &slipped {
        let is_told = |line: &String| line.contains(&format!("{key:?}")) && line.contains("no entry says");
        assert!(problems.iter().any(is_told), "{key:?}");
    }
}

#[test]
fn t_l5_a_client_secret_that_was_revoked_and_put_back_is_found() {
    let store = lived_in();
    block_on(made(&store.test, "ci", &[grant(Role::Reader, "dev/**")]));
    let new = NewClientSecret {
        member: name("ci"),
        ttl_seconds: 3600,
        uses: None,
        networks: Vec::new(),
        label: String::new(),
    };
    let (_, about) = block_on(store.test.vault.client_secret_create(&op(0), &new, false)).unwrap();
    let before = store.of_table(CLIENT_SECRETS);
    block_on(store.test.vault.client_secret_revoke(&op(0), about.id, false)).unwrap();
    assert_eq!(store.problems(0), [""; 0], "the control");
    let now = store.of_table(CLIENT_SECRETS);
    let back: Vec<_> = before.into_iter().filter(|old| !now.contains(old)).collect();
    assert_eq!(back.len(), 1);
    store.overwrite(&back, vec![]);
    let problems = verify(&store.again().vault, &[]);
    assert_eq!(problems.len(), 1, "{problems:?}");
}

#[test]
fn t_l5_an_older_log_in_a_newer_store_is_found() {
    let store = lived_in();
    store.query(&Default::default(), 1);
    let log = |store: &Store| -> Vec<(Key, Record)> {
        store.records().into_iter().filter(|(key, _)| LOG.contains(&key.as_bytes()[16])).collect()
    };
    let old = log(&store);
    block_on(store.test.set("dev/A", "second")).unwrap();
    store.query(&Default::default(), 1);
    let newer: Vec<Key> =
        log(&store).into_iter().map(|(key, _)| key).filter(|key| !old.iter().any(|o| o.0 == *key)).collect();
    store.overwrite(&old, newer);
    let problems = verify(&store.again().vault, &[]);
    assert!(!problems.is_empty(), "records were written that the log does not know");
    assert!(problems.iter().all(|line| line.contains("record ")), "{problems:?}");
}

#[test]
fn t_l5_a_whole_old_store_is_found_by_a_checkpoint_that_somebody_kept() {
    let store = lived_in();
    block_on(store.test.vault.upkeep(&op(0), KEPT_A_YEAR)).unwrap();
    let old = store.records();
    block_on(store.test.set("dev/A", "second")).unwrap();
    store.read("dev/A", 9, 0);
    let known = store.checkpoint();
    assert_eq!(verify(&store.test.vault, std::slice::from_ref(&known)), [""; 0], "the control");
    let newer = store
        .records()
        .into_iter()
        .map(|(key, _)| key)
        .filter(|key| !old.iter().any(|o| o.0 == *key))
        .collect();
    store.overwrite(&old, newer);
    let other = store.again();
    assert_eq!(verify(&other.vault, &[]), [""; 0], "it agrees with itself");
    let problems = verify(&other.vault, std::slice::from_ref(&known));
    assert!(problems.len() == 1 && problems[0].contains("an older store was put back"), "{problems:?}");
    // It lives on, past the size of the kept checkpoint: a fork.
    for _ in 0..20 {
        block_on(other.vault.get(&op(0), &path("dev/A"), Which::CURRENT)).unwrap();
    }
    let problems = verify(&other.vault, &[known]);
    assert!(problems.len() == 1 && problems[0].contains("forked"), "{problems:?}");
}

#[test]
fn t_l5_parts_of_the_log_that_were_put_back_or_taken_are_found() {
    let store = lived_in();
    store.read("dev/A", 300, 0);
    store.query(&Default::default(), 1);
    let before = store.records();
    store.read("dev/A", 300, 0);
    store.query(&Default::default(), 1);
    let is_log = |key: &Key| LOG.contains(&key.as_bytes()[16]) && key.as_bytes()[..16] != [0; 16];
    let now: Vec<_> = store.records().into_iter().filter(|(key, _)| is_log(key)).collect();
    let (mut changed, mut taken) = (0, 0);
    for (key, record) in &now {
        if let Some(old) = before.iter().find(|(old, was)| old == key && was.revision != record.revision) {
            store.overwrite(std::slice::from_ref(old), vec![]);
            assert!(!verify(&store.again().vault, &[]).is_empty(), "{key:?} put back");
            changed += 1;
            store.overwrite(&now, vec![]);
        }
        let mut flipped = record.value.to_vec();
        *flipped.last_mut().unwrap() ^= 1;
        store.overwrite(&[(*key, Record { value: flipped.into(), revision: record.revision })], vec![]);
        assert!(!verify(&store.again().vault, &[]).is_empty(), "{key:?} changed");
        store.overwrite(&[], vec![*key]);
        assert!(!verify(&store.again().vault, &[]).is_empty(), "{key:?} taken");
        taken += 1;
        store.overwrite(&now, vec![]);
        // What those verifications wrote before they stopped goes too.
        let more = store
            .records()
            .into_iter()
            .map(|(key, _)| key)
            .filter(|key| is_log(key) && !now.iter().any(|n| n.0 == *key))
            .collect();
        store.overwrite(&now, more);
    }
    assert!(changed >= 3 && taken >= 5, "{changed} {taken}");
}

#[test]
fn a_log_whose_head_was_taken_is_not_begun_anew() {
    let store = lived_in();
    store.query(&Default::default(), 1);
    let heads: Vec<Key> = store.of_table(0x30).into_iter().map(|(key, _)| key).collect();
    store.overwrite(&[], heads);
    let asked = block_on(store.again().vault.audit_query(&op(0), &Default::default(), None, 1, false));
    assert_eq!(coded(asked.map(|_| ())), Err("store.corrupt"));
}

/// A row that does not open must not stop the log for ever: that it was there is logged.
#[test]
fn a_pending_row_that_does_not_open_is_logged_as_damaged() {
    let store = lived_in();
    store.query(&Default::default(), 1);
    store.read("dev/A", 1, 0);
    let (position, row) = block_on(store.storage.pending(None, None, 9)).unwrap().pop().unwrap();
    let mut sealed = row.sealed.to_vec();
    sealed[80] ^= 1;
    struct Row(Option<coffer_engine::storage::PendingRow>);
    impl coffer_engine::storage::EntryWriter for Row {
        fn rows(
            &mut self,
            _: &[usize],
        ) -> Result<Vec<coffer_engine::storage::PendingRow>, coffer_engine::storage::StorageError> {
            Ok(self.0.take().into_iter().collect())
        }
    }
    let damaged = coffer_engine::storage::PendingRow { sealed: sealed.into(), ..row };
    let batches = vec![Batch { integrated: vec![position], ..Batch::default() }];
    let group = Group { batches, entries: Box::new(Row(Some(damaged))), durability: Durability::Synced };
    block_on(Arc::clone(&store.storage).commit(group)).unwrap();
    let log = store.query(&Default::default(), 9);
    let damage = log.iter().find(|entry| entry.action == "audit_damage").unwrap();
    assert_eq!(damage.actor.via, "system");
    assert!(damage.detail.as_ref().unwrap()["hash"].as_str().unwrap().len() == 64);
    assert_eq!(store.problems(HOUR), [""; 0], "the log goes on");
    assert!(store.of_table(SUBJECTS).is_empty());
}
