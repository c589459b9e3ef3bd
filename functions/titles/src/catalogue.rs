use api::views::TitleView;
use api::{Cursor, Error, FromQuery, PageQuery, PageView, Paged, Parameters, Query, Result};
use auth::SignedIn;
use axum::extract::State;
use http::Uri;
use models::{Order, Search, TitleSort, TitleType};
use ports::TitleQuery;

use crate::App;

/// Which part of the catalogue, in which order.
pub(crate) struct CatalogueQuery {
    query: TitleQuery,
    cursor: Cursor,
    page: PageQuery,
}

impl FromQuery for CatalogueQuery {
    fn from_query(parameters: &mut Parameters<'_>) -> Result<Self> {
        let page = PageQuery::take(parameters);
        let kind = parameters.parsed::<TitleType>("type");
        let sort = parameters.parsed::<TitleSort>("sort");
        let order = parameters.parsed::<Order>("order");
        let search = parameters.one("search");
        let (page, kind, sort) =
            (page?, kind?.ok_or(Error::InvalidParameter("type"))?, sort?.unwrap_or(TitleSort::Id));
        let order = order?.unwrap_or(match sort {
            TitleSort::Id => Order::Asc,
            TitleSort::ReleaseYear | TitleSort::Rating => Order::Desc,
        });
        let search = Search::parse(search?.as_deref().unwrap_or_default());
        let search = search.map_err(|_| Error::InvalidParameter("search"))?;
        let query = TitleQuery { kind, search, sort, order };
        Ok(Self { cursor: cursor(&query), query, page })
    }
}

fn cursor(query: &TitleQuery) -> Cursor {
    let sort = match query.sort {
        TitleSort::Id => "id",
        TitleSort::ReleaseYear => "release_year",
        TitleSort::Rating => "rating",
    };
    let order = match query.order {
        Order::Asc => "asc",
        Order::Desc => "desc",
    };
    let searched = if query.search.is_some() { "search" } else { "all" };
    let mut list = vec!["titles", query.kind.as_str(), sort, order, searched];
    list.extend(query.search.iter().flat_map(|search| search.words().iter().map(String::as_str)));
    Cursor::of(&list)
}

/// The catalogue of one type
#[utoipa::path(
    get, path = "/api/v1/titles", operation_id = "listTitles", tag = "titles", security(("token" = [])),
    params(
        ("type" = TitleType, Query, description = "Types are never mixed."),
        ("search" = Option<String>, Query, max_length = 200, example = "унес при",
            description = "Every word of it is the beginning of some word of the name."),
        ("sort" = inline(Option<TitleSort>), Query, description = "`id` if left out."),
        ("order" = inline(Option<Order>), Query,
            description = "`asc` for `id` and `desc` for the others if left out; unrated titles come last either way."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, description = "20 if left out."),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before."),
    ),
    responses((status = 200, description = "A page.", body = PageView<TitleView>,
        headers(("Link" = String, description = "The next page, where there is one."))))
)]
pub(crate) async fn list(
    State(app): State<App>,
    _caller: SignedIn,
    uri: Uri,
    Query(asked): Query<CatalogueQuery>,
) -> Result<Paged<TitleView>> {
    let page = app.titles.list(&asked.query, asked.page.request(&asked.cursor)?).await?;
    Ok(Paged::new(page, &asked.cursor, &uri, |title| TitleView::of(title, &app.media)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::{Position, TitleId};

    fn asked(query: &str) -> Result<CatalogueQuery> {
        CatalogueQuery::from_query(&mut Parameters::of(query))
    }

    #[test]
    fn a_list_by_id_goes_up_and_the_others_down() {
        let order = |query| asked(query).expect("a query").query.order;
        assert_eq!(order("type=game"), Order::Asc);
        assert_eq!(order("type=game&sort=rating"), Order::Desc);
        assert_eq!(order("type=game&sort=release_year"), Order::Desc);
        assert_eq!(order("type=game&sort=rating&order=asc"), Order::Asc);
    }

    #[test]
    fn a_wrong_parameter_is_named() {
        let wrong = |query: &str| match asked(query) {
            Err(Error::InvalidParameter(name)) => name,
            _ => "none",
        };
        assert_eq!(wrong(""), "type");
        assert_eq!(wrong("type=book"), "type");
        assert_eq!(wrong("type=game&type=movie"), "type");
        assert_eq!(wrong("type=game&sort=name"), "sort");
        assert_eq!(wrong("type=game&order=up"), "order");
        assert_eq!(wrong("type=game&limit=0"), "limit");
        assert_eq!(wrong("type=game&limit=101"), "limit");
        assert_eq!(wrong("type=game&search=a%00"), "search");
        assert_eq!(wrong("type=game&search=%20"), "none");
    }

    #[test]
    fn a_cursor_is_of_one_type_sort_order_and_search() {
        let id: TitleId = "019aa5c4-6f00-7cc3-98c4-dc0c0c07398f".parse().expect("an id");
        let end = Position { value: None, id: id.uuid() };
        let cursor = |query| asked(query).expect("a query").cursor.encode(end);
        let mut cursors = [
            "type=game",
            "type=movie",
            "type=game&order=desc",
            "type=game&sort=rating",
            "type=game&search=ico",
            "type=game&search=!",
        ]
        .map(cursor);
        cursors.sort();
        assert!(cursors.windows(2).all(|pair| pair[0] != pair[1]));
        assert_eq!(cursor("type=game&limit=7&sort=id&order=asc&search="), cursor("type=game"));
    }
}
