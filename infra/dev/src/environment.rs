//! The environment of the functions: made in one place, handed to children, and left in a file for others.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use crate::process::private_file;

/// The bucket of the pictures.
pub const BUCKET: &str = "prohod-media";

/// Names and values, in the order they are written.
pub type Variables = Vec<(String, String)>;

/// Where the functions find what they need.
pub struct Addresses {
    /// What is durable, and codes and counters.
    pub store: Store,
    /// S3, SES, and DynamoDB, which remembers alerts also where it is not the store.
    pub aws: String,
    /// Where the API is served.
    pub public: String,
    /// Where pictures are served.
    pub media: String,
}

/// Which of the two.
pub enum Store {
    /// Postgres, with Valkey or Redis beside it.
    Postgres {
        /// Where it is.
        database: String,
        /// Where Valkey or Redis is.
        cache: String,
    },
    /// DynamoDB for all of it.
    DynamoDb,
}

impl Store {
    fn variables(&self) -> Variables {
        match self {
            Self::Postgres { database, cache } => {
                variables(&[("STORE", "postgres"), ("DATABASE_URL", database), ("REDIS_URL", cache)])
            }
            Self::DynamoDb => variables(&[("STORE", "dynamodb")]),
        }
    }
}

/// What reaches AWS's clients in every local run: never anyone's real keys.
pub fn aws(endpoint: &str) -> Variables {
    variables(&[
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ])
}

/// Everything the functions read, but the limits and the secrets.
pub fn functions(addresses: &Addresses) -> Variables {
    let mut all = addresses.store.variables();
    all.extend(variables(&[
        ("STAGE", "local"),
        ("ALERT_ADDRESSES", "operator@prohod.example"),
        ("MEDIA_BUCKET", BUCKET),
        ("MEDIA_URL", &addresses.media),
        ("MAIL_SENDER", "Prohod <no-reply@prohod.example>"),
        ("PUBLIC_URL", &addresses.public),
        ("AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH", "true"),
    ]));
    all.extend(aws(&addresses.aws));
    all
}

/// The value of one of them.
pub fn value(variables: &Variables, wanted: &str) -> Result<String> {
    let found = variables.iter().find(|(name, _)| name == wanted);
    found.map(|(_, value)| value.clone()).with_context(|| format!("{wanted} is not known"))
}

/// Gives a child these variables, and none of the caller's that mean the same to the functions.
pub fn apply(command: &mut Command, variables: &Variables) {
    const OURS: [&str; 13] = [
        "AWS_",
        "ALERT_",
        "STAGE",
        "LIMIT_",
        "JWT_",
        "PEPPER",
        "STORE",
        "CODES",
        "DATABASE_URL",
        "REDIS_URL",
        "CACHE_",
        "DYNAMODB_",
        "TEST_",
    ];
    without(command, |name| {
        OURS.iter().any(|prefix| name.starts_with(prefix)) && !name.starts_with("AWS_LC_")
    });
    command.envs(variables.iter().map(|(name, value)| (name, value)));
}

/// Takes away what `cargo run` tells of the package `dev`: another cargo below would take it for its own.
pub fn without_cargo(command: &mut Command) {
    const OWN: [&str; 5] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_", "CARGO_PRIMARY_"];
    without(command, |name| OWN.iter().any(|prefix| name.starts_with(prefix)));
}

fn without(command: &mut Command, unwanted: impl Fn(&str) -> bool) {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(&unwanted) {
            command.env_remove(name);
        }
    }
}

/// Writes variables as `NAME=value` lines that both a shell and `cargo lambda --env-file` read alike.
pub fn write(path: &Path, variables: &Variables) -> Result<()> {
    private_file(path)?.write_all(lines(variables)?.as_bytes()).context("The environment cannot be written")
}

/// Reads what [`write`] wrote.
pub fn read(path: &Path) -> Result<Variables> {
    parse(&fs::read_to_string(path)?)
}

/// Reads `NAME=value` lines; a value may stand in quotes.
pub fn parse(text: &str) -> Result<Variables> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, value) = line.split_once('=').context("A line without `=` is no variable.")?;
            let quoted = ['\'', '"'].iter().find_map(|q| value.strip_prefix(*q)?.strip_suffix(*q));
            Ok((name.to_owned(), quoted.unwrap_or(value).to_owned()))
        })
        .collect()
}

fn lines(variables: &Variables) -> Result<String> {
    let mut text = String::new();
    for (name, value) in variables {
        let plain =
            !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || "_./:@,+-".contains(c));
        if value.contains(['\'', '\n']) {
            bail!("{name} holds a quote or a line break, which an environment file cannot.");
        }
        let quote = if plain { "" } else { "'" };
        writeln!(text, "{name}={quote}{value}{quote}")?;
    }
    Ok(text)
}

fn variables(pairs: &[(&str, &str)]) -> Variables {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again() -> Result<()> {
        let all = variables(&[
            ("MAIL_SENDER", "Prohod <no-reply@prohod.example>"),
            ("KEYS", r#"{"a": "b=="}"#),
            ("DATABASE_URL", "postgres://prohod:0af@127.0.0.1:15432/prohod"),
            ("EMPTY", ""),
        ]);
        assert_eq!(parse(&lines(&all)?)?, all);
        Ok(())
    }

    #[test]
    fn only_values_that_need_it_are_quoted() -> Result<()> {
        let all = variables(&[("A", "10/60"), ("B", "x y"), ("C", "e30=")]);
        assert_eq!(lines(&all)?, "A=10/60\nB='x y'\nC='e30='\n");
        Ok(())
    }

    #[test]
    fn a_value_that_no_file_can_hold_is_refused() {
        assert!(lines(&variables(&[("A", "it's")])).is_err());
        assert!(lines(&variables(&[("A", "two\nlines")])).is_err());
    }

    #[test]
    fn comments_and_empty_lines_are_no_variables() -> Result<()> {
        assert_eq!(parse("# a\n\nA=1\nB=\"2 3\"\n")?, variables(&[("A", "1"), ("B", "2 3")]));
        assert!(parse("no sign").is_err());
        Ok(())
    }
}
