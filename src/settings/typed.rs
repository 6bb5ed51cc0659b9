//! Secrets at the moment that one is needed: looked up where a property says where, and typed where none
//! does and a person is there.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::SecretString;

use super::Environment;
use super::names::Concept;
use super::property::Property;
use crate::error::{Error, Result};

/// Asks a person for a secret by a question; `None` where nobody can be asked.
pub type Ask<'a> = dyn Fn(&str) -> Result<Option<SecretString>> + 'a;

/// What was typed, by what it is for; shared by the connections of a command.
#[derive(Clone, Default)]
pub(super) struct Typed(Arc<Mutex<BTreeMap<Concept, SecretString>>>);

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Typed").finish_non_exhaustive()
    }
}

impl Typed {
    /// Whether this was asked for.
    pub fn has(&self, concept: Concept) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&concept)
    }

    fn or_ask(
        &self,
        concept: Concept,
        ask: &Ask<'_>,
        question: &str,
    ) -> Result<Option<SecretString>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(secret) = known.get(&concept) {
            return Ok(Some(secret.clone()));
        }
        let typed = ask(question)?;
        known.extend(typed.clone().map(|secret| (concept, secret)));
        Ok(typed)
    }
}

/// Where secrets come from while a connection is prepared.
pub(super) struct Secrets<'a> {
    /// For files, variables and programs.
    pub environment: &'a Environment,
    /// What was typed before.
    pub typed: &'a Typed,
    /// Who types.
    pub ask: &'a Ask<'a>,
}

impl Secrets<'_> {
    /// What a property says, or a person where there is none.
    pub fn find(
        &self,
        property: Option<&Property>,
        concept: Concept,
        question: &str,
    ) -> Result<Option<SecretString>> {
        match property {
            Some(property) => property.secret(self.environment).map(Some),
            None => self.typed.or_ask(concept, self.ask, question),
        }
    }
}

/// The ways to give a secret that nothing gives. `word` begins the keys of a context: `key-password`.
pub(super) fn ways(error: Error, property: &str, word: &str) -> Error {
    error
        .hint(format!(
            "set `{property}` in a properties file that only you can read, or `{word}-file`, `{word}-env`, \
             `{word}-command` or `{word}-keyring` of a context"
        ))
        .hint("on a terminal it is asked for")
}
