//! `coffer keys`, `coffer tenant`: what opens the store, and whose secrets are in it.

use std::fs;

use super::super::{Mark, Stage};
use super::sign::Served;

pub(crate) fn status(stage: &mut Stage) {
    let listed = "instance/unlocker_list done";
    stage.add_passphrase();
    stage.call("keys status").leaves(listed).done();
    stage.with_passphrase("keys status").leaves(listed).done();
    let folder = stage.key_file().parent().unwrap().to_owned();
    let elsewhere = stage.path("../home/keys elsewhere");
    fs::rename(&folder, &elsewhere).unwrap();
    stage.with_passphrase("keys status").leaves(listed).done();
    let wrong = stage.mark(Mark::text("a passphrase that does not fit"));
    stage.call("keys status").variable("MASTER_SECRET_KEY", wrong.str()).fails("passphrase.wrong");
    fs::rename(&elsewhere, &folder).unwrap();
    let value = stage.mark(Mark::text("typed after keys status"));
    stage.call("keys status").word(value.str()).fails("usage.invalid");
}

pub(crate) fn add(stage: &mut Stage) {
    let added = "instance/unlocker_add done";
    let (given, typed) = (stage.mark(Mark::text("given")), stage.mark(Mark::quoted("typed")));
    stage.call("keys add passphrase").variable("MASTER_SECRET_KEY", given.str()).leaves(added).done();
    let (first, again) = ("the new passphrase: ", "the new passphrase, again: ");
    // A tab is not taken from a keyboard; nor is it typed.
    let keyed: Vec<u8> = typed.bytes.iter().copied().filter(|byte| *byte != b'\t').collect();
    let call = stage.call("keys add passphrase").typed(first, &keyed).typed(again, &keyed);
    call.leaves(added).done();
    let call = stage.call("keys add passphrase").typed(first, &keyed).typed(again, &given.bytes);
    call.fails("value.mismatch");
    let call = stage.call("keys add passphrase").typed(first, b"").typed(again, b"");
    call.fails("value.empty");
    stage.call("keys add passphrase").fails("value.no_terminal");
    stage.call("keys add key-file").leaves(added).done();
    let short = stage.mark(Mark::found("a short passphrase", b"Sh0rtPhr4se-1"));
    let call = stage.call("keys add passphrase").variable("MASTER_SECRET_KEY", short.str());
    call.leaves("instance/unlocker_add invalid").fails("passphrase.too_short");
    stage.call("keys add").word(typed.head()).fails("usage.invalid");
    stage.call("keys add passphrase").word(typed.head()).fails("usage.invalid");
    stage.call(&format!("keys add passphrase --passphrase={}", typed.head())).fails("usage.invalid");
}

pub(crate) fn remove(stage: &mut Stage) {
    let (listed, removed) = ("instance/unlocker_list done", "instance/unlocker_remove done");
    stage.add_passphrase();
    let passphrase = stage.unlockers("passphrase").remove(0);
    let key_file = stage.unlockers("key-file").remove(0);
    for id in ["nonsense", ""] {
        stage.call("keys remove --yes").word(id).leaves(listed).fails("unlocker.not_found");
    }
    stage.call("keys remove").word(&passphrase).leaves(listed).fails("confirm.no_terminal");
    let call = stage.call("keys remove").word(&passphrase).typed("[y/N] ", b"no");
    call.leaves(listed).fails("confirm.declined");
    stage.call("keys remove --yes").word(&passphrase[..20]).leaves(listed).leaves(removed).done();
    let call = stage.call("keys remove -y").word(&key_file).leaves(listed);
    call.leaves("instance/unlocker_remove mismatch").fails("unlocker.last");
    let value = stage.mark(Mark::text("typed after keys remove"));
    stage.call("keys remove x").word(value.str()).fails("usage.invalid");
    wrong_key(stage, &key_file);
}

