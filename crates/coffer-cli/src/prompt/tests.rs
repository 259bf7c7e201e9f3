use std::fs;
use std::io;

use coffer_engine::generate::Alphabet;
use coffer_engine::limits::VALUE_MAX_BYTES;
use zeroize::Zeroizing;

use super::{Asker, Given, Source, Treatment, confirm, value};
use crate::error::{CliError, Exit};

/// Says these, in this order; nobody when there is nothing to say.
struct Says(Vec<&'static str>);

impl Asker for Says {
    fn is_there(&self) -> bool {
        !self.0.is_empty()
    }

    fn hidden(&mut self, question: &str) -> io::Result<Zeroizing<String>> {
        self.shown(question).map(Zeroizing::new)
    }

    fn shown(&mut self, _: &str) -> io::Result<String> {
        Ok(self.0.remove(0).to_owned())
    }
}

fn take(
    source: &Source,
    says: &[&'static str],
    stdin: &[u8],
    treatment: Treatment,
) -> Result<Given, CliError> {
    value(source, "NAME", treatment, &mut Says(says.to_vec()), &mut &*stdin)
}

const AS_IS: Treatment = Treatment { trim: false, allow_empty: false };
const TRIM: Treatment = Treatment { trim: true, allow_empty: false };

#[test]
fn a_prompt_asks_twice() {
    let given = take(&Source::Prompt, &["hunter2", "hunter2"], b"", AS_IS).unwrap();
    assert!(given.value.same_as(b"hunter2") && !given.ends_with_newline);
    let error = take(&Source::Prompt, &["canary1", "canary2"], b"", AS_IS).unwrap_err();
    assert_eq!(error.code, "value.mismatch");
    assert!(!error.to_string().contains("canary"));
    assert_eq!(take(&Source::Prompt, &[], b"piped", AS_IS).unwrap_err().code, "value.no_terminal");
}

#[test]
fn stdin_and_files_are_exact() {
    let given = take(&Source::Stdin, &[], b"\xff\0x\n", AS_IS).unwrap();
    assert!(given.value.same_as(b"\xff\0x\n") && given.ends_with_newline);
    for (text, kept) in [(&b"x\r\n"[..], &b"x"[..]), (b"x\n\n", b"x\n"), (b"x\r", b"x\r"), (b"x", b"x")] {
        assert!(take(&Source::Stdin, &[], text, TRIM).unwrap().value.same_as(kept));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("value");
    fs::write(&path, "from a file").unwrap();
    assert!(take(&Source::File(path), &[], b"", AS_IS).unwrap().value.same_as(b"from a file"));
    assert_eq!(take(&Source::File("/nowhere/x".into()), &[], b"", AS_IS).unwrap_err().exit, Exit::NotFound);
}

#[test]
fn empty_and_too_large_are_refused() {
    assert_eq!(take(&Source::Stdin, &[], b"", AS_IS).unwrap_err().code, "value.empty");
    assert_eq!(take(&Source::Stdin, &[], b"\n", TRIM).unwrap_err().code, "value.empty");
    let meant = Treatment { trim: false, allow_empty: true };
    assert!(take(&Source::Stdin, &[], b"", meant).unwrap().value.is_empty());
    assert!(take(&Source::Stdin, &[], &vec![b'x'; VALUE_MAX_BYTES], AS_IS).is_ok());
    let error = take(&Source::Stdin, &[], &vec![b'x'; VALUE_MAX_BYTES + 1], AS_IS).unwrap_err();
    assert_eq!(error.code, "value.too_large");
}

#[test]
fn generated_values_have_their_length() {
    let of = |characters, alphabet| take(&Source::Generated(characters, alphabet), &[], b"", AS_IS);
    assert_eq!(of(32, Alphabet::LettersAndDigits).unwrap().value.len(), 32);
    assert!(of(64, Alphabet::Hex).unwrap().value.expose().iter().all(u8::is_ascii_hexdigit));
    for bad in [0, 7, 4097, usize::MAX] {
        assert_eq!(of(bad, Alphabet::Hex).unwrap_err().code, "value.length");
    }
}

#[test]
fn confirmation() {
    assert!(confirm("Sure?", true, &mut Says(vec![])).is_ok());
    assert!(confirm("Sure?", false, &mut Says(vec![" Yes\n"])).is_ok());
    assert_eq!(confirm("Sure?", false, &mut Says(vec!["\n"])).unwrap_err().code, "confirm.declined");
    assert_eq!(confirm("Sure?", false, &mut Says(vec![])).unwrap_err().code, "confirm.no_terminal");
}
