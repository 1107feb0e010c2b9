//! One client: its request within the limits of size and time, and the answer.

use std::rc::Rc;
use std::time::Duration;

use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::spawn_local;
use tokio::time::{sleep, timeout};

use super::answer::{Answer, document, refused, text};
use super::desk::Desk;
use super::gate::{Gate, Passed};

/// The most time for a client to send the head of its request and its body, and to receive the answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most bytes of a head.
const HEAD: usize = 16 * 1024;
/// Most bytes of a body: EventBridge accepts an event of 1 MiB, and as a text in JSON it may be twice as long.
const BODY: usize = 2 * 1024 * 1024 + 4096;

/// Answers one request. The next one uses another connection, so that an idle client does not occupy one.
pub(super) async fn connection<D: Desk + 'static>(stream: TcpStream, gate: Rc<Gate>, desk: Rc<D>) {
    let answered = Rc::new(Notify::new());
    let service = service_fn(|request| {
        let (gate, desk, answered) = (Rc::clone(&gate), Rc::clone(&desk), Rc::clone(&answered));
        async move {
            let answer = answer(&gate, desk, request).await;
            answered.notify_one();
            answer
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(HEAD)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    let unread = async {
        answered.notified().await;
        sleep(PATIENCE).await;
    };
    tokio::select! {
        // A client that disconnects is not an error of ours.
        _ended = connection => {}
        () = unread => {}
    }
}

async fn answer<D: Desk + 'static>(gate: &Gate, desk: Rc<D>, request: Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    match gate.passed(&head.method, &head.uri, &head.headers) {
        Err(status) => refused(status),
        Ok(Passed::Asset(asset)) => text(asset.content_type, asset.text),
        Ok(Passed::Look(path)) => match desk.look(path).await {
            Some(reply) => document(reply),
            None => refused(StatusCode::NOT_FOUND),
        },
        // Refused before it is sent.
        Ok(Passed::Act(_)) if body.size_hint().lower() > BODY as u64 => {
            refused(StatusCode::PAYLOAD_TOO_LARGE)
        }
        Ok(Passed::Act(path)) => {
            let read = timeout(PATIENCE, Limited::new(body, BODY).collect()).await;
            let body = match read {
                Err(_) => return refused(StatusCode::REQUEST_TIMEOUT),
                Ok(Err(error)) if error.is::<LengthLimitError>() => {
                    return refused(StatusCode::PAYLOAD_TOO_LARGE);
                }
                Ok(Err(_)) => return refused(StatusCode::BAD_REQUEST),
                Ok(Ok(body)) => body.to_bytes().to_vec(),
            };
            let path = path.to_owned();
            // In a separate task: a browser that disconnects ends the connection, not the work.
            match spawn_local(desk.act(path, body)).await {
                Ok(Some(reply)) => document(reply),
                Ok(None) => refused(StatusCode::NOT_FOUND),
                Err(_) => refused(StatusCode::INTERNAL_SERVER_ERROR),
            }
        }
    }
}
