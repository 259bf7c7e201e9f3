//! `coffer backup`: a file that holds everything, and tells nothing. The stores that are restored here are none of the stage's.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::super::{Mark, Stage};

/// One before its first byte, one before its last.
const MADE: &str = "instance/backup_create done, instance/backup_create done";
const LISTED: &str = "instance/backup_list done";

/// Makes one; its id.
pub(crate) fn make(stage: &mut Stage) -> String {
    let said = stage.call("backup create made.backup --json").leaves(MADE).done();
    said.split("\"id\":").nth(1).and_then(|rest| rest.split('"').nth(1)).unwrap().to_owned()
}

pub(crate) fn create(stage: &mut Stage) {
    stage.call("backup create all.backup").leaves(MADE).done();
    let mode = fs::metadata(stage.path("all.backup")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    stage.call("backup create all.backup").fails("backup.exists");
    stage.call("backup create more.backup --expires 400d").leaves(MADE).done();
    stage.call("backup create no.backup --expires 0d").fails("backup.lifetime");
    stage.call("backup create no.backup --expires 40000d").fails("backup.lifetime");
    stage.call("backup create nowhere/no.backup").fails("file.failed");
    stage.call("backup create /dev/full").fails("out.no_file");
    let value = stage.mark(Mark::text("typed after backup create"));
    stage.call("backup create no.backup --expires").word(value.str()).fails("span.invalid");
    stage.call("backup create no.backup").word(value.str()).fails("usage.invalid");
    assert!(!stage.path("no.backup").exists());
}

pub(crate) fn verify(stage: &mut Stage) {
    stage.call("tenant create acme").leaves("instance/tenant_create done").done();
    stage.call("backup create all.backup").leaves(MADE).done();
    // The copy has its entries for itself.
    stage.call("backup verify all.backup").done();
    let said = stage.call("backup verify all.backup --json").done();
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let told = said["tenants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|told| (told["tenant"].as_str().unwrap(), told["decrypted"] == true));
    assert_eq!(told.collect::<Vec<_>>(), [("acme", false), ("default", true)]);
    let [key, other] = [("--instance ", "instance/"), ("", "")].map(|(of, log)| {
        let call = stage.call(&format!("audit key {of}--json"));
        let said = call.leaves(&format!("{log}audit_verify done")).done();
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        said["key"].as_str().unwrap().to_owned()
    });
    stage.call("backup verify all.backup --signature-only").done();
    stage.call("backup verify all.backup --signature-only --key").word(&key).done();
    stage.call("backup verify all.backup --signature-only --key").word(&other).fails("backup.other_log");
    let value = stage.mark(Mark::text("given to backup verify"));
    stage.call("backup verify all.backup --signature-only --key").word(value.str()).fails("key.invalid");

    let good = fs::read(stage.path("all.backup")).unwrap();
    let mut bad = |name: &str, bytes: &[u8], code: &str| {
        stage.own_file(name, bytes, &[]);
        stage.call("backup verify").word(name).fails(code);
    };
    let edited = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes
    };
    bad("cut.backup", &good[..good.len() - 9], "backup.truncated");
    bad("twice.backup", &good.repeat(2), "backup.spliced");
    bad("newer.backup", &edited(9, 2), "backup.too_new");
    bad("flipped.backup", &edited(good.len() / 3, good[good.len() / 3] ^ 1), "backup.damaged");
    bad("none.backup", b"something else", "backup.foreign");
    let at = good.windows(8).rposition(|text| text == b"tenants ").unwrap() + 8;
    bad("signed.backup", &edited(at, b'9'), "backup.unsigned");
    stage.call("backup verify nowhere.backup").fails("file.failed");
    stage.call("backup verify .").fails("backup.unread");
    stage.call("init --home ../home/other").unsearched().done();
    stage.call("backup verify all.backup --home ../home/other").fails("backup.other_instance");
    stage.call("backup verify all.backup").word(value.str()).fails("usage.invalid");
}

pub(crate) fn restore(stage: &mut Stage) {
    stage.add_passphrase();
    stage.call("backup create all.backup").leaves(MADE).done();
    let value = stage.marked("A, version 2");
    stage.call("backup restore all.backup").fails("restore.not_empty");
    stage.call("backup restore all.backup --to ../home/back/store").done();
    let mode = fs::metadata(stage.path("../home/back/store")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o700);
    stage.call("backup restore all.backup --to ../home/back/store").fails("restore.not_empty");
    // With the key file of the stage, which is not in the backup; and with the passphrase alone.
    let keys = stage.key_file().parent().unwrap().to_owned();
    fs::create_dir(stage.path("../home/back/keys")).unwrap();
    fs::set_permissions(stage.path("../home/back/keys"), fs::Permissions::from_mode(0o700)).unwrap();
    fs::copy(stage.key_file(), stage.path("../home/back/keys/master.key")).unwrap();
    stage
        .own_files
        .insert(stage.path("../home/back/keys/master.key"), vec!["the key of the key file".to_owned()]);
    stage.call("get A --home ../home/back").shows(&[&value]).done();
    let elsewhere = stage.path("../home/keys elsewhere");
    fs::rename(&keys, &elsewhere).unwrap();
    stage.call("backup restore all.backup --to again").fails("backup.other_instance");
    stage.with_passphrase("backup restore all.backup --to again --keep-tokens").done();
    fs::rename(&elsewhere, &keys).unwrap();
    let left = fs::read_dir(stage.path(".")).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().ends_with(".restoring")).collect();
    assert!(left.is_empty(), "{left:?}");
    let typed = stage.mark(Mark::text("typed after backup restore"));
    stage.call("backup restore all.backup --to x").word(typed.str()).fails("usage.invalid");
}

pub(crate) fn ls(stage: &mut Stage) {
    stage.call("backup ls").leaves(LISTED).done();
    stage.call("backup create all.backup").leaves(MADE).done();
    stage.call("backup ls").leaves(LISTED).done();
    let value = stage.mark(Mark::text("typed after backup ls"));
    stage.call("backup ls").word(value.str()).fails("usage.invalid");
}

pub(crate) fn forget(stage: &mut Stage) {
    let id = make(stage);
    for wrong in ["nonsense", ""] {
        stage.call("backup forget --yes").word(wrong).leaves(LISTED).fails("backup.not_found");
    }
    stage.call("backup forget").word(&id).leaves(LISTED).fails("confirm.no_terminal");
    let forgotten = "instance/backup_forget done";
    stage.call("backup forget --yes").word(&id[..20]).leaves(LISTED).leaves(forgotten).done();
    stage.call("backup forget --yes").word(&id).leaves(LISTED).fails("backup.not_found");
    let value = stage.mark(Mark::text("typed after backup forget"));
    stage.call("backup forget x").word(value.str()).fails("usage.invalid");
}
