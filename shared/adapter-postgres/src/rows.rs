use jiff::Timestamp;
use models::{
    About, Average, Description, Email, Link, Links, Name, Picture, Rating, ReleaseYear, Review, ReviewId,
    ReviewText, Role, ShortTitle, ShortUser, Title, TitleFields, TitleId, TitleType, UserId, Username, Walk,
    WalkId, WalkState,
};
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Json};
use uuid::Uuid;

use crate::failure::Failure;

/// A row read column by column, in the statement's order.
pub(crate) struct Columns<'a> {
    row: &'a Row,
    next: usize,
}

impl<'a> Columns<'a> {
    pub(crate) const fn of(row: &'a Row) -> Self {
        Self { row, next: 0 }
    }

    /// The next column.
    pub(crate) fn take<T: FromSql<'a>>(&mut self) -> Result<T, Failure> {
        let value = self.row.try_get(self.next).map_err(Failure::Database);
        self.next += 1;
        value
    }

    /// A failure that names the column just read.
    fn unreadable(&self) -> Failure {
        let name = self.row.columns().get(self.next.wrapping_sub(1)).map_or("?", |column| column.name());
        Failure::Stored(name.to_owned())
    }

    fn some<T>(&self, value: Option<T>) -> Result<T, Failure> {
        value.ok_or_else(|| self.unreadable())
    }

    pub(crate) fn kind(&mut self) -> Result<TitleType, Failure> {
        let number = self.take()?;
        self.some(TitleType::from_number(number))
    }

    pub(crate) fn state(&mut self) -> Result<WalkState, Failure> {
        let number = self.take()?;
        self.some(WalkState::from_number(number))
    }

    pub(crate) fn role(&mut self) -> Result<Role, Failure> {
        let number = self.take()?;
        self.some(Role::from_number(number))
    }

    pub(crate) fn email(&mut self) -> Result<Email, Failure> {
        let address: String = self.take()?;
        Email::try_from(address).map_err(|_| self.unreadable())
    }

    pub(crate) fn username(&mut self) -> Result<Username, Failure> {
        self.take().map(Username::from_stored)
    }

    pub(crate) fn about(&mut self) -> Result<About, Failure> {
        self.take().map(About::from_stored)
    }

    fn year(&mut self) -> Result<ReleaseYear, Failure> {
        let year: i16 = self.take()?;
        ReleaseYear::try_from(i64::from(year)).map_err(|_| self.unreadable())
    }

    fn mark(&mut self) -> Result<Rating, Failure> {
        let mark: i16 = self.take()?;
        Rating::try_from(i64::from(mark)).map_err(|_| self.unreadable())
    }

    fn average(&mut self) -> Result<Option<Average>, Failure> {
        let Some(tenths) = self.take::<Option<i16>>()? else { return Ok(None) };
        let average = u16::try_from(tenths).ok().and_then(Average::from_tenths);
        self.some(average).map(Some)
    }

    pub(crate) fn count(&mut self) -> Result<u32, Failure> {
        let count: i32 = self.take()?;
        self.some(u32::try_from(count).ok())
    }

    pub(crate) fn picture(&mut self) -> Result<Option<Picture>, Failure> {
        Ok(self.take::<Option<Json<StoredPicture>>>()?.map(|Json(stored)| stored.into()))
    }

    pub(crate) fn links(&mut self) -> Result<Links, Failure> {
        let Json(stored) = self.take::<Json<Vec<StoredLink>>>()?;
        let links = stored.into_iter().map(Link::try_from).collect::<Result<Vec<_>, _>>();
        self.some(links.ok().and_then(|links| Links::try_from(links).ok()))
    }

    /// The columns of `title`.
    pub(crate) fn title(&mut self) -> Result<Title, Failure> {
        Ok(Title {
            id: TitleId::new(self.take()?),
            fields: TitleFields {
                name: self.take().map(Name::from_stored)?,
                description: self.take().map(Description::from_stored)?,
                kind: self.kind()?,
                release_year: self.year()?,
            },
            cover: self.picture()?,
            rating: self.average()?,
            reviews_count: self.count()?,
            walks_count: self.count()?,
            created_at: self.take()?,
            updated_at: self.take()?,
        })
    }

    /// The columns of `short_title`.
    pub(crate) fn short_title(&mut self) -> Result<ShortTitle, Failure> {
        Ok(ShortTitle {
            id: TitleId::new(self.take()?),
            name: self.take().map(Name::from_stored)?,
            kind: self.kind()?,
            release_year: self.year()?,
            cover: self.picture()?,
            rating: self.average()?,
        })
    }

    /// The columns of `short_user`.
    pub(crate) fn short_user(&mut self) -> Result<ShortUser, Failure> {
        Ok(ShortUser { id: UserId::new(self.take()?), username: self.username()?, avatar: self.picture()? })
    }

    /// As [`Columns::short_user`]; `None` where all are null.
    pub(crate) fn optional_user(&mut self) -> Result<Option<ShortUser>, Failure> {
        let Some(id) = self.take::<Option<Uuid>>()? else {
            self.next += 2;
            return Ok(None);
        };
        Ok(Some(ShortUser { id: UserId::new(id), username: self.username()?, avatar: self.picture()? }))
    }

    /// The columns of `walk`; `None` where all are null.
    pub(crate) fn walk(&mut self) -> Result<Option<Walk>, Failure> {
        let Some(id) = self.take::<Option<Uuid>>()? else {
            self.next += 5;
            return Ok(None);
        };
        Ok(Some(Walk {
            id: WalkId::new(id),
            title_id: TitleId::new(self.take()?),
            user_id: UserId::new(self.take()?),
            state: self.state()?,
            created_at: self.take()?,
            updated_at: self.take()?,
        }))
    }

    /// The columns of `review`; `None` where all are null.
    pub(crate) fn review(&mut self) -> Result<Option<Review>, Failure> {
        let Some(id) = self.take::<Option<Uuid>>()? else {
            self.next += 6;
            return Ok(None);
        };
        Ok(Some(Review {
            id: ReviewId::new(id),
            title_id: TitleId::new(self.take()?),
            user_id: UserId::new(self.take()?),
            rating: self.mark()?,
            text: self.take().map(ReviewText::from_stored)?,
            created_at: self.take()?,
            updated_at: self.take()?,
        }))
    }
}

