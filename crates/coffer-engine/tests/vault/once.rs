//! Idempotency keys: a change happens once for one key, and who asks again gets the answer that was given, if they still may.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use coffer_encryption::{PassphraseIterations, SecretBytes, hash};
use coffer_engine::access::{IdentityKind, Rights, Role};
use coffer_engine::action::{Action, Right};
use coffer_engine::code::Code;
use coffer_engine::limits::{ONCE_KEPT_SECONDS, ONCE_KEY_MAX_BYTES};
use coffer_engine::metadata::MetadataPatch;
use coffer_engine::once::OnceKey;
use coffer_engine::op::{Session, Trail};
use coffer_engine::quota::QuotaChange;
use coffer_engine::secret::Value;
use coffer_engine::slug::{GroupName, PolicyName, RoleName};
use coffer_engine::storage::sqlite::{SqliteOptions, SqliteStorage};
use coffer_engine::storage::{Key, Record, Storage};
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::{TestCertificate, TestVault, block_on, clock_at};
use coffer_engine::time::Timestamp;
use coffer_engine::token::{Token, TokenHash};
use coffer_engine::unlock::Passphrase;
use coffer_engine::vault::{
    AuthorityChange, Expect, IssuerChange, KeysFrom, MemberChange, NewCode, NewIssuer, NewMember, NewToken,
    NewValue, SettingsChange, UpkeepSettings, Write,
};
use coffer_engine::version::Which;
use coffer_engine::version_name::{Consumer, Label, VersionName};
use coffer_engine::{Actor, Error, Op, RequestId};

use crate::certificates;
use crate::client_secrets::new as client_secret;
use crate::jwt;
use crate::members::{grant, made, name};
use crate::support::{coded, memory, newest, number, op_in, path, records, text, write};

/// The same operation, asked for anew: with this key, and a request of these words.
pub(crate) fn keyed(op: &Op, key: &str, request: &str) -> Op {
    let once = OnceKey::parse(key.as_bytes()).unwrap().of(hash::sha256(request.as_bytes()));
    Op { once: Some(once), request: RequestId::generate().unwrap(), ..op.clone() }
}

fn later(op: &Op, seconds: u64) -> Op {
    Op { now: Timestamp::from_millis(op.now.millis() + seconds * 1000), ..op.clone() }
}

fn with(token: &Token) -> Op {
    Op { actor: Actor::Token(TokenHash::of_text(token.expose()).unwrap()), ..TestVault::op().unwrap() }
}

async fn token(vault: &TestVault, member: &str) -> Token {
    let new = NewToken {
        member: Some(name(member)),
        ttl_seconds: 3600,
        max_seconds: 36_000,
        uses: None,
        networks: Vec::new(),
        label: String::new(),
    };
    vault.vault.token_create(&TestVault::op().unwrap(), &new, false).await.unwrap().0
}

/// What is stored, but for the log itself.
async fn stored(storage: &dyn Storage) -> BTreeMap<Key, Record> {
    records(storage).await.into_iter().filter(|(key, _)| key.as_bytes()[16] < 0x30).collect()
}

fn fields(one: &str) -> Write {
    let field = SecretBytes::copy_from(one.as_bytes());
    let value = Some(NewValue::Merge(BTreeMap::from([("user".to_owned(), Some(field))])));
    Write { value, ..write("dev/FIELDS", "") }
}

/// Something to change of every kind.
struct World {
    storage: Arc<dyn Storage>,
    vault: TestVault,
    token: Token,
    other: Token,
}

