//! Accepts connections, as many at once as the limit allows.

use std::io;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::spawn_local;

use super::connection::connection;
use super::desk::Desk;
use super::gate::Gate;

/// Concurrent connections: a page has a few. Others wait until one of these ends, which the time limits ensure.
const CONNECTIONS: usize = 32;
/// How long nothing is accepted if the system has no more file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Listens on this machine only; 0 uses any free port.
///
/// # Errors
/// The error of the system.
pub async fn listen(port: u16) -> io::Result<(TcpListener, u16)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

/// Serves as long as it is polled, within a `LocalSet`.
pub async fn serve<D: Desk + 'static>(listener: TcpListener, gate: Gate, desk: Rc<D>) {
    let (gate, seats) = (Rc::new(gate), Arc::new(Semaphore::new(CONNECTIONS)));
    loop {
        let seat = Arc::clone(&seats).acquire_owned().await;
        match listener.accept().await {
            Ok((stream, _)) => {
                let (gate, desk) = (Rc::clone(&gate), Rc::clone(&desk));
                spawn_local(async move {
                    connection(stream, gate, desk).await;
                    drop(seat);
                });
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}
