use std::sync::Arc;

use axum::extract::{FromRef, FromRequest, Request};
use axum::response::{IntoResponse, Response};
use deserr::{Deserr, IntoValue, Sequence as _, Value, ValuePointerRef, take_cf_content};
use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use jiff::Timestamp;
use models::{
    About, Description, Email, Link, LinkLabel, LinkUrl, Links, Name, NewPassword, Password, Rating, Refusal,
    ReleaseYear, ReviewText, TitleId, TitleType, TypedCode, Username, WalkState,
};
use ports::Clock;
use serde::Serialize;

use crate::faults::{FaultKind, Faults, pointer};
use crate::{Error, Result, json};

/// The largest JSON body, in bytes.
const MAX_BYTES: usize = 128 * 1024;

/// A request body: what derives `Deserr` with `#[deserr(error = api::Faults, deny_unknown_fields)]`.
pub trait Body: Deserr<Faults> {
    /// Adds faults that only the clock can tell.
    fn check(_body: &serde_json::Value, _now: Timestamp, _faults: &mut Faults) {}

    /// Whether it is the body of a PATCH: one without any field changes nothing, whatever it would need else.
    const OF_PATCH: bool = false;

    /// Whether it is a PATCH that names nothing to change.
    fn changes_nothing(&self) -> bool {
        false
    }
}

/// A JSON body, with all its faults told at once. Also refuses query parameters: nothing with a body has any.
/// As an answer, plain JSON.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<T: Body, S: Send + Sync> FromRequest<S> for Json<T>
where
    Arc<dyn Clock>: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let now = Arc::<dyn Clock>::from_ref(state).now();
        let query = request.uri().query().map(str::to_owned);
        let json = request.headers().get(CONTENT_TYPE).is_some_and(|value| {
            let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
            essence.trim().eq_ignore_ascii_case("application/json")
        });
        let bytes = whole_body(request, MAX_BYTES).await?;
        if !json {
            return Err(Error::UnsupportedMediaType);
        }
        crate::query::none(query.as_deref())?;
        read(&bytes, now).map(Self)
    }
}

/// The whole body, refused over `max` bytes: by its announced length where it has one, before it is read.
pub(crate) async fn whole_body(request: Request, max: usize) -> Result<bytes::Bytes> {
    let announced = request
        .headers()
        .get(http::header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > max) {
        return Err(Error::TooLarge);
    }
    match Limited::new(request.into_body(), max).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Error::TooLarge),
        Err(_) => Err(Error::MalformedJson),
    }
}

fn read<T: Body>(bytes: &[u8], now: Timestamp) -> Result<T> {
    let value = json::parse(bytes).map_err(|_| Error::MalformedJson)?;
    if T::OF_PATCH && value.as_object().is_some_and(serde_json::Map::is_empty) {
        return Err(Error::NothingToChange);
    }
    let mut faults = Faults::default();
    json::note_nul(&value, "", &mut faults);
    T::check(&value, now, &mut faults);
    match deserr::deserialize::<T, _, Faults>(value) {
        Ok(body) if faults.is_empty() && body.changes_nothing() => Err(Error::NothingToChange),
        Ok(body) if faults.is_empty() => Ok(body),
        Ok(_) => Err(Error::Validation(faults)),
        Err(found) => {
            // What is said first of a place stands: the clock's range of a year is the narrower one.
            for fault in found.iter() {
                faults.push(fault.pointer.clone(), fault.kind);
            }
            Err(Error::Validation(faults))
        }
    }
}

/// A field of a PATCH: left out it stays as it is, and `null` is no value of it.
#[derive(Debug, Clone)]
pub struct Patch<T>(pub Option<T>);

impl<T> Default for Patch<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Deserr<Faults>> Deserr<Faults> for Patch<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> std::result::Result<Self, Faults> {
        T::deserialize_from_value(value, location).map(|value| Self(Some(value)))
    }
}

/// A whole number, also where it is written `50.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole(pub i64);

impl Whole {
    /// The whole number that `value` is.
    #[must_use]
    pub fn of(value: &serde_json::Value) -> Option<Self> {
        value
            .as_i64()
            .or_else(|| value.as_u64().map(|_| i64::MAX))
            .or_else(|| whole(value.as_f64()?))
            .map(Self)
    }
}

/// Out-of-range numbers are kept as the nearest `i64`: whatever reads them then says what its range is.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, which is what is wanted")]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0).then_some(number as i64)
}

impl Deserr<Faults> for Whole {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> std::result::Result<Self, Faults> {
        let number = match value {
            Value::Integer(number) => Some(i64::try_from(number).unwrap_or(i64::MAX)),
            Value::NegativeInteger(number) => Some(number),
            Value::Float(number) => whole(number),
            _ => None,
        };
        number.map(Self).ok_or_else(|| Faults::one(pointer(location), FaultKind::InvalidType))
    }
}

fn refused(refusal: Refusal, location: ValuePointerRef<'_>) -> Faults {
    Faults::one(pointer(location), FaultKind::Refused(refusal))
}

/// The model types that a body may have as fields, by the JSON type that they are made from.
macro_rules! fields {
    ($from:ty, $value:ident => $inner:expr; $($model:ty),+ $(,)?) => {
        $(impl Deserr<Faults> for $model {
            fn deserialize_from_value<V: IntoValue>(
                value: Value<V>,
                location: ValuePointerRef<'_>,
            ) -> std::result::Result<Self, Faults> {
                let $value = <$from as Deserr<Faults>>::deserialize_from_value(value, location)?;
                <$model>::try_from($inner).map_err(|refusal| refused(refusal, location))
            }
        })+
    };
}

