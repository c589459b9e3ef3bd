//! What must not be mailed is taken out of a text: addresses, tokens, codes, passwords, keys (LOG-1).
//!
//! What is logged should hold none of it; this is for what a library or a panic says. It rather takes too much.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// What stands for what was taken out.
pub const GONE: &str = "…";

#[expect(clippy::expect_used, reason = "the patterns are constants, and a test uses each")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern")
}

macro_rules! patterns {
    ($($name:ident = $text:expr;)+) => { $(static $name: LazyLock<Regex> = LazyLock::new(|| pattern($text));)+ };
}

patterns! {
    // Up to the last @: a password in a connection string may hold any sign.
    USER_INFO = r#"([A-Za-z][A-Za-z0-9+.-]*://)[^\s"'<>]*@"#;
    NAMED = r#"(?i)([a-z_-]*(?:password|passwd|pwd|secret|token|pepper|credential|authorization|api[_-]?key|signing[_-]?key|code)s?["']?\s*[=:]\s*)(?:(?:bearer|basic)\s+)?("[^"]*"|'[^']*'|[^\s,;&]+)"#;
    SCHEME = r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]+";
    REFRESH = r"prohod_[a-z]+_[A-Za-z0-9_-]+";
    JWT = r"\beyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)*";
    EMAIL = r#"[^\s@<>"'(),;:=…]+@[^\s@<>"'(),;:…]+"#;
    CODE = r"(?i)\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b";
    HEX = r"\b[0-9A-Fa-f]{16,}\b";
    LONG = r"[A-Za-z0-9+/_=-]{20,}";
    // Of such is a path or the name of a type; a key is not, but by a chance of less than one in a million.
    WORD = r"^(?:(?:[A-Z]?[a-z]{2,})+|[A-Z]+|[A-Za-z]{0,2}[0-9]{0,4})$";
}

/// The text without what must not be mailed.
pub fn scrub(text: &str) -> String {
    let text = USER_INFO.replace_all(text, "${1}…@");
    let text = NAMED.replace_all(&text, "${1}…");
    let text = SCHEME.replace_all(&text, "${1} …");
    let text = [&*REFRESH, &*JWT, &*EMAIL].into_iter().fold(text, gone);
    // Before the codes: half of an id looks like one.
    let text = LONG.replace_all(&text, |found: &Captures<'_>| {
        let run = &found[0];
        if reads_as_words(run) { run.to_owned() } else { GONE.to_owned() }
    });
    let text = [&*HEX, &*CODE].into_iter().fold(Cow::Owned(text.into_owned()), gone);
    text.into_owned()
}

fn gone<'a>(text: Cow<'a, str>, pattern: &Regex) -> Cow<'a, str> {
    Cow::Owned(pattern.replace_all(&text, GONE).into_owned())
}

fn reads_as_words(run: &str) -> bool {
    run.split(['/', '_', '-', '+', '=']).all(|piece| WORD.is_match(piece))
}

