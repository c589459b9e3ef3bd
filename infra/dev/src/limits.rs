//! The limits, as the functions read them: `count/seconds`, several with commas between.

use clap::ValueEnum;

use crate::environment::Variables;

/// The limits by address and by person, which `up` relaxes.
const RELAXED: [&str; 9] = [
    "LIMIT_IP_FAILED_LOGINS",
    "LIMIT_IP_LOGINS",
    "LIMIT_IP_CODE_CHECKS",
    "LIMIT_IP_REGISTRATIONS",
    "LIMIT_IP_REFRESHES",
    "LIMIT_IP_CODE_MAILS",
    "LIMIT_USER_WRITES",
    "LIMIT_USER_UPLOADS",
    "LIMIT_USER_TITLE_DELETIONS",
];

/// Those by account and of codes, which only the caller changes.
const NEVER_RELAXED: [&str; 3] = ["LIMIT_ADDRESS_MAILS", "LIMIT_ACCOUNT_FAILURES", "LIMIT_ACCOUNT_WAIT"];

/// High enough that one machine can play many people.
const ENOUGH: &str = "100000/60";

/// Which limits by address and by person hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Limits {
    /// So high that one machine can play many people
    Relaxed,
    /// The functions' own, as deployed
    Production,
}

impl Limits {
    /// The variables to set. `chosen` gives what the caller set: that holds, unless production is asked for.
    pub fn variables(self, chosen: impl Fn(&str) -> Option<String>) -> anyhow::Result<Variables> {
        if self == Self::Production {
            return Ok(Vec::new());
        }
        let relaxed = RELAXED.iter().map(|name| (name, chosen(name).unwrap_or_else(|| ENOUGH.to_owned())));
        let others = NEVER_RELAXED.iter().filter_map(|name| Some((name, chosen(name)?)));
        relaxed.chain(others).map(|(name, text)| checked(name, text)).collect()
    }
}

fn checked(name: &str, text: String) -> anyhow::Result<(String, String)> {
    anyhow::ensure!(
        text.split(',').all(is_limit),
        "{name} must be a count and seconds, such as 10/60, not {text:?}."
    );
    Ok((name.to_owned(), text))
}

fn is_limit(text: &str) -> bool {
    let positive = |number: &str| number.parse::<u32>().is_ok_and(|number| number > 0);
    text.split_once('/').is_some_and(|(count, seconds)| positive(count) && positive(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_count_and_seconds() {
        assert!(is_limit("10/60"));
        for wrong in ["", "10", "10/", "/60", "0/60", "10/0", "-1/60", "10/60/1", "10 / 60"] {
            assert!(!is_limit(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn relaxed_limits_leave_what_the_caller_chose() -> anyhow::Result<()> {
        let chosen = |name: &str| match name {
            "LIMIT_IP_LOGINS" => Some("3/60".to_owned()),
            "LIMIT_ADDRESS_MAILS" => Some("1/60,3/3600".to_owned()),
            _ => None,
        };
        let variables = Limits::Relaxed.variables(chosen)?;
        assert_eq!(variables.len(), RELAXED.len() + 1);
        assert!(variables.contains(&("LIMIT_IP_LOGINS".into(), "3/60".into())));
        assert!(variables.contains(&("LIMIT_USER_WRITES".into(), "100000/60".into())));
        assert!(variables.contains(&("LIMIT_ADDRESS_MAILS".into(), "1/60,3/3600".into())));
        Ok(())
    }

    #[test]
    fn limits_by_account_and_of_codes_are_never_relaxed() -> anyhow::Result<()> {
        let variables = Limits::Relaxed.variables(|_| None)?;
        assert!(variables.iter().all(|(name, _)| RELAXED.contains(&name.as_str())), "{variables:?}");
        Ok(())
    }

    #[test]
    fn production_sets_none() -> anyhow::Result<()> {
        assert!(Limits::Production.variables(|_| Some("1/1".into()))?.is_empty());
        Ok(())
    }

    #[test]
    fn a_limit_that_is_none_is_told() {
        let error = Limits::Relaxed.variables(|_| Some("many".into())).expect_err("it is no limit");
        assert!(error.to_string().contains("10/60"), "{error}");
    }
}
