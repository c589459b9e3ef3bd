use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::Refusal;
use crate::text::MAX_WORD_CHARS;

/// The words of `text` as search compares them: without case and diacritics, `ё` as `е`, `й` a letter of its
/// own. A word is a run of letters or digits.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    plain(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(MAX_WORD_CHARS).collect())
        .collect()
}

/// What makes a name equal to another: its words in their order. A name of marks alone is compared as it is
/// written, without case.
#[must_use]
pub fn name_key(name: &str) -> String {
    let plain = plain(name);
    let words: Vec<&str> =
        plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.is_empty() { plain.trim().to_owned() } else { words.join(" ") }
}

fn plain(text: &str) -> String {
    // NFKC first: it makes `й` of `и` and its breve, and plain letters of ligatures and full-width forms.
    let composed = text.nfkc().collect::<String>().to_lowercase();
    let mut plain = String::with_capacity(composed.len());
    for c in composed.nfc() {
        if c == 'й' {
            plain.push(c);
        } else {
            plain.extend(std::iter::once(c).nfd().filter(|c| !is_combining_mark(*c)));
        }
    }
    plain
}

/// What somebody looks for: every word of the query is the beginning of some word of the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    words: Vec<String>,
}

impl Search {
    /// The longest query, in characters.
    pub const MAX_CHARS: usize = 200;

    /// The query's words; `Ok(None)` for an empty query, which is as none.
    ///
    /// # Errors
    /// [`Refusal::TooLong`] over 200 characters, [`Refusal::ForbiddenCharacter`] for U+0000.
    pub fn parse(query: &str) -> Result<Option<Self>, Refusal> {
        if query.contains('\0') {
            return Err(Refusal::ForbiddenCharacter);
        }
        if query.chars().nth(Self::MAX_CHARS).is_some() {
            return Err(Refusal::TooLong { max: Self::MAX_CHARS });
        }
        if query.trim().is_empty() {
            return Ok(None);
        }
        let mut words = words(query);
        words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
        words.dedup();
        Ok(Some(Self { words }))
    }

    /// The words, longest first; none of them in a query of marks alone, which finds nothing.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether a name of these words is found.
    #[must_use]
    pub fn matches(&self, name: &[String]) -> bool {
        !self.words.is_empty()
            && self.words.iter().all(|wanted| name.iter().any(|word| word.starts_with(wanted.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_yo_and_diacritics_do_not_count_and_short_i_does() {
        assert_eq!(words("Ёлки-палки: Amélie, POKÉMON"), ["елки", "палки", "amelie", "pokemon"]);
        assert_eq!(words("Мой и\u{306}од"), ["мой", "йод"]);
        assert_ne!(words("йод"), words("иод"));
        assert_eq!(words("Half-Life 2"), ["half", "life", "2"]);
        assert!(words("!!! — …").is_empty());
    }

    #[test]
    fn every_word_of_a_query_begins_some_word_of_the_name() {
        let finds = |query: &str, name: &str| {
            Search::parse(query).expect("valid").is_some_and(|search| search.matches(&words(name)))
        };
        assert!(finds("унес при", "Унесённые призраками"));
        assert!(finds("ПРИЗ унё", "Унесённые призраками"));
        assert!(finds("mal", "NieR: Mal"));
        assert!(!finds("раками", "Унесённые призраками"));
        assert!(!finds("унес злом", "Унесённые призраками"));
        assert!(!finds("!!!", "!!!"));
    }

    #[test]
    fn an_empty_query_is_none_and_a_long_one_refused() {
        assert_eq!(Search::parse("  "), Ok(None));
        assert_eq!(Search::parse(&"a".repeat(201)), Err(Refusal::TooLong { max: 200 }));
        assert_eq!(Search::parse("a\0"), Err(Refusal::ForbiddenCharacter));
    }

    #[test]
    fn names_are_equal_when_search_cannot_tell_them_apart() {
        assert_eq!(name_key("Amélie!"), name_key("  amelie"));
        assert_eq!(name_key("Ёлки"), name_key("елки"));
        assert_ne!(name_key("!!!"), name_key("???"));
        assert_ne!(name_key("life half"), name_key("half life"));
    }
}
