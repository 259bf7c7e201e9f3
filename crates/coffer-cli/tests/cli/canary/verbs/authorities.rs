//! `coffer authority`: whose certificates are trusted. A key that was named by mistake is sent nowhere, and not repeated.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType, IsCa,
    KeyIdMethod, KeyPair, KeyUsagePurpose, SerialNumber, date_time_ymd,
};

use super::super::{Mark, Stage};

/// An authority.
pub(crate) fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "machines");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A list of an authority's which revokes nobody.
pub(crate) fn list(of: &CertifiedIssuer<'static, KeyPair>) -> String {
    let list = CertificateRevocationListParams {
        this_update: date_time_ymd(2025, 1, 1),
        next_update: date_time_ymd(2125, 1, 1),
        crl_number: SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    list.signed_by(of).unwrap().pem().unwrap()
}

/// The file of one, in the project.
pub(crate) fn file(stage: &mut Stage) -> &'static str {
    stage.own_file("ca.pem", authority().pem(), &[]);
    "ca.pem"
}

/// One that is there, with somebody to mean.
fn trusted(stage: &mut Stage, words: &str, log: &str) {
    file(stage);
    stage.call(&format!("member create maya {words}")).leaves(&format!("{log}member_create done")).done();
    let call = stage.call(&format!("authority set ci ca.pem --cn a --member maya {words}"));
    call.leaves(&format!("{log}authority_set done")).done();
}

pub(crate) fn set(stage: &mut Stage) {
    let made = authority();
    stage.own_file("new.pem", made.pem(), &[]);
    stage.own_file("crl.pem", list(&made), &[]);
    trusted(stage, "", "");
    trusted(stage, "--instance", "instance/");
    let set = "authority_set done";
    let names = "--san dns:*.ci.example.com --san uri:spiffe://example.com/prod/* --san email:ci@example.com --cn build";
    stage
        .call(&format!(
            "authority set x new.pem {names} --member maya --crl crl.pem --token-ttl 15m --unbound"
        ))
        .leaves(set)
        .done();
    stage.call("authority set x --no-crl --bound").leaves(set).done();
    stage.call("authority set x").fails("authority.no_change");
    stage.call("authority set y new.pem --cn a").leaves("authority_set invalid").fails("authority.invalid");
    stage
        .call("authority set y new.pem --member maya")
        .leaves("authority_set invalid")
        .fails("authority.invalid");
    stage
        .call("authority set y new.pem --cn a --member nobody")
        .leaves("authority_set absent")
        .fails("member.not_found");
    stage.call("authority set y new.pem --san dns:* --member maya").fails("authority.name");
    stage.call("authority set Y --bound").fails("access.name_invalid");
    stage.call("authority set x --token-ttl soon").fails("span.invalid");
    stage.call("authority set x crl.pem").fails("authority.file");
    stage.call("authority set x --crl new.pem").fails("authority.file");
    stage.call("authority set x --bound --unbound").fails("usage.invalid");
    // A block that is none, which only the server looks into.
    let none = "-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n";
    stage.own_file("none.pem", none, &[]);
    stage.call("authority set x none.pem").fails("authority.pem");
    let key = made.key().serialize_pem();
    let private = stage.mark(Mark::found("a key that signs", key.lines().nth(1).unwrap().as_bytes()));
    stage.own_file("private.pem", made.pem() + &key, &[&private]);
    stage.call("authority set x private.pem").fails("authority.file");
    stage.own_file("key.pem", key, &[&private]);
    stage.call("authority set x key.pem").fails("authority.file");
    let value = stage.mark(Mark::text("typed after authority set"));
    stage.call("authority set x new.pem").word(value.str()).fails("usage.invalid");
}

pub(crate) fn ls(stage: &mut Stage) {
    stage.call("authority ls").leaves("authority_list done").done();
    trusted(stage, "", "");
    stage.call("authority ls").leaves("authority_list done").done();
    stage.call("authority ls --instance").leaves("instance/authority_list done").done();
    let value = stage.mark(Mark::text("typed after authority ls"));
    stage.call("authority ls").word(value.str()).fails("usage.invalid");
}

pub(crate) fn rm(stage: &mut Stage) {
    trusted(stage, "", "");
    trusted(stage, "--instance", "instance/");
    stage.call("authority rm ci").leaves("authority_remove done").done();
    stage.call("authority rm ci").leaves("authority_remove absent").fails("access.not_found");
    stage.call("authority rm ci --instance").leaves("instance/authority_remove done").done();
    let value = stage.mark(Mark::text("typed after authority rm"));
    stage.call("authority rm ci").word(value.str()).fails("usage.invalid");
}

pub(crate) fn undo(stage: &mut Stage) {
    trusted(stage, "", "");
    trusted(stage, "--instance", "instance/");
    stage.call("authority rm ci").leaves("authority_remove done").done();
    stage.call("authority undo ci").leaves("authority_undo done").done();
    stage.call("authority undo ci").leaves("authority_undo done").done();
    stage.call("authority undo ci").leaves("authority_undo absent").fails("undo.nothing");
    stage.call("authority undo ci --instance").leaves("instance/authority_undo done").done();
    let value = stage.mark(Mark::text("typed after authority undo"));
    stage.call("authority undo ci").word(value.str()).fails("usage.invalid");
}
