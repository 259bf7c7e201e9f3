//! A network: a block of addresses, in the notation of RFC 4632 and RFC 4291.
//!
//! # Invariants
//! - An IPv4 address that came written as IPv6 (`::ffff:192.0.2.7`) is that IPv4 address, whoever asks. A network is never written so:
//!   it would look like one of IPv6, and hold none of them.

use core::net::IpAddr;
use std::fmt;

use ipnet::IpNet;
use minicbor::{CborLen, Decode, Encode};

use crate::fault::Invalid;

/// A block of addresses: `10.0.0.0/8`, `2001:db8::/32`, or a single one, `192.0.2.7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, CborLen)]
pub struct Network {
    /// The first of them.
    #[n(0)]
    first: IpAddr,
    /// How many leading bits they have in common.
    #[n(1)]
    prefix: u8,
}

impl Network {
    /// Checks a block; never mends it: `10.0.0.1/8` is none, because it could be meant as either.
    ///
    /// # Errors
    /// [`Invalid`] names the rule that the text breaks.
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        let what = || invalid("a network is an address, or an address, a slash, and how many bits count");
        let (address, bits) =
            raw.split_once('/').map_or((raw, None), |(address, bits)| (address, Some(bits)));
        // As `core` reads it: no leading zeros, which some take for octal.
        let first: IpAddr = address.parse().map_err(|_| what())?;
        let prefix = match bits {
            None => IpNet::from(first).prefix_len(),
            Some(bits) => {
                bits.parse().ok().filter(|prefix: &u8| prefix.to_string() == bits).ok_or_else(what)?
            }
        };
        let block = IpNet::new(first, prefix).map_err(|_| what())?;
        if block.addr() != block.network() {
            return Err(invalid("the address of a network has ones behind the bits that count"));
        }
        if block.addr().to_canonical() != block.addr() {
            return Err(invalid("a network of IPv4 addresses is written as IPv4"));
        }
        Ok(Self { first, prefix })
    }

    /// Whether the address is one of them.
    #[must_use]
    pub fn has(&self, address: IpAddr) -> bool {
        IpNet::new(self.first, self.prefix).is_ok_and(|block| block.contains(&address.to_canonical()))
    }
}

/// Whether what is bound to these networks is good there: none named, anywhere. What is bound is good nowhere that nobody knows.
pub(crate) fn good_from(networks: &[Network], source: Option<IpAddr>) -> bool {
    networks.is_empty() || source.is_some_and(|source| networks.iter().any(|network| network.has(source)))
}

fn invalid(cause: &'static str) -> Invalid {
    Invalid::new("network.invalid", cause, "write 10.0.0.0/8, 2001:db8::/32, or 192.0.2.7")
}

/// As it is written: `10.0.0.0/8`. A single address has its prefix too.
impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

#[cfg(test)]
mod tests;
