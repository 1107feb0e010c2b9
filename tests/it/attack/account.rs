//! An account whose services answer as a test sets: a dead-letter queue whose messages are hidden in real time, a main
//! queue, and a table that may be busy.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cloud::{Cloud, Run};
use crate::scripted::{Answer, Request, Scripted};

pub(super) struct Message {
    id: usize,
    body: String,
    pub(super) visible_at: Instant,
    receives: u32,
}

#[derive(Default)]
pub(super) struct World {
    pub(super) dead: Vec<Message>,
    /// Bodies in the main queue, in order of arrival.
    main: Vec<String>,
    /// Keys of existing rows, whose content differs from that of every message.
    pub(super) rows: BTreeSet<String>,
    /// Number of keys that fit into one answer of the table; with 0 it never answers any.
    pub(super) answers: usize,
    /// How often each key was requested.
    pub(super) asked: BTreeMap<String, usize>,
    /// Messages that are refused inside a successful answer, with the number of times: by the main queue, and by a
    /// deletion.
    pub(super) refused: BTreeMap<usize, usize>,
    pub(super) undeletable: BTreeMap<usize, usize>,
    /// A file that is read when the first message is deleted.
    pub(super) watched: Option<PathBuf>,
    pub(super) saved_first: Option<String>,
    pub(super) names: Vec<String>,
    /// Logical id and name of the deployed stack's resources; the spec's names if it has none.
    pub(super) resources: Vec<(&'static str, String)>,
    /// The queues and tables that were called, by name.
    pub(super) looked_into: BTreeSet<String>,
}

pub(super) struct Account {
    pub(super) cloud: Cloud,
    server: Scripted,
    world: Arc<Mutex<World>>,
}

impl Account {
    /// An account with this number of dead letters, each of an event that could be a row.
    pub(super) fn with(dead_letters: usize) -> Self {
        Self::with_bytes(dead_letters, 0)
    }

    /// The same, each with this number of additional bytes.
    pub(super) fn with_bytes(dead_letters: usize, bytes: usize) -> Self {
        let body =
            |id| event(id).replace("\"number\":", &format!("\"x\":\"{}\",\"number\":", "x".repeat(bytes)));
        let message = |id: usize| Message { id, body: body(id), visible_at: Instant::now(), receives: 0 };
        let world =
            World { dead: (0..dead_letters).map(message).collect(), answers: 100, ..World::default() };
        let world = Arc::new(Mutex::new(world));
        let script = Arc::clone(&world);
        let server = Scripted::new(move |request| answer(&mut script.lock().expect("a lock"), request));
        Self { cloud: Cloud::new(), server, world }
    }

    pub(super) fn world(&self) -> std::sync::MutexGuard<'_, World> {
        self.world.lock().expect("a lock")
    }

    // Each call locks by itself: two locks in one expression would wait for each other.

    pub(super) fn main(&self) -> usize {
        self.world().main.len()
    }

    pub(super) fn dead(&self) -> usize {
        self.world().dead.len()
    }

    pub(super) fn hidden(&self) -> usize {
        self.world().hidden()
    }

    /// Messages that the main queue received more than once.
    pub(super) fn twice(&self) -> usize {
        let world = self.world();
        world.main.len() - world.main.iter().collect::<BTreeSet<_>>().len()
    }

    pub(super) fn endpoint(&self) -> String {
        self.server.http()
    }

    pub(super) fn dlq(&self, verb: &str, more: &[&str]) -> Command {
        self.typed(&["dlq", verb], more)
    }

    /// Any command on the spec.
    pub(super) fn typed(&self, verbs: &[&str], more: &[&str]) -> Command {
        let spec = self.cloud.path("spec.yaml");
        let endpoint = self.server.http();
        let mut arguments = [verbs, &[spec.to_str().expect("UTF-8"), "--endpoint-url", &endpoint]].concat();
        arguments.extend(more);
        let mut command = self.cloud.command(&arguments);
        command
            .env("AWS_ACCESS_KEY_ID", "A")
            .env("AWS_SECRET_ACCESS_KEY", "S")
            .env("AWS_REGION", "eu-west-1");
        command
    }

