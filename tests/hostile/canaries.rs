//! What must never be logged is sent through every operation, and looked for in all that the server printed (LOG-1).

use serde_json::{Map, Value, json};

use crate::faults::client::{Client, Said};
use crate::journey::{code_in, mails_to};
use crate::support::{Server, Store};

/// In every text of every body, in queries, in paths and in headers.
const TEXT: &str = "canary-text-in-a-body-91c2";
const PASSWORD: &str = "kanarienvogel 7f3a in Omsk";
const NEXT_PASSWORD: &str = "wellensittich 22b8 in Tomsk";
const RESTORED_PASSWORD: &str = "rotkehlchen 93d0 hinter Perm";
const WRONG_PASSWORD: &str = "zeisig 40e1 nirgendwo gesehen";
const TOKEN: &str = "canary-token-5d41402abc4b2a76b9719d911017c592";
const NOBODY: &str = "018f0000-0000-7000-8000-000000000000";

/// What was sent, or given back, that must be in no log.
struct Canaries(Vec<String>);

impl Canaries {
    fn keep(&mut self, secret: &str) -> String {
        assert!(secret.len() >= 8, "{secret:?} is no secret");
        self.0.push(secret.to_owned());
        secret.to_owned()
    }

    /// The code that was mailed to an address last.
    fn code_to(&mut self, address: &str) -> String {
        let mail = mails_to(address).into_iter().next().expect("a mail");
        self.keep(&code_in(mail["text"].as_str().expect("a text")))
    }

    /// Both tokens of an answer.
    fn keep_pair(&mut self, pair: &Said) {
        for token in ["/access_token", "/refresh_token"] {
            self.keep(&pair.text(token));
        }
    }

    /// Checks the log, which must tell of so many requests at least.
    fn check(&self, log: &str, requests: usize) {
        let told = log.lines().filter(|line| line.contains("\"latency_ms\"")).count();
        assert!(told >= requests, "{told} lines about {requests} requests");
        for secret in &self.0 {
            let line = log.lines().find(|line| line.contains(secret.as_str()));
            assert!(line.is_none(), "{secret} is in {}", line.unwrap_or_default());
        }
    }
}

/// Every operation of the description: its method and path, and the fields of its JSON body.
fn operations(client: &Client) -> Vec<(String, String, Vec<String>)> {
    let described = client.ask("GET", "/openapi.json").expect(200).body().clone();
    let fields = |operation: &Value| {
        let schema = operation.pointer("/requestBody/content/application~1json/schema/$ref");
        let name = schema.and_then(Value::as_str).and_then(|name| name.rsplit('/').next())?;
        let properties = described.pointer(&format!("/components/schemas/{name}/properties"))?;
        Some(properties.as_object()?.keys().cloned().collect::<Vec<_>>())
    };
    let mut all = Vec::new();
    for (path, item) in described["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let path = path.strip_prefix("/api/v1").expect("the API's path").to_owned();
            all.push((method.to_uppercase(), path, fields(operation).unwrap_or_default()));
        }
    }
    all
}

/// Sends canaries wherever an operation takes anything; how many requests that were.
fn through(client: &Client) -> usize {
    let operations = operations(client);
    assert!(operations.len() >= 45, "{}", operations.len());
    let mut sent = 1;
    for (method, path, fields) in &operations {
        // Whoever is signed out can't go on, and nothing but a query keeps signing out from going well.
        let ends = path == "/auth/logout";
        let place = path.replace("{id}", NOBODY).replace("{user_id}", NOBODY);
        let body: Map<_, _> = fields.iter().map(|field| (field.clone(), json!(TEXT))).collect();
        let body = Value::Object(body);
        for client in [client, &client.with_token(Some(TOKEN)), &client.with_token(None)] {
            client.ask(method, &format!("{place}?search={TEXT}&{TEXT}=1&cursor={TEXT}"));
            sent += 1;
            if ends {
                continue;
            }
            client.json(method, &place, &body);
            client.send(method, &place, Some("application/json"), format!("{{\"x\": \"{TEXT}\"").as_bytes());
            client.send(method, &place, Some("image/png"), TEXT.as_bytes());
            client.ask(method, &path.replace("{id}", TEXT).replace("{user_id}", TEXT));
            client.ask(method, &place);
            sent += 5;
        }
    }
    sent
}

