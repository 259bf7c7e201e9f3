//! Both ways against pyca/cryptography, which implements Cobblestone-256, PBKDF2, HKDF, HMAC and Ed25519 on its own.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use coffer_encryption::{OpenError, RootWrap, UnlockerKey, open, random, seal};

/// The other implementation reads every vector as this one does.
#[test]
fn pyca_agrees_with_the_vectors() {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors");
    let checked = pyca().arg("vectors").arg(vectors).output().unwrap();
    let said = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success(), "{said}{}", String::from_utf8_lossy(&checked.stderr));
}

/// What one seals now the other opens, for sizes around the chunk's bound.
#[test]
fn pyca_and_this_crate_open_each_other() {
    let mut python = pyca().arg("serve").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut questions = python.stdin.take().unwrap();
    let mut answers = BufReader::new(python.stdout.take().unwrap()).lines();
    let mut ask = |question: String| -> String {
        writeln!(questions, "{question}").unwrap();
        questions.flush().unwrap();
        answers.next().unwrap().unwrap()
    };
    for size in [0, 1, 32, 16_383, 16_384, 16_385, 40_000] {
        let mut raw: [u8; 32] = random::bytes().unwrap();
        let place = RootWrap {
            instance: random::bytes().unwrap(),
            unlocker: random::bytes().unwrap(),
            generation: u32::from_be_bytes(random::bytes().unwrap()),
        };
        let at = |generation: u32| {
            format!("{} {} {} {generation}", hex(&raw), hex(&place.instance), hex(&place.unlocker))
        };
        let (here, elsewhere) = (at(place.generation), at(place.generation ^ 1));
        let key = UnlockerKey::from_bytes(&mut raw);
        let plaintext: Vec<u8> = (0..=255).cycle().take(size).collect();

        let sealed = seal(&key, &place, &plaintext).unwrap();
        assert_eq!(ask(format!("open {here} {}", hex(&sealed))), hex(&plaintext), "{size}");
        assert_eq!(ask(format!("open {elsewhere} {}", hex(&sealed))), "refused", "{size}");
        let mut damaged = sealed;
        *damaged.last_mut().unwrap() ^= 1;
        assert_eq!(ask(format!("open {here} {}", hex(&damaged))), "refused", "{size}");
        damaged[3] = 2;
        assert_eq!(ask(format!("open {here} {}", hex(&damaged))), "unknown-format", "{size}");

        let sealed = unhex(&ask(format!("seal {here} {}", hex(&plaintext))));
        assert!(open(&key, &place, &sealed).unwrap().same_as(&plaintext), "{size}");
        let elsewhere = RootWrap { generation: place.generation ^ 1, ..place };
        assert_eq!(open(&key, &elsewhere, &sealed).unwrap_err(), OpenError::Refused, "{size}");
    }
    drop(questions);
    assert!(python.wait().unwrap().success());
}

/// Python with `tests/pyca.py`: the one that is named in `COFFER_TEST_PYTHON`, or the workspace's own.
#[expect(clippy::disallowed_methods, reason = "which Python to use is a matter of the machine")]
fn pyca() -> Command {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = std::env::var_os("COFFER_TEST_PYTHON")
        .map_or_else(|| here.join("../../.venv/bin/python"), PathBuf::from);
    assert!(
        python.exists(),
        "{} does not exist: `cargo xtask test` sets it up, or name a Python with cryptography >= 50 in COFFER_TEST_PYTHON",
        python.display()
    );
    let mut command = Command::new(python);
    command.arg(here.join("tests/pyca.py"));
    command
}

fn hex(bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    if hex.is_empty() { "-".to_owned() } else { hex }
}

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn unhex(text: &str) -> Vec<u8> {
    let text = if text == "-" { "" } else { text };
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
