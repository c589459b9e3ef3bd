use aws_lc_rs::digest;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::LINK;
use http::{HeaderValue, Uri};
use models::{Page, PageRequest, Position};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::query::Parameters;
use crate::{Error, Json, Result};

const DEFAULT_LIMIT: u16 = 20;
const MAX_LIMIT: u16 = 100;

/// `?limit=` and `?cursor=`, as they were given.
#[derive(Debug, Clone)]
pub struct PageQuery {
    limit: u16,
    cursor: Option<String>,
}

impl PageQuery {
    /// Takes both parameters.
    ///
    /// # Errors
    /// `InvalidParameter` where the limit is not from 1 to 100.
    pub fn take(parameters: &mut Parameters<'_>) -> Result<Self> {
        let limit = parameters.parsed("limit")?.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Error::InvalidParameter("limit"));
        }
        Ok(Self { limit, cursor: parameters.one("cursor")?.map(Into::into) })
    }

    /// The part of the list that is asked for.
    ///
    /// # Errors
    /// `InvalidCursor` where the cursor is not of the list that `cursor` describes.
    pub fn request(&self, cursor: &Cursor) -> Result<PageRequest> {
        let after = self.cursor.as_deref().map(|text| cursor.decode(text)).transpose()?;
        Ok(PageRequest { limit: self.limit, after })
    }
}

/// What makes and reads the cursors of one list, with its filter and sort: those of another are refused.
#[derive(Debug, Clone)]
pub struct Cursor {
    tag: [u8; 8],
}

impl Cursor {
    /// The cursors of the list that these words name: the list, whose it is, filter, sort and order.
    #[must_use]
    pub fn of(list: &[&str]) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        for word in list {
            // A word's length goes first, so that no two lists share a tag by their words' borders.
            context.update(&(word.len() as u64).to_be_bytes());
            context.update(word.as_bytes());
        }
        let mut tag = [0; 8];
        tag.copy_from_slice(&context.finish().as_ref()[..8]);
        Self { tag }
    }

    /// A position as an opaque text.
    #[must_use]
    pub fn encode(&self, position: Position) -> String {
        let mut bytes = Vec::with_capacity(33);
        bytes.extend_from_slice(&self.tag);
        bytes.push(u8::from(position.value.is_some()));
        bytes.extend_from_slice(&position.value.unwrap_or_default().to_be_bytes());
        bytes.extend_from_slice(position.id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The position that a text stands for; each position of a list has one text.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidCursor`] where the text was not made by [`encode`](Self::encode) for this very list.
    pub fn decode(&self, text: &str) -> Result<Position> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Error::InvalidCursor)?;
        let bytes: [u8; 33] = bytes.try_into().map_err(|_| Error::InvalidCursor)?;
        let (tag, rest) = bytes.split_first_chunk::<8>().ok_or(Error::InvalidCursor)?;
        let (flag, rest) = rest.split_first().ok_or(Error::InvalidCursor)?;
        let (value, id) = rest.split_first_chunk::<8>().ok_or(Error::InvalidCursor)?;
        let value = match flag {
            // One position has one cursor.
            0 if *value == [0; 8] => None,
            1 => Some(i64::from_be_bytes(*value)),
            _ => return Err(Error::InvalidCursor),
        };
        if *tag != self.tag {
            return Err(Error::InvalidCursor);
        }
        Ok(Position { value, id: Uuid::from_slice(id).map_err(|_| Error::InvalidCursor)? })
    }
}

/// A page as it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageView<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// What `?cursor=` has to be for the next page; `null` at the end.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// A page with the `Link` header to the next one.
#[derive(Debug)]
pub struct Paged<T> {
    view: PageView<T>,
    next: Option<String>,
}

impl<T> Paged<T> {
    /// The answer to a request for `uri`.
    pub fn new<I>(page: Page<I>, cursor: &Cursor, uri: &Uri, view: impl Fn(I) -> T) -> Self {
        let next_cursor = page.next.map(|position| cursor.encode(position));
        let next = next_cursor.as_deref().map(|cursor| next_address(uri, cursor));
        Self { view: PageView { items: page.items.into_iter().map(view).collect(), next_cursor }, next }
    }
}

fn next_address(uri: &Uri, cursor: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (key, value) in url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        if key != "cursor" {
            query.append_pair(&key, &value);
        }
    }
    format!("{}?{}", uri.path(), query.append_pair("cursor", cursor).finish())
}

impl<T: Serialize> IntoResponse for Paged<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.view).into_response();
        if let Some(link) =
            self.next.and_then(|next| HeaderValue::try_from(format!("<{next}>; rel=\"next\"")).ok())
        {
            response.headers_mut().insert(LINK, link);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_position_in_its_own_list_only() {
        let list = Cursor::of(&["titles", "game", "rating", "desc"]);
        for position in [
            Position { value: Some(-5), id: Uuid::from_u128(7) },
            Position { value: None, id: Uuid::from_u128(8) },
        ] {
            assert_eq!(list.decode(&list.encode(position)).ok(), Some(position));
            let other = Cursor::of(&["titles", "game", "rating", "asc"]);
            assert!(matches!(other.decode(&list.encode(position)), Err(Error::InvalidCursor)));
        }
        for bad in ["", "x", "%%%", &"A".repeat(44), &"A".repeat(10_000)] {
            assert!(matches!(list.decode(bad), Err(Error::InvalidCursor)));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_cursor_is_of_one_position_of_one_list(value in any::<Option<i64>>(), id in any::<u128>(), word in ".{0,9}") {
            let (list, position) = (Cursor::of(&["titles", &word]), Position { value, id: Uuid::from_u128(id) });
            let text = list.encode(position);
            prop_assert_eq!(list.decode(&text).ok(), Some(position));
            prop_assert!(Cursor::of(&["titles", &word, ""]).decode(&text).is_err());
        }

        #[test]
        fn no_other_text_is_a_cursor(text in prop_oneof![any::<String>(), "[A-Za-z0-9_-]{40,48}"]) {
            prop_assert!(matches!(Cursor::of(&["titles"]).decode(&text), Err(Error::InvalidCursor)));
        }

        #[test]
        fn a_changed_cursor_is_of_the_same_list_or_of_none(at in 0_usize..44, letter in "[A-Za-z0-9_-]") {
            let list = Cursor::of(&["titles", "game"]);
            let mut text = list.encode(Position { value: Some(7), id: Uuid::from_u128(8) });
            text.replace_range(at..=at, &letter);
            if let Ok(position) = list.decode(&text) {
                prop_assert_eq!(list.encode(position), text, "two texts would be one cursor");
            }
        }
    }

    #[test]
    fn the_next_address_keeps_what_was_asked_for() {
        let uri: Uri = "/api/v1/titles?type=game&search=%D1%91%20a&cursor=old".parse().expect("an address");
        assert_eq!(next_address(&uri, "new"), "/api/v1/titles?type=game&search=%D1%91+a&cursor=new");
    }
}