/// A key file of the right number, in which another key stands.
fn wrong_key(stage: &mut Stage, id: &str) {
    let right = fs::read_to_string(stage.key_file()).unwrap();
    let raw: Vec<u8> = (0..16).map(|at| u8::from_str_radix(&id[2 * at..2 * at + 2], 16).unwrap()).collect();
    let other = stage.mark(Mark::found("another key", b"thirty-two bytes of another key!"));
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let sum = coffer_encryption::hash::sha256(&[raw, other.bytes.clone()].concat());
    fs::write(stage.key_file(), format!("coffer-key-1 {id} {} {}\n", hex(&other.bytes), hex(&sum[..4])))
        .unwrap();
    stage.own_files.insert(stage.key_file(), vec![other.label.clone(), "the key of the key file".to_owned()]);
    stage.call("keys status").fails("key_file.wrong");
    fs::write(stage.key_file(), right).unwrap();
}

pub(crate) fn tenant_create(stage: &mut Stage) {
    let made = "instance/tenant_create done";
    stage.call("tenant create acme/eu").leaves(made).done();
    stage.call("tenant create acme/eu").leaves("instance/tenant_create mismatch").fails("name.exists");
    let value = stage.mark(Mark::text("a value of another tenant"));
    let call = stage.call("set A --stdin --tenant acme/eu").stdin(&value.bytes);
    call.leaves("acme/eu/secret_set done").done();
    let told = "instance/tenant_create done, acme/fr/tenant_create done";
    let call = stage.call("tenant create acme/fr --owner maya --ttl 1d").leaves(told);
    let said = call.unsearched().done();
    let at = said.find("ONCE-").unwrap();
    stage.mark(Mark::found("a first owner's code", &said.as_bytes()[at..at + 40]));
    stage.call("tenant create acme/us --owner me").fails("member.reserved");
    stage.call("tenant create acme/us --owner maya --ttl 8d").fails("code.lifetime");
    stage.call("tenant create acme/us --owner maya --ttl soon").fails("span.invalid");
    stage.call("tenant create Upper").fails("tenant.name_invalid");
    stage.call("tenant create").word("").fails("name.empty");
    stage.call("tenant create x").word(value.str()).fails("usage.invalid");
    let value = stage.mark(Mark::text("typed after tenant create --ttl"));
    stage.call("tenant create x --owner maya --ttl").word(value.head()).fails("span.invalid");
}

pub(crate) fn tenant_suspend(stage: &mut Stage) {
    let suspended = "instance/tenant_suspend done, tenant_suspend done";
    stage.call("tenant suspend default").leaves(suspended).done();
    stage.call("get A").leaves("secret_get refused").fails("tenant.suspended");
    stage.call("set A --generate").leaves("secret_set refused").fails("tenant.suspended");
    stage.call("run -- echo started").leaves("secret_list refused").fails("tenant.suspended");
    let listed = stage.call("tenant ls").leaves("instance/tenant_list done").done();
    assert!(listed.contains("suspended"), "{listed}");
    stage.call("audit verify --with-store").leaves("audit_verify done").done();
    stage.call("tenant resume default").leaves("instance/tenant_resume done, tenant_resume done").done();
    stage.call("tenant suspend nobody").leaves("instance/tenant_suspend absent").fails("tenant.not_found");
    let value = stage.mark(Mark::text("typed after tenant suspend"));
    stage.call("tenant suspend x").word(value.str()).fails("usage.invalid");
}

pub(crate) fn tenant_resume(stage: &mut Stage) {
    let resumed = "instance/tenant_resume done, tenant_resume done";
    stage.call("tenant suspend default").leaves("instance/tenant_suspend done, tenant_suspend done").done();
    stage.call("tenant resume default").leaves(resumed).done();
    let value = stage.marked("A, version 2");
    stage.call("get A").shows(&[&value]).leaves("secret_get done").done();
    stage.call("tenant resume default").leaves(resumed).done();
    stage.call("tenant resume nobody").leaves("instance/tenant_resume absent").fails("tenant.not_found");
    let value = stage.mark(Mark::text("typed after tenant resume"));
    stage.call("tenant resume x").word(value.str()).fails("usage.invalid");
}

