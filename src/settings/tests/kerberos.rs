//! Which ticket of Kerberos is meant, by the names of each client.

use super::*;
use crate::settings::kerberos::AVAILABLE;

/// `service principal keytab cache`, `-` for what is not said.
fn ticket(world: &World, text: &str) -> String {
    let config = world.properties(text).unwrap();
    let Some(Sasl::Kerberos(login)) = config.sasl else { panic!("{text}: {:?}", config.sasl) };
    let home = world.environment.cwd.to_string_lossy().into_owned();
    let path = |path: Option<PathBuf>| {
        path.map_or_else(|| "-".to_owned(), |path| path.to_string_lossy().replace(&home, "~"))
    };
    let principal = login.principal.as_deref().unwrap_or("-").to_owned();
    format!("{} {principal} {} {}", login.service, path(login.keytab), path(login.cache))
}

#[test]
fn keytabs_and_caches_by_every_name() {
    let world = World::new();
    world.file("k.keytab", "keys");
    let named = "security.protocol=SASL_SSL\nsasl.mechanism=GSSAPI\n";
    let module = "sasl.jaas.config=com.sun.security.auth.module.Krb5LoginModule required";
    if !AVAILABLE {
        for text in [named.to_owned(), format!("security.protocol=SASL_SSL\n{module};")] {
            let error = world.properties(&text).unwrap_err();
            assert!(
                error.message().contains("asks for Kerberos (GSSAPI), which this build"),
                "{error}"
            );
        }
        return;
    }
    for (text, expected) in [
        ("", "kafka - - -"),
        ("sasl.kerberos.service.name=queue", "queue - - -"),
        (
            "sasl.kerberos.keytab=k.keytab\nsasl.kerberos.principal=ana@X",
            "kafka ana@X ~/k.keytab -",
        ),
        (
            "JAAS useKeyTab=true keyTab=\"k.keytab\" principal=\"ana@X\";",
            "kafka ana@X ~/k.keytab -",
        ),
        ("JAAS useKeyTab=true keyTab=\"FILE:k.keytab\" serviceName=queue;", "queue - ~/k.keytab -"),
        ("JAAS keyTab=\"k.keytab\" ticketCache=\"cc\";", "kafka - - -"),
        ("JAAS useTicketCache=true ticketCache=\"cc\";", "kafka - - ~/cc"),
        ("JAAS useTicketCache=true serviceName=a;\nsasl.kerberos.service.name=b", "b - - -"),
        ("sasl.kerberos.kinit.cmd=x\nsasl.kerberos.min.time.before.relogin=1", "kafka - - -"),
    ] {
        let text = format!("{named}{}", text.replace("JAAS", module));
        assert_eq!(ticket(&world, &text), expected, "{text}");
    }
    // The default mechanism of every client, where something says that it is meant.
    let keytab = "security.protocol=SASL_SSL\nsasl.kerberos.keytab=k.keytab";
    assert_eq!(ticket(&world, keytab), "kafka - ~/k.keytab -");
    let jaas = format!("security.protocol=SASL_SSL\n{module} useTicketCache=true;");
    assert_eq!(ticket(&world, &jaas), "kafka - - -");
    // A keytab that is not there is told, before the library says that there is no ticket.
    let error = world.properties(&format!("{named}sasl.kerberos.keytab=absent")).unwrap_err();
    assert!(error.message().contains("named by `sasl.kerberos.keytab` (client.properties:3)"));
}
