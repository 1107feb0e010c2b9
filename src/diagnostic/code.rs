//! Every code a diagnostic can carry, with the text `pipectl explain CODE` prints.
//!
//! Codes are stable: scripts filter on them. `<room>::<what-is-wrong>`.

use super::named::Code;

impl Code {
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        CODES.iter().copied().find(|code| code.name == name)
    }
}

macro_rules! table {
    ($($constant:ident $name:literal $explanation:literal)*) => {
        /// The constants stages name; each is also in [`CODES`].
        pub mod codes {
            use super::Code;
            $(pub const $constant: Code = Code { name: $name, explanation: $explanation };)*
        }

        /// All codes, in the order of the stages that emit them.
        pub const CODES: &[Code] = &[$(codes::$constant),*];
    };
}

table! {
    SOURCE_UNREADABLE "source::unreadable"
        "The file does not exist, is a folder, a device or a silent pipe, or its permissions forbid it. A link is followed only \
         to a YAML or JSON file below the spec's folder or in its repository, by names without a leading dot: what a branch \
         holds must not print another file. A pipe is read where the command line names it, and may be silent for 5 s."
    SOURCE_UNWRITABLE "source::unwritable"
        "A file could not be written. A file is replaced by a new one made beside it, so the folder must allow new files and the \
         disk have room for both; what is there is left as it is otherwise. A saved plan, a zip, a dashboard preview and what \
         `pipectl dlq purge --save` keeps go to files of the same kind only, or new ones. Devices, pipes and folders are \
         refused. `pipectl render --dashboard-preview` makes no folder and writes HTML files only."
    SOURCE_NOT_UTF8 "source::not-utf8"
        "A spec is UTF-8 text. The place is the first byte that is not. Save the file as UTF-8 without a byte order mark."
    SOURCE_TOO_LARGE "source::too-large"
        "A spec may have at most 1 MiB, 10,000 values, 32 levels and 100 aliases. Real specs have two or \
         three kilobytes; the limits keep a hostile file from costing more than a few milliseconds."
    SOURCE_EMPTY "source::empty"
        "The file holds no document. A spec needs at least `version`, `name`, `environment` and `bus.pattern`."
    SOURCE_SYNTAX "source::syntax"
        "The text is not YAML 1.2. The place is where the reader lost the thread; the mistake is often one \
         line above: a missing colon, a wrong indentation, an open quote."
    SOURCE_DUPLICATE_KEY "source::duplicate-key"
        "A key stands twice in one map. Readers differ in which one they keep, so neither is taken."
    SOURCE_UNSUPPORTED "source::unsupported"
        "Tags (`!Ref`), merge keys (`<<`), several documents in one file and keys that are not text are \
         YAML, but a spec has no meaning for them."
    SOURCE_EXTENDS "source::extends"
        "`extends` names another spec in the same folder or below it, whose values this one overlays: maps \
         key by key, lists as a whole. It ends in `.yaml`, `.yml` or `.json`, and no name on the way there begins with a dot. \
         A chain may be 8 files long and must not come back to itself."
    SPEC_UNKNOWN_KEY "spec::unknown-key"
        "The key has no meaning at this place. Unknown keys are refused rather than ignored, because an \
         ignored `ttl_day` is a table that never forgets."
    SPEC_MISSING_KEY "spec::missing-key"
        "A key without default is absent. Only `version`, `name`, `environment` and `bus.pattern` must be \
         given; everything else has a default."
    SPEC_WRONG_TYPE "spec::wrong-type"
        "The value is of another kind than the field takes. Units stand in the field's name, so a number is written without \
         unit; an account id is text and needs quotes, because `012345678901` would be read as a number."
    SPEC_OUT_OF_RANGE "spec::out-of-range"
        "The number, text or list is outside of what the AWS service accepts."
    SPEC_UNKNOWN_VALUE "spec::unknown-value"
        "The field takes one of a fixed set of values, and this is none of them."
    SPEC_WRONG_FORM "spec::wrong-form"
        "The text does not have the form the field takes: names are lowercase letters, digits and hyphens, \
         ARNs begin with `arn:`, account ids are twelve digits."
    SPEC_UNSUPPORTED_VERSION "spec::unsupported-version"
        "`version` says which spec language the file is written in. This pipectl reads version 1."
    SPEC_OTHER_PIPECTL "spec::other-pipectl"
        "`pipectl` says which versions of pipectl may read the spec, as Cargo compares them: `>=0.3`, `>=0.3, <0.5`, `0.3` for \
         every 0.3.x. This one is none of them. Nothing else of the spec is judged, since it may hold what another \
         version knows. A version before its release, such as `0.4.0-rc.1`, counts as its release."
    SPEC_NAME_TOO_LONG "spec::name-too-long"
        "A resource's full name, with environment and suffix, is longer than its service allows."
    SPEC_NAME_TAKEN_TWICE "spec::name-taken-twice"
        "Two queues, alarms or exports of the pipeline would have one name. A queue that is its own dead-letter queue \
         moves a failing message in a circle until it expires; two alarms of one name overwrite each other."
    SPEC_NAME_SHARED "spec::name-shared"
        "Two specs that are checked together would give one name to two resources of the same account. Most names are an \
         account's in one region; those of dashboards and roles are an account's in all regions together, so that one \
         spec for two regions needs `names.dashboard` in one of them. Specs that name different accounts, or of which \
         only one names its account or region, are not compared. Two of one stack undo each other."
    SPEC_CLOUDFORMATION_SYNTAX "spec::cloudformation-syntax"
        "CloudFormation reads some text as its own language: `{{resolve:…}}` is replaced by a secret's value, which \
         then stands in names, tags and logs; `${…}` by a variable; a map with the key `Ref`, `Condition` or \
         `Fn::…` by what the function gives. A spec holds plain values, so that what was reviewed is what is deployed."
    DEPLOY_CANARY_UNWATCHED "deploy::canary-unwatched"
        "With `deploy.rollout: {canary: …}` CloudFormation goes back to the former stack when an alarm of the processor \
         is in ALARM: `processor_errors`, `processor_throttles`, `dead_letters` or `conflicts`. With all of them off \
         nothing is watched, and the canary is only a slower roll-out."
    DEPLOY_ELSEWHERE "deploy::elsewhere"
        "SQS encrypts with keys of its own region, CloudWatch alarms notify topics of their own region, and CloudFormation \
         takes on roles of its own account. An ARN of another region or account fails in the middle of a deploy."
    DEPLOY_UNUSABLE_FILE "deploy::unusable-file"
        "A folder under `deploy.templates` or a file under `deploy.extra` cannot be used: it is not there, is of \
         another kind, or lies outside of the spec's folder. A spec is often checked on a stranger's branch, so nothing \
         outside of its folder is read."
    DEPLOY_NOT_PINNED "deploy::not-pinned"
        "A production spec names `deploy.account` and `deploy.region`. Without them the stack goes wherever the \
         caller's profile points, and one evening that is somewhere else."
    LOAD_PEAK_BELOW_AVERAGE "load::peak-below-average"
        "`load.peak_events_per_second` is less than `load.events_per_day` spread over a day. Capacity and alarms are \
         checked against the peak, so a peak that is too small hides what will throttle."
    LOAD_OVER_REGION "load::over-region"
        "The peak is more than EventBridge takes in the region: `PutEvents` has a quota of requests a second for all buses of \
         the account together, and what is beyond it is refused, so that the sender has to send it again. A second quota is \
         of what all rules send to their targets: beyond it events are late. AWS raises both on request, free of charge; a \
         raised quota is stated under `deploy.quotas`. One request may have ten events. The defaults are those of \
         28 November 2026; `pipectl plan` reads the account's own concurrency."
    LOAD_OVER_CONCURRENCY "load::over-account-concurrency"
        "The processor may run more invocations at once than the account can: all functions of an account share the quota \
         \"Concurrent executions\" in a region, 1,000 by default and less in a new account. What is beyond it is throttled, each \
         throttle counts as a receive, and after `max_receive_count` of them good messages are dead letters; other functions of \
         the account are throttled too. Lambda refuses to reserve more than leaves 100 for all others. AWS raises the quota on \
         request, free of charge; a raised one is stated under `deploy.quotas`."
    LOAD_EVENTS_TOO_LARGE "load::events-too-large"
        "EventBridge and SQS carry events of up to 1 MiB, a DynamoDB row has at most 400 KB, names included. Larger \
         events become dead letters, and here the average one is larger."
    QUEUE_VISIBILITY_TOO_SHORT "queue::visibility-too-short"
        "While the processor works on a message, the queue hides it for `queue.visibility_timeout_seconds`. \
         Lambda refuses a queue whose visibility timeout is shorter than the function's timeout, and \
         advises six times the timeout plus the batching window: below that, a throttled batch becomes \
         visible again while it is still being retried, and the same message runs twice at once."
    QUEUE_TOO_FEW_RECEIVES "queue::too-few-receives"
        "SQS moves a message to the dead-letter queue after `queue.dead_letter.max_receive_count` receives. An invocation that \
         Lambda throttles counts as one, though the processor never saw the message. Lambda's documentation advises at least 5. \
         Left out, the count is what good events need to survive 12 hours of outage."
    QUEUE_EXPIRES_WHILE_RETRIED "queue::expires-while-retried"
        "A failing message is received `max_receive_count` times, a visibility timeout apart. When that takes longer than \
         `queue.retention_days`, SQS deletes the message before it can become a dead letter: it is lost without a trace."
    QUEUE_DEAD_LETTERS_EXPIRE_FIRST "queue::dead-letters-expire-first"
        "A message keeps its first enqueue time when SQS moves it to the dead-letter queue. With a dead-letter \
         retention no longer than the queue's, a message that dies late is deleted on arrival, before anyone can \
         look at it. SQS keeps messages for 14 days at most, so the queue can keep 13."
    SLO_TOO_SHORT "slo::too-short"
        "`slo.stored_within_seconds` must be at least 5 s longer than `processor.batch.window_seconds`. Lambda gathers messages \
         for that window before it starts an invocation: with little traffic, each event waits for all of it. The bus and the \
         write take time as well. With less time, events are late with nothing wrong, and the alarms on the error budget fire."
    PROCESSOR_BATCH_WITHOUT_WINDOW "processor::batch-without-window"
        "Lambda fills batches of more than 10 messages only while it waits: a batch size over 10 needs a \
         batching window of at least 1 second, or the event source mapping is refused."
    PROCESSOR_BATCH_OVER_PAYLOAD "processor::batch-over-payload"
        "One invocation takes at most 6 MB, with about 1 KB that SQS and Lambda add to each message. Larger batches \
         are cut without a word, so that `processor.batch.size` promises what never happens."
    PROCESSOR_TOO_MANY_IN_FLIGHT "processor::too-many-in-flight"
        "A standard queue holds at most 120,000 messages that are received and not yet deleted. Beyond that, receives \
         are refused and the queue stalls until some are done. Concurrent invocations times the batch size must stay \
         below it; without a limit, a mapping grows to 1,250 invocations."
    PROCESSOR_POLLERS_WITH_CONCURRENCY "processor::pollers-with-concurrency"
        "An event source mapping is limited either by `processor.batch.max_concurrency` or by provisioned pollers. \
         Lambda refuses both together."
    PROCESSOR_POLLERS_REVERSED "processor::pollers-reversed"
        "`processor.batch.pollers.min` is how many pollers always run, `max` how many at a peak; Lambda refuses a \
         minimum above the maximum."
    PROCESSOR_OVER_RESERVED "processor::over-reserved"
        "`processor.reserved_concurrency` is also the most the function gets. Where the queue may cause more \
         invocations (`max_concurrency`, or ten for each poller), the rest is throttled; each throttle counts as a \
         receive, and after `max_receive_count` of them good messages are dead letters."
    PROCESSOR_FEW_RESERVED "processor::few-reserved"
        "The queue's pollers start with five concurrent invocations. With fewer reserved, some are throttled from the \
         first minute, and each throttle counts as a receive. `max_concurrency` makes the pollers ask for less."
    PROCESSOR_SWITCHED_OFF "processor::switched-off"
        "A reserved concurrency of 0 stops the function: messages wait until the queue's retention deletes them."
    BUS_WRONG_PATTERN "bus::wrong-pattern"
        "`bus.pattern` is not an event pattern EventBridge takes, or one that no event can match. A pattern is a map \
         whose leaves are lists of alternatives: plain values, or one of the operators `prefix`, `suffix`, \
         `equals-ignore-case`, `wildcard`, `anything-but`, `numeric`, `cidr` and `exists`; `$or` takes a list of maps. \
         Its top-level keys are those of an event: `source`, `detail-type`, `detail`, `account`, `region`, \
         `resources`, `time`, `id` and `version`. It may have 2,048 characters, and 4,096 where AWS has raised the \
         quota. The same holds for the patterns of `bus.rules`, and for the archive's, which covers all of them."
    BUS_OPERATOR_AS_TEXT "bus::operator-as-text"
        "A value of the pattern is an operator in quotes, such as `'{\"prefix\": \"a\"}'`. EventBridge takes it for the very text, \
         and matches events that have this text there, which no sender sends. Templates of other tools write patterns as JSON text, \
         from which such values are copied. Remove the quotes."
    BUS_PATTERN_OVER_QUOTA "bus::pattern-over-quota"
        "A pattern may have 2,048 characters as compact JSON, unless AWS has raised the account's quota \"Event pattern \
         size\" in this region; EventBridge refuses a longer one. A raised quota is stated under `deploy.quotas`."
    BUS_NAMED_AND_EXISTING "bus::named-and-existing"
        "`bus.existing` says which bus is used, and the stack makes none; `names.bus` gives a name to the one it makes. Only \
         one of the two can be meant."
    BUS_WRONG_PRODUCER "bus::wrong-producer"
        "A producer under `bus.producers` is an account by its twelve digits in quotes, an organization by its id \
         (`{organization: o-…}`), or an organizational unit by its whole path (`{organizational_unit: o-…/r-…/ou-…/*}`)."
    BUS_PATTERN_TOO_BROAD "bus::pattern-too-broad"
        "The pattern names neither `source` nor `detail-type`, so that any sender on the bus can feed the queue, \
         and events of another make become dead letters."
    BUS_PATTERN_COMPLEX "bus::pattern-complex"
        "The wildcards of one field are as complex as EventBridge takes. It measures in how many states its matching \
         machine can be at once: each beginning of a wildcard that a text can fit counts, so that every `*` adds one and \
         repeated characters after a `*` add more. More than 10 are an error (`bus::wrong-pattern`): AWS answers `Rule is \
         too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard \
         character`, and rolls the deployment back."
    BUS_UNREADABLE_SAMPLE "bus::unreadable-sample"
        "A file under `bus.samples` cannot be used: it is not there, lies outside of the spec's folder, is not one \
         JSON object, or lacks `source`, `detail-type` or `detail`."
    BUS_SAMPLE_NOT_MATCHED "bus::sample-not-matched"
        "An event under `bus.samples.match` matches neither `bus.pattern` nor one of `bus.rules`, or one under a rule's own \
         `samples.match` does not match that rule: EventBridge would drop it without a word. \
         The message names the first field that fails; `pipectl test` shows all samples."
    BUS_SAMPLE_NOT_IGNORED "bus::sample-not-ignored"
        "An event under `bus.samples.ignore` matches `bus.pattern` or one of `bus.rules`, or one under a rule's own \
         `samples.ignore` matches that rule: it would reach the queue."
    BUS_SAMPLE_REFUSED "bus::sample-refused"
        "An event under `bus.samples.match` would reach the processor and be refused by it, which makes it a dead \
         letter. The same code decides here and in the Lambda."
    EVENT_SAME_FIELD "event::same-field"
        "Two fields under `event` write one attribute of the row. Each needs an attribute of its own, and a table needs \
         two different keys."
    EVENT_FIELD_TAKEN "event::field-taken"
        "A field of the event would be stored under the name of an attribute that the processor writes itself, such \
         as the time to live or the content's hash."
    EVENT_PATH "event::path"
        "A path under `event` is not one, or leads to what the processor does not receive. A path begins at the event as \
         EventBridge delivers it, `$`: `$.detail.order.id`, `$.detail['order-id']`, `$.detail.items[0].sku`, `$.time`. A \
         name of letters, digits and `_` follows a dot, any other stands in brackets and single quotes; `[0]` is the first \
         item of a list, and `[*]`, all items, is for `event.drop` alone. With `bus.input: detail` the processor receives \
         nothing but `$.detail`."
    EVENT_FORMAT "event::format"
        "A value under `event` cannot be stored as its format says: several values are joined to a text, which is not a \
         number, and the data keeps the kind it has."
    EVENT_DROPPED "event::dropped"
        "A path under `event.drop` is read by a key, the type, an attribute or the identity, or is none of the event's own \
         fields. What is dropped is never stored, hashed or logged."
    EVENT_NEWER "event::newer"
        "`on_conflict: replace_if_newer` replaces a row by that of a newer event, and `newer_by` says by which value an \
         event is newer; neither is of use without the other."
    EVENT_ENVELOPE "event::envelope"
        "A path under `event` reads EventBridge's envelope where the event's own fields were meant, or the reverse. What a \
         sender wrote stands below `$.detail`; beside it EventBridge puts `version`, `id`, `detail-type`, `source`, `account`, \
         `time`, `region` and `resources`, and nothing else. A path to another field of the envelope finds nothing in any \
         event, which is an error. A warning is a path into `detail` that none of the spec's events has and the envelope has, \
         and `$.version`, which is `0` in every event."
    EVENT_UNSEEN_PATH "event::unseen-path"
        "A path that the spec writes under `event` is in none of the events of `bus.samples.match` and `tests`. For a key every \
         event may become a dead letter, an attribute may always be absent, and under `drop` nothing may be removed. Fix the \
         path, or add an event that has the value; one event that has it is enough."
    EVENT_ONE_ROW "event::one-row"
        "`sort_key: none` makes a table with a partition key alone: one row for each key. A second event of a key is stored only \
         with `on_conflict: replace_if_newer`; else it becomes a dead letter, or with `keep_first` is acknowledged and not stored."
    EVENT_NEWER_EXPIRES "event::newer-expires"
        "With `on_conflict: replace_if_newer` the table holds the newest row of each key. `table.ttl_days` deletes it so many days \
         after its event, though it is the current state, and a replayed older event is then stored as if it were new."
    EVENT_FORMER_FORMAT "event::former-format"
        "`event.sort_key_format` is how former versions said what `format` under `event.sort_key` says. It means the same still, \
         and `pipectl validate --fix` writes it in the new form. This warning is not an error in production."
    TESTS_UNREADABLE "tests::unreadable-event"
        "The file of a test's `event` cannot be used: it is not there, lies outside of the spec's folder, is not one JSON object, \
         or lacks `source`, `detail-type` or `detail`."
    TESTS_EXPECTATION "tests::expectation"
        "One of the `tests` says what cannot be tried. It expects one thing: `row`, attributes with their values; `dead_letter`, \
         the code of the reason; or `ignored: true`, that the pattern does not match. A row's `processed_at`, `queued_at`, \
         `expires_at`, `retry_count` and `message_id` are others at each delivery."
    TESTS_FAILED "tests::failed"
        "An event under `tests` does not become what its test expects. The same code decides here and in the Lambda. `pipectl \
         test` shows all of them, each attribute with what was expected and what was found."
    EVENT_SCHEMA "event::schema"
        "The file under `event.schema` cannot be used: it is not JSON or not a JSON Schema, or the processor cannot check it \
         exactly and in bounded time. It takes drafts 2020-12, 2019-09, 7 and 6, up to 256 KiB, 100 patterns and 32 schemas \
         of one value that lead to each other; references within the document only; patterns without look-around and \
         back-references; numbers of up to 38 digits. `format` describes, and checks nothing."
    EVENT_NOT_IN_SCHEMA "event::not-in-schema"
        "A path under `event` leads to a value that no event can have which satisfies the schema, since an object on the way is \
         closed (`additionalProperties: false`) or is not an object. The attribute would never be stored, or every event would be \
         a dead letter."
    TABLE_INDEX_TOO_HOT "table::index-too-hot"
        "All rows of one processing status share one partition key of the index, unless `table.status_index.shards` \
         spreads them. One partition key takes 1,000 write units a second at most, an index that is throttled \
         throttles its table, and half of it is the room to plan with. The same holds for a key of the table or of another index \
         that has few values, such as the event's type: neither a quota nor `table.warm_throughput` lifts it."
    TABLE_COLD_AT_PEAK "table::cold-at-peak"
        "A new table on demand takes 4,000 write units a second at once, and so does each index; it doubles its former peak \
         within half an hour. The peak of `load` needs more, and a throttled index throttles its table. \
         `table.warm_throughput` makes the table warm from its first minute on. DynamoDB charges once for the units beyond \
         12,000 reads and 4,000 writes, of the table and of each index, what a provisioned unit costs in an hour. Left out, the \
         first deployment takes what `load` needs all the same: this warning says what it costs, so that the spec says it."
    TABLE_INDEX_ATTRIBUTE "table::index-attribute"
        "An index under `table.indexes` names an attribute that no row has, or that cannot be one of its keys. Keys of an \
         index are strings or numbers: the table's own keys, the type, `newer_by`, the attributes under `event.attributes`, and \
         what the processor adds, such as `processed_at`. The data and `event_extra` can be projected but cannot be keys."
    TABLE_INDEX_NAME "table::index-name"
        "The indexes of one table have different names, and `status-timestamp-index` is that of the status index."
    TABLE_TOO_MANY_INDEXES "table::too-many-indexes"
        "DynamoDB takes 20 indexes a table, the status index among them, and 100 attributes that are named under `project`, \
         counted over all indexes of the table. `project: all` names none."
    TABLE_FORGETS_BEFORE_REPLAY "table::forgets-before-replay"
        "The row is what tells a repeated event from a new one. When `table.ttl_days` is not longer than the archive \
         and the dead letters are kept, a replay or a redrive writes rows again that had expired."
    TABLE_NOT_PROTECTED "table::not-protected"
        "A production table is retained when its stack goes, and protected from deletion. Both are the default there."
    ALARMS_EVALUATES_TOO_LONG "alarms::evaluates-too-long"
        "CloudWatch evaluates alarms over one day at most, or seven days where a period has an hour or more."
    ALARMS_NOTIFY_NOBODY "alarms::notify-nobody"
        "`alarms.notify` is empty: alarms change their colour in the console and nobody is told."
    ALARMS_TOO_MANY_ACTIONS "alarms::too-many-actions"
        "CloudWatch takes five actions for one state of an alarm. Each SNS topic under `alarms.notify` is one, and \
         the stack's own topic, which all e-mail addresses share, is another."
    ALARMS_LOSS_UNWATCHED "alarms::loss-unwatched"
        "The alarms on dead letters, on failed deliveries and on the oldest message are the three that show loss. One of \
         them is off."
    ALARMS_AGE_TOO_LATE "alarms::age-too-late"
        "`alarms.oldest_message` should fire at a quarter of `queue.retention_days` or earlier, so that there is time \
         to act before SQS deletes the messages."
    EDITOR_BROKEN_PROTOCOL "editor::broken-protocol"
        "`pipectl lsp` speaks the Language Server Protocol over stdin and stdout, and what came in was not that, or \
         the editor was gone."
    RENDER_BROKEN "render::broken-template"
        "The expanded template is not what the spec says. This is a mistake in pipectl, not in the spec."
    RENDER_CONTRACT "render::contract-unmet"
        "The stack would lose events, or the processor could not run: a template of yours leaves out what is needed, or a \
         resource under `deploy.extra` takes it away. The processor needs the grants of its role (a VPC, a KMS key on the queue and \
         tracing each need more), the variables of its environment, its code, and the statements of the key's policy. An event \
         needs each link on its way: a queue policy that lets the rule send, a dead-letter queue for what cannot be delivered \
         and one for what cannot be stored, the mapping with `ReportBatchItemFailures`, and the table's keys, index and time to \
         live. What another stack has is declared in a template of yours: `{# contract grants: dynamodb:PutItem …; files: \
         bootstrap; delivery: rule-to-queue … #}`; a copy that declares nothing of the processor counts as one of pipectl 0.1.0."
    RENDER_TEMPLATE_ERROR "render::template-error"
        "A template of yours (`deploy.templates`) cannot be expanded: its Jinja syntax is wrong, or it uses a name, \
         filter or template that is not there. Values are always written as JSON, so there is no filter `safe`. \
         `pipectl eject` copies pipectl's own templates, which show what can be used."
    RENDER_OVER_LIMIT "render::over-limit"
        "Templates and resources of yours are expanded by a process of their own, which has 512 MiB of memory, 64 MiB of \
         stack, 5 s of processor time and two minutes in all. Yours took more, or ended it in another way: a loop, a macro or \
         an include repeats itself, a value holds itself, or a text grows without measure. The place is the line after \
         the last one that was written."
    RENDER_NOT_STARTED "render::not-started"
        "Templates and resources of yours are expanded by a process of their own, which is pipectl once more. It could not \
         be started: a limit of processes or of memory, or pipectl's own file is gone or was replaced."
    RENDER_NOT_YAML "render::not-yaml"
        "A template of yours expands to text that is not a CloudFormation template. The place is the line of the \
         template that made the text, or the last one before it."
    RENDER_CLOUDFORMATION_SYNTAX "render::cloudformation-syntax"
        "A stack is put together from what was reviewed. In a template or resource of yours stands something that \
         CloudFormation would fill in from elsewhere: a dynamic reference (`{{resolve:…}}`), which puts a secret into \
         names, tags and logs; a macro; or a function other than `Ref`, `Fn::GetAtt`, `Fn::Sub`, `Fn::Join`, \
         `Fn::Select`, `Fn::Split` and `Fn::FindInMap`. A text that CloudFormation puts together from parts counts as what \
         it can become: a part that only AWS knows may not stand beside `{{`, nor one of a custom resource beside a brace, \
         `}}` or a part of `resolve:`. Or `${…}` stands outside of `Fn::Sub`, where it is plain text."
    RENDER_UNKNOWN_REFERENCE "render::unknown-reference"
        "A template or resource of yours refers to a logical id that the stack does not have. CloudFormation would \
         refuse the stack. `pipectl render` shows the ids there are."
    RENDER_NOT_RESOURCES "render::not-resources"
        "A file under `deploy.extra` holds `Resources` and `Outputs`, as a CloudFormation template does: logical ids of \
         letters and digits, each resource with a `Type`, each output with a `Value`. Parameters, conditions and \
         macros cannot be added."
    RENDER_TAKEN_TWICE "render::taken-twice"
        "Two resources have one logical id, or one physical name, which AWS refuses in the middle of the deploy. To change one \
         of pipectl's own resources, copy its template with `pipectl eject` and name the folder under `deploy.templates`."
    RENDER_MALFORMED "render::malformed-resource"
        "CloudFormation would refuse a template or resource of yours for its form: an attribute that a resource does not have \
         (properties stand under `Properties`), a `Type` that is not `AWS::Service::Resource` or `Custom::Name`, a policy of \
         retention that there is not, an output without a text, a parameter without a value."
    RENDER_CIRCLE "render::circular-reference"
        "Resources refer to each other in a circle, by `Ref`, `Fn::GetAtt`, `Fn::Sub` or `DependsOn`: CloudFormation makes what is \
         referred to first, and refuses a stack in which none can be first. An ARN that is written as a text waits for nothing."
    RENDER_LEFT_OUT "render::left-out"
        "A template of yours replaces `stack.yaml.j2` and does not write `{{ extra.resources }}` or \
         `{{ extra.outputs }}`, so that what the files under `deploy.extra` add would be lost."
    RENDER_UNBOUNDED "render::role-without-boundary"
        "The spec has `deploy.permissions_boundary`, and a role or user of the stack does not carry it. Where a boundary \
         is required, IAM refuses to create one without it, in the middle of the deploy. pipectl's own role carries it; \
         roles in files under `deploy.extra` and in templates of yours need `PermissionsBoundary` too: templates write \
         `{{ permissions_boundary }}`."
    RENDER_TOO_LARGE "render::too-large"
        "CloudFormation takes templates of 1,000,000 bytes, with 500 resources and 200 outputs, at most."
    RENDER_SHUT_OUT "render::shut-out"
        "A rule of your own (`deploy.extra`) sends its events to a queue of the stack whose policy does not allow that rule: \
         EventBridge drops each of them, and only the rule's metrics say so. `bus.rules` makes rules that the policy knows."
    RENDER_OUTDATED "render::outdated-template"
        "A template of yours is a copy of one that pipectl has changed since. It goes on as it is; what pipectl's own \
         does better is not in it."
    RENDER_UNUSED "render::unused-template"
        "A file of the folder under `deploy.templates` has the name of none of pipectl's templates, and none of yours \
         includes it, so it does nothing."
    PREVIEW_NO_DASHBOARD "preview::no-dashboard"
        "A preview was asked for, but the spec says `dashboard: false`."
    PREVIEW_BROKEN "preview::broken"
        "The dashboard's body cannot be drawn. This is a mistake in pipectl, not in the spec."
    PACKAGE_NO_CARGO "package::no-cargo"
        "The processor is built with `cargo`, which was not found."
    PACKAGE_NO_SOURCE "package::no-source"
        "Neither a built processor nor its sources were found."
    PACKAGE_BUILD_FAILED "package::build-failed"
        "`cargo build` of the processor failed; its own messages stand above."
    PACKAGE_WRONG_BINARY "package::wrong-binary"
        "The built `bootstrap` does not run where it is going: another architecture, not an ELF program, or \
         it needs a newer C library than Amazon Linux 2023 has (glibc 2.34)."
    PACKAGE_NO_NOTICES "package::no-notices"
        "Only releases of pipectl hold the licences of the third-party code in them."
    PACKAGE_OTHER_CONTRACT "package::other-contract"
        "The program under `processor.code` was built with another version of `pipectl-processor` than this pipectl \
         works with, or it does not call `run_with`. Nothing was uploaded. A program carries the version of its contract \
         (`pipectl-contract:`), which is read without running it."
    PACKAGE_NOT_HERE "package::not-here"
        "With `processor.code`, events are decided by that program. It cannot run on this machine: it is built for another \
         architecture or system, or it is a zip. Nothing is decided without it."
    LOCAL_UNAVAILABLE "local::unavailable"
        "The local cloud could not be installed or started, or stopped answering."
    LOCAL_NOT_SAVED "local::not-saved"
        "The local cloud saves beside its former state, which stays until each file of the new one is there. On a full disk it \
         lives on and tries again; killed before that, it begins with the former state the next time."
    LOCAL_DAMAGED "local::damaged"
        "The saved state of the local cloud, or its record of what runs, was cut off or changed. It is kept aside, and nothing \
         is started; the same command once more starts without it."
    LOCAL_NOT_OURS "local::not-ours"
        "The folder of the local cloud's state (`PIPECTL_LOCAL_DIR`) has folders of others, or links, under names that pipectl \
         uses. They are neither used nor deleted; `made.json` there lists what pipectl made."
    AWS_NO_CREDENTIALS "aws::no-credentials"
        "No AWS credentials were found, or they have expired. pipectl uses the standard chain: environment, \
         profile (keys, roles with or without an MFA code, `aws login`, `aws sso login`, process), web identity, \
         container and instance role. The message has the innermost reason."
    PERMISSIONS_UNPLACED "permissions::unplaced"
        "ARNs in a policy name the account and the region, and `pipectl permissions` asks nobody for them: they come from \
         `deploy.account` and `deploy.region` in the spec, or from `--account` and `--region`."
    PERMISSIONS_NO_ROLE "permissions::no-service-role"
        "`pipectl permissions --service-role` prints the policy of the role under `deploy.role_arn`, which CloudFormation \
         takes on to make the changes. Without such a role, CloudFormation acts in the caller's name, and \
         all rights are in that one policy."
    AWS_NO_REGION "aws::no-region"
        "No region is known: `deploy.region` is absent and neither flag, environment nor profile gives one."
    AWS_UNREACHABLE "aws::unreachable"
        "The service's endpoint did not answer: no network, a proxy (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`), a certificate \
         of an authority nobody named (`AWS_CA_BUNDLE`), or a wrong `--endpoint-url`."
    AWS_DENIED "aws::denied"
        "The credentials are valid but lack a permission. The message names the action."
    AWS_CALL_FAILED "aws::call-failed"
        "An AWS call was answered with an error. The message carries the service's words."
    INTERRUPTED "command::interrupted"
        "pipectl was asked to end: by Ctrl-C (exit code 130), SIGTERM (143) or the end of its terminal (129; not under `nohup`). \
         What it has started here ends with it, what was begun in AWS goes on. Asked twice, it ends at once."
    GUARD_ARTIFACT_BUCKET "guard::artifact-bucket"
        "A bucket named with `deploy.artifacts.bucket` is never created or configured, only checked: it must exist, belong \
         to the account that is deployed to, be in its region, since Lambda reads code from there only, and keep versions, \
         since a template names the version of the zip that its function runs."
    GUARD_ENDPOINT "guard::endpoint"
        "`--endpoint-url`, `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_<SERVICE>`, or `endpoint_url` in the AWS configuration names \
         an endpoint that is not used: calls are signed and carry data, so that plain `http://` is for this machine only, by \
         `localhost` or its address, and an endpoint has a scheme, a host, a port and a path, and no password."
    GUARD_DEV_LOCAL "guard::dev-local"
        "`pipectl dev` applies what was saved, at each save and without asking, and sends samples. On AWS that would change a \
         pipeline by half-finished edits and send invented events through it, so it works on the local cloud alone. For AWS there \
         are `pipectl plan`, `apply` and `apply --code-only`."
    GUARD_WRONG_ACCOUNT "guard::wrong-account"
        "The credentials belong to another account than `deploy.account`. Nothing was called but `sts:GetCallerIdentity`."
    GUARD_WRONG_REGION "guard::wrong-region"
        "The command line asks for another region than `deploy.region`."
    GUARD_NEEDS_ANSWER "guard::needs-answer"
        "The command asks a question and no terminal can answer it. The help names the flag that does."
    GUARD_DECLINED "guard::declined"
        "The question was answered with no. Nothing was changed."
    GUARD_PRODUCTION "guard::production"
        "The spec says `deploy.production: true`, and what was asked for is not done in production."
    GUARD_LOCAL_ONLY "guard::local-only"
        "`pipectl local ui` shows the local cloud only. Its page can send events and has no password, so it must not act on an AWS \
         account. Leave out `--endpoint-url` and `--profile`. For a pipeline on AWS, use `pipectl status SPEC --watch`."
    GUARD_CODE_ONLY "guard::code-only"
        "`pipectl apply --code-only` gives the deployed function a new program and leaves its settings. That is refused where the \
         two would not fit: another contract between pipectl and the processor, another architecture, or a mapping in a file of \
         the zip that is not the deployed one. Run `pipectl apply`, which changes both in one update."
    GUARD_NAME_TAKEN "guard::name-taken"
        "A resource of this name is there already, and this stack has not made it. The names of dashboards are an \
         account's in all regions together, so a pipeline in a second region of an account needs `names.dashboard`; the \
         one that is deployed keeps its name."
    GUARD_DATA_LOSS "guard::data-loss"
        "The change would replace or remove a resource that holds data. Each such resource must be accepted \
         by its logical id: `--accept data-loss:EventsTable`."
    GUARD_ADOPTION "guard::adoption"
        "A resource of the wanted name exists, and no earlier stack of this spec left it. To take it into the stack must be \
         accepted by its logical id: `--accept adopt:EventsTable`."
    GUARD_DOWNGRADE "guard::downgrade"
        "The stack was applied last by a newer pipectl, which may have added what this one would remove. Use that version, \
         or accept it with `--accept downgrade`."
    GUARD_CONTRACT_BREAK "guard::contract-break"
        "The schema of the detail is to be one that may refuse events which the one applied last accepts: those that the queue, \
         the archive and the dead-letter queue still hold, and those of producers that have not changed. Each break is named: \
         a field is required now, a type is narrower, a value of `enum` is gone. So is a change that pipectl cannot judge. Widen \
         the schema, or accept it with `--accept contract-break`; `event.schema.compatibility: none` asks for no comparison."
    DEADLINE "aws::deadline"
        "A command was not done within its `--deadline`. What it had begun goes on in AWS; the same command takes it up \
         and follows it to its end."
    APPLY_NOT_STARTED "apply::not-started"
        "With several specs each is applied by a process of its own, and this one could not be started: a limit of processes \
         or of memory, or pipectl's own file is gone."
    ADOPT_UNFIT "adopt::unfit"
        "What another stack has cannot be taken over into the spec's. Nothing was deleted."
    PLAN_IMPOSSIBLE "plan::impossible"
        "AWS refuses the change half-way, and rolls back what it had done: a table makes or removes one index an update, \
         and what is replaced needs another name, because the new resource is made before the old one goes."
    PLAN_BUS "plan::bus"
        "The bus under `bus.existing` cannot be used: it is not there, or in another account or region than the stack. A rule is \
         made where its bus is, and CloudFormation would only find out in the middle of the deployment."
    PLAN_KEY "plan::key"
        "A KMS key of yours that the spec names (`encryption`, `queue.encryption`, `queue.undelivered.encryption`) cannot \
         be used now, or its policy lacks a statement. A key without the statement for EventBridge stops every event, \
         without the one for CloudWatch every alarm, and AWS notices neither when the stack is made. \
         `pipectl explain encryption --policy SPEC` prints the statements. Where the caller may not read the key or its \
         policy, the plan says that it was not checked."
    PLAN_NOTHING_KEPT "plan::nothing-kept"
        "`pipectl plan --offline` compares with the template of the last apply that was made here, which is kept \
         under `$XDG_STATE_HOME/pipectl`, else `~/.local/state/pipectl`. There is none, or none that can be read."
    PLAN_DAMAGED "plan::damaged"
        "A saved plan is not what `pipectl plan --out` wrote. It carries a digest over all that it holds, so that \
         nothing but what was reviewed is executed."
    PLAN_STALE "plan::stale"
        "The stack is another than the saved plan was made for: something was deployed, changed or removed since; or \
         another version of pipectl made the plan. What was reviewed would not be what happens."
    STACK_BUSY "stack::busy"
        "CloudFormation works on this stack already. pipectl never starts a second operation on one stack."
    STACK_STUCK "stack::stuck"
        "The stack is in a state that no update can leave, such as `ROLLBACK_COMPLETE` after a failed first creation."
    STACK_MISSING "stack::missing"
        "There is no such stack in this account and region. `pipectl apply` creates it."
    STACK_CHANGE_SET_FAILED "stack::change-set-failed"
        "CloudFormation refused the change set. Nothing was changed."
    STACK_OPERATION_FAILED "stack::operation-failed"
        "A resource failed. The first failure is the cause; what was cancelled after it is not shown."
    STACK_STILL_RUNNING "stack::still-running"
        "pipectl stopped following, the operation goes on at the server. Run the same command again to follow it."
    LOGS_NO_GROUP "logs::no-group"
        "The processor's log group is not there, though the stack is. The stack makes it, so somebody else deleted it, or the \
         creation that makes it still runs. The lines of a deleted log group are lost."
    SEND_INVALID_EVENT "send::invalid-event"
        "The event file is not one JSON object, or exceeds what PutEvents takes (1 MiB)."
    QUERY_NO_TIME "query::no-time"
        "`--since` and `--until` take a span before now (`90s`, `30m`, `1h`, `7d`) or an RFC 3339 instant, or, where \
         `event.sort_key_format` is `text`, any text."
    QUERY_NO_KEY "query::no-key"
        "`--index` names an index of the spec, and `--key` gives a value of its partition key and, after a comma, of its sort \
         key; without `--index` they are those of the table. A number where the key is one; an instant where the sort key is \
         one; a comma within a value is written `\\,`."
    REPLAY_NO_ARCHIVE "replay::no-archive"
        "Only what the bus's archive holds can be replayed, and this stack has none: the spec says `bus.archive: off`, or it was \
         not applied since. An archive holds the events that come from its creation on."
    REPLAY_SPAN "replay::span"
        "`--from` and `--to` are two moments, each a time before now (`2h`, `30m`, `7d`) or an RFC 3339 instant: the first before \
         the second, and neither in the future. What is replayed has its `time` from `--from` on and before `--to`."
    REPLAY_RUNNING "replay::running"
        "Another replay of this archive still runs, and pipectl starts one at a time. Nothing was started. Wait for its end with \
         `pipectl replay SPEC --follow`, or end it with `--cancel`; then run the command again. What it has sent already is in \
         the queue or the table: sent once more, it changes nothing."
    REPLAY_NONE "replay::none"
        "No replay of this archive runs that could be followed."
    REPLAY_FAILED "replay::failed"
        "A replay ended before all of its events were sent. Those that were sent are in the queue or are rows; sent once more, they \
         are duplicates and change nothing."
    TRACE_NOT_FOUND "trace::not-found"
        "No dead letter has this id, and no key leads to a row with it. A row is found by `--key`; without it only where the id is a \
         key of the table or of an index, or by reading the table with `--scan`. A duplicate has no row of its own."
    ESTIMATE_NO_REGION "estimate::no-region"
        "`cost` and `capacity` work with the prices and quotas of one region: that of `deploy.region`, of `--region` or of the \
         environment."
    ESTIMATE_NO_PRICES "estimate::no-prices"
        "pipectl has prices only of regions for which they could be cited. A list of your own, given by `--prices FILE`, has \
         those of any other; docs/cost.md describes it."
    ESTIMATE_PRICE_LIST "estimate::price-list"
        "The list of prices has a key or a value that has no meaning in it. It is YAML or JSON with `version: 1` and, under \
         `regions`, US dollars by the names of items; docs/cost.md lists them."
    ESTIMATE_NOT_MEASURED "estimate::not-measured"
        "CloudWatch has no metrics of the pipeline's queue from the last 30 days: nothing was sent, or this is the local cloud, \
         which has none of queues. Without `--measured` the traffic is that of `load`."
    DLQ_UNKNOWN_REASON "dlq::unknown-reason"
        "`--reason` takes the processor's reason codes, and `storable` for what would become a row now, `stored` for \
         what is one, and `not-checked` for what the table could not be asked about."
    DLQ_STOPPED "dlq::stopped"
        "Ctrl-C came while dead letters were read or moved. Those in hand are given back, or, after a second Ctrl-C, show \
         themselves again when their visibility timeout is over; a message is sent on before it is deleted, so none is lost."
    DLQ_HIDDEN "dlq::hidden"
        "Messages of the dead-letter queue are in someone's hands: a run that was killed, or one that goes on elsewhere, has \
         received and not given them back. They cannot be seen until their visibility timeout is over. pipectl keeps on \
         this machine until when its own runs hid them; of others it cannot know."
    DLQ_NOT_CHECKED "dlq::not-checked"
        "DynamoDB left keys out of its answers to the last attempt, since the table has no capacity to read. Whether the rows of \
         these messages are there is unknown, so they were not sent back."
    DLQ_NOT_FOUND "dlq::not-found"
        "No message of the dead-letter queue has this id: it was sent back or removed meanwhile, or is in the other queue \
         (`--undelivered`). Ids are those that `dlq list` shows."
    DLQ_NO_EDITOR "dlq::no-editor"
        "`dlq edit` opens a message in the editor that `VISUAL` or `EDITOR` names, such as `EDITOR=vi`, at a terminal or not. \
         `--set PATH=VALUE` changes messages without an editor."
    DLQ_INVALID_EDIT "dlq::invalid-edit"
        "The change cannot be made to this message: it is not JSON, the path does not lead to a place in it, or the change \
         would give the event another id."
    DLQ_REFUSED_AGAIN "dlq::refused-again"
        "The processor would refuse these messages once more, so they stay in the dead-letter queue. `--force` sends them all \
         the same."
    DLQ_INVALID_LINE "dlq::invalid-line"
        "A line of the file is not a message as `dlq export` and `dlq purge --save` write them. The lines before it are in the \
         queue."
    USAGE_WRONG "usage::wrong"
        "The command line is not one that pipectl takes: an unknown command or flag, a value that a flag does not take, or \
         something that is missing. Nothing was done. `pipectl COMMAND --help` shows what a command takes. The exit code is 64."
    VERIFY_BROKEN "verify::broken"
        "A hop of the deployed pipeline is not as its template says, or a canary event did not become a row. The exit code is 6. \
         What is broken is named with what repairs it; `docs/verify.md` says what is looked at."
    SEND_INCOMPLETE "send::incomplete"
        "Not every event sent has become a row: some died in a dead-letter queue, were refused by the bus, or \
         were not seen within the time given."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_well_formed() {
        for (index, code) in CODES.iter().enumerate() {
            assert!(CODES[index + 1..].iter().all(|other| other.name != code.name), "{code} stands twice");
            let (room, what) = code.name.split_once("::").expect("a room and a name");
            let well_formed =
                |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            assert!(well_formed(room) && well_formed(what), "{code}");
            assert!(code.explanation.len() > 40, "{code} is not explained");
        }
    }
}
