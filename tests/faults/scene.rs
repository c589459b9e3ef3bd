//! What the scenarios share: a store of their own, the server on it, every backend behind a proxy, and the last look.

use std::sync::Arc;

use contract::chance::Dice;
use serde_json::Value;

use super::client::Client;
use super::figures::{Figures, Wrong};
use super::proxy::Proxy;
use super::weather::Part;
use crate::support::{Server, Store, authority, service};

/// The bucket of the scenarios' pictures.
pub const BUCKET: &str = "prohod-faults";

/// No account waits for failed passwords: a try is counted before the password is looked at, and stays counted where the
/// answer is cut off, or the server killed.
const NO_WAIT: (&str, &str) = ("LIMIT_ACCOUNT_FAILURES", "100000/60");

/// A running system, and what is counted of it.
pub struct Scene {
    pub store: Store,
    pub server: Server,
    pub figures: Arc<Figures>,
}

impl Scene {
    /// With nothing between the server and its backends.
    pub async fn calm(scenario: &str) -> Self {
        let (figures, store) = (Arc::new(Figures::new(scenario)), Store::new().await);
        let mut variables = store.as_functions().await;
        variables.push((NO_WAIT.0, NO_WAIT.1.to_owned()));
        let server = Server::start(&store, BUCKET, &variables);
        Self { store, server, figures }
    }

    /// With a proxy before each backend.
    pub async fn behind_proxies(scenario: &str) -> (Self, Backends) {
        let (figures, store) = (Arc::new(Figures::new(scenario)), Store::new().await);
        let mut variables = store.as_functions().await;
        let aws = service("AWS_ENDPOINT_URL");
        variables.extend([("AWS_ENDPOINT_URL_S3", aws.clone()), ("AWS_ENDPOINT_URL_SES", aws)]);
        variables.push((NO_WAIT.0, NO_WAIT.1.to_owned()));
        let mut dice = figures.dice();
        let backends = Backends::before(&mut variables, &mut dice);
        let server = Server::start(&store, BUCKET, &variables);
        (Self { store, server, figures }, backends)
    }

    /// Makes the person with this address a moderator, round the API.
    pub async fn make_moderator(&self, address: &str) {
        let email = models::Email::try_from(address.to_owned()).expect("an address");
        let users = self.store.ports().0.users;
        assert!(users.set_role(&email.key(), models::Role::Moderator).await.expect("an answer"));
    }

    /// Compares what titles show with what their reviews say, both over HTTP.
    pub fn check_averages(&self, client: &Client, titles: &[String]) {
        for title in titles {
            let marks = marks(client, title);
            let seen = client.ask("GET", &format!("/titles/{title}")).expect(200);
            let (sum, count) = (marks.iter().sum::<i64>(), i64::try_from(marks.len()).expect("a count"));
            let tenths = models::Average::of(sum, count).map(|average| average.tenths());
            let shown = seen.body()["rating"].as_f64().map(|rating| (rating * 10.0).round() as u16);
            if (shown, seen.body()["reviews_count"].as_i64()) != (tenths, Some(count)) {
                self.figures.wrong(Wrong::Average, format_args!("{} beside {marks:?}", seen.body()));
            }
        }
    }

    /// Looks for what does not agree in the store, and for what must not be in the log; then the figures decide.
    pub async fn end(self) {
        self.figures.count("deadlocks met and retried", self.store.deadlocks().await);
        for what in self.store.what_disagrees().await {
            self.figures.wrong(Wrong::HalfDone, what);
        }
        // An outage is an error of its own, and so is an alert that can't be mailed during one; nothing else is to be one.
        for line in self.server.log().lines().filter(|line| is_error(line)) {
            self.figures.wrong(Wrong::Status, format_args!("logged: {line}"));
        }
        self.figures.finish();
    }
}

/// A proxy before each backend.
pub struct Backends(Vec<(Part, Proxy)>);

impl Backends {
    /// Puts a proxy before each backend that these variables name.
    fn before(variables: &mut [(&'static str, String)], dice: &mut Dice) -> Self {
        let proxies = variables.iter_mut().filter_map(|(name, url)| {
            let part = match *name {
                "DATABASE_URL" | "AWS_ENDPOINT_URL_DYNAMODB" => Part::Database,
                "REDIS_URL" => Part::Cache,
                "AWS_ENDPOINT_URL_S3" => Part::Images,
                "AWS_ENDPOINT_URL_SES" => Part::Mail,
                _ => return None,
            };
            let backend = authority(url).to_owned();
            let proxy = Proxy::before(&backend, dice);
            *url = url.replacen(&backend, &proxy.address.to_string(), 1);
            Some((part, proxy))
        });
        Self(proxies.collect())
    }

    /// The proxy before a part.
    pub fn proxy(&self, part: Part) -> &Proxy {
        let found = self.0.iter().find(|(known, _)| *known == part);
        &found.unwrap_or_else(|| panic!("the store has no {part:?}")).1
    }
}

fn is_error(line: &str) -> bool {
    match serde_json::from_str::<Value>(line) {
        Ok(line) => {
            let own = line["event"] == "backend_down" || line["span"]["function"] == "alerts";
            line["level"] == "ERROR" && !own
        }
        Err(_) => true,
    }
}

/// The marks of a title's reviews, read page by page.
fn marks(client: &Client, title: &str) -> Vec<i64> {
    let (mut marks, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/titles/{title}/reviews?limit=100{cursor}");
        let page = client.ask("GET", &path).expect(200);
        let items = page.body()["items"].as_array().expect("a list");
        marks.extend(items.iter().map(|review| review["rating"].as_i64().expect("a mark")));
        match page.body()["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return marks,
        }
    }
}
