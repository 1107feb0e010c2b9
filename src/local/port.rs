use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::ops::RangeInclusive;
use std::time::Duration;

use camino::Utf8Path;

use super::LocalError;

/// The first is where every tool expects a local cloud.
const USUAL: RangeInclusive<u16> = 4566..=4599;

/// For "any free port". Below the range of ephemeral ports, so that a stopped local cloud finds its port free again.
const ANY: RangeInclusive<u16> = 20_000..=29_999;

/// What is known before a port is chosen.
#[derive(Debug)]
pub(super) struct Wishes<'a> {
    /// From the command line; 0 means any free port.
    pub(super) asked: Option<u16>,
    /// The port of the last run in this state folder.
    pub(super) last: Option<u16>,
    /// Whether that run saved state, which belongs to its port.
    pub(super) has_state: bool,
    pub(super) folder: &'a Utf8Path,
}

pub(super) fn choose(wishes: &Wishes<'_>) -> Result<u16, LocalError> {
    match (wishes.asked.filter(|port| *port != 0), wishes.last.filter(|_| wishes.has_state)) {
        (Some(asked), Some(saved)) if asked != saved => {
            Err(LocalError::OtherPort { asked, saved, folder: wishes.folder.to_owned() })
        }
        (_, Some(port)) => free(port).map_err(|source| LocalError::PortOfStateTaken {
            port,
            folder: wishes.folder.to_owned(),
            source,
        }),
        (Some(port), None) => free(port).map_err(|source| LocalError::PortTaken { port, source }),
        (None, None) => {
            let known = wishes.last.into_iter().chain(USUAL).filter(|_| wishes.asked.is_none());
            known
                .chain(any())
                .find_map(|port| free(port).ok())
                .map_or_else(|| bind(0).map_err(|source| LocalError::PortTaken { port: 0, source }), Ok)
        }
    }
}

/// Two processes at the same time begin with different ports.
fn any() -> impl Iterator<Item = u16> {
    let skipped = std::process::id() % 5_000;
    ANY.skip(usize::try_from(skipped).unwrap_or_default())
}

/// Tries to connect first: with `SO_REUSEADDR`, some systems allow binding 127.0.0.1 next to a program on 0.0.0.0.
fn free(port: u16) -> io::Result<u16> {
    match TcpStream::connect_timeout(&address(port), Duration::from_millis(200)) {
        // A connection to a free port may, by chance, connect to itself.
        Ok(stream) if stream.local_addr()? != stream.peer_addr()? => {
            Err(io::Error::new(io::ErrorKind::AddrInUse, "another program listens there"))
        }
        _ => bind(port),
    }
}

fn bind(port: u16) -> io::Result<u16> {
    Ok(TcpListener::bind(address(port))?.local_addr()?.port())
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes(asked: Option<u16>, last: Option<u16>, has_state: bool) -> Wishes<'static> {
        Wishes { asked, last, has_state, folder: Utf8Path::new("/state") }
    }

    /// Outside of the ports that parallel tests and connections get.
    fn taken() -> (TcpListener, u16) {
        let listener = (30_000..32_000).find_map(|port| TcpListener::bind(address(port)).ok()).unwrap();
        let port = listener.local_addr().unwrap().port();
        (listener, port)
    }

    #[test]
    fn a_port_asked_for_is_given_or_refused() {
        let (listener, port) = taken();
        let error = choose(&wishes(Some(port), None, false)).unwrap_err();
        assert_eq!(error.to_string(), format!("port `{port}` cannot be used: another program listens there"));
        assert!(error.help().contains("pipectl local up --port"));
        drop(listener);
        assert_eq!(choose(&wishes(Some(port), None, false)).unwrap(), port);
    }

    #[test]
    fn a_taken_port_nobody_asked_for_is_stepped_around() {
        let (_listener, port) = taken();
        assert_ne!(choose(&wishes(None, Some(port), false)).unwrap(), port);
        assert_ne!(choose(&wishes(Some(0), None, false)).unwrap(), 0);
    }

    #[test]
    fn state_stays_on_its_port() {
        let (listener, port) = taken();
        let error = choose(&wishes(None, Some(port), true)).unwrap_err();
        assert!(matches!(error, LocalError::PortOfStateTaken { .. }), "{error}");
        let other = choose(&wishes(Some(port - 1), Some(port), true)).unwrap_err();
        assert!(matches!(other, LocalError::OtherPort { .. }), "{other}");
        drop(listener);
        assert_eq!(choose(&wishes(None, Some(port), true)).unwrap(), port);
        assert_eq!(choose(&wishes(Some(0), Some(port), true)).unwrap(), port);
    }
}
