use super::*;

fn secret() -> TotpSecret {
    TotpSecret::from_bytes(*b"12345678901234567890")
}

/// RFC 6238, appendix B, for SHA-1: the last six of its eight digits.
#[test]
fn the_codes_are_those_of_the_rfc() {
    for (seconds, code) in [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ] {
        assert_eq!(secret().code(totp_step(seconds)).as_str(), code, "{seconds}");
    }
}

/// RFC 4226, appendix D: by count.
#[test]
fn the_codes_are_those_of_the_rfc_before_it() {
    let codes = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871"];
    for (step, code) in (0..).zip(codes) {
        assert_eq!(secret().code(step).as_str(), code);
    }
}

#[test]
fn a_code_is_of_its_step_and_spelled_in_one_way() {
    let step_of = |code: &str, steps| secret().step_of(code, steps);
    assert_eq!(step_of("287082", 0..=2), Some(1));
    assert_eq!(step_of("287082", 2..=4), None);
    let wide: String = "287082".chars().map(|digit| char::from_u32(digit as u32 + 0xfee0).unwrap()).collect();
    for other in ["", "287 082", " 287082", "287082\n", "0287082", "87082", "28708２", &wide, "+287082"] {
        assert_eq!(step_of(other, 0..=2), None, "{other:?}");
    }
}

#[test]
fn the_text_is_base32_and_nothing_is_printed() {
    assert_eq!(secret().base32().as_str(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    assert_eq!(TotpSecret::from_bytes([0xff; 20]).base32().as_str(), "7".repeat(32));
    assert_eq!(format!("{:?}", secret()), "TotpSecret(..)");
    assert_ne!(TotpSecret::generate().unwrap().expose(), TotpSecret::generate().unwrap().expose());
}
