//! `coffer audit export`, `verify`, `proof`, `verify-proof`, `key`, `checkpoint`: what an auditor gets, and gives back.

use std::fs;

use super::super::{Mark, Stage};

const EXPORTED: &str = "audit_export done";
const VERIFIED: &str = "audit_verify done";
const PROVED: &str = "audit_proof done";

pub(crate) fn export(stage: &mut Stage) {
    let value = stage.marked("A, version 2");
    stage.call("get A").shows(&[&value]).leaves("secret_get done").done();
    stage.call("audit export bundle").leaves(EXPORTED).done();
    stage.call("audit export bundle").leaves(EXPORTED).done();
    stage.call("audit export system --instance").leaves("instance/audit_export done").done();
    stage
        .call("audit export bundle --instance")
        .leaves("instance/audit_export done")
        .fails("bundle.other_log");
    let value = stage.mark(Mark::text("in the place of a bundle"));
    stage.own_file("file", value.str(), &[&value]);
    stage.call("audit export file").leaves(EXPORTED).fails("bundle.unsound");
    fs::create_dir(stage.path("folder")).unwrap();
    stage.own_file("folder/entries.jsonl", value.str(), &[&value]);
    stage.call("audit export folder").leaves(EXPORTED).fails("bundle.unsound");
    let busy = fs::File::open(stage.path("bundle")).unwrap();
    busy.lock().unwrap();
    stage.call("audit export bundle").leaves(EXPORTED).fails("bundle.busy");
    drop(busy);
    let old = stage.old_database();
    stage.call("audit export bundle").leaves(EXPORTED).done();
    stage.with_database(&old, |stage| stage.call("audit export bundle").fails("bundle.forked"));
    stage.call("audit export bundle").word(value.str()).fails("usage.invalid");
    stage.call(&format!("audit export bundle --password={}", value.str())).fails("usage.invalid");
}

pub(crate) fn verify(stage: &mut Stage) {
    let key = key_of_the_log(stage);
    stage.call("audit export bundle").leaves(EXPORTED).done();
    stage.call("audit export system --instance").leaves("instance/audit_export done").done();
    let old = stage.old_database();
    let note = stage.call("audit checkpoint").leaves("audit_publish done, audit_publish done").done();
    stage.world.write("note", &note);
    stage.call("audit verify").leaves(VERIFIED).done();
    stage.call("audit verify --known note").leaves(VERIFIED).done();
    stage.call("audit verify --instance").leaves("instance/audit_verify done").done();
    // Nobody is asked, so there is no entry.
    stage.call("audit verify bundle").done();
    stage.call("audit verify bundle --system system --known bundle/checkpoint --key").word(&key).done();
    stage.call("audit verify bundle --with-store").leaves(VERIFIED).done();
    stage.with_database(&old, |stage| stage.call("audit verify --known note").fails("store.unverified"));
    let value = stage.mark(Mark::text("given to audit verify"));
    stage.own_file("no-note", value.str().repeat(9), &[&value]);
    stage.call("audit verify --known no-note").fails("note.invalid");
    stage.own_file("no-note", format!("{note}\u{2014} {}\n", value.str()), &[&value]);
    stage.call("audit verify --known no-note").fails("note.invalid");
    stage.call("audit verify bundle --key").word(value.str()).fails("key.invalid");
    stage.call("audit verify bundle --key").word(&format!("{0}+{0}+{0}", value.str())).fails("key.invalid");
    stage.call("audit verify --key").word(value.str()).fails("usage.invalid");
    stage.call("audit verify bundle").word(value.str()).fails("usage.invalid");
    stage.call("audit verify nowhere").fails("log.invalid");
    foreign_bundle(stage, &value);
}

/// A bundle in which somebody has put something else; nothing of it is repeated.
fn foreign_bundle(stage: &mut Stage, value: &Mark) {
    let entries = fs::read_to_string(stage.path("bundle/entries.jsonl")).unwrap();
    let checkpoint = fs::read_to_string(stage.path("bundle/checkpoint")).unwrap();
    let text = value.str();
    for (file, right, wrong) in [
        ("bundle/entries.jsonl", &entries, entries.replace("secret_set", text)),
        ("bundle/entries.jsonl", &entries, format!("{text}\n{entries}")),
        ("bundle/entries.jsonl", &entries, entries[..entries.len() - 9].to_owned() + text),
        ("bundle/checkpoint", &checkpoint, text.repeat(9)),
        ("bundle/checkpoint", &checkpoint, checkpoint.replace("\n\n", &format!("\n{text}\n\n"))),
    ] {
        stage.own_file(file, wrong, &[value]);
        stage.call("audit verify bundle").fails("log.invalid");
        stage.own_file(file, right, &[]);
    }
    stage.call("audit verify bundle").done();
}

pub(crate) fn proof(stage: &mut Stage) {
    stage.call("audit proof 1").leaves(PROVED).done();
    stage.call("audit proof 1 --out proved").leaves(PROVED).done();
    stage.call("audit proof 1 --instance").leaves("instance/audit_proof done").done();
    stage.call("audit proof 999999").leaves(PROVED).fails("entry.not_found");
    stage.call("audit proof 1 --out no/such/folder").leaves(PROVED).fails("file.failed");
    let value = stage.mark(Mark::text("given to audit proof"));
    stage.call("audit proof").word(value.str()).fails("entry.invalid");
    stage.call("audit proof 1").word(value.str()).fails("usage.invalid");
    stage.call(&format!("audit proof 1 --value={}", value.str())).fails("usage.invalid");
}