pub(crate) fn tenant_show(stage: &mut Stage) {
    let shown = stage.call("tenant show default").leaves("instance/tenant_show done").done();
    assert!(shown.to_lowercase().contains("versions"), "{shown}");
    stage.call("tenant show nobody").leaves("instance/tenant_show absent").fails("tenant.not_found");
    let value = stage.mark(Mark::text("typed after tenant show"));
    stage.call("tenant show x").word(value.str()).fails("usage.invalid");
}

pub(crate) fn tenant_quota(stage: &mut Stage) {
    let set = "instance/tenant_quota done, tenant_quota done";
    stage.call("tenant quota default --secrets 1 --versions none --bytes 9 --requests 7").leaves(set).done();
    let value = stage.mark(Mark::text("a value that there is no room for"));
    let call = stage.call("set ONE_MORE --stdin").stdin(&value.bytes);
    call.leaves("secret_set refused").fails("quota.exceeded");
    stage.call("rotate A").leaves("secret_rotate refused").fails("quota.exceeded");
    stage.call("tenant quota default --secrets none --bytes none --requests none").leaves(set).done();
    let value = stage.mark(Mark::text("a value that there is room for"));
    stage.call("set ONE_MORE --stdin").stdin(&value.bytes).leaves("secret_set done").done();
    stage
        .call("tenant quota nobody --secrets 1")
        .leaves("instance/tenant_quota absent")
        .fails("tenant.not_found");
    let value = stage.mark(Mark::text("typed after tenant quota"));
    stage.call("tenant quota x --secrets 1").word(value.str()).fails("usage.invalid");
    stage.call("tenant quota x --secrets").word(value.head()).fails("usage.invalid");
    stage.call("tenant quota x").fails("usage.invalid");
    let invalid = "instance/tenant_quota invalid";
    stage.call("tenant quota default --bytes 9007199254740992").leaves(invalid).fails("quota.too_large");
    stage.call("tenant quota default --requests 0").leaves(invalid).fails("quota.too_small");
    stage.call("tenant quota default --members 0").leaves(set).done();
    stage.call("member create nobody").leaves("member_create refused").fails("quota.exceeded");
    stage.call("tenant quota default --members none").leaves(set).done();
}

pub(crate) fn tenant_set(stage: &mut Stage) {
    let set = "instance/tenant_set done, tenant_set done";
    stage
        .call("tenant set default --residency EU --read-durability synced --token-max 8h")
        .leaves(set)
        .done();
    let value = stage.mark(Mark::text("a value that has to stay elsewhere"));
    let call = stage.call("set A --stdin --residency US").stdin(&value.bytes);
    call.leaves("secret_set invalid").fails("tenant.residency");
    let call = stage.call("set A --stdin --residency EU").stdin(&value.bytes);
    call.leaves("secret_set done").done();
    stage.call("member create maya").leaves("member_create done").done();
    let long = "token create --member maya --ttl 9h";
    stage.call(long).leaves("token_create invalid").fails("token.lifetime");
    let listed = stage.call("tenant ls").leaves("instance/tenant_list done").done();
    assert!(listed.contains("EU"), "{listed}");
    let shown = stage.call("tenant show default").leaves("instance/tenant_show done").done();
    assert!(!shown.is_empty());
    let undone = "instance/tenant_undo done, tenant_undo done";
    stage.call("tenant undo default").leaves(undone).done();
    stage
        .call("tenant set default --residency")
        .word(&"E".repeat(65))
        .leaves("instance/tenant_set invalid")
        .fails("tenant.residency_invalid");
    stage
        .call("tenant set default --token-max 400d")
        .leaves("instance/tenant_set invalid")
        .fails("tenant.token_lifetime");
    stage
        .call("tenant set nobody --residency EU")
        .leaves("instance/tenant_set absent")
        .fails("tenant.not_found");
    stage.call("tenant create acme/eu").leaves("instance/tenant_create done").done();
    stage.call("tenant create acme").leaves("instance/tenant_create done").done();
    stage.call("tenant set default --read-durability written").leaves(set).done();
    let by_parent = "acme/tenant_set done, instance/tenant_set done, acme/eu/tenant_set done";
    stage.call("tenant set acme/eu --residency EU --tenant acme").leaves(by_parent).done();
    stage.call("tenant set default").fails("usage.invalid");
    let value = stage.mark(Mark::text("typed after tenant set"));
    stage.call("tenant set default --residency EU").word(value.str()).fails("usage.invalid");
}