async fn world() -> World {
    let storage: Arc<dyn Storage> = memory();
    let vault = TestVault::over(Arc::clone(&storage)).await.unwrap();
    for value in ["one", "two", "three"] {
        vault.set("dev/A", value).await.unwrap();
    }
    made(&vault, "maya", &[grant(Role::Owner, "**")]).await;
    for disabled in [true, false] {
        let change = MemberChange { disabled: Some(disabled), grants: None, ..MemberChange::default() };
        vault.vault.member_change(&TestVault::op().unwrap(), &name("maya"), &change, false).await.unwrap();
    }
    made(&vault, "gone", &[]).await;
    let op = TestVault::op().unwrap();
    vault.vault.role_set(&op, &slug("old"), rights(), false).await.unwrap();
    vault.vault.policy_set(&op, &policy("old"), RULE, false).await.unwrap();
    vault.vault.group_set(&op, &group("old"), &[], false).await.unwrap();
    let old = certificates::authority_name("old");
    vault.vault.authority_set(&op, &old, an_authority(), false).await.unwrap();
    let (token, other) = (token(&vault, "maya").await, token(&vault, "maya").await);
    let op = TestVault::op().unwrap();
    let session = Some(Arc::new(Session::new("jo", []).unwrap()));
    vault.vault.get(&Op { session, ..op.clone() }, &path("dev/A"), Which::CURRENT).await.unwrap();
    vault.vault.unlocker_add(&op, &passphrase(b"the first other passphrase")).await.unwrap();
    World { storage, vault, token, other }
}

const RULE: &str = "path \"dev/*\" { capabilities = [\"read\"] }";

fn slug(raw: &str) -> RoleName {
    RoleName::parse(raw).unwrap()
}

fn policy(raw: &str) -> PolicyName {
    PolicyName::parse(raw).unwrap()
}

fn group(raw: &str) -> GroupName {
    GroupName::parse(raw).unwrap()
}

fn rights() -> Rights {
    Rights::of([Right::Read])
}

fn passphrase(words: &[u8]) -> Passphrase {
    Passphrase::new(SecretBytes::copy_from(words), PassphraseIterations::cheap_for_tests())
}

fn shown<T: std::fmt::Debug>(answer: Result<T, Error>) -> Result<String, &'static str> {
    coded(answer.map(|answer| format!("{answer:?}")))
}

