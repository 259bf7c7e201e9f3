use std::collections::BTreeMap;

use coffer_encryption::SecretBytes;
use coffer_engine::Error;
use coffer_engine::audit::EntryFilter;
use coffer_engine::error::{Conflict, ErrorKind};
use coffer_engine::metadata::MetadataPatch;
use coffer_engine::path::{FolderPath, SecretPath};
use coffer_engine::secret::{Secret, Value};
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::vault::{Expect, NewValue, Write, WriteWhole};
use coffer_engine::version::{Stage, VersionNumber, Which};

use crate::support::{coded, number};

fn path(raw: &str) -> SecretPath {
    SecretPath::parse(raw).unwrap()
}

fn text(secret: &Secret) -> String {
    match secret.value() {
        Value::Bytes(bytes) => String::from_utf8(bytes.expose().to_vec()).unwrap(),
        Value::Fields(fields) => fields
            .iter()
            .map(|(name, field)| format!("{name}={} ", String::from_utf8_lossy(field.expose())))
            .collect(),
    }
}

async fn current(vault: &TestVault, raw: &str) -> Result<String, Error> {
    let op = TestVault::op()?;
    Ok(text(&vault.vault.get(&op, &path(raw), Which::CURRENT).await?))
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    result.unwrap_err().code()
}

#[test]
fn a_secret_lives() {
    block_on(async {
        let vault = TestVault::in_memory().await?;
        let op = TestVault::op()?;
        assert_eq!(code(current(&vault, "dev/app/URL").await), "secret.not_found");
        let first = vault.set("dev/app/URL", "one").await?;
        assert!(first.created && first.version == VersionNumber::FIRST);
        assert_eq!(current(&vault, "dev/app/URL").await?, "one");
        let second = vault.set("dev/app/URL", "two").await?;
        assert!(!second.created && second.version.get() == 2);
        let third = vault.vault.rotate(&op, &path("dev/app/URL"), Some(Value::text("three"))).await?;
        assert_eq!(third.version.get(), 3);
        let at = |which| vault.vault.get(&op, FIXED.get_or_init(|| path("dev/app/URL")), which);
        static FIXED: std::sync::OnceLock<SecretPath> = std::sync::OnceLock::new();
        assert_eq!(text(&at(Which::Stage(Stage::Previous)).await?), "two");
        assert_eq!(text(&at(Which::Number(VersionNumber::FIRST)).await?), "one");
        assert_eq!(code(at(Which::Stage(Stage::Pending)).await), "version.not_found");

        vault.vault.remove(&op, &path("dev/app/URL")).await?;
        assert_eq!(code(current(&vault, "dev/app/URL").await), "secret.not_found");
        assert_eq!(vault.vault.undo(&op, &path("dev/app/URL")).await?.map(VersionNumber::get), Some(3));
        assert_eq!(current(&vault, "dev/app/URL").await?, "three");
        assert_eq!(vault.vault.undo(&op, &path("dev/app/URL")).await?.map(VersionNumber::get), Some(2));
        assert_eq!(vault.vault.undo(&op, &path("dev/app/URL")).await?.map(VersionNumber::get), Some(1));
        assert_eq!(vault.vault.undo(&op, &path("dev/app/URL")).await?, None);
        assert_eq!(code(current(&vault, "dev/app/URL").await), "secret.not_found");
        assert_eq!(code(vault.vault.undo(&op, &path("dev/app/URL")).await), "undo.nothing");
        // Nothing is lost by undoing.
        assert_eq!(vault.vault.history(&op, &path("dev/app/URL")).await?.versions.len(), 3);
        Ok::<(), Error>(())
    })
    .unwrap();
}

#[test]
fn compare_and_set_is_decided_in_the_commit() {
    block_on(async {
        let vault = TestVault::in_memory().await?;
        let op = TestVault::op()?;
        let write = |expect| Write {
            path: path("dev/A"),
            value: Some(NewValue::Replace(Value::text("x"))),
            references: false,
            expect,
            metadata: MetadataPatch::default(),
        };
        assert_eq!(
            code(vault.vault.set(&op, write(Expect::Version(VersionNumber::FIRST))).await),
            "secret.changed"
        );
        vault.vault.set(&op, write(Expect::Nothing)).await?;
        let error = vault.vault.set(&op, write(Expect::Nothing)).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Conflict(Conflict::Version { current: 1 })));
        assert!(error.entry().is_some(), "a mismatch leaves an entry");
        vault.vault.set(&op, write(Expect::Version(VersionNumber::FIRST))).await?;
        Ok::<(), Error>(())
    })
    .unwrap();
}

