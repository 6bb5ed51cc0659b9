//! OAUTHBEARER and AWS_MSK_IAM: by which names a token or credentials are found.

use super::*;

const OAUTH: &str = "security.protocol=SASL_SSL\nsasl.mechanism=OAUTHBEARER\n";
const MODULE: &str = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required";

fn world() -> World {
    let world = World::new();
    world.file("token.jwt", " a.b.c \n");
    world.file("ca.pem", CERTIFICATE);
    world
}

#[track_caller]
fn gives(text: &str, expected: &str) {
    let world = world();
    let text = text.replace("DIR", &world.folder.path().to_string_lossy());
    let config =
        world.properties(&text).unwrap_or_else(|error| panic!("{text}\n{}", shown(&error)));
    let summary = summary(&config);
    let summary = summary.strip_prefix("kafka:9092 ").unwrap();
    assert_eq!(summary.strip_prefix("TLS ").unwrap_or(summary), expected, "{text}");
}

#[test]
fn a_token_that_is_there() {
    for line in [
        "sasl.oauthbearer.token.endpoint.url=file:///DIR/token.jwt",
        "sasl.oauthbearer.token.endpoint.url=file:DIR/token.jwt",
        "sasl.oauthbearer.token.endpoint.url=file://localhostDIR/token.jwt",
        "sasl.oauthbearer.token=a.b.c",
    ] {
        gives(&format!("{OAUTH}{line}"), "OAUTHBEARER token=a.b.c");
    }
    gives(
        &format!(
            "{OAUTH}sasl.oauthbearer.token=a\nsasl.oauthbearer.extensions=logicalCluster=lkc-1, pool=p/2"
        ),
        "OAUTHBEARER token=a logicalCluster=lkc-1 pool=p/2",
    );
    gives(
        &format!(
            "{OAUTH}sasl.oauthbearer.token=a\nsasl.jaas.config={MODULE} extension_b=\"x,y=z\" extension_a=\"1\";"
        ),
        "OAUTHBEARER token=a a=1 b=x,y=z",
    );
}

#[test]
fn contexts_name_the_places_of_tokens_and_secrets() {
    let head = "[contexts.a]\nbootstrap-servers = \"kafka:9092\"\n\
                properties.security.protocol = \"SASL_SSL\"\nproperties.sasl.mechanism = \"OAUTHBEARER\"\n";
    let endpoint = "properties.sasl.oauthbearer.token.endpoint.url = \"https://idp/t\"\n\
                    properties.sasl.oauthbearer.client.id = \"me\"\n";
    let client = "kafka:9092 TLS OAUTHBEARER tls=true idp:443/t me/s scope= system";
    let given = "kafka:9092 TLS OAUTHBEARER token=t";
    for (lines, expected) in [
        ("token-env = \"TOKEN\"", given),
        ("token-command = \"echo t\"", given),
        ("token-command = [\"echo\", \"t\"]", given),
        (&format!("{endpoint}client-secret-env = \"SECRET\""), client),
        (&format!("{endpoint}client-secret-command = \"echo s\""), client),
    ] {
        let world = World::with_config(&format!("{head}{lines}\n"))
            .variable("TOKEN", "t")
            .variable("SECRET", "s");
        assert_eq!(summary(&world.client(&["-c", "a"]).unwrap()), expected, "{lines}");
        let runs = world.connection(&["-c", "a"]).unwrap().runs_a_command();
        assert_eq!(runs, lines.contains("-command"), "{lines}");
    }
}

#[test]
fn a_token_that_has_expired_is_looked_up_again() {
    let world = World::with_config(
        "[contexts.a]\nbootstrap-servers = \"kafka:9092\"\ntoken-file = \"token\"\n\
         properties.security.protocol = \"SASL_SSL\"\nproperties.sasl.mechanism = \"OAUTHBEARER\"\n",
    );
    world.file(".config/kward/token", "one\n");
    let config = world.client(&["-c", "a"]).unwrap();
    let Some(Sasl::OAuthBearer(OAuthBearer { source: TokenSource::Given(given), .. })) =
        config.sasl
    else {
        panic!("no token")
    };
    assert_eq!(given.first.expose_secret(), "one");
    world.file(".config/kward/token", "two\n");
    assert_eq!((given.again.0)().unwrap().expose_secret(), "two");
}

