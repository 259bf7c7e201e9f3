//! `coffer factor`, and `coffer login` with a code of it: neither secret nor password nor code is told.

use coffer_encryption::{TotpSecret, totp_step};

use super::super::call::Call;
use super::super::{Mark, Stage};
use super::sign::{Served, signed_in, take_kept};

/// Signed in with a code, with a password that is set.
fn with_password(stage: &mut Stage, served: &Served) -> Mark {
    signed_in(stage, served, "", "");
    let password = stage.mark(Mark::text("a password beside a factor"));
    let call = served.call(stage, "password --without-old --stdin").stdin(&password.bytes);
    call.leaves("token: password_set done").done();
    password
}

/// Enrols, and takes what is printed for its owner.
fn enrolled(stage: &mut Stage, make: impl FnOnce(&mut Stage) -> Call<'_>) -> TotpSecret {
    let said = make(stage).leaves("token: factor_enrol done").unsearched().done();
    let at = said.rfind("secret=").unwrap() + 7;
    let text = stage.mark(Mark::found("a factor's secret", &said.as_bytes()[at..at + 32]));
    let value = |digit: u8| if digit.is_ascii_digit() { digit - b'2' + 26 } else { digit - b'A' };
    let bits: Vec<u8> =
        text.bytes.iter().flat_map(|digit| (0..5).rev().map(move |at| (value(*digit) >> at) & 1)).collect();
    let bytes: Vec<u8> =
        bits.chunks(8).map(|byte| byte.iter().fold(0, |sum, bit| (sum << 1) | bit)).collect();
    TotpSecret::from_bytes(bytes.try_into().unwrap())
}

/// A code that is good although a step may pass meanwhile: of now, or of the step after it.
fn code(secret: &TotpSecret, later: u64) -> Vec<u8> {
    let now = u64::try_from(jiff::Timestamp::now().as_second()).unwrap();
    secret.code(totp_step(now) + later).as_bytes().to_vec()
}

/// One that is confirmed, in the place of the one before: the next step is still good.
fn stands(stage: &mut Stage, served: &Served, password: &Mark) -> TotpSecret {
    stage.call("factor rm --member maya").leaves("factor_remove done").done();
    let secret = enrolled(stage, |stage| served.call(stage, "factor enrol --stdin").stdin(&password.bytes));
    let call = served.call(stage, "factor confirm --stdin").stdin(&code(&secret, 0));
    call.leaves("token: factor_confirm done").done();
    secret
}

pub(crate) fn enrol(stage: &mut Stage) {
    stage.call("factor enrol").fails("addr.missing");
    let served = Served::start(stage);
    let password = with_password(stage, &served);
    served.call(stage, "factor enrol").word(password.str()).fails("value.in_arguments");
    served.call(stage, "factor enrol").fails("value.no_terminal");
    served.call(stage, "factor enrol --stdin --without-password").fails("usage.invalid");
    let wrong = stage.mark(Mark::text("another password, and wrong"));
    let call = served.call(stage, "factor enrol --stdin").stdin(&wrong.bytes);
    call.leaves("password: sign_in refused, token: factor_enrol mismatch").fails("password.wrong");
    served.call(stage, "factor enrol --stdin").stdin(b"\xff\xfe").fails("password.not_text");
    enrolled(stage, |stage| served.call(stage, "factor enrol").typed("your password: ", &password.bytes));
    stage.own_file("old", password.str(), &[&password]);
    enrolled(stage, |stage| served.call(stage, "factor enrol --file old"));
    enrolled(stage, |stage| served.call(stage, "factor enrol --without-password"));
    let secret = stands(stage, &served, &password);
    let call = served.call(stage, "factor enrol --stdin").stdin(&password.bytes);
    call.leaves("token: factor_enrol mismatch").fails("factor.exists");
    // With a password now, and no more with a code.
    let shown = [password.bytes.as_slice(), b"\n", &code(&secret, 1)].concat();
    let call = served.call(stage, "login --user maya --totp --stdin").stdin(&shown);
    call.leaves("password: sign_in done, token: token_revoke_own done").done();
    take_kept(stage);
    let call = served.call(stage, "factor enrol --without-password");
    call.leaves("token: factor_enrol mismatch").fails("password.unproved");
    served.call(stage, "factor enrol --instance --without-password").fails("token.missing");
    signed_in(stage, &served, "--instance", "instance/");
    let call = served.call(stage, "factor enrol --instance --without-password").unsearched();
    call.leaves("instance/token: factor_enrol done").done();
}

