use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use coffer_encryption::SecretBytes;
use proptest::prelude::*;

use super::masker::Masker;
use super::{ENCODED_MAX_BYTES, Mask, Patterns, Plan, Variables, run, stream, variables};
use crate::error::{CliError, Exit};
use crate::settings::Environment;

fn environment(pairs: &[(&str, &str)]) -> Environment {
    Environment::from_pairs(pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))))
}

fn with_secrets(secrets: &[(&str, &[u8])], allow: bool) -> Result<Variables, CliError> {
    let own = environment(&[
        ("PATH", "/bin"),
        ("MASTER_SECRET_KEY", "k"),
        ("COFFER_TENANT", "a"),
        ("COFFER_TOKEN", "t"),
    ]);
    let secrets: Vec<(&str, SecretBytes)> =
        secrets.iter().map(|(name, value)| (*name, SecretBytes::copy_from(value))).collect();
    variables(&own, secrets.iter().map(|(name, value)| (*name, value)), allow)
}

fn masker(patterns: &[&str]) -> Masker {
    let patterns: Vec<Vec<u8>> = patterns.iter().map(|pattern| pattern.as_bytes().to_vec()).collect();
    Masker::from_byte_strings(&patterns).unwrap()
}

fn whole(mut masker: Masker, text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    masker.feed(text, &mut out);
    masker.finish(&mut out);
    out
}

fn masked(patterns: &[&str], text: &str) -> String {
    String::from_utf8(whole(masker(patterns), text.as_bytes())).unwrap()
}

fn forms(value: &[u8], text: &[u8]) -> String {
    let mut patterns = Patterns::default();
    patterns.add("NAME", value);
    String::from_utf8(whole(Masker::new(&patterns).unwrap(), text)).unwrap()
}

#[test]
fn the_command_gets_the_environment_and_the_secrets_and_no_key() {
    let variables = with_secrets(&[("PATH", b"/mine"), ("DB", b"\xff")], false).unwrap();
    let names: Vec<_> = variables.iter().map(|(name, _)| name.to_str().unwrap()).collect();
    assert_eq!(names, ["COFFER_TENANT", "DB", "PATH"]);
    assert!(variables.iter().any(|(name, value)| name == "PATH" && value == "/mine"));
    assert_eq!(variables.warnings.len(), 1);
}

#[test]
fn what_can_not_or_must_not_be_a_variable_is_refused_by_name() {
    let error = with_secrets(&[("a b", b"canary"), ("1X", b"canary")], false).unwrap_err();
    assert_eq!((&*error.code, error.details.len()), ("run.bad_names", 2));
    assert!(!error.to_string().contains("canary"));
    assert_eq!(with_secrets(&[("A", b"x\0canary")], false).unwrap_err().code, "run.nul");
    for name in ["LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "BASH_ENV"] {
        assert_eq!(with_secrets(&[(name, b"x")], false).unwrap_err().code, "run.loader_variables");
        assert_eq!(with_secrets(&[(name, b"x")], true).unwrap().warnings.len(), 1);
    }
}

#[test]
fn values_are_masked_wherever_they_stand() {
    assert_eq!(masked(&["hunter22"], "a hunter22 b"), "a *** b");
    assert_eq!(masked(&["hunter22"], "hunter22hunter22"), "***");
    assert_eq!(masked(&["hunter22"], "hunter2 hunter2"), "hunter2 hunter2");
    assert_eq!(masked(&["abcdef", "defghi"], "xabcdefghix"), "x***x");
    assert_eq!(masked(&["abc", "abcdef"], "abcdefabcde"), "***de");
    assert_eq!(masked(&["aaaa"], "aaaaaaaaa"), "***");
    assert_eq!(masked(&[], "anything"), "anything");
}

