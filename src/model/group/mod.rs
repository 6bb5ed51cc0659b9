//! Groups of every type, as a coordinator describes them: states, members, who holds what.

mod assignment;
mod description;
mod streams;
mod subscription;
mod words;

pub use assignment::{Assignment, TopicPartitions, ranges};
pub use description::{Coordinator, GroupDescription, GroupListing, Member, MemberType};
pub use streams::{
    Endpoint, InternalTopic, Subtopology, TaskOffset, TaskSets, Tasks, TasksOfMember,
};
pub use subscription::Subscription;
pub use words::{GroupState, GroupType};
