//! Credentials of AWS for MSK's IAM: from the environment, or from a profile of AWS's shared files
//! (`~/.aws/credentials`, `~/.aws/config`), which may name a program that prints them
//! (`credential_process`). SSO, roles and instances are left to AWS's own tools.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::client_config::{AwsCredentials, Iam, Lookup};
use super::connection::shown;
use super::names::Concept;
use super::property::Effective;
use super::secret::Source;
use super::{Environment, files};
use crate::error::{Error, Result};
use crate::model::visible;

/// Which credentials are meant; nothing is read yet.
#[derive(Debug, Clone)]
pub(super) struct IamPlan {
    /// The profile that is named, and by whom; none is needed where the environment has keys.
    profile: Option<(String, String)>,
    environment: Environment,
    over_oauth: bool,
}

/// Where the credentials are.
enum Found {
    Keys(AwsCredentials),
    /// A program prints them, says this key of this file.
    Program {
        line: String,
        named: String,
    },
}

type Profile = BTreeMap<String, String>;

impl IamPlan {
    /// `over_oauth`: MSK's login handler for OAUTHBEARER is named.
    pub fn new(effective: &Effective, environment: &Environment, over_oauth: bool) -> Result<Self> {
        if let Some(role) = effective.get(Concept::AwsRole) {
            return Err(Error::invalid(format!(
                "{} asks for a role of AWS to be assumed, which is not supported",
                role.named()
            ))
            .hint(export("PROFILE")));
        }
        let named = effective.get(Concept::AwsProfile).map(|profile| {
            (profile.text().to_owned(), format!("`awsProfileName` ({})", profile.origin))
        });
        Ok(Self { profile: named, environment: environment.clone(), over_oauth })
    }

    pub fn runs_a_command(&self) -> bool {
        matches!(self.find(), Ok(Found::Program { .. }))
    }

    pub fn load(&self) -> Result<Iam> {
        let again = self.clone();
        Ok(Iam {
            first: self.credentials()?,
            again: Lookup(Arc::new(move || again.credentials())),
            region: self.region(),
            over_oauth: self.over_oauth,
        })
    }

    fn credentials(&self) -> Result<AwsCredentials> {
        match self.find()? {
            Found::Keys(keys) => Ok(keys),
            Found::Program { line, named } => {
                let command = Source::Command(vec!["sh".to_owned(), "-c".to_owned(), line]);
                printed(&command.look_up(&named, &self.environment)?, &named)
            }
        }
    }

    fn find(&self) -> Result<Found> {
        if self.profile.is_none()
            && let Some(keys) = self.keys_of_environment()?
        {
            return Ok(Found::Keys(keys));
        }
        let (name, by) = self.name();
        let mut profile = Self::profile_in(&self.config_file(), &name, true)?;
        let credentials = self.credentials_file();
        profile.extend(Self::profile_in(&credentials, &name, false)?);
        if profile.is_empty() {
            let what = match &by {
                Some(by) => format!("there is no AWS profile `{}`, named by {by}", visible(&name)),
                None => "there are no credentials of AWS".to_owned(),
            };
            return Err(Error::invalid(what)
                .caused_by(format!(
                    "neither {} nor {} has it",
                    shown(&credentials),
                    shown(&self.config_file())
                ))
                .hint("set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or `AWS_PROFILE`")
                .hint(export("PROFILE")));
        }
        Self::found(&profile, &name, &self.config_file())
    }

    fn found(profile: &Profile, name: &str, config: &Path) -> Result<Found> {
        let text = |key: &str| profile.get(key).filter(|text| !text.is_empty()).cloned();
        if let (Some(id), Some(secret)) = (text("aws_access_key_id"), text("aws_secret_access_key"))
        {
            return Ok(Found::Keys(AwsCredentials {
                access_key_id: id,
                secret_access_key: secret.into(),
                session_token: text("aws_session_token").map(SecretString::from),
                expires: None,
            }));
        }
        if let Some(line) = text("credential_process") {
            let named = format!("`credential_process` ({}, profile `{name}`)", shown(config));
            return Ok(Found::Program { line, named });
        }
        let elsewhere = ["sso_session", "sso_start_url", "role_arn", "web_identity_token_file"];
        let why = match elsewhere.iter().find(|key| profile.contains_key(**key)) {
            Some(key) => format!("it has `{key}`, which AWS's own tools know how to use"),
            None => "it has no `aws_access_key_id` with `aws_secret_access_key`".to_owned(),
        };
        let name = visible(name);
        Err(Error::invalid(format!("the AWS profile `{name}` holds no credentials"))
            .caused_by(why)
            .hint(export(&name)))
    }

