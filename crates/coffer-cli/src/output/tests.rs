use std::io::{self, Write};

use super::{Output, escaped};
use crate::error::{CliError, Exit};

struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn printed(
    json: bool,
    terminal: bool,
    print: impl FnOnce(&mut Output<&mut Vec<u8>, &mut Vec<u8>>),
) -> (String, String) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    print(&mut Output::new(&mut stdout, &mut stderr, json, terminal));
    (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn a_value_is_exact_in_a_pipe_and_ends_its_line_on_a_terminal() {
    assert_eq!(printed(false, false, |o| o.value(b"a\x1b[1m").unwrap()).0, "a\u{1b}[1m");
    assert_eq!(printed(false, true, |o| o.value(b"a").unwrap()).0, "a\n");
    assert_eq!(printed(false, true, |o| o.value(b"a\n").unwrap()).0, "a\n");
}

#[test]
fn talk_goes_to_stderr_and_is_silent_for_programs() {
    let talk = |o: &mut Output<&mut Vec<u8>, &mut Vec<u8>>| {
        o.say("stored 3 secrets");
        o.warn("one is short");
    };
    assert_eq!(
        printed(false, false, talk),
        (String::new(), "stored 3 secrets\nwarning: one is short\n".into())
    );
    assert_eq!(printed(true, false, talk).1, "{\"warning\":\"one is short\"}\n");
}

#[test]
fn an_error_is_one_document_for_programs() {
    let error = CliError::new(Exit::NotFound, "secret.not_found", "there is no secret a", "look");
    let (stdout, stderr) = printed(true, false, |o| o.error(&error));
    assert_eq!(stdout, "");
    let document: serde_json::Value = serde_json::from_str(&stderr).unwrap();
    assert_eq!(document["error"]["code"], "secret.not_found");
}

#[test]
fn a_table_is_as_wide_as_it_must_be() {
    let rows = [["1".to_owned(), "x\u{1b}".to_owned()], ["22".to_owned(), String::new()]];
    let (stdout, _) = printed(false, true, |o| o.table(["V", "NAME"], &rows).unwrap());
    assert_eq!(stdout, "V   NAME\n1   x\\u{1b}\n22\n");
}

#[test]
fn nobody_reading_is_a_quiet_end() {
    let mut stderr = Vec::new();
    let mut output = Output::new(Closed, &mut stderr, false, false);
    let error = output.value(b"x").unwrap_err();
    assert_eq!(error.exit, Exit::BrokenPipe);
    output.error(&error);
    assert!(stderr.is_empty());
}

#[test]
fn what_misleads_is_escaped_and_what_does_not_stays() {
    assert_eq!(escaped("größe ✓"), "größe ✓");
    assert_eq!(escaped("a\u{202e}b\u{200b}\u{9b}c\0"), "a\\u{202e}b\\u{200b}\\u{9b}c\\u{0}");
}

#[test]
fn t_l7_a_document_misleads_nobody_and_says_the_same() {
    let text = "größe ✓\u{7f}\u{9b}2J\u{85}\u{2028}\u{202e}\u{feff}\u{e0041}\x1b[2J\r\n\"\\";
    let (stdout, _) = printed(true, false, |o| o.json(&[text]).unwrap());
    assert_eq!(
        stdout,
        r#"["größe ✓\u007f\u009b2J\u0085\u2028\u202e\ufeff\udb40\udc41\u001b[2J\r\n\"\\"]"#.to_owned() + "\n"
    );
    assert_eq!(serde_json::from_str::<[String; 1]>(&stdout).unwrap(), [text]);
    let (_, stderr) = printed(true, false, |o| o.warn(text));
    assert!(!stderr.contains(['\u{9b}', '\u{202e}', '\u{2028}']), "{stderr}");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&stderr).unwrap()["warning"], text);
}
