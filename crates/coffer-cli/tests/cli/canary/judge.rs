//! What a play has left behind: values where they must not be, and entries that are missing or too many.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use coffer_engine::identity::IdentityId;

use super::stage::Stage;

/// The log of the instance itself, as entries name it.
const INSTANCE: &str = "instance";
const DEFAULT: &str = "default";
/// Each log begins with the key that signs it.
const FIRST: &str = "system: audit_key done";

/// Every place that tells a value and must not. The logs are looked at as queries answer, as bundles, and as the lines of the
/// audit file.
pub(super) fn leaks(stage: &Stage) -> Vec<String> {
    copy_logs(stage);
    let finder = stage.finder();
    let mut leaks = Vec::new();
    let mut look = |place: &str, text: &[u8], allowed: &[String]| {
        let found = finder.find(text).into_iter().filter(|label| !allowed.iter().any(|may| may == label));
        leaks.extend(found.map(|label| format!("{label}: told in {place}")));
    };
    for call in &stage.calls {
        let words = call.words.join(" ");
        look(&format!("stderr of `coffer {words}`"), &call.stderr, &call.repeats);
        if !call.unsearched {
            look(&format!("stdout of `coffer {words}`"), &call.stdout, &call.shows);
        }
    }
    let root = stage.path("../");
    for path in walk(&root) {
        let allowed = stage.own_files.get(&path).map_or(&[][..], Vec::as_slice);
        look(&format!("the file {}", path.display()), &fs::read(&path).unwrap(), allowed);
        look("the name of a file", path.as_os_str().as_encoded_bytes(), &[]);
    }
    let mut questions = vec!["ls / -r --json".to_owned()];
    questions.extend(logs(stage).iter().map(|log| question(log)));
    for question in questions {
        let output = stage.world.coffer(&question.split(' ').collect::<Vec<_>>());
        look(&format!("`coffer {question}`"), &output.stdout, &[]);
    }
    leaks
}

/// Where the logs are not what the calls should have left, and which call comes there.
pub(super) fn wrong_entries(stage: &Stage) -> Vec<String> {
    let mut wanted: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for call in &stage.calls {
        for entry in &call.leaves {
            let (log, entry) = entry.rsplit_once('/').unwrap_or((DEFAULT, entry));
            wanted.entry(log.to_owned()).or_default().push((entry.to_owned(), call.words.join(" ")));
        }
    }
    let mut wrong = Vec::new();
    for log in logs(stage) {
        let found = entries(stage, &log);
        let mut wanted = wanted.remove(&log).unwrap_or_default();
        wanted.insert(0, (FIRST.to_owned(), "the first signature".to_owned()));
        let gone = if log == DEFAULT { stage.pruned.min(wanted.len()) } else { 0 };
        wanted.drain(..gone);
        let at = found.iter().zip(&wanted).take_while(|(found, (wanted, _))| *found == wanted).count();
        if at < found.len().max(wanted.len()) {
            let (entry, words) =
                wanted.get(at).map_or(("nothing", "the end"), |(e, w)| (e.as_str(), w.as_str()));
            let found = found.get(at..).unwrap_or_default();
            let found = found.iter().take(4).cloned().collect::<Vec<_>>().join(", ");
            wrong.push(format!("log of {log}, entry {at}: wanted {entry} for `{words}`, found: {found}"));
        }
    }
    wrong
}

/// Every log that a call could have written to.
fn logs(stage: &Stage) -> Vec<String> {
    let said = stage.world.coffer(&["tenant", "ls", "--json"]);
    let said: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    let tenants = said["tenants"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned());
    tenants.chain([INSTANCE.to_owned()]).collect()
}

fn question(log: &str) -> String {
    let whose = if log == INSTANCE { "--instance".to_owned() } else { format!("--tenant {log}") };
    format!("audit query --limit 1000000 --json {whose}")
}

/// Everything that the logs hold goes into files: the bundles, and the audit file.
fn copy_logs(stage: &Stage) {
    let mut command = stage.world.command(env!("CARGO_BIN_EXE_coffer"));
    command.env("AUDIT_LOG_PATH", stage.path("../home/audit.jsonl"));
    command.env("COFFER_AUDIT_EXPORT_DIR", stage.path("../home/daily"));
    let output = command.args(["audit", "upkeep"]).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for copy in ["../home/audit.jsonl", "../home/daily/tenants/default/entries.jsonl"] {
        let lines = fs::read_to_string(stage.path(copy)).unwrap();
        assert!(lines.contains("\"action\":\"secret_"), "{copy} should hold entries");
    }
}

/// Every entry that the play has left in a log: `action outcome`, and before it who acted, if not the local owner.
fn entries(stage: &Stage, log: &str) -> Vec<String> {
    let said = stage.world.says(&question(log).split(' ').collect::<Vec<_>>());
    let text = |line: &str| {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| entry[name].as_str().unwrap().to_owned();
        format!("{}{} {}", who(&entry["actor"]), text("action"), text("outcome"))
    };
    let mut entries: Vec<String> = said.lines().map(text).collect();
    // The questions of this file are in the log too: the last is this one, and the list of tenants is before it.
    let own = if log == INSTANCE { 2 } else { 1 };
    entries.truncate(entries.len().saturating_sub(own));
    entries
}

fn who(actor: &serde_json::Value) -> String {
    let is = |id: IdentityId, via: &str| {
        let id: String = id.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        actor["id"] == id.as_str() && actor["via"] == via
    };
    match actor {
        _ if is(IdentityId::LOCAL, "unlocker") => String::new(),
        _ if is(IdentityId::SYSTEM, "system") => "system: ".to_owned(),
        // A member, by what they showed: who they are is one of many.
        other => format!("{}: ", other["via"].as_str().unwrap()),
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            files.extend(walk(&entry.path()));
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    files
}