    pub(super) fn run(&self, verb: &str, more: &[&str]) -> Run {
        Run::of(self.dlq(verb, more).output().expect("pipectl runs"))
    }
}

impl World {
    fn hidden(&self) -> usize {
        self.dead.iter().filter(|message| message.visible_at > Instant::now()).count()
    }
}

fn event(id: usize) -> String {
    json!({
        "id": format!("0000-{id}"), "source": "shipment.service", "detail-type": "shipment.created",
        "detail": {
            "shipment_id": format!("S-{id}"), "event_timestamp": "2026-11-27T10:00:00Z", "event_type": "created",
            "event_data": {"number": id},
        },
    })
    .to_string()
}

fn answer(world: &mut World, request: &Request) -> Answer {
    let target = request.header("x-amz-target").rsplit('.').next().unwrap_or_default().to_owned();
    let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
    world.names.push(if target.is_empty() { request.action().to_owned() } else { target.clone() });
    let reply = match (request.action(), target.as_str()) {
        ("GetCallerIdentity", _) => return Answer::xml(IDENTITY),
        ("DescribeStacks", _) => return Answer::xml(STACK),
        ("ListStackResources", _) => return Answer::xml(resources(&world.resources)),
        (_, "GetQueueUrl") => {
            let name = body["QueueName"].as_str().unwrap_or_default();
            world.looked_into.insert(name.to_owned());
            json!({"QueueUrl": format!("http://{}/111122223333/{name}", request.host)})
        }
        (_, "GetQueueAttributes") => {
            let hidden = world.hidden();
            json!({"Attributes": {
                "ApproximateNumberOfMessages": (world.dead.len() - hidden).to_string(),
                "ApproximateNumberOfMessagesNotVisible": hidden.to_string(),
            }})
        }
        (_, "ReceiveMessage") => received(world, &body),
        (_, "ChangeMessageVisibilityBatch") => each(&body, |entry| {
            let seconds = Duration::from_secs(entry["VisibilityTimeout"].as_u64().unwrap_or_default());
            let receipt = entry["ReceiptHandle"].as_str().unwrap_or_default();
            let message = world.dead.iter_mut().find(|message| message.receipt() == receipt);
            message.map(|message| message.visible_at = Instant::now() + seconds).is_some()
        }),
        (_, "SendMessageBatch") => each(&body, |entry| {
            let text = entry["MessageBody"].as_str().unwrap_or_default();
            let message = world.dead.iter().find(|message| message.body == text).map(|message| message.id);
            let taken = !message.is_some_and(|id| counts_down(&mut world.refused, id));
            if taken {
                world.main.push(text.to_owned());
            }
            taken
        }),
        (_, "DeleteMessageBatch") => {
            if let (Some(watched), None) = (&world.watched, &world.saved_first) {
                world.saved_first = Some(std::fs::read_to_string(watched).unwrap_or_default());
            }
            each(&body, |entry| {
                let receipt = entry["ReceiptHandle"].as_str().unwrap_or_default();
                let at = world.dead.iter().position(|message| message.receipt() == receipt);
                let Some(at) = at else { return true };
                if counts_down(&mut world.undeletable, world.dead[at].id) {
                    return false;
                }
                world.dead.remove(at);
                true
            })
        }
        (_, "Query") => {
            world.looked_into.insert(body["TableName"].as_str().unwrap_or_default().to_owned());
            json!({"Items": [], "Count": 0, "ScannedCount": 0})
        }
        (_, "BatchGetItem") => match rows(world, &body) {
            Some(rows) => rows,
            None => {
                let refusal = json!({
                    "__type": "com.amazon.coral.validate#ValidationException",
                    "message": "Provided list of item keys contains duplicates",
                });
                return Answer::new(400, "application/x-amz-json-1.0", refusal.to_string());
            }
        },
        _ => return Answer::json("{}").status(400),
    };
    Answer::new(200, "application/x-amz-json-1.0", reply.to_string())
}

