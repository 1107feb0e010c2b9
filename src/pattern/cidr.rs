use std::net::IpAddr;

use serde_json::Value;

use super::{Mistake, operator, text};

/// A range of IP addresses, both ends inclusive.
#[derive(Debug, Clone, Copy)]
pub(super) struct Network {
    version_4: bool,
    low: u128,
    high: u128,
}

/// Why a block of addresses is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Refusal {
    Form,
    Address,
    /// Beyond the engine's limit for the address's version.
    Length(u32),
    /// As long as the address: the engine requires a plain string there.
    WholeAddress(IpAddr),
}

impl Network {
    fn parse(source: &str) -> Result<Network, Refusal> {
        let (address, length) = source.split_once('/').ok_or(Refusal::Form)?;
        let address = self::address(address).ok_or(Refusal::Address)?;
        let (number, width) = number(address);
        // `parse` would accept a sign.
        if length.is_empty() || !length.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(Refusal::Form);
        }
        let length: u32 = length.parse().map_err(|_| Refusal::Length(width - 1))?;
        if length == width {
            return Err(Refusal::WholeAddress(address));
        }
        if length > width {
            return Err(Refusal::Length(width - 1));
        }
        let hosts = if length == 0 && width == 128 { u128::MAX } else { (1u128 << (width - length)) - 1 };
        Ok(Network { version_4: width == 32, low: number & !hosts, high: number | hosts })
    }

    pub(super) fn contains(&self, text: &str) -> bool {
        let Some(address) = address(text) else { return false };
        let (number, width) = number(address);
        (width == 32) == self.version_4 && (self.low..=self.high).contains(&number)
    }
}

/// An address as the engine parses it: version 6 without a dotted tail and without a zone.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    if text.contains(':') && text.contains('.') {
        return None;
    }
    text.parse().ok()
}

fn number(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    }
}

/// Parses the value of `cidr`.
pub(super) fn parse(value: &Value, pointer: &str, mistakes: &mut Vec<Mistake>) -> Option<Network> {
    let text = operator::text_of("cidr", value, pointer, "10.0.0.0/24", mistakes)?;
    let refused = match Network::parse(&text) {
        Ok(network) => return Some(network),
        Err(refusal) => refusal,
    };
    let shown = text::brief(&text);
    let (message, help) = match refused {
        Refusal::Form if address(&text).is_some() => (
            format!("`{shown}` is one address, not a block"),
            format!("write `[\"{shown}\"]` without `cidr`, or add a length such as `/24`"),
        ),
        Refusal::Form => {
            (format!("`{shown}` is not a block of addresses"), "write one such as `10.0.0.0/24`".to_owned())
        }
        Refusal::Address => (
            format!("`{shown}` does not begin with an IP address"),
            "write one such as `10.0.0.0/24` or `2001:db8::/32`".to_owned(),
        ),
        Refusal::WholeAddress(address) => (
            format!("`{shown}` is one address, which EventBridge refuses in `cidr`"),
            format!("write `\"{address}\"` as an element of the field's list"),
        ),
        Refusal::Length(most) => {
            (format!("the length of `{shown}` is out of range"), format!("write a length from 0 to {most}"))
        }
    };
    mistakes.push(Mistake { pointer: pointer.to_owned(), on_key: false, message, help });
    None
}
