//! A transaction whose partitions do not get its end: one of them has no leader.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use kafka_protocol::messages::describe_transactions_response::TransactionState;
use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::{
    ApiKey, BrokerId, DescribeTransactionsRequest, DescribeTransactionsResponse,
    FindCoordinatorRequest, FindCoordinatorResponse, InitProducerIdResponse, ProducerId,
};

use crate::support::alone::alone;
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::scripted::{Reply, Request, text};

const CONCURRENT_TRANSACTIONS: i16 = 51;

fn answer(request: &Request, at: SocketAddr) -> Reply {
    match request.key {
        ApiKey::FindCoordinator => {
            let asked: FindCoordinatorRequest = request.decode();
            let one = |key| {
                Coordinator::default()
                    .with_key(key)
                    .with_node_id(BrokerId(1))
                    .with_host(text(&at.ip().to_string()))
                    .with_port(i32::from(at.port()))
            };
            let all = asked.coordinator_keys.into_iter().map(one).collect();
            request.answer(&FindCoordinatorResponse::default().with_coordinators(all))
        }
        ApiKey::DescribeTransactions => {
            let asked: DescribeTransactionsRequest = request.decode();
            let one = |id| {
                TransactionState::default()
                    .with_transactional_id(id)
                    .with_transaction_state(text("Ongoing"))
                    .with_producer_id(ProducerId(7))
            };
            let all = asked.transactional_ids.into_iter().map(one).collect();
            request.answer(&DescribeTransactionsResponse::default().with_transaction_states(all))
        }
        ApiKey::InitProducerId => request
            .answer(&InitProducerIdResponse::default().with_error_code(CONCURRENT_TRANSACTIONS)),
        _ => Reply::Close,
    }
}

#[test]
fn a_transaction_that_is_being_ended_is_not_said_to_have_failed() {
    let own: Arc<OnceLock<SocketAddr>> = Arc::default();
    let broker = alone(Vec::new(), {
        let own = Arc::clone(&own);
        move |request: &Request| answer(request, *own.get().expect("it runs"))
    });
    own.set(broker.address).expect("set once");
    let address = broker.address.to_string();
    let words = ["transaction", "terminate", "billing", "-y", "-o", "json", "--timeout", "3s"];
    let run = Run::of(&mut Sandbox::new().kward([&words[..], &["-b", &address]].concat())).ends(5);
    let item = &run.json()["items"][0];
    assert_eq!(
        (&item["status"], &item["error"]["name"]),
        (&"unknown".into(), &"CONCURRENT_TRANSACTIONS".into())
    );
    run.says("transaction `billing` is being ended, and that takes longer")
        .says("topic describe --offline");
}
