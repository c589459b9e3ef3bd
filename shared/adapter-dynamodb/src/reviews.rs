use async_trait::async_trait;
use jiff::Timestamp;
use models::{
    FullReview, Order, Page, PageRequest, Position, Rating, Review, ReviewId, ReviewSort, ShortTitle,
    ShortUser, TitleId, TitleType, UserId,
};
use ports::{Conflict, Owned, Result, ReviewPatch, ReviewRef, Reviews};

use crate::DynamoDb;
use crate::calls::{Gives, Updated};
use crate::counts::{self, Counts, IS_THERE};
use crate::entries::{Added, after_time};
use crate::failure::{Answer, Failure};
use crate::item::{Item, instant, n, s, text};
use crate::lookup::{Lookup, Range};
use crate::records::{
    self, Kind, mark_order, review, review_item, review_orders, reviews_of_title, title_key,
};
use crate::tables::{BY_MARK, BY_UPDATE, BY_USER, Table};
use crate::write::Write;

/// What of a stored review is replaced, on condition that it is still the one that was seen.
fn rewrite(item: &Item, before: &Review, new: &Review) -> Answer<Write> {
    let set = "SET #rating = :rating, #text = :text, #updated_at = :now, #user_order = :user_order, \
        #title_order = :title_order, #mark_order = :mark_order";
    let [_, (_, user_order), _, (_, title_order), _, (_, mark_order)] = review_orders(new);
    Ok(Write::update(Kind::Review.key(new.title_id, new.user_id), set)
        .when("#entry = :entry AND #rating = :old_rating AND #text = :old_text")
        .with(":entry", s(before.id.to_string()))
        .with(":old_rating", n(before.rating.get()))
        .with(":old_text", s(text(item, "text")?))
        .with(":rating", n(new.rating.get()))
        .with(":text", s(new.text.as_str()))
        .with(":now", instant(new.updated_at))
        .with(":user_order", user_order)
        .with(":title_order", title_order)
        .with(":mark_order", mark_order))
}

impl DynamoDb {
    async fn add_review(&self, review: &Review) -> Answer<bool> {
        let Some(title) = self.get(&title_key(review.title_id)).await? else { return Ok(false) };
        let of = (Kind::Review, review.id.uuid());
        match self.add_entry(of, review_item(review), Counts::review(1, review.rating), &title).await? {
            Added::Done => Ok(true),
            Added::Exists(existing) => Err(Conflict::ReviewExists(ReviewId::new(existing)).into()),
            Added::Nowhere => Ok(false),
        }
    }

    async fn change_review(
        &self,
        which: ReviewRef,
        by: UserId,
        patch: &ReviewPatch,
        now: Timestamp,
    ) -> Answer<Owned<Review>> {
        let (title_id, id) = match which {
            ReviewRef::OfTitle(title) => (title, None),
            ReviewRef::Id(id) => match self.locate(Kind::Review, id.uuid()).await? {
                Some((title, user)) if user == by => (title, Some(id)),
                Some(_) => return Ok(Owned::Foreign),
                None => return Ok(Owned::Absent),
            },
        };
        let keys = [Kind::Review.key(title_id, by), title_key(title_id)];
        let mut found = self.get_all(&keys, true).await?;
        let [Some(item), Some(title)] = keys.map(|key| found.remove(&key)) else { return Ok(Owned::Absent) };
        let before = review(&item)?;
        if id.is_some_and(|id| id != before.id) {
            return Ok(Owned::Absent);
        }
        let mut new = before.clone();
        new.rating = patch.rating.unwrap_or(new.rating);
        new.text = patch.text.clone().unwrap_or(new.text);
        if new == before {
            return Ok(Owned::Done(before));
        }
        new.updated_at = now;
        self.replace(&item, &before, &new, &title).await.map(|()| Owned::Done(new))
    }

    /// A change of words alone does not touch the title.
    async fn replace(&self, item: &Item, before: &Review, new: &Review, title: &Item) -> Answer<()> {
        let rewrite = rewrite(item, before, new)?;
        let moved = i64::from(new.rating.get()) - i64::from(before.rating.get());
        if moved == 0 {
            return match self.update(&rewrite, Gives::After).await? {
                Updated::Done(_) => Ok(()),
                Updated::Refused(_) => Err(Failure::Overtaken),
            };
        }
        let by = Counts { marks: moved, ..Counts::default() };
        let writes = [
            rewrite,
            counts::of_title(new.title_id, by, title, IS_THERE)?,
            counts::of_user(new.user_id, by, IS_THERE),
        ];
        self.transact(&writes).await?.or_overtaken()
    }