/// One line, without what could end a header or begin another (IN-8).
pub fn one_line(text: &str) -> String {
    let spaced = text.replace(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'), " ");
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The beginning of a text, of so many bytes at the most.
pub fn cut(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Numbers that look like chance and are the same each time.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, sides: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            usize::try_from(self.0 >> 33).unwrap() % sides
        }

        fn text(&mut self, letters: &str, length: usize) -> String {
            (0..length).map(|_| char::from(letters.as_bytes()[self.roll(letters.len())])).collect()
        }

        fn among(&mut self, all: &[&str]) -> String {
            all[self.roll(all.len())].to_owned()
        }
    }

    const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const CROCKFORD: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const AROUND: [&str; 6] = ["", "the value ", "{\"x\":\"", "(", "said: ", "a=1, b: "];
    const BEHIND: [&str; 6] = ["", " was refused", "\"}", ")", ", again", ".\nand more"];

    /// Checks that of a secret nothing of six letters or more is left, wherever it stands.
    fn hides(secret: impl Fn(&mut Dice) -> (String, String)) {
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
        for _ in 0..2_000 {
            let (text, secret) = secret(&mut dice);
            let text = dice.among(&AROUND) + &text + &dice.among(&BEHIND);
            let scrubbed = scrub(&text);
            for at in 0..=secret.len().saturating_sub(6) {
                let piece = &secret[at..(at + 6).min(secret.len())];
                assert!(!scrubbed.contains(piece), "{piece} of {text} is left in {scrubbed}");
            }
        }
    }

    fn plain(secret: String) -> (String, String) {
        (secret.clone(), secret)
    }

    #[test]
    fn keys_and_tokens() {
        hides(|dice| plain(dice.text(BASE64, 43)));
        hides(|dice| plain(dice.text("0123456789abcdef", 32)));
        hides(|dice| {
            let secret = dice.text(BASE64, 43);
            (format!("prohod_rt_{secret}"), secret)
        });
        hides(|dice| {
            let (head, claims, signature) =
                (dice.text(BASE64, 30), dice.text(BASE64, 90), dice.text(BASE64, 86));
            let secret = format!("{claims}.{signature}");
            (format!("eyJ{head}.{secret}"), secret)
        });
        hides(|dice| {
            let secret = dice.text("abcdefghkmnpqrstuvwxyz0123456789", 12);
            (format!("Authorization: Bearer {secret}"), secret)
        });
    }

    #[test]
    fn codes() {
        hides(|dice| plain(dice.text(CROCKFORD, 4) + "-" + &dice.text(CROCKFORD, 4)));
        hides(|dice| {
            plain(dice.text(CROCKFORD, 4).to_lowercase() + "-" + &dice.text(CROCKFORD, 4).to_lowercase())
        });
    }

    #[test]
    fn addresses_and_passwords() {
        hides(|dice| {
            let name = dice.text("abcdefghijklmnop.+_", 9);
            plain(name + "@" + &dice.text("abcdefghijklmnop", 8) + ".example")
        });
        hides(|dice| {
            let password = dice.text("abcdefgh0123456789!#$%/:@?-", 14);
            (format!("postgres://prohod:{password}@db.example:5432/prohod"), password)
        });
        hides(|dice| {
            let password = dice.text("abcdefgh0123456789!#$%/?-", 14);
            let name = dice.among(&["password", "PGPASSWORD", "\"secret\"", "api_key"]);
            (format!("{name}={password}"), password)
        });
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_secret_is_gone_whatever_stands_round_it(
            before in "\\PC{0,40}[\\s\"'(=:,]",
            behind in "[\\s\"'),;]\\PC{0,40}",
            secret in prop_oneof![
                "prohod_rt_[A-Za-z0-9_-]{43}",
                "eyJ[A-Za-z0-9_-]{20,60}\\.eyJ[A-Za-z0-9_-]{20,60}\\.[A-Za-z0-9_-]{86}",
                "[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}",
                "[a-z]{3,12}\\.[a-z]{2,9}@[a-z]{3,12}\\.(org|ru|com)",
                "[0-9a-f]{32}",
            ],
        ) {
            let scrubbed = scrub(&format!("{before}{secret}{behind}"));
            prop_assert!(!scrubbed.contains(&secret), "{scrubbed}");
        }

        #[test]
        fn any_line_is_one_and_any_cut_is_text(text in any::<String>(), bytes in 0_usize..200) {
            let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
            prop_assert!(!one_line(&text).contains(breaks));
            let start = cut(&text, bytes);
            prop_assert!(start.len() <= bytes && text.starts_with(start) && text.len().min(bytes) - start.len() < 4);
            scrub(&text);
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "the backend does not answer",
            "ProvisionedThroughputExceededException: slower",
            "src/adapter-postgres/users.rs:117",
            "error connecting to server: Connection refused (os error 111)",
            "POST /api/v1/auth/password/restore/confirm",
            "a_rather_long_name_of_a_function_in_rust",
            "Task timed out after 15.00 seconds",
        ] {
            assert_eq!(scrub(text), text);
        }
        assert_eq!(scrub("postgres://u:p@db.example:5432/x"), "postgres://…@db.example:5432/x");
        assert_eq!(scrub("from анна@почта.рф: no"), "from …: no");
        assert_eq!(scrub("user 019aa5c4-6f00-7cc3-98c4-dc0c0c07398f is gone"), "user … is gone");
    }

    #[test]
    fn a_line_is_one() {
        assert_eq!(one_line("a\r\nBcc: b\u{2028}c\0d\t e"), "a Bcc: b c d e");
        assert_eq!((cut("почта", 3), cut("ab", 9)), ("п", "ab"));
    }
}