/// Does one of what is done once, in every way in which it can be done; each time the same.
async fn act(world: &World, action: Action, op: &Op) -> Vec<Result<String, &'static str>> {
    let (vault, a) = (&world.vault.vault, path("dev/A"));
    let new = NewToken {
        member: None,
        ttl_seconds: 60,
        max_seconds: 60,
        uses: None,
        networks: Vec::new(),
        label: String::new(),
    };
    let another = |of: &str| Op {
        once: Some(OnceKey::parse(of.as_bytes()).unwrap().of([7; 32])),
        request: RequestId::generate().unwrap(),
        ..op.clone()
    };
    let one = match action {
        Action::SecretSet => {
            let merge = match op.once {
                Some(_) => shown(vault.set(&another("merge"), fields("maya")).await),
                None => shown(vault.set(op, fields("maya")).await),
            };
            let together = vec![(path("dev/A"), Value::text("x")), (path("new/B"), Value::text("y"))];
            let together = match op.once {
                Some(_) => shown(vault.set_all(&another("together"), together).await),
                None => shown(vault.set_all(op, together).await),
            };
            return vec![shown(vault.set(op, write("new/A", "four")).await), merge, together];
        }
        Action::SecretRotate => shown(vault.rotate(op, &a, None).await),
        Action::SecretLabel => {
            let label = VersionName::Label(Label::parse("stable").unwrap());
            shown(vault.name_version(op, &a, &label, Some(&Which::CURRENT)).await)
        }
        Action::SecretPin => {
            let consumer = VersionName::Consumer(Consumer::parse("billing").unwrap());
            shown(vault.name_version(op, &a, &consumer, Some(&Which::Number(number(1)))).await)
        }
        Action::SecretOverride => shown(vault.override_own(op, &a, Some(&Value::text("own"))).await),
        Action::SecretRemove => shown(vault.remove(op, &a).await),
        Action::SecretUndo => shown(vault.undo(op, &a).await),
        Action::SecretDestroy => {
            let version = match op.once {
                Some(_) => shown(vault.destroy(&another("version"), &a, Some(number(1))).await),
                None => shown(vault.destroy(op, &a, Some(number(1))).await),
            };
            return vec![version, shown(vault.destroy(op, &a, None).await)];
        }
        Action::AuditPublish => {
            let plain = Op { once: None, ..op.clone() };
            let publication = vault.audit_publish(&plain, "an auditor", false).await.unwrap();
            shown(vault.audit_published(op, publication, &[], None).await)
        }
        Action::AuditHold => shown(vault.audit_hold(op, true, "a case", false).await),
        Action::AuditForget => shown(vault.audit_forget(op, "jo", "asked to be", false).await),
        Action::TenantCreate => shown(vault.tenant_create(op, &TenantName::parse("acme").unwrap()).await),
        Action::TenantSuspend => shown(vault.tenant_suspend(op, &acme(vault).await).await),
        Action::TenantQuota => {
            let change = QuotaChange { secrets: Some(Some(9)), ..QuotaChange::default() };
            shown(vault.tenant_quota(op, &acme(vault).await, change).await)
        }
        Action::TenantSet => {
            let change = SettingsChange { synced_reads: Some(true), ..SettingsChange::default() };
            shown(vault.tenant_set(op, &acme(vault).await, &change).await)
        }
        Action::TenantRename => {
            let (op_of_world, names) = (TestVault::op().unwrap(), ["old", "new"]);
            let [old, new] = names.map(|name| TenantName::parse(name).unwrap());
            // Made once: the second time it is called otherwise.
            if vault.tenant_show(&op_of_world, &new).await.is_err() {
                vault.tenant_create(&op_of_world, &old).await.unwrap();
            }
            shown(vault.tenant_rename(op, &old, &new).await)
        }
        Action::TenantErase => {
            let (op_of_world, name) = (TestVault::op().unwrap(), TenantName::parse("doomed").unwrap());
            // Made once: the second time it is gone.
            if vault.tenant_certificate(&op_of_world, &name, None).await.is_err() {
                vault.tenant_create(&op_of_world, &name).await.unwrap();
            }
            shown(vault.tenant_erase(op, &name, 0).await)
        }
        Action::TenantUndo => shown(vault.tenant_undo(op, &acme(vault).await).await),
        Action::TenantResume => shown(vault.tenant_resume(op, &acme(vault).await).await),
        Action::MemberCode => {
            let new = NewCode { member: name("maya"), ttl_seconds: 60, for_instance_too: false };
            shown(vault.member_code(op, &Code::generate().unwrap(), &new, false).await)
        }
        Action::MemberCreate => shown(
            vault
                .member_create(op, &name("jo"), &NewMember::with(IdentityKind::Human, Vec::new()), false)
                .await,
        ),
        Action::ClientSecretCreate => {
            let made = vault.client_secret_create(op, &client_secret("maya"), false).await;
            coded(made.map(|(_, info)| format!("{:?}", info.id)))
        }
        Action::IssuerCreate => shown(vault.issuer_create(op, &an_issuer("another"), false).await),
        Action::IssuerChange => {
            trusted(vault).await;
            let change = IssuerChange { once: Some(true), ..IssuerChange::default() };
            shown(vault.issuer_change(op, &an_issuer("ci").name, &change, false).await)
        }
        Action::IssuerUndo => {
            trusted(vault).await;
            shown(vault.issuer_undo(op, &an_issuer("ci").name, false).await)
        }
        Action::IssuerRemove => {
            trusted(vault).await;
            shown(vault.issuer_remove(op, &an_issuer("ci").name, false).await)
        }
        Action::AuthoritySet => {
            shown(vault.authority_set(op, &certificates::authority_name("new"), an_authority(), false).await)
        }
        Action::AuthorityRemove => {
            shown(vault.authority_remove(op, &certificates::authority_name("old"), false).await)
        }
        Action::AuthorityUndo => {
            shown(vault.authority_undo(op, &certificates::authority_name("old"), false).await)
        }
        Action::ClientSecretRevoke => {
            let plain = TestVault::op().unwrap();
            if vault.client_secret_list(&plain, false).await.unwrap().is_empty() {
                vault.client_secret_create(&plain, &client_secret("maya"), false).await.unwrap();
            }
            let id = vault.client_secret_list(&plain, false).await.unwrap().pop().unwrap().id;
            shown(vault.client_secret_revoke(op, id, false).await)
        }
        Action::FactorRemove => shown(vault.factor_remove(op, &name("maya"), false).await),
        Action::MemberUnlock => shown(vault.member_unlock(op, &name("maya"), false).await),
        Action::MemberUndo => shown(vault.member_undo(op, &name("maya"), false).await),
        Action::MemberChange => {
            let change = MemberChange { disabled: Some(false), grants: None, ..MemberChange::default() };
            shown(vault.member_change(op, &name("maya"), &change, false).await)
        }
        Action::TokenCreate => {
            let new = NewToken { member: Some(name("maya")), ..new };
            coded(vault.token_create(op, &new, false).await.map(|(_, info)| format!("{:?}", info.id)))
        }
        Action::TokenCreateOwn => {
            coded(vault.token_create(op, &new, false).await.map(|(_, info)| format!("{:?}", info.id)))
        }
        Action::TokenRevoke => {
            let plain = TestVault::op().unwrap();
            let listed = vault.token_list(&plain, false).await.unwrap();
            let open = listed.iter().map(|token| token.id).min().unwrap();
            shown(vault.token_revoke(op, open, false).await)
        }
        Action::TokenRevokeOwn => shown(vault.token_revoke_own(op, false).await),
        Action::TokenRenew => shown(vault.token_renew(op, false).await),
        Action::UnlockerAdd => shown(vault.unlocker_add(op, &passphrase(b"another passphrase")).await),
        Action::UnlockerRemove => {
            let plain = TestVault::op().unwrap();
            let last = vault.unlockers(&plain).await.unwrap().pop().unwrap().id;
            shown(vault.unlocker_remove(op, last).await)
        }
        Action::BackupForget => shown(vault.backup_forget(op, backup(vault).await).await),
        Action::MemberRemove => shown(vault.member_remove(op, &name("gone"), false).await),
        Action::RoleSet => shown(vault.role_set(op, &slug("new"), rights(), false).await),
        Action::RoleRemove => shown(vault.role_remove(op, &slug("old"), false).await),
        Action::RoleUndo => shown(vault.role_undo(op, &slug("old"), false).await),
        Action::PolicySet => shown(vault.policy_set(op, &policy("new"), RULE, false).await),
        Action::PolicyRemove => shown(vault.policy_remove(op, &policy("old"), false).await),
        Action::PolicyUndo => shown(vault.policy_undo(op, &policy("old"), false).await),
        Action::GroupSet => shown(vault.group_set(op, &group("new"), &[], false).await),
        Action::GroupRemove => shown(vault.group_remove(op, &group("old"), false).await),
        Action::GroupUndo => shown(vault.group_undo(op, &group("old"), false).await),
        other => panic!("{} is done once: how? Add it here", other.name()),
    };
    vec![one]
}

