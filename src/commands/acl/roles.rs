pub fn run(_: &crate::commands::Context<'_>, _: &super::FileArguments, _: &[String]) -> crate::error::Result<crate::commands::Outcome> { Ok(crate::commands::Outcome::default()) }
