//! `pipectl query`: rows of the table, by time or by key.

mod key;
mod newest;
mod print;
mod target;

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use processor::row::KeyValue;

pub(super) use self::key::row_key;
pub(super) use self::newest::newest_rows;
use self::target::{QueryTarget, wrong};
use super::reporter::Reporter;
use super::{Global, Outcome, Stop, runtime, spec};
use crate::deploy::Session;
use crate::diagnostic::Exit;
use crate::operate::{Query, rows_in_order, status_keys};
use crate::render::recorded_spread;
use crate::report::Console;
use crate::validate::processor_config;

/// Read rows of the table: the rows with a status, by time, from all shards of the status index; or the rows
/// with a key of the table or of an index.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// Rows with this status.
    #[arg(long, default_value = "PROCESSED")]
    status: String,
    /// Read this index of the spec: give its partition key with `--key`.
    #[arg(long, value_name = "NAME", requires = "key", conflicts_with = "status")]
    index: Option<String>,
    /// Rows with this key instead: a value of the partition key and, after a comma, one of the sort key. Write a
    /// comma within a value as `\,`.
    #[arg(long, alias = "shipment", value_name = "PARTITION[,SORT]", conflicts_with = "status")]
    key: Option<String>,
    /// Only rows since then: `30m`, `1h`, `7d` before now, or an RFC 3339 time; a string or a number if the sort
    /// key has that format.
    #[arg(long)]
    since: Option<String>,
    /// Only rows until then; same formats as `--since`.
    #[arg(long)]
    until: Option<String>,
    /// Which rows come first, by their sort key.
    #[arg(long, value_enum, default_value_t = Order::Newest)]
    order: Order,
    /// The most rows.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    /// Also expired rows that DynamoDB has not deleted yet, marked as expired.
    #[arg(long)]
    expired: bool,
}

/// Which rows come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Order {
    /// Those with the greatest sort key.
    Newest,
    /// Those with the least.
    Oldest,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    let spec = checked.spec();
    let mapping = processor_config(spec).event;
    let target = QueryTarget::find(spec, &mapping, arguments.index.as_deref(), arguments.key.is_some())?;
    let range = range(arguments, &target)?;
    runtime::run(global, async {
        let mut session = runtime::session(global, &arguments.spec, spec, console).await?;
        let stack = session.pipeline().await?;
        session.use_deployed_names(&stack, &mut Reporter::new(console)).await?;
        let most = recorded_spread(&stack.outputs);
        if most.is_none() && arguments.key.is_none() {
            console.complain(&format!(
                "  warning: the stack does not record how many shards its status index had before: rows in shards beyond the spec's are not read\n    run `{}` once",
                session.command("apply", "")
            ));
        }
        if !target.has_expiry {
            console.complain(&format!(
                "  warning: the index `{}` does not contain `expires_at`: expired rows are shown like others",
                target.index.as_deref().unwrap_or_default()
            ));
        }
        let most = most.unwrap_or(1).max(spec.shards().value);
        let now = Timestamp::now().as_second();
        let partitions = match range.partition.clone() {
            Some(value) => vec![value],
            None => status_keys(&arguments.status, most).into_iter().map(KeyValue::Text).collect(),
        };
        let shards = partitions.len();
        let queries = queries(arguments, &target, &session, &range, (partitions, now));
        let most = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
        let read = rows_in_order(&session.clients, queries, most).await;
        let (rows, units) = read?;
        let expired = arguments.expired.then_some(now);
        print::print(&target, &mapping, &rows, expired, console)?;
        if console.verbose {
            console.note(&format!("  {} rows of {shards} partition keys, {units:.1} read units", rows.len()));
        }
        if rows.is_empty() {
            let status = session.command("status", "");
            console.note(&format!("  no rows\n\n  next: {status}"));
        }
        Ok(Exit::Done)
    })
}

/// The range of keys to read.
struct Range {
    /// `None`: the rows of the status.
    partition: Option<KeyValue>,
    from: Option<KeyValue>,
    to: Option<KeyValue>,
}

fn range(arguments: &Arguments, target: &QueryTarget) -> Result<Range, Stop> {
    let bounds = [(&arguments.since, "--since"), (&arguments.until, "--until")];
    let given = bounds.iter().filter_map(|(text, flag)| text.as_ref().map(|_| *flag)).next();
    let Some(key) = &arguments.key else {
        let [from, to] = bounds.map(|(text, flag)| key::bound(text.as_deref(), flag, target));
        return Ok(Range { partition: None, from: from?, to: to? });
    };
    let (partition, sort) = key::split(key, target.sort.is_some());
    let partition = Some(target.partition.value(&partition, "--key")?);
    let Some(sort) = sort else {
        let [from, to] = bounds.map(|(text, flag)| key::bound(text.as_deref(), flag, target));
        return Ok(Range { partition, from: from?, to: to? });
    };
    if let Some(flag) = given {
        let help = format!("leave out `{flag}`; write a comma within a key as `\\,`");
        return Err(wrong(
            format!("`--key` has a sort key, so `{flag}` cannot select a range of sort keys"),
            &help,
        ));
    }
    let sort = target.sort.as_ref().map(|key| key.value(&sort, "--key")).transpose()?;
    Ok(Range { partition, from: sort.clone(), to: sort })
}

fn queries(
    arguments: &Arguments,
    target: &QueryTarget,
    session: &Session,
    range: &Range,
    (partitions, now): (Vec<KeyValue>, i64),
) -> Vec<Query> {
    let of = |value: KeyValue| Query {
        table: session.names.table.clone(),
        index: target.index.clone(),
        partition: (target.partition.attribute.clone(), value),
        sort: target.sort.as_ref().map(|key| key.attribute.clone()),
        from: range.from.clone(),
        to: range.to.clone(),
        oldest_first: arguments.order == Order::Oldest,
        unexpired_at: (!arguments.expired && target.has_expiry).then_some(now),
    };
    partitions.into_iter().map(of).collect()
}
