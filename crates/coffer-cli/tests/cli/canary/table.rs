//! A line for each verb. Who adds a verb adds one, and a play in [`super::verbs`].

use super::adversity::adversities;
use super::judge::{leaks, wrong_entries};
use super::stage::Stage;
use super::verbs::{
    about, audit, authorities, backup, changes, compare, diff, factor, files, find, import, init, issuers,
    keep, keys, members, names, promote, prove, publish, reads, references, rights, run, served, set, sign,
    storage,
};
use super::{marks::Mark, tree};

/// A verb, how it is driven, and what it says without a store.
pub(crate) struct Line {
    /// As it is typed, such as `audit tail`; the empty one is for what belongs to no verb.
    pub(crate) verb: &'static str,
    /// Makes its calls in a prepared store, in every way in which it can end.
    pub(crate) play: fn(&mut Stage),
    /// What it does with the store.
    pub(crate) use_of_store: Use,
}

/// What a verb does with the store.
pub(crate) enum Use {
    /// It needs one. The call succeeds in a prepared store, after those of the lines above.
    Needs(&'static str),
    /// It makes one where there is none; else the same.
    Makes(&'static str),
    /// The same, but that there is nothing for it to do in a prepared store: then it decides and writes nothing.
    Tends(&'static str),
    /// It says on stdout what is wrong, and fails then.
    Reports(&'static str),
    /// It does without.
    None,
}

macro_rules! lines {
    ($($name:ident: $verb:literal, $play:path, $use:expr;)*) => {
        /// All of them, in an order in which each finds what it needs.
        pub(crate) const LINES: &[Line] =
            &[$(Line { verb: $verb, play: $play, use_of_store: $use }),*];

        /// Without `--json`: no value in anything that is printed, stored, or left lying about, and exactly the entries
        /// that the calls name, those of refusals and failures too.
        mod t_l1_t_l3_for_people {
            $(#[test] fn $name() { super::tells_nothing_and_leaves_its_entries($verb, false); })*
        }

        /// The same with `--json`.
        mod t_l1_t_l3_for_programs {
            $(#[test] fn $name() { super::tells_nothing_and_leaves_its_entries($verb, true); })*
        }
    };
}

lines! {
    no_verb: "", about::no_verb, Use::None;
    set: "set", set::set, Use::Makes("set A --generate");
    get: "get", reads::get, Use::Needs("get A");
    ls: "ls", reads::ls, Use::Needs("ls");
    find: "find", find::find, Use::Needs("find A");
    report: "report", find::report, Use::Needs("report");
    history: "history", reads::history, Use::Needs("history A");
    references: "references", references::references, Use::Needs("references A");
    diff: "diff", diff::diff, Use::Needs("diff A A");
    compare: "compare", compare::compare, Use::Needs("compare dev prod");
    promote: "promote", promote::promote, Use::Needs("promote dev/project prod --yes");
    rotate: "rotate", changes::rotate, Use::Needs("rotate A");
    label: "label", names::label, Use::Needs("label A stable");
    pin: "pin", names::pin, Use::Needs("pin A billing");
    override_own: "override", names::override_own, Use::Needs("override A --generate");
    rm: "rm", changes::rm, Use::Needs("rm A");
    undo: "undo", changes::undo, Use::Needs("undo A");
    destroy: "destroy", changes::destroy, Use::Needs("destroy A --yes");
    import: "import", import::import, Use::Makes("import");
    open: "open", files::open, Use::Needs("open .env.bak");
    export: "export", files::export, Use::Needs("export");
    run: "run", run::run, Use::Needs("run -- echo started");
    watch: "watch", reads::watch, Use::Needs("watch --after 0 --limit 1");
    status: "status", about::status, Use::None;
    doctor: "doctor", about::doctor, Use::Reports("doctor");
    audit_tail: "audit tail", audit::tail, Use::Needs("audit tail");
    audit_query: "audit query", audit::query, Use::Needs("audit query");
    audit_show: "audit show", audit::show, Use::Needs("audit show 1");
    audit_export: "audit export", prove::export, Use::Needs("audit export ../bundle");
    audit_verify: "audit verify", prove::verify, Use::Needs("audit verify");
    audit_proof: "audit proof", prove::proof, Use::Needs("audit proof 1");
    audit_verify_proof: "audit verify-proof", prove::verify_proof, Use::None;
    audit_verify_certificate: "audit verify-certificate", prove::verify_certificate, Use::None;
    audit_key: "audit key", prove::key, Use::Needs("audit key");
    audit_checkpoint: "audit checkpoint", prove::checkpoint, Use::Needs("audit checkpoint");
    audit_publish: "audit publish", publish::publish, Use::Needs("audit publish --file ../checkpoint");
    audit_prune: "audit prune", keep::prune, Use::Tends("audit prune --yes");
    audit_hold: "audit hold", keep::hold, Use::Needs("audit hold --release --reason over");
    audit_forget: "audit forget", keep::forget, Use::Needs("audit forget {me} --reason asked --yes");
    audit_upkeep: "audit upkeep", keep::upkeep, Use::Tends("audit upkeep");
    backup_create: "backup create", backup::create, Use::Needs("backup create ../all.backup");
    // They look into a file, and into no store.
    backup_verify: "backup verify", backup::verify, Use::None;
    backup_restore: "backup restore", backup::restore, Use::None;
    backup_ls: "backup ls", backup::ls, Use::Needs("backup ls");
    backup_forget: "backup forget", backup::forget, Use::Needs("backup forget {backup} --yes");
    keys_status: "keys status", keys::status, Use::Needs("keys status");
    keys_add: "keys add", keys::add, Use::Needs("keys add key-file");
    keys_remove: "keys remove", keys::remove, Use::Needs("keys remove {passphrase} --yes");
    tenant_create: "tenant create", keys::tenant_create, Use::Makes("tenant create acme");
    tenant_suspend: "tenant suspend", keys::tenant_suspend, Use::Needs("tenant suspend acme");
    tenant_resume: "tenant resume", keys::tenant_resume, Use::Needs("tenant resume acme");
    tenant_show: "tenant show", keys::tenant_show, Use::Needs("tenant show default");
    tenant_quota: "tenant quota", keys::tenant_quota, Use::Needs("tenant quota default --secrets 1000");
    tenant_set: "tenant set", keys::tenant_set, Use::Needs("tenant set default --read-durability synced");
    tenant_undo: "tenant undo", keys::tenant_undo, Use::Needs("tenant undo default");
    tenant_rename: "tenant rename", keys::tenant_rename, Use::Needs("tenant rename acme acme-too");
    tenant_lock: "tenant lock", keys::tenant_lock, Use::Needs("tenant lock acme-too --confirm acme-too");
    tenant_unlock: "tenant unlock", keys::tenant_unlock, Use::None;
    tenant_erase: "tenant erase", keys::tenant_erase, Use::Needs("tenant erase acme-too --confirm acme-too");
    tenant_certificate: "tenant certificate", keys::tenant_certificate, Use::Needs("tenant certificate acme-too");
    tenant_ls: "tenant ls", keys::tenant_ls, Use::Needs("tenant ls");
    member_create: "member create", members::create, Use::Needs("member create maya");
    member_change: "member change", members::change, Use::Needs("member change maya --disable");
    member_undo: "member undo", members::undo, Use::Needs("member undo maya");
    member_enable: "member enable", members::enable, Use::Needs("member enable maya");
    member_code: "member code", members::code, Use::Needs("member code maya");
    factor_rm: "factor rm", factor::rm, Use::Needs("factor rm --member maya");
    member_unlock: "member unlock", members::unlock, Use::Needs("member unlock maya");
    member_ls: "member ls", members::ls, Use::Needs("member ls");
    issuer_add: "issuer add", issuers::add, Use::Needs("issuer add ci https://ci.example --audience a");
    issuer_bind: "issuer bind", issuers::bind, Use::Needs("issuer bind ci --claim sub=a --member maya");
    issuer_unbind: "issuer unbind", issuers::unbind, Use::Needs("issuer unbind ci --claim sub=a");
    issuer_change: "issuer change", issuers::change, Use::Needs("issuer change ci --once");
    issuer_ls: "issuer ls", issuers::ls, Use::Needs("issuer ls");
    issuer_rm: "issuer rm", issuers::rm, Use::Needs("issuer rm ci");
    issuer_undo: "issuer undo", issuers::undo, Use::Needs("issuer undo ci");
    authority_set: "authority set", authorities::set, Use::Needs("authority set ci {authority} --cn a --member maya");
    authority_ls: "authority ls", authorities::ls, Use::Needs("authority ls");
    authority_rm: "authority rm", authorities::rm, Use::Needs("authority rm ci");
    authority_undo: "authority undo", authorities::undo, Use::Needs("authority undo ci");
    token_create: "token create", members::token_create, Use::Needs("token create --member maya");
    token_ls: "token ls", members::token_ls, Use::Needs("token ls");
    token_revoke: "token revoke", members::token_revoke, Use::Needs("token revoke {token}");
    role_set: "role set", rights::role_set, Use::Needs("role set deployer --right list");
    role_ls: "role ls", rights::role_ls, Use::Needs("role ls");
    role_grant: "role grant", rights::role_grant, Use::Needs("role grant reader maya --path dev/**");
    role_revoke: "role revoke", rights::role_revoke, Use::Needs("role revoke reader maya --path dev/**");
    role_rm: "role rm", rights::role_rm, Use::Needs("role rm deployer");
    role_undo: "role undo", rights::role_undo, Use::Needs("role undo deployer");
    policy_set: "policy set", rights::policy_set, Use::Needs("policy set ci -");
    policy_ls: "policy ls", rights::policy_ls, Use::Needs("policy ls");
    policy_get: "policy get", rights::policy_get, Use::Needs("policy get ci");
    policy_attach: "policy attach", rights::policy_attach, Use::Needs("policy attach ci maya");
    policy_detach: "policy detach", rights::policy_detach, Use::Needs("policy detach ci maya");
    policy_rm: "policy rm", rights::policy_rm, Use::Needs("policy rm ci");
    policy_undo: "policy undo", rights::policy_undo, Use::Needs("policy undo ci");
    group_create: "group create", rights::group_create, Use::Needs("group create ops");
    group_ls: "group ls", rights::group_ls, Use::Needs("group ls");
    group_add: "group add", rights::group_add, Use::Needs("group add ops maya");
    group_remove: "group remove", rights::group_remove, Use::Needs("group remove ops maya");
    group_rm: "group rm", rights::group_rm, Use::Needs("group rm ops");
    group_undo: "group undo", rights::group_undo, Use::Needs("group undo ops");
    access_explain: "access explain", rights::access_explain, Use::Needs("access explain me read");
    access_check: "access check", rights::access_check, Use::Needs("access check me read");
    access_preview: "access preview", rights::access_preview, Use::Needs("access preview maya");
    client_secret_create: "client-secret create", members::client_secret_create, Use::Needs("client-secret create maya");
    client_secret_ls: "client-secret ls", members::client_secret_ls, Use::Needs("client-secret ls");
    client_secret_revoke: "client-secret revoke", members::client_secret_revoke, Use::Needs("client-secret revoke {secret}");
    member_rm: "member rm", rights::member_rm, Use::Needs("member rm maya");
    // It is about a database.
    storage_migrate: "storage migrate", storage::migrate, Use::None;
    // They are about a store that is copied, and a twin of the stage's is.
    storage_copy: "storage copy", storage::copy, Use::None;
    storage_reopen: "storage reopen", storage::reopen, Use::None;
    // It refuses where there is a store.
    init: "init", init::init, Use::None;
    // They go on until they are told to end: what a broken store does to them is in `served.rs`.
    dev: "dev", served::dev, Use::None;
    server: "server", served::server, Use::None;
    // They are about a server.
    login: "login", sign::login, Use::None;
    password: "password", sign::password, Use::None;
    factor_enrol: "factor enrol", factor::enrol, Use::None;
    factor_confirm: "factor confirm", factor::confirm, Use::None;
    logout: "logout", sign::logout, Use::None;
    seal: "seal", sign::seal, Use::None;
    unseal: "unseal", sign::unseal, Use::None;
    completions: "completions", about::completions, Use::None;
}

#[test]
fn t_l1_t_l3_every_verb_has_a_line() {
    let lines: Vec<&str> = LINES.iter().map(|line| line.verb).filter(|verb| !verb.is_empty()).collect();
    let differences = tree::differences(&tree::verbs(), &lines);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// The same search finds what is leaked: a file with a value in it, and a call that tells one.
#[test]
fn t_l1_control_a_leak_is_found() {
    let mut stage = Stage::prepared(false);
    assert!(leaks(&stage).is_empty(), "nothing is leaked yet");
    let value = stage.marked("A, version 2");
    stage.world.write("core.1234", &format!("..{}..", &value.str()[5..20]));
    stage.own_file("other.env", value.str(), &[&Mark::text("another")]);
    stage.call("get A").leaves("secret_get done").done();
    stage.call("no-such-verb").word(&format!("--{}", value.str())).fails("usage.invalid");
    let found = leaks(&stage).join("\n");
    for place in ["core.1234", "other.env", "stdout of `coffer get A`"] {
        assert!(found.contains(place), "{place} in\n{found}");
    }
}

/// Entries that a line does not name are found, and those that it names and that are not there.
#[test]
fn t_l3_control_other_entries_are_found() {
    let mut stage = Stage::prepared(false);
    stage.call("get A").done();
    stage.call("tenant ls").leaves("instance/tenant_list done, instance/tenant_list done").done();
    let found = wrong_entries(&stage).join("\n");
    assert!(found.contains("log of default") && found.contains("found: secret_get done"), "{found}");
    assert!(
        found.contains("log of instance") && found.contains("wanted tenant_list done for `tenant ls`"),
        "{found}"
    );
}

fn tells_nothing_and_leaves_its_entries(verb: &str, json: bool) {
    let stage = played(verb, json);
    let found = [wrong_entries(&stage), leaks(&stage)].concat();
    assert!(found.is_empty(), "coffer {verb}:\n{}", found.join("\n"));
}

/// The stage after the play of `verb`, which has used everything that the verb takes.
fn played(verb: &str, json: bool) -> Stage {
    let line = LINES.iter().find(|line| line.verb == verb).unwrap();
    let mut stage = Stage::prepared(json);
    (line.play)(&mut stage);
    let unused = tree::unused(verb, &stage.calls);
    assert!(unused.is_empty(), "the play of `coffer {verb}` does not use {}", unused.join(", "));
    adversities(&mut stage, line);
    stage
}
