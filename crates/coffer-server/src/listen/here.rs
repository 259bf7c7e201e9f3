//! Who asks in clear, on loopback: programs of this machine, and no page of another site that a browser shows here (T-A14).
//!
//! A page has a browser send requests to this machine by a name of its own, which it makes lead to 127.0.0.1 (DNS rebinding), or to the address
//! itself. The browser says so, and the page can't have it say anything else: in `Host` the name, in `Origin` the site.
//!
//! # Invariants
//! - It is looked at before anything else of a request, on every route.
//! - Over TLS it is not asked for: a name that leads elsewhere has no certificate of ours.

use std::net::IpAddr;

use axum::body::Body;
use axum::http::{HeaderMap, Request, header};

/// Whether the request is of another site: for a name that is not this machine's, or from a page that is not of the address that is asked.
pub(super) fn is_of_another_site(request: &Request<Body>) -> bool {
    let asked = match one(request.headers(), header::HOST) {
        Said::Nothing => request.uri().authority().map(|authority| authority.as_str()),
        Said::This(host) => Some(host),
        Said::Odd => return true,
    };
    if asked.is_some_and(|asked| !is_this_machine(asked)) {
        return true;
    }
    match one(request.headers(), header::ORIGIN) {
        Said::Nothing => false,
        Said::This(origin) => asked.is_none() || origin.strip_prefix("http://") != asked,
        Said::Odd => true,
    }
}

/// What a header says.
enum Said<'h> {
    Nothing,
    This(&'h str),
    /// It is there more than once, or is no text.
    Odd,
}

fn one(headers: &HeaderMap, name: header::HeaderName) -> Said<'_> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (None, _) => Said::Nothing,
        (Some(first), None) => first.to_str().map_or(Said::Odd, Said::This),
        (Some(_), Some(_)) => Said::Odd,
    }
}

/// Whether a host, with or without a port, is this machine as it calls itself. No other name is, wherever it leads.
fn is_this_machine(asked: &str) -> bool {
    let host = match asked.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => host,
        _ => asked,
    };
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t_a14_a_name_that_is_made_to_lead_here_is_another_site() {
        for here in [
            "localhost",
            "LOCALHOST:8000",
            "127.0.0.1",
            "127.0.0.1:8000",
            "127.1.2.3:1",
            "[::1]:8000",
            "[::1]",
        ] {
            assert!(is_this_machine(here), "{here}");
        }
        for elsewhere in [
            "",
            ":8000",
            "other-site.example",
            "other-site.example:8000",
            "localhost.other-site.example",
            "127.0.0.1.other-site.example",
            "10.0.0.1",
            "0.0.0.0:8000",
            "[::]:8000",
            "localhost.",
            "localhost:8000:1",
            "127.0.0.1:x",
            "user@127.0.0.1",
            "127.0.0.1/x",
            "2130706433",
            "127.1",
            "0x7f000001",
        ] {
            assert!(!is_this_machine(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn t_a14_a_page_of_another_site_is_told_by_its_origin() {
        let asked = |host: &[&str], origin: &[&str]| {
            let mut request = Request::builder().uri("/health");
            for host in host {
                request = request.header("host", *host);
            }
            for origin in origin {
                request = request.header("origin", *origin);
            }
            is_of_another_site(&request.body(Body::empty()).unwrap())
        };
        assert!(!asked(&["127.0.0.1:8000"], &[]));
        assert!(!asked(&["127.0.0.1:8000"], &["http://127.0.0.1:8000"]));
        // Who speaks HTTP without a host is no browser.
        assert!(!asked(&[], &[]));
        for (host, origin) in [
            (&["other-site.example"][..], &[][..]),
            (&["127.0.0.1:8000", "other-site.example"], &[]),
            (&["127.0.0.1:8000"], &["http://other-site.example"]),
            (&["127.0.0.1:8000"], &["http://127.0.0.1:9999"]),
            (&["127.0.0.1:8000"], &["http://localhost:8000"]),
            (&["127.0.0.1:8000"], &["https://127.0.0.1:8000"]),
            (&["127.0.0.1:8000"], &["null"]),
            (&["127.0.0.1:8000"], &["http://127.0.0.1:8000", "http://other-site.example"]),
            (&[], &["http://other-site.example"]),
            (&[], &["null"]),
        ] {
            assert!(asked(host, origin), "{host:?} {origin:?}");
        }
    }
}
