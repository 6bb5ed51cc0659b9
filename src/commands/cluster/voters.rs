//! What `cluster add-controller` and `remove-controller` have in common: the quorum whose voters change (KIP-853).

use crate::commands::settle::settle;
use crate::commands::written::{Needs, foreseen, summary, told};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::{Client, Outcomes};
use crate::report::membership::WrittenController;
use crate::report::units::count;
use crate::report::write::{Action, Item, Status, WriteResult};
use crate::topic::quorum::{Member, Quorum, spare};

const NEEDS: Needs = Needs { operation: "alter", flag: "--cluster" };

/// Who has had all metadata within this time takes part.
pub const CURRENT_MS: i64 = 10_000;

/// An error where the brokers' files say who votes.
pub fn check_dynamic(quorum: &Quorum) -> Result<()> {
    if quorum.is_dynamic() {
        return Ok(());
    }
    Err(Error::failed("the quorum of this cluster is static: its voters cannot be changed")
        .caused_by("`controller.quorum.voters` of every node says who votes, and none has a directory")
        .hint(
            "`kward cluster set-features kraft.version=1` makes it dynamic, on Kafka 4.1 and later; before that \
             only formatting does (`kafka-storage format --standalone`)",
        ))
}

/// A controller as the result shows it, when so many vote.
pub fn subject(id: i32, member: (String, Vec<String>), voters: usize) -> WrittenController {
    let (directory_id, listeners) = member;
    WrittenController { id, directory_id, listeners, voters, may_fail: spare(voters) }
}

/// `1, 2, 3`.
pub fn listed(members: &[&Member]) -> String {
    let ids: Vec<String> = members.iter().map(|member| member.id.to_string()).collect();
    ids.join(", ")
}

/// `3 voters, of which 1 may fail`.
pub fn majority(voters: usize) -> String {
    let shown = count(voters, "voter");
    match spare(voters) {
        0 => format!("{shown}, of which none may fail"),
        spare => format!("{shown}, of which {spare} may fail"),
    }
}

/// What is done to the voters.
pub struct Change<'a> {
    pub cluster_id: Option<String>,
    pub dry_run: bool,
    pub controller: WrittenController,
    pub action: Action,
    /// The verb, for messages: `add`.
    pub verb: &'static str,
    /// Whether the quorum is as it is wanted.
    pub is_so: &'a dyn Fn(&Quorum) -> bool,
}

impl Change<'_> {
    /// Nothing to do, or nothing done.
    pub async fn planned(self, client: &Client, status: Status) -> Outcome {
        let item = Item::new(self.controller, self.action, status);
        let result = WriteResult::new(self.cluster_id, self.dry_run, vec![item]);
        let refused = foreseen(client, "change the voters of the quorum", &result).await;
        Outcome::report(result).with_error(refused)
    }

    /// Sends it, and says what became of it.
    pub async fn carry_out(
        self,
        context: &Context<'_>,
        client: &Client,
        send: impl AsyncFnOnce(&Client) -> Result<Outcomes<()>>,
    ) -> Result<Outcome> {
        context.stop.begin_writing();
        let client = &client.until(context.deadline());
        let well = match self.action {
            Action::Delete => Status::Deleted,
            _ => Status::Created,
        };
        let (fates, lost) = told(send(client).await, 1, well)?;
        let mut items = vec![Item::new(self.controller, self.action, well)];
        for (item, told) in items.iter_mut().zip(fates) {
            (item.status, item.error) = (told.fate, told.error);
        }
        if items.iter().all(|item| item.status == well) {
            settle(context, client, async |client| {
                Ok((self.is_so)(&client.describe_quorum().await?))
            })
            .await;
        }
        let result = WriteResult::new(self.cluster_id, self.dry_run, items);
        let error = lost.or_else(|| summary(client, (self.verb, "controller"), NEEDS, &result));
        let error = error.map(|error| error.hint("`kward cluster quorum` shows who votes"));
        Ok(Outcome::report(result).with_error(error))
    }
}
