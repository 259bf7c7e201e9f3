//! T-L4, the other half: a copy of the log outside (the audit file, the daily bundles) that can't be written. Every verb does what
//! it is for, the store opens, and a warning says what is behind; when the place is well again, nothing is missing in it.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::Stage;
use super::outage::attempts;
use super::place::{in_a_place, leave, place};

/// What says that a copy is behind.
const WARNINGS: [&str; 2] = ["the audit file is behind", "the daily bundle was not written"];

#[test]
fn t_l4_copies_that_fail_stop_no_verb() {
    for json in [false, true] {
        let mut stage = Stage::prepared(json);
        stage.add_passphrase();
        let nowhere = stage.path("../home/passphrase").join("nowhere").display().to_string();
        for attempt in attempts(&mut stage) {
            let call = stage.call(&attempt.words).variable("AUDIT_LOG_PATH", nowhere.clone());
            let output = call.variable("COFFER_AUDIT_EXPORT_DIR", nowhere.clone()).made();
            let said = String::from_utf8_lossy(&output.stderr);
            if attempt.words == "audit upkeep" {
                // It is called to write them.
                assert!(output.status.code() == Some(1) && said.contains("audit_file.failed"), "{said}");
                continue;
            }
            assert!(output.status.success(), "coffer {}: {said}", attempt.words);
            let warned = WARNINGS.iter().all(|warning| said.contains(warning));
            assert!(warned, "coffer {} should warn: {said}", attempt.words);
        }
    }
}

/// A pipe that nobody reads, a device, a folder, a link, somebody's file: nothing waits for any of them, and none is written to.
#[test]
fn t_l4_whatever_lies_at_the_audit_file_stops_nothing() {
    let mut stage = Stage::prepared(false);
    let value = stage.marked("A, version 2");
    assert!(Command::new("mkfifo").arg(stage.path("pipe")).status().unwrap().success());
    fs::create_dir(stage.path("folder")).unwrap();
    stage.world.write("file", "somebody's\n");
    std::os::unix::fs::symlink(stage.path("elsewhere"), stage.path("link")).unwrap();
    for path in ["pipe", "/dev/full", "/dev/null", "folder", "link", "file", "no/such/folder", "/proc/audit"]
    {
        let path = Path::new(path);
        let path = if path.is_absolute() { path.to_owned() } else { stage.path(path.to_str().unwrap()) };
        let call = stage.call("get A").variable("AUDIT_LOG_PATH", path.display().to_string());
        let output = call.made();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && output.stdout == value.bytes, "{}: {said}", path.display());
        assert!(said.contains(WARNINGS[0]), "{}: {said}", path.display());
    }
    assert_eq!(stage.world.read("file"), "somebody's\n");
    assert!(!stage.path("elsewhere").exists());
}

#[test]
fn t_l4_copies_on_a_full_disk_are_complete_once_there_is_room() {
    in_a_place("copies::child_with_copies_on_a_full_disk", "true");
}

#[test]
fn child_with_copies_on_a_full_disk() {
    let Some(place) = place() else { return };
    let elsewhere = tempfile::tempdir_in("/tmp").unwrap();
    let mut stage = Stage::prepared_in(false, elsewhere.path());
    let value = stage.marked("A, version 2");
    let (ballast, file, daily) = (place.join("ballast"), place.join("audit.jsonl"), place.join("daily"));
    let [at, bundles] = [&file, &daily].map(|path| path.display().to_string());
    for left in [0, 4096, 16 * 1024] {
        leave(&ballast, left);
        let call = stage.call("get A").variable("AUDIT_LOG_PATH", at.clone());
        let output = call.variable("COFFER_AUDIT_EXPORT_DIR", bundles.clone()).made();
        assert!(output.status.success() && output.stdout == value.bytes, "{left}: {output:?}");
        fs::remove_file(&ballast).unwrap();
    }
    leave(&ballast, 0);
    stage.call("audit export").word(place.join("bundle").to_str().unwrap()).fails("bundle.failed");
    fs::remove_file(&ballast).unwrap();
    let call = stage.call("audit upkeep").variable("AUDIT_LOG_PATH", at);
    call.variable("COFFER_AUDIT_EXPORT_DIR", bundles).done();
    stage.call("audit verify").word(daily.join("tenants/default").to_str().unwrap()).done();
    let lines = fs::read_to_string(&file).unwrap();
    let indexes = |log: &str| -> Vec<u64> {
        let of_log = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let of_log = of_log.filter(|line| line["log_origin"].as_str().unwrap().contains(log));
        of_log.map(|line| line["log_index"].as_u64().unwrap()).collect()
    };
    for log in ["/system", "/t/"] {
        let found = indexes(log);
        let wanted: Vec<u64> = (0..).take(found.len()).collect();
        assert_eq!(found, wanted, "each entry once, in order");
    }
    assert!(lines.contains("bundle") || lines.contains("audit_export"), "the last entries are there");
}
