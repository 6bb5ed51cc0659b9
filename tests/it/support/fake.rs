//! A cluster of one scripted broker that keeps ACLs, obeys faults, and remembers every state that
//! its ACLs were in.

use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use kafka_protocol::messages::api_versions_response::FinalizedFeatureKey;
use kafka_protocol::messages::create_acls_response::AclCreationResult;
use kafka_protocol::messages::delete_acls_response::{
    DeleteAclsFilterResult, DeleteAclsMatchingAcl,
};
use kafka_protocol::messages::describe_acls_response::{AclDescription, DescribeAclsResource};
use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::{
    ApiKey, CreateAclsRequest, CreateAclsResponse, DeleteAclsRequest, DeleteAclsResponse,
    DescribeAclsRequest, DescribeAclsResponse, DescribeClusterResponse,
};
use kward::model::{
    Binding, Filter, Operation, PatternFilter, PatternType, PermissionType, ResourceType,
};

use super::bindings::{Bindings, bindings};
use super::scripted::{Reply, Request, Scripted, offers, text};

/// The id of the cluster that it plays.
pub const CLUSTER_ID: &str = "MkU3OEVBNTcwNTJENDM2Qk";

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_mins(1);

/// What happens to one request.
#[derive(Debug, Clone)]
pub enum Act {
    /// It is served.
    Serve,
    /// It is served, and the answer asks for silence for so long (milliseconds).
    Throttle(i32),
    /// The first so many items are carried out; then the connection is cut, without an answer.
    CutAfter(usize),
    /// Nothing is carried out, and no answer comes.
    Silence,
    /// It is carried out, and no answer comes.
    ServeSilently,
    /// The items that the predicate names are refused with this error code and text.
    Refuse(fn(&Binding) -> bool, i16, &'static str),
    /// The answer to `DescribeAcls` is an old one: the ACLs as they were at the beginning.
    ShowOld,
    /// The connection ends with these bytes in place of an answer; nothing is carried out.
    Garbage(Vec<u8>),
}

type Fault = dyn Fn(&Request, &mut State) -> Act + Send + Sync;

/// What the broker knows.
#[derive(Debug, Default)]
pub struct State {
    /// The ACLs as they are.
    pub acls: Bindings,
    /// As they were at the beginning.
    old: Bindings,
    /// Every state of up to 100 that they were in, the first and the last included.
    pub history: Vec<Bindings>,
    /// What each request to create or delete named, in the order of arrival.
    pub writes: Vec<(ApiKey, Vec<Binding>)>,
    /// How many requests of each API came, this one included.
    counts: Vec<(ApiKey, usize)>,
    /// Whether the caller may alter ACLs.
    pub may_alter: bool,
    /// The connections that get no answers any more.
    silent: Vec<usize>,
    /// The request that waits for [`Fake::release`].
    held: Option<(ApiKey, usize)>,
}

impl State {
    /// How many requests of this API have come, the one under way included.
    pub fn count(&self, key: ApiKey) -> usize {
        self.counts.iter().find(|(other, _)| *other == key).map_or(0, |(_, count)| *count)
    }

    fn create(&mut self, binding: &Binding) {
        self.acls.insert(binding.clone());
        self.remember();
    }

    fn delete(&mut self, binding: &Binding) -> bool {
        let was = self.acls.remove(binding);
        self.remember();
        was
    }

    /// Keeps the state, as long as there are few bindings: nobody looks at thousands of thousands.
    fn remember(&mut self) {
        if self.acls.len() <= 100 {
            self.history.push(self.acls.clone());
        }
    }
}

/// The running cluster.
pub struct Fake {
    pub broker: Scripted,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    address: OnceLock<SocketAddr>,
}

impl Fake {
    /// A cluster with these ACLs and no faults.
    pub fn new(acls: Bindings) -> Self {
        Self::with(acls, |_, _| Act::Serve)
    }

    /// The same, where a binding appears at the nth `DescribeAcls`.
    pub fn meddled_with(acls: Bindings, text: &'static str, nth: usize) -> Self {
        Self::with(acls, move |request, state| {
            if request.key == ApiKey::DescribeAcls && state.count(ApiKey::DescribeAcls) == nth {
                state.acls.append(&mut bindings([text]));
            }
            Act::Serve
        })
    }

    /// The same with faults: asked once for each request about ACLs.
    pub fn with(
        acls: Bindings,
        fault: impl Fn(&Request, &mut State) -> Act + Send + Sync + 'static,
    ) -> Self {
        let state = State {
            old: acls.clone(),
            history: vec![acls.clone()],
            acls,
            may_alter: true,
            ..State::default()
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
            address: OnceLock::new(),
        });
        let fault: Box<Fault> = Box::new(fault);
        let broker = Scripted::start_raw(None, {
            let shared = Arc::clone(&shared);
            move |request| shared.answer(request, &fault)
        });
        shared.address.set(broker.address).expect("an address once");
        Self { broker, shared }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap()
    }

    /// The ACLs as they are.
    pub fn acls(&self) -> Bindings {
        self.state().acls.clone()
    }

