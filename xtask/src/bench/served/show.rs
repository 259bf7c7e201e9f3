//! Numbers as people read them.

use super::results::Spread;

/// `12,345`
pub(crate) fn count(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut shown = String::new();
    for (place, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(place);
        if place > 0 && left.is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// Microseconds, as `43 us`, `1.25 ms` or `1.33 s`.
pub(crate) fn micros(us: f64) -> String {
    match us {
        _ if us >= 1e6 => format!("{} s", digits(us / 1e6)),
        _ if us >= 1e3 => format!("{} ms", digits(us / 1e3)),
        _ => format!("{} us", digits(us)),
    }
}

/// Bytes, as `64 KB`, `13.1 MB` or `1.20 GB`, in powers of ten.
pub(crate) fn bytes(bytes: f64) -> String {
    match bytes {
        _ if bytes >= 1e9 => format!("{} GB", digits(bytes / 1e9)),
        _ if bytes >= 1e6 => format!("{} MB", digits(bytes / 1e6)),
        _ => format!("{} KB", digits(bytes / 1e3)),
    }
}

/// A share, as `0.35 %`.
pub(crate) fn percent(share: f64) -> String {
    format!("{} %", digits(share * 100.0))
}

/// A multiple, as `8.4 x`; nothing known is a dash.
pub(crate) fn factor(times: Option<f64>) -> String {
    times.map_or_else(|| "–".to_owned(), |times| format!("{} x", digits(times)))
}

/// The middle, and the outermost in parentheses when there is more than one.
pub(crate) fn spread(spread: Option<Spread>, show: impl Fn(f64) -> String) -> String {
    match spread {
        None => "no result".to_owned(),
        Some(Spread { least, median, most }) if least < most => {
            format!("{} ({} to {})", show(median), show(least), show(most))
        }
        Some(Spread { median, .. }) => show(median),
    }
}

/// Three digits that matter.
fn digits(number: f64) -> String {
    match number {
        _ if number >= 999.5 => count(number),
        _ if number >= 99.95 => format!("{number:.0}"),
        _ if number >= 9.995 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, count, factor, micros, percent, spread};
    use crate::bench::served::results::Spread;

    #[test]
    fn thousands_are_parted() {
        assert_eq!([0.0, 999.4, 1000.0, 1_234_567.0].map(count), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn units_fit_the_number() {
        assert_eq!([4.25, 43.21, 430.0].map(micros), ["4.25 us", "43.2 us", "430 us"]);
        assert_eq!([1250.0, 36_000.0, 1_330_000.0].map(micros), ["1.25 ms", "36.0 ms", "1.33 s"]);
        assert_eq!([64_000.0, 13_100_000.0, 1.2e9].map(bytes), ["64.0 KB", "13.1 MB", "1.20 GB"]);
        assert_eq!(percent(0.003_49), "0.35 %");
    }

    #[test]
    fn what_is_not_known_is_not_made_up() {
        assert_eq!(factor(None), "–");
        assert_eq!(factor(Some(19.04)), "19.0 x");
        assert_eq!(spread(None, count), "no result");
    }

    #[test]
    fn a_range_is_shown_when_there_is_one() {
        let of = |least, median, most| Some(Spread { least, median, most });
        assert_eq!(spread(of(1.0, 1.0, 1.0), count), "1");
        assert_eq!(spread(of(900.0, 1000.0, 1100.0), count), "1,000 (900 to 1,100)");
    }
}