/// A picture as it is kept in a column.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredPicture {
    key: String,
    widths: Vec<u16>,
}

impl From<StoredPicture> for Picture {
    fn from(stored: StoredPicture) -> Self {
        Self { key: stored.key, widths: stored.widths }
    }
}

impl From<&Picture> for StoredPicture {
    fn from(picture: &Picture) -> Self {
        Self { key: picture.key.clone(), widths: picture.widths.clone() }
    }
}

/// A picture as a parameter.
pub(crate) fn picture(picture: Option<&Picture>) -> Option<Json<StoredPicture>> {
    picture.map(|picture| Json(picture.into()))
}

/// A link as it is kept in a column.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredLink {
    label: String,
    url: String,
}

impl TryFrom<StoredLink> for Link {
    type Error = models::Refusal;

    fn try_from(stored: StoredLink) -> Result<Self, Self::Error> {
        Ok(Self { label: stored.label.try_into()?, url: stored.url.try_into()? })
    }
}

/// Links as a parameter.
pub(crate) fn links(links: &Links) -> Json<Vec<StoredLink>> {
    let stored =
        |link: &Link| StoredLink { label: link.label.as_str().to_owned(), url: link.url.as_str().to_owned() };
    Json(links.as_slice().iter().map(stored).collect())
}

/// The instant of a cursor that counts milliseconds since 1970. A cursor is checked before it comes here; one that
/// is no instant all the same stands before everything.
pub(crate) fn instant(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Statements are put together of literals alone: values are bound (IN-4).
macro_rules! columns {
    (title) => {
        "t.id, t.name, t.description, t.type, t.release_year, t.cover, t.rating, t.rating_count, \
         t.walks_count, t.created_at, t.updated_at"
    };
    (short_title) => {
        "t.id, t.name, t.type, t.release_year, t.cover, t.rating"
    };
    (short_user) => {
        "p.user_id, p.username, p.avatar"
    };
    (walk) => {
        "w.id, w.title_id, w.user_id, w.state, w.created_at, w.updated_at"
    };
    (review) => {
        "r.id, r.title_id, r.user_id, r.rating, r.text, r.created_at, r.updated_at"
    };
}
pub(crate) use columns;
