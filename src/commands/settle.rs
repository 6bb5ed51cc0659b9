//! Waiting until a write can be seen: brokers answer from a copy that lags behind the controller, and
//! whoever runs the next command relies on what this one has said.

use std::time::Duration;

use super::Context;
use crate::error::Result;
use crate::kafka::Client;

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
    loop {
        match is_visible(&client).await {
            Ok(true) => return,
            Ok(false) if context.stop.requested().is_none() && deadline.remaining() > pause => {}
            _ => {
                context.ui.note("the change is acknowledged, and the broker does not show it yet");
                return;
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(1));
    }
}
