//! `coffer login` with a client certificate, over TLS: the token that is kept is good where the certificate is shown.

use std::fs;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    SanType,
};

use crate::remote::{Client, Server};

/// Writes a certificate of a machine's of this name, and its key, into a client's home.
fn machine(client: &Client, authority: &CertifiedIssuer<'static, KeyPair>, uri: &str) -> [String; 2] {
    let mut params = CertificateParams::default();
    params.subject_alt_names = vec![SanType::URI(uri.try_into().unwrap())];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate().unwrap();
    let made = params.signed_by(&key, authority).unwrap();
    let files = ["machine.pem", "machine.key"].map(|name| client.world.home().join(name));
    fs::write(&files[0], made.pem()).unwrap();
    fs::write(&files[1], key.serialize_pem()).unwrap();
    files.map(|path| path.display().to_string())
}

#[test]
fn a_machine_signs_in_with_a_certificate_and_shows_it_with_its_token() {
    let server = Server::start();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "machines");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    server.world.write("ca.pem", &authority.pem());
    server.world.says(&["member", "create", "shop", "--kind", "service", "--grant", "reader:dev/**"]);
    let name = "uri:spiffe://example.com/prod/shop";
    server.world.says(&["authority", "set", "machines", "ca.pem", "--san", name, "--member", "shop"]);
    server.world.says(&["set", "A", "--generate"]);
    let client = server.client("none").without("COFFER_TOKEN_FILE");
    let [certificate, key] = machine(&client, &authority, "spiffe://example.com/prod/shop");
    client.says(&format!("login --certificate {certificate} --key {key} --authority machines"));
    // Who has the file with the token, and not the key, has nothing.
    assert_eq!(client.fails("get A", "token.invalid").0, 4);
    let showing = client.with("COFFER_CLIENT_CERTIFICATE", &certificate).with("COFFER_CLIENT_KEY", &key);
    assert!(!showing.says("get A").is_empty());
    // Signing in anew ends the token before; so does signing out.
    showing.says(&format!("login --certificate {certificate} --key {key}"));
    showing.says("logout");
    // Another name, and nothing at all.
    let [certificate, key] = machine(&showing, &authority, "spiffe://example.com/test/shop");
    let login = format!("login --certificate {certificate} --key {key}");
    assert_eq!(showing.fails(&login, "certificate.invalid").0, 4);
    assert!(server.world.says(&["authority", "ls"]).contains("spiffe://example.com/prod/shop"));
}