fn an_issuer(name: &str) -> NewIssuer {
    jwt::an_issuer(name, &format!("https://{name}.example"), KeysFrom::Discovery)
}

/// The same each time: its key is made anew.
fn an_authority() -> &'static AuthorityChange {
    static MADE: OnceLock<AuthorityChange> = OnceLock::new();
    MADE.get_or_init(|| {
        let own = TestCertificate::of_itself(&["cn:a"], |_| {}).unwrap();
        certificates::trusting(&[own.der()], &[], "maya")
    })
}

/// An issuer that is there, once.
async fn trusted(vault: &coffer_engine::Vault) {
    let op = TestVault::op().unwrap();
    let log = vault.audit_query(&op, &Default::default(), None, 999, false).await.unwrap().entries;
    if !log.iter().any(|entry| entry.action == "issuer_create") {
        vault.issuer_create(&op, &an_issuer("ci"), false).await.unwrap();
    }
}

/// A backup that is known, made once; where it is forgotten already it does not matter which.
async fn backup(vault: &coffer_engine::Vault) -> [u8; 16] {
    let op = TestVault::op().unwrap();
    let log = vault.audit_query(&op, &Default::default(), None, 999, true).await.unwrap().entries;
    if !log.iter().any(|entry| entry.action == "backup_create") {
        vault.backup_create(&op, 35, &mut Vec::new(), &|_| {}).await.unwrap();
    }
    vault.backup_list(&op).await.unwrap().first().map_or([0; 16], |known| known.id)
}

