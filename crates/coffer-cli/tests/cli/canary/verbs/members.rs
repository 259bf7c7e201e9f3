//! `coffer member`, `coffer token`: who may use the store from elsewhere.

use super::super::{Mark, Stage};

pub(crate) fn create(stage: &mut Stage) {
    stage.call("member create me").fails("member.reserved");
    let made = "member_create done";
    stage.call("member create maya --kind human --grant owner:** --grant reader:prod/**").leaves(made).done();
    stage.call("member create shop --kind service").leaves(made).done();
    stage.call("policy set ci -").stdin(b"").leaves("policy_set done").done();
    stage.call("group create ops").leaves("group_set done").done();
    let about = stage
        .call("member create bot --kind agent --policy ci --group ops --owner maya --purpose")
        .word("builds the shop");
    about.leaves(made).done();
    stage.call("member create temp --expires 90d").leaves(made).done();
    stage.call("member create temp --expires soon").fails("moment.invalid");
    stage.call("member create y --group missing").leaves("member_create absent").fails("access.not_found");
    let many = " --policy ci".repeat(33);
    let many = stage.call(&format!("member create y{many}"));
    many.leaves("member_create invalid").fails("member.too_many_policies");
    let many = " --group ops".repeat(33);
    let many = stage.call(&format!("member create y{many}"));
    many.leaves("member_create invalid").fails("member.too_many_groups");
    stage
        .call("member create operator --instance --grant admin:**")
        .leaves("instance/member_create done")
        .done();
    stage.call("member create maya").leaves("member_create mismatch").fails("name.exists");
    let value = stage.mark(Mark::text("typed after member create"));
    stage.call("member create x --grant").word(value.head()).fails("grant.role");
    stage.call("member create x --grant reader:").fails("pattern.empty");
    stage.call("member create local").fails("member.name_invalid");
    let many = " --grant reader:a".repeat(257);
    let many = stage.call(&format!("member create x{many}"));
    many.leaves("member_create invalid").fails("member.too_many_grants");
    stage.call("member create x").word(value.str()).fails("usage.invalid");
    stage.call("member create x --kind").word(value.head()).fails("usage.invalid");
}

pub(crate) fn change(stage: &mut Stage) {
    let changed = "member_change done";
    stage.call("member create maya").leaves("member_create done").done();
    stage.call("member create operator --instance").leaves("instance/member_create done").done();
    for words in [
        "--grant reader:prod/** --disable",
        "--no-grants",
        "--enable",
        "--owner leo --purpose shop --expires 90d",
    ] {
        stage.call(&format!("member change maya {words}")).leaves(changed).done();
    }
    stage.call("member change operator --instance --disable").leaves("instance/member_change done").done();
    stage.call("member change nobody --disable").leaves("member_change absent").fails("member.not_found");
    stage.call("member change maya").fails("member.no_change");
    let value = stage.mark(Mark::text("typed after member change"));
    stage.call("member change x").word(value.str()).fails("usage.invalid");
}

pub(crate) fn enable(stage: &mut Stage) {
    stage.call("member create maya").leaves("member_create done").done();
    stage.call("member change maya --disable").leaves("member_change done").done();
    stage.call("member enable maya").leaves("member_change done").done();
    stage.call("member create operator --instance").leaves("instance/member_create done").done();
    stage.call("member enable operator --instance").leaves("instance/member_change done").done();
    stage.call("member enable nobody").leaves("member_change absent").fails("member.not_found");
    let value = stage.mark(Mark::text("typed after member enable"));
    stage.call("member enable maya").word(value.str()).fails("usage.invalid");
}

pub(crate) fn undo(stage: &mut Stage) {
    let changed = "member_change done";
    stage.call("member create maya").leaves("member_create done").done();
    stage.call("member undo maya").leaves("member_undo absent").fails("undo.nothing");
    for words in ["--grant reader:prod/**", "--disable"] {
        stage.call(&format!("member change maya {words}")).leaves(changed).done();
    }
    stage.call("member undo maya").leaves("member_undo done").done();
    stage.call("member create operator --instance").leaves("instance/member_create done").done();
    stage.call("member change operator --instance --disable").leaves("instance/member_change done").done();
    stage.call("member undo operator --instance").leaves("instance/member_undo done").done();
    stage.call("member undo nobody").leaves("member_undo absent").fails("member.not_found");
    let value = stage.mark(Mark::text("typed after member undo"));
    stage.call("member undo x").word(value.str()).fails("usage.invalid");
}

