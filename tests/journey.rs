//! A person's story over real HTTP: the one-process server as a child, its own store, mails by SES.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Server, Store, png, service};

/// A client that speaks a language and may have a token.
pub struct Client<'a> {
    /// Where the API is, without `/api/v1`.
    url: &'a str,
    language: &'static str,
    token: Option<String>,
    pub refresh_token: Value,
}

impl<'a> Client<'a> {
    pub const fn new(url: &'a str, language: &'static str) -> Self {
        Self { url, language, token: None, refresh_token: Value::Null }
    }

    fn send(&self, method: &str, path: &str, kind: Option<&str>, body: &[u8], status: u16) -> Value {
        let url = format!("{}/api/v1{path}", self.url);
        let mut request =
            http::Request::builder().method(method).uri(&url).header("accept-language", self.language);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).allow_non_standard_methods(true);
        let agent: ureq::Agent = config.build().into();
        let mut answer = agent.run(request.body(body).expect("a request")).expect("an answer");
        let bytes = answer.body_mut().read_to_vec().expect("a whole answer");
        let text = String::from_utf8_lossy(&bytes);
        assert_eq!(answer.status().as_u16(), status, "{method} {path}: {text}");
        assert!(answer.headers().contains_key("x-request-id"), "{method} {path}");
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    pub fn json(&self, method: &str, path: &str, body: Value, status: u16) -> Value {
        self.send(method, path, Some("application/json"), body.to_string().as_bytes(), status)
    }

    pub fn get(&self, path: &str, status: u16) -> Value {
        self.send("GET", path, None, b"", status)
    }

    /// Registers with the code that is mailed, signs in, and gives the mail.
    pub fn join(&mut self, name: &str) -> Value {
        let email = format!("{name}@example.org");
        self.json("POST", "/auth/email/validate", json!({"email": email}), 202);
        let mail = newest_mail_to(&email);
        let code = code_in(mail["text"].as_str().expect("a text"));
        let password = "лиловый трактор едет в Омск";
        let body = json!({"email": email, "username": name, "password": password, "code": code});
        let registered = self.json("POST", "/auth/signin", body, 201);
        assert_eq!(registered["user"]["username"], name);
        let pair = self.json("POST", "/auth/token", json!({"email": email, "password": password}), 200);
        self.token = Some(pair["access_token"].as_str().expect("a token").to_owned());
        self.refresh_token = pair["refresh_token"].clone();
        assert_eq!(self.get("/user/@me", 200)["email"], email.as_str());
        mail
    }
}

/// The newest mail to an address: SES has taken it before the call that sends it returns.
fn newest_mail_to(address: &str) -> Value {
    mails_to(address).into_iter().next().unwrap_or_else(|| panic!("no mail to {address}"))
}

/// The mails to an address, newest first.
pub fn mails_to(address: &str) -> Vec<Value> {
    let inbox = format!("{}/{address}", service("TEST_INBOX_URL"));
    let request = ureq::get(inbox).header("accept", "application/json");
    let list = request.call().expect("the inbox").body_mut().read_to_vec().expect("a list");
    serde_json::from_slice(&list).expect("a list of mails")
}

/// The code of the newest mail to an address.
pub fn newest_code_to(address: &str) -> String {
    code_in(newest_mail_to(address)["text"].as_str().expect("a text"))
}

/// The first `XXXX-XXXX` of a text.
pub fn code_in(text: &str) -> String {
    let is_code = |word: &&str| {
        word.len() == 9
            && word.bytes().enumerate().all(|(place, byte)| match place {
                4 => byte == b'-',
                _ => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            })
    };
    let words = |c: char| !(c.is_ascii_alphanumeric() || c == '-');
    text.split(words).find(is_code).unwrap_or_else(|| panic!("no code in {text}")).to_owned()
}

