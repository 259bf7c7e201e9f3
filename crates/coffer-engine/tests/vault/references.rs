//! Templates: filled in with what they refer to, for who may read all of it, and for nobody else.

use std::sync::Arc;

use coffer_encryption::SecretBytes;
use coffer_engine::access::Role;
use coffer_engine::content::MediaType;
use coffer_engine::limits::{REFERENCES_DEPTH_MAX, REFERENCES_FOLLOWED_MAX, REFERENCES_MAX, VALUE_MAX_BYTES};
use coffer_engine::metadata::{MetadataPatch, OnExpiry};
use coffer_engine::secret::{Form, Secret, Value};
use coffer_engine::storage::Storage;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::time::Timestamp;
use coffer_engine::vault::{Expect, NewValue, Referred, Write, WriteFile, WriteWhole};
use coffer_engine::version::Which;
use coffer_engine::{Error, Op};

use crate::support::{coded, memory, newest, number, path, text, write};
use crate::tokens::clocked;

const START: u64 = 1_767_225_600_000;

/// A write of this template.
fn template(raw: &str, text: &str) -> Write {
    Write { references: true, ..write(raw, text) }
}

fn fields(pairs: &[(&str, &str)]) -> Value {
    let field = |(name, text): &(&str, &str)| ((*name).to_owned(), SecretBytes::copy_from(text.as_bytes()));
    Value::Fields(pairs.iter().map(field).collect())
}

fn field<'s>(secret: &'s Secret, name: &str) -> &'s str {
    let Value::Fields(fields) = secret.value() else { panic!("one value") };
    std::str::from_utf8(fields[name].expose()).unwrap()
}

async fn get(vault: &TestVault, op: &Op, raw: &str) -> Result<String, &'static str> {
    coded(vault.vault.get(op, &path(raw), Which::CURRENT).await.map(|secret| text(&secret)))
}

async fn raw(vault: &TestVault, op: &Op, of: &str) -> Result<String, &'static str> {
    let wanted = [(path(of), Which::CURRENT)];
    coded(vault.vault.get_as_written(op, &wanted).await.map(|secrets| text(&secrets[0])))
}

async fn set(vault: &TestVault, op: &Op, raw: &str, text: &str) -> Result<(), Error> {
    vault.vault.set(op, template(raw, text)).await.map(drop)
}

/// A vault with a password, and an address that it stands in.
async fn with_url() -> (TestVault, Op) {
    let vault = TestVault::in_memory().await.unwrap();
    let op = TestVault::op().unwrap();
    vault.set("dev/db/PASSWORD", "one").await.unwrap();
    vault.set("dev/shared/HOST", "db.example").await.unwrap();
    set(&vault, &op, "dev/app/URL", "pg://x:${../db/PASSWORD}@${/dev/shared/HOST}").await.unwrap();
    (vault, op)
}

#[test]
fn a_template_is_filled_in_with_what_is_current() {
    block_on(async {
        let (vault, op) = with_url().await;
        assert_eq!(get(&vault, &op, "dev/app/URL").await.as_deref(), Ok("pg://x:one@db.example"));
        vault.set("dev/db/PASSWORD", "two").await.unwrap();
        assert_eq!(get(&vault, &op, "dev/app/URL").await.as_deref(), Ok("pg://x:two@db.example"));
        vault.vault.undo(&op, &path("dev/db/PASSWORD")).await.unwrap();
        assert_eq!(get(&vault, &op, "dev/app/URL").await.as_deref(), Ok("pg://x:one@db.example"));
        assert_eq!(
            raw(&vault, &op, "dev/app/URL").await.as_deref(),
            Ok("pg://x:${../db/PASSWORD}@${/dev/shared/HOST}")
        );
        // Through another one, with the others of a read, and in each field of a map.
        set(&vault, &op, "dev/app/BOTH", "${URL} $${URL}").await.unwrap();
        let map = NewValue::Replace(fields(&[
            ("a", "<${URL}>"),
            ("b", "plain"),
            ("c", "${../../dev/db/PASSWORD}"),
        ]));
        let map = Write { value: Some(map), ..template("dev/app/MAP", "") };
        vault.vault.set(&op, map).await.unwrap();
        set(&vault, &op, "dev/app/PICKED", "${MAP#a}").await.unwrap();
        let wanted = ["dev/app/BOTH", "dev/app/MAP", "dev/app/PICKED", "dev/db/PASSWORD"];
        let wanted = wanted.map(|raw| (path(raw), Which::CURRENT));
        let read = vault.vault.get_all(&op, &wanted).await.unwrap();
        assert_eq!(text(&read[0]), "pg://x:one@db.example ${URL}");
        assert_eq!((field(&read[1], "a"), field(&read[1], "b")), ("<pg://x:one@db.example>", "plain"));
        assert_eq!(field(&read[1], "c"), "one");
        assert_eq!(
            (text(&read[2]), text(&read[3])),
            ("<pg://x:one@db.example>".to_owned(), "one".to_owned())
        );
    });
}

