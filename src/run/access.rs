//! stub
use crate::commands::*; use crate::error::Result; use crate::cli::acl::*;
pub async fn can(_: &Context<'_>, _: &Can) -> Result<Outcome> { Ok(Outcome::default()) }
pub async fn who_can(_: &Context<'_>, _: &WhoCan) -> Result<Outcome> { Ok(Outcome::default()) }
pub async fn explain(_: &Context<'_>, _: &Explain) -> Result<Outcome> { Ok(Outcome::default()) }
pub async fn test(_: &Context<'_>, _: &Test) -> Result<Outcome> { Ok(Outcome::default()) }
pub async fn lint(_: &Context<'_>, _: &Lint) -> Result<Outcome> { Ok(Outcome::default()) }
