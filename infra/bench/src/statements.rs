//! The very statements of a request, with their values, as Postgres itself logs them, and pgbench running them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use anyhow::Context as _;

/// A Postgres whose log can be read, and its programs.
pub struct Postgres {
    /// The folder of `psql` and `pgbench`.
    pub programs: PathBuf,
    /// The functions' database, for their role.
    pub url: String,
    /// For one who may have the server log.
    pub superuser_url: String,
    /// The server's own output.
    pub log: PathBuf,
}

/// A statement with the values of its parameters; `None` is null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub sql: String,
    pub values: Vec<Option<String>>,
}

/// Stands before every entry of the log while statements are logged.
const ENTRY: &str = "@@entry ";
/// How long the server may take to read its settings again, and to write its log.
const SOON: Duration = Duration::from_millis(300);

impl Postgres {
    /// The statements that a call makes. It is called twice, so that what is cached for a while is cached.
    pub fn statements(&self, call: impl Fn() -> anyhow::Result<()>) -> anyhow::Result<Vec<Statement>> {
        self.set(&format!(
            "alter system set log_statement = 'all'; alter system set log_line_prefix = '{ENTRY}';"
        ))?;
        call()?;
        sleep(SOON);
        let before = fs::metadata(&self.log)?.len();
        call()?;
        sleep(SOON);
        let log = fs::read(&self.log)?;
        self.set("alter system reset log_statement; alter system reset log_line_prefix;")?;
        let new = log.get(usize::try_from(before)?..).context("the log was cut")?;
        Ok(logged(&String::from_utf8_lossy(new)))
    }

    fn set(&self, settings: &str) -> anyhow::Result<()> {
        let all: Vec<_> = settings.split_inclusive(';').chain(["select pg_reload_conf();"]).collect();
        self.psql(&self.superuser_url, &all)?;
        sleep(SOON);
        Ok(())
    }

    /// The rows of a query of one column, in the functions' database.
    pub fn column(&self, query: &str) -> anyhow::Result<Vec<String>> {
        Ok(self.psql(&self.url, &[query])?.lines().map(str::to_owned).collect())
    }

    /// What the server answers to these, one after the other, without names of columns.
    fn psql(&self, url: &str, commands: &[&str]) -> anyhow::Result<String> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-q", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url]);
        psql.args(commands.iter().flat_map(|command| ["-c", command]));
        let run = psql.output().context("psql can't be started")?;
        anyhow::ensure!(run.status.success(), "psql: {}", String::from_utf8_lossy(&run.stderr));
        Ok(String::from_utf8(run.stdout)?)
    }

    /// Transactions a second when pgbench runs these scripts, in turn by chance, for so many seconds; none where so
    /// much else went on that it did not get to any.
    pub fn bench(
        &self,
        scripts: &[PathBuf],
        connections: usize,
        seconds: u64,
    ) -> anyhow::Result<Option<f64>> {
        let mut pgbench = Command::new(self.programs.join("pgbench"));
        pgbench.args(["-n", "-M", "extended", "-j", "1", "-c", &connections.to_string()]);
        pgbench.args(["-T", &seconds.to_string()]);
        for script in scripts {
            pgbench.arg("-f").arg(script);
        }
        let run = pgbench.arg(&self.url).output().context("pgbench can't be started")?;
        let said = String::from_utf8_lossy(&run.stdout);
        let rate = said.lines().find_map(|line| line.strip_prefix("tps = "));
        let rate = rate.and_then(|rest| rest.split(' ').next()).and_then(|rate| rate.parse().ok());
        anyhow::ensure!(run.status.success(), "pgbench: {}", String::from_utf8_lossy(&run.stderr));
        if said.contains("transactions actually processed: 0\n") {
            return Ok(None);
        }
        rate.map(Some).with_context(|| format!("pgbench said {said}"))
    }
}

