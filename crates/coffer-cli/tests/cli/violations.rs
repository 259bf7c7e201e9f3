//! A program that goes on asking for what it may not is disabled, as the server's defaults have it.

use crate::remote::Server;

#[test]
fn a_program_that_goes_on_asking_is_suspended_until_somebody_enables_it() {
    let server = Server::start();
    server.world.says(&["set", "A", "--generate"]);
    server.world.says(&["member", "create", "shop", "--kind", "service", "--grant", "reader:dev/**"]);
    let token = server.world.says(&["token", "create", "--member", "shop"]);
    let client = server.client(token.trim());
    for name in ["/prod/shop/A", "/prod/shop/B"] {
        client.fails(&format!("get {name}"), "access.denied");
        client.says("get A");
    }
    client.fails("get /prod/shop/C", "access.denied");
    // As whoever has no power here is answered.
    client.fails("get A", "token.invalid");
    let listed = server.world.says(&["member", "ls"]);
    assert!(listed.contains("disabled for violations"), "{listed}");
    server.world.says(&["member", "enable", "shop"]);
    client.says("get A");
}
