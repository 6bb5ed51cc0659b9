//! A transactional producer over a bare socket, for what no real client does: it leaves transactions
//! open, and writes into partitions that its coordinator has not been told about.

use std::time::{Duration, Instant};

use kafka_protocol::messages::add_partitions_to_txn_request::AddPartitionsToTxnTopic;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::{
    AddPartitionsToTxnRequest, AddPartitionsToTxnResponse, EndTxnRequest, EndTxnResponse,
    FindCoordinatorRequest, FindCoordinatorResponse, InitProducerIdRequest, InitProducerIdResponse,
    ProduceRequest, ProduceResponse, ProducerId, TopicName, TransactionalId,
};

use super::broker::Broker;
use super::wire::{Wire, batch, text};

/// CONCURRENT_TRANSACTIONS.
const CONCURRENT_TRANSACTIONS: i16 = 51;

pub struct Producer {
    wire: Wire,
    transactional_id: TransactionalId,
    pub producer_id: i64,
    pub epoch: i16,
}

impl Producer {
    /// Logs in nowhere: the PLAINTEXT listener of a cluster with one broker whose anonymous user is a
    /// super user.
    pub fn new(broker: &Broker, transactional_id: &str) -> Self {
        let wire = Wire::anonymous(broker);
        let transactional_id = TransactionalId(text(transactional_id));
        let mut producer = Self { wire, transactional_id, producer_id: -1, epoch: -1 };
        producer.begin();
        producer
    }

    fn begin(&mut self) {
        let find = FindCoordinatorRequest::default()
            .with_key(self.transactional_id.0.clone())
            .with_key_type(1);
        let begin = InitProducerIdRequest::default()
            .with_transactional_id(Some(self.transactional_id.clone()))
            .with_transaction_timeout_ms(600_000)
            .with_producer_id(ProducerId(-1))
            .with_producer_epoch(-1);
        // The topic of the coordinators comes into being with the first question.
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            self.wire.ask::<_, FindCoordinatorResponse>(10, 3, &find);
            let answer: InitProducerIdResponse = self.wire.ask(22, 3, &begin);
            if answer.error_code == 0 {
                self.producer_id = answer.producer_id.0;
                self.epoch = answer.producer_epoch;
                return;
            }
            assert!(Instant::now() < deadline, "no producer id: error {}", answer.error_code);
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Tells the coordinator that the transaction will write there.
    pub fn add_partition(&mut self, topic: &str, partition: i32) {
        let topic = AddPartitionsToTxnTopic::default()
            .with_name(TopicName(text(topic)))
            .with_partitions(vec![partition]);
        let request = AddPartitionsToTxnRequest::default()
            .with_v3_and_below_transactional_id(self.transactional_id.clone())
            .with_v3_and_below_producer_id(ProducerId(self.producer_id))
            .with_v3_and_below_producer_epoch(self.epoch)
            .with_v3_and_below_topics(vec![topic]);
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let answer: AddPartitionsToTxnResponse = self.wire.ask(24, 3, &request);
            let results = answer.results_by_topic_v3_and_below;
            match results[0].results_by_partition[0].partition_error_code {
                0 => return,
                // The markers of the last transaction are still being written.
                CONCURRENT_TRANSACTIONS => assert!(Instant::now() < deadline, "it never ends"),
                code => panic!("no partition of the transaction: error {code}"),
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Commits or aborts: the coordinator then writes a marker into every partition.
    pub fn end(&mut self, committed: bool) {
        let request = EndTxnRequest::default()
            .with_transactional_id(self.transactional_id.clone())
            .with_producer_id(ProducerId(self.producer_id))
            .with_producer_epoch(self.epoch)
            .with_committed(committed);
        let answer: EndTxnResponse = self.wire.ask(26, 3, &request);
        assert_eq!(answer.error_code, 0);
    }

    /// Writes a record of that age; gives its offset.
    pub fn write(&mut self, topic: &str, partition: i32, age: Duration) -> i64 {
        let now = jiff::Timestamp::now().as_millisecond();
        let written = now - i64::try_from(age.as_millis()).expect("an age");
        let records = batch(Some((self.producer_id, self.epoch)), written, "uncommitted");
        let partition =
            PartitionProduceData::default().with_index(partition).with_records(Some(records));
        let topic = TopicProduceData::default()
            .with_name(TopicName(text(topic)))
            .with_partition_data(vec![partition]);
        let request = ProduceRequest::default()
            .with_transactional_id(Some(self.transactional_id.clone()))
            .with_acks(-1)
            .with_timeout_ms(30_000)
            .with_topic_data(vec![topic]);
        let answer: ProduceResponse = self.wire.ask(0, 8, &request);
        let partition = &answer.responses[0].partition_responses[0];
        assert_eq!(partition.error_code, 0, "{:?}", partition.error_message);
        partition.base_offset
    }
}
