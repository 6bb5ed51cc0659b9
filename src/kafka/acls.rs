//! Access control lists: `DescribeAcls` (29; DESCRIBE on the cluster), `CreateAcls` (30) and
//! `DeleteAcls` (31; ALTER on the cluster).
//!
//! Own readers, because a large cluster answers with 100,000 bindings that share few texts.

use std::collections::HashMap;

use kafka_protocol::messages::create_acls_request::AclCreation;
use kafka_protocol::messages::delete_acls_request::DeleteAclsFilter;
use kafka_protocol::messages::{CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest};
use kafka_protocol::protocol::{StrBytes, VersionRange};

use crate::error::{KafkaError, Result};
use crate::model::{
    Binding, Filter, Host, Name, Operation, PatternType, PermissionType, Principal, ResourceType,
};

use super::client::{Client, Purpose, Route};
use super::codes::kafka_error;
use super::connection::Reply;
use super::items::{ItemsReply, Write};
use super::reader::{Malformed, Reader};

/// What a broker answers about one of several things asked.
pub type ItemResult<T> = std::result::Result<T, KafkaError>;

const ANY: i8 = 1;
const VERSIONS: VersionRange = VersionRange { min: 1, max: 3 };

impl Client {
    /// The bindings that `filter` finds, in no particular order. Any broker answers from its own
    /// copy, which may lag behind a write just acknowledged.
    pub async fn describe_acls(&self, filter: &Filter) -> Result<Vec<Binding>> {
        let request = DescribeAclsRequest::default()
            .with_resource_type_filter(filter.resource_type.map_or(ANY, ResourceType::code))
            .with_resource_name_filter(filter.resource_name.as_deref().map(text))
            .with_pattern_type_filter(filter.pattern.code())
            .with_principal_filter(filter.principal.as_deref().map(text))
            .with_host_filter(filter.host.as_deref().map(text))
            .with_operation(filter.operation.map_or(ANY, Operation::code))
            .with_permission_type(filter.permission_type.map_or(ANY, PermissionType::code));
        let reply: DescribeReply = self.ask(Route::Any, Purpose::Read, &request).await?;
        match reply.error {
            None => Ok(reply.bindings),
            Some(error) => Err(self.refused("list ACLs", "describe", error)),
        }
    }

    /// Creates `bindings` by one request; one result for each, in their order. Creating what exists
    /// succeeds. The broker takes at most 10,000 new bindings in a request; the caller makes chunks.
    ///
    /// An error of [`Kind::Unfinished`](crate::error::Kind::Unfinished) means that the request may
    /// have been carried out.
    pub async fn create_acls(&self, bindings: &[Binding]) -> Result<Vec<ItemResult<()>>> {
        let write = Write { what: "create ACLs", needs: "alter" };
        self.write_items::<_, _, CreateReply>(bindings, write, |open| {
            CreateAclsRequest::default().with_creations(open.iter().map(|b| creation(b)).collect())
        })
        .await
    }

    /// Deletes what `filters` find by one request; one result for each filter, in their order: the
    /// bindings that are gone. The broker deletes at most 10,000 bindings by one request.
    ///
    /// An error of [`Kind::Unfinished`](crate::error::Kind::Unfinished) means that the request may
    /// have been carried out.
    pub async fn delete_acls(
        &self,
        filters: &[Filter],
    ) -> Result<Vec<ItemResult<Vec<ItemResult<Binding>>>>> {
        let write = Write { what: "delete ACLs", needs: "alter" };
        self.write_items::<_, _, DeleteReply>(filters, write, |open| {
            DeleteAclsRequest::default().with_filters(open.iter().map(|f| deletion(f)).collect())
        })
        .await
    }
}

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

fn creation(binding: &Binding) -> AclCreation {
    AclCreation::default()
        .with_resource_type(binding.resource_type.code())
        .with_resource_name(text(&binding.resource_name))
        .with_resource_pattern_type(binding.pattern_type.code())
        .with_principal(text(&binding.principal))
        .with_host(text(&binding.host))
        .with_operation(binding.operation.code())
        .with_permission_type(binding.permission_type.code())
}

fn deletion(filter: &Filter) -> DeleteAclsFilter {
    DeleteAclsFilter::default()
        .with_resource_type_filter(filter.resource_type.map_or(ANY, ResourceType::code))
        .with_resource_name_filter(filter.resource_name.as_deref().map(text))
        .with_pattern_type_filter(filter.pattern.code())
        .with_principal_filter(filter.principal.as_deref().map(text))
        .with_host_filter(filter.host.as_deref().map(text))
        .with_operation(filter.operation.map_or(ANY, Operation::code))
        .with_permission_type(filter.permission_type.map_or(ANY, PermissionType::code))
}

