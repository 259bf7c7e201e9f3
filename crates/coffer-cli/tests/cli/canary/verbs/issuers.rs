//! `coffer issuer`: whose tokens are trusted. Neither a file that was named by mistake nor what was typed is repeated.

use super::super::{Mark, Stage};

const KEYS: &str =
    r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

/// One that is there, with somebody to mean.
fn trusted(stage: &mut Stage, words: &str, log: &str) {
    stage.call(&format!("member create maya {words}")).leaves(&format!("{log}member_create done")).done();
    let call = stage.call(&format!("issuer add ci https://ci.example --audience a {words}"));
    call.leaves(&format!("{log}issuer_create done")).done();
}

pub(crate) fn add(stage: &mut Stage) {
    let made = "issuer_create done";
    stage
        .call("issuer add github https://github.example --audience a --audience b --algorithm RS256 --algorithm EdDSA")
        .leaves(made)
        .done();
    let like = "--jwks-uri https://x.example/keys --leeway 60 --once --token-ttl 15m";
    stage.call(&format!("issuer add x https://x.example --audience a {like}")).leaves(made).done();
    stage.own_file("jwks.json", KEYS, &[]);
    stage.call("issuer add y y --audience a --jwks-file jwks.json").leaves(made).done();
    stage
        .call("issuer add z https://z.example --audience a --instance")
        .leaves("instance/issuer_create done")
        .done();
    stage
        .call("issuer add x https://other.example --audience a")
        .leaves("issuer_create mismatch")
        .fails("name.exists");
    stage.call("issuer add v https://v.example").fails("issuer.invalid");
    stage.call("issuer add v http://v.example --audience a").fails("issuer.invalid");
    stage.call("issuer add v https://v.example --audience a --algorithm HS256").fails("issuer.algorithm");
    stage.call("issuer add v https://v.example --audience a --token-ttl soon").fails("span.invalid");
    stage
        .call("issuer add v https://v.example --audience a --jwks-uri x --jwks-file y")
        .fails("usage.invalid");
    let private = stage.mark(Mark::text("a key that signs"));
    let file = format!(r#"{{"keys":[{{"kty":"oct","k":"{}"}}]}}"#, private.str());
    stage.own_file("private.json", file, &[&private]);
    stage
        .call("issuer add v https://v.example --audience a --jwks-file private.json")
        .fails("issuer.key_file");
    let value = stage.mark(Mark::text("typed after issuer add"));
    stage.call("issuer add x y").word(value.str()).fails("usage.invalid");
}

pub(crate) fn bind(stage: &mut Stage) {
    trusted(stage, "", "");
    trusted(stage, "--instance", "instance/");
    let changed = "issuer_change done";
    stage.call("issuer bind ci --claim sub=repo:acme/* --claim /a/b=c --member maya").leaves(changed).done();
    stage
        .call("issuer bind ci --claim sub=a --member maya --instance")
        .leaves("instance/issuer_change done")
        .done();
    stage
        .call("issuer bind ci --claim sub=a --member nobody")
        .leaves("issuer_change absent")
        .fails("member.not_found");
    stage
        .call("issuer bind none --claim sub=a --member maya")
        .leaves("issuer_change absent")
        .fails("issuer.not_found");
    stage.call("issuer bind ci --claim sub=* --member maya").fails("binding.invalid");
    let value = stage.mark(Mark::text("typed after issuer bind"));
    stage.call("issuer bind ci --member maya --claim").word(value.head()).fails("binding.claim");
    stage.call("issuer bind ci --member maya --claim a=b").word(value.str()).fails("usage.invalid");
}

pub(crate) fn unbind(stage: &mut Stage) {
    trusted(stage, "", "");
    trusted(stage, "--instance", "instance/");
    for (words, log) in [("", ""), ("--instance", "instance/")] {
        let changed = format!("{log}issuer_change done");
        stage.call(&format!("issuer bind ci --claim sub=a --member maya {words}")).leaves(&changed).done();
        let listed = format!("{log}issuer_list done, {changed}");
        stage.call(&format!("issuer unbind ci --claim sub=a {words}")).leaves(&listed).done();
    }
    stage.call("issuer unbind ci --claim sub=a").leaves("issuer_list done").fails("binding.not_found");
    let absent = "issuer_list done, issuer_change absent";
    stage.call("issuer unbind none --claim sub=a").leaves(absent).fails("issuer.not_found");
    let value = stage.mark(Mark::text("typed after issuer unbind"));
    stage.call("issuer unbind ci --claim a=b").word(value.str()).fails("usage.invalid");
}

pub(crate) fn change(stage: &mut Stage) {
    trusted(stage, "", "");
    trusted(stage, "--instance", "instance/");
    stage.own_file("jwks.json", KEYS, &[]);
    for words in [
        "--audience b --algorithm ES256 --leeway 5 --token-ttl 1h --once",
        "--often --jwks-uri https://ci.example/keys",
        "--jwks-file jwks.json",
        "--discovery",
    ] {
        stage.call(&format!("issuer change ci {words}")).leaves("issuer_change done").done();
    }
    stage.call("issuer change ci --once --instance").leaves("instance/issuer_change done").done();
    stage.call("issuer change ci").fails("issuer.no_change");
    stage.call("issuer change ci --leeway 301").leaves("issuer_change invalid").fails("issuer.invalid");
    stage.call("issuer change ci --once --often").fails("usage.invalid");
    let value = stage.mark(Mark::text("typed after issuer change"));
    stage.call("issuer change ci").word(value.str()).fails("usage.invalid");
}

pub(crate) fn ls(stage: &mut Stage) {
    trusted(stage, "", "");
    stage.call("issuer ls").leaves("issuer_list done").done();
    stage.call("issuer bind ci --claim sub=a --member maya").leaves("issuer_change done").done();
    stage.call("issuer ls").leaves("issuer_list done").done();
    stage.call("issuer ls --instance").leaves("instance/issuer_list done").done();
    let value = stage.mark(Mark::text("typed after issuer ls"));
    stage.call("issuer ls").word(value.str()).fails("usage.invalid");
}

pub(crate) fn rm(stage: &mut Stage) {
    trusted(stage, "", "");
    trusted(stage, "--instance", "instance/");
    stage.call("issuer rm ci").leaves("issuer_remove done").done();
    stage.call("issuer rm ci").leaves("issuer_remove absent").fails("issuer.not_found");
    stage.call("issuer rm ci --instance").leaves("instance/issuer_remove done").done();
    let value = stage.mark(Mark::text("typed after issuer rm"));
    stage.call("issuer rm ci").word(value.str()).fails("usage.invalid");
}

pub(crate) fn undo(stage: &mut Stage) {
    trusted(stage, "", "");
    trusted(stage, "--instance", "instance/");
    stage.call("issuer rm ci").leaves("issuer_remove done").done();
    stage.call("issuer undo ci").leaves("issuer_undo done").done();
    stage.call("issuer ls").leaves("issuer_list done").done();
    stage.call("issuer undo nobody").leaves("issuer_undo absent").fails("undo.nothing");
    stage.call("issuer undo ci --instance").leaves("instance/issuer_undo done").done();
    let value = stage.mark(Mark::text("typed after issuer undo"));
    stage.call("issuer undo ci").word(value.str()).fails("usage.invalid");
}
