//! How many watch: of the whole server, of each tenant, with each token.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;
use coffer_engine::tenant::TenantName;
use coffer_engine::token::TokenHash;

use crate::failure::Failure;
use crate::limits::{STREAMS_MAX, STREAMS_TENANT_MAX, STREAMS_TOKEN_MAX};

/// All of them, counted; each is some token's, or the owner's in this process.
#[derive(Clone)]
pub(crate) struct Streams<T: Token = Option<TokenHash>>(Arc<Mutex<Counted<T>>>);

/// What a stream was opened with.
pub(crate) trait Token: Clone + Eq + Hash {}

impl<T: Clone + Eq + Hash> Token for T {}

struct Counted<T> {
    all: usize,
    tenants: HashMap<TenantName, usize>,
    tokens: HashMap<(TenantName, T), usize>,
}

/// The place of one; it is free again when this is dropped.
pub(crate) struct Place<T: Token = Option<TokenHash>> {
    streams: Streams<T>,
    whose: (TenantName, T),
}

impl<T: Token> Streams<T> {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Counted { all: 0, tenants: HashMap::new(), tokens: HashMap::new() })))
    }

    /// A place for one more, who was told that he may: a stranger learns nothing of how many there are.
    pub(crate) fn take(&self, tenant: &TenantName, token: T) -> Result<Place<T>, Failure> {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let whose = (tenant.clone(), token);
        if counted.tokens.get(&whose).is_some_and(|count| *count >= STREAMS_TOKEN_MAX) {
            return Err(too_many(StatusCode::TOO_MANY_REQUESTS, "too many streams are open with this token"));
        }
        let of_tenant = counted.tenants.get(tenant).copied().unwrap_or_default();
        if counted.all >= STREAMS_MAX || of_tenant >= STREAMS_TENANT_MAX {
            return Err(too_many(StatusCode::SERVICE_UNAVAILABLE, "too many streams are open"));
        }
        counted.all = counted.all.saturating_add(1);
        counted.tenants.insert(tenant.clone(), of_tenant.saturating_add(1));
        let of_token = counted.tokens.entry(whose.clone()).or_default();
        *of_token = of_token.saturating_add(1);
        Ok(Place { streams: self.clone(), whose })
    }

    /// How many there are.
    #[cfg(test)]
    fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).all
    }
}

impl<T: Token> Drop for Place<T> {
    fn drop(&mut self) {
        let mut counted = self.streams.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.all = counted.all.saturating_sub(1);
        less(&mut counted.tenants, &self.whose.0);
        less(&mut counted.tokens, &self.whose);
    }
}

fn less<K: Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(key);
        }
    }
}

fn too_many(status: StatusCode, detail: &'static str) -> Failure {
    Failure::later(status, "events.too_many_streams", detail, 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(number: usize) -> TenantName {
        TenantName::parse(&format!("tenant-{number}")).unwrap()
    }

    #[test]
    fn a_token_a_tenant_and_the_server_have_their_limits() {
        let streams = Streams::new();
        let take = |tenant_number, token_number: usize| streams.take(&tenant(tenant_number), token_number);
        let mut places: Vec<Place<usize>> = (0..STREAMS_TOKEN_MAX).map(|_| take(0, 0).unwrap()).collect();
        let refused = take(0, 0).err().unwrap();
        assert_eq!((refused.status.as_u16(), refused.code), (429, "events.too_many_streams"));
        for number in STREAMS_TOKEN_MAX..STREAMS_TENANT_MAX {
            places.push(take(0, number).unwrap());
        }
        assert_eq!(take(0, 999_999).err().unwrap().status, 503, "of this tenant");
        for number in STREAMS_TENANT_MAX..STREAMS_MAX {
            places.push(take(number, 0).unwrap());
        }
        assert_eq!(take(999_999, 1).err().unwrap().status, 503, "of all");
        places.truncate(1);
        assert_eq!(streams.count(), 1);
        assert!(take(0, 0).is_ok());
        drop(places);
        let counted = streams.0.lock().unwrap();
        assert!(counted.all == 0 && counted.tenants.is_empty() && counted.tokens.is_empty());
    }
}
