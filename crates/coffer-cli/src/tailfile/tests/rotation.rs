//! Renamed, deleted, cut, written to by others: what the file's readers see.

use std::fs::{self, OpenOptions};
use std::io::Write;

use super::*;

/// A file with three lines, and the position behind them.
fn three_lines(place: &Place) -> (TailFile, FilePosition) {
    let mut tail = place.open(None).unwrap();
    tail.append(lines(LOG, 0..3).as_bytes()).unwrap();
    let stored = tail.sync().unwrap();
    (tail, stored)
}

fn rotate(place: &Place) -> PathBuf {
    let rotated = place.at("audit.jsonl.1");
    fs::rename(place.path(), &rotated).unwrap();
    rotated
}

#[test]
fn a_renamed_file_is_left_with_the_next_position() {
    let place = Place::new();
    let (mut tail, before) = three_lines(&place);
    let rotated = rotate(&place);
    tail.append(line(LOG, 3).as_bytes()).unwrap();
    assert!(!place.path().exists());
    let after = tail.sync().unwrap();
    assert_ne!((before.inode(), after.length()), (after.inode(), before.length()));
    assert_eq!(after.length(), 0);
    tail.append(line(LOG, 4).as_bytes()).unwrap();
    tail.sync().unwrap();
    assert_eq!((read(&rotated), place.read()), (lines(LOG, 0..4), line(LOG, 4)));
}

#[test]
fn a_file_that_was_renamed_after_a_crash_is_found() {
    let place = Place::new();
    let (mut tail, stored) = three_lines(&place);
    tail.append((lines(LOG, 3..5) + &line(OTHER, 0)).as_bytes()).unwrap();
    drop(tail);
    let rotated = rotate(&place);
    OpenOptions::new().append(true).open(&rotated).unwrap().write_all(b"{\"entry\":{\"torn").unwrap();

    let tail = place.open(Some(stored)).unwrap();
    assert_eq!((tail.next_index(LOG), tail.next_index(OTHER)), (Some(5), Some(1)));
    assert_eq!(read(&rotated), lines(LOG, 0..5) + &line(OTHER, 0));
    assert_eq!(place.read(), "");
}

#[test]
fn a_file_that_is_gone_is_made_anew() {
    let place = Place::new();
    let (mut tail, stored) = three_lines(&place);
    fs::remove_file(place.path()).unwrap();
    tail.append(line(LOG, 3).as_bytes()).unwrap();
    // Those lines are nowhere. They must not count as written.
    assert_eq!(tail.sync().unwrap_err(), TailFileError::Changed(place.path()));
    drop(tail);
    let mut tail = place.open(Some(stored)).unwrap();
    assert_eq!(tail.next_index(LOG), None);
    tail.append(line(LOG, 3).as_bytes()).unwrap();
    tail.sync().unwrap();
    assert_eq!(place.read(), line(LOG, 3));
}

#[test]
fn a_file_that_was_cut_goes_on_where_it_ends() {
    let place = Place::new();
    let (mut tail, stored) = three_lines(&place);
    let file = OpenOptions::new().write(true).open(place.path()).unwrap();
    file.set_len(0).unwrap();
    tail.append(line(LOG, 3).as_bytes()).unwrap();
    assert_eq!(tail.sync().unwrap_err(), TailFileError::Changed(place.path()));
    drop(tail);
    let mut tail = place.open(Some(stored)).unwrap();
    assert_eq!(tail.next_index(LOG), Some(4), "the line is in the file");
    tail.append(line(LOG, 4).as_bytes()).unwrap();
    tail.sync().unwrap();
    assert_eq!(place.read(), lines(LOG, 3..5));
}

#[test]
fn a_position_in_the_midst_of_a_line_is_none() {
    let place = Place::new();
    let (tail, stored) = three_lines(&place);
    drop(tail);
    // As a file that was cut and written to again: longer than the position, and other lines in it.
    let others = lines("coffer.example/a-longer-name", 0..9);
    fs::write(place.path(), &others).unwrap();
    let tail = place.open(Some(stored)).unwrap();
    assert_eq!(tail.next_index("coffer.example/a-longer-name"), Some(9));
    assert_eq!(place.read(), others);
}

#[test]
fn what_others_wrote_behind_the_position_is_cut_off() {
    let place = Place::new();
    let (mut tail, stored) = three_lines(&place);
    OpenOptions::new().append(true).open(place.path()).unwrap().write_all(b"somebody was here\n").unwrap();
    assert_eq!(tail.sync().unwrap_err(), TailFileError::Changed(place.path()));
    drop(tail);
    place.open(Some(stored)).unwrap();
    assert_eq!(place.read(), lines(LOG, 0..3));
}

#[test]
fn a_rotated_file_that_another_process_writes_is_waited_for() {
    let place = Place::new();
    let (tail, stored) = three_lines(&place);
    rotate(&place);
    assert_eq!(place.open(Some(stored)).unwrap_err(), TailFileError::Busy(place.path()));
    drop(tail);
    place.open(Some(stored)).unwrap();
}

#[test]
fn lines_of_another_run_in_a_successor_are_counted() {
    let place = Place::new();
    let (tail, stored) = three_lines(&place);
    drop(tail);
    rotate(&place);
    fs::write(place.path(), lines(LOG, 3..6) + "{\"entry\":{\"to").unwrap();
    let tail = place.open(Some(stored)).unwrap();
    assert_eq!(tail.next_index(LOG), Some(6));
    assert_eq!(place.read(), lines(LOG, 3..6));
}