pub(crate) fn verify_certificate(stage: &mut Stage) {
    let of_another = key_of_the_log(stage);
    let key = stage.call("audit key --instance --json").leaves("instance/audit_verify done").done();
    let key = serde_json::from_str::<serde_json::Value>(&key).unwrap()["key"].as_str().unwrap().to_owned();
    stage.call("tenant create doomed").leaves("instance/tenant_create done").done();
    let erase = stage.call("tenant erase doomed --confirm doomed --out doomed.erased");
    erase.leaves(super::keys::ERASED).leaves("instance/tenant_certificate done").done();
    // Nobody is asked, so there is no entry.
    stage.call("audit verify-certificate doomed.erased --key").word(&key).done();
    let told = stage.call("audit verify-certificate doomed.erased --json --key").word(&key).done();
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["state"], &told["tenant"]), (&"complete".into(), &"doomed".into()));
    let value = stage.mark(Mark::text("given to audit verify-certificate"));
    let right = fs::read_to_string(stage.path("doomed.erased")).unwrap();
    for wrong in [
        value.str().to_owned(),
        right.replacen("state complete", value.str(), 1),
        right.replacen("name doomed", "name dooomed", 1),
        right[..right.len() / 2].to_owned() + value.str(),
    ] {
        stage.own_file("wrong", wrong, &[&value]);
        stage.call("audit verify-certificate wrong --key").word(&key).fails("certificate.invalid");
    }
    stage.call("audit verify-certificate doomed.erased --key").word(&of_another).fails("certificate.invalid");
    stage.call("audit verify-certificate doomed.erased --key").word(value.str()).fails("key.invalid");
    stage.call("audit verify-certificate doomed.erased").word(value.str()).fails("usage.invalid");
    stage.call("audit verify-certificate nothing --key").word(&key).fails("file.failed");
}

pub(crate) fn verify_proof(stage: &mut Stage) {
    let key = key_of_the_log(stage);
    stage.call("audit key --all keys").leaves(VERIFIED).done();
    stage.call("audit proof 1 --out proved").leaves(PROVED).done();
    // Nobody is asked, so there is no entry.
    stage.call("audit verify-proof proved --key").word(&key).done();
    stage.call("audit verify-proof proved --keys keys --entry proved.entry --key").word(&key).done();
    let value = stage.mark(Mark::text("given to audit verify-proof"));
    let proof = fs::read_to_string(stage.path("proved")).unwrap();
    for wrong in [
        value.str().to_owned(),
        proof.replacen("index", value.str(), 1),
        format!("{proof}\u{2014} {}\n", value.str()),
        proof[..proof.len() / 2].to_owned() + value.str(),
    ] {
        stage.own_file("wrong", wrong, &[&value]);
        let call = stage.call("audit verify-proof wrong --entry proved.entry --key").word(&key);
        call.fails("proof.invalid");
    }
    stage.own_file("wrong", value.str(), &[&value]);
    stage.call("audit verify-proof proved --entry wrong --key").word(&key).fails("proof.invalid");
    stage.call("audit verify-proof no-proof --key").word(&key).fails("file.failed");
    stage.call("audit verify-proof proved --key").word(value.str()).fails("key.invalid");
    stage.call("audit verify-proof proved").word(value.str()).fails("usage.invalid");
    fs::create_dir(stage.path("other-keys")).unwrap();
    stage.own_file("other-keys/0", value.str(), &[&value]);
    stage.call("audit verify-proof proved --keys other-keys --key").word(&key).fails("note.invalid");
    fs::remove_file(stage.path("other-keys/0")).unwrap();
    stage.call("audit verify-proof proved --keys other-keys --key").word(&key).fails("proof.invalid");
}

pub(crate) fn key(stage: &mut Stage) {
    stage.call("audit key").leaves(VERIFIED).done();
    stage.call("audit key --all keys").leaves(VERIFIED).done();
    stage.call("audit key --instance").leaves("instance/audit_verify done").done();
    let value = stage.mark(Mark::text("given to audit key"));
    stage.own_file("file", value.str(), &[&value]);
    stage.call("audit key --all file").leaves(VERIFIED).fails("file.failed");
    stage.call("audit key").word(value.str()).fails("usage.invalid");
}

pub(crate) fn checkpoint(stage: &mut Stage) {
    stage.call("audit checkpoint").leaves("audit_publish done, audit_publish done").done();
    let both = "instance/audit_publish done, instance/audit_publish done";
    stage.call("audit checkpoint --instance").leaves(both).done();
    let value = stage.mark(Mark::text("typed after audit checkpoint"));
    stage.call("audit checkpoint").word(value.str()).fails("usage.invalid");
}

/// The first key of the tenant's log.
fn key_of_the_log(stage: &mut Stage) -> String {
    let said = stage.call("audit key --json").leaves(VERIFIED).done();
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    said["key"].as_str().unwrap().to_owned()
}