#[test]
fn a_prompt_passes_and_the_beginning_of_a_secret_waits() {
    let mut masker = masker(&["secret-value"]);
    let mut out = Vec::new();
    masker.feed(b"Continue? ", &mut out);
    assert_eq!(out, b"Continue? ");
    masker.feed(b"s", &mut out);
    assert_eq!(out, b"Continue? ");
    masker.rest(&mut out);
    assert_eq!(out, b"Continue? s");
    masker.feed(b"ecret-", &mut out);
    masker.rest(&mut out);
    assert_eq!(out, b"Continue? s");
    masker.feed(b"value.", &mut out);
    assert_eq!(out, b"Continue? s***.");
}

#[test]
fn a_whole_secret_that_may_go_on_is_shown_masked_when_the_stream_rests() {
    let mut masker = masker(&["secret-value", "secret-value="]);
    let mut out = Vec::new();
    masker.feed(b"is secret-value", &mut out);
    assert_eq!(out, b"is ");
    masker.rest(&mut out);
    assert_eq!(out, b"is ***");
    masker.feed(b"=!", &mut out);
    assert_eq!(out, b"is ***!");
}

#[test]
fn the_forms_in_which_programs_print_values() {
    let value = "pä\"ss/wo\nrd".as_bytes();
    assert_eq!(forms(value, &[b"<", value, b">"].concat()), "<***>");
    let json = serde_json::to_string("pä\"ss/wo\nrd").unwrap();
    assert_eq!(forms(value, json.as_bytes()), "\"***\"");
    assert_eq!(forms(value, json.replace('/', "\\/").as_bytes()), "\"***\"");
    assert_eq!(forms(value, b"\"p\\u00e4\\\"ss/wo\\nrd\""), "\"***\"");
    assert_eq!(forms(value, b"pg://u:p%C3%A4%22ss%2Fwo%0Ard@h"), "pg://u:***@h");
    assert_eq!(forms(b"\x01\xabsecret", b"01ab736563726574 01AB736563726574"), "*** ***");
    assert_eq!(
        forms(b"first-line\n  second-line\r\nx\n", b"| second-line\r\n| first-line\n|x"),
        "| ***\r\n| ***\n|x"
    );
    let pem = b"-----BEGIN KEY-----\nMIIBVQIBADAN\n-----END KEY-----";
    assert_eq!(forms(pem, b"-----BEGIN KEY-----\r\nMIIBVQIBADAN"), "-----BEGIN KEY-----\r\n***");
}

#[test]
fn base64_alone_and_within_a_longer_text() {
    let value = b"s3cr3t-\xff\xfe-value";
    for engine in [&STANDARD, &URL_SAFE] {
        assert_eq!(forms(value, engine.encode(value).as_bytes()), "***");
        for user in ["", "u", "us", "use", "user"] {
            let basic = engine.encode([user.as_bytes(), b":", value, b"!!"].concat());
            let masked = forms(value, basic.as_bytes());
            assert!(masked.contains("***") && masked.len() <= 18, "{user}: {masked}");
        }
    }
}

#[test]
fn short_values_are_named_and_long_ones_are_masked_as_they_are() {
    let mut patterns = Patterns::default();
    patterns.add("PORT", b"8000");
    patterns.add("EMPTY", b"");
    assert_eq!(patterns.short, ["PORT"]);
    assert!(patterns.as_slice().is_empty());
    let long = vec![b'x'; ENCODED_MAX_BYTES + 1];
    patterns.add("LONG", &long);
    assert_eq!(patterns.as_slice().len(), 1);
}

#[test]
fn a_stream_is_copied_masked_to_its_end() {
    let (always_ready, mut other) = UnixStream::pair().unwrap();
    other.write_all(b"x").unwrap();
    let pieces = Pieces { left: vec!["value and secr", "ecret-", "say s"], always_ready };
    let mut out = Vec::new();
    stream::copy(pieces, masker(&["secret-value"]), &mut out);
    assert_eq!(out, b"say *** and secr");
}

/// Output that comes in pieces, each before anybody could think that there will be no more.
struct Pieces {
    /// The next one last.
    left: Vec<&'static str>,
    always_ready: UnixStream,
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.left.pop().unwrap_or_default().as_bytes().read(into)
    }
}

impl AsFd for Pieces {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.always_ready.as_fd()
    }
}

