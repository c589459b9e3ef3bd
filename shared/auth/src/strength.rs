use std::sync::LazyLock;

use api::{Error, Result, Weakness};
use models::{Email, NewPassword, Username};
use zxcvbn::{Score, zxcvbn};

/// Common passwords of 8 characters and more, in lower case, sorted by their bytes, one a line. Where they come
/// from is said beside the file.
static COMMON: LazyLock<String> =
    LazyLock::new(|| decoded(include_bytes!(concat!(env!("OUT_DIR"), "/common-passwords"))));

/// The keys of a Russian keyboard and what the same keys write on a Latin one.
const CYRILLIC_KEYS: &str = "йцукенгшщзхъфывапролджэячсмитьбюё";
const LATIN_KEYS: &str = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`";

/// The product's own names, which nobody should think of first.
const PRODUCT: [&str; 2] = ["prohod", "проход"];

/// zxcvbn's work grows with the length; what is beyond this many characters can only make a password stronger.
const ESTIMATED_CHARS: usize = 64;

/// Who a password is to be for: what they are called is no secret.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Their address.
    pub email: &'a Email,
    /// Their name.
    pub username: &'a Username,
}

/// What a deployment asks of new passwords (PW-3, PW-4).
#[derive(Debug, Clone, Copy)]
pub struct PasswordPolicy {
    /// The least number of characters, 8 or more.
    pub min_chars: usize,
}

impl PasswordPolicy {
    /// Takes a password, or says why not.
    ///
    /// # Errors
    /// `WeakPassword`.
    pub fn check(&self, password: &NewPassword, subject: Subject<'_>) -> Result<()> {
        match self.weakness(password.expose(), subject) {
            None => Ok(()),
            Some(weakness) => Err(Error::WeakPassword(weakness)),
        }
    }

    fn weakness(&self, password: &str, subject: Subject<'_>) -> Option<Weakness> {
        if password.chars().count() < self.min_chars {
            return Some(Weakness::TooShort(self.min_chars));
        }
        let lower = password.to_lowercase();
        let twin = swapped(&lower);
        if [&lower, &twin].into_iter().any(|text| is_common(text) || is_word_and_little_more(text)) {
            return Some(Weakness::Common);
        }
        let local = subject.email.local_part().to_lowercase();
        let name = subject.username.as_str().to_lowercase();
        let own = [local.as_str(), name.as_str(), PRODUCT[0], PRODUCT[1]];
        if is_mostly(&lower, &own) {
            return Some(Weakness::Personal);
        }
        // The twin too: zxcvbn knows walks over Latin keys only, and `йцукен` is one.
        let guessable = [password, &twin].into_iter().any(|text| {
            let head: String = text.chars().take(ESTIMATED_CHARS).collect();
            zxcvbn(&head, &own).score() < Score::Three
        });
        guessable.then_some(Weakness::Guessable)
    }
}

/// The lines that `build.rs` coded.
#[expect(clippy::expect_used, reason = "a constant, which a test reads")]
fn decoded(coded: &[u8]) -> String {
    let mut lines: Vec<u8> = Vec::with_capacity(2 * coded.len() + coded.len() / 4);
    let mut before = 0;
    let mut coded = coded.iter();
    while let Some(&shared) = coded.next() {
        let start = lines.len();
        lines.extend_from_within(before..before + usize::from(shared));
        lines.extend(coded.by_ref().take_while(|byte| **byte != b'\n'));
        lines.push(b'\n');
        before = start;
    }
    String::from_utf8(lines).expect("a text was coded")
}

/// The same keys on the other layout: `gfhjkm` for `пароль` and back.
fn swapped(text: &str) -> String {
    let swap = |c: char| {
        let pairs = || CYRILLIC_KEYS.chars().zip(LATIN_KEYS.chars());
        let twin = pairs().find_map(|(cyrillic, latin)| match c {
            _ if c == cyrillic => Some(latin),
            _ if c == latin => Some(cyrillic),
            _ => None,
        });
        twin.unwrap_or(c)
    };
    text.chars().map(swap).collect()
}

/// Where `text` stands, or would stand, among the lines of the list.
fn lines_from(text: &str) -> &'static str {
    let bytes = COMMON.as_bytes();
    let (mut low, mut high) = (0, bytes.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = bytes[..middle].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let end =
            bytes[middle..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| middle + at);
        if bytes[start..end] < *text.as_bytes() { low = end + 1 } else { high = start }
    }
    COMMON.get(low..).unwrap_or_default()
}

fn is_common(text: &str) -> bool {
    lines_from(text).lines().next() == Some(text)
}

/// Whether `word` is a common password, or one with digits or marks behind it: a word that people make
/// passwords of.
fn is_common_word(word: &str) -> bool {
    lines_from(word)
        .lines()
        .take_while(|line| line.starts_with(word))
        .take(50)
        .any(|line| line[word.len()..].chars().all(|c| !c.is_alphabetic()))
}

/// One word that people make passwords of, however often, with a few digits or marks: `пароль12345пароль`.
fn is_word_and_little_more(text: &str) -> bool {
    const LITTLE: usize = 8;
    let mut words = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let Some(first) = words.next() else { return false };
    let others = text.chars().filter(|c| !c.is_alphabetic()).count();
    others <= LITTLE && words.all(|word| word == first) && first.chars().count() >= 3 && is_common_word(first)
}

/// Whether one of `own` makes up half of the text or more.
fn is_mostly(text: &str, own: &[&str]) -> bool {
    let length = text.chars().count();
    own.iter().filter(|word| word.chars().count() >= 3).any(|word| {
        let covered = text.matches(word).count() * word.chars().count();
        covered * 2 >= length
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weakness(password: &str) -> Option<Weakness> {
        let email = Email::try_from("natasha.k@example.org".to_owned()).unwrap();
        let username = Username::try_from("звездочёт".to_owned()).unwrap();
        PasswordPolicy { min_chars: 8 }.weakness(password, Subject { email: &email, username: &username })
    }

    #[test]
    fn the_list_is_sorted_and_long_enough() {
        assert_eq!(*COMMON, include_str!("../data/common-passwords.txt"));
        let lines: Vec<_> = COMMON.lines().collect();
        assert!(lines.len() >= 100_000, "{}", lines.len());
        assert!(lines.is_sorted_by(|a, b| a < b));
        assert!(lines.iter().all(|line| line.chars().count() >= 8));
        for line in lines.iter().step_by(997) {
            assert!(is_common(line), "{line}");
        }
        assert!(!is_common("a password that nobody has"));
    }

    #[test]
    fn common_words_with_little_more_are_refused_in_both_layouts() {
        for weak in [
            "password1",
            "Password123!",
            "qwertyuiop",
            "12345678",
            "пароль12345",
            "gfhjkm12345",
            "пароль12345пароль",
            "ПАРОЛЬ12345ПАРОЛЬ",
            "йцукенгшщз",
            "Gfhjkm12345gfhjkm",
        ] {
            assert_eq!(weakness(weak), Some(Weakness::Common), "{weak}");
        }
    }

    #[test]
    fn what_is_mostly_ones_own_name_is_refused() {
        for weak in ["natasha.k2026", "xxзвездочётxx", "Prohod_2026_prohod"] {
            assert_eq!(weakness(weak), Some(Weakness::Personal), "{weak}");
        }
    }

    #[test]
    fn what_is_quickly_guessed_is_refused() {
        for weak in ["aaaaaaaaaaaa", "zxcvbnm,./zxc", "фывапролджэфыв"] {
            assert!(weakness(weak).is_some(), "{weak}");
        }
    }

    #[test]
    fn a_few_unrelated_words_are_fine() {
        for good in [
            "correct horse battery staple",
            "лиловый трактор едет в Омск",
            "v8$kQz!27wLp",
            "🦊🐙 тихий чайник 41",
        ] {
            assert_eq!(weakness(good), None, "{good}");
        }
    }
}
