use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::ReplayDestination;

use super::Clients;
use super::error::{missing, required};
use crate::operate::{ArchiveState, Replay, ReplayApi, ReplayRequest, Span};
use crate::stack::{CallError, CallErrorKind};

/// The description of a replay in EventBridge.
const DESCRIPTION: &str = "started by pipectl";

impl ReplayApi for Clients {
    async fn archive(&self, name: &str) -> Result<ArchiveState, CallError> {
        let operation = "events:DescribeArchive";
        let answer = self.eventbridge.describe_archive().archive_name(name).send().await;
        let answer = answer.map_err(|error| self.call_error(operation, &error))?;
        Ok(ArchiveState {
            arn: required(operation, "ArchiveArn", answer.archive_arn)?,
            bus: required(operation, "EventSourceArn", answer.event_source_arn)?,
            state: answer.state.map(|state| state.as_str().to_owned()).unwrap_or_default(),
            created: answer.creation_time.map(|at| at.secs()),
            retention_days: answer
                .retention_days
                .and_then(|days| u32::try_from(days).ok())
                .filter(|days| *days > 0),
            events: answer.event_count.unsigned_abs(),
            bytes: answer.size_bytes.unsigned_abs(),
        })
    }

    async fn running_replays(&self, archive: &str) -> Result<Vec<String>, CallError> {
        let operation = "events:ListReplays";
        let mut pages = self.pages(operation);
        let (mut found, mut token) = (Vec::new(), None);
        loop {
            let call = self.eventbridge.list_replays().event_source_arn(archive).set_next_token(token);
            let answer = call.send().await.map_err(|error| self.call_error(operation, &error))?;
            for replay in answer.replays.ok_or_else(|| missing(operation, "Replays"))? {
                let state = replay.state.map(|state| state.as_str().to_owned()).unwrap_or_default();
                let known = Replay { state, ..Replay::default() };
                found.extend(replay.replay_name.filter(|_| !known.is_over()));
            }
            token = pages.next(answer.next_token)?;
            if token.is_none() {
                return Ok(found);
            }
        }
    }

    async fn replay(&self, name: &str) -> Result<Replay, CallError> {
        let operation = "events:DescribeReplay";
        let answer = self.eventbridge.describe_replay().replay_name(name).send().await;
        let answer = answer.map_err(|error| self.call_error(operation, &error))?;
        let span = answer.event_start_time.zip(answer.event_end_time);
        Ok(Replay {
            name: name.to_owned(),
            state: required(operation, "State", answer.state.map(|state| state.as_str().to_owned()))?,
            reason: answer.state_reason.filter(|reason| !reason.is_empty()),
            span: span.map(|(from, to)| Span { from: from.secs(), to: to.secs() }),
            last_replayed: answer.event_last_replayed_time.map(|at| at.secs()),
            started: answer.replay_start_time.and_then(|at| at.to_millis().ok()),
        })
    }

    /// If the first answer was lost, the retry fails because the name is taken by the replay that it started.
    async fn start_replay(&self, request: &ReplayRequest) -> Result<(), CallError> {
        let operation = "events:StartReplay";
        let destination = ReplayDestination::builder()
            .arn(&request.bus)
            .set_filter_arns(Some(request.rules.clone()))
            .build()
            .map_err(|error| CallError::new(CallErrorKind::Refused, operation, error.to_string()))?;
        let started = self
            .eventbridge
            .start_replay()
            .replay_name(&request.name)
            .description(DESCRIPTION)
            .event_source_arn(&request.archive)
            .event_start_time(DateTime::from_secs(request.span.from))
            .event_end_time(DateTime::from_secs(request.span.to))
            .destination(destination)
            .send()
            .await;
        match started.map_err(|error| self.call_error(operation, &error)) {
            Ok(_) => Ok(()),
            Err(error) if error.kind == CallErrorKind::AlreadyExists => {
                let there = self.replay(&request.name).await?;
                if there.span == Some(request.span) { Ok(()) } else { Err(error) }
            }
            Err(error) => Err(error),
        }
    }

    async fn cancel_replay(&self, name: &str) -> Result<(), CallError> {
        let answer = self.eventbridge.cancel_replay().replay_name(name).send().await;
        answer.map_err(|error| self.call_error("events:CancelReplay", &error)).map(drop)
    }
}
