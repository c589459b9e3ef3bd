use std::any::Any;
use std::sync::Arc;

use jiff::Timestamp;
use models::{
    Order, Page, PageRequest, Position, Review, SessionId, Title, TitleId, TitleSort, TitleType, UserId,
    Walk, WalkState,
};
use ports::{NewSession, NewUser, Result, Reviews, Sessions, TitleQuery, Titles, Users, Walks};

use crate::made;

/// The durable stores, as an adapter gives them to the tests.
pub struct Stores {
    /// People.
    pub users: Arc<dyn Users>,
    /// Sessions.
    pub sessions: Arc<dyn Sessions>,
    /// Titles.
    pub titles: Arc<dyn Titles>,
    /// Walks.
    pub walks: Arc<dyn Walks>,
    /// Reviews.
    pub reviews: Arc<dyn Reviews>,
    /// What has to live as long as the rest, such as a database of their own.
    pub keep: Box<dyn Any + Send + Sync>,
}

/// A person who registered.
pub struct Person {
    /// As they registered.
    pub new: NewUser,
    /// The session that they registered with.
    pub session: NewSession,
}

impl Person {
    /// Their id.
    #[must_use]
    pub const fn id(&self) -> UserId {
        self.new.id
    }

    /// Their first session.
    #[must_use]
    pub const fn session(&self) -> SessionId {
        self.session.id
    }

    /// Their password's hash.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.new.password_hash
    }
}

impl Stores {
    /// Somebody new.
    pub async fn person(&self) -> Person {
        self.person_at(crate::chance::now()).await
    }

    /// Somebody who registers at this instant.
    pub async fn person_at(&self, now: Timestamp) -> Person {
        let (new, session) = (made::user(now), made::session(now));
        self.users.register(new.clone(), session.clone()).await.expect("registered");
        Person { new, session }
    }

    /// A title of any name.
    pub async fn title(&self) -> Title {
        self.title_of(TitleType::Game, 2001).await
    }

    /// A title of this type and year, of any name.
    pub async fn title_of(&self, kind: TitleType, year: i64) -> Title {
        self.add_title(made::title(&made::some_name(), kind, year)).await
    }

    /// This title.
    pub async fn add_title(&self, title: Title) -> Title {
        self.titles.add(title.clone()).await.expect("added");
        title
    }

    /// The title as it is now.
    pub async fn see(&self, title: TitleId) -> Title {
        let page = self.titles.find(title, made::nobody()).await.expect("an answer");
        page.expect("the title is there").title
    }

    /// A walk of this person on this title.
    pub async fn walk(&self, title: TitleId, user: UserId, state: WalkState, now: Timestamp) -> Walk {
        let walk = made::walk(title, user, state, now);
        assert!(self.walks.add(&walk).await.expect("added"), "the title is there");
        walk
    }

    /// A review by this person of this title.
    pub async fn review(&self, title: TitleId, user: UserId, rating: i64, now: Timestamp) -> Review {
        let review = made::review(title, user, rating, now);
        assert!(self.reviews.add(&review).await.expect("added"), "the title is there");
        review
    }

    /// All titles of a query, in pages of `limit`.
    pub async fn list(&self, query: &TitleQuery, limit: u16) -> Vec<Title> {
        pages(limit, async |page| self.titles.list(query, page).await).await
    }
}

/// A query of a whole type.
#[must_use]
pub const fn query(kind: TitleType, sort: TitleSort, order: Order) -> TitleQuery {
    TitleQuery { kind, search: None, sort, order }
}

/// A page from the beginning.
#[must_use]
pub const fn first(limit: u16) -> PageRequest {
    PageRequest { limit, after: None }
}

/// Reads a list to its end; every page but the last has to be full, and no two end at the same place.
pub async fn pages<T>(limit: u16, read: impl AsyncFn(PageRequest) -> Result<Page<T>>) -> Vec<T> {
    let mut items = Vec::new();
    let mut ends = Vec::new();
    let mut after: Option<Position> = None;
    loop {
        let page = read(PageRequest { limit, after }).await.expect("a page");
        assert!(page.next.is_none() || page.items.len() == usize::from(limit), "a page is full");
        assert!(page.items.len() <= usize::from(limit), "a page is no longer than asked");
        items.extend(page.items);
        after = page.next;
        assert!(after.is_none() || !ends.contains(&after), "a list goes round in circles");
        ends.push(after);
        if after.is_none() {
            return items;
        }
    }
}
