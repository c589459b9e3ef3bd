use std::borrow::Cow;

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::{Error, Result};

/// Query parameters, read by [`FromQuery`]. One that the endpoint does not know is refused, and so is one that
/// stands twice and may stand once.
#[derive(Debug)]
pub struct Query<T>(pub T);

/// No query parameters at all.
#[derive(Debug, Clone, Copy)]
pub struct NoQuery;

/// What is read from query parameters.
pub trait FromQuery: Sized {
    /// Takes each parameter that there may be out of `parameters`.
    ///
    /// # Errors
    /// `InvalidParameter` with the name of the first that is wrong.
    fn from_query(parameters: &mut Parameters<'_>) -> Result<Self>;
}

/// The parameters that are not yet taken.
pub struct Parameters<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Parameters<'a> {
    /// The parameters of a raw query.
    #[must_use]
    pub fn of(query: &'a str) -> Self {
        Self(url::form_urlencoded::parse(query.as_bytes()).collect())
    }

    /// Takes every value of `name`.
    pub fn many(&mut self, name: &str) -> Vec<Cow<'a, str>> {
        let (taken, left) = std::mem::take(&mut self.0).into_iter().partition(|(key, _)| key == name);
        self.0 = left;
        let taken: Vec<_> = taken;
        taken.into_iter().map(|(_, value)| value).collect()
    }

    /// Takes the value of `name`, which may stand once.
    ///
    /// # Errors
    /// `InvalidParameter` where it stands twice.
    pub fn one(&mut self, name: &'static str) -> Result<Option<Cow<'a, str>>> {
        let mut values = self.many(name);
        if values.len() > 1 { Err(Error::InvalidParameter(name)) } else { Ok(values.pop()) }
    }

    /// Takes and parses the value of `name`.
    ///
    /// # Errors
    /// `InvalidParameter` where it stands twice or is no `T`.
    pub fn parsed<T: std::str::FromStr>(&mut self, name: &'static str) -> Result<Option<T>> {
        let value = self.one(name)?;
        value.map(|value| value.parse().map_err(|_| Error::InvalidParameter(name))).transpose()
    }

    /// Takes and parses every value of `name`; each counts once.
    ///
    /// # Errors
    /// `InvalidParameter` where one is no `T`.
    pub fn all_parsed<T: std::str::FromStr + Ord>(&mut self, name: &'static str) -> Result<Vec<T>> {
        let values = self.many(name).into_iter().map(|value| value.parse());
        let mut values =
            values.collect::<std::result::Result<Vec<T>, _>>().map_err(|_| Error::InvalidParameter(name))?;
        values.sort();
        values.dedup();
        Ok(values)
    }

    fn done(mut self) -> Result<()> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::UnknownParameter(self.0.swap_remove(0).0.into_owned()))
        }
    }
}

/// Refuses any parameter.
pub(crate) fn none(query: Option<&str>) -> Result<()> {
    Parameters::of(query.unwrap_or_default()).done()
}

impl<T: FromQuery, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self> {
        let mut parameters = Parameters::of(parts.uri.query().unwrap_or_default());
        let value = T::from_query(&mut parameters);
        // A name that nobody knows explains more than a value that is missing because of it.
        match parameters.done() {
            Err(unknown) => Err(unknown),
            Ok(()) => value.map(Self),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for NoQuery {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self> {
        none(parts.uri.query()).map(|()| Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::TitleType;

    #[test]
    fn parameters_are_taken_once_or_refused() {
        let mut parameters = Parameters::of("type=game&type=movie&type=game&sort=id&x%20y=1");
        assert_eq!(
            parameters.all_parsed::<TitleType>("type").ok(),
            Some(vec![TitleType::Game, TitleType::Movie])
        );
        assert_eq!(parameters.one("sort").ok().flatten().as_deref(), Some("id"));
        assert!(matches!(parameters.done(), Err(Error::UnknownParameter(name)) if name == "x y"));
        assert!(matches!(Parameters::of("a=1&a=1").one("a"), Err(Error::InvalidParameter("a"))));
        assert!(matches!(Parameters::of("a=x").parsed::<u8>("a"), Err(Error::InvalidParameter("a"))));
        assert!(none(Some("")).is_ok());
    }
}
