//! What is asked without a token: a route is one by its path and its method, and by nothing else that a request says.

use axum::http::StatusCode;
use coffer_server::routes::{Audit, ROUTES, Route};

use super::routes::target;
use super::world::{World, op};

/// Headers by which proxies and frameworks are told of another target, or of another method.
const ELSEWHERE: [&str; 5] =
    ["x-original-url", "x-rewrite-url", "x-forwarded-uri", "x-http-method-override", "x-forwarded-prefix"];

fn is_open(route: &Route) -> bool {
    !matches!(route.audit, Audit::Entry(_))
}

/// The other half of it, that an approval is shown to who may read what it is about, has no object yet: there are no approvals.
#[tokio::test]
async fn t_p11_no_query_path_or_header_makes_a_door_of_a_route_that_wants_a_token() {
    let world = World::new().await;
    let before = world.entries(&op(), false).await;
    let opens: Vec<&str> = ROUTES.iter().filter(|route| is_open(route)).map(|route| route.path).collect();
    assert!(opens.len() > 2, "{opens:?}");
    let mut asked = 0;
    for route in ROUTES.iter().filter(|route| !is_open(route)) {
        let own = target(route);
        let and = if own.contains('?') { '&' } else { '?' };
        for open in &opens {
            let dressed = [
                format!("{own}{and}x={open}"),
                format!("{own}{and}{open}"),
                format!("{open}/..{own}"),
                format!("{open}%2F..{own}"),
                format!("{open};{own}"),
                format!("/{own}{and}a={open}#{open}"),
            ];
            for dressed in dressed {
                // What is no target at all is not sent.
                let Ok(dressed) = dressed.parse::<axum::http::Uri>().map(|uri| uri.to_string()) else {
                    continue;
                };
                let reply = world.ask_with(route.method, &dressed, &[], "").await;
                let is_refused =
                    reply.status.is_client_error() && reply.header("x-coffer-audit-id").is_empty();
                assert!(is_refused, "{} {dressed}: {reply:?}", route.method);
                asked += 1;
            }
            for header in ELSEWHERE {
                let reply = world.ask_with(route.method, &own, &[(header, open)], "").await;
                assert_eq!(
                    reply.status,
                    StatusCode::UNAUTHORIZED,
                    "{} {own}, {header}: {open}",
                    route.method
                );
            }
        }
    }
    assert!(asked > 1000, "{asked}");
    assert_eq!(world.entries_since(&before, false).await, [""; 0], "and nothing is done");
}