#[test]
fn only_what_is_written_as_a_template_is_one() {
    block_on(async {
        let (vault, op) = with_url().await;
        for plain in ["${../db/PASSWORD}", "${HOME}", "${", "$${X}"] {
            vault.set("dev/app/PLAIN", plain).await.unwrap();
            assert_eq!(get(&vault, &op, "dev/app/PLAIN").await.as_deref(), Ok(plain));
        }
        // Each version is what it was written as.
        vault.set("dev/app/URL", "${../db/PASSWORD}").await.unwrap();
        assert_eq!(get(&vault, &op, "dev/app/URL").await.as_deref(), Ok("${../db/PASSWORD}"));
        let first = vault.vault.get(&op, &path("dev/app/URL"), Which::Number(number(1))).await.unwrap();
        assert_eq!(text(&first), "pg://x:one@db.example");
        vault.vault.undo(&op, &path("dev/app/URL")).await.unwrap();
        assert_eq!(get(&vault, &op, "dev/app/URL").await.as_deref(), Ok("pg://x:one@db.example"));
        // What is only known about it changes nothing of that.
        vault.vault.set(&op, Write { value: None, ..write("dev/app/URL", "") }).await.unwrap();
        assert_eq!(get(&vault, &op, "dev/app/URL").await.as_deref(), Ok("pg://x:one@db.example"));
        vault.vault.rotate(&op, &path("dev/app/URL"), Some(Value::text("${X}"))).await.unwrap();
        assert_eq!(get(&vault, &op, "dev/app/URL").await.as_deref(), Ok("${X}"));
    });
}

#[test]
fn fields_that_are_merged_keep_what_they_mean() {
    block_on(async {
        let (vault, op) = with_url().await;
        let merge = |references, pairs: &[(&str, &str)]| {
            let field = |(name, text): &(&str, &str)| {
                ((*name).to_owned(), Some(SecretBytes::copy_from(text.as_bytes())))
            };
            let value = Some(NewValue::Merge(pairs.iter().map(field).collect()));
            Write { value, references, ..write("dev/db/MAP", "") }
        };
        vault.vault.set(&op, merge(false, &[("plain", "${PASSWORD}"), ("gone", "$${")])).await.unwrap();
        vault.vault.set(&op, merge(true, &[("url", "x${PASSWORD}")])).await.unwrap();
        vault.vault.set(&op, merge(false, &[("late", "${/dev/nothing} $$${")])).await.unwrap();
        let map = vault.vault.get(&op, &path("dev/db/MAP"), Which::CURRENT).await.unwrap();
        assert_eq!((field(&map, "plain"), field(&map, "gone")), ("${PASSWORD}", "$${"));
        assert_eq!((field(&map, "url"), field(&map, "late")), ("xone", "${/dev/nothing} $$${"));
        let wanted = [(path("dev/db/MAP"), Which::CURRENT)];
        let written = vault.vault.get_as_written(&op, &wanted).await.unwrap();
        assert_eq!(
            (field(&written[0], "plain"), field(&written[0], "url")),
            ("$${PASSWORD}", "x${PASSWORD}")
        );
        assert_eq!((written[0].form(), map.form() == Form::Template), (Form::Template, false));
    });
}