/// A tenant besides the one that is looked at; made when it is not there.
async fn acme(vault: &coffer_engine::Vault) -> TenantName {
    let (op, name) = (TestVault::op().unwrap(), TenantName::parse("acme").unwrap());
    if vault.tenant_create(&op, &name).await.is_ok() {
        // Something to take back.
        for most in [7, 8] {
            let change = QuotaChange { versions: Some(Some(most)), ..QuotaChange::default() };
            vault.tenant_quota(&op, &name, change).await.unwrap();
        }
    }
    name
}

/// Where what an action leaves is to be found.
fn of_instance(action: Action) -> bool {
    use Action::{
        BackupForget, TenantCreate, TenantErase, TenantQuota, TenantRename, TenantResume, TenantSet,
        TenantSuspend, TenantUndo, UnlockerAdd, UnlockerRemove,
    };
    matches!(
        action,
        BackupForget
            | TenantCreate
            | TenantErase
            | TenantQuota
            | TenantRename
            | TenantResume
            | TenantSet
            | TenantSuspend
            | TenantUndo
            | UnlockerAdd
            | UnlockerRemove
    )
}

/// Every action that is done once, done twice with one key, and looked at from all sides.
#[test]
fn a_replay_gives_the_same_answer_and_changes_nothing() {
    block_on(async {
        for action in Action::ALL.into_iter().filter(|action| action.happens_once()) {
            let world = world().await;
            let plain = match action.on_oneself() {
                true => with(&world.token),
                false => TestVault::op().unwrap(),
            };
            let once = |trail| Op { trail: Some(trail), ..keyed(&plain, "the-key", "the request") };
            let trail = Arc::new(Trail::default());
            let first = act(&world, action, &once(Arc::clone(&trail))).await;
            assert!(first.iter().all(Result::is_ok), "{}: {first:?}", action.name());
            assert!(!trail.is_replayed(), "{}", action.name());
            let (before, done) = (stored(world.storage.as_ref()).await, trail.entry().unwrap());

            let trail = Arc::new(Trail::default());
            let again = act(&world, action, &once(Arc::clone(&trail))).await;
            let expected = match action {
                Action::MemberCode
                | Action::ClientSecretCreate
                | Action::TokenCreate
                | Action::TokenCreateOwn => {
                    vec![Err("idempotency.replayed")]
                }
                // It was ended by the first: whoever shows it now is nobody.
                Action::TokenRevokeOwn => vec![Err("token.invalid")],
                _ => first.clone(),
            };
            assert_eq!(again, expected, "{}", action.name());
            assert_eq!(stored(world.storage.as_ref()).await, before, "{}", action.name());
            assert_eq!(trail.is_replayed(), again[0].is_ok(), "{}", action.name());

            let op = TestVault::op().unwrap();
            let all = Default::default();
            let log = world.vault.vault.audit_query(&op, &all, None, 999, of_instance(action)).await;
            let log: Vec<_> =
                log.unwrap().entries.into_iter().filter(|entry| entry.action == action.name()).collect();
            let outcomes: Vec<_> = log.iter().map(|entry| entry.outcome.as_str()).collect();
            let last = log.last().unwrap();
            if action == Action::TokenRevokeOwn {
                assert_eq!(outcomes, ["done", "refused"]);
                continue;
            }
            assert_eq!(last.outcome, "replayed", "{outcomes:?}");
            assert_ne!(last.id, done.to_string(), "it has an entry of its own");
            assert!(last.changes.is_empty());
            let of = last.detail.as_ref().unwrap()["of"].as_str().unwrap();
            let of = log.iter().find(|entry| entry.id == of).expect("it names the entry of the change");
            assert_eq!((of.outcome.as_str(), of.changes.is_empty()), ("done", false), "{}", action.name());
            for instance in [false, true] {
                let report = world.vault.vault.audit_verify(&op, &[], instance, &|_| {}).await.unwrap();
                assert_eq!(report.problems, [""; 0], "{}", action.name());
            }
            // The control: without a key it is done again, or can't be.
            let plain = Op { request: RequestId::generate().unwrap(), ..plain };
            act(&world, action, &plain).await;
            let after =
                world.vault.vault.audit_query(&op, &all, None, 999, of_instance(action)).await.unwrap();
            let last = after.entries.iter().rfind(|entry| entry.action == action.name()).unwrap();
            assert_ne!(last.outcome, "replayed", "{}", action.name());
        }
    });
}