#[test]
fn client_credentials_by_every_name() {
    let expected =
        "OAUTHBEARER tls=true idp.example.com:443/oauth2/token me/s3cret scope=kafka system";
    let url = "sasl.oauthbearer.token.endpoint.url=https://idp.example.com/oauth2/token\n";
    for lines in [
        // Kafka 3.1 and later.
        &format!(
            "sasl.login.callback.handler.class=org.apache.kafka.common.security.oauthbearer.secured.OAuthBearerLoginCallbackHandler\n\
             sasl.jaas.config={MODULE} clientId=\"me\" clientSecret=\"s3cret\" scope=\"kafka\";"
        ),
        // 4.1 and later.
        "sasl.login.callback.handler.class=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler\n\
         sasl.oauthbearer.jwt.retriever.class=org.apache.kafka.common.security.oauthbearer.ClientCredentialsJwtRetriever\n\
         sasl.oauthbearer.client.credentials.client.id=me\n\
         sasl.oauthbearer.client.credentials.client.secret=s3cret\nsasl.oauthbearer.scope=kafka",
        // Both: the properties go before the entry.
        &format!(
            "sasl.oauthbearer.client.credentials.client.id=me\n\
             sasl.oauthbearer.client.credentials.client.secret=s3cret\nsasl.oauthbearer.scope=kafka\n\
             sasl.jaas.config={MODULE} clientId=\"a\" clientSecret=\"b\" scope=\"c\";"
        ),
        // librdkafka.
        "sasl.oauthbearer.method=oidc\nsasl.oauthbearer.client.id=me\nsasl.oauthbearer.client.secret=s3cret\n\
         sasl.oauthbearer.scope=kafka\nsasl.oauthbearer.grant.type=client_credentials",
    ] {
        gives(&format!("{OAUTH}{url}{lines}"), expected);
    }
}

#[test]
fn whom_the_endpoint_is_trusted_by() {
    let client = "sasl.oauthbearer.client.id=me\nsasl.oauthbearer.client.secret=s\n";
    let url = "sasl.oauthbearer.token.endpoint.url=https://idp:8443?x=y\n";
    let base = format!("{OAUTH}{client}{url}");
    let expected = |trust: &str| format!("OAUTHBEARER tls=true idp:8443/?x=y me/s scope= {trust}");
    gives(&base, &expected("system"));
    gives(&format!("{base}https.ca.location=ca.pem"), &expected("only=AAAA"));
    gives(&format!("{base}https.ca.location=probe"), &expected("system"));
    gives(
        &format!(
            "{base}sasl.jaas.config={MODULE} ssl.truststore.type=PEM ssl.truststore.location=\"ca.pem\";"
        ),
        &expected("only=AAAA"),
    );
    gives(&format!("{base}ssl.ca.location=ca.pem"), &format!("ca=AAAA {}", expected("and=AAAA")));
    // Where the brokers speak no TLS, the authorities are there for the endpoint.
    let plain = base.replace("SASL_SSL", "SASL_PLAINTEXT");
    gives(&format!("{plain}ssl.ca.location=ca.pem"), &expected("and=AAAA"));
    let http = base.replace("https:", "http:");
    gives(&http, &expected("system").replace("tls=true", "tls=false"));
}

