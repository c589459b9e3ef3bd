use std::fmt;

use email_address::{EmailAddress, Options};

use crate::text::is_invisible;
use crate::{Format, Refusal};

/// Longest address in octets: RFC 5321, 4.5.3.1.3, less the angle brackets.
const MAX_OCTETS: usize = 254;

/// An e-mail address: shown as typed, mailed with its domain in ASCII, compared by [`Email::key`].
///
/// The local part is ASCII without quotes (IN-6), so that no two addresses that mail systems tell apart can
/// share a key, and nothing of a header can hide in it.
#[derive(Clone, PartialEq, Eq, utoipa::ToSchema)]
#[schema(value_type = String, format = Email, min_length = 3, max_length = 254, example = "anna@example.org")]
pub struct Email(Parts);

#[derive(Clone, PartialEq, Eq)]
struct Parts {
    shown: String,
    local: usize,
    domain: String,
}

impl Email {
    /// The address as it was typed, trimmed.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.0.shown
    }

    /// The address that mail goes to: the domain in punycode.
    #[must_use]
    pub fn deliverable(&self) -> String {
        format!("{}@{}", self.local_part(), self.0.domain)
    }

    /// The canonical form that is unique: in lower case, the domain in punycode.
    #[must_use]
    pub fn key(&self) -> String {
        self.deliverable().to_ascii_lowercase()
    }

    /// What stands before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        &self.0.shown[..self.0.local]
    }

    /// The address with most of its local part hidden, for mails to somebody else's eyes: `a•••@example.org`.
    #[must_use]
    pub fn masked(&self) -> String {
        let first: String = self.local_part().chars().take(1).collect();
        format!("{first}•••@{}", &self.0.shown[self.0.local + 1..])
    }
}

/// An address is a person's: it stays out of logs, also by accident (LOG-1).
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl TryFrom<String> for Email {
    type Error = Refusal;

    fn try_from(text: String) -> Result<Self, Refusal> {
        let shown = text.trim();
        // Before any mapping: IDNA would drop invisible characters silently (IN-5).
        if shown.chars().any(is_invisible) {
            return Err(Refusal::ForbiddenCharacter);
        }
        let malformed = Refusal::InvalidFormat(Format::Email);
        let (local, domain) = shown.rsplit_once('@').ok_or(malformed)?;
        if shown.len() > MAX_OCTETS {
            return Err(Refusal::TooLong { max: MAX_OCTETS });
        }
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| malformed)?;
        let address = format!("{local}@{domain}");
        let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
        if address.len() > MAX_OCTETS
            || !local.is_ascii()
            || local.contains('"')
            || EmailAddress::parse_with_options(&address, options).is_err()
        {
            return Err(malformed);
        }
        Ok(Self(Parts { local: local.len(), domain, shown: shown.to_owned() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(text: &str) -> Result<Email, Refusal> {
        Email::try_from(text.to_owned())
    }

    #[test]
    fn an_address_is_shown_as_typed_and_compared_without_case() {
        let anna = email("  Anna.K+games@Example.ORG ").expect("valid");
        assert_eq!(anna.shown(), "Anna.K+games@Example.ORG");
        assert_eq!(anna.key(), "anna.k+games@example.org");
        assert_eq!(anna.masked(), "A•••@Example.ORG");
        assert_eq!(format!("{anna:?}"), "[redacted]");
    }

    #[test]
    fn a_domain_of_other_letters_is_mailed_in_punycode() {
        let anna = email("anna@почта.рф").expect("valid");
        assert_eq!(anna.shown(), "anna@почта.рф");
        assert_eq!(anna.deliverable(), "anna@xn--80a1acny.xn--p1ai");
        assert_eq!(anna.key(), email("ANNA@ПОЧТА.РФ").expect("valid").key());
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let bad = Refusal::InvalidFormat(Format::Email);
        let long_local = format!("{}@example.org", "a".repeat(65));
        for text in [
            "",
            "anna",
            "@example.org",
            "anna@",
            "anna@localhost",
            "a b@example.org",
            "a@b@example.org",
            "anna@-x.org",
            "\"a b\"@example.org",
            "анна@example.org",
            "anna@[127.0.0.1]",
            "Anna <anna@example.org>",
            "a..b@example.org",
            "mıke@example.org",
            "anna@exa_mple.org",
            &long_local,
        ] {
            assert_eq!(email(text), Err(bad), "{text:?}");
        }
        assert_eq!(email(&format!("a@{}.org", "a.".repeat(130))), Err(Refusal::TooLong { max: 254 }));
        for text in [
            "a\u{200b}nna@example.org",
            "anna@exam\u{ad}ple.org",
            "anna\r\nBcc: x@example.org",
            "a\0@example.org",
        ] {
            assert_eq!(email(text), Err(Refusal::ForbiddenCharacter), "{text:?}");
        }
    }
}