pub(crate) fn tenant_undo(stage: &mut Stage) {
    let set = "instance/tenant_quota done, tenant_quota done";
    let undone = "instance/tenant_undo done, tenant_undo done";
    stage.call("tenant undo default").leaves("instance/tenant_undo absent").fails("undo.nothing");
    stage.call("tenant quota default --secrets 1").leaves(set).done();
    stage.call("tenant quota default --secrets 2").leaves(set).done();
    stage.call("tenant undo default").leaves(undone).done();
    stage.call("tenant undo nobody").leaves("instance/tenant_undo absent").fails("tenant.not_found");
    let value = stage.mark(Mark::text("typed after tenant undo"));
    stage.call("tenant undo x").word(value.str()).fails("usage.invalid");
}

pub(crate) fn tenant_rename(stage: &mut Stage) {
    let made = "instance/tenant_create done";
    stage.call("tenant create acme").leaves(made).done();
    stage.call("tenant create beta").leaves(made).done();
    let value = stage.mark(Mark::text("a value of a tenant with another name"));
    stage.call("set A --stdin --tenant acme").stdin(&value.bytes).leaves("moved/secret_set done").done();
    let renamed = "instance/tenant_rename done, moved/tenant_rename done";
    stage.call("tenant rename acme moved").leaves(renamed).done();
    let get = stage.call("get A --tenant moved").shows(&[&value]);
    get.leaves("moved/secret_get done").done();
    stage.call("get A --tenant acme").leaves("instance/tenant_list absent").fails("tenant.not_found");
    let mismatch = "instance/tenant_rename mismatch";
    stage.call("tenant rename moved beta").leaves(mismatch).fails("name.exists");
    stage.call("tenant create moved/below").leaves(made).done();
    stage.call("tenant rename moved acme").leaves(mismatch).fails("tenant.has_children");
    stage.call("tenant rename acme other").leaves("instance/tenant_rename absent").fails("tenant.not_found");
    stage.call("tenant rename beta Upper").fails("tenant.name_invalid");
    stage.call("tenant rename default other").fails("tenant.not_confirmed");
    stage.call("tenant rename default other --confirm beta").fails("tenant.not_confirmed");
    let value = stage.mark(Mark::text("typed after tenant rename"));
    stage.call("tenant rename beta x").word(value.str()).fails("usage.invalid");
    stage.call("tenant rename beta").word(value.str()).fails("tenant.name_invalid");
}

/// What an erasure leaves: the entry that destroys the keys, one for each slice, and the last.
pub(crate) const ERASED: &str =
    "instance/tenant_erase done, instance/system: tenant_sweep done, instance/system: tenant_sweep done";

/// Locks `acme`; its code.
fn lock(stage: &mut Stage) -> Mark {
    let call = stage.call("tenant lock acme --confirm acme");
    let said = call.leaves("acme/tenant_lock done, instance/tenant_lock done").unsearched().done();
    let at = said.find("LOCK-").unwrap();
    stage.mark(Mark::found("a lock code", &said.as_bytes()[at..at + 40]))
}

