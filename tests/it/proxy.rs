//! A wire between pipectl and the local cloud that counts what passes, and breaks as a test wants.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

use crate::cloud::Cloud;

/// One call on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// `CreateChangeSet`, or the method and path of services that have no action.
    pub(crate) name: String,
    /// Whether it can change anything.
    pub(crate) mutates: bool,
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Pass,
    /// It does not arrive.
    Lose,
    /// It does not arrive, and the line stays open for as long as anyone waits.
    Hang,
    /// It arrives and its answer does not.
    LoseAnswer,
    /// CloudFormation says that it is asked too often.
    Throttle,
    /// The credentials have expired.
    Expire,
}

type Judge = Box<dyn FnMut(&Call) -> Fate + Send>;

pub(crate) struct Proxy {
    calls: Arc<Mutex<Vec<Call>>>,
    judge: Arc<Mutex<Judge>>,
}

impl Proxy {
    /// Puts itself before the running local cloud of `cloud`: pipectl's next calls pass here.
    pub(crate) fn before(cloud: &Cloud) -> Self {
        let record = cloud.path("state").join("local.json");
        let text = std::fs::read_to_string(&record).expect("a running local cloud");
        let mut state: Value = serde_json::from_str(&text).expect("JSON");
        let port = u16::try_from(state["port"].as_u64().expect("a port")).expect("a port");
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let own = listener.local_addr().expect("an address");
        state["endpoint"] = format!("http://{own}").into();
        std::fs::write(&record, state.to_string()).expect("a written file");

        let proxy = Self {
            calls: Arc::default(),
            judge: Arc::new(Mutex::new(Box::new(|_: &Call| Fate::Pass) as Judge)),
        };
        let (calls, judge) = (Arc::clone(&proxy.calls), Arc::clone(&proxy.judge));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (calls, judge) = (Arc::clone(&calls), Arc::clone(&judge));
                thread::spawn(move || drop(serve(client, port, &calls, &judge)));
            }
        });
        proxy
    }

    pub(crate) fn judge(&self, judge: impl FnMut(&Call) -> Fate + Send + 'static) {
        *self.judge.lock().expect("a lock") = Box::new(judge);
    }

    /// The calls since the last look.
    pub(crate) fn taken(&self) -> Vec<Call> {
        std::mem::take(&mut *self.calls.lock().expect("a lock"))
    }
}

/// One call a connection: the answer ends it.
fn serve(
    mut client: TcpStream,
    port: u16,
    calls: &Mutex<Vec<Call>>,
    judge: &Mutex<Judge>,
) -> std::io::Result<()> {
    let Some((head, body)) = request(&mut client)? else { return Ok(()) };
    crate::record::record(&head, &body);
    let call = call(&head, &body);
    let is_health = call.name.contains("_ministack");
    let fate = if is_health {
        Fate::Pass
    } else {
        calls.lock().expect("a lock").push(call.clone());
        (judge.lock().expect("a lock"))(&call)
    };
    match fate {
        Fate::Lose => return Ok(()),
        Fate::Hang => {
            client.read_to_end(&mut Vec::new())?;
            return Ok(());
        }
        Fate::Throttle => return refuse(&mut client, "Throttling", "Rate exceeded"),
        Fate::Expire => {
            return refuse(
                &mut client,
                "ExpiredToken",
                "The security token included in the request is expired",
            );
        }
        Fate::Pass | Fate::LoseAnswer => {}
    }
    let mut cloud = TcpStream::connect(("127.0.0.1", port))?;
    let head: Vec<&str> = head
        .lines()
        .filter(|line| !line.to_lowercase().starts_with("connection:") && !line.is_empty())
        .collect();
    write!(cloud, "{}\r\nConnection: close\r\n\r\n", head.join("\r\n"))?;
    cloud.write_all(&body)?;
    let mut answer = Vec::new();
    cloud.read_to_end(&mut answer)?;
    if fate == Fate::Pass {
        client.write_all(&answer)?;
    }
    Ok(())
}

fn refuse(client: &mut TcpStream, code: &str, message: &str) -> std::io::Result<()> {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    );
    write!(
        client,
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// The head as text, and the body; `None`: the client only looked whether somebody listens.
fn request(client: &mut TcpStream) -> std::io::Result<Option<(String, Vec<u8>)>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 65_536];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        match client.read(&mut buffer)? {
            0 => return Ok(None),
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let header = |name: &str| {
        let line = head.lines().find(|line| line.to_lowercase().starts_with(name));
        line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned())
    };
    if header("expect:").is_some() {
        client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let length: usize = header("content-length:").and_then(|value| value.parse().ok()).unwrap_or(0);
    let mut body = bytes.split_off(end);
    while body.len() < length {
        match client.read(&mut buffer)? {
            0 => break,
            count => body.extend_from_slice(&buffer[..count]),
        }
    }
    Ok(Some((head, body)))
}

fn call(head: &str, body: &[u8]) -> Call {
    let mut words = head.split_whitespace();
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let target = head.lines().find(|line| line.to_lowercase().starts_with("x-amz-target:"));
    let body = String::from_utf8_lossy(&body[..body.len().min(4_096)]).into_owned();
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action="));
    let name = match (target.and_then(|line| line.rsplit(['.', ' ']).next()), action) {
        (Some(target), _) => target.to_owned(),
        (None, Some(action)) => action.to_owned(),
        (None, None) => format!("{method} {}", path.split('?').next().unwrap_or(path)),
    };
    let reads = ["Describe", "Get", "List", "Head", "GET ", "HEAD ", "Receive", "BatchGet"];
    let mutates = !reads.iter().any(|verb| name.starts_with(verb));
    Call { name, mutates }
}
