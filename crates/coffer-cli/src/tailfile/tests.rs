mod crashes;
mod other_places;
mod rotation;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use tempfile::TempDir;

use super::{FilePosition, LINE_MAX_BYTES, LineError, TailFile, TailFileError};

const LOG: &str = "coffer.example/a";
const OTHER: &str = "coffer.example/b";

/// A folder for one audit file.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.at("audit.jsonl")
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self, stored: Option<FilePosition>) -> Result<TailFile, TailFileError> {
        TailFile::open(&self.path(), stored)
    }

    fn read(&self) -> String {
        read(&self.path())
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn line_of(leaf: &serde_json::Value, origin: &str, index: u64) -> String {
    let hash = "0123456789abcdef".repeat(4);
    format!(
        "{{\"entry\":{leaf},\"leaf_hash\":\"{hash}\",\"log_index\":{index},\"log_origin\":\"{origin}\"}}\n"
    )
}

fn line(origin: &str, index: u64) -> String {
    line_of(&json!({ "action": "get", "path": format!("dev/{index}") }), origin, index)
}

fn lines(origin: &str, indexes: std::ops::Range<u64>) -> String {
    indexes.map(|index| line(origin, index)).collect()
}

fn refusal(tail: &mut TailFile, lines: &[u8]) -> (usize, LineError) {
    match tail.append(lines) {
        Err(TailFileError::Line { number, cause }) => (number, cause),
        other => panic!("{other:?}"),
    }
}

#[test]
fn lines_of_several_logs_are_appended_as_they_come() {
    let place = Place::new();
    let mut tail = place.open(None).unwrap();
    let first = lines(LOG, 0..2) + &line(OTHER, 7) + &line(LOG, 2);
    tail.append(first.as_bytes()).unwrap();
    tail.append(b"").unwrap();
    tail.append(line(OTHER, 8).as_bytes()).unwrap();
    tail.sync().unwrap();
    assert_eq!(place.read(), first + &line(OTHER, 8));
    assert_eq!((tail.next_index(LOG), tail.next_index(OTHER)), (Some(3), Some(9)));
    assert_eq!(tail.next_index("coffer.example/c"), None);
}

#[test]
fn only_what_is_behind_the_stored_position_is_counted() {
    let place = Place::new();
    let mut tail = place.open(None).unwrap();
    tail.append((lines(LOG, 0..3) + &line(OTHER, 0)).as_bytes()).unwrap();
    let stored = tail.sync().unwrap();
    tail.append(line(LOG, 3).as_bytes()).unwrap();
    drop(tail);

    let tail = place.open(Some(stored)).unwrap();
    assert_eq!((tail.next_index(LOG), tail.next_index(OTHER)), (Some(4), None));
    drop(tail);
    let tail = place.open(None).unwrap();
    assert_eq!((tail.next_index(LOG), tail.next_index(OTHER)), (Some(4), Some(1)));
}

#[test]
fn a_position_survives_being_stored() {
    let place = Place::new();
    let mut tail = place.open(None).unwrap();
    tail.append(lines(LOG, 0..3).as_bytes()).unwrap();
    let position = tail.sync().unwrap();
    assert_eq!(position, tail.position());
    assert_eq!(FilePosition::from_bytes(position.to_bytes()), position);
    assert_eq!(position.length(), u64::try_from(lines(LOG, 0..3).len()).unwrap());
    assert_eq!(position.to_bytes()[16..], position.length().to_be_bytes());
}

#[test]
fn nothing_is_written_twice() {
    let place = Place::new();
    let mut tail = place.open(None).unwrap();
    tail.append(lines(LOG, 0..3).as_bytes()).unwrap();
    assert_eq!(refusal(&mut tail, line(LOG, 2).as_bytes()), (1, LineError::Repeated));
    let twice = line(LOG, 3) + &line(OTHER, 0) + &line(LOG, 3);
    assert_eq!(refusal(&mut tail, twice.as_bytes()), (3, LineError::Repeated));
    tail.append(lines(LOG, 3..5).as_bytes()).unwrap();
    tail.sync().unwrap();
    assert_eq!(place.read(), lines(LOG, 0..5));
}

#[test]
fn t_l7_no_entry_can_end_its_line_or_talk_to_a_terminal() {
    let place = Place::new();
    let mut tail = place.open(None).unwrap();
    // What serde_json makes of hostile texts is one line without control characters.
    let hostile: Vec<String> = (0..0x20_u8)
        .map(|byte| format!("a{}[2J\",\"log_index\":9,\"log_origin\":\"x\"}}", char::from(byte)))
        .chain(["\n{\"entry\":{}}\n".to_owned(), "\u{1b}]0;title\u{7}".to_owned(), "\r\n".to_owned()])
        .collect();
    let mut written = String::new();
    for (text, index) in hostile.iter().zip(0..) {
        let one = line_of(&json!({ "path": text, text.as_str(): [text] }), LOG, index);
        tail.append(one.as_bytes()).unwrap();
        written += &one;
    }
    tail.sync().unwrap();
    let file = place.read();
    assert_eq!(file, written);
    assert_eq!(file.lines().count(), hostile.len());
    assert!(file.bytes().all(|byte| byte >= 0x20 || byte == b'\n'));
    for ((line, text), index) in file.lines().zip(&hostile).zip(0..) {
        let read: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!((&read["entry"]["path"], &read["log_index"]), (&json!(text), &json!(index)));
    }

    // Raw ones, which serde_json never makes, are refused, and nothing of the same call is written.
    let next = u64::try_from(hostile.len()).unwrap();
    for byte in (0..0x20_u8).filter(|byte| *byte != b'\n') {
        let raw = line_of(&json!({ "path": "@" }), LOG, next).replace('@', &char::from(byte).to_string());
        let both = line(OTHER, 0) + &raw;
        assert_eq!(refusal(&mut tail, both.as_bytes()), (2, LineError::Control), "{byte:#x}");
    }
    let raw = line_of(&json!({ "path": "@" }), LOG, next).replace('@', "\n");
    assert_eq!(refusal(&mut tail, raw.as_bytes()), (1, LineError::Form));
    tail.sync().unwrap();
    assert_eq!(place.read(), written);
}

#[test]
fn what_is_no_line_is_refused() {
    let place = Place::new();
    let mut tail = place.open(None).unwrap();
    let good = line(LOG, 0);
    let mut not_utf8 = good.clone().into_bytes();
    not_utf8[22] = 0xff;
    let long = line_of(&json!({ "path": "x".repeat(LINE_MAX_BYTES) }), LOG, 0);
    for (bad, why) in [
        (good.trim_end().as_bytes(), LineError::Unfinished),
        (b"\n", LineError::Form),
        (b"{}\n", LineError::Form),
        (&not_utf8, LineError::Form),
        (long.as_bytes(), LineError::TooLong),
        (good.replace("\"log_index\":0", "\"log_index\":00").as_bytes(), LineError::Form),
        (good.replace("\"log_index\":0", "\"log_index\":+0").as_bytes(), LineError::Form),
        (good.replace("\"log_index\":0", "\"log_index\":18446744073709551616").as_bytes(), LineError::Form),
        (good.replace("abcdef\"", "abcdeF\"").as_bytes(), LineError::Form),
        (good.replace("abcdef\"", "abcde\"").as_bytes(), LineError::Form),
        (good.replace(LOG, "").as_bytes(), LineError::Form),
        (good.replace(LOG, "a\\u0062").as_bytes(), LineError::Form),
        (good.replace("{\"action\"", "{action").as_bytes(), LineError::Form),
        (good.replace("{\"entry\":{", "{\"entry\":{}}{").as_bytes(), LineError::Form),
        (good.replace(",\"leaf", ", \"leaf").as_bytes(), LineError::Form),
        (line_of(&json!([1]), LOG, 0).as_bytes(), LineError::Form),
    ] {
        assert_eq!(
            refusal(&mut tail, bad),
            (1, why),
            "{}",
            String::from_utf8_lossy(&bad[..bad.len().min(200)])
        );
    }
    tail.append(good.as_bytes()).unwrap();
}

#[test]
fn one_process_writes_at_a_time() {
    let place = Place::new();
    let tail = place.open(None).unwrap();
    assert_eq!(place.open(None).unwrap_err(), TailFileError::Busy(place.path()));
    drop(tail);
    place.open(None).unwrap();
}

#[test]
fn a_full_disk_is_an_error_and_leaves_whole_lines() {
    let place = Place::new();
    let mut tail = place.open(None).unwrap();
    tail.append(lines(LOG, 0..2).as_bytes()).unwrap();
    tail.sync().unwrap();
    // In the place of the file, what a file is like on a full device.
    tail.file.file = fs::OpenOptions::new().append(true).open("/dev/full").unwrap();
    assert_eq!(tail.append(line(LOG, 2).as_bytes()).unwrap_err(), TailFileError::Full(place.path()));
    // What happened to the file is not known, so it is not written to any more.
    assert_eq!(tail.append(line(LOG, 2).as_bytes()).unwrap_err(), TailFileError::Failed(place.path()));
    assert_eq!(tail.sync().unwrap_err(), TailFileError::Failed(place.path()));
    let stored = tail.position();
    drop(tail);

    let mut tail = place.open(Some(stored)).unwrap();
    assert_eq!(tail.next_index(LOG), None);
    tail.append(line(LOG, 2).as_bytes()).unwrap();
    tail.sync().unwrap();
    assert_eq!(place.read(), lines(LOG, 0..3));
}