pub(crate) fn tenant_lock(stage: &mut Stage) {
    stage.call("tenant create acme").leaves("instance/tenant_create done").done();
    let value = stage.mark(Mark::text("a value of a tenant that is locked"));
    stage.call("set A --stdin --tenant acme").stdin(&value.bytes).leaves("acme/secret_set done").done();
    stage.call("tenant lock acme").fails("usage.invalid");
    stage.call("tenant lock acme --confirm amce").fails("tenant.not_confirmed");
    stage.call("tenant lock acme --confirm acme --tenant default").fails("tenant.two_names");
    stage.call("tenant lock Upper --confirm Upper").fails("tenant.name_invalid");
    let absent = "instance/tenant_list absent";
    stage.call("tenant lock nobody --confirm nobody").leaves(absent).unsearched().fails("tenant.not_found");
    let code = lock(stage);
    stage.call("get A --tenant acme").fails("tenant.locked");
    stage.call("set A --generate --tenant acme").fails("tenant.locked");
    stage.call("tenant lock acme --confirm acme").unsearched().fails("tenant.locked");
    let listed = stage.call("tenant ls").leaves("instance/tenant_list done").done();
    assert!(listed.contains("acme (locked)") || listed.contains("\"locked\":[\"acme\"]"), "{listed}");
    stage.call("tenant suspend acme").leaves("instance/tenant_suspend refused").fails("tenant.locked");
    let value = stage.mark(Mark::text("typed after tenant lock"));
    stage.call("tenant lock acme --confirm").word(value.str()).fails("tenant.not_confirmed");
    stage.call("tenant lock acme --confirm acme").word(value.str()).fails("usage.invalid");
    let unlocked = "instance/system: tenant_unlock done, acme/system: tenant_unlock done";
    stage.call("tenant unlock acme --stdin").stdin(&code.bytes).leaves(unlocked).done();
}

pub(crate) fn tenant_unlock(stage: &mut Stage) {
    stage.call("tenant create acme").leaves("instance/tenant_create done").done();
    let first = lock(stage);
    let unlocked = "instance/system: tenant_unlock done, acme/system: tenant_unlock done";
    stage.call("tenant unlock acme").word(first.str()).fails("value.in_arguments");
    stage.call("tenant unlock acme --stdin").stdin(&first.bytes[..20]).fails("lock.code_mistyped");
    stage.call("tenant unlock acme --stdin").fails("value.empty");
    stage.call("tenant unlock default --stdin").stdin(&first.bytes).fails("lock.code_wrong");
    stage.call("tenant unlock acme --stdin --tenant default").stdin(&first.bytes).fails("tenant.two_names");
    stage.call("tenant unlock acme").typed("the lock code: ", &first.bytes).leaves(unlocked).done();
    let second = lock(stage);
    stage.call("tenant unlock acme --stdin").stdin(&first.bytes).fails("lock.code_wrong");
    stage.own_file("code", second.str(), &[&second]);
    stage.call("tenant unlock acme --file code").leaves(unlocked).done();
    let third = lock(stage);
    let served = Served::start(stage);
    served.call(stage, "tenant unlock acme --stdin").stdin(&second.bytes).fails("lock.code_wrong");
    served.call(stage, "tenant unlock acme --stdin").stdin(&third.bytes).leaves(unlocked).done();
}

pub(crate) fn tenant_erase(stage: &mut Stage) {
    let made = "instance/tenant_create done";
    stage.call("tenant create doomed").leaves(made).done();
    let value = stage.mark(Mark::text("a value of a tenant that is erased"));
    let call = stage.call("set A --stdin --tenant doomed").stdin(&value.bytes);
    call.leaves("doomed/secret_set done").done();
    stage.call("tenant erase doomed --confirm domed").fails("tenant.not_confirmed");
    stage.call("tenant erase doomed").fails("usage.invalid");
    let long = "tenant erase doomed --confirm doomed --backups-kept 36501";
    stage.call(long).fails("tenant.backups_too_long");
    stage.call("tenant create doomed/below").leaves(made).done();
    let children = stage.call("tenant erase doomed --confirm doomed");
    children.leaves("instance/tenant_erase mismatch").fails("tenant.has_children");
    stage.call("tenant erase doomed/below --confirm doomed/below").leaves(ERASED).done();
    let erase = "tenant erase doomed --confirm doomed --backups-kept 35 --out doomed.erased";
    stage.call(erase).leaves(ERASED).leaves("instance/tenant_certificate done").done();
    stage.call("get A --tenant doomed").leaves("instance/tenant_list absent").fails("tenant.not_found");
    stage.call(erase).leaves("instance/tenant_erase absent").fails("tenant.not_found");
    let value = stage.mark(Mark::text("typed after tenant erase"));
    stage.call("tenant erase x --confirm x").word(value.str()).fails("usage.invalid");
    stage.call("tenant erase x --confirm").word(value.str()).fails("tenant.not_confirmed");
}