/// Neither when it is written, nor when what it refers to has become one.
#[test]
fn no_file_is_filled_in() {
    block_on(async {
        let (vault, op) = with_url().await;
        let put = async |raw: &str| {
            let file = WriteFile {
                path: path(raw),
                media_type: MediaType::parse("text/plain").unwrap(),
                expect: Expect::Anything,
                metadata: MetadataPatch::default(),
                replace: false,
            };
            let upload = vault.vault.set_file(&op, file).await.unwrap();
            upload.commit(op.now, None).await.unwrap();
        };
        put("dev/FILE").await;
        assert_eq!(coded(set(&vault, &op, "dev/X", "${FILE}").await), Err("reference.file"));
        assert!(get(&vault, &op, "dev/app/URL").await.is_ok());
        put("dev/db/PASSWORD").await;
        assert_eq!(get(&vault, &op, "dev/app/URL").await, Err("reference.file"));
        let entry = newest(&vault, 2).await.into_iter().find(|entry| entry.action == "secret_get").unwrap();
        assert_eq!((entry.outcome.as_str(), entry.path.as_str()), ("mismatch", "dev/db/PASSWORD"));
    });
}

#[test]
fn what_can_not_be_right_is_refused_when_it_is_written() {
    block_on(async {
        let (vault, op) = with_url().await;
        vault
            .vault
            .set(&op, Write { value: Some(NewValue::Set(fields(&[("user", "x")]))), ..write("dev/MAP", "") })
            .await
            .unwrap();
        vault.vault.remove(&op, &path("dev/shared/HOST")).await.unwrap();
        for (text, code) in [
            ("a${", "reference.invalid"),
            ("${a b /x}", "reference.invalid"),
            ("${../../X}", "reference.invalid"),
            ("${NOTHING}", "reference.absent"),
            ("${shared/HOST}", "reference.absent"),
            ("${MAP}", "reference.field"),
            ("${db/PASSWORD#user}", "reference.field"),
            ("${X}", "reference.cycle"),
        ] {
            assert_eq!(coded(set(&vault, &op, "dev/X", text).await), Err(code), "{text}");
        }
        assert_eq!(get(&vault, &op, "dev/X").await, Err("secret.not_found"));
        set(&vault, &op, "dev/X", "${MAP#user}").await.unwrap();
        let many = "${db/PASSWORD}".repeat(REFERENCES_MAX + 1);
        assert_eq!(coded(set(&vault, &op, "dev/X", &many).await), Err("reference.too_many"));
    });
}

#[test]
fn a_circle_is_refused_and_named_as_far_as_its_writer_may_see() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        vault.set("a/A", "x").await.unwrap();
        set(&vault, &op, "hidden/B", "${/a/A}").await.unwrap();
        set(&vault, &op, "a/C", "${/hidden/B}").await.unwrap();
        let told = |error: Error| error.to_string();
        let error = set(&vault, &op, "a/A", "${C}").await.unwrap_err();
        assert_eq!(error.code(), "reference.cycle");
        assert_eq!(told(error), "the references go round in a circle: a/A -> a/C -> hidden/B -> a/A");
        let member = vault.member(1, &[(Role::Writer, "a/**")]).await.unwrap();
        let error = set(&vault, &member, "a/A", "${C}").await.unwrap_err();
        assert_eq!(told(error), "the references go round in a circle: a/A -> a/C -> (another) -> a/A");
        // Undoing may close one: then reading says so, and nothing is given.
        set(&vault, &op, "dev/X", "${/a/A}").await.unwrap();
        vault.set("dev/X", "x").await.unwrap();
        set(&vault, &op, "a/A", "${/dev/X}").await.unwrap();
        vault.vault.undo(&op, &path("dev/X")).await.unwrap();
        for round in ["dev/X", "a/A", "a/C"] {
            assert_eq!(get(&vault, &op, round).await, Err("reference.cycle"));
        }
        assert_eq!(raw(&vault, &op, "a/A").await.as_deref(), Ok("${/dev/X}"));
        vault.set("a/A", "mended").await.unwrap();
        assert_eq!(get(&vault, &op, "a/C").await.as_deref(), Ok("mended"));
    });
}

