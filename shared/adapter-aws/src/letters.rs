use jiff::Timestamp;
use jiff::tz::TimeZone;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use models::{Email, Language};
use ports::Letter;

/// How long codes serve, as the mails say it; `auth` has the rule itself.
const CODE_MINUTES: u32 = 10;

/// A letter as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// The part for programs without HTML.
    pub text: String,
    /// The part with HTML.
    pub html: String,
}

/// The mails' templates, from the files under `templates/mail/`; a Lambda has no files beside it, so they are
/// built in.
pub struct Templates(Environment<'static>);

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[
            ("layout.html", include_str!("../templates/mail/layout.html")),
            $(
                (concat!("en/", $name, ".txt"), include_str!(concat!("../templates/mail/en/", $name, ".txt"))),
                (concat!("en/", $name, ".html"), include_str!(concat!("../templates/mail/en/", $name, ".html"))),
                (concat!("ru/", $name, ".txt"), include_str!(concat!("../templates/mail/ru/", $name, ".txt"))),
                (concat!("ru/", $name, ".html"), include_str!(concat!("../templates/mail/ru/", $name, ".html"))),
            )+
        ]
    };
}

const FILES: &[(&str, &str)] = files!(
    "registration_code",
    "email_change_code",
    "restore_code",
    "already_registered",
    "no_account",
    "address_taken",
    "password_changed",
    "password_restored",
    "email_changed",
    "session_reuse",
);

/// Each is read when it is first needed: a start sends no mail.
impl Default for Templates {
    fn default() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|name| {
            if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None }
        });
        environment.set_loader(|name| {
            let file = FILES.iter().find(|(file, _)| *file == name);
            Ok(file.map(|(_, source)| (*source).to_owned()))
        });
        Self(environment)
    }
}

impl Templates {
    /// A letter to `to` in `language`.
    ///
    /// # Errors
    /// A template that asks for what the letter does not have.
    pub fn render(
        &self,
        to: &Email,
        letter: &Letter,
        language: Language,
    ) -> Result<Rendered, minijinja::Error> {
        let (name, values) = values(to, letter, language);
        // What has no code says so; what lacks anything else is an error.
        let values = context! { ..values, ..context! { code => () } };
        let render =
            |kind: &str| self.0.get_template(&format!("{}/{name}.{kind}", language.tag()))?.render(&values);
        let (text, html) = (render("txt")?, render("html")?);
        let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
        let subject = one_line(first.trim_start_matches("Subject:").trim());
        Ok(Rendered { subject, text: rest.trim_start().to_owned(), html })
    }
}