#[test]
fn another_request_under_the_same_key_is_a_mismatch_and_another_member_has_keys_of_his_own() {
    block_on(async {
        let world = world().await;
        let (vault, op) = (&world.vault.vault, TestVault::op().unwrap());
        let set = async |op: &Op, value: &str| {
            coded(vault.set(op, write("dev/A", value)).await).map(|written| written.version.get())
        };
        assert_eq!(set(&keyed(&op, "k", "four"), "four").await, Ok(4));
        assert_eq!(set(&keyed(&op, "k", "five"), "five").await, Err("idempotency.mismatch"));
        let removed = coded(vault.remove(&keyed(&op, "k", "four"), &path("dev/A")).await);
        assert_eq!(removed, Err("idempotency.mismatch"), "another action");
        let mismatched = newest(&world.vault, 9).await;
        let lines: Vec<_> = mismatched.iter().map(|line| (&*line.action, &*line.outcome)).collect();
        assert!(lines.ends_with(&[
            ("secret_set", "mismatch"),
            ("secret_remove", "mismatch"),
            ("audit_query", "done")
        ]));
        assert_eq!(set(&keyed(&op, "k", "four"), "four").await, Ok(4), "the first one stands");
        assert_eq!(set(&keyed(&op, "l", "four"), "four").await, Ok(5), "another key");
        assert_eq!(set(&keyed(&with(&world.token), "k", "four"), "four").await, Ok(6), "another member");
        let (replaced, of_member) = (with(&world.other), async |op: &Op| set(op, "four").await);
        assert_eq!(
            of_member(&keyed(&replaced, "k", "four")).await,
            Ok(6),
            "another token of the same member"
        );
        vault.tenant_create(&op, &TenantName::parse("acme").unwrap()).await.unwrap();
        assert_eq!(set(&keyed(&op_in("acme"), "k", "four"), "four").await, Ok(1), "another tenant");
        // What is about the token that is shown is another request with another token.
        assert!(vault.token_renew(&keyed(&with(&world.token), "r", "renew"), false).await.is_ok());
        let other = coded(vault.token_renew(&keyed(&replaced, "r", "renew"), false).await);
        assert_eq!(other.err(), Some("idempotency.mismatch"));
    });
}

#[test]
fn a_replay_is_authorised_anew() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        vault.set("dev/A", "one").await.unwrap();
        let member = vault.member(9, &[(Role::Writer, "dev/**")]).await.unwrap();
        let once = || keyed(&member, "k", "two");
        assert_eq!(vault.vault.set(&once(), write("dev/A", "two")).await.unwrap().version, number(2));
        assert_eq!(vault.vault.set(&once(), write("dev/A", "two")).await.unwrap().version, number(2));
        vault.member(9, &[(Role::Reader, "dev/**")]).await.unwrap();
        let refused = coded(vault.vault.set(&once(), write("dev/A", "two")).await);
        assert_eq!(refused.err(), Some("access.denied"));
        assert_eq!(newest(&vault, 2).await[0].outcome, "refused");
        vault.member(9, &[(Role::Writer, "dev/**")]).await.unwrap();
        assert_eq!(vault.vault.set(&once(), write("dev/A", "two")).await.unwrap().version, number(2));
        // Several places: one that is closed by now closes all.
        let both = || vec![(path("dev/B"), Value::text("b")), (path("dev/C"), Value::text("c"))];
        let once = || keyed(&member, "both", "both");
        assert_eq!(vault.vault.set_all(&once(), both()).await.unwrap().len(), 2);
        vault.member(9, &[(Role::Writer, "dev/B")]).await.unwrap();
        assert_eq!(coded(vault.vault.set_all(&once(), both()).await).err(), Some("access.denied"));
    });
}

