//! `coffer login`, `logout`, `seal`, `unseal`: neither code nor token, passphrase or key is told, whatever the server answers.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use coffer_encryption::SigningKey;

use super::super::call::Call;
use super::super::{Mark, Stage};
use super::members::make_client_secret;

/// The store of a stage, served; killed when the play ends.
pub(super) struct Served {
    child: Child,
    url: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    pub(super) fn start(stage: &Stage) -> Self {
        let mut command = stage.world.command(env!("CARGO_BIN_EXE_coffer"));
        command.args(["server", "--listen", "127.0.0.1:0"]).env("METRICS_ENABLED", "false");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { child, url: url.trim().to_owned() }
    }

    pub(super) fn call<'s>(&self, stage: &'s mut Stage, words: &str) -> Call<'s> {
        stage.call(words).variable("COFFER_ADDR", &self.url)
    }
}

/// A member, of the instance with `--instance`.
fn member(stage: &mut Stage, words: &str, log: &str) {
    let call = stage.call(&format!("member create maya --grant owner:** {words}"));
    call.leaves(&format!("{log}member_create done")).done();
}

/// A code, which is not to be told.
fn code(stage: &mut Stage, words: &str, log: &str) -> Mark {
    let call = stage.call(&format!("member code maya {words}"));
    let said = call.leaves(&format!("{log}member_code done")).unsearched().done();
    let at = said.find("ONCE-").unwrap();
    stage.mark(Mark::found("a code", &said.as_bytes()[at..at + 40]))
}

/// The tokens that are kept are not to be told, and lie where they may.
pub(super) fn take_kept(stage: &mut Stage) {
    let folder = stage.path("../home/.config/coffer/sign-ins");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let kept: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let token = stage.mark(Mark::found("a kept token", kept["token"].as_str().unwrap().as_bytes()));
        stage.own_files.insert(path, vec![token.label]);
    }
}

pub(super) fn signed_in(stage: &mut Stage, served: &Served, words: &str, log: &str) {
    member(stage, words, log);
    let code = code(stage, words, log);
    let call = served.call(stage, &format!("login --stdin {words}")).stdin(&code.bytes);
    call.leaves(&format!("{log}code: sign_in done")).done();
    take_kept(stage);
}

pub(crate) fn login(stage: &mut Stage) {
    stage.call("login").fails("addr.missing");
    stage
        .call("login")
        .variable("COFFER_ADDR", "http://127.0.0.1:1")
        .variable("HOME", "")
        .fails("settings.no_home");
    let served = Served::start(stage);
    member(stage, "", "");
    let first = code(stage, "", "");
    served.call(stage, "login").word(first.str()).fails("value.in_arguments");
    served.call(stage, "login --stdin").stdin(&first.bytes[..20]).fails("code.mistyped");
    served.call(stage, "login --stdin").fails("value.empty");
    served.call(stage, "login --stdin --file x").fails("usage.invalid");
    let call = stage.call("login --stdin").variable("COFFER_ADDR", "http://127.0.0.1:1").stdin(&first.bytes);
    call.fails("server.unreachable");
    let call = served.call(stage, "login").typed("the code: ", &first.bytes);
    call.leaves("code: sign_in done").done();
    take_kept(stage);
    served.call(stage, "ls").leaves("token: secret_list done").done();
    served
        .call(stage, "login --stdin")
        .stdin(&first.bytes)
        .leaves("code: sign_in refused")
        .fails("code.invalid");
    let second = code(stage, "", "");
    stage.own_file("code", second.str(), &[&second]);
    let call = served.call(stage, "login --file code");
    call.leaves("code: sign_in done, token: token_revoke_own done").done();
    take_kept(stage);
    member(stage, "--instance", "instance/");
    jwt(stage, &served);
    certificate(stage, &served);
    let third = code(stage, "--instance", "instance/");
    let call = served.call(stage, "login --stdin --instance").stdin(&third.bytes);
    call.leaves("instance/code: sign_in done").done();
    take_kept(stage);
    served.call(stage, "status").done();
    as_client(stage, &served);
    damaged(stage, &served);
}

