//! A transactional producer over a bare socket, for what no real client does: it leaves transactions
//! open, and writes into partitions that its coordinator has not been told about.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use kafka_protocol::messages::add_partitions_to_txn_request::AddPartitionsToTxnTopic;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::{
    AddPartitionsToTxnRequest, AddPartitionsToTxnResponse, FindCoordinatorRequest,
    FindCoordinatorResponse, InitProducerIdRequest, InitProducerIdResponse, ProduceRequest,
    ProduceResponse, ProducerId, RequestHeader, ResponseHeader, TopicName, TransactionalId,
};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, Message, StrBytes};
use kafka_protocol::records::{
    Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType,
};

use super::broker::{Broker, Listener};

pub struct Producer {
    stream: TcpStream,
    transactional_id: TransactionalId,
    pub producer_id: i64,
    pub epoch: i16,
}

impl Producer {
    /// Logs in nowhere: the PLAINTEXT listener of a cluster with one broker whose anonymous user is a
    /// super user.
    pub fn new(broker: &Broker, transactional_id: &str) -> Self {
        let address = broker.bootstrap(Listener::Plaintext);
        let stream = TcpStream::connect(address).expect("a broker");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        let transactional_id = TransactionalId(text(transactional_id));
        let mut producer = Self { stream, transactional_id, producer_id: -1, epoch: -1 };
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
            self.ask::<_, FindCoordinatorResponse>(10, 3, &find);
            let answer: InitProducerIdResponse = self.ask(22, 3, &begin);
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
        let answer: AddPartitionsToTxnResponse = self.ask(24, 3, &request);
        let results = answer.results_by_topic_v3_and_below;
        assert_eq!(results[0].results_by_partition[0].partition_error_code, 0);
    }

    /// Writes a record of that age; gives its offset.
    pub fn write(&mut self, topic: &str, partition: i32, age: Duration) -> i64 {
        let now = jiff::Timestamp::now().as_millisecond();
        let record = Record {
            transactional: true,
            control: false,
            delete_horizon: false,
            partition_leader_epoch: -1,
            producer_id: self.producer_id,
            producer_epoch: self.epoch,
            timestamp_type: TimestampType::Creation,
            offset: 0,
            sequence: 0,
            timestamp: now - i64::try_from(age.as_millis()).expect("an age"),
            key: None,
            value: Some(Bytes::from_static(b"uncommitted")),
            #[allow(
                clippy::default_trait_access,
                reason = "the type is of a crate that only the codecs use"
            )]
            headers: Default::default(),
        };
        let mut batch = BytesMut::new();
        let options = RecordEncodeOptions { version: 2, compression: Compression::None };
        RecordBatchEncoder::encode(&mut batch, [&record], &options).expect("a batch");
        let partition = PartitionProduceData::default()
            .with_index(partition)
            .with_records(Some(batch.freeze()));
        let topic = TopicProduceData::default()
            .with_name(TopicName(text(topic)))
            .with_partition_data(vec![partition]);
        let request = ProduceRequest::default()
            .with_transactional_id(Some(self.transactional_id.clone()))
            .with_acks(-1)
            .with_timeout_ms(30_000)
            .with_topic_data(vec![topic]);
        let answer: ProduceResponse = self.ask(0, 8, &request);
        let partition = &answer.responses[0].partition_responses[0];
        assert_eq!(partition.error_code, 0, "{:?}", partition.error_message);
        partition.base_offset
    }

    fn ask<R: Message + Encodable + HeaderVersion, T: Decodable + HeaderVersion>(
        &mut self,
        key: i16,
        version: i16,
        request: &R,
    ) -> T {
        let mut message = BytesMut::new();
        RequestHeader::default()
            .with_request_api_key(key)
            .with_request_api_version(version)
            .with_correlation_id(1)
            .with_client_id(Some(text("bare")))
            .encode(&mut message, R::header_version(version))
            .expect("a header");
        request.encode(&mut message, version).expect("a request");
        let mut frame = BytesMut::new();
        frame.put_i32(i32::try_from(message.len()).expect("a length"));
        frame.extend_from_slice(&message);
        self.stream.write_all(&frame).expect("a request is sent");
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).expect("an answer");
        let mut answer = vec![0; u32::from_be_bytes(length) as usize];
        self.stream.read_exact(&mut answer).expect("a whole answer");
        let mut answer = Bytes::from(answer);
        ResponseHeader::decode(&mut answer, T::header_version(version)).expect("a header");
        let decoded = T::decode(&mut answer, version).expect("an answer that can be read");
        assert!(!answer.has_remaining());
        decoded
    }
}

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}
