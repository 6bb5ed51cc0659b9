//! Requests over a bare socket, for what no real client does.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use kafka_protocol::messages::{
    RequestHeader, ResponseHeader, SaslAuthenticateRequest, SaslAuthenticateResponse,
    SaslHandshakeRequest, SaslHandshakeResponse,
};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, Message, StrBytes};
use kafka_protocol::records::{
    Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType,
};

use super::broker::{Broker, Listener};

/// A connection to a cluster with one broker.
pub struct Wire(TcpStream);

impl Wire {
    /// Over the PLAINTEXT listener, as nobody.
    pub fn anonymous(broker: &Broker) -> Self {
        Self::open(broker, Listener::Plaintext)
    }

    /// Over the `SASL_PLAINTEXT` listener, as one of the users that every cluster has.
    pub fn of_user(broker: &Broker, user: &str) -> Self {
        let mut wire = Self::open(broker, Listener::SaslPlaintext);
        let handshake = SaslHandshakeRequest::default().with_mechanism(text("PLAIN"));
        let answer: SaslHandshakeResponse = wire.ask(17, 1, &handshake);
        assert_eq!(answer.error_code, 0);
        let token = Bytes::from(format!("\0{user}\0{user}-secret"));
        let login = SaslAuthenticateRequest::default().with_auth_bytes(token);
        let answer: SaslAuthenticateResponse = wire.ask(36, 1, &login);
        assert_eq!(answer.error_code, 0, "{:?}", answer.error_message);
        wire
    }

    fn open(broker: &Broker, listener: Listener) -> Self {
        let stream = TcpStream::connect(broker.bootstrap(listener)).expect("a broker");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        Self(stream)
    }

    /// Sends a request and reads its answer, in this version.
    #[track_caller]
    pub fn ask<R: Message + Encodable + HeaderVersion, T: Decodable + HeaderVersion>(
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
        self.0.write_all(&frame).expect("a request is sent");
        let mut length = [0; 4];
        self.0.read_exact(&mut length).expect("an answer");
        let mut answer = vec![0; u32::from_be_bytes(length) as usize];
        self.0.read_exact(&mut answer).expect("a whole answer");
        let mut answer = Bytes::from(answer);
        ResponseHeader::decode(&mut answer, T::header_version(version)).expect("a header");
        let decoded = T::decode(&mut answer, version).expect("an answer that can be read");
        assert!(!answer.has_remaining());
        decoded
    }
}

pub fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

/// A batch of one record; `transaction` is the producer's id and epoch.
pub fn batch(transaction: Option<(i64, i16)>, timestamp: i64, value: &'static str) -> Bytes {
    let (producer_id, producer_epoch) = transaction.unwrap_or((-1, -1));
    let record = Record {
        transactional: transaction.is_some(),
        control: false,
        delete_horizon: false,
        partition_leader_epoch: -1,
        producer_id,
        producer_epoch,
        timestamp_type: TimestampType::Creation,
        offset: 0,
        sequence: if transaction.is_some() { 0 } else { -1 },
        timestamp,
        key: None,
        value: Some(Bytes::from_static(value.as_bytes())),
        #[allow(
            clippy::default_trait_access,
            reason = "the type is of a crate that only the codecs use"
        )]
        headers: Default::default(),
    };
    let mut batch = BytesMut::new();
    let options = RecordEncodeOptions { version: 2, compression: Compression::None };
    RecordBatchEncoder::encode(&mut batch, [&record], &options).expect("a batch");
    batch.freeze()
}
