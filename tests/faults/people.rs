//! People who register over HTTP, with the codes that they are mailed.

use serde_json::{Value, json};

use super::client::{Client, Said};
use crate::journey::newest_code_to;

pub const PASSWORD: &str = "лиловый трактор едет в Омск";

/// Somebody registered.
#[derive(Clone)]
pub struct Person {
    pub client: Client,
    pub email: String,
    pub refresh_token: String,
}

impl Person {
    /// Registers somebody under a name that nobody has.
    pub fn register(url: &str, name: &str) -> Self {
        let client = Client::new(url);
        let body = registration(&client, name);
        let said = client.json("POST", "/auth/signin", &body).expect(201);
        let mut person = Self { client, email: email(url, name), refresh_token: String::new() };
        person.take(&said, "/tokens");
        person
    }

    /// Signs in anew.
    pub fn sign_in(&self) -> Said {
        self.client.json("POST", "/auth/token", &json!({"email": self.email, "password": PASSWORD}))
    }

    /// Takes the tokens of an answer.
    pub fn take(&mut self, said: &Said, pointer: &str) {
        self.client.token = Some(said.text(&format!("{pointer}/access_token")));
        self.refresh_token = said.text(&format!("{pointer}/refresh_token"));
    }

    /// Adds a title and gives its id.
    pub fn add_title(&self, name: &str) -> String {
        self.client.json("POST", "/titles", &title(name)).expect(201).text("/id")
    }
}

/// The body of a new title.
pub fn title(name: &str) -> Value {
    json!({"name": name, "description": "", "type": "game", "release_year": 2026})
}

/// The server's port, which keeps the names of several tests apart: the inbox is shared.
fn unique(url: &str) -> &str {
    url.rsplit(':').next().expect("a port")
}

/// The address of somebody on the server at `url`.
pub fn email(url: &str, name: &str) -> String {
    format!("{name}-{}@example.org", unique(url))
}

/// Has a code mailed and makes the body that registers with it.
pub fn registration(client: &Client, name: &str) -> Value {
    let email = email(client.url(), name);
    client.json("POST", "/auth/email/validate", &json!({"email": email})).expect(202);
    let code = newest_code_to(&email);
    json!({"email": email, "username": format!("{name}-{}", unique(client.url())), "password": PASSWORD, "code": code})
}

/// Does `work` for each number below `count`, all at once, and gives what it gave.
pub fn at_once<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = std::sync::Barrier::new(count);
    std::thread::scope(|scope| {
        let (work, start) = (&work, &start);
        let run = move |number| {
            start.wait();
            work(number)
        };
        let threads: Vec<_> = (0..count).map(|number| scope.spawn(move || run(number))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a thread that ends well")).collect()
    })
}
