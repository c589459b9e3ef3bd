//! Ports on loopback: who has one, and which are free.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener, TcpStream, ToSocketAddrs};
use std::time::Duration;

use anyhow::{Result, bail};
use axum::http::Uri;

/// Below what the system hands out by itself, so that no outgoing connection takes one meanwhile.
const QUIET: std::ops::Range<u64> = 20_000..32_000;

/// Takes the port, or says in a sentence who has it and what to change.
pub fn listen(port: u16, what: &str, remedy: &str) -> Result<TcpListener> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(listener) => Ok(listener),
        Err(_) => {
            let owner = owner(port).unwrap_or_else(|| "another program".to_owned());
            bail!(
                "Port {port}, wanted for {what}, is in use by {owner}: end it, or choose another with {remedy}."
            )
        }
    }
}

/// Some free ports, all different.
pub fn free<const N: usize>() -> Result<[u16; N]> {
    let mut held: Vec<(u16, TcpListener)> = Vec::new();
    for attempt in 0..500_u64 {
        if held.len() == N {
            break;
        }
        let drawn = RandomState::new().hash_one(attempt) % (QUIET.end - QUIET.start) + QUIET.start;
        let port = u16::try_from(drawn)?;
        // Valkey's cluster bus and others must not share: hold each until all are found.
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            held.push((port, listener));
        }
    }
    let ports: Vec<u16> = held.iter().map(|(port, _)| *port).collect();
    ports.try_into().map_err(|_| anyhow::anyhow!("No free ports were found on 127.0.0.1."))
}

/// Whether something listens there.
pub fn answers(host: &str, port: u16) -> bool {
    let addresses = (host, port).to_socket_addrs();
    addresses
        .is_ok_and(|mut all| all.any(|at| TcpStream::connect_timeout(&at, Duration::from_secs(2)).is_ok()))
}

/// The host and port that a URL names.
pub fn of_url(url: &str, default: u16) -> Option<(String, u16)> {
    let uri: Uri = url.parse().ok()?;
    let authority = uri.scheme().and(uri.authority())?;
    Some((authority.host().trim_matches(['[', ']']).to_owned(), authority.port_u16().unwrap_or(default)))
}

/// The process that listens on a port, where the system lets us see it.
fn owner(port: u16) -> Option<String> {
    let inode = ["/proc/net/tcp", "/proc/net/tcp6"].iter().find_map(|table| listening(table, port))?;
    let wanted = format!("socket:[{inode}]");
    fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
        let pid = process.file_name().to_str()?.parse::<u32>().ok()?;
        let mut open = fs::read_dir(process.path().join("fd")).ok()?.flatten();
        open.find(|file| fs::read_link(file.path()).is_ok_and(|link| link.as_os_str() == wanted.as_str()))?;
        let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
        Some(format!("{} (process {pid})", name.trim()))
    })
}

/// The socket that listens on the port, from a table of the kernel's: column 1 is `address:port`, 3 the state,
/// 9 the inode.
fn listening(table: &str, port: u16) -> Option<String> {
    let (suffix, listen) = (format!(":{port:04X}"), "0A");
    let text = fs::read_to_string(table).ok()?;
    text.lines().find_map(|line| {
        let columns: Vec<_> = line.split_whitespace().collect();
        let hit = columns.get(1)?.ends_with(&suffix) && *columns.get(3)? == listen;
        hit.then(|| columns.get(9).map(ToString::to_string))?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_gives_its_host_and_port() {
        assert_eq!(of_url("postgres://a:b@db.example:5433/x", 5432), Some(("db.example".into(), 5433)));
        assert_eq!(of_url("redis://127.0.0.1", 6379), Some(("127.0.0.1".into(), 6379)));
        assert_eq!(of_url("http://[::1]:4566", 80), Some(("::1".into(), 4566)));
        assert_eq!(of_url("no url", 80), None);
        assert_eq!(of_url("nothing", 80), None);
    }

    #[test]
    fn free_ports_differ() -> Result<()> {
        let mut ports = free::<6>()?;
        ports.sort_unstable();
        assert!(ports.windows(2).all(|pair| pair[0] != pair[1]), "{ports:?}");
        Ok(())
    }

    #[test]
    fn a_port_in_use_names_its_owner_and_the_remedy() -> Result<()> {
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = held.local_addr()?.port();
        let told = listen(port, "Postgres", "--postgres-port").expect_err("it is taken").to_string();
        assert!(told.contains(&format!("Port {port}")), "{told}");
        assert!(told.contains("--postgres-port"), "{told}");
        Ok(())
    }
}
