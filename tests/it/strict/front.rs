//! The proxy: a fault layer that a test controls, before a strict layer that is always active.

use std::io::{self, BufReader, Read as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use super::call::Call;
use super::http::Message;
use super::refusal::Refusal;
use super::strictness::Strictness;
use super::upstream::{Line, Upstream};

/// The fate of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Pass,
    /// It does not arrive.
    Lose,
    /// It does not arrive, and the connection stays open as long as the client waits.
    Hang,
    /// It arrives and its answer does not.
    LoseAnswer,
    /// CloudFormation answers that the rate is exceeded.
    Throttle,
    /// The credentials have expired.
    Expire,
    /// The caller has no permission.
    Deny,
    /// It passes, and S3 returns no version of the object, as for some minutes after a bucket gets versions.
    Unversioned,
}

pub(crate) type Judge = Box<dyn FnMut(&Call) -> Fate + Send>;

pub(crate) struct Front {
    address: SocketAddr,
    pub(crate) upstream: Upstream,
    pub(crate) strictness: Strictness,
    pub(crate) judge: Mutex<Judge>,
    pub(crate) calls: Mutex<Vec<Call>>,
    ends: AtomicBool,
}

impl Front {
    /// Listens; [`Upstream::listens_at`] sets the local cloud's address. `test`: the test that breaches are recorded for.
    pub(crate) fn start(test: String) -> Arc<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let upstream = Upstream::new();
        let front = Arc::new(Self {
            address: listener.local_addr().expect("an address"),
            strictness: Strictness::new(upstream.clone(), test),
            upstream,
            judge: Mutex::new(Box::new(|_| Fate::Pass)),
            calls: Mutex::default(),
            ends: AtomicBool::new(false),
        });
        let serving = Arc::clone(&front);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if serving.ends.load(Ordering::Relaxed) {
                    return;
                }
                let front = Arc::clone(&serving);
                thread::spawn(move || front.serve(client));
            }
        });
        front
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// No further connection is accepted.
    pub(crate) fn end(&self) {
        self.ends.store(true, Ordering::Relaxed);
        let _wakes = TcpStream::connect(self.address);
    }

    /// The calls of one connection. A lost call ends it, and so does its client.
    fn serve(&self, client: TcpStream) -> Option<()> {
        client.set_nodelay(true).ok()?;
        let mut line = self.upstream.line();
        let mut client = BufReader::new(client);
        while let Some(request) = Message::read_request(&mut client).ok()? {
            let answer = self.answer(&request, &mut client, &mut line).ok()??;
            let closes = request.header("connection").is_some_and(|word| word.eq_ignore_ascii_case("close"));
            answer.write(client.get_mut(), request.first.starts_with("HEAD ")).ok()?;
            if closes {
                return None;
            }
        }
        None
    }

    fn answer(
        &self,
        request: &Message,
        client: &mut BufReader<TcpStream>,
        line: &mut Line,
    ) -> io::Result<Option<Message>> {
        let call = Call::of(request);
        if call.name.contains("_ministack") {
            return line.exchange(request).map(Some);
        }
        let head: Vec<String> =
            request.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        crate::record::record(&format!("{}\r\n{}\r\n", request.first, head.join("\r\n")), &request.body);
        self.calls.lock().expect("a lock").push(call.clone());
        let fate = (self.judge.lock().expect("a lock"))(&call);
        match fate {
            Fate::Lose => Ok(None),
            Fate::Hang => {
                client.read_to_end(&mut Vec::new())?;
                Ok(None)
            }
            Fate::Throttle => Ok(Some(Refusal::new("Throttling", "Rate exceeded").answer(&call))),
            Fate::Expire => {
                let words = "The security token included in the request is expired";
                Ok(Some(Refusal::new("ExpiredToken", words).answer(&call)))
            }
            Fate::Deny => {
                let action = format!("{}:{}", call.service, call.name);
                let words = format!(
                    "User: arn:aws:iam::000000000000:user/ada is not authorized to perform: {action}"
                );
                let refusal = Refusal { status: 403, ..Refusal::new("AccessDenied", words) };
                Ok(Some(refusal.answer(&call)))
            }
            Fate::Pass => self.strictness.answer(&call, request, line).map(Some),
            Fate::Unversioned => {
                let mut answer = self.strictness.answer(&call, request, line)?;
                answer.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("x-amz-version-id"));
                Ok(Some(answer))
            }
            Fate::LoseAnswer => {
                self.strictness.answer(&call, request, line)?;
                Ok(None)
            }
        }
    }
}
