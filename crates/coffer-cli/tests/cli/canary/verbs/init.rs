//! `coffer init`: a store for a server. The stores that it makes here are none of the stage's: their logs are looked at here.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::super::{Mark, Stage};

/// The passphrase of a kit, and the code: marks from then on.
fn told(stage: &mut Stage, said: &str, kit: &str) -> (Mark, Mark) {
    let mut mark = |label: &str, name: &str, text: &str| {
        let at = text.find(name).unwrap_or_else(|| panic!("no {name} in {text}"));
        stage.mark(Mark::found(label, &text.as_bytes()[at..at + 40]))
    };
    (mark("the passphrase of a kit", "KIT1-", kit), mark("the owner's code", "ONCE-", said))
}

pub(crate) fn init(stage: &mut Stage) {
    let said = stage.call("init --home ../home/one").unsearched().done();
    let (words, _) = told(stage, &said, &said);
    // Either unlocker opens it, by itself, and the owner is a member of both.
    let owner =
        fs::read_to_string("/etc/passwd").is_ok().then(|| stage.call("member ls --home ../home/one").done());
    let instance = stage.call("member ls --instance --home ../home/one").done();
    assert_eq!(owner.map(|said| said.contains("owner:**")), Some(true));
    assert!(instance.contains("owner:**"), "{instance}");
    let keys = stage.path("../home/one/keys");
    fs::rename(&keys, stage.path("../home/elsewhere")).unwrap();
    let typed = words.str().to_lowercase().replace('-', " ");
    for words in [words.str(), &typed] {
        let status = stage.call("keys status --home ../home/one").variable("MASTER_SECRET_KEY", words).done();
        assert!(status.contains("passphrase") && status.contains("key-file"), "{status}");
    }
    let slip = words.str().replace("KIT1-", "KIT1-0");
    let call = stage.call("keys status --home ../home/one").variable("MASTER_SECRET_KEY", slip);
    call.fails("passphrase.mistyped");
    fs::rename(stage.path("../home/elsewhere"), &keys).unwrap();
    stage.call("keys status --home ../home/one").done();

    // To a file, which nobody else may read and no other is written over.
    let said = stage.call("init --home ../home/two --owner maya --kit kit.txt").unsearched().done();
    let kit = fs::read_to_string(stage.path("kit.txt")).unwrap();
    let (words, _) = told(stage, &said, &kit);
    stage.may_hold("kit.txt", &[&words]);
    assert!(!said.contains("KIT1-"), "{said}");
    assert!(kit.contains("two/store") && kit.contains("two/keys/master.key"), "{kit}");
    let mode = fs::metadata(stage.path("kit.txt")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    stage.call("init --home ../home/three --kit kit.txt").fails("file.failed");
    assert_eq!(fs::read_to_string(stage.path("kit.txt")).unwrap(), kit);
    assert!(!stage.path("../home/three").exists(), "and nothing was made");

    stage.call("init").fails("store.exists");
    stage.call("init --home ../home/two").fails("store.exists");
    let given = stage.mark(Mark::text("a passphrase that was given"));
    let call = stage.call("init --home ../home/three").variable("MASTER_SECRET_KEY", given.str());
    call.fails("init.passphrase");
    stage.call("init --home ../home/three --owner local").fails("member.name_invalid");
    // A key file that is there is somebody's.
    let store = stage.path("../home/two/store");
    fs::rename(&store, stage.path("../home/a store")).unwrap();
    stage.call("init --home ../home/two").fails("key_file.exists");
    stage.call("init").word(given.str()).fails("usage.invalid");
    for home in ["one", "two"] {
        let keys = format!("../home/{home}/keys/master.key");
        assert!(stage.path(&keys).exists(), "{home}");
    }
}
