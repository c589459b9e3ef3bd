use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request};
use serde_json::{Value, json};

use super::{Answer, World};

/// A client without a token.
pub struct Anybody<'a> {
    pub(super) world: &'a World,
    pub ip: String,
    pub(super) headers: Vec<(&'static str, String)>,
}

/// A registered person with a token.
pub struct Person<'a> {
    pub client: Anybody<'a>,
    pub id: String,
    pub username: String,
    pub email: String,
    pub password: String,
    pub token: String,
    pub refresh_token: String,
}

impl<'a> Anybody<'a> {
    /// The same client with a header more.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The same client at another address.
    pub fn at(mut self, ip: &str) -> Self {
        self.ip = ip.to_owned();
        self
    }

    /// A copy of this client.
    pub fn again(&self) -> Self {
        Self { world: self.world, ip: self.ip.clone(), headers: self.headers.clone() }
    }

    /// Sends a request with any body.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        kind: Option<&str>,
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(kind) = kind {
            request = request.header(CONTENT_TYPE, kind);
        }
        let request = request.body(body.into()).expect("a request");
        self.world.answer(request, &self.ip).await
    }

    async fn json(&self, method: Method, path: &str, body: Value) -> Answer {
        self.send(method, path, Some("application/json"), body.to_string()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, Body::empty()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, Body::empty()).await
    }

    pub async fn delete_with(&self, path: &str, body: Value) -> Answer {
        self.json(Method::DELETE, path, body).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.json(Method::POST, path, body).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.json(Method::PUT, path, body).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.json(Method::PATCH, path, body).await
    }

    /// Asks for a registration code and registers with it.
    pub async fn register(self, username: &str) -> Person<'a> {
        let email = format!("{username}@example.org");
        self.post("/api/v1/auth/email/validate", json!({"email": email})).await.expect(202);
        let code = self.world.letters.last().code().to_owned();
        let password = "лиловый трактор едет в Омск".to_owned();
        let body = json!({"email": email, "username": username, "password": password, "code": code});
        let answer = self.post("/api/v1/auth/signin", body).await.expect(201);
        let token = answer.text("/tokens/access_token");
        Person {
            client: self.with(AUTHORIZATION.as_str(), &format!("Bearer {token}")),
            id: answer.text("/user/id"),
            username: username.to_owned(),
            email,
            password,
            token,
            refresh_token: answer.text("/tokens/refresh_token"),
        }
    }
}

impl<'a> std::ops::Deref for Person<'a> {
    type Target = Anybody<'a>;

    fn deref(&self) -> &Anybody<'a> {
        &self.client
    }
}

impl Person<'_> {
    /// Adds a title and returns its id.
    pub async fn add_title(&self, kind: &str, name: &str, year: i32) -> String {
        let body = json!({"name": name, "description": "", "type": kind, "release_year": year});
        self.post("/api/v1/titles", body).await.expect(201).text("/id")
    }

    /// Adds a walk and returns its id.
    pub async fn add_walk(&self, title: &str, state: &str) -> String {
        self.post("/api/v1/walks", json!({"title_id": title, "state": state})).await.expect(201).text("/id")
    }

    /// Adds a review and returns its id.
    pub async fn add_review(&self, title: &str, rating: i32) -> String {
        let body = json!({"title_id": title, "rating": rating, "text": ""});
        self.post("/api/v1/reviews", body).await.expect(201).text("/id")
    }
}
