//! scratch
use super::*;
#[test]
fn show_all() {
    for text in [
        "version: 1\nrules:\n  - principal: User:a\n    allow: {topic: *, operation: read}\n  - principal: *\n    produce: *.orders\n    alow: x\n",
        "version: 1\nrules:\n  - principal: User: bob\n    produce: x\n",
        "version: 1\nrules:\n  - principal: User:a\n     produce: x\n",
        "version: 1\nrules:\n  - principal: User:a\n   produce: x\n",
        "version: 1\nrules:\n\t- principal: User:a\n",
        "version: 1\nrules:\n  - principal: User:a\n\tproduce: x\n",
        "version: 1\nrules:\n  - principal: [User:a\n    produce: x\n",
        "version: 1\nrules:\n  - {principal: User:a, produce: x\n",
        "version: 1\nrules:\n  - principal: \"User:a\n    produce: x\n",
        "version: 1\nrules:\n  - principal: User:a]\n    produce: x]\n  - foo\n ]",
        "version: 1\nrules\n  - principal: User:a\n",
        "version: 1\nrules:\n  - principal: @a\n",
        "version: 1\nrules:\n  - principal: `a\n",
        "version: 1\nrules:\n  - principal: %a\n",
        "version: 1\nrules:\n  - principal: !!str a\n    produce: !foo x\n",
        "version: 1\nrules:\n  - principal: \"a\\qb\"\n",
        "version: 1\nrules:\n  - principal: 'a' b\n",
        "version: 1\nrules:\n  - principal: [User:CN=etl,OU=data,O=acme]\n    produce: x\n  - {principal: User:CN=etl,OU=data, produce: y}\n",
        "version: 1\nrules:\n  - principal: User:a\n    produce: 2024\n  - principal: User:a\n    produce: [on, 007, null, ~]\n  - principal:\n    produce:\n",
        "",
        "# only\n",
        "---\n---\nversion: 1\n---\n",
        "version: 2\nfoo: 1\n",
        "version: \"1\"\n",
        "foo: bar\n",
        "- a\n",
        "hello\n",
        "version: 1\nversion: 1\nscope:\nroles:\nrules:\nvars:\n",
        "version: 1\nrules:\n  - principal: User:a\n    <<: {a: b}\n    produce: x\n",
        "version: 1\nx: &a [*a]\n",
        "version: 1\nrules:\n  - principal: User:a\n    produce: x # c\n    y z\n",
        "version: 1\nrules:\n  - principal: User:a\n    produce: x\n  foo: bar\n",
        "version: 1\nrules:\n  - principal: User:a\n    allow:\n      - {topic: x, operation: read\n      - {topic: y}\n",
        "version: 1\n\x01\n",
        "version: 1\nrules: [-]\n",
        "version: 1\nrules: - a\n",
        "{\"version\": 1, \"rules\": [{\"principal\": \"User:a\" \"produce\": \"x\"}]}",
        "{\"version\": 1, \"rules\": [{\"principal\": \"User:a\", \"produce\": \"x\",}],,}",
        "version: 1\nrules:\n  - principal: User:a\n    produce: &x\n    consume: *x\n",
        "version: 1\nrules: *r\n",
        "version: 1 # x\n--- # y\nversion: 1\nrules: [}\n---\nversion: 1\nfoo: bar\n",
    ] {
        println!("-----\n{text}");
        match load_all(&[source(text)], &[], false) {
            Ok(d) => println!("OK {:?}", lines(&d)),
            Err(e) => {
                println!("=> {e}");
                for d in e.diagnostics() {
                    println!("   {} w{} [{}]", show(d), d.width, d.source);
                }
            }
        }
    }
}
