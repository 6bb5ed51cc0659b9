//! Kafka's frames: a length of four bytes, a header, a message.

use std::io;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{self, ApiKey, RequestHeader};
use kafka_protocol::protocol::{Encodable, HeaderVersion, Message, StrBytes};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::error::{Error, Result};

/// The most that one answer may have. 100,000 bindings take about 10 MB.
pub(super) const LARGEST: usize = 256 << 20;

/// The most that an answer may have before the broker is authenticated.
pub(super) const LARGEST_BEFORE_AUTHENTICATION: usize = 64 << 10;

/// A request: of `kafka-protocol`, or of our own where it has none. (Its own trait `Request` is
/// there only when it is built for brokers too.)
pub(super) trait Ask: Message + Encodable + HeaderVersion {
    /// The API key.
    const KEY: i16;
    /// `DescribeAcls`.
    const NAME: &'static str;
}

macro_rules! asks {
    ($($key:ident: $request:ident),+ $(,)?) => {
        $(impl Ask for messages::$request {
            const KEY: i16 = ApiKey::$key as i16;
            const NAME: &'static str = stringify!($key);
        })+
    };
}

asks! {
    AddRaftVoter: AddRaftVoterRequest,
    AlterClientQuotas: AlterClientQuotasRequest,
    AlterPartitionReassignments: AlterPartitionReassignmentsRequest,
    AlterReplicaLogDirs: AlterReplicaLogDirsRequest,
    AlterShareGroupOffsets: AlterShareGroupOffsetsRequest,
    AlterUserScramCredentials: AlterUserScramCredentialsRequest,
    ApiVersions: ApiVersionsRequest,
    ConsumerGroupDescribe: ConsumerGroupDescribeRequest,
    CreateAcls: CreateAclsRequest,
    CreateDelegationToken: CreateDelegationTokenRequest,
    CreatePartitions: CreatePartitionsRequest,
    CreateTopics: CreateTopicsRequest,
    DeleteAcls: DeleteAclsRequest,
    DeleteGroups: DeleteGroupsRequest,
    DeleteRecords: DeleteRecordsRequest,
    DeleteShareGroupOffsets: DeleteShareGroupOffsetsRequest,
    DeleteTopics: DeleteTopicsRequest,
    DescribeAcls: DescribeAclsRequest,
    DescribeClientQuotas: DescribeClientQuotasRequest,
    DescribeCluster: DescribeClusterRequest,
    DescribeConfigs: DescribeConfigsRequest,
    DescribeDelegationToken: DescribeDelegationTokenRequest,
    DescribeGroups: DescribeGroupsRequest,
    DescribeLogDirs: DescribeLogDirsRequest,
    DescribeQuorum: DescribeQuorumRequest,
    DescribeProducers: DescribeProducersRequest,
    DescribeTopicPartitions: DescribeTopicPartitionsRequest,
    DescribeTransactions: DescribeTransactionsRequest,
    DescribeUserScramCredentials: DescribeUserScramCredentialsRequest,
    ElectLeaders: ElectLeadersRequest,
    ExpireDelegationToken: ExpireDelegationTokenRequest,
    Fetch: FetchRequest,
    FindCoordinator: FindCoordinatorRequest,
    IncrementalAlterConfigs: IncrementalAlterConfigsRequest,
    InitProducerId: InitProducerIdRequest,
    LeaveGroup: LeaveGroupRequest,
    ListConfigResources: ListConfigResourcesRequest,
    ListGroups: ListGroupsRequest,
    ListOffsets: ListOffsetsRequest,
    ListPartitionReassignments: ListPartitionReassignmentsRequest,
    ListTransactions: ListTransactionsRequest,
    Metadata: MetadataRequest,
    OffsetCommit: OffsetCommitRequest,
    OffsetDelete: OffsetDeleteRequest,
    OffsetFetch: OffsetFetchRequest,
    RemoveRaftVoter: RemoveRaftVoterRequest,
    RenewDelegationToken: RenewDelegationTokenRequest,
    SaslAuthenticate: SaslAuthenticateRequest,
    SaslHandshake: SaslHandshakeRequest,
    ShareGroupDescribe: ShareGroupDescribeRequest,
    UnregisterBroker: UnregisterBrokerRequest,
    UpdateFeatures: UpdateFeaturesRequest,
    WriteTxnMarkers: WriteTxnMarkersRequest,
}

