//! The cases of `vectors/log`: sound bundles, and everything that somebody might do to one.

use base64::prelude::{BASE64_STANDARD, Engine};
use coffer_encryption::hash::sha256;
use coffer_log::history::Takeover;
use coffer_log::{SignedNote, VerifierKey, sign_note};

use crate::files::{Files, bundle, edit, line, lines, set_lines};
use crate::log::{Log, Witness, hex, signing_key};

/// A bundle, what it is held against, and what comes of it.
#[derive(Clone, Default)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// The sound bundle that it was made from.
    pub(crate) base: &'static str,
    pub(crate) files: Files,
    pub(crate) key: Option<VerifierKey>,
    pub(crate) known: Vec<String>,
    pub(crate) witness: Option<VerifierKey>,
    /// The bundle of a system log, and the sound one that it was made from.
    pub(crate) system: Option<(&'static str, Files)>,
    /// `ok`, or the place of the first fault.
    pub(crate) expect: &'static str,
}

impl Case {
    fn new(
        name: &'static str,
        base: &'static str,
        files: Files,
        expect: &'static str,
        about: &'static str,
    ) -> Self {
        Self { name, about, base, files, expect, ..Self::default() }
    }

    fn key(self, key: VerifierKey) -> Self {
        Self { key: Some(key), ..self }
    }

    fn known(mut self, note: &SignedNote) -> Self {
        self.known.push(note.to_string());
        self
    }

    fn witness(self, witness: &Witness) -> Self {
        Self { witness: Some(witness.key()), ..self }
    }

    fn system(self, base: &'static str, files: Files) -> Self {
        Self { system: Some((base, files)), ..self }
    }
}

/// The sound bundles, by name.
pub(crate) fn bases() -> Vec<(&'static str, Files)> {
    let Small { log, first, second, newest } = small();
    let witnesses = [witness().key()];
    let pruned = bundle(&log, 6, &[first.clone(), second.clone(), newest.clone()], &witnesses);
    let small = bundle(&log, 0, &[first, second, newest], &witnesses);
    let (system, checkpoint) = system();
    vec![
        ("good", good()),
        ("good-small", small),
        ("good-pruned", pruned),
        ("good-system", bundle(&system, 0, &[checkpoint], &[])),
    ]
}

/// All cases.
pub(crate) fn all() -> Vec<Case> {
    [sound(), entries(), tiles(), checkpoints(), keys(), tails(), attacks(), systems(), foreign()].concat()
}

/// A log of 22 entries, and its checkpoints.
pub(crate) struct Small {
    pub(crate) log: Log,
    first: SignedNote,
    second: SignedNote,
    newest: SignedNote,
}

/// Keys take over at 8 and 16; entry 18 says that the log was pruned below 6.
pub(crate) fn small() -> Small {
    let mut log = Log::begin("coffer.example/tenant/one", 1);
    log.grow_to(5);
    let first = log.checkpoint();
    log.grow_to(8);
    log.take_over(2);
    log.grow_to(12);
    let second = log.witnessed(&witness());
    log.grow_to(16);
    log.take_over(3);
    log.grow_to(18);
    log.prune(6, "done");
    log.grow_to(22);
    let newest = log.witnessed(&witness());
    Small { log, first, second, newest }
}

pub(crate) fn witness() -> Witness {
    Witness::new("witness.example/w1", 90)
}

/// A log of 270 entries: a full tile, and so a second level. A key takes over where the tile ends.
fn good() -> Files {
    let mut log = Log::begin("coffer.example/tenant/two", 11);
    log.grow_to(100);
    let first = log.checkpoint();
    log.take_over(12);
    log.grow_to(256);
    let second = log.witnessed(&witness());
    log.take_over(13);
    log.grow_to(270);
    let newest = log.witnessed(&witness());
    bundle(&log, 0, &[first, second, newest], &[witness().key()])
}

/// A system log that has committed to the small log three times.
fn system() -> (Log, SignedNote) {
    let Small { log, .. } = small();
    let mut system = Log::begin("coffer.example/system", 21);
    let other = Log::begin("coffer.example/tenant/two", 11).head();
    system.commit_to(&[log.up_to(5).head(), other]);
    system.grow_to(3);
    system.commit_to(&[log.up_to(12).head()]);
    system.take_over(22);
    system.commit_to(&[log.head()]);
    system.grow_to(8);
    let newest = system.checkpoint();
    (system, newest)
}