#[test]
fn what_is_written_together_may_refer_to_each_other_but_not_in_a_circle() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        let whole = |raw: &str, text: &str, references| WriteWhole {
            references,
            ..WriteWhole::from((path(raw), Value::text(text)))
        };
        let both = vec![whole("dev/URL", "${PASSWORD}!", true), whole("dev/PASSWORD", "one", false)];
        vault.vault.set_all(&op, both).await.unwrap();
        assert_eq!(get(&vault, &op, "dev/URL").await.as_deref(), Ok("one!"));
        let circle = vec![whole("dev/PASSWORD", "${URL}", true), whole("dev/OTHER", "x", false)];
        assert_eq!(coded(vault.vault.set_all(&op, circle).await.map(drop)), Err("reference.cycle"));
        assert_eq!(get(&vault, &op, "dev/OTHER").await, Err("secret.not_found"));
        // What stands when all are written counts: one end is a plain value then.
        let turned = vec![whole("dev/PASSWORD", "${URL}?", true), whole("dev/URL", "two", false)];
        vault.vault.set_all(&op, turned).await.unwrap();
        assert_eq!(get(&vault, &op, "dev/PASSWORD").await.as_deref(), Ok("two?"));
    });
}

#[test]
fn two_writers_at_once_close_no_circle() {
    for _ in 0..8 {
        let vault = block_on(TestVault::in_memory()).unwrap();
        let op = TestVault::op().unwrap();
        for name in ["dev/A", "dev/B", "dev/C"] {
            block_on(vault.set(name, "x")).unwrap();
        }
        let start = std::sync::Barrier::new(3);
        let said: Vec<_> = std::thread::scope(|scope| {
            let each = [("dev/A", "${B}"), ("dev/B", "${C}"), ("dev/C", "${A}")].map(|(raw, text)| {
                let (vault, op, start) = (&vault, &op, &start);
                scope.spawn(move || {
                    start.wait();
                    coded(block_on(set(vault, op, raw, text)))
                })
            });
            each.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        let refused: Vec<_> = said.iter().filter(|said| said.is_err()).collect();
        assert_eq!(refused, [&Err("reference.cycle")]);
        for name in ["dev/A", "dev/B", "dev/C"] {
            assert_eq!(block_on(get(&vault, &op, name)).as_deref(), Ok("x"));
        }
    }
}

#[test]
fn a_writer_may_read_what_he_has_others_fetch() {
    block_on(async {
        let (vault, op) = with_url().await;
        let writer = vault.member(1, &[(Role::Writer, "dev/app/**")]).await.unwrap();
        // Whether it is there or not.
        for target in ["/dev/db/PASSWORD", "/dev/db/NOTHING"] {
            let error = set(&vault, &writer, "dev/app/X", &format!("${{{target}}}")).await.unwrap_err();
            assert_eq!(error.code(), "access.denied");
            assert!(error.to_string().contains("needs `read` on dev/db/"), "{error}");
            let entry =
                newest(&vault, 2).await.into_iter().find(|entry| entry.action == "secret_get").unwrap();
            assert_eq!((entry.outcome.as_str(), entry.path.as_str()), ("refused", &target[1..]));
        }
        let lister = vault.member(2, &[(Role::Writer, "dev/app/**"), (Role::Rotator, "**")]).await.unwrap();
        assert_eq!(
            coded(set(&vault, &lister, "dev/app/X", "${/dev/db/PASSWORD}").await),
            Err("access.denied")
        );
        let reader = vault
            .member(3, &[(Role::Writer, "dev/app/**"), (Role::Reader, "dev/db/PASSWORD")])
            .await
            .unwrap();
        set(&vault, &reader, "dev/app/X", "${/dev/db/PASSWORD}").await.unwrap();
        assert_eq!(get(&vault, &op, "dev/app/X").await.as_deref(), Ok("one"));
    });
}

#[test]
fn a_reader_gets_nothing_that_he_may_not_read_and_learns_no_name() {
    block_on(async {
        let (vault, op) = with_url().await;
        set(&vault, &op, "dev/app/DEEP", "${URL}").await.unwrap();
        let said = async |op: &Op, raw: &str| {
            let error = vault.vault.get(op, &path(raw), Which::CURRENT).await.unwrap_err();
            let entry =
                newest(&vault, 2).await.into_iter().find(|entry| entry.action == "secret_get").unwrap();
            (error.code(), error.to_string(), entry.outcome, entry.path)
        };
        let blind =
            vault.member(1, &[(Role::Reader, "dev/app/**"), (Role::Reader, "dev/shared/**")]).await.unwrap();
        for raw in ["dev/app/URL", "dev/app/DEEP"] {
            let (code, told, outcome, at) = said(&blind, raw).await;
            assert_eq!(
                (code, outcome.as_str(), at.as_str()),
                ("reference.denied", "refused", "dev/db/PASSWORD")
            );
            assert_eq!(told, "dev/app/URL is filled in with a secret that you may not read");
        }
        // There or not is the same to him.
        vault.vault.destroy(&op, &path("dev/db/PASSWORD"), None).await.unwrap();
        assert_eq!(said(&blind, "dev/app/URL").await.0, "reference.denied");
        let sees = vault.member(2, &[(Role::Reader, "dev/app/**"), (Role::Auditor, "**")]).await.unwrap();
        let (code, told, ..) = said(&sees, "dev/app/URL").await;
        assert_eq!(code, "access.denied");
        assert!(told.contains("needs `read` on dev/"), "{told}");
        // What he may read he gets as it was written.
        assert!(raw(&vault, &blind, "dev/app/URL").await.is_ok());
    });
}

#[test]
fn each_secret_that_stands_in_a_value_has_an_entry_of_its_own() {
    block_on(async {
        let (vault, op) = with_url().await;
        set(&vault, &op, "dev/app/TWICE", "${URL}${URL}${../db/PASSWORD}").await.unwrap();
        get(&vault, &op, "dev/app/TWICE").await.unwrap();
        let mut entries = newest(&vault, 5).await;
        entries.retain(|entry| entry.action == "secret_get");
        let said = |entry: &coffer_engine::audit::LoggedEntry| {
            let leaf: serde_json::Value = serde_json::from_slice(&entry.leaf).unwrap();
            let into = leaf["detail"]["filled_into"].as_str().map(str::to_owned);
            (entry.path.clone(), entry.version, entry.outcome.clone(), into, leaf["request"].clone())
        };
        let mut said: Vec<_> = entries.iter().map(said).collect();
        let last = said.iter().find(|(path, ..)| path == "dev/app/TWICE").cloned().unwrap();
        assert_eq!((&last.3, said.iter().all(|said| said.4 == last.4)), (&None, true));
        said.sort_by(|left, right| left.0.cmp(&right.0));
        let named: Vec<_> = said
            .iter()
            .map(|(path, version, outcome, ..)| (path.as_str(), *version, outcome.as_str()))
            .collect();
        let done = |path| (path, Some(1), "done");
        assert_eq!(
            named,
            [done("dev/app/TWICE"), done("dev/app/URL"), done("dev/db/PASSWORD"), done("dev/shared/HOST")]
        );
        assert_eq!(said[3].3.as_deref(), Some("dev/app/URL"));
        // Without a template there is one.
        let before = newest(&vault, 1).await[0].index;
        get(&vault, &op, "dev/db/PASSWORD").await.unwrap();
        raw(&vault, &op, "dev/app/TWICE").await.unwrap();
        assert_eq!(newest(&vault, 1).await[0].index - before, 3);
    });
}

#[test]
fn what_is_gone_breaks_what_it_stands_in_until_it_is_back() {
    block_on(async {
        let (vault, op) = with_url().await;
        let target = path("dev/db/PASSWORD");
        let removed = vault.vault.remove(&op, &target).await.unwrap();
        assert_eq!(removed.referred_by, ["dev/app/URL"]);
        let error = vault.vault.get(&op, &path("dev/app/URL"), Which::CURRENT).await.unwrap_err();
        assert_eq!(error.code(), "reference.broken");
        assert_eq!(
            error.to_string(),
            "dev/app/URL is filled in with dev/db/PASSWORD, which is not there to be read"
        );
        vault.vault.undo(&op, &target).await.unwrap();
        assert!(get(&vault, &op, "dev/app/URL").await.is_ok());
        assert_eq!(vault.vault.destroy(&op, &target, None).await.unwrap().referred_by, ["dev/app/URL"]);
        assert_eq!(get(&vault, &op, "dev/app/URL").await, Err("reference.broken"));
        // Fields took its place: no reader can tell which is meant.
        let map =
            Write { value: Some(NewValue::Replace(fields(&[("a", "x")]))), ..write("dev/db/PASSWORD", "") };
        vault.vault.set(&op, map).await.unwrap();
        assert_eq!(get(&vault, &op, "dev/app/URL").await, Err("reference.broken"));
        let entry = newest(&vault, 2).await.into_iter().find(|entry| entry.action == "secret_get").unwrap();
        assert_eq!((entry.outcome.as_str(), entry.path.as_str()), ("invalid", "dev/app/URL"));
        vault.set("dev/db/PASSWORD", "new").await.unwrap();
        assert_eq!(get(&vault, &op, "dev/app/URL").await.as_deref(), Ok("pg://x:new@db.example"));
    });
}

#[test]
fn what_has_expired_and_is_denied_stands_in_nothing() {
    block_on(async {
        let (storage, clock) = clocked();
        let vault = TestVault::over(storage as Arc<dyn Storage>).await.unwrap();
        let op = TestVault::op().unwrap();
        vault.set("dev/A", "one").await.unwrap();
        set(&vault, &op, "dev/B", "${A}").await.unwrap();
        set(&vault, &op, "dev/C", "${B}").await.unwrap();
        let end = Timestamp::from_millis(START + 1000);
        let last = |on_expiry| Write {
            value: None,
            metadata: MetadataPatch {
                expires: Some(Some(end)),
                on_expiry: Some(on_expiry),
                ..MetadataPatch::default()
            },
            ..write("dev/A", "")
        };
        vault.vault.set(&op, last(OnExpiry::Deny)).await.unwrap();
        let c = vault.vault.get(&op, &path("dev/C"), Which::CURRENT).await.unwrap();
        assert_eq!(
            (text(&c).as_str(), c.expires()),
            ("one", Some(end)),
            "the first end of all that is in it"
        );
        // On the storage's clock, and on the request's.
        clock.store(START + 1001, std::sync::atomic::Ordering::SeqCst);
        let late = Op { now: Timestamp::from_millis(START + 1001), ..op.clone() };
        for op in [&op, &late] {
            for raw in ["dev/A", "dev/B", "dev/C"] {
                assert_eq!(get(&vault, op, raw).await, Err("secret.expired"));
            }
            let both = [path("dev/C"), path("dev/B")].map(|path| (path, Which::CURRENT));
            assert_eq!(coded(vault.vault.get_all(op, &both).await.map(drop)), Err("secret.expired"));
            assert_eq!(raw(&vault, op, "dev/C").await.as_deref(), Ok("${B}"));
        }
        let entry = newest(&vault, 4).await.into_iter().find(|entry| entry.outcome == "expired").unwrap();
        assert_eq!(entry.path, "dev/A");
        vault.vault.set(&op, last(OnExpiry::Warn)).await.unwrap();
        assert_eq!(get(&vault, &late, "dev/C").await.as_deref(), Ok("one"));
    });
}

#[test]
fn what_it_is_filled_in_with_is_told_by_bytes_that_change_with_it() {
    block_on(async {
        let (vault, op) = with_url().await;
        set(&vault, &op, "dev/app/DEEP", "${URL}").await.unwrap();
        let form =
            async |raw: &str| match vault.vault.get(&op, &path(raw), Which::CURRENT).await.unwrap().form() {
                Form::FilledIn(with) => with,
                form => panic!("{form:?}"),
            };
        let first = form("dev/app/DEEP").await;
        assert_eq!(first, form("dev/app/DEEP").await);
        assert_ne!(first, form("dev/app/URL").await);
        vault.set("dev/db/PASSWORD", "two").await.unwrap();
        let second = form("dev/app/DEEP").await;
        assert_ne!(first, second);
        // What is made anew under the same name and number is another secret.
        vault.vault.destroy(&op, &path("dev/shared/HOST"), None).await.unwrap();
        vault.set("dev/shared/HOST", "db.example").await.unwrap();
        assert_ne!(second, form("dev/app/DEEP").await);
        vault.vault.undo(&op, &path("dev/db/PASSWORD")).await.unwrap();
        let plain = vault.vault.get(&op, &path("dev/db/PASSWORD"), Which::CURRENT).await.unwrap();
        assert_eq!(plain.form(), Form::Plain);
    });
}

/// Two processes over one storage: what one has looked at before, the other changes.
#[test]
fn nothing_stale_is_filled_in_and_nothing_withdrawn() {
    block_on(async {
        let storage = memory() as Arc<dyn Storage>;
        let here = TestVault::over(Arc::clone(&storage)).await.unwrap();
        let there = TestVault::over(storage).await.unwrap();
        let owner = TestVault::op().unwrap();
        here.set("dev/A", "one").await.unwrap();
        set(&here, &owner, "dev/B", "<${A}>").await.unwrap();
        let member = here.member(1, &[(Role::Reader, "dev/**")]).await.unwrap();
        assert_eq!(get(&here, &member, "dev/B").await.as_deref(), Ok("<one>"));
        there.set("dev/A", "two").await.unwrap();
        assert_eq!(get(&here, &member, "dev/B").await.as_deref(), Ok("<two>"));
        there.member(1, &[(Role::Reader, "dev/B")]).await.unwrap();
        assert_eq!(get(&here, &member, "dev/B").await, Err("reference.denied"));
        // What closes a circle is seen, too, by who has not looked for a while.
        set(&there, &owner, "dev/C", "${B}").await.unwrap();
        assert_eq!(coded(set(&here, &owner, "dev/A", "${C}").await), Err("reference.cycle"));
        there.vault.remove(&owner, &path("dev/A")).await.unwrap();
        assert_eq!(get(&here, &owner, "dev/B").await, Err("reference.broken"));
    });
}

#[test]
fn only_so_much_is_followed_and_filled_in() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        vault.set("dev/0", "end").await.unwrap();
        for depth in 1..=REFERENCES_DEPTH_MAX {
            set(&vault, &op, &format!("dev/{depth}"), &format!("${{{}}}", depth - 1)).await.unwrap();
        }
        let deepest = format!("dev/{REFERENCES_DEPTH_MAX}");
        assert_eq!(get(&vault, &op, &deepest).await.as_deref(), Ok("end"));
        let below = format!("${{{REFERENCES_DEPTH_MAX}}}");
        assert_eq!(coded(set(&vault, &op, "dev/X", &below).await), Err("reference.too_deep"));
        // One that came in between: who reads learns it.
        set(&vault, &op, "dev/0", "${/dev/NEW}").await.unwrap_err();
        vault.set("dev/NEW", "new").await.unwrap();
        set(&vault, &op, "dev/0", "${NEW}").await.unwrap();
        assert_eq!(get(&vault, &op, &deepest).await, Err("reference.too_deep"));

        let large = "x".repeat(VALUE_MAX_BYTES / 2);
        vault.set("big/HALF", &large).await.unwrap();
        set(&vault, &op, "big/WHOLE", "${HALF}${HALF}").await.unwrap();
        set(&vault, &op, "big/MORE", "${WHOLE}.").await.unwrap();
        assert_eq!(get(&vault, &op, "big/WHOLE").await.map(|text| text.len()), Ok(VALUE_MAX_BYTES));
        assert_eq!(get(&vault, &op, "big/MORE").await, Err("reference.too_large"));
        let again: Vec<_> = (0..17).map(|_| (path("big/WHOLE"), Which::CURRENT)).collect();
        assert_eq!(coded(vault.vault.get_all(&op, &again).await.map(drop)), Err("reference.too_large"));

        let wide = REFERENCES_FOLLOWED_MAX.div_ceil(REFERENCES_MAX) + 1;
        let mut all = String::new();
        for group in 0..wide {
            let leaves: Vec<_> = (0..REFERENCES_MAX)
                .map(|leaf| (path(&format!("wide/{group}-{leaf}")), Value::text("x")))
                .collect();
            vault.vault.set_all(&op, leaves).await.unwrap();
            let names: String = (0..REFERENCES_MAX).map(|leaf| format!("${{{group}-{leaf}}}")).collect();
            set(&vault, &op, &format!("wide/{group}"), &names).await.unwrap();
            all.push_str(&format!("${{{group}}}"));
        }
        assert_eq!(coded(set(&vault, &op, "wide/ALL", &all).await), Err("reference.too_many"));
        let groups: Vec<_> =
            (0..wide).map(|group| (path(&format!("wide/{group}")), Which::CURRENT)).collect();
        assert_eq!(coded(vault.vault.get_all(&op, &groups).await.map(drop)), Err("reference.too_many"));
    });
}