    /// `host:port`.
    pub fn address(&self) -> String {
        self.broker.address.to_string()
    }

    /// Waits until that many requests of an API have come.
    pub fn wait_for(&self, key: ApiKey, count: usize) {
        let state = self.state();
        let few = |state: &mut State| state.count(key) < count;
        let waited = self.shared.changed.wait_timeout_while(state, PATIENCE, few);
        assert!(!waited.unwrap().1.timed_out(), "{count} requests of {key:?} did not come");
    }

    /// Lets the request go on that [`Fake::hold`] holds.
    pub fn release(&self) {
        self.state().held = None;
        self.shared.changed.notify_all();
    }

    /// A cluster that holds the `nth` request of an API until it is released.
    pub fn hold(acls: Bindings, key: ApiKey, nth: usize) -> Self {
        let fake = Self::with(acls, |_, _| Act::Serve);
        fake.state().held = Some((key, nth));
        fake
    }
}

impl Shared {
    fn answer(&self, request: &Request, fault: &Fault) -> Reply {
        if request.key == ApiKey::ApiVersions {
            let feature = FinalizedFeatureKey::default()
                .with_name(text("metadata.version"))
                .with_max_version_level(30)
                .with_min_version_level(30);
            return request.answer(&offers(&[]).with_finalized_features(vec![feature]));
        }
        let mut state = self.state.lock().unwrap();
        match state.counts.iter_mut().find(|(key, _)| *key == request.key) {
            Some((_, count)) => *count += 1,
            None => state.counts.push((request.key, 1)),
        }
        self.changed.notify_all();
        if state.held.is_some_and(|(key, nth)| key == request.key && state.count(key) == nth) {
            let held = |state: &mut State| state.held.is_some();
            state = self.changed.wait_timeout_while(state, PATIENCE, held).unwrap().0;
        }
        // A connection that was left without an answer gets no other: answers come in order.
        if state.silent.contains(&request.connection) {
            return Reply::Silence;
        }
        let act = fault(request, &mut state);
        if matches!(act, Act::Silence | Act::ServeSilently) {
            state.silent.push(request.connection);
        }
        match request.key {
            ApiKey::DescribeAcls => describe(request, &state, &act),
            ApiKey::CreateAcls => create(request, &mut state, &act),
            ApiKey::DeleteAcls => delete(request, &mut state, &act),
            ApiKey::DescribeCluster => self.describe_cluster(request, &state),
            key => panic!("nobody asks for {key:?}"),
        }
    }

    fn describe_cluster(&self, request: &Request, state: &State) -> Reply {
        let address = self.address.get().expect("the broker's address");
        let broker = DescribeClusterBroker::default()
            .with_broker_id(1.into())
            .with_host(text(&address.ip().to_string()))
            .with_port(i32::from(address.port()));
        let bit = |operation: Operation| 1 << operation.code();
        let mut operations = bit(Operation::Describe);
        if state.may_alter {
            operations |= bit(Operation::Alter);
        }
        request.answer(
            &DescribeClusterResponse::default()
                .with_cluster_id(text(CLUSTER_ID))
                .with_controller_id(1.into())
                .with_brokers(vec![broker])
                .with_cluster_authorized_operations(operations),
        )
    }
}

/// The answer, or what a fault makes of it.
fn reply(act: &Act, frame: Vec<u8>) -> Reply {
    match act {
        Act::CutAfter(_) => Reply::Close,
        Act::Silence | Act::ServeSilently => Reply::Silence,
        Act::Garbage(bytes) => Reply::SendAndClose(bytes.clone()),
        _ => Reply::Send(frame),
    }
}

fn throttle(act: &Act) -> i32 {
    if let Act::Throttle(milliseconds) = act { *milliseconds } else { 0 }
}

/// How many items of a write are carried out.
fn carried_out(act: &Act, count: usize) -> usize {
    match act {
        Act::CutAfter(most) => (*most).min(count),
        Act::Silence | Act::Garbage(_) => 0,
        _ => count,
    }
}

fn refusal(act: &Act, binding: &Binding) -> Option<(i16, &'static str)> {
    match act {
        Act::Refuse(which, code, message) if which(binding) => Some((*code, message)),
        _ => None,
    }
}

fn describe(request: &Request, state: &State, act: &Act) -> Reply {
    let message: DescribeAclsRequest = request.decode();
    let filter = filter_of(
        message.resource_type_filter,
        message.resource_name_filter.as_deref(),
        message.pattern_type_filter,
        (message.principal_filter.as_deref(), message.host_filter.as_deref()),
        (message.operation, message.permission_type),
    );
    let shown = if matches!(act, Act::ShowOld) { &state.old } else { &state.acls };
    let resource = |binding: &Binding| {
        DescribeAclsResource::default()
            .with_resource_type(binding.resource_type.code())
            .with_resource_name(text(&binding.resource_name))
            .with_pattern_type(binding.pattern_type.code())
            .with_acls(vec![
                AclDescription::default()
                    .with_principal(text(&binding.principal))
                    .with_host(text(&binding.host))
                    .with_operation(binding.operation.code())
                    .with_permission_type(binding.permission_type.code()),
            ])
    };
    let resources = shown.iter().filter(|b| filter.matches(b)).map(resource).collect();
    let answer = DescribeAclsResponse::default()
        .with_throttle_time_ms(throttle(act))
        .with_resources(resources);
    reply(act, request.frame(&answer))
}

