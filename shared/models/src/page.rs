use uuid::Uuid;

use crate::Refusal;

/// The direction of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Order {
    /// Smallest first.
    Asc,
    /// Greatest first.
    Desc,
}

impl std::str::FromStr for Order {
    type Err = Refusal;

    fn from_str(word: &str) -> Result<Self, Refusal> {
        match word {
            "asc" => Ok(Self::Asc),
            "desc" => Ok(Self::Desc),
            _ => Err(Refusal::NotOneOf(&["asc", "desc"])),
        }
    }
}

/// Where a page ended: the sort key of its last item and the id that breaks ties.
///
/// Every sort key of the API is a number: a year, tenths of a rating, milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The sort key; `None` for an unrated title in a list by rating, and in lists by id alone.
    pub value: Option<i64>,
    /// The id that breaks ties, in the list's own direction.
    pub id: Uuid,
}

/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// How many items at the most, 1 to 100.
    pub limit: u16,
    /// The end of the page before.
    pub after: Option<Position>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// Where the next page begins; `None` at the end of the list.
    pub next: Option<Position>,
}

impl<T> Page<T> {
    /// The page that is made of up to `limit + 1` items read: the one too many tells that there is a next page.
    #[must_use]
    pub fn cut(mut items: Vec<T>, limit: u16, position: impl Fn(&T) -> Position) -> Self {
        let limit = usize::from(limit);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(position) } else { None };
        Self { items, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_item_too_many_makes_a_next_page() {
        let position = |n: &u128| Position { value: None, id: Uuid::from_u128(*n) };
        assert_eq!(Page::cut(vec![1, 2, 3], 2, position).next, Some(position(&2)));
        assert_eq!(Page::cut(vec![1, 2], 2, position).next, None);
        assert_eq!(Page::cut(Vec::new(), 2, position).next, None);
    }
}