fn resources(all: &[(&str, String)]) -> String {
    let member = |(id, name): &(&str, String)| {
        format!(
            "<member><LogicalResourceId>{id}</LogicalResourceId><PhysicalResourceId>{name}</PhysicalResourceId>\
             <ResourceType>AWS::X::Y</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus>\
             <LastUpdatedTimestamp>2026-11-01T00:00:00Z</LastUpdatedTimestamp></member>"
        )
    };
    format!(
        "<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries>{}</StackResourceSummaries>\
         </ListStackResourcesResult></ListStackResourcesResponse>",
        all.iter().map(member).collect::<String>()
    )
}

impl Message {
    fn receipt(&self) -> String {
        format!("{}/{}", self.id, self.receives)
    }
}

fn counts_down(counts: &mut BTreeMap<usize, usize>, id: usize) -> bool {
    match counts.get_mut(&id) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    }
}

fn received(world: &mut World, body: &Value) -> Value {
    let now = Instant::now();
    let hidden = Duration::from_secs(body["VisibilityTimeout"].as_u64().unwrap_or(30));
    let visible = world.dead.iter_mut().filter(|message| message.visible_at <= now).take(10);
    let messages: Vec<Value> = visible
        .map(|message| {
            message.visible_at = now + hidden;
            message.receives += 1;
            json!({
                "MessageId": format!("m-{}", message.id), "ReceiptHandle": message.receipt(), "Body": message.body,
                "Attributes": {"SentTimestamp": "1795773600000", "ApproximateReceiveCount": message.receives.to_string()},
            })
        })
        .collect();
    json!({ "Messages": messages })
}

fn each(body: &Value, mut takes: impl FnMut(&Value) -> bool) -> Value {
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in body["Entries"].as_array().into_iter().flatten() {
        let id = entry["Id"].clone();
        if takes(entry) {
            successful.push(json!({"Id": id, "MessageId": "m", "MD5OfMessageBody": "0"}));
        } else {
            failed.push(
                json!({"Id": id, "Code": "InternalError", "Message": "try again", "SenderFault": false}),
            );
        }
    }
    json!({"Successful": successful, "Failed": failed})
}

/// `None`: a key is named twice, or there are too many.
fn rows(world: &mut World, body: &Value) -> Option<Value> {
    let (table, wanted) = body["RequestItems"].as_object()?.iter().next()?;
    world.looked_into.insert(table.clone());
    let keys = wanted["Keys"].as_array()?;
    let unique: BTreeSet<String> = keys.iter().map(Value::to_string).collect();
    if unique.len() < keys.len() || keys.len() > 100 {
        return None;
    }
    let (read, left) = keys.split_at(world.answers.min(keys.len()));
    let name = |key: &Value| key["shipment_id"]["S"].as_str().unwrap_or_default().to_owned();
    for key in read {
        *world.asked.entry(name(key)).or_default() += 1;
    }
    let there = read.iter().filter(|key| world.rows.contains(&name(key)));
    let items: Vec<Value> = there
        .map(|key| {
            let mut item = key.clone();
            item["content_sha256"] = json!({"S": "other"});
            item
        })
        .collect();
    let mut answer = json!({"Responses": {table: items}, "UnprocessedKeys": {}});
    if !left.is_empty() {
        answer["UnprocessedKeys"][table] = json!({ "Keys": left });
    }
    Some(answer)
}

const IDENTITY: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/ada</Arn>\
<Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
const STACK: &str = "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>walk-test</StackName>\
<StackId>arn:aws:cloudformation:eu-west-1:111122223333:stack/walk-test/1</StackId><CreationTime>2026-11-01T00:00:00Z</CreationTime>\
<StackStatus>CREATE_COMPLETE</StackStatus></member></Stacks></DescribeStacksResult></DescribeStacksResponse>";
