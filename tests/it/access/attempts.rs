//! One user's attempts, each a request that needs exactly one permission.

use kafka_protocol::messages::create_partitions_request::CreatePartitionsTopic;
use kafka_protocol::messages::delete_acls_request::DeleteAclsFilter;
use kafka_protocol::messages::delete_records_request::{
    DeleteRecordsPartition, DeleteRecordsTopic,
};
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::incremental_alter_configs_request::{
    AlterConfigsResource, AlterableConfig,
};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::{
    CreatePartitionsRequest, CreatePartitionsResponse, DeleteAclsRequest, DeleteAclsResponse,
    DeleteGroupsRequest, DeleteGroupsResponse, DeleteRecordsRequest, DeleteRecordsResponse,
    DescribeAclsRequest, DescribeAclsResponse, DescribeClusterRequest, DescribeClusterResponse,
    DescribeConfigsRequest, DescribeConfigsResponse, DescribeGroupsRequest, DescribeGroupsResponse,
    FetchRequest, FetchResponse, FindCoordinatorRequest, FindCoordinatorResponse, GroupId,
    HeartbeatRequest, HeartbeatResponse, IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse, InitProducerIdRequest, InitProducerIdResponse,
    MetadataRequest, MetadataResponse, ProduceRequest, ProduceResponse, ProducerId, TopicName,
    TransactionalId,
};
use kward::model::{Operation, ResourceType};

use super::{Answers, GROUPS, Question, TOPICS, TRANSACTIONS};
use crate::support::broker::Broker;
use crate::support::wire::{Wire, batch, text};

/// `TOPIC_AUTHORIZATION_FAILED`, `GROUP_…`, `CLUSTER_…`, `TRANSACTIONAL_ID_…`.
const DENIED: [i16; 4] = [29, 30, 31, 53];
const CLUSTER: &str = "kafka-cluster";

/// A user, connected.
pub struct Attempts(Wire);

impl Attempts {
    pub fn new(broker: &Broker, user: &str) -> Self {
        Self(Wire::of_user(broker, user))
    }

    /// What the broker says that the user is authorized to, wherever it says anything.
    pub fn authorized_operations(&mut self) -> Answers {
        let mut answers = Answers::new();
        let mut add = |kind: ResourceType, name, bits: i32| {
            // A broker reports fewer operations than the type has; and of writing idempotently it does not
            // say here that it comes with the right to write any topic.
            let reported = match kind {
                ResourceType::Cluster => &[
                    Operation::Alter,
                    Operation::AlterConfigs,
                    Operation::ClusterAction,
                    Operation::Create,
                    Operation::Describe,
                    Operation::DescribeConfigs,
                ][..],
                other => other.operations(),
            };
            for operation in reported.iter().filter(|operation| **operation != Operation::All) {
                answers.insert((*operation, kind, name), bits & (1 << operation.code()) != 0);
            }
        };
        let metadata = MetadataRequest::default()
            .with_topics(Some(TOPICS.map(metadata_of).to_vec()))
            .with_include_topic_authorized_operations(true);
        let answer: MetadataResponse = self.0.ask(3, 9, &metadata);
        for topic in answer.topics.iter().filter(|topic| topic.error_code == 0) {
            let name = topic.name.as_ref().expect("a name");
            let name = TOPICS.into_iter().find(|known| *known == name.as_str());
            add(ResourceType::Topic, name.expect("one of ours"), topic.topic_authorized_operations);
        }
        let groups = DescribeGroupsRequest::default()
            .with_groups(GROUPS.map(|group| GroupId(text(group))).to_vec())
            .with_include_authorized_operations(true);
        let answer: DescribeGroupsResponse = self.0.ask(15, 5, &groups);
        for group in answer.groups.iter().filter(|group| group.error_code == 0) {
            let name = GROUPS.into_iter().find(|known| *known == group.group_id.as_str());
            add(ResourceType::Group, name.expect("one of ours"), group.authorized_operations);
        }
        let cluster =
            DescribeClusterRequest::default().with_include_cluster_authorized_operations(true);
        let answer: DescribeClusterResponse = self.0.ask(60, 0, &cluster);
        assert_eq!(answer.error_code, 0);
        // Whoever may not describe the cluster is told nothing.
        if answer.cluster_authorized_operations == 0 {
            answers.insert((Operation::Describe, ResourceType::Cluster, CLUSTER), false);
        } else {
            add(ResourceType::Cluster, CLUSTER, answer.cluster_authorized_operations);
        }
        answers
    }

    /// Tries every operation that a request can stand for.
    pub fn all(&mut self) -> Answers {
        let mut answers = Answers::new();
        let mut add = |question: Question, error: i16| {
            answers.insert(question, !DENIED.contains(&error));
        };
        for topic in TOPICS {
            for (operation, error) in self.on_topic(topic) {
                add((operation, ResourceType::Topic, topic), error);
            }
        }
        for group in GROUPS {
            for (operation, error) in self.on_group(group) {
                add((operation, ResourceType::Group, group), error);
            }
        }
        for id in TRANSACTIONS {
            for (operation, error) in self.on_transactional_id(id) {
                add((operation, ResourceType::TransactionalId, id), error);
            }
        }
        for (operation, error) in self.on_cluster() {
            add((operation, ResourceType::Cluster, CLUSTER), error);
        }
        answers
    }

