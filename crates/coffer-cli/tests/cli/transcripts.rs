//! Each `tests/transcripts/NAME.txt` is a session in a fresh home: what is typed, and what comes.
//!
//! `$ COMMAND` is run by `sh`; the lines after it are its stdout and stderr, `? N` among them its exit code when that is
//! not 0. `[..]` stands for anything within a line, a line `...` for any lines. What comes before the first command is a comment.

use std::fs;
use std::path::Path;

use crate::world::World;

struct Step {
    line: usize,
    command: String,
    expected: Vec<String>,
    code: i32,
}

#[test]
fn transcripts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut count = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        play(&path.display().to_string(), &fs::read_to_string(&path).unwrap());
        count += 1;
    }
    assert!(count >= 6, "{count}");
}

fn play(name: &str, text: &str) {
    let world = World::new();
    for step in steps(text) {
        let script = format!("exec 2>&1\n{}", step.command);
        let output = world.command("sh").args(["-c", &script]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let lines: Vec<&str> = said.lines().collect();
        let place = format!("{name}:{}: $ {}", step.line, step.command);
        assert!(
            fits(&step.expected, &lines),
            "{place}\nexpected:\n{}\ngot:\n{said}",
            step.expected.join("\n")
        );
        assert_eq!(output.status.code(), Some(step.code), "{place}\n{said}");
    }
}

fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        if let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step { line: number, command: command.to_owned(), expected: Vec::new(), code: 0 });
        } else if let Some(step) = steps.last_mut() {
            if let Some(code) = line.strip_prefix("? ") {
                step.code = code.parse().unwrap();
            } else if !line.is_empty() {
                step.expected.push(line.to_owned());
            }
        }
    }
    steps
}

fn fits(expected: &[String], lines: &[&str]) -> bool {
    match expected.split_first() {
        None => lines.is_empty(),
        Some((any, rest)) if any == "..." => (0..=lines.len()).any(|skip| fits(rest, &lines[skip..])),
        Some((first, rest)) => {
            lines.split_first().is_some_and(|(line, after)| fits_line(first, line) && fits(rest, after))
        }
    }
}

fn fits_line(expected: &str, line: &str) -> bool {
    match expected.split_once("[..]") {
        None => expected == line,
        Some((first, rest)) => line.strip_prefix(first).is_some_and(|line| {
            line.char_indices().map(|(at, _)| at).chain([line.len()]).any(|at| fits_line(rest, &line[at..]))
        }),
    }
}
