//! People who register over HTTP, with the codes that they are mailed.

use serde_json::{Value, json};

use super::client::{Client, Said};
use crate::journey::newest_code_to;

pub const PASSWORD: &str = "лиловый трактор едет в Омск";

/// What somebody signs in with.
#[derive(Debug, Clone, PartialEq)]
pub struct Keys {
    pub email: String,
    pub password: String,
}

impl Keys {
    /// Those that somebody has registered with.
    pub fn first(email: &str) -> Self {
        Self { email: email.to_owned(), password: PASSWORD.to_owned() }
    }

    /// Signs in.
    pub fn sign_in(&self, client: &Client) -> Said {
        client.json("POST", "/auth/token", &json!({"email": self.email, "password": self.password}))
    }
}

/// Somebody registered.
#[derive(Clone)]
pub struct Person {
    pub client: Client,
    pub email: String,
    pub refresh_token: String,
}

impl Person {
    /// Registers somebody under a name that nobody has, or one like it: a machine that is busy may need a few tries.
    pub fn register(url: &str, name: &str) -> Self {
        let names = std::iter::once(name.to_owned()).chain((1..10).map(|again| format!("{name}-{again}")));
        let mut tries = names.map(|name| Self::try_to_register(url, &name));
        tries.find_map(|person| person).expect("a registration")
    }

    fn try_to_register(url: &str, name: &str) -> Option<Self> {
        let client = Client::new(url);
        let said = client.json("POST", "/auth/signin", &registration(&client, name)?);
        if said.is_unavailable() {
            return None;
        }
        let mut person = Self { client, email: email(url, name), refresh_token: String::new() };
        person.take(&said.expect(201), "/tokens");
        Some(person)
    }

    /// Signs in anew, with the password of the registration.
    pub fn sign_in(&self) -> Said {
        Keys::first(&self.email).sign_in(&self.client)
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

/// Has a code mailed and makes the body that registers with it; `None` where that is not possible just now.
pub fn registration(client: &Client, name: &str) -> Option<Value> {
    let email = email(client.url(), name);
    let said = client.json("POST", "/auth/email/validate", &json!({"email": email}));
    if said.is_unavailable() {
        return None;
    }
    said.expect(202);
    let code = newest_code_to(&email);
    Some(
        json!({"email": email, "username": format!("{name}-{}", unique(client.url())), "password": PASSWORD, "code": code}),
    )
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