pub(crate) fn confirm(stage: &mut Stage) {
    stage.call("factor confirm").fails("addr.missing");
    let served = Served::start(stage);
    let password = with_password(stage, &served);
    let value = stage.mark(Mark::text("typed after factor confirm"));
    served.call(stage, "factor confirm").word(value.str()).fails("value.in_arguments");
    served.call(stage, "factor confirm --stdin").stdin(&value.bytes).fails("factor.mistyped");
    let call = served.call(stage, "factor confirm --stdin").stdin(b"000000");
    call.leaves("token: factor_confirm absent").fails("factor.not_found");
    let secret = enrolled(stage, |stage| served.call(stage, "factor enrol --without-password"));
    stage.own_file("code", "12 34 5\n", &[]);
    served.call(stage, "factor confirm --file code").fails("factor.mistyped");
    let spaced = [&code(&secret, 0)[..3], b" ", &code(&secret, 0)[3..]].concat();
    let call = served.call(stage, "factor confirm").typed("the code of the second factor: ", &spaced);
    call.leaves("token: factor_confirm done").done();
    served.call(stage, "factor confirm --stdin --instance").stdin(b"000000").fails("token.missing");
    logins(stage, &served, (&password, secret));
}

/// With a code of it, once in each way.
fn logins(stage: &mut Stage, served: &Served, (password, secret): (&Mark, TotpSecret)) {
    let (done, no) = ("password: sign_in done, token: token_revoke_own done", "password: sign_in refused");
    served.call(stage, "login --totp --stdin").stdin(&password.bytes).fails("usage.invalid");
    let call = served.call(stage, "login --user maya --totp --stdin").stdin(&password.bytes);
    call.fails("factor.no_line");
    let call = served.call(stage, "login --user maya --stdin").stdin(&password.bytes);
    call.leaves(no).fails("password.invalid");
    // Whoever types is asked.
    let asked = "the code of the second factor, if there is one: ";
    let call = served.call(stage, "login --user maya").typed("the password: ", &password.bytes);
    call.typed(asked, b"").leaves(no).fails("password.invalid");
    let call = served.call(stage, "login --user maya").typed("the password: ", &password.bytes);
    call.typed(asked, &code(&secret, 1)).leaves(&format!("{no}, {done}")).done();
    take_kept(stage);
    let secret = stands(stage, served, password);
    let call = served.call(stage, "login --user maya --totp").typed("the password: ", &password.bytes);
    call.typed("the code of the second factor: ", &code(&secret, 1)).leaves(done).done();
    take_kept(stage);
    let secret = stands(stage, served, password);
    stage.own_file("code", code(&secret, 1), &[]);
    let call = served.call(stage, "login --user maya --totp-file code --stdin").stdin(&password.bytes);
    call.leaves(done).done();
    take_kept(stage);
    let call = served.call(stage, "login --user maya --totp-file code --stdin").stdin(&password.bytes);
    call.leaves(no).fails("password.invalid");
}

pub(crate) fn rm(stage: &mut Stage) {
    stage.call("factor rm").fails("addr.missing");
    stage.call("factor rm --member nobody").leaves("factor_remove absent").fails("member.not_found");
    let served = Served::start(stage);
    let password = with_password(stage, &served);
    let value = stage.mark(Mark::text("typed after factor rm"));
    served.call(stage, "factor rm").word(value.str()).fails("value.in_arguments");
    served.call(stage, "factor rm --member maya").word(value.str()).fails("value.in_arguments");
    served.call(stage, "factor rm --member maya --stdin").fails("usage.invalid");
    served.call(stage, "factor rm --stdin").stdin(&value.bytes).fails("factor.mistyped");
    let call = served.call(stage, "factor rm --stdin").stdin(b"000000");
    call.leaves("token: factor_remove_own absent").fails("factor.not_found");
    let secret = stands(stage, &served, &password);
    let call = served.call(stage, "factor rm --stdin").stdin(&code(&secret, 10));
    call.leaves("password: sign_in refused, token: factor_remove_own mismatch").fails("factor.wrong");
    let call = served.call(stage, "factor rm --stdin").stdin(&code(&secret, 1));
    call.leaves("token: factor_remove_own done").done();
    let secret = stands(stage, &served, &password);
    stage.own_file("code", code(&secret, 1), &[]);
    served.call(stage, "factor rm --file code").leaves("token: factor_remove_own done").done();
    stage.call("member create maya --instance").leaves("instance/member_create done").done();
    stage.call("factor rm --member maya --instance").leaves("instance/factor_remove done").done();
}