pub(crate) fn tenant_certificate(stage: &mut Stage) {
    stage.call("tenant create doomed").leaves("instance/tenant_create done").done();
    stage.call("tenant erase doomed --confirm doomed").leaves(ERASED).done();
    let certified = "instance/tenant_certificate done";
    let shown = stage.call("tenant certificate doomed").leaves(certified).done();
    let id = shown.split("\\ntenant ").nth(1).and_then(|rest| rest.get(..32)).unwrap().to_owned();
    stage.call(&format!("tenant certificate doomed --id {id}")).leaves(certified).done();
    let absent = "instance/tenant_certificate absent";
    let other = "tenant certificate doomed --id 00000000000000000000000000000000";
    stage.call(other).leaves(absent).fails("erasure.not_found");
    stage.call("tenant certificate nobody").leaves(absent).fails("erasure.not_found");
    let value = stage.mark(Mark::text("typed after tenant certificate"));
    stage.call("tenant certificate doomed --id").word(value.str()).fails("tenant.id");
    stage.call("tenant certificate doomed").word(value.str()).fails("usage.invalid");
}

pub(crate) fn tenant_ls(stage: &mut Stage) {
    stage.call("tenant ls").leaves("instance/tenant_list done").done();
    stage.call("tenant create acme/eu").leaves("instance/tenant_create done").done();
    let below = stage.call("tenant ls --below acme").leaves("instance/tenant_list done").done();
    assert!(below.contains("acme/eu") && !below.contains("default"), "{below}");
    stage.call("tenant ls --below Upper").fails("tenant.name_invalid");
    // As a member of a tenant: those below it, in the log of that.
    stage.call("tenant create acme").leaves("instance/tenant_create done").done();
    let below = stage.call("tenant ls --tenant acme").leaves("acme/tenant_list done").done();
    assert!(below.contains("acme/eu") && !below.contains("default"), "{below}");
    let made = "acme/tenant_create done, instance/tenant_create done";
    stage.call("tenant create acme/us --tenant acme").leaves(made).done();
    let invalid = "acme/tenant_create invalid";
    stage.call("tenant create other --tenant acme").leaves(invalid).fails("tenant.not_below");
    let suspended = "acme/tenant_suspend done, instance/tenant_suspend done, acme/us/tenant_suspend done";
    stage.call("tenant suspend acme/us --tenant acme").leaves(suspended).done();
    stage.call("tenant show acme --tenant acme").leaves("acme/tenant_show absent").fails("tenant.not_found");
    let set = "acme/tenant_quota done, instance/tenant_quota done, acme/us/tenant_quota done";
    stage.call("tenant quota acme/us --members 1 --tenant acme").leaves(set).done();
    let undone = "acme/tenant_undo done, instance/tenant_undo done, acme/us/tenant_undo done";
    stage.call("tenant undo acme/us --tenant acme").leaves(undone).done();
    stage
        .call("tenant quota acme --members 9")
        .leaves("instance/tenant_quota done, acme/tenant_quota done")
        .done();
    let invalid = "acme/tenant_quota invalid";
    let beyond = "tenant quota acme/us --members 10 --tenant acme";
    stage.call(beyond).leaves(invalid).fails("quota.beyond_own");
    stage.call("tenant certificate acme/us --tenant acme").fails("tenant.of_instance");
    let value = stage.mark(Mark::text("typed after tenant ls"));
    stage.call("tenant ls --below").word(value.str()).fails("tenant.name_invalid");
    stage.call("tenant ls").word(value.str()).fails("usage.invalid");
}
