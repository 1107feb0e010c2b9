use serde_json::{Value, json};

use crate::spec::{Encryption, QueueEncryption, Spec, UndeliveredEncryption};

/// The KMS keys of a spec, by what each encrypts. `None` if AWS uses keys of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keys<'a> {
    /// For everything except the queues.
    pub(super) main: Option<Key<'a>>,
    /// For the queue and its dead-letter queue.
    pub(super) queue: Option<Key<'a>>,
    /// For the queue of undelivered events.
    pub(super) undelivered: Option<Key<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key<'a> {
    /// The stack creates it.
    OfStack,
    Arn(&'a str),
}

impl<'a> Keys<'a> {
    pub(super) fn of(spec: &'a Spec) -> Self {
        let main = match &spec.encryption {
            Encryption::AwsOwned => None,
            Encryption::StackKey => Some(Key::OfStack),
            Encryption::KmsKey(arn) => Some(Key::Arn(&arn.0)),
        };
        let queue = match &spec.queue.encryption {
            None => main,
            Some(QueueEncryption::SseSqs) => None,
            Some(QueueEncryption::KmsKey(arn)) => Some(Key::Arn(&arn.0)),
        };
        let undelivered = match &spec.queue.undelivered.encryption {
            UndeliveredEncryption::SseSqs => None,
            UndeliveredEncryption::AsQueue => queue,
            UndeliveredEncryption::KmsKey(arn) => Some(Key::Arn(&arn.0)),
        };
        Self { main, queue, undelivered }
    }

    /// Each key once.
    pub(super) fn all(self) -> Vec<Key<'a>> {
        let mut all: Vec<Key<'a>> = Vec::new();
        for key in [self.main, self.queue, self.undelivered].into_iter().flatten() {
            if !all.contains(&key) {
                all.push(key);
            }
        }
        all
    }
}

impl Key<'_> {
    /// As a property of a resource: text, or a reference.
    pub(super) fn value(self) -> Value {
        match self {
            Self::OfStack => json!({"Fn::GetAtt": ["EncryptionKey", "Arn"]}),
            Self::Arn(arn) => json!(arn),
        }
    }
}
