//! Waiting until a write can be seen: brokers answer from a copy that lags behind the controller, and
//! whoever runs the next command relies on what this one has said.

use std::time::{Duration, Instant};

use super::Context;
use crate::error::Result;
use crate::kafka::Client;
use crate::model::Name;
use crate::topic::Topic;

/// What is acknowledged is seen within milliseconds; a broker that lags for longer than this is ill.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks `is_visible` until it is so. Gives up with a remark when the time is up, when it fails or when
/// somebody wants the command to end: the write itself is acknowledged.
pub async fn settle(
    context: &Context<'_>,
    client: &Client,
    is_visible: impl AsyncFn(&Client) -> Result<bool>,
) {
    let deadline = context.deadline();
    let client = client.until(deadline);
    let mut pause = Duration::from_millis(5);
    let began = Instant::now();
    let patient = |pause| {
        let in_time = deadline.remaining() > pause && began.elapsed() < PATIENCE;
        in_time && context.stop.requested().is_none()
    };
    loop {
        match is_visible(&client).await {
            Ok(true) => return,
            Ok(false) if patient(pause) => {}
            _ => {
                context.ui.note("the change is acknowledged, and the broker does not show it yet");
                return;
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(1));
    }
}

/// The same for topics: until the broker shows each of these as `is_so` wants it.
pub async fn settle_topics(
    context: &Context<'_>,
    client: &Client,
    names: &[Name],
    is_so: impl Fn(&Topic) -> bool,
) {
    if names.is_empty() {
        return;
    }
    settle(context, client, async |client| {
        let (_, topics) = client.cluster_and_topics(Some(names), false).await?;
        Ok(topics.iter().all(&is_so))
    })
    .await;
}