/// Writes a script of pgbench's; `drawn` says of which value, by its number, and from which range another is drawn
/// each time.
pub fn script(path: &Path, statements: &[Statement], drawn: Option<(usize, [u16; 2])>) -> anyhow::Result<()> {
    let mut text = String::new();
    if let Some((_, [least, most])) = drawn {
        text.push_str(&format!("\\set drawn random({least}, {most})\n"));
    }
    for statement in statements {
        text.push_str(&filled(statement, drawn.map(|(number, _)| number)));
        text.push_str(";\n");
    }
    fs::write(path, text).context("a script can't be written")
}

/// The statement with its values in the places of its parameters, the last first, or `$1` would be found in `$10`.
fn filled(statement: &Statement, drawn: Option<usize>) -> String {
    let mut sql = statement.sql.clone();
    for (index, value) in statement.values.iter().enumerate().rev() {
        let number = index + 1;
        let text = match value {
            _ if drawn == Some(number) => ":drawn".to_owned(),
            Some(value) => literal(value),
            None => "null".to_owned(),
        };
        sql = sql.replace(&format!("${number}"), &text);
    }
    sql
}

/// A value in quotes, and arrays with their types, which functions of any array could not tell.
fn literal(value: &str) -> String {
    // pgbench would take a colon for the beginning of a variable.
    let escaped = value.replace('\\', "\\\\").replace('\'', "''").replace(':', "\\x3a");
    let quoted = format!("E'{escaped}'");
    match value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(items) if items.split(',').all(|item| item.parse::<i16>().is_ok() || item.is_empty()) => {
            format!("{quoted}::smallint[]")
        }
        Some(items) if !items.contains(':') => format!("{quoted}::text[]"),
        _ => quoted,
    }
}

/// The statements in a part of the log.
fn logged(log: &str) -> Vec<Statement> {
    let mut statements: Vec<Statement> = Vec::new();
    for entry in log.split(ENTRY) {
        if let Some((_, sql)) = entry.split_once("execute <unnamed>: ") {
            let sql = sql.trim_end().replace("\n\t", "\n");
            statements.push(Statement { sql, values: Vec::new() });
        } else if let Some(statement) =
            entry.split_once("statement: ").map(|(_, sql)| sql.trim_end().to_owned())
        {
            statements.push(Statement { sql: statement, values: Vec::new() });
        } else if let (Some((_, text)), Some(last)) = (entry.split_once("arameters: "), statements.last_mut())
        {
            last.values = values(text.trim_end());
        }
    }
    statements
        .retain(|statement| !statement.sql.contains("pg_reload_conf") && !statement.sql.starts_with("alter"));
    statements
}

/// `$1 = 'a', $2 = NULL` as values.
fn values(text: &str) -> Vec<Option<String>> {
    let mut values = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(" = ") {
        let Some(quoted) = after.strip_prefix('\'') else {
            values.push(None);
            rest = after;
            continue;
        };
        let mut value = String::new();
        let mut chars = quoted.char_indices().peekable();
        rest = "";
        while let Some((at, c)) = chars.next() {
            if c != '\'' {
                value.push(c);
            } else if chars.next_if(|(_, next)| *next == '\'').is_some() {
                value.push('\'');
            } else {
                rest = &quoted[at + 1..];
                break;
            }
        }
        values.push(Some(value));
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_and_values_are_read_of_the_log() {
        let log = "@@entry LOG:  execute <unnamed>: select $1,\n\t$2 from t\n\
                   @@entry DETAIL:  Parameters: $1 = 'it''s = 1', $2 = NULL, $3 = '{1,2}'\n\
                   @@entry LOG:  statement: begin\n";
        let values = vec![Some("it's = 1".to_owned()), None, Some("{1,2}".to_owned())];
        let first = Statement { sql: "select $1,\n$2 from t".to_owned(), values };
        assert_eq!(logged(log), [first.clone(), Statement { sql: "begin".to_owned(), values: Vec::new() }]);
        assert_eq!(filled(&first, Some(2)), "select E'it''s = 1',\n:drawn from t");
    }

    #[test]
    fn arrays_say_their_type() {
        assert_eq!(literal("{1,2}"), "E'{1,2}'::smallint[]");
        assert_eq!(literal("{a,b}"), "E'{a,b}'::text[]");
        assert_eq!(literal("00:01"), "E'00\\x3a01'");
    }
}