#[test]
fn mistakes() {
    let url = "sasl.oauthbearer.token.endpoint.url";
    let at = format!("`{url}` (client.properties:3)");
    for (lines, message, hint) in [
        (String::new(), "OAUTHBEARER needs a token, and nothing says where it comes from".to_owned(), "token-file"),
        (format!("{url}=idp"), format!("{at} is wrong: it has no scheme, such as `https://`"), "https://HOST"),
        (format!("{url}=ftp://a/b"), format!("{at} is wrong: its scheme is neither `https` nor `file`"), "https://HOST"),
        (format!("{url}=https:///b"), format!("{at} is wrong: it names no host"), "https://HOST"),
        (format!("{url}=file://host/b"), format!("{at} is wrong: it names no absolute path"), "file:///PATH"),
        (format!("{url}=https://a"), format!("{at} needs a client id, and none is given"), "clientId"),
        (
            format!("{url}=https://a\nsasl.oauthbearer.client.id=a"),
            format!("{at} needs a client secret, and none is given"),
            "client-secret-file",
        ),
        (
            "sasl.oauthbearer.token=a b".to_owned(),
            "what `sasl.oauthbearer.token` (client.properties:3) gives is no token".to_owned(),
            "",
        ),
        (
            "sasl.oauthbearer.token=Bearer ab".to_owned(),
            "what `sasl.oauthbearer.token` (client.properties:3) gives is no token".to_owned(),
            "leave `Bearer` out",
        ),
        (
            "sasl.oauthbearer.token={\"access_token\":\"ab\"}".to_owned(),
            "what `sasl.oauthbearer.token` (client.properties:3) gives is no token".to_owned(),
            "jq -r .access_token",
        ),
        (
            format!("{url}=file:///dev/null"),
            format!("the file `/dev/null`, named by {at}, is empty"),
            "put the secret there",
        ),
        (
            "sasl.oauthbearer.token=a\nsasl.oauthbearer.extensions=a1=b".to_owned(),
            "`sasl.oauthbearer.extensions` (client.properties:4) is wrong: the name of an extension has letters only".to_owned(),
            "logicalCluster",
        ),
        (
            "sasl.oauthbearer.token=a\nsasl.oauthbearer.extensions=auth=b".to_owned(),
            "`sasl.oauthbearer.extensions` (client.properties:4) is wrong: `auth` is the token's own name".to_owned(),
            "",
        ),
    ] {
        let error = world().properties(&format!("{OAUTH}{lines}")).unwrap_err();
        assert_eq!(error.message(), message, "{lines}");
        assert!(error.hints().join("\n").contains(hint), "{lines}: {:?}", error.hints());
    }
}

#[test]
fn warnings_of_tokens_in_the_clear() {
    let world = world();
    let warned = |text: &str, what: &str| {
        let warnings = world.warnings(text);
        assert!(warnings.iter().any(|warning| warning.contains(what)), "{warnings:?}");
    };
    let plain = OAUTH.replace("SASL_SSL", "SASL_PLAINTEXT");
    warned(&format!("{plain}sasl.oauthbearer.token=t"), "OAUTHBEARER sends the token unencrypted");
    let client = "sasl.oauthbearer.client.id=me\nsasl.oauthbearer.client.secret=s\n";
    warned(
        &format!("{OAUTH}{client}sasl.oauthbearer.token.endpoint.url=http://idp/"),
        "is no `https` URL",
    );
    let token = world.path("token.jwt");
    chmod(&token, 0o644);
    let url = format!("sasl.oauthbearer.token.endpoint.url=file://{}", token.display());
    warned(&format!("{OAUTH}{url}"), "holds a token and others can read it");
}

#[test]
fn credentials_of_aws() {
    let msk = "security.protocol=SASL_SSL\nsasl.mechanism=AWS_MSK_IAM\n\
               sasl.jaas.config=software.amazon.msk.auth.iam.IAMLoginModule required;\n\
               sasl.client.callback.handler.class=software.amazon.msk.auth.iam.IAMClientCallbackHandler\n";
    let oauth = format!(
        "{OAUTH}sasl.jaas.config={MODULE};\n\
         sasl.login.callback.handler.class=software.amazon.msk.auth.iam.IAMOAuthBearerLoginCallbackHandler\n"
    );
    for (text, mechanism) in [(msk, "AWS_MSK_IAM"), (&oauth, "OAUTHBEARER")] {
        let world = World::new()
            .variable("AWS_ACCESS_KEY_ID", "ID")
            .variable("AWS_SECRET_ACCESS_KEY", "s")
            .variable("AWS_REGION", "eu-west-1");
        let config = world.properties(text).unwrap();
        assert_eq!(summary(&config), format!("kafka:9092 TLS {mechanism} ID/s eu-west-1"));
    }
    let world = World::new();
    world.file(".aws/credentials", "[dev]\naws_access_key_id=D\naws_secret_access_key=t\n");
    let with = |options: &str| msk.replace("required;", &format!("required {options};"));
    let config = world.properties(&with("awsProfileName=\"dev\"")).unwrap();
    assert_eq!(summary(&config), "kafka:9092 TLS AWS_MSK_IAM D/t ");
    let error = world.properties(&with("awsRoleArn=\"arn:aws:iam::1:role/r\"")).unwrap_err();
    assert!(error.message().contains("asks for a role of AWS"), "{error}");
    assert!(error.hints()[0].contains("aws configure export-credentials"));
}
