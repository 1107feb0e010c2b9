//! Every code of a diagnostic, with the text that `pipectl explain CODE` prints.
//!
//! Codes are stable: scripts filter on them. `<module>::<what-is-wrong>`.

use super::named::Code;

impl Code {
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        CODES.iter().copied().find(|code| code.name == name)
    }
}

macro_rules! table {
    ($($constant:ident $name:literal $explanation:literal)*) => {
        /// The constants that stages use; each is also in [`CODES`].
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
        "The file does not exist, is a folder, a device or a pipe without data, or its permissions forbid reading. A link is followed only to a YAML or JSON file below the spec's folder or in its repository, and only through names without a leading dot, so that an untrusted branch cannot print other files. A pipe is read only if the command line names it, and for at most 5 s without data."
    SOURCE_UNWRITABLE "source::unwritable"
        "A file could not be written. pipectl creates a new file in the same folder and then replaces the old one, so the folder must allow new files and the disk must have space for both. If that fails, the old file is unchanged. A saved plan, a zip, a dashboard preview and the file of `pipectl dlq purge --save` replace only a file of the same kind. Devices, pipes and folders are refused. `pipectl render --dashboard-preview` creates no folders and writes only HTML files."
    SOURCE_NOT_UTF8 "source::not-utf8"
        "A spec is UTF-8 text. The location is the first invalid byte. Save the file as UTF-8 without a byte order mark."
    SOURCE_TOO_LARGE "source::too-large"
        "A spec may have at most 1 MiB, 10,000 values, 32 levels and 100 aliases. Real specs have two or three kilobytes. With these limits a hostile file costs only a few milliseconds."
    SOURCE_EMPTY "source::empty"
        "The file is empty. A spec needs at least `version`, `name`, `environment` and `bus.pattern`."
    SOURCE_SYNTAX "source::syntax"
        "The text is not YAML 1.2. The location is where parsing failed; the mistake is often one line above: a missing colon, wrong indentation, or an open quote."
    SOURCE_DUPLICATE_KEY "source::duplicate-key"
        "A key appears twice in one map. YAML parsers differ in which value they use, so pipectl uses neither."
    SOURCE_UNSUPPORTED "source::unsupported"
        "Tags (`!Ref`), merge keys (`<<`), several documents in one file and keys that are not text are valid YAML, but not allowed in a spec."
    SOURCE_EXTENDS "source::extends"
        "`extends` names another spec in the same folder or below it, whose values this one overlays: maps \
         key by key, lists as a whole. Its name ends in `.yaml`, `.yml` or `.json`, and no name in its path begins with a dot. A chain can have at most 8 files and must not contain a file twice."
    SPEC_UNKNOWN_KEY "spec::unknown-key"
        "The key is unknown here. Unknown keys are errors, because a silently ignored `ttl_day` would mean that rows never expire."
    SPEC_MISSING_KEY "spec::missing-key"
        "A required key is missing. Only `version`, `name`, `environment` and `bus.pattern` must be \
         given; everything else has a default."
    SPEC_WRONG_TYPE "spec::wrong-type"
        "The value has the wrong type for this field. The unit is part of the field's name, so write numbers without a unit. An account id is a string and needs quotes, because `012345678901` would be read as a number."
    SPEC_OUT_OF_RANGE "spec::out-of-range"
        "The number, string or list is outside the limits of the AWS service."
    SPEC_UNKNOWN_VALUE "spec::unknown-value"
        "The field takes one of a fixed set of values, but this is another value."
    SPEC_WRONG_FORM "spec::wrong-form"
        "The string does not have the format of this field: names are lowercase letters, digits and hyphens, \
         ARNs begin with `arn:`, account ids are twelve digits."
    SPEC_UNSUPPORTED_VERSION "spec::unsupported-version"
        "`version` says which spec language the file is written in. This pipectl reads version 1."
    SPEC_OTHER_PIPECTL "spec::other-pipectl"
        "`pipectl` says which versions of pipectl may read the spec, as Cargo compares them: `>=0.3`, `>=0.3, <0.5`, `0.3` for \
         every 0.3.x. This version is not one of them. The rest of the spec is not checked, because it may use features of another version. A pre-release such as `0.4.0-rc.1` counts as its release."
    SPEC_NAME_TOO_LONG "spec::name-too-long"
        "A resource's full name, with environment and suffix, is longer than its AWS service allows."
    SPEC_NAME_TAKEN_TWICE "spec::name-taken-twice"
        "Two queues, alarms or exports of the pipeline would have one name. A queue that is its own dead-letter queue moves a failing message to itself until it expires; two alarms with one name overwrite each other."
    SPEC_NAME_SHARED "spec::name-shared"
        "Two specs that are checked together give the same name to two resources of one account. Most names are unique in one account and region. Names of dashboards and roles are unique in an account across all regions, so one spec for two regions needs `names.dashboard` in one of them. Specs are not compared if they name different accounts, or if only one names its account or region. Two specs with one stack name undo each other's changes."
    SPEC_CLOUDFORMATION_SYNTAX "spec::cloudformation-syntax"
        "CloudFormation reads some text as its own language: `{{resolve:…}}` is replaced by a secret's value, which would then appear in names, tags and logs; `${…}` by a variable; a map with the key `Ref`, `Condition` or `Fn::…` by the result of the function. A spec contains only plain values, so that what was reviewed is what is deployed."
    DEPLOY_CANARY_UNWATCHED "deploy::canary-unwatched"
        "With `deploy.rollout: {canary: …}` CloudFormation rolls back if one of these alarms is in ALARM: `processor_errors`, `processor_throttles`, `dead_letters` or `conflicts`. With all of them off nothing is watched, and the canary only slows down the rollout."
    DEPLOY_ELSEWHERE "deploy::elsewhere"
        "SQS needs a key in its own region, CloudWatch alarms need topics in their own region, and CloudFormation can assume only roles in its own account. An ARN from another region or account fails in the middle of a deploy."
    DEPLOY_UNUSABLE_FILE "deploy::unusable-file"
        "A folder under `deploy.templates` or a file under `deploy.extra` cannot be used: it does not exist, has another file type, or is outside the spec's folder. Specs are often checked on untrusted branches, so nothing outside the folder is read."
    DEPLOY_NOT_PINNED "deploy::not-pinned"
        "A production spec names `deploy.account` and `deploy.region`. Without them the stack is deployed to whatever account the caller's profile selects, which may be the wrong one."
    LOAD_PEAK_BELOW_AVERAGE "load::peak-below-average"
        "`load.peak_events_per_second` is less than `load.events_per_day` spread over a day. Capacity and alarms are checked against the peak, so too small a peak hides throttling."
    LOAD_OVER_REGION "load::over-region"
        "The peak is more than EventBridge takes in the region: `PutEvents` has a quota of requests a second for all buses of the account together. Requests above it are throttled, and the sender must send them again. A second quota limits what all rules send to their targets; above it events are late. AWS raises both on request, free of charge; state a raised quota under `deploy.quotas`. One request can have ten events. The defaults are as of 28 November 2026; `pipectl plan` reads the account's own concurrency."
    LOAD_OVER_CONCURRENCY "load::over-account-concurrency"
        "The processor may run more invocations at once than the account can: all functions of an account share the quota \
         \"Concurrent executions\" in a region, 1,000 by default and less in a new account. Invocations above it are throttled. Each throttle counts as a receive, and after `max_receive_count` receives valid messages become dead letters. Other functions of the account are throttled too. Lambda always leaves 100 unreserved for other functions. AWS raises the quota on request, free of charge; state a raised quota under `deploy.quotas`."
    LOAD_EVENTS_TOO_LARGE "load::events-too-large"
        "EventBridge and SQS carry events of up to 1 MiB, but a DynamoDB row has at most 400 KB, names included. Larger events become dead letters, and here the average event is larger."
    QUEUE_VISIBILITY_TOO_SHORT "queue::visibility-too-short"
        "While the processor works on a message, the queue hides it for `queue.visibility_timeout_seconds`. \
         Lambda refuses a visibility timeout that is shorter than the function's timeout. It advises six times the timeout plus the batching window. Below that, a throttled batch becomes visible again while it is still being retried, and the same message is processed twice at once."
    QUEUE_TOO_FEW_RECEIVES "queue::too-few-receives"
        "SQS moves a message to the dead-letter queue after `queue.dead_letter.max_receive_count` receives. An invocation that \
         Lambda throttles counts as one, although the processor never received the message. Lambda's documentation advises at least 5. If left out, the count is what valid events need to survive an outage of 12 hours."
    QUEUE_EXPIRES_WHILE_RETRIED "queue::expires-while-retried"
        "A failing message is received `max_receive_count` times, a visibility timeout apart. When that takes longer than \
         `queue.retention_days`, SQS deletes the message before it can become a dead letter: it is lost silently."
    QUEUE_DEAD_LETTERS_EXPIRE_FIRST "queue::dead-letters-expire-first"
        "A message keeps its first enqueue time when SQS moves it to the dead-letter queue. If the dead-letter queue's retention is not longer than the queue's, a message that fails late is deleted on arrival, before anyone can look at it. SQS retains messages for 14 days at most, so the queue's retention can be 13."
    SLO_TOO_SHORT "slo::too-short"
        "`slo.stored_within_seconds` must be at least 5 s longer than `processor.batch.window_seconds`. Lambda gathers messages \
         for that window before it starts an invocation: with little traffic, each event waits for all of it. The bus and the write take time as well. With a shorter time, events are late although nothing is wrong, and the error-budget alarms fire."
    PROCESSOR_BATCH_WITHOUT_WINDOW "processor::batch-without-window"
        "Lambda fills batches of more than 10 messages only while it waits: a batch size over 10 needs a \
         batching window of at least 1 second, or the event source mapping is refused."
    PROCESSOR_BATCH_OVER_PAYLOAD "processor::batch-over-payload"
        "One invocation takes at most 6 MB, with about 1 KB that SQS and Lambda add to each message. Lambda silently truncates larger batches, so `processor.batch.size` would never be reached."
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
        "`processor.reserved_concurrency` is also the most the function gets. If the queue can cause more invocations (`max_concurrency`, or ten for each poller), the others are throttled. Each throttle counts as a receive, and after `max_receive_count` receives valid messages become dead letters."
    PROCESSOR_FEW_RESERVED "processor::few-reserved"
        "The queue's pollers start with five concurrent invocations. With fewer reserved, some are throttled from the \
         first minute, and each throttle counts as a receive. `max_concurrency` makes the pollers start fewer invocations."
    PROCESSOR_SWITCHED_OFF "processor::switched-off"
        "A reserved concurrency of 0 stops the function: messages wait until the queue's retention deletes them."
    PROCESSOR_UNUSABLE_CODE "processor::unusable-code"
        "What `processor.code` names cannot be code of your own: it does not exist, leads out of the spec's folder, is a folder without a Cargo package that has a program, or a file that is neither a program for Linux nor a zip. Checking a spec only looks at it. Building it shows whether it compiles, and packing it whether it fits the function."
    BUS_WRONG_PATTERN "bus::wrong-pattern"
        "`bus.pattern` is not a valid EventBridge pattern, or no event can match it. A pattern is a map \
         whose leaves are lists of alternatives: plain values, or one of the operators `prefix`, `suffix`, \
         `equals-ignore-case`, `wildcard`, `anything-but`, `numeric`, `cidr` and `exists`; `$or` takes a list of maps. \
         Its top-level keys are those of an event: `source`, `detail-type`, `detail`, `account`, `region`, \
         `resources`, `time`, `id` and `version`. It may have 2,048 characters, and 4,096 where AWS has raised the \
         quota. The same holds for the patterns of `bus.rules`, and for the archive's, which covers all of them."
    BUS_OPERATOR_AS_TEXT "bus::operator-as-text"
        "A value of the pattern is an operator in quotes, such as `'{\"prefix\": \"a\"}'`. EventBridge compares with that literal string, which no sender sends. Such values are often copied from templates of other tools, which write patterns as JSON text. Remove the quotes."
    BUS_PATTERN_OVER_QUOTA "bus::pattern-over-quota"
        "A pattern may have 2,048 characters as compact JSON, unless AWS has raised the account's quota \"Event pattern \
         size\" in this region; EventBridge refuses a longer one. State a raised quota under `deploy.quotas`."
    BUS_NAMED_AND_EXISTING "bus::named-and-existing"
        "With `bus.existing` the stack uses an existing bus and creates none. `names.bus` names the bus that the stack creates. Use only one of the two."
    BUS_WRONG_PRODUCER "bus::wrong-producer"
        "A producer under `bus.producers` is an account by its twelve digits in quotes, an organization by its id \
         (`{organization: o-…}`), or an organizational unit by its whole path (`{organizational_unit: o-…/r-…/ou-…/*}`)."
    BUS_PATTERN_TOO_BROAD "bus::pattern-too-broad"
        "The pattern names neither `source` nor `detail-type`, so events of any sender on the bus reach the queue, and those of another format become dead letters."
    BUS_PATTERN_COMPLEX "bus::pattern-complex"
        "The wildcards of one field are as complex as EventBridge allows. It counts in how many states its matching machine can be at once: every `*` adds one, and repeated characters after a `*` add more. More than 10 are an error (`bus::wrong-pattern`): AWS answers `Rule is \
         too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard \
         character`, and rolls the deployment back."
    BUS_UNREADABLE_SAMPLE "bus::unreadable-sample"
        "A file under `bus.samples` cannot be used: it does not exist, is outside the spec's folder, is not one JSON object, or lacks `source`, `detail-type` or `detail`."
    BUS_SAMPLE_NOT_MATCHED "bus::sample-not-matched"
        "An event under `bus.samples.match` matches neither `bus.pattern` nor one of `bus.rules`, or one under a rule's own \
         `samples.match` does not match that rule: EventBridge would silently drop it. The message names the first field that does not match; `pipectl test` shows all samples."
    BUS_SAMPLE_NOT_IGNORED "bus::sample-not-ignored"
        "An event under `bus.samples.ignore` matches `bus.pattern` or one of `bus.rules`, or one under a rule's own \
         `samples.ignore` matches that rule: it would reach the queue."
    BUS_SAMPLE_REFUSED "bus::sample-refused"
        "An event under `bus.samples.match` would reach the processor, which would reject it, and become a dead letter. The same code decides here and in the Lambda."
    EVENT_SAME_FIELD "event::same-field"
        "Two fields under `event` write one attribute of the row. Each needs its own attribute, and the two keys of a table must be different."
    EVENT_FIELD_TAKEN "event::field-taken"
        "A field of the event would be stored under the name of an attribute that the processor writes itself, such \
         as the time to live or the content's hash."
    EVENT_PATH "event::path"
        "A path under `event` is not valid, or leads to a value that the processor does not receive. A path begins with `$`, the event as EventBridge delivers it: `$.detail.order.id`, `$.detail['order-id']`, `$.detail.items[0].sku`, `$.time`. Write a name of letters, digits and `_` after a dot, any other name in brackets and single quotes; `[0]` is the first \
         item of a list, and `[*]`, all items, is for `event.drop` alone. With `bus.input: detail` the processor receives \
         nothing but `$.detail`."
    EVENT_FORMAT "event::format"
        "A value under `event` cannot be stored in its format: several joined values are a string, never a number, and the data has no format."
    EVENT_DROPPED "event::dropped"
        "A path under `event.drop` is used by a key, the type, an attribute or the identity, or is not a field of the event. Dropped values are never stored, hashed or logged."
    EVENT_NEWER "event::newer"
        "`on_conflict: replace_if_newer` replaces a row by the row of a newer event, and `newer_by` says which value decides what is newer. Each needs the other."
    EVENT_ENVELOPE "event::envelope"
        "A path under `event` reads EventBridge's envelope where a field of the detail was meant, or the reverse. The sender's fields are below `$.detail`; beside it EventBridge adds `version`, `id`, `detail-type`, `source`, `account`, \
         `time`, `region` and `resources`, and nothing else. A path to any other field of the envelope is an error, because no event has it. Two paths are warnings: one into `detail` that only the envelope has, and `$.version`, which is `0` in every event."
    EVENT_UNSEEN_PATH "event::unseen-path"
        "A path that the spec writes under `event` is in none of the events of `bus.samples.match` and `tests`. If the path is wrong, a key makes every event a dead letter, an attribute is always absent, and `drop` removes nothing. Fix the path, or add one event that has the value."
    EVENT_ONE_ROW "event::one-row"
        "`sort_key: none` creates a table with only a partition key: one row for each key. A second event with the same key is stored only with `on_conflict: replace_if_newer`. Otherwise it becomes a dead letter, or with `keep_first` it is acknowledged and not stored."
    EVENT_NEWER_EXPIRES "event::newer-expires"
        "With `on_conflict: replace_if_newer` the table holds the newest row of each key. `table.ttl_days` deletes that row a number of days after its event, although it is the current state. A replayed older event is then stored as if it were new."
    EVENT_FORMER_FORMAT "event::former-format"
        "`event.sort_key_format` is the earlier form of `format` under `event.sort_key`. It still works, and `pipectl validate --fix` rewrites it. This warning is not an error in production."
    TESTS_UNREADABLE "tests::unreadable-event"
        "The file of a test's `event` cannot be used: it does not exist, is outside the spec's folder, is not one JSON object, or lacks `source`, `detail-type` or `detail`."
    TESTS_EXPECTATION "tests::expectation"
        "One of the `tests` has an expectation that cannot be checked. A test expects exactly one thing: `row`, attributes with their values; `dead_letter`, \
         the code of the reason; or `ignored: true`, that the pattern does not match. A row's `processed_at`, `queued_at`, \
         `expires_at`, `retry_count` and `message_id` differ at each delivery."
    TESTS_FAILED "tests::failed"
        "An event under `tests` does not become what its test expects. The same code decides here and in the Lambda. `pipectl test` shows all tests, with the expected and the actual value of each attribute."
    EVENT_SCHEMA "event::schema"
        "The file under `event.schema` cannot be used: it is not JSON or not a JSON Schema, or the processor cannot check it \
         exactly and in bounded time. It takes drafts 2020-12, 2019-09, 7 and 6, up to 256 KiB, 100 patterns and a chain of 32 schemas for one value; references only within the document; patterns without look-around and back-references; numbers of up to 38 digits. `format` is not checked."
    EVENT_NOT_IN_SCHEMA "event::not-in-schema"
        "A path under `event` leads to a value that no valid event can have, because the schema closes an object on the path (`additionalProperties: false`) or says that it is not an object. The attribute would never be stored, or every event would be \
         a dead letter."
    TABLE_INDEX_TOO_HOT "table::index-too-hot"
        "All rows of one processing status share one partition key of the index, unless `table.status_index.shards` \
         spreads them. One partition key takes 1,000 write units a second at most; plan with half of that. A throttled index throttles its table. The same limit applies to a key of the table or of another index with few values, such as the event's type: neither a quota nor `table.warm_throughput` raises it."
    TABLE_COLD_AT_PEAK "table::cold-at-peak"
        "A new on-demand table takes 4,000 write units a second, and so does each index; it can double its previous peak within half an hour. The peak of `load` needs more, and a throttled index throttles its table. `table.warm_throughput` sets the capacity from the first minute on. DynamoDB charges once for the units above 12,000 reads and 4,000 writes, for the table and for each index: the hourly price of a provisioned unit. If left out, the first deployment still sets what `load` needs; this warning shows the cost, so that you state it in the spec."
    TABLE_INDEX_ATTRIBUTE "table::index-attribute"
        "An index under `table.indexes` names an attribute that no row has, or that cannot be a key. Keys of an \
         index are strings or numbers: the table's own keys, the type, `newer_by`, the attributes under `event.attributes`, and \
         what the processor adds, such as `processed_at`. The data and `event_extra` can be projected but cannot be keys."
    TABLE_INDEX_NAME "table::index-name"
        "Each index of a table needs a different name. `status-timestamp-index` is the name of the status index."
    TABLE_TOO_MANY_INDEXES "table::too-many-indexes"
        "DynamoDB allows 20 indexes per table, including the status index, and 100 attributes under `project` over all indexes of the table. `project: all` counts as none."
    TABLE_FORGETS_BEFORE_REPLAY "table::forgets-before-replay"
        "pipectl recognizes a repeated event by its row. If `table.ttl_days` is not longer than the retention of the archive and of dead letters, a replay or redrive writes expired rows again."
    TABLE_NOT_PROTECTED "table::not-protected"
        "A production table is retained when its stack is deleted, and is protected from deletion. Both are the default in production."
    ALARMS_EVALUATES_TOO_LONG "alarms::evaluates-too-long"
        "CloudWatch evaluates alarms over one day at most, or seven days where a period has an hour or more."
    ALARMS_NOTIFY_NOBODY "alarms::notify-nobody"
        "`alarms.notify` is empty: alarms change state in the console, but nobody is notified."
    ALARMS_TOO_MANY_ACTIONS "alarms::too-many-actions"
        "CloudWatch allows five actions per alarm state. Each SNS topic under `alarms.notify` is one, and the stack's own topic, which all e-mail addresses share, is another."
    ALARMS_LOSS_UNWATCHED "alarms::loss-unwatched"
        "The alarms on dead letters, on failed deliveries and on the oldest message are the three that show loss. One of \
         them is off."
    ALARMS_AGE_TOO_LATE "alarms::age-too-late"
        "`alarms.oldest_message` should fire at a quarter of `queue.retention_days` or earlier, so that there is time \
         to act before SQS deletes the messages."
    EDITOR_BROKEN_PROTOCOL "editor::broken-protocol"
        "`pipectl lsp` speaks the Language Server Protocol over stdin and stdout, but the input was something else, or the editor closed the connection."
    RENDER_BROKEN "render::broken-template"
        "The expanded template does not match the spec. This is a bug in pipectl, not in the spec."
    RENDER_CONTRACT "render::contract-unmet"
        "The stack would lose events, or the processor could not run: one of your templates omits something required, or a resource under `deploy.extra` disables it. The processor needs the grants of its role (a VPC, a KMS key on the queue and \
         tracing each need more), the variables of its environment, its code, and the statements of the key's policy. An event needs each link on its path: a queue policy that lets the rule send, a dead-letter queue for what cannot be delivered \
         and one for what cannot be stored, the mapping with `ReportBatchItemFailures`, and the table's keys, index and time to \
         live. If another stack has one of these, declare it in your template: `{# contract grants: dynamodb:PutItem …; files: \
         bootstrap; delivery: rule-to-queue … #}`; a copy without any declaration of the processor counts as a copy from pipectl 0.1.0."
    RENDER_TEMPLATE_ERROR "render::template-error"
        "One of your templates (`deploy.templates`) cannot be expanded: its Jinja syntax is wrong, or it uses a name, filter or template that does not exist. Values are always written as JSON, so there is no filter `safe`. \
         `pipectl eject` copies pipectl's own templates, which show what can be used."
    RENDER_OVER_LIMIT "render::over-limit"
        "Your templates and resources are expanded in a separate process, limited to 512 MiB of memory, 64 MiB of stack, 5 s of CPU time and two minutes in all. They exceeded a limit or crashed the process: a loop, macro or include repeats without end, a value contains itself, or a string grows without limit. The location is the line after the last output."
    RENDER_NOT_STARTED "render::not-started"
        "Your templates and resources are expanded in a second pipectl process. It could not be started: a limit on processes or memory was reached, or the pipectl executable was deleted or replaced."
    RENDER_NOT_YAML "render::not-yaml"
        "One of your templates expands to text that is not a CloudFormation template. The location is the line of the template that produced the text, or the last line before it."
    RENDER_CLOUDFORMATION_SYNTAX "render::cloudformation-syntax"
        "The stack may contain only what was reviewed. One of your templates or resources contains something that CloudFormation would fill in from elsewhere: a dynamic reference (`{{resolve:…}}`), which puts a secret into \
         names, tags and logs; a macro; or a function other than `Ref`, `Fn::GetAtt`, `Fn::Sub`, `Fn::Join`, \
         `Fn::Select`, `Fn::Split` and `Fn::FindInMap`. A string that CloudFormation joins from parts counts as everything it can become: a part that only AWS knows must not be next to `{{`, and a part from a custom resource not next to a brace, `}}` or a part of `resolve:`. `${…}` outside of `Fn::Sub` is also refused, because there it is plain text."
    RENDER_UNKNOWN_REFERENCE "render::unknown-reference"
        "One of your templates or resources refers to a logical id that is not in the stack. CloudFormation would refuse the stack. `pipectl render` shows the existing ids."
    RENDER_NOT_RESOURCES "render::not-resources"
        "A file under `deploy.extra` contains `Resources` and `Outputs`, as a CloudFormation template does: logical ids of \
         letters and digits, each resource with a `Type`, each output with a `Value`. Parameters, conditions and \
         macros cannot be added."
    RENDER_TAKEN_TWICE "render::taken-twice"
        "Two resources have one logical id, or one physical name, which AWS refuses in the middle of the deploy. To change one \
         of pipectl's own resources, copy its template with `pipectl eject` and name the folder under `deploy.templates`."
    RENDER_MALFORMED "render::malformed-resource"
        "CloudFormation would refuse one of your templates or resources: an unknown attribute of a resource (properties belong under `Properties`), a `Type` that is not `AWS::Service::Resource` or `Custom::Name`, an unknown deletion policy, an output without a string value, or a parameter without a value."
    RENDER_CIRCLE "render::circular-reference"
        "Resources have a circular reference through `Ref`, `Fn::GetAtt`, `Fn::Sub` or `DependsOn`. CloudFormation creates a referenced resource first, and refuses a stack in which none can be first. An ARN written as a string is not a reference."
    RENDER_LEFT_OUT "render::left-out"
        "Your template replaces `stack.yaml.j2` but does not write `{{ extra.resources }}` or `{{ extra.outputs }}`, so the resources and outputs under `deploy.extra` would be lost."
    RENDER_UNBOUNDED "render::role-without-boundary"
        "The spec has `deploy.permissions_boundary`, but a role or user of the stack does not have it. If the account requires a boundary, IAM refuses to create the role in the middle of the deploy. pipectl's own role has it; roles in files under `deploy.extra` and in your templates need `PermissionsBoundary` too: templates write \
         `{{ permissions_boundary }}`."
    RENDER_TOO_LARGE "render::too-large"
        "A CloudFormation template can have at most 1,000,000 bytes, 500 resources and 200 outputs."
    RENDER_SHUT_OUT "render::shut-out"
        "One of your rules (`deploy.extra`) sends events to a queue of the stack, but the queue's policy does not allow that rule. EventBridge drops each event, and only the rule's metrics show it. Rules under `bus.rules` are allowed automatically."
    RENDER_OUTDATED "render::outdated-template"
        "Your template is a copy of one that pipectl has changed since. It still works, but lacks pipectl's changes."
    RENDER_UNUSED "render::unused-template"
        "A file of the folder under `deploy.templates` does not have the name of a pipectl template, and none of your templates includes it, so it has no effect."
    PREVIEW_NO_DASHBOARD "preview::no-dashboard"
        "A preview was requested, but the spec says `dashboard: false`."
    PREVIEW_BROKEN "preview::broken"
        "The dashboard's body cannot be drawn. This is a bug in pipectl, not in the spec."
    PACKAGE_NO_CARGO "package::no-cargo"
        "The processor is built with `cargo`, which was not found."
    PACKAGE_NO_SOURCE "package::no-source"
        "Neither a built processor nor its sources were found."
    PACKAGE_BUILD_FAILED "package::build-failed"
        "`cargo build` of the processor failed; its messages are above."
    PACKAGE_WRONG_BINARY "package::wrong-binary"
        "The built `bootstrap` cannot run on the function: another architecture, not an ELF program, or \
         it needs a newer C library than Amazon Linux 2023 has (glibc 2.34)."
    PACKAGE_NO_NOTICES "package::no-notices"
        "Only releases of pipectl hold the licences of the third-party code in them."
    PACKAGE_OTHER_CONTRACT "package::other-contract"
        "The program under `processor.code` was built with another version of `pipectl-processor` than this pipectl \
         works with, or it does not call `run_with`. Or the program that `PIPECTL_PROCESSOR` names is of another version of pipectl, \
         or not a processor of pipectl. Nothing was uploaded: the function could not read its settings. A program carries the version \
         of its contract (`pipectl-contract:`), which is read without running it."
    PACKAGE_NOT_HERE "package::not-here"
        "With `processor.code`, events are decided by that program. It cannot run on this machine: it is built for another \
         architecture or system, or it is a zip. Nothing is decided without it."
    LOCAL_UNAVAILABLE "local::unavailable"
        "The local cloud could not be installed or started, or stopped answering."
    LOCAL_NOT_SAVED "local::not-saved"
        "The local cloud could not save its state. It retains the former state until every file of the new one is written. On a full disk it keeps running and tries again; if it is killed before that, it starts with the former state next time."
    LOCAL_DAMAGED "local::damaged"
        "The saved state of the local cloud, or its record of what runs, was cut off or changed. It was moved aside, and nothing was started; run the same command again to start without it."
    LOCAL_NOT_OURS "local::not-ours"
        "The folder of the local cloud's state (`PIPECTL_LOCAL_DIR`) contains folders or links that pipectl did not create, under names that it uses. It neither uses nor deletes them; `made.json` there lists what pipectl created."
    AWS_NO_CREDENTIALS "aws::no-credentials"
        "No AWS credentials were found, or they have expired. pipectl uses the standard chain: environment, \
         profile (keys, roles with or without an MFA code, `aws login`, `aws sso login`, process), web identity, \
         container and instance role. The message shows the root cause."
    PERMISSIONS_UNPLACED "permissions::unplaced"
        "ARNs in a policy contain the account and the region, and `pipectl permissions` works offline: they come from \
         `deploy.account` and `deploy.region` in the spec, or from `--account` and `--region`."
    PERMISSIONS_NO_ROLE "permissions::no-service-role"
        "`pipectl permissions --service-role` prints the policy of the role under `deploy.role_arn`, which CloudFormation assumes to make the changes. Without such a role, CloudFormation uses the caller's permissions, and one policy has all of them."
    AWS_NO_REGION "aws::no-region"
        "No region is known: `deploy.region` is absent, and neither a flag, the environment nor the profile sets one."
    AWS_UNREACHABLE "aws::unreachable"
        "The service's endpoint did not answer: no network, a proxy (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`), a certificate of an unknown authority (`AWS_CA_BUNDLE`), or a wrong `--endpoint-url`."
    AWS_DENIED "aws::denied"
        "The credentials are valid but lack a permission. The message names the action."
    AWS_CALL_FAILED "aws::call-failed"
        "An AWS call returned an error. The message quotes the service."
    INTERRUPTED "command::interrupted"
        "pipectl was asked to end: by Ctrl-C (exit code 130), SIGTERM (143) or the end of its terminal (129; not under `nohup`). \
         Its own processes end with it; operations in AWS continue. Asked twice, it ends at once."
    GUARD_ARTIFACT_BUCKET "guard::artifact-bucket"
        "A bucket named with `deploy.artifacts.bucket` is never created or configured, only checked: it must exist and belong to the deployed account. It must be in the same region, because Lambda reads code only from there. It must have versioning, because a template names the version of the zip."
    GUARD_ENDPOINT "guard::endpoint"
        "`--endpoint-url`, `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_<SERVICE>`, or `endpoint_url` in the AWS configuration names an endpoint that pipectl refuses. Calls are signed and carry data, so plain `http://` is allowed only for this machine (`localhost` or its address). An endpoint consists of scheme, host, port and path, without a password."
    GUARD_DEV_LOCAL "guard::dev-local"
        "`pipectl dev` applies the spec at each save without asking, and sends samples. On AWS that would deploy half-finished edits and send sample events through the pipeline, so it works only on the local cloud. For AWS use `pipectl plan`, `apply` and `apply --code-only`."
    GUARD_WRONG_ACCOUNT "guard::wrong-account"
        "The credentials belong to another account than `deploy.account`. Only `sts:GetCallerIdentity` was called."
    GUARD_WRONG_REGION "guard::wrong-region"
        "The command line names a different region than `deploy.region`."
    GUARD_NEEDS_ANSWER "guard::needs-answer"
        "The command asks a question, but there is no terminal to answer it. The help names the flag that answers it."
    GUARD_DECLINED "guard::declined"
        "The question was answered with no. Nothing was changed."
    GUARD_PRODUCTION "guard::production"
        "The spec says `deploy.production: true`, and this is not allowed in production."
    GUARD_LOCAL_ONLY "guard::local-only"
        "`pipectl local ui` shows the local cloud only. Its page can send events and has no password, so it must not act on an AWS \
         account. Leave out `--endpoint-url` and `--profile`. For a pipeline on AWS, use `pipectl status SPEC --watch`."
    GUARD_CODE_ONLY "guard::code-only"
        "`pipectl apply --code-only` gives the deployed function new code and leaves its settings unchanged. It is refused if the two would not fit: another contract between pipectl and the processor, another architecture, or a mapping in a file of \
         the zip that is not the deployed one. Run `pipectl apply`, which changes both in one update."
    GUARD_NAME_TAKEN "guard::name-taken"
        "A resource with this name already exists, and this stack did not create it. Names of dashboards are unique in an account across all regions, so a pipeline in a second region needs `names.dashboard`. A deployed pipeline can keep its name."
    GUARD_DATA_LOSS "guard::data-loss"
        "The change would replace or delete a resource that contains data. Each such resource must be accepted \
         by its logical id: `--accept data-loss:EventsTable`."
    GUARD_ADOPTION "guard::adoption"
        "A resource with this name exists, and no earlier stack of this spec left it. Accept that the stack adopts it, by its logical id: `--accept adopt:EventsTable`."
    GUARD_DOWNGRADE "guard::downgrade"
        "The stack was applied last by a newer pipectl, which may have added resources that this version would remove. Use that version, or accept the risk with `--accept downgrade`."
    GUARD_CONTRACT_BREAK "guard::contract-break"
        "The new schema of the detail may reject events that the deployed schema accepts: events still in the queue, the archive and the dead-letter queue, and events of producers that have not changed. The message names each break: a field is now required, a type is narrower, a value of `enum` was removed. It also names changes that pipectl cannot check. Widen \
         the schema, or accept it with `--accept contract-break`; `event.schema.compatibility: none` switches the comparison off."
    DEADLINE "aws::deadline"
        "A command did not finish within its `--deadline`. Operations that it started continue in AWS; run the same command again to follow them."
    APPLY_NOT_STARTED "apply::not-started"
        "With several specs, each is applied by its own process, and this one could not be started: a limit on processes or memory was reached, or the pipectl executable was deleted."
    ADOPT_UNFIT "adopt::unfit"
        "The resources of the other stack cannot be taken over. Nothing was deleted."
    PLAN_IMPOSSIBLE "plan::impossible"
        "AWS would refuse this change half-way and roll back. An update can create or delete only one index of a table. A replaced resource needs another name, because the new one is created before the old one is deleted."
    PLAN_BUS "plan::bus"
        "The bus under `bus.existing` cannot be used: it does not exist, or is in another account or region than the stack. A rule must be in the account and region of its bus, and CloudFormation would notice only in the middle of the deployment."
    PLAN_KEY "plan::key"
        "A KMS key of yours that the spec names (`encryption`, `queue.encryption`, `queue.undelivered.encryption`) cannot \
         be used now, or its policy lacks a statement. Without the statement for EventBridge the key stops every event; without the one for CloudWatch it stops every alarm. AWS reports neither when the stack is created. \
         `pipectl explain encryption --policy SPEC` prints the statements. Where the caller may not read the key or its \
         policy, the plan says that it was not checked."
    PLAN_NOTHING_KEPT "plan::nothing-kept"
        "`pipectl plan --offline` compares with the template of the last apply from this machine, which is saved under `$XDG_STATE_HOME/pipectl`, else `~/.local/state/pipectl`. There is no such template, or it cannot be read."
    PLAN_DAMAGED "plan::damaged"
        "A saved plan is not what `pipectl plan --out` wrote. It contains a digest of its content, so that only what was reviewed is executed."
    PLAN_STALE "plan::stale"
        "The stack differs from the one that the saved plan was made for: something was deployed, changed or deleted since, or another version of pipectl made the plan. What happens would not be what was reviewed."
    STACK_BUSY "stack::busy"
        "CloudFormation is already working on this stack. pipectl never starts a second operation on one stack."
    STACK_STUCK "stack::stuck"
        "The stack is in a state that no update can leave, such as `ROLLBACK_COMPLETE` after a failed first creation."
    STACK_MISSING "stack::missing"
        "There is no such stack in this account and region. `pipectl apply` creates it."
    STACK_CHANGE_SET_FAILED "stack::change-set-failed"
        "CloudFormation refused the change set. Nothing was changed."
    STACK_OPERATION_FAILED "stack::operation-failed"
        "A resource failed. The first failure is the cause; resources cancelled after it are not shown."
    STACK_STILL_RUNNING "stack::still-running"
        "pipectl stopped following; the operation continues in AWS. Run the same command again to follow it."
    LOGS_NO_GROUP "logs::no-group"
        "The stack exists, but the processor's log group does not. The stack creates it, so somebody deleted it, or the stack is still being created. The lines of a deleted log group are lost."
    SEND_INVALID_EVENT "send::invalid-event"
        "The event file is not one JSON object, or exceeds what PutEvents takes (1 MiB)."
    QUERY_NO_TIME "query::no-time"
        "`--since` and `--until` take a duration before now (`90s`, `30m`, `1h`, `7d`) or an RFC 3339 instant, or, if the sort key's format is `text`, any string."
    QUERY_NO_KEY "query::no-key"
        "`--index` names an index of the spec, and `--key` gives a value of its partition key and, after a comma, of its sort \
         key; without `--index` they are those of the table. A number where the key is one; an instant where the sort key is \
         one; a comma within a value is written `\\,`."
    REPLAY_NO_ARCHIVE "replay::no-archive"
        "Only archived events can be replayed, but this stack has no archive: the spec says `bus.archive: off`, or was not applied since it was changed. An archive contains events from its creation on."
    REPLAY_SPAN "replay::span"
        "`--from` and `--to` are two moments, each a time before now (`2h`, `30m`, `7d`) or an RFC 3339 instant: the first before \
         the second, and neither in the future. Events are replayed if their `time` is at or after `--from` and before `--to`."
    REPLAY_RUNNING "replay::running"
        "Another replay of this archive is still running, and pipectl starts one at a time. Nothing was started. Wait for its end with `pipectl replay SPEC --follow`, or cancel it with `--cancel`; then run the command again. Events that it already sent are in the queue or the table; sent again, they change nothing."
    REPLAY_NONE "replay::none"
        "No replay of this archive is running, so there is none to follow."
    REPLAY_FAILED "replay::failed"
        "A replay ended before all of its events were sent. Those that were sent are in the queue or are rows; sent again, they are duplicates and change nothing."
    TRACE_NOT_FOUND "trace::not-found"
        "No dead letter has this id, and no row with it was found. A row is found by `--key`; without `--key`, only if the id is a key of the table or of an index, or by reading the table with `--scan`. A duplicate has no row of its own."
    ESTIMATE_NO_REGION "estimate::no-region"
        "`cost` and `capacity` use the prices and quotas of one region: from `deploy.region`, `--region` or the environment."
    ESTIMATE_NO_PRICES "estimate::no-prices"
        "pipectl has prices only for regions with a source to cite. For any other region, give your own list with `--prices FILE`; docs/cost.md describes it."
    ESTIMATE_PRICE_LIST "estimate::price-list"
        "The list of prices has an unknown key or an invalid value. It is YAML or JSON with `version: 1` and, under \
         `regions`, US dollars by the names of items; docs/cost.md lists them."
    ESTIMATE_NOT_MEASURED "estimate::not-measured"
        "CloudWatch has no metrics of the pipeline's queue from the last 30 days: nothing was sent, or this is the local cloud, which has no queue metrics. Without `--measured` the traffic comes from `load`."
    DLQ_UNKNOWN_REASON "dlq::unknown-reason"
        "`--reason` takes the processor's reason codes, and `storable` for messages that would become rows now, `stored` for messages that are already rows, and `not-checked` if the table could not be read."
    DLQ_STOPPED "dlq::stopped"
        "Ctrl-C stopped the command while it read or moved dead letters. The received messages are made visible again, or, after a second Ctrl-C, become visible after their visibility timeout. A message is sent before it is deleted, so none is lost."
    DLQ_HIDDEN "dlq::hidden"
        "Messages of the dead-letter queue are in flight: a killed run, or a run elsewhere, received them and did not release them. They are hidden until their visibility timeout ends. pipectl records on this machine how long its own runs hide messages; it cannot know this of other readers."
    DLQ_NOT_CHECKED "dlq::not-checked"
        "DynamoDB did not return some keys, because the table has no read capacity left. Whether the rows of these messages exist is unknown, so the messages were not redriven."
    DLQ_NOT_FOUND "dlq::not-found"
        "No message of the dead-letter queue has this id: it was redriven or removed in the meantime, or is in the other queue \
         (`--undelivered`). Ids are those that `dlq list` shows."
    DLQ_NO_EDITOR "dlq::no-editor"
        "`dlq edit` opens a message in the editor that `VISUAL` or `EDITOR` names, such as `EDITOR=vi`, with or without a terminal. \
         `--set PATH=VALUE` changes messages without an editor."
    DLQ_INVALID_EDIT "dlq::invalid-edit"
        "The change cannot be made to this message: it is not JSON, the path does not lead to a place in it, or the change \
         would give the event another id."
    DLQ_REFUSED_AGAIN "dlq::refused-again"
        "The processor would reject these messages again, so they remain in the dead-letter queue. `--force` sends them anyway."
    DLQ_INVALID_LINE "dlq::invalid-line"
        "A line of the file is not a message as `dlq export` and `dlq purge --save` write them. The lines before it are in the \
         queue."
    USAGE_WRONG "usage::wrong"
        "The command line is invalid: an unknown command or flag, an invalid value, or something missing. Nothing was done. `pipectl COMMAND --help` shows what a command takes. The exit code is 64."
    VERIFY_BROKEN "verify::broken"
        "A hop of the deployed pipeline differs from its template, or a canary event did not become a row. The exit code is 6. The message names what is broken and how to fix it; `docs/verify.md` lists what is checked."
    SEND_INCOMPLETE "send::incomplete"
        "Not every event sent has become a row: some became dead letters, were refused by the bus, or were not found in time."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_well_formed() {
        for (index, code) in CODES.iter().enumerate() {
            assert!(CODES[index + 1..].iter().all(|other| other.name != code.name), "{code} stands twice");
            let (area, what) = code.name.split_once("::").expect("a room and a name");
            let well_formed =
                |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            assert!(well_formed(area) && well_formed(what), "{code}");
            assert!(code.explanation.len() > 40, "{code} is not explained");
        }
    }
}