#[test]
fn setting_a_field_never_wipes_the_others() {
    block_on(async {
        let vault = TestVault::in_memory().await?;
        let op = TestVault::op()?;
        let merge = |fields: &[(&str, Option<&str>)]| Write {
            path: path("dev/db"),
            value: Some(NewValue::Merge(
                fields
                    .iter()
                    .map(|(name, value)| {
                        (name.to_string(), value.map(|v| SecretBytes::copy_from(v.as_bytes())))
                    })
                    .collect::<BTreeMap<_, _>>(),
            )),
            references: false,
            expect: Expect::Anything,
            metadata: MetadataPatch::default(),
        };
        vault.vault.set(&op, merge(&[("user", Some("u")), ("password", Some("p"))])).await?;
        vault.vault.set(&op, merge(&[("password", Some("q"))])).await?;
        assert_eq!(current(&vault, "dev/db").await?, "password=q user=u ");
        vault.vault.set(&op, merge(&[("user", None)])).await?;
        assert_eq!(current(&vault, "dev/db").await?, "password=q ");
        vault.set("dev/A", "bytes").await?;
        let error = vault.vault.set(&op, Write { path: path("dev/A"), ..merge(&[("x", Some("y"))]) }).await;
        assert_eq!(code(error), "value.no_fields");
        Ok::<(), Error>(())
    })
    .unwrap();
}

#[test]
fn folders_come_and_go_with_their_secrets() {
    block_on(async {
        let vault = TestVault::in_memory().await?;
        let op = TestVault::op()?;
        for name in ["dev/app/A", "dev/app/B", "dev/C", "prod/x/y/D"] {
            vault.set(name, "v").await?;
        }
        let list = async |folder: &str, recursive| -> Result<(Vec<String>, Vec<String>), Error> {
            let listing = vault.vault.list(&op, &FolderPath::parse(folder)?, recursive).await?;
            Ok((
                listing.folders.iter().map(|f| f.as_str().to_owned()).collect(),
                listing.secrets.iter().map(|s| s.path.as_str().to_owned()).collect(),
            ))
        };
        assert_eq!(list("", false).await?, (vec!["dev".into(), "prod".into()], vec![]));
        assert_eq!(list("dev", false).await?, (vec!["dev/app".into()], vec!["dev/C".into()]));
        assert_eq!(list("", true).await?.1, ["dev/C", "dev/app/A", "dev/app/B", "prod/x/y/D"]);
        vault.vault.remove(&op, &path("dev/app/A")).await?;
        assert_eq!(list("dev/app", false).await?.1, ["dev/app/B"]);
        assert_eq!(vault.vault.destroy(&op, &path("prod/x/y/D"), None).await?.versions, 1);
        assert_eq!(list("", true).await?.0, ["dev", "dev/app"]);
        vault.vault.destroy(&op, &path("dev/app/A"), None).await?;
        vault.vault.destroy(&op, &path("dev/app/B"), None).await?;
        assert_eq!(list("", true).await?, (vec!["dev".into()], vec!["dev/C".into()]));
        vault.set("prod/x/y/D", "again").await?;
        assert_eq!(list("prod", true).await?.1, ["prod/x/y/D"]);
        Ok::<(), Error>(())
    })
    .unwrap();
}

#[test]
fn destroying_a_version_is_final_and_never_the_current_one() {
    block_on(async {
        let vault = TestVault::in_memory().await?;
        let op = TestVault::op()?;
        vault.set("dev/A", "one").await?;
        vault.set("dev/A", "two").await?;
        let two = VersionNumber::new(2).unwrap();
        assert_eq!(code(vault.vault.destroy(&op, &path("dev/A"), Some(two)).await), "version.in_use");
        vault.vault.destroy(&op, &path("dev/A"), Some(VersionNumber::FIRST)).await?;
        let first = vault.vault.get(&op, &path("dev/A"), Which::Number(VersionNumber::FIRST)).await;
        assert_eq!(code(first), "version.not_found");
        assert_eq!(code(vault.vault.undo(&op, &path("dev/A")).await), "version.destroyed");
        assert_eq!(current(&vault, "dev/A").await?, "two");
        Ok::<(), Error>(())
    })
    .unwrap();
}