fn base(name: &str) -> Files {
    bases().into_iter().find(|(base, _)| *base == name).unwrap().1
}

/// A case made from a sound bundle by changing its files.
fn changed(
    name: &'static str,
    from: &'static str,
    expect: &'static str,
    about: &'static str,
    change: impl FnOnce(&mut Files),
) -> Case {
    let mut files = base(from);
    change(&mut files);
    Case::new(name, from, files, expect, about)
}

fn sound() -> Vec<Case> {
    let Small { log, first, newest, .. } = small();
    let small = || base("good-small");
    vec![
        Case::new("ok-key", "good-small", small(), "ok", "the first key is the one that was given")
            .key(log.genesis()),
        Case::new("ok-known", "good-small", small(), "ok", "continues what was kept")
            .known(&newest)
            .known(&first),
        Case::new("ok-witness", "good-small", small(), "ok", "cosigned as asked").witness(&witness()),
        Case::new("ok-system", "good-small", small(), "ok", "all that the system log says of it is so")
            .system("good-system", base("good-system")),
        Case::new(
            "ok-pruned-known",
            "good-pruned",
            base("good-pruned"),
            "ok",
            "kept before the log was pruned",
        )
        .known(&first),
        changed("ok-without-older", "good-small", "ok", "older checkpoints need not be kept", |files| {
            files.remove("checkpoints/5");
        }),
    ]
}