/// A merge reads, and then writes. Asked again it reads nothing: what is there by now may be anything.
#[test]
fn a_merge_is_not_merged_again() {
    block_on(async {
        let world = world().await;
        let (vault, op) = (&world.vault.vault, TestVault::op().unwrap());
        let merge = async || coded(vault.set(&keyed(&op, "k", "merge"), fields("maya")).await);
        let first = merge().await.unwrap();
        assert_eq!((first.version, first.created), (number(1), true));
        vault.set(&op, fields("jo")).await.unwrap();
        assert_eq!(merge().await.unwrap(), first);
        vault.set(&op, write("dev/FIELDS", "a single value")).await.unwrap();
        assert_eq!(merge().await.unwrap(), first);
        vault.remove(&op, &path("dev/FIELDS")).await.unwrap();
        assert_eq!(merge().await.unwrap(), first);
        let reads = newest(&world.vault, 99).await;
        assert_eq!(
            reads.iter().filter(|line| line.action == "secret_merge").count(),
            2,
            "once for each done"
        );
    });
}

#[test]
fn nothing_is_kept_of_what_was_not_done() {
    block_on(async {
        let world = world().await;
        let (vault, op) = (&world.vault.vault, TestVault::op().unwrap());
        let before = stored(world.storage.as_ref()).await;
        let once = || keyed(&op, "k", "if 4");
        let set = async || {
            let expect = Expect::Version(number(4));
            let write = Write {
                references: false,
                expect,
                metadata: MetadataPatch::default(),
                ..write("dev/A", "five")
            };
            coded(vault.set(&once(), write).await).map(|written| written.version.get())
        };
        assert_eq!(set().await, Err("secret.changed"));
        assert_eq!(
            coded(vault.remove(&keyed(&op, "r", "x"), &path("dev/ABSENT")).await),
            Err("secret.not_found")
        );
        assert_eq!(stored(world.storage.as_ref()).await, before);
        vault.set(&op, write("dev/A", "four")).await.unwrap();
        assert_eq!(set().await, Ok(5), "it is decided anew, and done");
        assert_eq!(set().await, Ok(5));
    });
}

#[test]
fn t_a4_a_key_ends_at_its_moment_and_is_removed_afterwards() {
    block_on(async {
        let world = world().await;
        let (vault, op) = (&world.vault.vault, TestVault::op().unwrap());
        let settings = UpkeepSettings { retention_days: 365 };
        let begun = stored(world.storage.as_ref()).await.len();
        let set = async |op: &Op| {
            coded(vault.set(&keyed(op, "k", "x"), write("dev/A", "x")).await).map(|it| it.version.get())
        };
        assert_eq!(set(&op).await, Ok(4));
        vault.tenant_create(&keyed(&op, "t", "acme"), &TenantName::parse("acme").unwrap()).await.unwrap();
        vault.set(&keyed(&op_in("acme"), "k", "y"), write("dev/A", "y")).await.unwrap();
        let just_before =
            Op { now: Timestamp::from_millis(op.now.millis() + ONCE_KEPT_SECONDS * 1000 - 1), ..op.clone() };
        assert_eq!(set(&just_before).await, Ok(4));
        assert_eq!(vault.upkeep(&just_before, settings).await.unwrap().swept, 0);
        let end = later(&op, ONCE_KEPT_SECONDS);
        assert_eq!(set(&end).await, Ok(5), "no sweeper was here, and it has ended all the same");
        assert_eq!(set(&end).await, Ok(5), "and is kept anew");

        // What ended goes: the tenant's in acme, the instance's; what was used anew stays.
        let after = later(&end, 3600);
        assert_eq!(vault.upkeep(&after, settings).await.unwrap().swept, 2);
        assert_eq!(vault.upkeep(&after, settings).await.unwrap().swept, 0);
        assert_eq!(set(&end).await, Ok(5));
        let filter =
            coffer_engine::audit::EntryFilter { action: Some("once_sweep".to_owned()), ..Default::default() };
        let log = vault.audit_query(&op, &filter, None, 9, true).await.unwrap().entries;
        assert_eq!((log.len(), log[0].actor.via.as_str(), log[0].changes.len()), (1, "system", 1));
        assert_eq!(log[0].changes[0].hash, None);
        let last = later(&end, ONCE_KEPT_SECONDS + 3600);
        assert_eq!(vault.upkeep(&last, settings).await.unwrap().swept, 1);
        let left = stored(world.storage.as_ref()).await;
        // Two versions more, and the tenant with its secret.
        assert!(left.len() > begun && left.keys().all(|key| key.as_bytes()[16] != 0x17));
        for op in [&op, &op_in("acme")] {
            assert_eq!(vault.audit_verify(op, &[], false, &|_| {}).await.unwrap().problems, [""; 0]);
        }
        assert_eq!(vault.audit_verify(&op, &[], true, &|_| {}).await.unwrap().problems, [""; 0]);
    });
}

