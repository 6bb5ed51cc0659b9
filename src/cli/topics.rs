//! `kward help TOPIC`: the documents that the program carries.

/// A document.
#[derive(Debug, Clone, Copy)]
pub struct Topic {
    /// The word behind `kward help`.
    pub name: &'static str,
    /// In half a line.
    pub about: &'static str,
    /// Markdown.
    pub text: &'static str,
}

macro_rules! topic {
    ($name:literal, $about:literal) => {
        Topic {
            name: $name,
            about: $about,
            text: include_str!(concat!("../../docs/", $name, ".md")),
        }
    };
}

/// All of them, in the order in which a newcomer reads.
pub const TOPICS: &[Topic] = &[
    topic!("guide", "by task: first file, adopting a cluster, CI, drift"),
    topic!("acl-file", "the format of ACL files, and what plan and apply mean"),
    topic!("access-model", "how Kafka decides who may do what"),
    topic!("connecting", "client properties, contexts, secrets"),
    topic!("exit-status", "what the exit statuses mean"),
    topic!("coming-from", "kafka-acls.sh, kcl, kafkactl, topicctl, JulieOps, Terraform"),
];

/// The document of that name.
pub fn find(name: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|topic| topic.name == name)
}
