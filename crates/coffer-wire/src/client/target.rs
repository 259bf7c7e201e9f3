//! What a request is about, as the server reads it: a path behind a route, and a query.
//!
//! # Invariants
//! - Everything is percent-encoded (RFC 3986) but what needs not be: the server refuses what could be read in two ways.

use std::fmt::{Display, Write as _};

/// A path and a query.
pub(super) struct Target {
    text: String,
    has_query: bool,
    of_instance: bool,
}

/// The parameter that says whose members, tokens or log are meant.
const INSTANCE: &str = "instance";

impl Target {
    /// A route that takes nothing, or the part of it that is its own.
    pub(super) fn new(route: &str) -> Self {
        Self { text: route.to_owned(), has_query: false, of_instance: false }
    }

    /// What stands behind the route: segments between `/`.
    pub(super) fn below(mut self, path: &str) -> Self {
        self.push(path, b"-._~/");
        self
    }

    /// A parameter of the query, where there is one.
    pub(super) fn with(mut self, name: &str, value: Option<impl Display>) -> Self {
        if let Some(value) = value {
            self.text.push(if self.has_query { '&' } else { '?' });
            self.has_query = true;
            self.text.push_str(name);
            self.text.push('=');
            self.push(&value.to_string(), b"-._~");
        }
        self
    }

    /// A parameter that is said when it is so.
    pub(super) fn when(mut self, name: &str, is_so: bool) -> Self {
        self.of_instance |= is_so && name == INSTANCE;
        self.with(name, is_so.then_some("true"))
    }

    /// What stands behind the route is the instance's, without a word of that.
    pub(super) fn of_instance(mut self) -> Self {
        self.of_instance = true;
        self
    }

    /// Whether the instance is asked, and not a tenant.
    pub(super) fn is_of_instance(&self) -> bool {
        self.of_instance
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    fn push(&mut self, text: &str, plain: &[u8]) {
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
                self.text.push(char::from(byte));
            } else {
                // Writing to a String does not fail.
                let _ = write!(self.text, "%{byte:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn what_could_mean_something_else_is_encoded() {
        let target = Target::new("/a/").below("b c/é?#&%").with("cursor", Some("x+y/&=z ")).when("all", true);
        assert_eq!(target.into_text(), "/a/b%20c/%C3%A9%3F%23%26%25?cursor=x%2By%2F%26%3Dz%20&all=true");
        assert!(!Target::new("/a").when("instance", false).when("all", true).is_of_instance());
        assert!(Target::new("/a").when("instance", true).is_of_instance());
        assert_eq!(Target::new("/a").with("n", None::<u8>).when("all", false).into_text(), "/a");
    }
}