/// Nothing that could end a header or begin another, or a line of the text (IN-8).
pub(crate) fn one_line(text: &str) -> String {
    text.replace(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'), " ")
}

fn values(to: &Email, letter: &Letter, language: Language) -> (&'static str, Value) {
    let (address, minutes) = (one_line(to.shown()), CODE_MINUTES);
    let when = |at: &Timestamp| spelled(*at, language);
    match letter {
        Letter::RegistrationCode { code } => {
            ("registration_code", context! { code => one_line(code), minutes, address })
        }
        Letter::EmailChangeCode { code } => {
            ("email_change_code", context! { code => one_line(code), minutes, address })
        }
        Letter::RestoreCode { code } => {
            ("restore_code", context! { code => one_line(code), minutes, address })
        }
        Letter::AlreadyRegistered => ("already_registered", context! { address }),
        Letter::NoAccount => ("no_account", context! { address }),
        Letter::AddressTaken => ("address_taken", context! { address }),
        Letter::PasswordChanged { at } => ("password_changed", context! { when => when(at) }),
        Letter::PasswordRestored { at } => ("password_restored", context! { when => when(at) }),
        Letter::EmailChanged { new_address_masked, at } => {
            let new_address_masked = one_line(new_address_masked);
            ("email_changed", context! { new_address_masked, when => when(at) })
        }
        Letter::SessionReuse { at, user_agent, ip } => {
            let (user_agent, ip) = (one_line(user_agent), one_line(ip));
            ("session_reuse", context! { when => when(at), user_agent, ip })
        }
    }
}

/// An instant as people write it, in UTC.
fn spelled(at: Timestamp, language: Language) -> String {
    let at = at.to_zoned(TimeZone::UTC);
    match language {
        Language::En => at.strftime("%-d %B %Y, %H:%M UTC").to_string(),
        Language::Ru => at.strftime("%d.%m.%Y, %H:%M UTC").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Letter> {
        let (code, at) = ("K7QM-2XPD".to_owned(), "2026-11-22T10:52:00Z".parse().unwrap());
        vec![
            Letter::RegistrationCode { code: code.clone() },
            Letter::EmailChangeCode { code: code.clone() },
            Letter::RestoreCode { code },
            Letter::AlreadyRegistered,
            Letter::NoAccount,
            Letter::AddressTaken,
            Letter::PasswordChanged { at },
            Letter::PasswordRestored { at },
            Letter::EmailChanged { new_address_masked: "a•••@example.org".to_owned(), at },
            Letter::SessionReuse {
                at,
                user_agent: "<b>\"Browser\"</b>".to_owned(),
                ip: "192.0.2.1".to_owned(),
            },
        ]
    }

    fn rendered(letter: &Letter, language: Language) -> Rendered {
        let to = Email::try_from("anna@example.org".to_owned()).unwrap();
        Templates::default().render(&to, letter, language).unwrap()
    }

    #[test]
    fn every_letter_renders_in_both_languages() {
        for letter in all() {
            let (english, russian) = (rendered(&letter, Language::En), rendered(&letter, Language::Ru));
            for mail in [&english, &russian] {
                assert!(!mail.subject.is_empty() && !mail.subject.starts_with("Subject"), "{mail:?}");
                assert!(mail.text.len() > 50 && mail.html.contains("<html"), "{mail:?}");
                assert!(!mail.text.contains("{{") && !mail.html.contains("{{"), "{mail:?}");
                assert!(!mail.text.contains("{%") && !mail.html.contains("{%"), "{mail:?}");
            }
            let cyrillic = |text: &str| text.chars().any(|c| ('а'..='я').contains(&c));
            assert!(cyrillic(&russian.subject) && cyrillic(&russian.text) && cyrillic(&russian.html));
            assert!(!cyrillic(&english.subject) && !cyrillic(&english.text));
        }
    }

    #[test]
    fn a_code_is_in_text_and_html() {
        for letter in &all()[..3] {
            for language in [Language::En, Language::Ru] {
                let mail = rendered(letter, language);
                assert_eq!(mail.text.matches("K7QM-2XPD").count(), 1, "{}", mail.text);
                assert!(mail.html.contains("K7QM-2XPD"));
            }
        }
    }

    #[test]
    fn what_a_client_calls_itself_is_escaped_in_html() {
        let mail = rendered(&all()[9], Language::En);
        assert!(mail.html.contains("&lt;b&gt;") && !mail.html.contains("<b>\""), "{}", mail.html);
        assert!(mail.text.contains("<b>\"Browser\"</b>") && mail.text.contains("192.0.2.1"));
        assert!(mail.text.contains("22 November 2026, 10:52 UTC"), "{}", mail.text);
        assert!(rendered(&all()[9], Language::Ru).text.contains("22.11.2026, 10:52 UTC"));
    }
    #[test]
    fn no_value_begins_a_line_or_a_header() {
        let evil = "x\r\nBcc: eve@example.org\0\u{2028}y";
        let at = "2026-11-22T10:52:00Z".parse().unwrap();
        for letter in [
            Letter::RegistrationCode { code: evil.to_owned() },
            Letter::EmailChanged { new_address_masked: evil.to_owned(), at },
            Letter::SessionReuse { at, user_agent: evil.to_owned(), ip: evil.to_owned() },
        ] {
            let mail = rendered(&letter, Language::En);
            assert!(!mail.subject.contains(|c: char| c.is_control()), "{mail:?}");
            assert!(mail.text.contains("x  Bcc: eve@example.org  y"), "{mail:?}");
            assert!(mail.text.lines().all(|line| !line.starts_with("Bcc")), "{mail:?}");
        }
        assert_eq!(one_line("Subject\r\nBcc: eve@example.org"), "Subject  Bcc: eve@example.org");
    }

    #[test]
    fn a_letter_reads_so() {
        let mail = rendered(&all()[0], Language::En);
        insta::assert_snapshot!(format!("{}\n\n{}", mail.subject, mail.text), @r"
        Prohod: your registration code

        Hello!

        To finish registering anna@example.org, enter this code:

            K7QM-2XPD

        The code is valid for 10 minutes and works once.

        Do not tell this code to anybody. We never ask for it, neither by phone nor in a message.

        If you did not try to register, just ignore this message: without the code no account will be created.

        Prohod. This message was sent automatically.
        ");
    }
}