pub(crate) fn code(stage: &mut Stage) {
    stage.call("member create maya").leaves("member_create done").done();
    stage.call("member create maya --instance").leaves("instance/member_create done").done();
    for (words, log) in [("", ""), ("--ttl 30m", ""), ("--instance --ttl 1d", "instance/")] {
        let call = stage.call(&format!("member code maya {words}"));
        let said = call.leaves(&format!("{log}member_code done")).unsearched().done();
        let at = said.find("ONCE-").unwrap();
        stage.mark(Mark::found("a code", &said.as_bytes()[at..at + 40]));
    }
    stage.call("member code nobody").leaves("member_code absent").fails("member.not_found");
    stage.call("member code maya --ttl soon").fails("span.invalid");
    stage.call("member code maya --ttl 0m").fails("code.lifetime");
    stage.call("member code maya --ttl 8d").fails("code.lifetime");
    stage.call("member change maya --disable").leaves("member_change done").done();
    stage.call("member code maya").leaves("member_code mismatch").fails("member.disabled");
    let value = stage.mark(Mark::text("typed after member code"));
    stage.call("member code maya").word(value.str()).fails("usage.invalid");
    stage.call("member code maya --ttl").word(value.head()).fails("span.invalid");
}

pub(crate) fn unlock(stage: &mut Stage) {
    for (words, log) in [("", ""), ("--instance", "instance/")] {
        stage.call(&format!("member create maya {words}")).leaves(&format!("{log}member_create done")).done();
        let call = stage.call(&format!("member unlock maya {words}"));
        call.leaves(&format!("{log}member_unlock done")).done();
    }
    stage.call("member unlock nobody").leaves("member_unlock absent").fails("member.not_found");
    let value = stage.mark(Mark::text("typed after member unlock"));
    stage.call("member unlock x").word(value.str()).fails("usage.invalid");
}

pub(crate) fn ls(stage: &mut Stage) {
    stage.call("member ls").leaves("member_list done").done();
    stage.call("member ls --instance").leaves("instance/member_list done").done();
    let value = stage.mark(Mark::text("typed after member ls"));
    stage.call("member ls").word(value.str()).fails("usage.invalid");
}

pub(crate) fn token_create(stage: &mut Stage) {
    stage.call("member create maya").leaves("member_create done").done();
    stage.call("member create maya --instance").leaves("instance/member_create done").done();
    for (words, log) in [
        ("--ttl 30m --max-ttl 7d --uses 3 --network 10.0.0.0/8 --label shop", ""),
        ("--instance", "instance/"),
    ] {
        let call = stage.call(&format!("token create --member maya {words}"));
        let said = call.leaves(&format!("{log}token_create done")).unsearched().done();
        let at = said.find("coffer_").unwrap();
        stage.mark(Mark::found("a token", &said.as_bytes()[at..at + 55]));
    }
    stage.call("token create --member nobody").leaves("token_create absent").fails("member.not_found");
    stage.call("token create --member maya --ttl soon").fails("span.invalid");
    stage.call("token create --member maya --ttl 0m").fails("token.lifetime");
    stage.call("token create --member maya --uses 0").fails("token.uses");
    let many = " --network ::1".repeat(33);
    stage.call(&format!("token create --member maya{many}")).fails("token.networks");
    stage.call("member change maya --disable").leaves("member_change done").done();
    stage.call("token create --member maya").leaves("token_create mismatch").fails("member.disabled");
    let value = stage.mark(Mark::text("typed after token create"));
    stage.call("token create --member maya").word(value.str()).fails("usage.invalid");
    stage.call("token create --member maya --network").word(value.head()).fails("network.invalid");
    stage.call("token create --member maya --uses").word(value.head()).fails("usage.invalid");
}

/// Makes a token; its id.
pub(crate) fn make(stage: &mut Stage, words: &str, log: &str) -> String {
    let made = format!("{log}member_create done");
    stage.call(&format!("member create shop {words}")).leaves(&made).done();
    let call = stage.call(&format!("token create --member shop {words}"));
    call.leaves(&format!("{log}token_create done")).unsearched().done();
    let call = stage.call(&format!("token ls {words}"));
    let listed = call.leaves(&format!("{log}token_list done, {log}member_list done")).done();
    let is_id = |word: &&str| word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    listed.split(|letter: char| !letter.is_ascii_alphanumeric()).find(is_id).unwrap().to_owned()
}

pub(crate) fn token_ls(stage: &mut Stage) {
    make(stage, "", "");
    make(stage, "--instance", "instance/");
    let value = stage.mark(Mark::text("typed after token ls"));
    stage.call("token ls").word(value.str()).fails("usage.invalid");
}

