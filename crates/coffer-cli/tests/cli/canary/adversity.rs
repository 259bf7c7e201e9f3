//! What can go wrong with any verb that wants a store. None of it is decided, so none of it leaves an entry, but for a
//! tenant that is not there.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::marks::Mark;
use super::stage::Stage;
use super::table::{Line, Use};
use super::verbs::authorities;

/// Calls the verb of `line` where the store can't be had, in one way after the other.
pub(super) fn adversities(stage: &mut Stage, line: &Line) {
    let (words, makes) = match line.use_of_store {
        Use::Needs(words) | Use::Tends(words) => (words, false),
        Use::Makes(words) => (words, true),
        Use::Reports(_) | Use::None => return,
    };
    // None of the calls comes so far as to look for it.
    let words = &words
        .replace("{passphrase}", "0")
        .replace("{authority}", authorities::file(stage))
        .replace("{me}", "nobody")
        .replace("{token}", &"0".repeat(32))
        .replace("{secret}", &"0".repeat(32))
        .replace("{backup}", &"0".repeat(32));
    settings(stage, words);
    passphrases(stage, words);
    tenants(stage, words);
    keys(stage, words);
    stores(stage, words, makes);
}

fn settings(stage: &mut Stage, words: &str) {
    let value = stage.mark(Mark::text("a value in the wrong setting"));
    for name in ["COFFER_TOKENS", "COFFER_TENNANT"] {
        stage.call(words).variable(name, value.str()).fails("settings.unknown");
    }
    for name in ["KEY_DERIVATION_ITERATIONS", "ENCRYPTION_ALGORITHM", "COFFER_AUDIT_READ_DURABILITY"] {
        stage.call(words).variable(name, value.str()).fails("settings.invalid");
    }
    for (text, code) in [
        ("db_password = \"{}\"", "settings.secret"),
        ("DATABASE_URL=postgres://u:{}@h/db", "settings.invalid"),
        ("app = \"{}", "settings.invalid"),
        ("app = ['{}']", "settings.unknown"),
        ("key_derivation_iterations = '{}'", "settings.invalid"),
    ] {
        let file = stage.own_file("other.toml", text.replace("{}", value.str()), &[&value]);
        stage.call(words).variable("COFFER_CONFIG", file.to_str().unwrap()).fails(code);
    }
}

fn passphrases(stage: &mut Stage, words: &str) {
    let wrong = stage.mark(Mark::text("a wrong passphrase"));
    let file = stage.own_file("../home/wrong", wrong.str(), &[&wrong]).to_str().unwrap().to_owned();
    let twice = stage.call(words).variable("MASTER_SECRET_KEY_FILE", file.clone());
    twice.variable("MASTER_SECRET_KEY", wrong.str()).fails("passphrase.twice");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    stage.call(words).variable("MASTER_SECRET_KEY_FILE", file).fails("passphrase.file_open");
    let long = wrong.str().repeat(200);
    stage.call(words).variable("MASTER_SECRET_KEY", long).fails("passphrase.too_long");
    stage.call(words).variable("MASTER_SECRET_KEY", "").fails("passphrase.empty");
}

fn tenants(stage: &mut Stage, words: &str) {
    // What belongs to the instance belongs to no tenant.
    if !["backup", "keys", "tenant", "audit upkeep"].iter().any(|own| words.starts_with(own)) {
        let call = stage.call(&format!("--tenant nobody {words}"));
        call.leaves("instance/tenant_list absent").fails("tenant.not_found");
    }
    stage.call(&format!("--tenant NOT*A*NAME {words}")).fails("name.character");
    stage.call(&format!("--tenant Upper {words}")).fails("tenant.name_invalid");
}

fn keys(stage: &mut Stage, words: &str) {
    let path = stage.key_file();
    let right = fs::read_to_string(&path).unwrap();
    let cut = &right[..right.len() - 12];
    fs::write(&path, cut).unwrap();
    stage.call(words).fails("key_file.damaged");
    fs::write(&path, right).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    stage.call(words).fails("key_file.permissions");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let folder = path.parent().unwrap().to_owned();
    let elsewhere = stage.path("../home/keys elsewhere");
    fs::rename(&folder, &elsewhere).unwrap();
    stage.call(words).fails("unlock.none_fits");
    fs::rename(&elsewhere, &folder).unwrap();
    stage.call(words).variable("COFFER_KEYS_DIR", path.to_str().unwrap()).fails("key_file.io");
}

fn stores(stage: &mut Stage, words: &str, makes: bool) {
    if !makes {
        stage.call(words).variable("COFFER_HOME", "nowhere").fails("store.missing");
    }
    let (folder, database) = (stage.store_file(""), stage.store_file("coffer.db"));
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o750)).unwrap();
    stage.call(words).fails("store.permissions");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    let (mut newer, mut damaged) = (fs::read(&database).unwrap(), fs::read(&database).unwrap());
    // The header's `user_version`, which says the format.
    newer[60..64].copy_from_slice(&99_u32.to_be_bytes());
    damaged[100..].fill(0xaa);
    for (bytes, code) in
        [(newer, "store.too_new"), (b"text".repeat(9999), "store.foreign"), (damaged, "store.damaged")]
    {
        stage.with_database(&bytes, |stage| stage.call(words).fails(code));
    }
}