/// A person's whole story with a code, passwords, addresses and tokens; how many requests that were.
fn story(client: &mut Client, canaries: &mut Canaries, unique: &str) -> usize {
    let (email, next) = (format!("canary-{unique}@example.org"), format!("canary-next-{unique}@example.org"));
    let (email, next) = (canaries.keep(&email), canaries.keep(&next));
    client.json("POST", "/auth/email/validate", &json!({"email": email})).expect(202);
    let code = canaries.code_to(&email);
    let person =
        json!({"email": email, "username": format!("canary{unique}"), "password": PASSWORD, "code": code});
    client.json("POST", "/auth/signin", &person).expect(201);
    let wrong = json!({"email": email, "password": WRONG_PASSWORD});
    client.json("POST", "/auth/token", &wrong).expect(401);
    let pair = client.json("POST", "/auth/token", &json!({"email": email, "password": PASSWORD})).expect(200);
    client.token = Some(pair.text("/access_token"));
    let spent = json!({"refresh_token": pair.text("/refresh_token")});
    let fresh = client.json("POST", "/auth/token/update", &spent).expect(200);
    client.json("POST", "/auth/token/update", &json!({"refresh_token": TOKEN})).expect(401);
    let change = json!({"current_password": WRONG_PASSWORD, "new_password": NEXT_PASSWORD});
    client.json("POST", "/auth/password/change", &change).expect(422);
    let change = json!({"current_password": PASSWORD, "new_password": NEXT_PASSWORD});
    client.json("POST", "/auth/password/change", &change).expect(204);
    let asked = json!({"email": next, "purpose": "email_change"});
    client.json("POST", "/auth/email/validate", &asked).expect(202);
    let code = canaries.code_to(&next);
    let change = json!({"email": next, "password": NEXT_PASSWORD, "code": code});
    client.json("POST", "/auth/email/change", &change).expect(200);
    canaries.keep_pair(&pair);
    canaries.keep_pair(&fresh);
    10 + restoring(client, canaries, &next)
}

/// The password is forgotten and set anew, by who goes on with it; how many requests that were.
fn restoring(client: &mut Client, canaries: &mut Canaries, email: &str) -> usize {
    client.json("POST", "/auth/password/restore", &json!({"email": email})).expect(202);
    let code = canaries.code_to(email);
    client.json("POST", "/auth/password/restore/verify", &json!({"email": email, "code": code})).expect(204);
    let set = json!({"email": email, "code": code, "new_password": RESTORED_PASSWORD});
    client.json("PUT", "/auth/password/restore", &set).expect(204);
    let pair = client.json("POST", "/auth/token", &json!({"email": email, "password": RESTORED_PASSWORD}));
    let pair = pair.expect(200);
    canaries.keep_pair(&pair);
    client.token = Some(pair.text("/access_token"));
    4
}

/// The account goes, by who was signed in all the time; how many requests that were.
fn farewell(client: &Client) -> usize {
    client.ask("GET", "/user/@me").expect(200);
    client.json("DELETE", "/user/@me", &json!({"password": WRONG_PASSWORD})).expect(422);
    client.json("DELETE", "/user/@me", &json!({"password": RESTORED_PASSWORD})).expect(204);
    3
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_of_any_request_is_logged() {
    let store = Store::new().await;
    let server = Server::start(&store, "prohod-canaries", &[]);
    let secrets =
        [TEXT, PASSWORD, NEXT_PASSWORD, RESTORED_PASSWORD, WRONG_PASSWORD, TOKEN].map(ToOwned::to_owned);
    let mut canaries = Canaries(secrets.into());
    let mut client = Client::new(&server.url);
    let unique = server.url.rsplit(':').next().expect("a port").to_owned();
    let mut sent = story(&mut client, &mut canaries, &unique);
    sent += through(&client);
    sent += farewell(&client);
    let panicked = ureq::post(format!("{}/dev/panic?{TEXT}", server.url))
        .config()
        .http_status_as_error(false)
        .build()
        .header("authorization", format!("Bearer {TOKEN}"))
        .send(TEXT)
        .expect("an answer");
    assert_eq!(panicked.status().as_u16(), 500);
    let log = server.log();
    assert!(log.contains("\"event\":\"panic\""), "the panic is logged");
    for variable in ["JWT_SIGNING_KEY", "PEPPER"] {
        canaries.keep(server.variable(variable));
    }
    canaries.check(&log, sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_connection_string_is_logged_when_nothing_answers() {
    let store = Store::new().await;
    let canary = "nachtigall77aa";
    let nowhere = [
        ("DATABASE_URL", format!("postgres://canary_user:{canary}@127.0.0.1:1/prohod")),
        ("REDIS_URL", format!("redis://canary_user:{canary}@127.0.0.1:1")),
        ("AWS_ENDPOINT_URL", format!("http://canary_user:{canary}@127.0.0.1:1")),
        ("AWS_ENDPOINT_URL_DYNAMODB", format!("http://canary_user:{canary}@127.0.0.1:1")),
        ("AWS_SECRET_ACCESS_KEY", canary.to_owned()),
    ];
    let server = Server::start(&store, "prohod-canaries", &nowhere);
    let client = Client::new(&server.url);
    let unwell = client.ask("GET", "/health");
    assert_eq!(unwell.status(), 503, "{unwell:?}");
    let sign_in = json!({"email": "canary@example.org", "password": PASSWORD});
    assert_eq!(client.json("POST", "/auth/token", &sign_in).status(), 503);
    let log = server.log();
    assert!(log.contains("\"event\":\"backend_down\""), "{log}");
    Canaries([canary, "canary_user", "canary@example.org", PASSWORD].map(ToOwned::to_owned).into())
        .check(&log, 2);
}