/// With a client id and secret, once in each way; with a password: see its own play.
fn as_client(stage: &mut Stage, served: &Served) {
    let wrong = stage.mark(Mark::text("a password of nobody"));
    served.call(stage, "login --user nobody --stdin").stdin(&wrong.bytes).fails("password.invalid");
    let shown = [&wrong.bytes[..], b"\n000000"].concat();
    served.call(stage, "login --user nobody --totp --stdin").stdin(&shown).fails("password.invalid");
    stage.own_file("totp", "000000", &[]);
    let call = served.call(stage, "login --user nobody --totp-file totp --stdin").stdin(&wrong.bytes);
    call.fails("password.invalid");
    let (secret, client, id) = make_client_secret(stage, "maya", "", "");
    let words = format!("login --client-id {client}");
    served.call(stage, &words).word(secret.str()).fails("value.in_arguments");
    let call = served.call(stage, &format!("{words} --stdin")).stdin(&secret.bytes[..20]);
    call.fails("client.mistyped");
    served.call(stage, "login --stdin --client-id").word(secret.head()).fails("client.id");
    let call = served.call(stage, &words).typed("the client secret: ", &secret.bytes);
    call.leaves("secret: sign_in done, token: token_revoke_own done").done();
    take_kept(stage);
    let (other, mine, _) = make_client_secret(stage, "maya", "--instance", "instance/");
    let call =
        served.call(stage, &format!("login --stdin --instance --client-id {mine}")).stdin(&other.bytes);
    call.leaves("instance/secret: sign_in done, instance/token: token_revoke_own done").done();
    take_kept(stage);
    stage.call("client-secret revoke").word(&id).leaves("client_secret_revoke done").done();
    let call = served.call(stage, &format!("{words} --stdin")).stdin(&secret.bytes);
    call.leaves("secret: sign_in refused").fails("client.invalid");
}