#[test]
fn what_is_allowed_and_then_found_wrong_leaves_its_entry_too() {
    block_on(async {
        let vault = TestVault::in_memory().await?;
        let op = TestVault::op()?;
        vault.set("dev/A", "x").await?;
        let metadata =
            MetadataPatch { description: Some(Some("x".repeat(5000))), ..MetadataPatch::default() };
        let write =
            Write { path: path("dev/A"), value: None, references: false, expect: Expect::Anything, metadata };
        let error = vault.vault.set(&op, write).await.unwrap_err();
        assert_eq!(error.code(), "metadata.description_too_long");
        let filter = EntryFilter { outcome: Some("invalid".into()), ..EntryFilter::default() };
        let log = vault.vault.audit_query(&op, &filter, None, 10, false).await?.entries;
        assert_eq!(error.entry().map(|id| id.to_string()), log.first().map(|entry| entry.id.clone()));
        assert_eq!((log.len(), log[0].action.as_str(), log[0].path.as_str()), (1, "secret_set", "dev/A"));
        Ok::<(), Error>(())
    })
    .unwrap();
}

#[test]
fn every_operation_leaves_its_entry() {
    block_on(async {
        let vault = TestVault::in_memory().await?;
        let op = TestVault::op()?;
        vault.set("dev/A", "marked-value").await?;
        let _ = current(&vault, "dev/A").await?;
        let absent = current(&vault, "dev/B").await.unwrap_err();
        let reader = vault.member(9, &[(coffer_engine::access::Role::Reader, "prod/**")]).await?;
        let refused = vault.vault.get(&reader, &path("dev/A"), Which::CURRENT).await.unwrap_err();
        assert_eq!(refused.code(), "access.denied");
        let log = vault.vault.audit_query(&op, &EntryFilter::default(), None, 100, false).await?.entries;
        let seen: Vec<(String, String, String)> =
            log.iter().map(|e| (e.action.clone(), e.path.clone(), e.outcome.clone())).collect();
        let expected = [
            ("audit_key", "", "done"),
            ("secret_set", "dev/A", "done"),
            ("secret_get", "dev/A", "done"),
            ("secret_get", "dev/B", "absent"),
            ("member_change", "", "done"),
            ("secret_get", "dev/A", "refused"),
            ("audit_query", "", "done"),
        ];
        assert_eq!(seen, expected.map(|(a, p, o)| (a.to_owned(), p.to_owned(), o.to_owned())));
        assert_eq!(absent.entry().map(|id| id.to_string()), Some(log[3].id.clone()));
        assert_eq!(refused.entry().map(|id| id.to_string()), Some(log[5].id.clone()));
        assert!(log.iter().all(|entry| !String::from_utf8_lossy(&entry.leaf).contains("marked-value")));
        Ok::<(), Error>(())
    })
    .unwrap();
}

#[tokio::test]
async fn several_are_written_as_they_were_expected_or_not_at_all() {
    let vault = TestVault::in_memory().await.unwrap();
    let op = TestVault::op().unwrap();
    vault.set("dev/A", "one").await.unwrap();
    let whole = |place: &str, value: &str, expect| WriteWhole {
        path: path(place),
        value: Value::text(value),
        replace: true,
        references: false,
        expect,
        metadata: MetadataPatch { owner: Some(Some("maya".to_owned())), ..MetadataPatch::default() },
    };
    for wrong in [Expect::Version(number(2)), Expect::Nothing] {
        let writes = vec![whole("dev/B", "new", Expect::Nothing), whole("dev/A", "two", wrong)];
        assert_eq!(coded(vault.vault.set_all(&op, writes).await).err(), Some("secret.changed"));
        assert_eq!(
            coded(vault.vault.get(&op, &path("dev/B"), Which::CURRENT).await).err(),
            Some("secret.not_found")
        );
    }
    let fields = Value::Fields([("user".to_owned(), SecretBytes::copy_from(b"shop"))].into());
    vault.vault.set_all(&op, vec![(path("dev/DB"), fields)]).await.unwrap();
    let over_fields = |replace| WriteWhole { replace, ..whole("dev/DB", "one value", Expect::Something) };
    let refused = vault.vault.set_all(&op, vec![over_fields(false)]).await;
    assert_eq!(coded(refused).err(), Some("secret.holds_fields"));
    let writes = vec![
        whole("dev/B", "new", Expect::Nothing),
        whole("dev/A", "two", Expect::Version(number(1))),
        over_fields(true),
    ];
    let written = vault.vault.set_all(&op, writes).await.unwrap();
    assert_eq!(written.iter().map(|one| one.created).collect::<Vec<_>>(), [true, false, false]);
    let history = vault.vault.history(&op, &path("dev/B")).await.unwrap();
    assert_eq!(history.metadata.owner.as_deref(), Some("maya"));
}
