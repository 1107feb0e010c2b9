//! The interface to these calls.

use super::{Archive, Bridge, LocalError};

/// Errors of the local cloud. The first two mean that the work is already done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BridgeRefusal {
    /// It is enabled already, or exists: `ValidationException` "already enabled", `ResourceAlreadyExistsException`.
    AlreadyThere,
    /// It does not exist: `ResourceNotFoundException`.
    Missing,
    /// Any other, with the service's message.
    Other(String),
}

/// The calls of bridges, one service call each, in the region of the stack.
#[expect(async_fn_in_trait, reason = "awaited where it is called, on one thread")]
pub trait BridgeApi {
    /// Enables it with `UpdateTimeToLive`.
    async fn enable_time_to_live(&self, table: &str, attribute: &str) -> Result<(), BridgeRefusal>;

    /// Enables it with `UpdateContinuousBackups`.
    async fn enable_point_in_time_recovery(&self, table: &str, days: u16) -> Result<(), BridgeRefusal>;

    /// `CreateArchive`; for an existing one `UpdateArchive`, which retains its events.
    async fn put_archive(&self, archive: &Archive) -> Result<(), BridgeRefusal>;

    /// `DeleteArchive`, with all its events.
    async fn delete_archive(&self, name: &str) -> Result<(), BridgeRefusal>;
}

/// Sets what the template could not, after the stack. It can be repeated at any time. It must also be called after a
/// change set without changes, because a new retention does not change the local cloud's stack.
///
/// # Errors
/// The first error other than "already done".
pub async fn apply_bridges<A: BridgeApi>(api: &A, bridges: &[Bridge]) -> Result<(), LocalError> {
    for bridge in bridges {
        let answer = match bridge {
            Bridge::TimeToLive { table, attribute, .. } => api.enable_time_to_live(table, attribute).await,
            Bridge::PointInTimeRecovery { table, days, .. } => {
                api.enable_point_in_time_recovery(table, *days).await
            }
            Bridge::Archive(archive) => api.put_archive(archive).await,
            Bridge::BusPolicy { .. } | Bridge::Alarm { .. } => Ok(()),
        };
        match answer {
            Ok(()) | Err(BridgeRefusal::AlreadyThere) => {}
            Err(refusal) => return Err(failed(bridge, refusal)),
        }
    }
    Ok(())
}

/// Deletes the archives of `former` (see [`super::bridges_of`]) that are not in `wanted`: after an update those that
/// the spec no longer has, after a destroy all of them. Settings of a table are deleted with the table.
///
/// # Errors
/// The first error other than "already deleted".
pub async fn retire_bridges<A: BridgeApi>(
    api: &A,
    former: &[Bridge],
    wanted: &[Bridge],
) -> Result<(), LocalError> {
    let names = |bridge: &Bridge| match bridge {
        Bridge::Archive(archive) => Some(archive.name.clone()),
        Bridge::TimeToLive { .. }
        | Bridge::PointInTimeRecovery { .. }
        | Bridge::BusPolicy { .. }
        | Bridge::Alarm { .. } => None,
    };
    let retained: Vec<String> = wanted.iter().filter_map(names).collect();
    for bridge in former {
        let Some(name) = names(bridge).filter(|name| !retained.contains(name)) else { continue };
        match api.delete_archive(&name).await {
            Ok(()) | Err(BridgeRefusal::Missing) => {}
            Err(refusal) => return Err(failed(bridge, refusal)),
        }
    }
    Ok(())
}

fn failed(bridge: &Bridge, refusal: BridgeRefusal) -> LocalError {
    let reason = match refusal {
        BridgeRefusal::AlreadyThere => "it already exists".to_owned(),
        BridgeRefusal::Missing => "the resource it belongs to does not exist".to_owned(),
        BridgeRefusal::Other(reason) => reason,
    };
    LocalError::Bridge { bridge: bridge.to_string(), reason }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Records the calls, and returns the same result for each.
    struct Scripted {
        calls: RefCell<Vec<String>>,
        answer: Result<(), BridgeRefusal>,
    }

    impl Scripted {
        fn answering(answer: Result<(), BridgeRefusal>) -> Self {
            Self { calls: RefCell::default(), answer }
        }

        fn note(&self, call: String) -> Result<(), BridgeRefusal> {
            self.calls.borrow_mut().push(call);
            self.answer.clone()
        }
    }

    impl BridgeApi for Scripted {
        async fn enable_time_to_live(&self, table: &str, attribute: &str) -> Result<(), BridgeRefusal> {
            self.note(format!("ttl {table} {attribute}"))
        }

        async fn enable_point_in_time_recovery(&self, table: &str, days: u16) -> Result<(), BridgeRefusal> {
            self.note(format!("recovery {table} {days}"))
        }

        async fn put_archive(&self, archive: &Archive) -> Result<(), BridgeRefusal> {
            self.note(format!("put {}", archive.name))
        }

        async fn delete_archive(&self, name: &str) -> Result<(), BridgeRefusal> {
            self.note(format!("delete {name}"))
        }
    }

    fn archive(name: &str) -> Bridge {
        Bridge::Archive(Archive {
            logical_id: "Archive".into(),
            name: name.into(),
            event_bus_name: "bus".into(),
            retention_days: Some(7),
            description: None,
            pattern: None,
        })
    }

    fn bridges() -> Vec<Bridge> {
        let (logical_id, table) = (String::from("Table"), String::from("t"));
        vec![
            Bridge::TimeToLive {
                logical_id: logical_id.clone(),
                table: table.clone(),
                attribute: "expires".into(),
            },
            Bridge::PointInTimeRecovery { logical_id, table, days: 35 },
            archive("a"),
        ]
    }

    #[tokio::test]
    async fn what_is_done_already_is_skipped() {
        let again = Scripted::answering(Err(BridgeRefusal::AlreadyThere));
        apply_bridges(&again, &bridges()).await.unwrap();
        assert_eq!(again.calls.into_inner(), ["ttl t expires", "recovery t 35", "put a"]);
    }

    #[tokio::test]
    async fn a_refusal_names_the_bridge_and_the_reason() {
        let busy = Scripted::answering(Err(BridgeRefusal::Other("Throttling: slow down".into())));
        let error = apply_bridges(&busy, &bridges()).await.unwrap_err().to_string();
        assert!(
            error.starts_with("could not set up locally: time to live on `expires` of table `t`"),
            "{error}"
        );
        assert!(error.ends_with("Throttling: slow down"), "{error}");
    }

    #[tokio::test]
    async fn only_archives_nobody_wants_are_retired() {
        let missing = Scripted::answering(Err(BridgeRefusal::Missing));
        let former = [bridges(), vec![archive("b")]].concat();
        retire_bridges(&missing, &former, &bridges()).await.unwrap();
        assert_eq!(missing.calls.borrow().as_slice(), ["delete b"]);
        retire_bridges(&missing, &former, &[]).await.unwrap();
        assert_eq!(missing.calls.into_inner()[1..], ["delete a", "delete b"]);
    }
}
