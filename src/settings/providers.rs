//! Kafka's own config providers (KIP-297, KIP-421): where a properties file says `${file:PATH:KEY}`,
//! `${dir:FOLDER:FILE}` or `${env:VARIABLE}`, and which of these names stands for which provider.

use regex_lite::Regex;
use secrecy::SecretString;

use super::property::{Layer, Property, Value};
use super::{Environment, files, properties};
use crate::error::{Error, Result};
use crate::model::{visible, without_bom};

/// The property that names them; each is described by those that begin so.
const PROVIDERS: &str = "config.providers";

#[derive(Debug, Clone, Copy)]
enum Provider {
    /// A property of another properties file.
    File,
    /// A file of a folder.
    Directory,
    Variable,
}

impl Provider {
    fn of(class: &str) -> Option<Self> {
        match class.strip_prefix("org.apache.kafka.common.config.provider.")? {
            "FileConfigProvider" => Some(Provider::File),
            "DirectoryConfigProvider" => Some(Provider::Directory),
            "EnvVarConfigProvider" => Some(Provider::Variable),
            _ => None,
        }
    }
}

/// Puts the values that are looked up into a properties file's. Where one of the providers is another than
/// Kafka's, or is told which places to keep to, all stays as it is, to be refused.
pub(super) fn look_up(layer: &mut Layer, environment: &Environment) -> Result<()> {
    let Some(providers) = providers(layer) else { return Ok(()) };
    layer.0.retain(|property| {
        property.key != PROVIDERS && !property.key.starts_with("config.providers.")
    });
    for property in &mut layer.0 {
        if let Some(text) = replaced(property, &providers, environment)? {
            let text = text.trim_matches(|c| c <= ' ');
            property.value = Value::LookedUp(SecretString::from(text));
        }
    }
    Ok(())
}

/// The providers by their names.
fn providers(layer: &Layer) -> Option<Vec<(String, Provider)>> {
    let said = |key: &str| layer.0.iter().rfind(|property| property.key == key).map(Property::text);
    let names = said(PROVIDERS)?.split(',').map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| {
            let begins = format!("{PROVIDERS}.{name}.param.");
            let limited = layer.0.iter().any(|property| property.key.starts_with(&begins));
            let provider = Provider::of(said(&format!("{PROVIDERS}.{name}.class"))?);
            Some((name.to_owned(), provider.filter(|_| !limited)?))
        })
        .collect()
}

/// The text with what is looked up in it; `None` where nothing is.
fn replaced(
    property: &Property,
    providers: &[(String, Provider)],
    environment: &Environment,
) -> Result<Option<String>> {
    // As Kafka's `ConfigTransformer` has it.
    let Ok(pattern) = Regex::new(r"\$\{([^}]*?):(?:([^}]*?):)?([^}]*?)\}") else { return Ok(None) };
    let (text, mut out, mut done) = (property.text(), String::new(), 0);
    for found in pattern.captures_iter(text) {
        let part = |at| found.get(at).map_or("", |part| part.as_str());
        let Some((_, provider)) = providers.iter().find(|(name, _)| name == part(1)) else {
            continue;
        };
        let place = found.get(0).map_or(0..0, |whole| whole.range());
        out += &text[done..place.start];
        out += &value(*provider, part(2), part(3), property, environment)?;
        done = place.end;
    }
    Ok((done > 0).then(|| out + &text[done..]))
}

fn value(
    provider: Provider,
    place: &str,
    key: &str,
    property: &Property,
    environment: &Environment,
) -> Result<String> {
    let named = &property.named();
    // Relative to what every other file is that the properties name.
    let read = |path: &str| {
        let path = environment.path(path, &property.base);
        files::read(&path, files::MAX_SETTINGS, named, environment.patience)
    };
    match provider {
        Provider::File => {
            let wrong = |what: String| {
                Error::invalid(format!("`{}`, named by {named}, {what}", visible(place)))
            };
            let entries = properties::parse(&read(place)?)
                .map_err(|error| wrong(format!("line {}: {}", error.line, error.message)))?;
            let entry = entries.into_iter().rfind(|entry| entry.key == key);
            let entry = entry.ok_or_else(|| wrong(format!("has no `{}`", visible(key))))?;
            Ok(entry.value)
        }
        Provider::Directory => {
            let path = format!("{}/{key}", place.trim_end_matches('/'));
            let text = String::from_utf8(read(&path)?).map_err(|_| {
                Error::invalid(format!("`{}`, named by {named}, is not UTF-8", visible(&path)))
            })?;
            Ok(without_bom(&text).to_owned())
        }
        Provider::Variable => environment.variables.get(key).cloned().ok_or_else(|| {
            Error::invalid(format!(
                "the environment variable `{}`, named by {named}, is not set",
                visible(key)
            ))
        }),
    }
}