    fn keys_of_environment(&self) -> Result<Option<AwsCredentials>> {
        let get = |name: &str| self.environment.get(name);
        match (get("AWS_ACCESS_KEY_ID"), get("AWS_SECRET_ACCESS_KEY")) {
            (Some(id), Some(secret)) => Ok(Some(AwsCredentials {
                access_key_id: id.to_owned(),
                secret_access_key: secret.to_owned().into(),
                session_token: get("AWS_SESSION_TOKEN").map(|token| token.to_owned().into()),
                expires: None,
            })),
            (None, None) => Ok(None),
            (Some(_), None) => Err(Error::invalid(
                "`AWS_ACCESS_KEY_ID` is set, and `AWS_SECRET_ACCESS_KEY` is not",
            )),
            (None, Some(_)) => Err(Error::invalid(
                "`AWS_SECRET_ACCESS_KEY` is set, and `AWS_ACCESS_KEY_ID` is not",
            )),
        }
    }

    /// The profile, and who names it.
    fn name(&self) -> (String, Option<String>) {
        if let Some((name, by)) = &self.profile {
            return (name.clone(), Some(by.clone()));
        }
        for variable in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"] {
            if let Some(name) = self.environment.get(variable) {
                return (name.to_owned(), Some(format!("`{variable}`")));
            }
        }
        ("default".to_owned(), None)
    }

    /// The region that the environment or the profile names; the brokers' names go before it.
    fn region(&self) -> Option<String> {
        let said = ["AWS_REGION", "AWS_DEFAULT_REGION"];
        let said = said.iter().find_map(|name| self.environment.get(name)).map(str::to_owned);
        said.or_else(|| {
            let profile = Self::profile_in(&self.config_file(), &self.name().0, true).ok()?;
            profile.get("region").cloned()
        })
    }

    fn config_file(&self) -> PathBuf {
        self.place("AWS_CONFIG_FILE", "~/.aws/config")
    }

    fn credentials_file(&self) -> PathBuf {
        self.place("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")
    }

    fn place(&self, variable: &str, default: &str) -> PathBuf {
        let text = self.environment.get(variable).unwrap_or(default);
        self.environment.path(text, &self.environment.cwd)
    }

    fn profile_in(file: &Path, name: &str, config: bool) -> Result<Profile> {
        if !file.exists() {
            return Ok(Profile::new());
        }
        let bytes = files::read(file, files::MAX_SETTINGS, "AWS's own settings", None)?;
        Ok(section(&String::from_utf8_lossy(&bytes), name, config))
    }
}

fn export(profile: &str) -> String {
    format!(
        "AWS's own tool gives every kind of credentials: \
         `eval \"$(aws configure export-credentials --profile {profile} --format env)\"`"
    )
}

