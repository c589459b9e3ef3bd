//! What is in a program: its size as Lambda gets it, and the TLS stacks that are linked into it.

use std::collections::BTreeSet;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// The crates that speak TLS. Panics name the source file that they are in, with its crate and version, so a crate
/// that is linked can be found in a stripped program.
const SPEAK_TLS: [&str; 6] = ["rustls", "native-tls", "openssl", "s2n-tls", "boring", "mbedtls"];

/// The bytes of a zip with nothing but the program: deflated, with the headers of one entry.
pub fn zipped(program: &[u8]) -> anyhow::Result<usize> {
    const HEADERS: usize = 130;
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(program)?;
    Ok(encoder.finish()?.len() + HEADERS)
}

/// The TLS stacks linked into a program, each with its version.
pub fn tls_stacks(program: &[u8]) -> BTreeSet<String> {
    SPEAK_TLS.iter().flat_map(|name| versions(program, name)).collect()
}

fn versions(program: &[u8], name: &str) -> BTreeSet<String> {
    let marker = format!("/{name}-");
    let places = program.windows(marker.len()).enumerate().filter(|(_, window)| *window == marker.as_bytes());
    let version = |(at, _): (usize, _)| {
        let rest = program.get(at + marker.len()..)?;
        let end = rest.iter().take(24).position(|byte| *byte == b'/')?;
        let version = std::str::from_utf8(rest.get(..end)?).ok()?;
        // `rustls-native-certs-0.8` is another crate.
        let number = version.starts_with(|c: char| c.is_ascii_digit());
        (number && rest.get(end..)?.starts_with(b"/src/")).then(|| format!("{name} {version}"))
    };
    places.filter_map(version).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_is_known_by_its_source_files() {
        let program =
            b"..registry/src/x/rustls-0.23.46/src/conn.rs\0/rustls-0.23.46/src/a.rs/rustls-0.21.1/src/b.rs\
                        /rustls-native-certs-0.8.1/src/lib.rs /openssl-1/";
        let stacks: Vec<_> = tls_stacks(program).into_iter().collect();
        assert_eq!(stacks, ["rustls 0.21.1", "rustls 0.23.46"]);
    }

    #[test]
    fn a_zip_is_smaller_than_what_repeats() -> anyhow::Result<()> {
        assert!(zipped(&[7; 100_000])? < 1_000);
        Ok(())
    }
}