    async fn reviews_of_user(
        &self,
        user: UserId,
        kinds: &[TitleType],
        page: &PageRequest,
    ) -> Answer<Option<Vec<(Review, ShortTitle)>>> {
        let range = Range::after("", Order::Desc, after_time(page).as_deref());
        let of_user = records::of_user(Kind::Review, user);
        let lookup = Lookup::of_index(Table::Entries, &BY_USER, of_user, (range, Order::Desc));
        let read = |item: &Item| review(item).map(Some);
        let reviews = self.with_titles((lookup, usize::from(page.limit) + 1), kinds, read);
        self.of_somebody(user, reviews).await
    }

    async fn reviews_on_title(
        &self,
        title: TitleId,
        (sort, order): (ReviewSort, Order),
        page: &PageRequest,
    ) -> Answer<Option<Vec<(Review, ShortUser)>>> {
        let (index, collection, after) = match sort {
            ReviewSort::UpdatedAt => (&BY_UPDATE, reviews_of_title(title), after_time(page)),
            ReviewSort::Rating => (&BY_MARK, title.to_string(), page.after.and_then(after_mark)),
        };
        let range = Range::after("", order, after.as_deref());
        let lookup = Lookup::of_index(Table::Entries, index, collection, (range, order));
        let wanted = usize::from(page.limit) + 1;
        let reviews = self.with_users((vec![lookup], wanted), review, |review, user| Some((review, user?)));
        self.of_something(title, reviews).await
    }
}

/// The order in a list by mark of what a page comes after.
fn after_mark(Position { value, id }: Position) -> Option<String> {
    Rating::try_from(value.unwrap_or_default()).ok().map(|rating| mark_order(rating, id))
}

#[async_trait]
impl Reviews for DynamoDb {
    async fn add(&self, review: &Review) -> Result<bool> {
        self.unit(|| self.add_review(review)).await
    }

    async fn find(&self, id: ReviewId) -> Result<Option<FullReview>> {
        self.unit(|| async {
            let Some((item, title, user)) = self.full(Kind::Review, id.uuid()).await? else {
                return Ok(None);
            };
            Ok(Some(FullReview { review: review(&item)?, title, user }))
        })
        .await
    }

    async fn change(
        &self,
        review: ReviewRef,
        by: UserId,
        patch: ReviewPatch,
        now: Timestamp,
    ) -> Result<Owned<Review>> {
        self.unit(|| self.change_review(review, by, &patch, now)).await
    }

    async fn delete(&self, id: ReviewId, by: UserId) -> Result<Owned<()>> {
        self.unit(|| self.delete_entry(Kind::Review, id.uuid(), by)).await
    }

    async fn of_user(
        &self,
        user: UserId,
        kinds: &[TitleType],
        page: PageRequest,
    ) -> Result<Option<Page<(Review, ShortTitle)>>> {
        let reviews = self.unit(|| self.reviews_of_user(user, kinds, &page)).await?;
        let position = |(review, title): &(Review, ShortTitle)| Position {
            value: Some(review.updated_at.as_millisecond()),
            id: title.id.uuid(),
        };
        Ok(reviews.map(|reviews| Page::cut(reviews, page.limit, position)))
    }

    async fn of_title(
        &self,
        title: TitleId,
        sort: ReviewSort,
        order: Order,
        page: PageRequest,
    ) -> Result<Option<Page<(Review, ShortUser)>>> {
        let reviews = self.unit(|| self.reviews_on_title(title, (sort, order), &page)).await?;
        let value = |review: &Review| match sort {
            ReviewSort::UpdatedAt => review.updated_at.as_millisecond(),
            ReviewSort::Rating => review.rating.get().into(),
        };
        let position = |(review, user): &(Review, ShortUser)| Position {
            value: Some(value(review)),
            id: user.id.uuid(),
        };
        Ok(reviews.map(|reviews| Page::cut(reviews, page.limit, position)))
    }
}
