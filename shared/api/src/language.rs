use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;
use http::request::Parts;
use models::Language;

/// The language that a person is answered in, after `Accept-Language`: English where neither Russian nor
/// English is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Lang(pub Language);

impl Lang {
    /// The language that `headers` ask for.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut best = (Language::En, 0.0);
        for (tag, quality) in accept_language::parse_with_quality(wanted) {
            let primary = tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase();
            let known = [Language::En, Language::Ru].into_iter().find(|language| language.tag() == primary);
            if let Some(language) = known.filter(|_| quality > best.1) {
                best = (language, quality);
            }
        }
        Self(best.0)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Lang {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn the_best_of_two_languages_is_found() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(text));
            Lang::of(&headers).0
        };
        assert_eq!(of("ru"), Language::Ru);
        assert_eq!(of("ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7"), Language::Ru);
        assert_eq!(of("en-GB,en;q=0.9,ru;q=0.8"), Language::En);
        assert_eq!(of("de, ru;q=0.5, en;q=0.4"), Language::Ru);
        assert_eq!(of("de"), Language::En);
        assert_eq!(of("ru;q=0"), Language::En);
        assert_eq!(of("ru-RU"), Language::Ru);
        assert_eq!(of("*"), Language::En);
        assert_eq!(of(";;q=,"), Language::En);
        assert_eq!(Lang::of(&HeaderMap::new()).0, Language::En);
    }
}