#[test]
fn a_key_is_1_to_128_visible_characters() {
    for raw in ["k", "\"8e03978e-40d5-43e8-bc93-6894a57f9324\"", &"k".repeat(ONCE_KEY_MAX_BYTES)] {
        assert!(OnceKey::parse(raw.as_bytes()).is_ok(), "{raw}");
    }
    for raw in ["", "a b", " k", "k\n", "k\0", "\u{e9}", "\u{7f}", &"k".repeat(ONCE_KEY_MAX_BYTES + 1)] {
        assert_eq!(OnceKey::parse(raw.as_bytes()).unwrap_err().code(), "idempotency.key", "{raw:?}");
    }
    assert!(OnceKey::parse(b"k").unwrap() != OnceKey::parse(b"\"k\"").unwrap(), "byte for byte");
    let once = OnceKey::parse(b"marked").unwrap().of([0xab; 32]);
    let shown = format!("{once:?} {:?}", OnceKey::parse(b"marked").unwrap());
    assert_eq!(shown, "Once(..) OnceKey(..)", "no hash of what may hold a value");
}

/// How many versions eight tasks write, each with this operation, over two vaults.
fn versions_of_eight(vaults: &[TestVault; 2], op: impl Fn(usize) -> Op) -> (usize, Vec<u64>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let (vault, op) = (vaults[task % 2].vault.clone(), op(task));
            runtime.spawn(async move { vault.rotate(&op, &path("dev/A"), None).await.unwrap() })
        })
        .collect();
    let answers = tasks.into_iter().map(|task| runtime.block_on(task).unwrap().version.get()).collect();
    let op = TestVault::op().unwrap();
    let history = block_on(vaults[0].vault.history(&op, &path("dev/A"))).unwrap();
    (history.versions.len(), answers)
}

#[test]
fn eight_at_once_with_one_key_write_one_version() {
    let root = tempfile::tempdir().unwrap();
    let sqlite = |number: usize| {
        let mut options =
            SqliteOptions::new(root.path().join("store"), clock_at(TestVault::op().unwrap().now));
        options.create = number == 0;
        SqliteStorage::open(options).unwrap() as Arc<dyn Storage>
    };
    let shared = memory();
    let stores: [[Arc<dyn Storage>; 2]; 2] =
        [[Arc::clone(&shared) as _, shared as _], [sqlite(0), sqlite(1)]];
    for [one, other] in stores {
        let vaults =
            block_on(async { [TestVault::over(one).await.unwrap(), TestVault::over(other).await.unwrap()] });
        block_on(vaults[0].set("dev/A", "one")).unwrap();
        let op = TestVault::op().unwrap();
        assert_eq!(versions_of_eight(&vaults, |_| keyed(&op, "k", "x")), (2, vec![2; 8]));
        // The control: each with a key of its own.
        let (versions, mut answers) = versions_of_eight(&vaults, |task| keyed(&op, &task.to_string(), "x"));
        answers.sort_unstable();
        assert_eq!((versions, answers), (10, (3..11).collect()));
        let current = block_on(vaults[1].vault.get(&op, &path("dev/A"), Which::CURRENT)).unwrap();
        assert_eq!((current.version(), text(&current).len()), (number(10), 32));
    }
}
