use std::time::Duration;

use alerts_function::{App, Batch, Deployment, Fallback, Line, NAME, Operators, RULE};
use platform::AlertBackends;
use ports::AlertRule;
use serde_json::Value;
use tokio::sync::mpsc::Receiver;
use tokio::time::{MissedTickBehavior, interval};
use tracing::Instrument as _;

/// How often it is looked whether a digest is due.
const SCHEDULE: Duration = Duration::from_secs(60);
/// As many lines as are handled together.
const AT_ONCE: usize = 256;

/// Hands the process's own errors to the alerts function, and calls it on a schedule: what CloudWatch and EventBridge do
/// on Lambda.
pub(crate) async fn follow(lines: Receiver<String>) -> anyhow::Result<()> {
    let opened = AlertBackends::open().await?;
    let AlertBackends { memory, mail, addresses, digest_seconds, stage, region, clock } = opened;
    let operators = mail.map(|mail| Operators { mail, addresses });
    let deployment = Deployment { stage, region };
    let rule = AlertRule { digest_seconds: digest_seconds.unwrap_or(RULE.digest_seconds), ..RULE };
    let app = App { memory, operators, deployment, rule, clock, fallback: Fallback::default() };
    // By the span's function its own lines are known again.
    let span = tracing::info_span!("alerts", function = NAME);
    tokio::spawn(attend(app, lines).instrument(span));
    Ok(())
}

async fn attend(app: App, mut lines: Receiver<String>) {
    let digest = Duration::from_secs(app.rule.digest_seconds.into());
    let mut schedule = interval(SCHEDULE.min(digest));
    schedule.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut waiting = Vec::new();
    loop {
        let handled = tokio::select! {
            count = lines.recv_many(&mut waiting, AT_ONCE) => {
                if count == 0 {
                    return;
                }
                let at = app.clock.now();
                let others = waiting.drain(..).filter(|line| !is_own(line));
                let lines = others.map(|text| Line { at, text }).collect();
                app.observe(&Batch { log: None, lines }).await
            }
            _ = schedule.tick() => app.digest().await,
        };
        if let Err(error) = handled {
            tracing::error!(event = "alert_failed", "{error:#}");
        }
    }
}

/// Whether the alerts function logged it: it must not be told of itself.
fn is_own(line: &str) -> bool {
    serde_json::from_str::<Value>(line).is_ok_and(|line| line["span"]["function"] == NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_own_lines_are_known() {
        assert!(is_own(r#"{"level":"ERROR","span":{"function":"alerts","name":"alerts"}}"#));
        assert!(!is_own(r#"{"level":"ERROR","span":{"function":"local","name":"request"}}"#));
        assert!(!is_own(r#"{"level":"ERROR","message":"function alerts"}"#));
        assert!(!is_own("thread 'main' panicked at alerts"));
    }
}
