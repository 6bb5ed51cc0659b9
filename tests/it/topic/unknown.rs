//! Writes that the broker does not answer: what to do then is said, and not what would fail.

use kafka_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult,
};
use kafka_protocol::messages::{
    ApiKey, DescribeConfigsResponse, DescribeUserScramCredentialsResponse,
};

use crate::support::alone::{alone, topic};
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::scripted::{Reply, Request, text};

/// Runs the command on a broker that has the topic `orders` and closes the connection when it is to write.
#[track_caller]
fn kward(words: &[&str]) -> Run {
    let broker = alone(vec![topic("orders", &[1])], answer);
    let address = broker.address.to_string();
    let more = ["-b", &address, "--timeout", "5s", "-y"];
    Run::of(&mut Sandbox::new().kward([words, &more].concat()))
}

fn answer(request: &Request) -> Reply {
    match request.key {
        ApiKey::DescribeConfigs => {
            let value = DescribeConfigsResourceResult::default()
                .with_name(text("retention.ms"))
                .with_value(Some(text("1")))
                .with_config_source(1)
                .with_config_type(5);
            let topic = DescribeConfigsResult::default()
                .with_resource_type(2)
                .with_resource_name(text("orders"))
                .with_configs(vec![value]);
            request.answer(&DescribeConfigsResponse::default().with_results(vec![topic]))
        }
        ApiKey::DescribeUserScramCredentials => {
            request.answer(&DescribeUserScramCredentialsResponse::default())
        }
        _ => Reply::Close,
    }
}

const SAFE: &str = "running it again is safe";

#[test]
fn a_topic_that_may_have_been_made_is_made_again_if_it_is_not_there() {
    let create = ["topic", "create", "new"];
    let run = kward(&create).ends(5).says("run it again with `--if-not-exists`");
    assert!(!run.err.contains(SAFE), "{run}");
    kward(&[&create[..], &["--if-not-exists"]].concat()).ends(5).says(SAFE);
}

#[test]
fn a_topic_that_may_be_gone_is_deleted_again_if_it_is_there() {
    let delete = ["topic", "delete", "orders"];
    let run = kward(&delete).ends(5).says("run it again with `--if-exists`");
    assert!(!run.err.contains(SAFE), "{run}");
    kward(&[&delete[..], &["--if-exists"]].concat()).ends(5).says(SAFE);
}

#[test]
fn a_generated_password_holds_only_if_it_was_stored() {
    let create = ["user", "create", "ana", "--generate"];
    let run = kward(&create).ends(5).says("holds only if the write went through");
    assert!(!run.err.contains(SAFE), "{run}");
}

#[test]
fn what_was_only_checked_is_said_not_to_be_written() {
    let configure = ["topic", "configure", "orders", "--set", "retention.ms=2"];
    let run = kward(&configure).ends(1).says("that was only the check: nothing was written there");
    assert!(!run.err.contains("unknown"), "{run}");
}