    fn on_topic(&mut self, topic: &'static str) -> [(Operation, i16); 7] {
        let name = TopicName(text(topic));
        let fetch = FetchRequest::default().with_replica_id((-1).into()).with_topics(vec![
            FetchTopic::default()
                .with_topic(name.clone())
                .with_partitions(vec![FetchPartition::default().with_partition_max_bytes(1)]),
        ]);
        let fetched: FetchResponse = self.0.ask(1, 11, &fetch);
        let produce =
            ProduceRequest::default().with_acks(-1).with_timeout_ms(30_000).with_topic_data(vec![
                TopicProduceData::default().with_name(name.clone()).with_partition_data(vec![
                    PartitionProduceData::default().with_records(Some(batch(None, 0, "tried"))),
                ]),
            ]);
        let produced: ProduceResponse = self.0.ask(0, 8, &produce);
        let metadata = MetadataRequest::default().with_topics(Some(vec![metadata_of(topic)]));
        let described: MetadataResponse = self.0.ask(3, 9, &metadata);
        let trim = DeleteRecordsRequest::default().with_timeout_ms(30_000).with_topics(vec![
            DeleteRecordsTopic::default()
                .with_name(name.clone())
                .with_partitions(vec![DeleteRecordsPartition::default()]),
        ]);
        let trimmed: DeleteRecordsResponse = self.0.ask(21, 2, &trim);
        let grow =
            CreatePartitionsRequest::default().with_validate_only(true).with_timeout_ms(30_000);
        let grow = grow.with_topics(vec![
            CreatePartitionsTopic::default().with_name(name.clone()).with_count(2),
        ]);
        let grown: CreatePartitionsResponse = self.0.ask(37, 2, &grow);
        [
            (Operation::Read, fetched.responses[0].partitions[0].error_code),
            (Operation::Write, produced.responses[0].partition_responses[0].error_code),
            (Operation::Describe, described.topics[0].error_code),
            (Operation::Delete, trimmed.topics[0].partitions[0].error_code),
            (Operation::Alter, grown.results[0].error_code),
            (Operation::DescribeConfigs, self.describe_configs(2, topic)),
            (Operation::AlterConfigs, self.alter_configs(2, topic, "retention.ms")),
        ]
    }

    fn on_group(&mut self, group: &str) -> [(Operation, i16); 3] {
        let id = GroupId(text(group));
        let beat =
            HeartbeatRequest::default().with_group_id(id.clone()).with_member_id(text("nobody"));
        let beaten: HeartbeatResponse = self.0.ask(12, 3, &beat);
        let describe = DescribeGroupsRequest::default().with_groups(vec![id.clone()]);
        let described: DescribeGroupsResponse = self.0.ask(15, 5, &describe);
        let delete = DeleteGroupsRequest::default().with_groups_names(vec![id]);
        let deleted: DeleteGroupsResponse = self.0.ask(42, 2, &delete);
        [
            (Operation::Read, beaten.error_code),
            (Operation::Describe, described.groups[0].error_code),
            (Operation::Delete, deleted.results[0].error_code),
        ]
    }

    fn on_transactional_id(&mut self, id: &str) -> [(Operation, i16); 2] {
        let find = FindCoordinatorRequest::default().with_key(text(id)).with_key_type(1);
        let found: FindCoordinatorResponse = self.0.ask(10, 3, &find);
        let begun = self.init_producer_id(Some(TransactionalId(text(id))));
        [(Operation::Describe, found.error_code), (Operation::Write, begun)]
    }

    fn on_cluster(&mut self) -> [(Operation, i16); 5] {
        let list = DescribeAclsRequest::default()
            .with_resource_type_filter(1)
            .with_pattern_type_filter(1)
            .with_operation(1)
            .with_permission_type(1);
        let listed: DescribeAclsResponse = self.0.ask(29, 3, &list);
        let nothing = DeleteAclsFilter::default()
            .with_resource_type_filter(2)
            .with_resource_name_filter(Some(text("nothing has this name")))
            .with_pattern_type_filter(3)
            .with_operation(1)
            .with_permission_type(1);
        let delete = DeleteAclsRequest::default().with_filters(vec![nothing]);
        let deleted: DeleteAclsResponse = self.0.ask(31, 3, &delete);
        [
            (Operation::Describe, listed.error_code),
            (Operation::Alter, deleted.filter_results[0].error_code),
            (Operation::IdempotentWrite, self.init_producer_id(None)),
            (Operation::DescribeConfigs, self.describe_configs(4, "")),
            (Operation::AlterConfigs, self.alter_configs(4, "", "log.cleaner.threads")),
        ]
    }

    fn init_producer_id(&mut self, id: Option<TransactionalId>) -> i16 {
        let begin = InitProducerIdRequest::default()
            .with_transactional_id(id)
            .with_transaction_timeout_ms(60_000)
            .with_producer_id(ProducerId(-1))
            .with_producer_epoch(-1);
        let begun: InitProducerIdResponse = self.0.ask(22, 3, &begin);
        begun.error_code
    }

    fn describe_configs(&mut self, kind: i8, name: &str) -> i16 {
        let resource = DescribeConfigsResource::default()
            .with_resource_type(kind)
            .with_resource_name(text(name));
        let describe = DescribeConfigsRequest::default().with_resources(vec![resource]);
        let described: DescribeConfigsResponse = self.0.ask(32, 4, &describe);
        described.results[0].error_code
    }

    fn alter_configs(&mut self, kind: i8, name: &str, key: &str) -> i16 {
        let config = AlterableConfig::default()
            .with_name(text(key))
            .with_config_operation(0)
            .with_value(Some(text("1")));
        let resource = AlterConfigsResource::default()
            .with_resource_type(kind)
            .with_resource_name(text(name))
            .with_configs(vec![config]);
        let alter = IncrementalAlterConfigsRequest::default()
            .with_resources(vec![resource])
            .with_validate_only(true);
        let altered: IncrementalAlterConfigsResponse = self.0.ask(44, 1, &alter);
        altered.responses[0].error_code
    }
}

fn metadata_of(topic: &str) -> MetadataRequestTopic {
    MetadataRequestTopic::default().with_name(Some(TopicName(text(topic))))
}
