//! A terminal, made by `script` of util-linux, and somebody who types at it.

use std::io::{Read as _, Write as _};
use std::process::{ChildStdout, Command, Output, Stdio};

/// How often a terminal is asked whether it still shows what is typed.
const LOOKS: usize = 20_000;

/// Runs `coffer` with `words` in a terminal, waits for each question, and types its answer.
///
/// What is typed at a hidden question is typed once the terminal has been told not to show it, as a person would: so a
/// value that is seen was shown by Coffer.
///
/// `meanwhile` happens once, when the first question is shown and before it is answered.
pub(super) fn run(
    mut script: Command,
    words: &[String],
    typed: &[(&'static str, Vec<u8>)],
    meanwhile: impl FnOnce(),
) -> Output {
    let mut meanwhile = Some(meanwhile);
    let line: Vec<String> = words.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''"))).collect();
    let inside = format!("tty; exec {} {}", env!("CARGO_BIN_EXE_coffer"), line.join(" "));
    script.args(["-q", "-e", "-c", &inside, "/dev/null"]).env("SHELL", "/bin/sh");
    let streams = script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = streams.spawn().unwrap();
    let (mut keys, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut seen = String::new();
    read_to(&mut screen, &mut seen, "\n");
    let name = seen.trim().to_owned();
    let mut answered = seen.len();
    for (question, answer) in typed {
        while !seen[answered..].contains(question) {
            if !read_to(&mut screen, &mut seen, question) {
                break;
            }
        }
        if !question.contains("[y/N]") {
            wait_for_hiding(&name);
        }
        if let Some(meanwhile) = meanwhile.take() {
            meanwhile();
        }
        answered = seen.len();
        keys.write_all(&[answer, &b"\n"[..]].concat()).unwrap();
    }
    let mut output = child.wait_with_output().unwrap();
    let mut rest = Vec::new();
    screen.read_to_end(&mut rest).unwrap();
    drop(keys);
    output.stdout = [seen.as_bytes(), &rest].concat();
    output
}

/// Reads on until the end of what was seen is `end`; false when nothing more comes.
fn read_to(screen: &mut ChildStdout, seen: &mut String, end: &str) -> bool {
    let mut letter = [0];
    while screen.read(&mut letter).unwrap() > 0 {
        seen.push(char::from(letter[0]));
        if seen.ends_with(end) {
            return true;
        }
    }
    false
}

/// Asks the terminal again and again; each look is a process of its own, which is pause enough.
fn wait_for_hiding(terminal: &str) {
    for _ in 0..LOOKS {
        let looked = Command::new("stty").args(["-a", "-F", terminal]).output().unwrap();
        if String::from_utf8_lossy(&looked.stdout).split_whitespace().any(|word| word == "-echo") {
            return;
        }
    }
    panic!("{terminal} still shows what is typed");
}