/// The first person's story, whose mail and ended session it gives.
fn story<'a>(url: &'a str, language: &'static str, names: [&str; 2]) -> (Value, Client<'a>) {
    let (mut anna, mut boris) = (Client::new(url, language), Client::new(url, language));
    let mail = anna.join(names[0]);

    let body = json!({"name": format!("The Dunes of {}", names[0]), "description": "A walk by night.",
        "type": "game", "release_year": 2026});
    let title = anna.json("POST", "/titles", body, 201);
    let path = format!("/titles/{}", title["id"].as_str().expect("an id"));
    let covered = anna.send("POST", &format!("{path}/cover"), Some("image/png"), &png(800, 400), 200);
    let cover = covered["cover"]["url"].as_str().expect("an address");
    let picture = ureq::get(cover).call().expect("the cover").body_mut().read_to_vec().expect("a picture");
    assert_eq!(image::load_from_memory(&picture).expect("a picture").width(), 640);

    let walk = anna.json("POST", "/walks", json!({"title_id": title["id"], "state": "in_progress"}), 201);
    let walk = format!("/walks/{}", walk["id"].as_str().expect("an id"));
    assert_eq!(anna.json("PATCH", &walk, json!({"state": "completed"}), 200)["state"], "completed");
    let review = json!({"title_id": title["id"], "rating": 87, "text": "Quiet and long."});
    anna.json("POST", "/reviews", review.clone(), 201);
    let again = anna.json("POST", "/reviews", review, 409);
    assert_eq!(again["code"], "review_exists");

    boris.join(names[1]);
    let seen = boris.get(&path, 200);
    assert_eq!((&seen["rating"], &seen["walks_count"]), (&json!(87.0), &json!(1)));
    assert_eq!((&seen["cover"], &seen["my_review"]), (&covered["cover"], &Value::Null));
    boris.json("POST", "/reviews", json!({"title_id": title["id"], "rating": 50, "text": ""}), 201);
    assert_eq!(anna.get(&path, 200)["rating"], json!(68.5));
    let list = anna.get(&format!("/titles?type=game&sort=rating&search=dunes%20{}", names[0]), 200);
    assert_eq!(list["items"][0]["id"], title["id"]);

    anna.send("POST", "/auth/logout", None, b"", 204);
    let refresh = json!({"refresh_token": anna.refresh_token});
    assert_eq!(anna.json("POST", "/auth/token/update", refresh, 401)["code"], "refresh_invalid");
    boris.json("POST", "/auth/token/update", json!({"refresh_token": boris.refresh_token}), 200);
    (mail, anna)
}

/// Two people's stories in each language, on a system at this address; `unique` keeps names of several runs apart.
pub fn stories(url: &str, unique: &str) {
    let cyrillic = |text: &Value| {
        text.as_str().is_some_and(|text| text.chars().any(|c| matches!(c, 'а'..='я' | 'А'..='Я')))
    };
    let (english, first) = story(url, "en", [&format!("anna{unique}"), &format!("boris{unique}")]);
    assert!(!cyrillic(&english["subject"]) && !cyrillic(&english["text"]), "{english}");
    let (russian, second) =
        story(url, "ru-RU,ru;q=0.9,en;q=0.5", [&format!("vera{unique}"), &format!("gleb{unique}")]);
    assert!(cyrillic(&russian["subject"]) && cyrillic(&russian["text"]), "{russian}");
    assert!(cyrillic(&russian["html"]), "{russian}");
    assert!(cyrillic(&Client::new(url, "ru").get("/user/@me", 401)["title"]));
    // The clock of a real server cannot be moved: what an ended session's token still opens is over in 5 seconds.
    std::thread::sleep(Duration::from_secs(5));
    for gone in [first, second] {
        assert_eq!(gone.get("/user/@me", 401)["code"], "token_invalid");
    }
}

#[tokio::test]
async fn a_person_registers_walks_reviews_and_leaves_in_either_language() {
    let store = Store::new().await;
    let server = Server::start(&store, "prohod-journey", &[]);
    stories(&server.url, server.url.rsplit(':').next().expect("a port"));
}

#[tokio::test]
async fn whoever_is_refused_while_still_sending_hears_of_it() {
    let store = Store::new().await;
    let server = Server::start(&store, "prohod-journey", &[]);
    let mut anna = Client::new(&server.url, "en");
    let (path, large) = ("/user/@me/avatar", vec![0; 8 * 1024 * 1024]);
    anna.send("PUT", path, Some("image/png"), &large, 401);
    anna.join("anna");
    assert_eq!(anna.send("PUT", path, Some("image/png"), &large, 413)["code"], "too_large");
}
