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
        topic!($name, $about, "")
    };
    ($name:literal, $about:literal, $folder:literal) => {
        Topic {
            name: $name,
            about: $about,
            text: include_str!(concat!("../../docs/", $folder, $name, ".md")),
        }
    };
}

/// All of them, in the order in which a newcomer reads.
pub const TOPICS: &[Topic] = &[
    topic!("guide", "by task: first file, adopting a cluster, CI, drift"),
    topic!("acl-file", "the format of ACL files, and what plan and apply mean"),
    topic!("topic-file", "the format of topic files, and what plan and apply do with them"),
    topic!("access-model", "how Kafka decides who may do what"),
    topic!("connecting", "client properties, contexts, secrets"),
    topic!("aiven", "connecting to Aiven for Apache Kafka", "managed/"),
    topic!("amazon-msk", "connecting to Amazon MSK", "managed/"),
    topic!("confluent-cloud", "connecting to Confluent Cloud", "managed/"),
    topic!("exit-status", "what the exit statuses mean"),
    topic!("coming-from", "kafka-acls.sh, kcl, kafkactl, topicctl, JulieOps, Terraform"),
];

/// The document of that name.
pub fn find(name: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|topic| topic.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever has nothing but the program can follow each link to a document.
    #[test]
    fn documents_that_are_linked_to_are_topics_and_said_to_be() {
        let mut links = 0;
        for topic in TOPICS {
            for link in topic.text.split("](").skip(1) {
                let place = link.split([')', '#']).next().unwrap_or_default();
                let Some(path) = place.strip_suffix(".md") else { continue };
                let name = path.rsplit('/').next().unwrap_or_default();
                assert!(find(name).is_some(), "{}: {place}", topic.name);
                let said = format!("`kward help {name}`");
                assert!(topic.text.contains(&said), "{} does not say {said}", topic.name);
                links += 1;
            }
        }
        assert!(links > 3, "only {links} links were found");
    }
}
