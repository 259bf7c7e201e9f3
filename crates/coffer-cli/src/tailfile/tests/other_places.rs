//! A setting that is wrong, or made wrong, reaches no other place.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::*;

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn what(place: &Place) -> &'static str {
    match place.open(None).unwrap_err() {
        TailFileError::NotAFile { path, what } if path == place.path() => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn t_l6_no_symbolic_link_is_followed() {
    let place = Place::new();
    fs::write(place.at("precious"), "").unwrap();
    for target in ["precious", "not-there", "audit.jsonl"] {
        symlink(place.at(target), place.path()).unwrap();
        assert_eq!(what(&place), "a symbolic link");
        fs::remove_file(place.path()).unwrap();
    }
    assert_eq!(read(&place.at("precious")), "");
    assert!(!place.at("not-there").exists());
}

#[test]
fn t_l6_no_device_folder_pipe_or_socket_is_opened() {
    let place = Place::new();
    fs::create_dir(place.path()).unwrap();
    assert_eq!(what(&place), "a folder");
    fs::remove_dir(place.path()).unwrap();

    // Opening a pipe that nobody reads would wait for ever.
    mknodat(CWD, place.path(), FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    assert!(fs::symlink_metadata(place.path()).unwrap().file_type().is_fifo());
    assert_eq!(what(&place), "a pipe");
    fs::remove_file(place.path()).unwrap();

    let _listener = UnixListener::bind(place.path()).unwrap();
    assert_eq!(what(&place), "a socket");

    for device in ["/dev/null", "/dev/tty", "/dev/full"] {
        let error = TailFile::open(Path::new(device), None).unwrap_err();
        assert!(matches!(error, TailFileError::NotAFile { what: "a device", .. }), "{device}: {error:?}");
    }
}

#[test]
fn t_l6_no_file_that_others_may_change() {
    let place = Place::new();
    drop(place.open(None).unwrap());
    for mode in [0o620, 0o602, 0o666] {
        set_mode(&place.path(), mode);
        let error = place.open(None).unwrap_err();
        assert_eq!(
            error.to_string().split(": ").last(),
            Some(format!("mode {mode:04o}, wanted 0600").as_str())
        );
    }
    set_mode(&place.path(), 0o640); // others may read, if the operator says so
    drop(place.open(None).unwrap());

    fs::hard_link(place.path(), place.at("second")).unwrap();
    assert!(matches!(place.open(None), Err(TailFileError::Permissions { .. })));
    fs::remove_file(place.at("second")).unwrap();
    drop(place.open(None).unwrap());
}

#[test]
fn t_l6_no_file_of_others() {
    let place = Place::new();
    drop(place.open(None).unwrap());
    let user = rustix::process::geteuid().as_raw();
    if user == 0 {
        std::os::unix::fs::chown(place.path(), Some(65_534), None).unwrap();
        let error = place.open(None).unwrap_err();
        assert!(error.to_string().ends_with("owned by user 65534, wanted 0"), "{error}");
    } else {
        let theirs = Path::new("/etc/passwd");
        assert_ne!(fs::metadata(theirs).unwrap().uid(), user);
        assert!(TailFile::open(theirs, None).is_err());
    }
}

#[test]
fn t_l6_no_file_with_anything_else_in_it() {
    let place = Place::new();
    for precious in ["#!/bin/sh\n", "no line end", "{\"entry\":{}}\n", "\n", "{\"enter\""] {
        for before in ["", &lines(LOG, 0..2)] {
            let text = format!("{before}{precious}");
            fs::write(place.path(), &text).unwrap();
            set_mode(&place.path(), 0o600);
            let at = u64::try_from(before.len()).unwrap();
            assert_eq!(place.open(None).unwrap_err(), TailFileError::Foreign { path: place.path(), at });
            assert_eq!(place.read(), text);
        }
    }
    // A line without an end, longer than any line.
    let file = File::create(place.path()).unwrap();
    file.set_len(u64::try_from(LINE_MAX_BYTES).unwrap() * 4).unwrap();
    assert_eq!(place.open(None).unwrap_err(), TailFileError::Foreign { path: place.path(), at: 0 });
    fs::write(place.path(), format!("{{\"entry\":{}", "x".repeat(LINE_MAX_BYTES))).unwrap();
    assert_eq!(place.open(None).unwrap_err(), TailFileError::Foreign { path: place.path(), at: 0 });
}

#[test]
fn the_file_is_made_private_and_its_folder_is_not_made() {
    let place = Place::new();
    drop(place.open(None).unwrap());
    assert_eq!(fs::metadata(place.path()).unwrap().mode() & 0o7777, 0o600);

    let path = place.at("no/folder");
    assert_eq!(TailFile::open(&path, None).unwrap_err(), TailFileError::NoFolder(path));
    let path = place.at("audit.jsonl/below-a-file");
    assert_eq!(TailFile::open(&path, None).unwrap_err(), TailFileError::NoFolder(path));
    assert!(TailFile::open(Path::new("/"), None).is_err());
}

#[test]
fn a_file_in_the_way_while_it_is_written_is_an_error() {
    let place = Place::new();
    let mut tail = place.open(None).unwrap();
    let stored = tail.position();
    fs::rename(place.path(), place.at("audit.jsonl.1")).unwrap();
    symlink(place.at("not-there"), place.path()).unwrap();
    tail.append(line(LOG, 0).as_bytes()).unwrap();
    let error = tail.sync().unwrap_err();
    assert!(matches!(error, TailFileError::NotAFile { what: "a symbolic link", .. }), "{error:?}");
    assert!(!place.at("not-there").exists());
    drop(tail);
    fs::remove_file(place.path()).unwrap();
    assert_eq!(place.open(Some(stored)).unwrap().next_index(LOG), Some(1));
    assert_eq!((read(&place.at("audit.jsonl.1")), place.read()), (line(LOG, 0), String::new()));
}