/// One profile of a shared file; in the config file all but the default one are called
/// `profile NAME`.
fn section(text: &str, name: &str, config: bool) -> Profile {
    let mut profile = Profile::new();
    let mut inside = false;
    for line in text.lines() {
        let indented = line.starts_with([' ', '\t']);
        let line = line.trim();
        if let Some(title) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            let title = title.trim();
            let bare = title.strip_prefix("profile").map(str::trim_start);
            inside = match bare.filter(|bare| config && bare.len() < title.len() - 7) {
                Some(bare) => bare == name,
                None => title == name && (!config || name == "default"),
            };
        } else if inside
            && !indented
            && !line.starts_with(['#', ';'])
            && let Some((key, value)) = line.split_once('=')
        {
            profile.insert(key.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    profile
}

/// What a `credential_process` prints.
fn printed(text: &SecretString, named: &str) -> Result<AwsCredentials> {
    let wrong = |why: &str| {
        Error::invalid(format!("the program of {named} prints no credentials")).caused_by(why)
    };
    let value: serde_json::Value = serde_json::from_str(text.expose_secret())
        .map_err(|_| wrong("what it prints is no JSON"))?;
    let text = |key: &str| value[key].as_str().filter(|text| !text.is_empty());
    let needed = |key: &str| text(key).ok_or_else(|| wrong(&format!("`{key}` is missing")));
    if value["Version"] != 1 {
        return Err(wrong("`Version` is not 1"));
    }
    let expires = match text("Expiration") {
        None => None,
        Some(time) => {
            Some(time.parse::<Timestamp>().map_err(|_| wrong("`Expiration` is no time"))?)
        }
    };
    Ok(AwsCredentials {
        access_key_id: needed("AccessKeyId")?.to_owned(),
        secret_access_key: needed("SecretAccessKey")?.to_owned().into(),
        session_token: text("SessionToken").map(|token| token.to_owned().into()),
        expires,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::tests::World;

    fn plan(world: &World, profile: Option<&str>) -> IamPlan {
        IamPlan {
            profile: profile.map(|name| (name.to_owned(), "`x`".to_owned())),
            environment: world.environment.clone(),
            over_oauth: false,
        }
    }

    fn keys(plan: &IamPlan) -> (String, String, Option<String>) {
        let found = plan.credentials().unwrap();
        let debug = format!("{found:?}");
        assert!(!debug.contains(found.secret_access_key.expose_secret()), "{debug}");
        (
            found.access_key_id,
            found.secret_access_key.expose_secret().to_owned(),
            found.session_token.map(|token| token.expose_secret().to_owned()),
        )
    }

    const CREDENTIALS: &str = "# mine\n[default]\naws_access_key_id = AKID\naws_secret_access_key=hunter2\n\n\
        [dev]\naws_access_key_id=DEVID\naws_secret_access_key = hunter2=/+\naws_session_token = token1\n";
    const CONFIG: &str = "[default]\nregion = eu-west-1\ns3 =\n  region = mars\n[profile dev]\nregion=eu-north-1\n\
        [profile sso]\nsso_session = my\n[profile program]\ncredential_process = echo \
        '{\"Version\":1,\"AccessKeyId\":\"PID\",\"SecretAccessKey\":\"hunter2\",\"Expiration\":\"2030-01-01T00:00:00Z\"}'\n\
        [profile broken]\ncredential_process = echo hunter2\n[dev2]\naws_access_key_id=no\n";

    #[test]
    fn the_environment_goes_before_the_files_unless_a_profile_is_named() {
        let world = World::new();
        world.file(".aws/credentials", CREDENTIALS);
        world.file(".aws/config", CONFIG);
        let mut with = plan(&world, None);
        assert_eq!(keys(&with), ("AKID".into(), "hunter2".into(), None));
        assert_eq!(with.region().as_deref(), Some("eu-west-1"));
        with.environment.variables.insert("AWS_PROFILE".into(), "dev".into());
        assert_eq!(keys(&with), ("DEVID".into(), "hunter2=/+".into(), Some("token1".into())));
        assert_eq!(with.region().as_deref(), Some("eu-north-1"));
        for (name, value) in [
            ("AWS_ACCESS_KEY_ID", "ENVID"),
            ("AWS_SECRET_ACCESS_KEY", "hunter3"),
            ("AWS_SESSION_TOKEN", "token3"),
            ("AWS_REGION", "us-east-1"),
        ] {
            with.environment.variables.insert(name.into(), value.into());
        }
        assert_eq!(keys(&with), ("ENVID".into(), "hunter3".into(), Some("token3".into())));
        assert_eq!(with.region().as_deref(), Some("us-east-1"));
        with.profile = Some(("dev".to_owned(), "`x`".to_owned()));
        assert_eq!(keys(&with).0, "DEVID");
    }

    #[test]
    fn a_program_prints_them() {
        let world = World::new();
        world.file(".aws/config", CONFIG);
        let program = plan(&world, Some("program"));
        assert!(program.runs_a_command());
        assert_eq!(keys(&program), ("PID".into(), "hunter2".into(), None));
        assert!(program.credentials().unwrap().expires.is_some());
    }

    #[test]
    fn what_is_missing_is_told_without_secrets() {
        let world = World::new();
        world.file(".aws/config", CONFIG);
        for (profile, what) in [
            (None, "the AWS profile `default` holds no credentials"),
            (Some("sso"), "the AWS profile `sso` holds no credentials"),
            (Some("dev2"), "there is no AWS profile `dev2`, named by `x`"),
            (Some("broken"), "prints no credentials"),
        ] {
            let error = plan(&world, profile).credentials().unwrap_err();
            assert!(error.message().contains(what), "{error}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
        let empty = World::new();
        let error = plan(&empty, None).credentials().unwrap_err();
        assert_eq!(error.message(), "there are no credentials of AWS");
        let mut half = plan(&empty, None);
        half.environment.variables.insert("AWS_ACCESS_KEY_ID".into(), "ID".into());
        assert!(
            half.credentials().unwrap_err().message().contains("`AWS_SECRET_ACCESS_KEY` is not")
        );
    }
}