fn entries() -> Vec<Case> {
    let Small { log, .. } = small();
    let with_lines = |name, expect, about, change: &dyn Fn(&mut Vec<Vec<u8>>)| {
        changed(name, "good-small", expect, about, |files| {
            let mut all = lines(files);
            change(&mut all);
            set_lines(files, &all);
        })
    };
    let mut other = Log::begin("coffer.example/tenant/two", 11);
    other.grow_to(22);
    vec![
        with_lines("entry-changed", "entry 9", "a byte of an entry is another", &|all| {
            all[9] = String::from_utf8(all[9].clone()).unwrap().replacen("prod", "prof", 1).into_bytes();
        }),
        with_lines(
            "entry-rewritten",
            "entry 9",
            "an entry is another, and so is the hash beside it",
            &|all| {
                let leaf = String::from_utf8(log.leaves[9].clone()).unwrap().replacen("prod", "prof", 1);
                all[9] = line(&log, 9, leaf.as_bytes());
            },
        ),
        with_lines(
            "leaf-hash-changed",
            "entry 9",
            "a digit of the hash beside an entry is another",
            &|all| {
                let at = all[9].len()
                    - b"\",\"log_index\":9,\"log_origin\":\"coffer.example/tenant/one\"}\n".len()
                    - 1;
                all[9][at] = if all[9][at] == b'0' { b'1' } else { b'0' };
            },
        ),
        with_lines("entry-deleted", "entry 9", "an entry is not there", &|all| drop(all.remove(9))),
        with_lines("entry-inserted", "entry 9", "there is one more entry", &|all| {
            all.insert(9, line(&log, 9, br#"{"action":"secret_get","v":1}"#));
        }),
        with_lines("entry-twice", "entry 10", "an entry is there twice", &|all| {
            all.insert(9, all[9].clone())
        }),
        with_lines("entries-swapped", "entry 9", "two entries have changed places", &|all| all.swap(9, 10)),
        with_lines("entry-beyond", "entry 22", "an entry that no checkpoint covers", &|all| {
            all.push(line(&log, 22, br#"{"action":"secret_get","v":1}"#));
        }),
        with_lines("entries-of-another", "entry 0", "the entries of another log", &|all| {
            *all = other.leaves.iter().enumerate().map(|(at, leaf)| line(&other, at, leaf)).collect();
        }),
        with_lines("entries-none", "entries.jsonl", "no entries at all", &Vec::clear),
        with_lines("pruned-too-far", "entry 6", "more was deleted than the log says", &|all| {
            drop(all.drain(..7))
        }),
        changed(
            "pruned-without-entry",
            "good-system",
            "entry 0",
            "deleted, and the log does not say so",
            |files| {
                let rest = lines(files).split_off(1);
                set_lines(files, &rest);
            },
        ),
        pruning_refused(),
    ]
}

/// Whoever was refused to prune has left an entry too. It must not pass for a pruning.
fn pruning_refused() -> Case {
    let mut log = Log::begin("coffer.example/tenant/three", 31);
    log.grow_to(4);
    log.prune(3, "refused");
    let files = bundle(&log, 3, &[log.checkpoint()], &[]);
    Case::new(
        "pruning-refused",
        "good-system",
        files,
        "entry 0",
        "deleted, as somebody wanted who was refused",
    )
}

fn tiles() -> Vec<Case> {
    let flip = |path: &'static str, at: usize| move |files: &mut Files| files.get_mut(path).unwrap()[at] ^= 1;
    vec![
        changed("tile-changed", "good", "entry 17", "a byte of a full tile", flip("tile/0/000", 17 * 32)),
        changed(
            "tile-partial-changed",
            "good",
            "entry 260",
            "of a partial one",
            flip("tile/0/001.p/14", 4 * 32),
        ),
        changed("tile-above-changed", "good", "tile/1/000.p/1", "of one above", flip("tile/1/000.p/1", 0)),
        changed(
            "tile-pruned-changed",
            "good-pruned",
            "checkpoint",
            "a hash whose entry was deleted",
            |files| {
                files.get_mut("tile/0/000.p/22").unwrap()[2 * 32] ^= 1;
            },
        ),
        changed("tile-missing", "good", "tile/0/001.p/14", "a tile is not there", |files| {
            files.remove("tile/0/001.p/14");
        }),
        changed("tile-cut", "good-small", "tile/0/000.p/22", "a tile is too short", |files| {
            files.get_mut("tile/0/000.p/22").unwrap().pop();
        }),
        changed("tile-long", "good-small", "tile/0/000.p/22", "a tile is too long", |files| {
            files.get_mut("tile/0/000.p/22").unwrap().push(0);
        }),
        changed(
            "tile-stale",
            "good-small",
            "tile/0/000.p/21",
            "the tile of a smaller log as well",
            |files| {
                let stale = files["tile/0/000.p/22"][..21 * 32].to_vec();
                files.insert("tile/0/000.p/21".to_owned(), stale);
            },
        ),
    ]
}

fn checkpoints() -> Vec<Case> {
    let of_newest = |name, about, change: &dyn Fn(&str) -> String| {
        changed(name, "good-small", "checkpoint", about, |files| edit(files, "checkpoint", change))
    };
    let of_line = |name, about, line: usize, change: &dyn Fn(&mut Vec<u8>)| {
        of_newest(name, about, &|note| with_signature(note, line, change))
    };
    let extra = of_newest("signature-extra", "a signature of somebody unknown", &|note| {
        let stranger = Witness::new("witness.example/w2", 91);
        stranger.cosign(&small().log.head(), &SignedNote::parse(note).unwrap()).to_string()
    });
    vec![
        of_newest("checkpoint-size-changed", "the size is another", &|note| {
            note.replacen("\n22\n", "\n21\n", 1)
        }),
        of_newest("checkpoint-size-spelled", "the size is spelled otherwise", &|note| {
            note.replacen("\n22\n", "\n022\n", 1)
        }),
        of_newest("checkpoint-root-changed", "the root is another", &|note| {
            let root = small().log.head().root.to_base64();
            note.replace(&root, &small().log.up_to(21).head().root.to_base64())
        }),
        of_newest("checkpoint-extended", "it has a fourth line", &|note| {
            note.replacen("\n\n", "\nmore\n\n", 1)
        }),
        of_line("signature-changed", "a byte of the log's signature", 0, &|bytes| bytes[20] ^= 1),
        of_line("signature-key-id", "the id of the log's key is another", 0, &|bytes| bytes[0] ^= 1),
        of_line("cosignature-changed", "a byte of the log's signature with the time", 1, &|bytes| {
            bytes[40] ^= 1
        }),
        of_line("cosignature-time", "the time is another", 1, &|bytes| bytes[11] ^= 1),
        of_line("cosignature-of-witness", "a byte of a witness's signature", 2, &|bytes| bytes[40] ^= 1),
        of_line("signature-malleable", "S and the order of the group", 0, &|bytes| {
            add_order(&mut bytes[36..])
        }),
        of_newest("signature-spelled", "base64 with a bit that means nothing", &|note| {
            let line = note.lines().nth(4).unwrap();
            let (start, last) = line.split_at(line.len() - 2);
            assert!(last.ends_with('='));
            note.replacen(line, &format!("{start}{}=", next_letter(last)), 1)
        }),
        of_newest("signature-missing", "the log's signature without the time is not there", &|note| {
            let line = note.lines().nth(4).unwrap();
            note.replacen(&format!("{line}\n"), "", 1)
        }),
        of_newest("signature-order", "the log's signatures have changed places", &|note| {
            let lines: Vec<&str> = note.split_inclusive('\n').collect();
            [&lines[..4], &[lines[5], lines[4]], &lines[6..]].concat().concat()
        }),
        of_newest("signature-twice", "a signature is there twice", &|note| {
            format!("{note}{}\n", note.lines().last().unwrap())
        }),
        extra,
        changed(
            "checkpoint-misnamed",
            "good-small",
            "checkpoints/11",
            "an older one under another size",
            |files| {
                let older = files.remove("checkpoints/12").unwrap();
                files.insert("checkpoints/11".to_owned(), older);
            },
        ),
        changed(
            "checkpoint-not-older",
            "good-small",
            "checkpoints/22",
            "the newest is kept as an older one",
            |files| {
                files.insert("checkpoints/22".to_owned(), files["checkpoint"].clone());
            },
        ),
        changed("witness-idle", "good-small", "witnesses", "a witness who has cosigned nothing", |files| {
            let idle = Witness::new("witness.example/w2", 91).key();
            edit(files, "witnesses", |witnesses| format!("{witnesses}{idle}\n"));
        }),
        changed(
            "witness-unknown",
            "good-small",
            "checkpoint",
            "nobody says whose a cosignature is",
            |files| {
                files.remove("witnesses");
            },
        ),
        Case::new(
            "witness-silent",
            "good-system",
            base("good-system"),
            "checkpoint",
            "not cosigned as asked",
        )
        .witness(&witness()),
    ]
}

fn keys() -> Vec<Case> {
    vec![
        changed("takeover-changed", "good-small", "keys/1", "a byte of a takeover's root", |files| {
            edit(files, "keys/1", |note| {
                let root = note.lines().nth(4).unwrap().to_owned();
                note.replace(&root, &small().log.head().root.to_base64())
            });
        }),
        changed(
            "takeover-signature-changed",
            "good-small",
            "keys/2",
            "a byte of the old key's signature",
            |files| {
                edit(files, "keys/2", |note| with_signature(note, 1, |bytes| bytes[20] ^= 1));
            },
        ),
        changed("takeover-unsigned", "good-small", "keys/2", "the old key has not signed", |files| {
            edit(files, "keys/2", |note| {
                let last = note.lines().last().unwrap();
                note.replace(&format!("{last}\n"), "")
            });
        }),
        changed("takeover-missing", "good-small", "keys/1", "a key in the middle is not there", |files| {
            files.remove("keys/1");
        }),
        changed("takeover-last-missing", "good-small", "checkpoint", "the last key is not there", |files| {
            files.remove("keys/2");
        }),
        changed("takeovers-swapped", "good-small", "keys/1", "two takeovers have changed places", |files| {
            let (one, two) = (files["keys/1"].clone(), files["keys/2"].clone());
            files.insert("keys/1".to_owned(), two);
            files.insert("keys/2".to_owned(), one);
        }),
        changed(
            "takeover-entry-missing",
            "good-small",
            "entry 8",
            "the log does not say that its key changed",
            |files| {
                let log = small().log.with_leaf(8, br#"{"action":"secret_get","v":1}"#);
                *files = bundle(&log, 0, &[log.checkpoint()], &[]);
            },
        ),
        changed(
            "takeover-entry-alone",
            "good-small",
            "entry 9",
            "the log names a key that is not in keys/",
            |files| {
                let leaf = String::from_utf8(small().log.leaves[16].clone()).unwrap();
                let log = small().log.with_leaf(9, leaf.as_bytes());
                *files = bundle(&log, 0, &[log.checkpoint()], &[]);
            },
        ),
        changed(
            "key-of-small-order",
            "good-small",
            "keys/0",
            "anybody can sign for the point of order 1",
            |files| {
                let name = "coffer.example/tenant/one";
                let key = [&[1_u8, 1][..], &[0; 31]].concat();
                let id = &sha256(&[name.as_bytes(), b"\n", &key].concat())[..4];
                let vkey = format!("{name}+{}+{}", hex(id), BASE64_STANDARD.encode(&key));
                let signature = BASE64_STANDARD.encode([id, &[1][..], &[0; 63]].concat());
                edit(files, "keys/0", |note| {
                    let lines: Vec<&str> = note.lines().collect();
                    format!("{}\n{vkey}\n\n\u{2014} {name} {signature}\n", lines[..5].join("\n"))
                });
            },
        ),
        Case::new(
            "key-of-another",
            "good-small",
            base("good-small"),
            "keys/0",
            "a bundle of another log than asked for",
        )
        .key(Log::begin("coffer.example/tenant/two", 11).genesis()),
        Case::new(
            "key-not-first",
            "good-small",
            base("good-small"),
            "keys/0",
            "the key given is of this log, but later",
        )
        .key(small().log.history().last().key().clone()),
    ]
}

fn tails() -> Vec<Case> {
    let Small { log, first, second, newest } = small();
    let older = || bundle(&log.up_to(12), 0, &[first.clone(), second.clone()], &[witness().key()]);
    vec![
        changed("tail-line-cut", "good-small", "entry 21", "the last line is cut", |files| {
            let entries = files.get_mut("entries.jsonl").unwrap();
            entries.truncate(entries.len() - 10);
        }),
        changed("tail-cut", "good-small", "entry 19", "the last lines are not there", |files| {
            let all = lines(files);
            set_lines(files, &all[..19]);
        }),
        changed(
            "tail-cut-checkpoint-older",
            "good-small",
            "keys/2",
            "and an older checkpoint is in place",
            |files| {
                let all = lines(files);
                set_lines(files, &all[..12]);
                let checkpoint = files.remove("checkpoints/12").unwrap();
                files.insert("checkpoint".to_owned(), checkpoint);
            },
        ),
        Case::new(
            "tail-cut-all-older",
            "good-small",
            older(),
            "known 1",
            "and all that would show it is gone too",
        )
        .known(&newest),
        Case::new("old-store", "good-small", older(), "known 2", "a store of last week was put back")
            .known(&first)
            .known(&newest),
        Case::new(
            "old-store-unnoticed",
            "good-small",
            older(),
            "ok",
            "which nobody sees who has kept nothing",
        ),
    ]
}

/// What somebody can do who has the newest key, and the store.
fn attacks() -> Vec<Case> {
    let Small { log, first, newest, .. } = small();
    let rewritten =
        || log.with_leaf(3, br#"{"action":"secret_get","outcome":"done","path":"nothing","v":1}"#);
    let mut forked = log.up_to(21);
    forked.push(br#"{"action":"secret_get","outcome":"done","path":"nothing","v":1}"#.to_vec());
    let forked = bundle(&forked, 0, &[forked.checkpoint()], &[]);
    vec![
        Case::new(
            "resigned",
            "good-small",
            bundle(&rewritten(), 0, &[rewritten().checkpoint()], &[]),
            "keys/1",
            "an entry before a takeover was rewritten, all else computed anew and signed with the newest key",
        ),
        changed(
            "resigned-takeovers",
            "good-small",
            "keys/1",
            "the takeovers too, with the one key at hand",
            |files| {
                let mut log = rewritten();
                let roots = [log.up_to(8).head().root, log.up_to(16).head().root];
                for (note, root) in log.notes[1..].iter_mut().zip(roots) {
                    let old = note.text().lines().nth(4).unwrap();
                    let text = note.text().replace(old, &root.to_base64());
                    assert!(Takeover::parse(&text).is_some());
                    let signature = sign_note(&text, log.origin.name(), &signing_key(3)).unwrap();
                    *note = SignedNote::new(&text, vec![signature.clone(), signature]).unwrap();
                }
                *files = bundle(&log, 0, &[log.checkpoint()], &[]);
            },
        ),
        changed(
            "resigned-older",
            "good-small",
            "checkpoints/5",
            "an older checkpoint, signed by the newest key",
            |files| {
                let note = log.up_to(5).head().sign(&signing_key(3), 1_800_000_300).unwrap();
                files.insert("checkpoints/5".to_owned(), note.to_string().into_bytes());
            },
        ),
        Case::new("forked", "good-small", forked.clone(), "known 1", "another last entry, properly signed")
            .known(&newest),
        Case::new(
            "forked-unnoticed",
            "good-small",
            forked,
            "ok",
            "which nobody sees who has kept only older ones",
        )
        .known(&first),
        Case::new(
            "known-of-another",
            "good-small",
            base("good-small"),
            "known 1",
            "what was kept is of another log",
        )
        .known(&system().1),
        Case::new(
            "known-unsigned",
            "good-small",
            base("good-small"),
            "known 1",
            "what was kept is signed by no key here",
        )
        .known(&log.up_to(5).head().sign(&signing_key(99), 1_800_000_300).unwrap()),
    ]
}

fn systems() -> Vec<Case> {
    let Small { log, first, second, .. } = small();
    let older = bundle(&log.up_to(12), 0, &[first, second], &[witness().key()]);
    let mut other = log.up_to(21);
    other.push(br#"{"action":"secret_get","v":1}"#.to_vec());
    let other = bundle(&other, 0, &[other.checkpoint()], &[]);
    let mut bad = base("good-system");
    edit(&mut bad, "entries.jsonl", |all| all.replacen("prod", "prof", 1));
    vec![
        Case::new(
            "system-knows-more",
            "good-small",
            older,
            "system entry 5",
            "the log is shorter than it once was",
        )
        .system("good-system", base("good-system")),
        Case::new(
            "system-knows-other",
            "good-small",
            other,
            "system entry 5",
            "the log is another than it once was",
        )
        .system("good-system", base("good-system")),
        Case::new(
            "system-changed",
            "good-small",
            base("good-small"),
            "system entry 2",
            "the system log has a fault",
        )
        .system("good-system", bad),
        Case::new(
            "system-silent",
            "good-pruned",
            base("good-pruned"),
            "ok",
            "a system log that never names the log",
        )
        .system("good", base("good")),
    ]
}

fn foreign() -> Vec<Case> {
    let with = |name, path: &'static str, about| {
        changed(name, "good-small", path, about, |files| {
            files.insert(path.to_owned(), b"x".to_vec());
        })
    };
    vec![
        with("file-unknown", "notes.txt", "a file that is not part of a bundle"),
        with("file-unknown-below", "tile/0/x001", "one that resembles a folder of tiles"),
        with("file-unfinished", "unfinished", "somebody is still writing it, or never finished"),
        with(
            "file-entry-bundle",
            "tile/entries/000.p/22",
            "entries in the form of tlog-tiles are no part of it",
        ),
    ]
}

/// A note with the bytes of one signature line changed: id, then signature.
fn with_signature(note: &str, line: usize, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let (text, signatures) = note.rsplit_once("\n\n").unwrap();
    let mut lines: Vec<String> = signatures.lines().map(str::to_owned).collect();
    let (name, base64) = lines[line].rsplit_once(' ').unwrap();
    let mut bytes = BASE64_STANDARD.decode(base64).unwrap();
    change(&mut bytes);
    lines[line] = format!("{name} {}", BASE64_STANDARD.encode(bytes));
    format!("{text}\n\n{}\n", lines.join("\n"))
}

/// Adds the order of Ed25519's group to a number of 32 bytes, little-endian.
fn add_order(number: &mut [u8]) {
    let mut order = [0; 32];
    order[..16].copy_from_slice(&27_742_317_777_372_353_535_851_937_790_883_648_493_u128.to_le_bytes());
    order[31] = 0x10;
    let mut carry = 0;
    for (digit, more) in number.iter_mut().zip(order) {
        let sum = u16::from(*digit) + u16::from(more) + carry;
        (*digit, carry) = (sum.to_le_bytes()[0], sum >> 8);
    }
    assert_eq!(carry, 0);
}

/// The last letter before a `=`, with its lowest bit set: it means the same bytes.
fn next_letter(last: &str) -> char {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let at = letters.find(last.chars().next().unwrap()).unwrap();
    letters.chars().nth(at | 1).unwrap()
}