/// With a token of an issuer, which is told as little as a code is.
fn jwt(stage: &mut Stage, served: &Served) {
    let key = SigningKey::generate().unwrap();
    let public = URL_SAFE_NO_PAD.encode(key.public().unwrap().bytes());
    let set = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{public}"}}]}}"#);
    stage.own_file("jwks.json", set, &[]);
    let like = "--audience coffer --algorithm EdDSA --jwks-file jwks.json";
    stage.call(&format!("issuer add ci https://ci.example {like}")).leaves("issuer_create done").done();
    stage.call("issuer bind ci --claim sub=job --member maya").leaves("issuer_change done").done();
    let signed = |sub: &str| {
        let claims =
            format!(r#"{{"iss":"https://ci.example","aud":"coffer","sub":"{sub}","exp":99999999999}}"#);
        let [header, claims] = [r#"{"alg":"EdDSA"}"#, &claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        let signed = format!("{header}.{claims}");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()).unwrap()))
    };
    let token = stage.mark(Mark::found("an issuer's token", signed("job").as_bytes()));
    let call = served.call(stage, "login --jwt --stdin --issuer ci").stdin(&token.bytes);
    call.leaves("jwt: sign_in done, token: token_revoke_own done").done();
    take_kept(stage);
    stage.own_file("token", format!("{}\n", token.str()), &[&token]);
    let call = served.call(stage, "login --jwt --file token");
    call.leaves("jwt: sign_in done, token: token_revoke_own done").done();
    take_kept(stage);
    let other = stage.mark(Mark::found("another token", signed("other").as_bytes()));
    served.call(stage, "login --jwt --stdin").stdin(&other.bytes).fails("jwt.invalid");
    served.call(stage, "login --jwt --stdin").stdin(&token.bytes[1..]).fails("jwt.mistyped");
    served.call(stage, "login --issuer ci").fails("usage.invalid");
}

/// With a certificate, which is shown over TLS alone; neither it nor what stands in its place is repeated. `tests/cli/remote.rs` signs in.
fn certificate(stage: &mut Stage, served: &Served) {
    let made = rcgen::generate_simple_self_signed(["machine".to_owned()]).unwrap();
    let pem = made.signing_key.serialize_pem();
    let key = stage.mark(Mark::found("a client's key", &pem.lines().nth(1).unwrap().as_bytes()[48..]));
    stage.own_file("machine.pem", made.cert.pem(), &[]);
    stage.own_file("machine.key", &pem, &[&key]);
    let login = "login --certificate machine.pem --key machine.key";
    served.call(stage, login).fails("client.in_clear");
    let over_tls = |stage: &mut Stage, words: &str, code: &str| {
        stage.call(words).variable("COFFER_ADDR", "https://127.0.0.1:1").fails(code);
    };
    over_tls(stage, login, "server.unreachable");
    over_tls(stage, &format!("{login} --authority ci"), "server.unreachable");
    over_tls(stage, "login --certificate machine.key --key machine.key", "client.certificate");
    over_tls(stage, "login --certificate machine.pem --key machine.pem", "client.certificate");
    served.call(stage, "login --certificate machine.pem").fails("usage.invalid");
    served.call(stage, "login --authority ci").fails("usage.invalid");
    served.call(stage, &format!("{login} --jwt")).fails("usage.invalid");
    served.call(stage, "ls").variable("COFFER_CLIENT_KEY", "machine.key").fails("client.certificate");
}

/// What is kept and is none any more is not repeated.
fn damaged(stage: &mut Stage, served: &Served) {
    let folder = stage.path("../home/.config/coffer/sign-ins");
    let files: Vec<_> = stage.own_files.keys().filter(|path| path.starts_with(&folder)).cloned().collect();
    let value = stage.mark(Mark::text("in the place of a sign-in"));
    for path in files {
        fs::write(&path, value.str()).unwrap();
        stage.own_files.insert(path, vec![value.label.clone()]);
    }
    served.call(stage, "ls").fails("sign_in.damaged");
    served.call(stage, "status").done();
}

/// Sets a password of one's own, once in each way, and signs in with it.
pub(crate) fn password(stage: &mut Stage) {
    stage.call("password").fails("addr.missing");
    let served = Served::start(stage);
    signed_in(stage, &served, "", "");
    let first = stage.mark(Mark::text("a password to begin with"));
    let second = stage.mark(Mark::text("another password then"));
    let (set, unproved) = ("token: password_set done", "token: password_set mismatch");
    served.call(stage, "password --without-old").word(first.str()).fails("value.in_arguments");
    served.call(stage, "password --without-old --stdin").stdin(b"fourteen chars").fails("password.short");
    let long = stage.mark(Mark::long("a long password", 1024));
    served.call(stage, "password --without-old --stdin").stdin(&long.bytes).fails("password.long");
    served.call(stage, "password --without-old --stdin").fails("value.empty");
    served.call(stage, "password --without-old --stdin").stdin(b"\xff\xfe").fails("password.not_text");
    let call = served.call(stage, "password --without-old --stdin").stdin(&first.bytes);
    call.leaves(set).done();
    let call = served.call(stage, "password");
    let call = call.typed("the old password: ", &first.bytes).typed("the new password: ", &second.bytes);
    call.typed("the new password, again: ", &second.bytes).leaves(set).done();
    stage.own_file("old", first.str(), &[&first]);
    stage.own_file("new", second.str(), &[&second]);
    let call = served.call(stage, "password --old-file old --file new");
    call.leaves("password: sign_in refused, token: password_set mismatch").fails("password.wrong");
    served.call(stage, "password --old-file old --without-old").fails("usage.invalid");
    served.call(stage, "login --user").word(second.head()).stdin(b"").fails("value.no_terminal");
    let call = served.call(stage, "login --user maya --stdin").stdin(&first.bytes);
    call.leaves("password: sign_in refused").fails("password.invalid");
    served.call(stage, "login --user maya").word(second.str()).fails("value.in_arguments");
    served.call(stage, "login --user maya --stdin").stdin(b"\xff\xfe").fails("password.not_text");
    served.call(stage, "login --user local --stdin").stdin(&second.bytes).fails("member.name_invalid");
    let call = served.call(stage, "login --user maya --client-id 0 --stdin").stdin(&second.bytes);
    call.fails("usage.invalid");
    let call = served.call(stage, "login --user maya").typed("the password: ", &second.bytes);
    call.leaves("password: sign_in done, token: token_revoke_own done").done();
    take_kept(stage);
    // Not with a code by now.
    let call = served.call(stage, "password --without-old --stdin").stdin(&first.bytes);
    call.leaves(unproved).fails("password.unproved");
    served
        .call(stage, "password --instance --without-old --stdin")
        .stdin(&first.bytes)
        .fails("token.missing");
    signed_in(stage, &served, "--instance", "instance/");
    let call = served.call(stage, "password --instance --without-old --stdin").stdin(&first.bytes);
    call.leaves("instance/token: password_set done").done();
}

pub(crate) fn logout(stage: &mut Stage) {
    stage.call("logout").fails("addr.missing");
    let served = Served::start(stage);
    served.call(stage, "logout").done();
    signed_in(stage, &served, "", "");
    signed_in(stage, &served, "--instance", "instance/");
    served.call(stage, "logout --instance").leaves("instance/token: token_revoke_own done").done();
    served.call(stage, "logout").leaves("token: token_revoke_own done").done();
    served.call(stage, "ls").fails("token.missing");
    let again = code(stage, "", "");
    let call = served.call(stage, "login --stdin").stdin(&again.bytes);
    call.leaves("code: sign_in done").done();
    take_kept(stage);
    let url = served.url.clone();
    drop(served);
    stage.call("logout").variable("COFFER_ADDR", url).done();
    let value = stage.mark(Mark::text("typed after logout"));
    stage.call("logout").word(value.str()).fails("usage.invalid");
}

pub(crate) fn seal(stage: &mut Stage) {
    stage.call("seal --yes").fails("addr.missing");
    let served = Served::start(stage);
    served.call(stage, "seal --yes").fails("token.missing");
    signed_in(stage, &served, "", "");
    served.call(stage, "seal --yes").fails("token.missing");
    signed_in(stage, &served, "--instance", "instance/");
    served.call(stage, "seal").fails("confirm.no_terminal");
    served.call(stage, "seal").typed("unseals it. [y/N] ", b"n").fails("confirm.declined");
    served.call(stage, "seal --yes").leaves("instance/token: store_seal done").done();
    served.call(stage, "seal -y").fails("server.sealed");
    served.call(stage, "get A").fails("server.sealed");
    let value = stage.mark(Mark::text("typed after seal"));
    served.call(stage, "seal").word(value.str()).fails("usage.invalid");
}

pub(crate) fn unseal(stage: &mut Stage) {
    stage.call("unseal --stdin").fails("addr.missing");
    stage.add_passphrase();
    let passphrase = stage.marked("the passphrase");
    let served = Served::start(stage);
    signed_in(stage, &served, "--instance", "instance/");
    served.call(stage, "unseal --stdin").stdin(&passphrase.bytes).fails("server.not_sealed");
    let seal = |stage: &mut Stage| {
        served.call(stage, "seal --yes").leaves("instance/token: store_seal done").done();
    };
    let unsealed = "instance/store_unseal done";
    let key = stage.key_file().display().to_string();
    let wrong = stage.mark(Mark::text("a passphrase that opens nothing"));
    seal(stage);
    served.call(stage, "unseal --stdin").stdin(&wrong.bytes).fails("unseal.refused");
    served.call(stage, "unseal").word(wrong.str()).fails("value.in_arguments");
    served.call(stage, "unseal").typed("the passphrase: ", &passphrase.bytes).leaves(unsealed).done();
    seal(stage);
    served.call(stage, "unseal --file ../home/passphrase").leaves(unsealed).done();
    seal(stage);
    served.call(stage, "unseal").variable("MASTER_SECRET_KEY", passphrase.str()).leaves(unsealed).done();
    seal(stage);
    served.call(stage, "unseal --stdin").stdin(b"\xff\xfe").fails("passphrase.not_text");
    served.call(stage, "unseal --key-file nothing").fails("file.failed");
    stage.own_file("no.key", wrong.str(), &[&wrong]);
    served.call(stage, "unseal --key-file no.key").fails("key_file.damaged");
    served.call(stage, &format!("unseal --stdin --key-file {key}")).fails("usage.invalid");
    served.call(stage, &format!("unseal --key-file {key}")).leaves(unsealed).done();
    served.call(stage, "get A").fails("token.missing");
}