/// One test, since signals are the whole process's.
#[test]
fn a_command_is_run_to_its_end() {
    let code = |script: &str| {
        let command = ["sh", "-c", script].map(OsString::from);
        let variables =
            with_secrets(&[("PATH", b"/usr/bin:/bin"), ("GREETING", b"hello there")], false).unwrap();
        run(Plan { command: &command, variables, mask: Mask::nothing() })
    };
    assert_eq!(code("exit 0").unwrap(), 0);
    assert_eq!(code("exit 42").unwrap(), 42);
    assert_eq!(code("test \"$GREETING\" = 'hello there'").unwrap(), 0);
    assert_eq!(code("test -z \"$MASTER_SECRET_KEY$COFFER_TOKEN\"").unwrap(), 0);
    assert_eq!(code("kill -TERM $$").unwrap(), 128 + 15);
    assert_eq!(code("kill -KILL $$").unwrap(), 128 + 9);
    // A signal to Coffer reaches the command, and does not end Coffer. The script waits for it, at most ten seconds.
    let script = "n=0; i=0; trap 'n=1' USR1; kill -USR1 $PPID; \
                  while [ $n = 0 ] && [ $i -lt 200 ]; do sleep 0.05; i=$((i+1)); done; exit $n";
    assert_eq!(code(script).unwrap(), 1);
    assert_eq!(code("sleep 5 & trap 'kill $!; exit 7' TERM; kill -TERM $PPID; wait").unwrap(), 7);
    let missing = ["no-such-command-here"].map(OsString::from);
    let plan =
        Plan { command: &missing, variables: with_secrets(&[], false).unwrap(), mask: Mask::nothing() };
    assert_eq!(run(plan).unwrap_err().exit, Exit::NoSuchCommand);
    let folder = ["/".into()];
    let plan = Plan { command: &folder, variables: with_secrets(&[], false).unwrap(), mask: Mask::nothing() };
    assert_eq!(run(plan).unwrap_err().exit, Exit::CannotExecute);
    let plan = Plan { command: &[], variables: with_secrets(&[], false).unwrap(), mask: Mask::nothing() };
    assert_eq!(run(plan).unwrap_err().exit, Exit::RunFailed);
}

proptest! {
    #[test]
    fn the_cut_of_a_stream_does_not_matter(
        patterns in proptest::collection::vec("[ab]{2,6}", 0..5),
        text in "[abc]{0,60}",
        cuts in proptest::collection::vec(0_usize..8, 0..60),
    ) {
        let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
        let at_once = masked(&patterns, &text);
        let mut masker = masker(&patterns);
        let (mut rest, mut out) = (text.as_bytes(), Vec::new());
        for cut in cuts {
            let (piece, after) = rest.split_at(cut.min(rest.len()));
            masker.feed(piece, &mut out);
            rest = after;
        }
        masker.feed(rest, &mut out);
        masker.finish(&mut out);
        prop_assert_eq!(std::str::from_utf8(&out).unwrap(), &at_once);
        for pattern in patterns {
            prop_assert!(!at_once.contains(pattern));
        }
    }

    /// With rests in between too, no value comes out whole, and what is plain comes out in order.
    #[test]
    fn rests_do_not_tell(
        patterns in proptest::collection::vec("[ab]{8,10}", 1..3),
        text in proptest::collection::vec("[abc]{1,4}", 0..30),
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
    ) {
        let secret = which.get(&patterns).clone();
        let mut text: Vec<String> = text;
        let place = if text.is_empty() { 0 } else { at.index(text.len()) };
        for letter in secret.chars().rev() {
            text.insert(place, letter.to_string());
        }
        let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
        let mut masker = masker(&patterns);
        let mut out = Vec::new();
        for piece in &text {
            masker.feed(piece.as_bytes(), &mut out);
            masker.rest(&mut out);
        }
        masker.finish(&mut out);
        let out = String::from_utf8(out).unwrap();
        for pattern in patterns {
            prop_assert!(!out.contains(pattern), "{out}");
        }
        prop_assert!(out.contains("***"));
    }
}