#[test]
fn it_is_told_what_refers_to_what_to_who_may_list_it() {
    block_on(async {
        let (vault, op) = with_url().await;
        set(&vault, &op, "prod/DEEP", "${/dev/app/URL}").await.unwrap();
        set(&vault, &op, "prod/DEEPER", "${DEEP}").await.unwrap();
        let told = |side: &[Referred]| -> Vec<(String, bool, bool)> {
            side.iter().map(|one| (one.path.to_string(), one.direct, one.there)).collect()
        };
        let one = |path: &str, direct| (path.to_owned(), direct, true);
        let url = vault.vault.references(&op, &path("dev/app/URL")).await.unwrap();
        assert_eq!((url.is_template, url.more), (true, false));
        assert_eq!(told(&url.refers_to), [one("dev/db/PASSWORD", true), one("dev/shared/HOST", true)]);
        assert_eq!(told(&url.referred_by), [one("prod/DEEP", true), one("prod/DEEPER", false)]);
        let password = vault.vault.references(&op, &path("dev/db/PASSWORD")).await.unwrap();
        assert_eq!((password.is_template, password.refers_to.len()), (false, 0));
        let all = [one("dev/app/URL", true), one("prod/DEEP", false), one("prod/DEEPER", false)];
        assert_eq!(told(&password.referred_by), all);
        // One that may not be listed is not named; what lies behind it is.
        let member =
            vault.member(1, &[(Role::Auditor, "dev/db/**"), (Role::Auditor, "prod/DEEPER")]).await.unwrap();
        let seen = vault.vault.references(&member, &path("dev/db/PASSWORD")).await.unwrap();
        assert_eq!(told(&seen.referred_by), [one("prod/DEEPER", false)]);
        let refused = vault.vault.references(&member, &path("dev/app/URL")).await.map(drop);
        assert_eq!(coded(refused), Err("access.denied"));
        // What is in the trash refers to nothing, and is still asked about.
        vault.vault.remove(&op, &path("dev/app/URL")).await.unwrap();
        let gone = vault.vault.references(&op, &path("dev/app/URL")).await.unwrap();
        assert_eq!((told(&gone.refers_to), gone.referred_by.len()), (Vec::new(), 2));
        let deep = vault.vault.references(&op, &path("prod/DEEP")).await.unwrap();
        assert_eq!(told(&deep.refers_to), [("dev/app/URL".to_owned(), true, false)]);
        assert_eq!(
            coded(vault.vault.references(&op, &path("dev/NONE")).await.map(drop)),
            Err("secret.not_found")
        );
        let entry =
            newest(&vault, 2).await.into_iter().find(|entry| entry.action == "secret_references").unwrap();
        assert_eq!((entry.outcome.as_str(), entry.path.as_str()), ("absent", "dev/NONE"));
    });
}

