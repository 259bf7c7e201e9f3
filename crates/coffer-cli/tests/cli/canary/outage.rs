//! T-L4, as a user meets it: the log can't be written. Then every verb ends with an error that says why, tells nothing, starts
//! nothing and changes nothing; and when the place is well again, it goes on without any repair. A copy of the log that can't be
//! written is a warning, and stops nothing.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::thread;

use super::Stage;
use super::call::Called;
use super::judge::{leaks, wrong_entries};
use super::place::{content, in_a_place, leave, place};
use super::table::{LINES, Use};
use super::verbs::{authorities, backup, members};

/// A verb of each kind.
const KINDS: [&str; 8] =
    ["set", "get", "import", "run", "doctor", "audit query", "keys remove", "tenant create"];

#[test]
fn t_l4_a_full_disk_stops_every_verb_and_harms_nothing() {
    in_a_place("outage::child_with_a_full_disk", "true");
}

#[test]
fn child_with_a_full_disk() {
    let Some(place) = place() else { return };
    let ballast = place.join("ballast");
    let full = |stage: &Stage| {
        leave(&ballast, 0);
        // A new one is not made, and not by half.
        let mut command = stage.world.command(env!("CARGO_BIN_EXE_coffer"));
        command
            .args(["set", "A", "--generate", "--home", "../home/new"])
            .env("MASTER_SECRET_KEY", "correct horse");
        let made = command.output().unwrap();
        assert!(String::from_utf8_lossy(&made.stderr).contains("store.full"), "{made:?}");
        assert!(!stage.path("../home/new/store/coffer.db").exists());
    };
    without_a_log(false, &["store.full", "audit.unavailable", "key_file.io"], full, |_| {
        fs::remove_file(&ballast).unwrap()
    });
}

#[test]
fn t_l4_with_whatever_room_is_left_a_value_has_its_entry_or_is_not_shown() {
    in_a_place("outage::child_with_less_and_less_room", "true");
}

#[test]
fn child_with_less_and_less_room() {
    let Some(place) = place() else { return };
    let mut stage = Stage::prepared(false);
    let (ballast, value) = (place.join("ballast"), stage.marked("A, version 2"));
    let mut ends = BTreeSet::new();
    for kib in (0..160).step_by(4) {
        leave(&ballast, kib * 1024);
        let got = stage.world.coffer(&["get", "A"]);
        fs::remove_file(&ballast).unwrap();
        ends.insert(got.status.code());
        let mut call = Called::of(&["get", "A"]);
        if got.status.success() {
            assert_eq!(got.stdout, value.bytes);
            call.leaves.push("secret_get done".to_owned());
        } else {
            assert_eq!((got.status.code(), got.stdout.as_slice()), (Some(5), &b""[..]), "{kib} KiB");
        }
        stage.calls.push(call);
    }
    assert_eq!(ends, BTreeSet::from([Some(0), Some(5)]), "both happened");
    assert_eq!(wrong_entries(&stage), [""; 0]);
}

#[test]
fn t_l4_a_store_that_can_only_be_read_stops_every_verb_and_harms_nothing() {
    in_a_place("outage::child_with_a_store_that_can_only_be_read", "true");
}

#[test]
fn child_with_a_store_that_can_only_be_read() {
    let Some(_) = place() else { return };
    let mount = |arguments: &[&str], stage: &Stage| {
        let folder = stage.store_file("");
        assert!(Command::new(arguments[0]).args(&arguments[1..]).arg(&folder).status().unwrap().success());
    };
    let freeze = |stage: &Stage| {
        let folder = stage.store_file("").display().to_string();
        mount(&["mount", "--bind", &folder], stage);
        mount(&["mount", "-o", "remount,bind,ro"], stage);
    };
    without_a_log(false, &["store.read_only"], freeze, |stage| mount(&["umount"], stage));
}