fields!(String, text => text; About, Description, Email, LinkLabel, LinkUrl, Name, NewPassword, Password, ReviewText,
    TitleId, TitleType, TypedCode, Username, WalkState);
fields!(Whole, number => number.0; Rating, ReleaseYear);

impl Deserr<Faults> for Links {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> std::result::Result<Self, Faults> {
        let Value::Sequence(items) = value else {
            return Err(Faults::one(pointer(location), FaultKind::InvalidType));
        };
        if items.len() > Self::MAX {
            // Nobody is told what is wrong with each of thousands.
            return Err(refused(Refusal::TooLong { max: Self::MAX }, location));
        }
        let mut links = Vec::new();
        let mut faults: Option<Faults> = None;
        for (index, item) in items.into_iter().enumerate() {
            match link(item.into_value(), location.push_index(index)) {
                Ok(link) => links.push(link),
                Err(other) => {
                    faults = Some(take_cf_content(deserr::MergeWithError::merge(faults, other, location)));
                }
            }
        }
        match faults {
            Some(faults) => Err(faults),
            None => Self::try_from(links).map_err(|refusal| refused(refusal, location)),
        }
    }
}

/// The body of a link. The entity itself is not for reading from bodies.
#[derive(Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct LinkBody {
    label: LinkLabel,
    url: LinkUrl,
}

fn link<V: IntoValue>(value: Value<V>, location: ValuePointerRef<'_>) -> std::result::Result<Link, Faults> {
    let body = LinkBody::deserialize_from_value(value, location)?;
    Ok(Link { label: body.label, url: body.url })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserr)]
    #[deserr(error = Faults, deny_unknown_fields)]
    struct Example {
        rating: Rating,
        name: Name,
        #[deserr(default)]
        links: Patch<Links>,
    }

    impl Body for Example {
        const OF_PATCH: bool = true;

        fn changes_nothing(&self) -> bool {
            self.name.as_str() == "same" && self.links.0.is_none()
        }
    }

    fn faults(body: &str) -> Vec<String> {
        match read::<Example>(body.as_bytes(), Timestamp::UNIX_EPOCH) {
            Err(Error::Validation(faults)) => {
                let mut all: Vec<_> =
                    faults.iter().map(|f| format!("{} {}", f.pointer, f.kind.code())).collect();
                all.sort();
                all
            }
            other => panic!("expected faults, got {other:?}"),
        }
    }

    #[test]
    fn all_faults_of_a_body_are_told_at_once() {
        assert_eq!(
            faults(r#"{"rating": 101, "nmae": "x", "links": [{"label": "", "url": "x", "b~/": 1}, 7]}"#),
            [
                "/links/0/b~0~1 unknown_field",
                "/links/0/label too_short",
                "/links/0/url invalid_format",
                "/links/1 invalid_type",
                "/name required",
                "/nmae unknown_field",
                "/rating out_of_range",
            ]
        );
        assert_eq!(
            faults(r#"{"rating": "1", "name": null, "links": null}"#),
            ["/links invalid_type", "/name invalid_type", "/rating invalid_type"]
        );
        assert_eq!(faults("[]"), [" invalid_type"]);
        assert_eq!(faults(r#"{"rating": 1, "name": "a\u0000"}"#), ["/name forbidden_character"]);
    }

    #[test]
    fn of_too_many_links_it_is_told_that_they_are_too_many_and_of_many_faults_each() {
        let links = format!(r#"{{"rating": 1, "name": "x", "links": [{}7]}}"#, "7, ".repeat(40_000));
        assert_eq!(faults(&links), ["/links too_long"]);
        let keys: String = (0..12_000).map(|number| format!(r#""k{number}":0,"#)).collect();
        assert_eq!(faults(&format!(r#"{{{keys}"rating": 1, "name": "x"}}"#)).len(), 12_000);
    }

    #[test]
    fn a_patch_that_names_nothing_is_refused_after_its_faults() {
        let body = br#"{"rating": 1, "name": "same"}"#;
        assert!(matches!(read::<Example>(body, Timestamp::UNIX_EPOCH), Err(Error::NothingToChange)));
        assert_eq!(faults(r#"{"rating": 101, "name": "same"}"#), ["/rating out_of_range"]);
        assert!(matches!(read::<Example>(b"{}", Timestamp::UNIX_EPOCH), Err(Error::NothingToChange)));
    }

    #[test]
    fn a_whole_number_may_be_written_with_a_fraction_of_zero() {
        let rating = |text: &str| {
            read::<Example>(format!(r#"{{"rating": {text}, "name": "x"}}"#).as_bytes(), Timestamp::UNIX_EPOCH)
        };
        assert_eq!(rating("50.0").map(|body| body.rating.get()).ok(), Some(50));
        assert_eq!(rating("5e1").map(|body| body.rating.get()).ok(), Some(50));
        assert_eq!(faults(r#"{"rating": 50.5, "name": "x"}"#), ["/rating invalid_type"]);
        for far in ["1e300", "-1e300", "18446744073709551615", "-1", "99999999999999999999"] {
            assert_eq!(
                faults(&format!(r#"{{"rating": {far}, "name": "x"}}"#)),
                ["/rating out_of_range"],
                "{far}"
            );
        }
    }
}
