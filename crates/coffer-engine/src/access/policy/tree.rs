//! The text of a policy as a tree: blocks, attributes, lists and texts. HCL and JSON differ in marks alone.
//!
//! ```text
//! entries = { key { label } ( object | mark value ) [ "," ] }     mark = "=" | ":"
//! value   = text | "true" | "false" | number | list | object      list = "[" [ value { "," value } [ "," ] ] "]"
//! object  = "{" entries "}"
//! ```

use std::iter::Peekable;
use std::str::CharIndices;

use crate::fault::Invalid;

/// How deep objects and lists lie in each other: a policy needs four.
const DEPTH_MAX: usize = 8;

/// One thing in an object.
pub(super) struct Entry<'t> {
    /// Its key and labels.
    pub(super) keys: Vec<String>,
    pub(super) value: Value<'t>,
    /// In which line it begins, for errors.
    pub(super) line: usize,
}

/// What is there.
pub(super) enum Value<'t> {
    Text(String),
    /// A number, or `true`, as it stands.
    Word(&'t str),
    List(Vec<Value<'t>>),
    Object(Vec<Entry<'t>>),
}

/// Reads all of a text.
pub(super) fn parse(text: &str) -> Result<Vec<Entry<'_>>, Invalid> {
    let mut reader = Reader { text, chars: text.char_indices().peekable(), line: 1, depth: 0 };
    let entries = match reader.next_char()? {
        // JSON is one object.
        Some('{') => {
            reader.take();
            reader.entries(true)?
        }
        _ => reader.entries(false)?,
    };
    match reader.next_char()? {
        None => Ok(entries),
        Some(_) => Err(reader.wrong("something follows the end")),
    }
}

struct Reader<'t> {
    text: &'t str,
    chars: Peekable<CharIndices<'t>>,
    line: usize,
    depth: usize,
}

impl<'t> Reader<'t> {
    /// Up to the end of an object, or of the text.
    fn entries(&mut self, in_object: bool) -> Result<Vec<Entry<'t>>, Invalid> {
        self.deeper()?;
        let mut entries = Vec::new();
        loop {
            let line = match self.next_char()? {
                None if !in_object => break,
                Some('}') if in_object => {
                    self.take();
                    break;
                }
                None => return Err(self.wrong("an object does not end")),
                Some(_) => self.line,
            };
            let mut keys = vec![self.key()?];
            let value = loop {
                match self.next_char()? {
                    Some('=' | ':') => {
                        self.take();
                        break self.value()?;
                    }
                    Some('{') => break self.value()?,
                    Some('"') if keys.len() < 3 => keys.push(self.quoted()?),
                    _ => return Err(self.wrong("a key has no value")),
                }
            };
            entries.push(Entry { keys, value, line });
            if self.next_char()? == Some(',') {
                self.take();
            }
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(entries)
    }

    fn value(&mut self) -> Result<Value<'t>, Invalid> {
        match self.next_char()? {
            Some('"') => self.quoted().map(Value::Text),
            Some('{') => {
                self.take();
                self.entries(true).map(Value::Object)
            }
            Some('[') => {
                self.take();
                self.list().map(Value::List)
            }
            Some(_) => self.word().map(Value::Word),
            None => Err(self.wrong("a value is missing")),
        }
    }

    fn list(&mut self) -> Result<Vec<Value<'t>>, Invalid> {
        self.deeper()?;
        let mut values = Vec::new();
        loop {
            if self.next_char()? == Some(']') {
                self.take();
                self.depth = self.depth.saturating_sub(1);
                return Ok(values);
            }
            values.push(self.value()?);
            match self.next_char()? {
                Some(',') => self.take(),
                Some(']') => {}
                _ => return Err(self.wrong("a list does not end")),
            }
        }
    }

    fn key(&mut self) -> Result<String, Invalid> {
        match self.next_char()? {
            Some('"') => self.quoted(),
            _ => self.word().map(str::to_owned),
        }
    }

    /// Letters, digits, and `_`, `-`, `.`.
    fn word(&mut self) -> Result<&'t str, Invalid> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let start = self.at();
        while self.chars.next_if(|(_, c)| is_part(*c)).is_some() {}
        match self.text.get(start..self.at()) {
            Some(word) if !word.is_empty() => Ok(word),
            _ => Err(self.wrong("a word, a text, a list or an object is missing")),
        }
    }

    /// A text in quotes. Of escapes there are `\"`, `\\` and `\/`: no path has what the others stand for.
    fn quoted(&mut self) -> Result<String, Invalid> {
        self.take();
        let mut text = String::new();
        loop {
            match self.chars.next().map(|(_, c)| c) {
                Some('"') => return Ok(text),
                Some('\\') => match self.chars.next().map(|(_, c)| c) {
                    Some(c @ ('"' | '\\' | '/')) => text.push(c),
                    _ => return Err(self.wrong("a text has an escape other than \\\" \\\\ \\/")),
                },
                None | Some('\n') => return Err(self.wrong("a text does not end")),
                Some('$') if self.chars.peek().is_some_and(|(_, c)| *c == '{') => {
                    return Err(self.wrong("a text has `${` in it, which is not filled in"));
                }
                Some(c) => text.push(c),
            }
        }
    }

    /// The next character that is neither space nor in a comment.
    fn next_char(&mut self) -> Result<Option<char>, Invalid> {
        loop {
            let Some((at, c)) = self.chars.peek().copied() else { return Ok(None) };
            let rest = self.text.get(at..).unwrap_or_default();
            if c.is_ascii_whitespace() {
                self.take();
            } else if c == '#' || rest.starts_with("//") {
                while self.chars.next_if(|(_, c)| *c != '\n').is_some() {}
            } else if let Some(comment) = rest.strip_prefix("/*") {
                let Some(length) = comment.find("*/") else {
                    return Err(self.wrong("a comment does not end"));
                };
                let end = at.saturating_add(length).saturating_add(4);
                while self.chars.peek().is_some_and(|(at, _)| *at < end) {
                    self.take();
                }
            } else {
                return Ok(Some(c));
            }
        }
    }

    fn take(&mut self) {
        if let Some((_, '\n')) = self.chars.next() {
            self.line = self.line.saturating_add(1);
        }
    }

    fn at(&mut self) -> usize {
        self.chars.peek().map_or(self.text.len(), |(at, _)| *at)
    }

    fn deeper(&mut self) -> Result<(), Invalid> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH_MAX { Err(self.wrong("it lies too deep")) } else { Ok(()) }
    }

    fn wrong(&self, what: &str) -> Invalid {
        wrong(self.line, what)
    }
}

/// What is wrong, and in which line.
pub(super) fn wrong(line: usize, what: &str) -> Invalid {
    Invalid::new(
        "policy.invalid",
        format!("line {line} of the policy: {what}"),
        "a rule is written like `path \"prod/*\" { capabilities = [\"read\", \"list\"] }`",
    )
}