#[test]
fn what_is_equal_as_it_was_written_and_no_template_is_another() {
    block_on(async {
        let (vault, op) = with_url().await;
        set(&vault, &op, "dev/db/X", "${PASSWORD}").await.unwrap();
        vault.set("prod/db/PASSWORD", "three").await.unwrap();
        set(&vault, &op, "prod/db/X", "${PASSWORD}").await.unwrap();
        vault.set("test/db/X", "${PASSWORD}").await.unwrap();
        let folders = ["dev", "prod", "test"].map(|raw| coffer_engine::path::FolderPath::parse(raw).unwrap());
        let compared = vault.vault.compare(&op, &folders).await.unwrap();
        let row = compared.iter().find(|row| row.name == "db/X").unwrap();
        let groups: Vec<_> = row.found.iter().map(|one| one.unwrap().group).collect();
        assert_eq!(groups, [Some(0), Some(0), Some(1)]);
        assert_eq!(get(&vault, &op, "prod/db/X").await.as_deref(), Ok("three"));
    });
}

#[test]
fn who_writes_expects_as_for_every_value() {
    block_on(async {
        let (vault, op) = with_url().await;
        let stale =
            Write { expect: Expect::Version(number(7)), ..template("dev/app/URL", "${../db/PASSWORD}") };
        assert_eq!(coded(vault.vault.set(&op, stale).await.map(drop)), Err("secret.changed"));
        assert_eq!(get(&vault, &op, "dev/app/URL").await.as_deref(), Ok("pg://x:one@db.example"));
    });
}