pub(crate) fn token_revoke(stage: &mut Stage) {
    let id = make(stage, "", "");
    stage.call("token revoke").word(&id).leaves("token_revoke done").done();
    let id = make(stage, "--instance", "instance/");
    stage.call("token revoke").word(&id).leaves("token_revoke absent").fails("token.not_found");
    stage.call("token revoke --instance").word(&id).leaves("instance/token_revoke done").done();
    let value = stage.mark(Mark::text("typed after token revoke"));
    stage.call("token revoke").word(value.head()).fails("token.id");
    stage.call("token revoke x").word(value.str()).fails("usage.invalid");
}

/// Makes a client secret, which is not to be told; its client id, its id.
pub(crate) fn make_client_secret(
    stage: &mut Stage,
    member: &str,
    words: &str,
    log: &str,
) -> (Mark, String, String) {
    let call = stage.call(&format!("client-secret create {member} --json {words}"));
    let said = call.leaves(&format!("{log}client_secret_create done")).unsearched().done();
    let made: serde_json::Value = serde_json::from_str(&said).unwrap();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let secret = stage.mark(Mark::found("a client secret", text("client_secret").as_bytes()));
    (secret, text("client_id"), text("id"))
}

pub(crate) fn client_secret_create(stage: &mut Stage) {
    stage.call("member create maya").leaves("member_create done").done();
    stage.call("member create maya --instance").leaves("instance/member_create done").done();
    let made = "client_secret_create done";
    for (words, log) in
        [("--ttl 7d --uses 3 --network 10.0.0.0/8 --label build", ""), ("--instance", "instance/")]
    {
        let call = stage.call(&format!("client-secret create maya {words}"));
        let said = call.leaves(&format!("{log}{made}")).unsearched().done();
        let at = said.find("CLNT-").unwrap();
        stage.mark(Mark::found("a client secret", &said.as_bytes()[at..at + 40]));
    }
    make_client_secret(stage, "maya", "", "");
    stage.call("client-secret create nobody").leaves("client_secret_create absent").fails("member.not_found");
    stage.call("client-secret create maya --ttl soon").fails("span.invalid");
    stage.call("client-secret create maya --ttl 0m").fails("client_secret.lifetime");
    stage.call("client-secret create maya --uses 0").fails("client_secret.uses");
    let many = " --network ::1".repeat(33);
    stage.call(&format!("client-secret create maya{many}")).fails("client_secret.networks");
    for _ in 2..16 {
        make_client_secret(stage, "maya", "", "");
    }
    stage
        .call("client-secret create maya")
        .leaves("client_secret_create invalid")
        .fails("client_secret.too_many");
    stage.call("member change maya --disable").leaves("member_change done").done();
    let call = stage.call("client-secret create maya");
    call.leaves("client_secret_create mismatch").fails("member.disabled");
    let value = stage.mark(Mark::text("typed after client-secret create"));
    stage.call("client-secret create maya").word(value.str()).fails("usage.invalid");
    stage.call("client-secret create maya --network").word(value.head()).fails("network.invalid");
    stage.call("client-secret create maya --uses").word(value.head()).fails("usage.invalid");
}

pub(crate) fn client_secret_ls(stage: &mut Stage) {
    for (words, log) in [("", ""), ("--instance", "instance/")] {
        stage.call(&format!("member create maya {words}")).leaves(&format!("{log}member_create done")).done();
        make_client_secret(stage, "maya", words, log);
        let call = stage.call(&format!("client-secret ls {words}"));
        call.leaves(&format!("{log}client_secret_list done, {log}member_list done")).done();
    }
    let value = stage.mark(Mark::text("typed after client-secret ls"));
    stage.call("client-secret ls").word(value.str()).fails("usage.invalid");
}

pub(crate) fn client_secret_revoke(stage: &mut Stage) {
    for (words, log) in [("", ""), ("--instance", "instance/")] {
        stage.call(&format!("member create maya {words}")).leaves(&format!("{log}member_create done")).done();
        let (_, client, id) = make_client_secret(stage, "maya", words, log);
        let call = stage.call(&format!("client-secret revoke {words}")).word(&client);
        call.leaves(&format!("{log}client_secret_revoke absent")).fails("client_secret.not_found");
        let call = stage.call(&format!("client-secret revoke {words}")).word(&id);
        call.leaves(&format!("{log}client_secret_revoke done")).done();
    }
    let value = stage.mark(Mark::text("typed after client-secret revoke"));
    stage.call("client-secret revoke").word(value.head()).fails("client_secret.id");
    stage.call("client-secret revoke x").word(value.str()).fails("usage.invalid");
}
