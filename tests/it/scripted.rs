//! A minimal AWS for connections: a proxy that opens every tunnel and answers in it as any host, with certificates of an
//! authority created for this run; also the plain HTTP of containers and instances, on the same port.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A request as it arrived.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) host: String,
    pub(crate) method: String,
    /// Including the query.
    pub(crate) path: String,
    /// By lower-case name.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    /// Whether it came through a tunnel of the proxy.
    pub(crate) tunnelled: bool,
    /// The value that the proxy received.
    pub(crate) proxy_authorization: Option<String>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The action of a service with the Query protocol.
    pub(crate) fn action(&self) -> &str {
        self.body.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or_default()
    }

    /// A parameter of that protocol.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default()
    }

    /// The keys that signed it.
    pub(crate) fn signer(&self) -> &str {
        let credential =
            self.header("authorization").split_once("Credential=").map(|(_, remainder)| remainder);
        credential.and_then(|remainder| remainder.split('/').next()).unwrap_or_default()
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn new(status: u16, kind: &str, body: impl Into<String>) -> Self {
        Self { status, headers: vec![("Content-Type", kind.to_owned())], body: body.into() }
    }

    pub(crate) fn xml(body: impl Into<String>) -> Self {
        Self::new(200, "text/xml", body)
    }

    pub(crate) fn json(body: impl Into<String>) -> Self {
        Self::new(200, "application/json", body)
    }

    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

type Script = Box<dyn FnMut(&Request) -> Answer + Send>;

struct Shared {
    authority: CertifiedIssuer<'static, KeyPair>,
    seen: Mutex<Vec<Request>>,
    script: Mutex<Script>,
    /// The answer to CONNECT, if it is refused.
    refusal: Mutex<Option<Answer>>,
}

pub(crate) struct Scripted {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Scripted {
    pub(crate) fn new(script: impl FnMut(&Request) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mut parameters = CertificateParams::new(Vec::new()).expect("no names");
        parameters.distinguished_name.push(DnType::CommonName, format!("authority of {address}"));
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let authority = CertifiedIssuer::self_signed(parameters, key).expect("an authority");
        let shared = Arc::new(Shared {
            authority,
            seen: Mutex::default(),
            script: Mutex::new(Box::new(script)),
            refusal: Mutex::default(),
        });
        let server = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = Arc::clone(&server);
                // A client that disconnects early is not a fault of the server.
                thread::spawn(move || drop(accept(client, &server)));
            }
        });
        Self { address, shared }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// The address for plain HTTP, and of the proxy.
    pub(crate) fn http(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The certificate of the authority, as PEM.
    pub(crate) fn authority(&self) -> String {
        self.shared.authority.pem()
    }

    pub(crate) fn refuse_tunnels(&self, answer: Answer) {
        *self.shared.refusal.lock().expect("a lock") = Some(answer);
    }

    /// The requests since the last call, including refused tunnels.
    pub(crate) fn taken(&self) -> Vec<Request> {
        std::mem::take(&mut *self.shared.seen.lock().expect("a lock"))
    }
}

/// One connection: TLS begins with a byte that no HTTP method begins with.
fn accept(mut client: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut first = [0];
    if client.peek(&mut first)? == 0 {
        return Ok(());
    }
    if first[0] == 0x16 {
        return serve(&mut encrypted(client, "127.0.0.1", shared)?, shared, &Request::default());
    }
    let Some(head) = head(&mut client)? else { return Ok(()) };
    let asked = parsed(&head);
    if asked.method != "CONNECT" {
        let request = Request { body: body(&mut client, &asked)?, ..asked };
        reply(&mut client, &request, shared)?;
        return serve(&mut client, shared, &Request::default());
    }
    if let Some(refusal) = shared.refusal.lock().expect("a lock").clone() {
        shared.seen.lock().expect("a lock").push(asked);
        return write(&mut client, &refusal, false);
    }
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let host = asked.path.rsplit_once(':').map_or(asked.path.as_str(), |(host, _)| host);
    let tunnel = Request {
        tunnelled: true,
        proxy_authorization: asked.headers.get("proxy-authorization").cloned(),
        ..Request::default()
    };
    serve(&mut encrypted(client, host, shared)?, shared, &tunnel)
}

fn encrypted(
    client: TcpStream,
    host: &str,
    shared: &Shared,
) -> std::io::Result<StreamOwned<ServerConnection, TcpStream>> {
    let key = KeyPair::generate().expect("a key");
    let parameters = CertificateParams::new([host.to_owned()]).expect("a host's name");
    let certificate = parameters.signed_by(&key, &shared.authority).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )
        .expect("a key that fits");
    let connection = ServerConnection::new(Arc::new(config)).map_err(std::io::Error::other)?;
    Ok(StreamOwned::new(connection, client))
}

/// Serves requests until the client disconnects. `tunnel`: how it connected.
fn serve(stream: &mut (impl Read + Write), shared: &Shared, tunnel: &Request) -> std::io::Result<()> {
    while let Some(head) = head(stream)? {
        let asked = parsed(&head);
        let request = Request {
            body: body(stream, &asked)?,
            tunnelled: tunnel.tunnelled,
            proxy_authorization: tunnel.proxy_authorization.clone(),
            ..asked
        };
        reply(stream, &request, shared)?;
    }
    Ok(())
}

fn reply(stream: &mut impl Write, request: &Request, shared: &Shared) -> std::io::Result<()> {
    shared.seen.lock().expect("a lock").push(request.clone());
    let answer = (shared.script.lock().expect("a lock"))(request);
    write(stream, &answer, request.method == "HEAD")
}

fn write(stream: &mut impl Write, answer: &Answer, is_head: bool) -> std::io::Result<()> {
    let mut text = format!("HTTP/1.1 {} Scripted\r\n", answer.status);
    for (name, value) in &answer.headers {
        text += &format!("{name}: {value}\r\n");
    }
    text += &format!("Content-Length: {}\r\n\r\n", answer.body.len());
    if !is_head {
        text += &answer.body;
    }
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

/// A request's head, byte by byte: the following bytes belong to its body, or to TLS.
pub(crate) fn head(stream: &mut impl Read) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(0) => return Ok(None),
            Ok(_) => bytes.push(byte[0]),
            Err(error) => return if bytes.is_empty() { Ok(None) } else { Err(error) },
        }
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

pub(crate) fn parsed(head: &str) -> Request {
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split_whitespace().map(ToOwned::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let host = headers.get("host").cloned().unwrap_or_default();
    Request { host, method, path, headers, ..Request::default() }
}

pub(crate) fn body(stream: &mut impl Read, request: &Request) -> std::io::Result<String> {
    let length = request.header("content-length").parse().unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(String::from_utf8_lossy(&body).into_owned())
}