fn create(request: &Request, state: &mut State, act: &Act) -> Reply {
    let message: CreateAclsRequest = request.decode();
    let wanted: Vec<Binding> = message
        .creations
        .iter()
        .map(|creation| Binding {
            resource_type: ResourceType::from_code(creation.resource_type),
            resource_name: creation.resource_name.as_str().into(),
            pattern_type: PatternType::from_code(creation.resource_pattern_type),
            principal: creation.principal.as_str().into(),
            host: creation.host.as_str().into(),
            operation: Operation::from_code(creation.operation),
            permission_type: PermissionType::from_code(creation.permission_type),
        })
        .collect();
    let results = wanted
        .iter()
        .enumerate()
        .map(|(at, binding)| {
            if let Some((code, message)) = refusal(act, binding) {
                return AclCreationResult::default()
                    .with_error_code(code)
                    .with_error_message(Some(text(message)));
            }
            if at < carried_out(act, wanted.len()) {
                state.create(binding);
            }
            AclCreationResult::default()
        })
        .collect();
    state.writes.push((ApiKey::CreateAcls, wanted));
    let answer =
        CreateAclsResponse::default().with_throttle_time_ms(throttle(act)).with_results(results);
    reply(act, request.frame(&answer))
}

fn delete(request: &Request, state: &mut State, act: &Act) -> Reply {
    let message: DeleteAclsRequest = request.decode();
    let wanted: Vec<Binding> = message
        .filters
        .iter()
        .map(|filter| {
            let filter = filter_of(
                filter.resource_type_filter,
                filter.resource_name_filter.as_deref(),
                filter.pattern_type_filter,
                (filter.principal_filter.as_deref(), filter.host_filter.as_deref()),
                (filter.operation, filter.permission_type),
            );
            exact(filter)
        })
        .collect();
    let results = wanted
        .iter()
        .enumerate()
        .map(|(at, binding)| {
            if let Some((code, message)) = refusal(act, binding) {
                return DeleteAclsFilterResult::default()
                    .with_error_code(code)
                    .with_error_message(Some(text(message)));
            }
            let gone = at < carried_out(act, wanted.len()) && state.delete(binding);
            let matching = DeleteAclsMatchingAcl::default()
                .with_resource_type(binding.resource_type.code())
                .with_resource_name(text(&binding.resource_name))
                .with_pattern_type(binding.pattern_type.code())
                .with_principal(text(&binding.principal))
                .with_host(text(&binding.host))
                .with_operation(binding.operation.code())
                .with_permission_type(binding.permission_type.code());
            DeleteAclsFilterResult::default()
                .with_matching_acls(gone.then_some(matching).into_iter().collect())
        })
        .collect();
    state.writes.push((ApiKey::DeleteAcls, wanted));
    let answer = DeleteAclsResponse::default()
        .with_throttle_time_ms(throttle(act))
        .with_filter_results(results);
    reply(act, request.frame(&answer))
}

fn filter_of(
    resource_type: i8,
    name: Option<&str>,
    pattern: i8,
    (principal, host): (Option<&str>, Option<&str>),
    (operation, permission): (i8, i8),
) -> Filter {
    const ANY: i8 = 1;
    let given = |code: i8| (code != ANY).then_some(code);
    Filter {
        resource_type: given(resource_type).map(ResourceType::from_code),
        resource_name: name.map(Into::into),
        pattern: [
            PatternFilter::Any,
            PatternFilter::Match,
            PatternFilter::Literal,
            PatternFilter::Prefixed,
        ]
        .into_iter()
        .find(|filter| filter.code() == pattern)
        .expect("a pattern type that filters take"),
        principal: principal.map(Into::into),
        host: host.map(Into::into),
        operation: given(operation).map(Operation::from_code),
        permission_type: given(permission).map(PermissionType::from_code),
    }
}

/// The one binding that a filter of a deletion names: all seven fields, or it could take more.
fn exact(filter: Filter) -> Binding {
    let wide = format!("a deletion by a filter that is not exact: {filter:?}");
    let pattern_type = match filter.pattern {
        PatternFilter::Literal => PatternType::Literal,
        PatternFilter::Prefixed => PatternType::Prefixed,
        _ => panic!("{wide}"),
    };
    Binding {
        resource_type: filter.resource_type.expect(&wide),
        resource_name: filter.resource_name.expect(&wide),
        pattern_type,
        principal: filter.principal.expect(&wide),
        host: filter.host.expect(&wide),
        operation: filter.operation.expect(&wide),
        permission_type: filter.permission_type.expect(&wide),
    }
}