/// A request ready to be written.
pub(super) fn encode<R: Ask>(
    request: &R,
    version: i16,
    correlation_id: i32,
    client_id: &str,
) -> Result<Bytes> {
    let header = RequestHeader::default()
        .with_request_api_key(R::KEY)
        .with_request_api_version(version)
        .with_correlation_id(correlation_id)
        .with_client_id(Some(StrBytes::from_string(client_id.to_owned())));
    let mut frame = BytesMut::new();
    frame.put_i32(0);
    header
        .encode(&mut frame, R::header_version(version))
        .and_then(|()| request.encode(&mut frame, version))
        .map_err(|cause| Error::failed("a request cannot be put into bytes").caused_by(cause))?;
    let length = i32::try_from(frame.len() - 4)
        .map_err(|_| Error::failed("a request is larger than 2 GiB"))?;
    frame[..4].copy_from_slice(&length.to_be_bytes());
    Ok(frame.freeze())
}

/// Why no frame could be read.
#[derive(Debug)]
pub(super) enum Cut {
    /// The peer closed the connection between two frames.
    Closed,
    /// The peer closed the connection inside a frame.
    Inside { missing: usize },
    /// The length is negative or above the cap: no Kafka broker speaks here, or one gone mad.
    /// The first bytes that came.
    Length { declared: i32, start: Vec<u8> },
    /// The connection failed.
    Io(io::Error),
}

/// The peer is gone, and `have` bytes of a frame have come.
fn closed(have: usize, missing: usize) -> Cut {
    if have == 0 { Cut::Closed } else { Cut::Inside { missing } }
}

/// Reads frames of at most `largest` bytes.
#[derive(Debug)]
pub(super) struct FrameReader {
    buffer: BytesMut,
    pub largest: usize,
}

impl FrameReader {
    pub fn new(largest: usize) -> Self {
        Self { buffer: BytesMut::with_capacity(16 << 10), largest }
    }

    /// The next frame without its length. Memory grows with what arrives, not with what is declared.
    pub async fn next(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> Result<Bytes, Cut> {
        let length = loop {
            if let Some(start) = self.buffer.first_chunk::<4>() {
                let declared = i32::from_be_bytes(*start);
                match usize::try_from(declared) {
                    Ok(length) if length <= self.largest => break length,
                    _ => return Err(self.bad_length(stream, declared).await),
                }
            }
            self.fill(stream, 4).await?;
        };
        while self.buffer.len() < 4 + length {
            self.fill(stream, 4 + length).await?;
        }
        self.buffer.advance(4);
        Ok(self.buffer.split_to(length).freeze())
    }

    async fn fill(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        wanted: usize,
    ) -> Result<(), Cut> {
        let have = self.buffer.len();
        let missing = wanted - have;
        self.buffer.reserve(missing.min(have.max(16 << 10)));
        match stream.read_buf(&mut self.buffer).await {
            Ok(0) => Err(closed(have, missing)),
            Ok(_) => Ok(()),
            Err(error) => match error.kind() {
                // The end of TLS without a farewell is an end like any other: frames have lengths.
                io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => {
                    Err(closed(have, missing))
                }
                _ => Err(Cut::Io(error)),
            },
        }
    }

    /// Gathers a little more of what the peer says, for the message.
    async fn bad_length(&mut self, stream: &mut (impl AsyncRead + Unpin), declared: i32) -> Cut {
        let more = async { while self.buffer.len() < 64 && self.fill(stream, 64).await.is_ok() {} };
        let _ = tokio::time::timeout(std::time::Duration::from_millis(20), more).await;
        Cut::Length { declared, start: self.buffer[..self.buffer.len().min(64)].to_vec() }
    }
}