/// Texts already met: 100,000 bindings repeat few principals and hosts, and most often the last ones.
#[derive(Default)]
struct Texts<'a> {
    principals: Met<'a, Principal>,
    hosts: Met<'a, Host>,
}

struct Met<'a, T> {
    last: Option<(&'a str, T)>,
    all: HashMap<&'a str, T>,
}

impl<T> Default for Met<'_, T> {
    fn default() -> Self {
        Self { last: None, all: HashMap::new() }
    }
}

impl<'a, T: Clone + From<&'a str>> Met<'a, T> {
    fn get(&mut self, text: &'a str) -> T {
        match &self.last {
            Some((last, value)) if *last == text => value.clone(),
            _ => {
                let value = self.all.entry(text).or_insert_with(|| text.into()).clone();
                self.last = Some((text, value.clone()));
                value
            }
        }
    }
}

/// The answer to `DescribeAcls`.
struct DescribeReply {
    error: Option<KafkaError>,
    bindings: Vec<Binding>,
}

impl Reply for DescribeReply {
    const VERSIONS: VersionRange = VERSIONS;

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let error = kafka_error(reader.i16()?, reader.nullable_string()?);
        let mut bindings = Vec::new();
        let mut texts = Texts::default();
        for _ in 0..reader.array(5)? {
            let resource_type = ResourceType::from_code(reader.i8()?);
            let resource_name = Name::from(reader.string()?);
            let pattern_type = PatternType::from_code(reader.i8()?);
            let count = reader.array(5)?;
            for _ in 0..count {
                bindings.push(Binding {
                    resource_type,
                    resource_name: resource_name.clone(),
                    pattern_type,
                    principal: texts.principals.get(reader.string()?),
                    host: texts.hosts.get(reader.string()?),
                    operation: Operation::from_code(reader.i8()?),
                    permission_type: PermissionType::from_code(reader.i8()?),
                });
                reader.tags()?;
            }
            reader.tags()?;
        }
        reader.tags()?;
        Ok(Self { error, bindings })
    }

    fn failure(&self) -> Option<&KafkaError> {
        self.error.as_ref()
    }
}

fn item<T>(error: Option<KafkaError>, value: T) -> ItemResult<T> {
    match error {
        None => Ok(value),
        Some(error) => Err(error),
    }
}

/// The answer to `CreateAcls`.
struct CreateReply {
    results: Vec<ItemResult<()>>,
}

impl Reply for CreateReply {
    const VERSIONS: VersionRange = VERSIONS;

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let results = reader.items(3, |reader| {
            let error = kafka_error(reader.i16()?, reader.nullable_string()?);
            reader.tags()?;
            Ok(item(error, ()))
        })?;
        reader.tags()?;
        Ok(Self { results })
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}

/// The answer to `DeleteAcls`.
struct DeleteReply {
    results: Vec<ItemResult<Vec<ItemResult<Binding>>>>,
}

impl Reply for DeleteReply {
    const VERSIONS: VersionRange = VERSIONS;

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let mut texts = Texts::default();
        let results = reader.items(4, |reader| {
            let error = kafka_error(reader.i16()?, reader.nullable_string()?);
            let deleted = reader.items(11, |reader| {
                let error = kafka_error(reader.i16()?, reader.nullable_string()?);
                let binding = Binding {
                    resource_type: ResourceType::from_code(reader.i8()?),
                    resource_name: Name::from(reader.string()?),
                    pattern_type: PatternType::from_code(reader.i8()?),
                    principal: texts.principals.get(reader.string()?),
                    host: texts.hosts.get(reader.string()?),
                    operation: Operation::from_code(reader.i8()?),
                    permission_type: PermissionType::from_code(reader.i8()?),
                };
                reader.tags()?;
                Ok(item(error, binding))
            })?;
            reader.tags()?;
            Ok(item(error, deleted))
        })?;
        reader.tags()?;
        Ok(Self { results })
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}

impl ItemsReply for CreateReply {
    type Item = ();

    fn into_results(self) -> Vec<ItemResult<Self::Item>> {
        self.results
    }
}

impl ItemsReply for DeleteReply {
    type Item = Vec<ItemResult<Binding>>;

    fn into_results(self) -> Vec<ItemResult<Self::Item>> {
        self.results
    }
}