/// How long is waited does not depend on the verb, and all wait at once: one of each kind, and one that makes a store.
#[test]
fn t_l4_a_lock_that_is_never_let_go_stops_a_verb_of_each_kind_and_harms_nothing() {
    let mut stage = Stage::prepared(true);
    stage.add_passphrase();
    let all = attempts(&mut stage);
    let is_tried = |attempt: &&Attempt| KINDS.iter().any(|kind| attempt.words.starts_with(kind));
    let before = content(&stage.world.project());
    let new = stage.path("../home/new/store");
    DirBuilder::new().recursive(true).mode(0o700).create(&new).unwrap();
    let held = [stage.store_file("coffer.lock"), new.join("coffer.lock")].map(|path| {
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path).unwrap();
        file.lock().unwrap();
        file
    });
    let ended: Vec<_> = thread::scope(|scope| {
        let world = &stage.world;
        let call = |attempt: &Attempt| {
            world.coffer(&["--json"].into_iter().chain(attempt.words.split(' ')).collect::<Vec<_>>())
        };
        let tried = all.iter().filter(is_tried);
        let calls: Vec<_> = tried.map(|attempt| (attempt, scope.spawn(move || call(attempt)))).collect();
        let made = world.coffer(&["set", "A", "--generate", "--home", "../home/new"]);
        assert!(String::from_utf8_lossy(&made.stderr).contains("store.locked"), "{made:?}");
        calls.into_iter().map(|(attempt, call)| (attempt, call.join().unwrap())).collect()
    });
    drop(held);
    for (attempt, output) in ended {
        attempt.is_refused(&output, &["audit.unavailable"]);
        let words: Vec<_> = attempt.words.split(' ').collect();
        stage.calls.push(Called { stdout: output.stdout, stderr: output.stderr, ..Called::of(&words) });
    }
    nothing_happened_and_all_go_on(stage, &before, &all);
}

/// All verbs that use a store, where `obstruct` has made the log unwritable; and again after `clear`.
fn without_a_log(json: bool, codes: &[&str], obstruct: impl Fn(&Stage), clear: impl Fn(&Stage)) {
    let mut stage = Stage::prepared(json);
    stage.add_passphrase();
    let attempts = attempts(&mut stage);
    let before = content(&stage.world.project());
    obstruct(&stage);
    for attempt in &attempts {
        let output = stage.call(&attempt.words).made();
        attempt.is_refused(&output, codes);
    }
    clear(&stage);
    nothing_happened_and_all_go_on(stage, &before, &attempts);
}

/// A verb that uses the store.
pub(super) struct Attempt {
    pub(super) words: String,
    /// It says on stdout what is wrong, and fails then.
    reports: bool,
    /// There may be nothing for it to do.
    tends: bool,
}

/// Every one of the table, in its order.
pub(super) fn attempts(stage: &mut Stage) -> Vec<Attempt> {
    let (me, passphrase) = (stage.me(), stage.unlockers("passphrase").remove(0));
    let token = members::make(stage, "", "");
    let authority = authorities::file(stage);
    let (_, _, secret) = members::make_client_secret(stage, "shop", "", "");
    let backup = backup::make(stage);
    let attempts = LINES.iter().filter_map(|line| {
        let words = match line.use_of_store {
            Use::Needs(words) | Use::Makes(words) | Use::Tends(words) | Use::Reports(words) => words,
            Use::None => return None,
        };
        Some(Attempt {
            words: words
                .replace("{authority}", authority)
                .replace("{passphrase}", &passphrase)
                .replace("{me}", &me)
                .replace("{token}", &token)
                .replace("{secret}", &secret)
                .replace("{backup}", &backup),
            reports: matches!(line.use_of_store, Use::Reports(_)),
            tends: matches!(line.use_of_store, Use::Tends(_)),
        })
    });
    attempts.collect()
}

impl Attempt {
    /// It ended with one of these codes, and with no word on stdout: no value, no name, no output of a command, but a code that it made itself.
    fn is_refused(&self, output: &Output, codes: &[&str]) {
        let said = String::from_utf8_lossy(if self.reports { &output.stdout } else { &output.stderr });
        let end = output.status.code();
        let is_right = match self.words.split(' ').next() {
            _ if self.tends && end == Some(0) => return,
            _ if self.reports => end == Some(1),
            Some("run") => end == Some(125),
            _ => end == Some(5),
        };
        assert!(
            is_right && codes.iter().any(|code| said.contains(code)),
            "coffer {} ends with {end:?}, and should for {codes:?}: {said}",
            self.words
        );
        assert!(self.reports || self.told_nothing(output), "coffer {}: {output:?}", self.words);
    }

    /// What locks a tenant has made a code before, which is of no use then; and it has said nothing else.
    fn told_nothing(&self, output: &Output) -> bool {
        let is_code = self.words.starts_with("tenant lock ")
            && output.stdout.len() == 40
            && output.stdout.starts_with(b"LOCK-");
        output.stdout.is_empty() || is_code
    }
}

/// Nothing has happened; and without more, every verb does now what it is for.
fn nothing_happened_and_all_go_on(mut stage: Stage, before: &[(PathBuf, Vec<u8>)], attempts: &[Attempt]) {
    assert!(content(&stage.world.project()) == before, "the project is as it was");
    let value = stage.marked("A, version 2");
    stage.call("get A").shows(&[&value]).leaves("secret_get done").done();
    stage.call("audit verify --with-store").leaves("audit_verify done").done();
    assert_eq!([wrong_entries(&stage), leaks(&stage)].concat(), [""; 0]);
    for attempt in attempts {
        stage.call(&attempt.words).done();
    }
}
