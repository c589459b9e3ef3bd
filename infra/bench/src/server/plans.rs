use anyhow::Context as _;
use serde_json::json;

use crate::load::{Client, Requests};

/// So many walks and reviews of one person are changed in turn, or all would wait for one row.
const OWN: usize = 32;

/// How an endpoint is loaded.
pub struct Plan {
    /// As the page calls it.
    pub name: &'static str,
    /// Whether a target is set for it.
    pub bound: bool,
    /// What is sent.
    pub requests: Requests,
    /// What pgbench draws anew in its statement: which value, and from where to where.
    pub drawn: Option<(usize, [u16; 2])>,
    /// Whether pgbench runs the same beside it.
    pub compared: bool,
    /// The titles that writes go to, the first request's first.
    pub titles: Vec<String>,
}

/// Every read endpoint, and the writes that change what is there.
pub fn all(client: &Client) -> anyhow::Result<Vec<Plan>> {
    let titles = client.get("/titles?type=game&sort=id&limit=50")?;
    let ids: Vec<String> = titles["items"]
        .as_array()
        .context("titles")?
        .iter()
        .filter_map(|title| title["id"].as_str().map(str::to_owned))
        .collect();
    let first = ids.first().context("there are no titles")?;
    let (walks, reviews) = own(client, &ids)?;
    let (walk, review) = (&walks[0], &reviews[0]);
    let me = client.get("/user/@me")?["id"].as_str().context("a person")?.to_owned();
    let read = |name, path: String| Plan {
        name,
        bound: false,
        requests: Requests { method: "GET", lines: vec![(path, String::new())], encoding: None },
        drawn: None,
        compared: true,
        titles: Vec::new(),
    };
    let bound = |plan: Plan| Plan { bound: true, ..plan };
    let compressed = |plan: Plan| Plan {
        compared: false,
        requests: Requests { encoding: Some("gzip"), ..plan.requests },
        ..plan
    };
    let mut plans = vec![
        bound(read("GET /titles/{id}", format!("/titles/{first}"))),
        bound(read("GET /titles by id", "/titles?type=game&sort=id".into())),
        bound(read("GET /titles by year", "/titles?type=game&sort=release_year".into())),
        bound(read("GET /titles by rating", "/titles?type=game&sort=rating".into())),
        compressed(read("GET /titles by id, gzip", "/titles?type=game&sort=id".into())),
        read("GET /titles, a search", "/titles?type=game&search=Beacon%20Sil".into()),
        read("GET /titles/{id}/reviews", format!("/titles/{first}/reviews")),
        read("GET /titles/{id}/walks", format!("/titles/{first}/walks")),
        read("GET /titles/{id}/history", format!("/titles/{first}/history")),
        read("GET /walks/{id}", format!("/walks/{walk}")),
        read("GET /reviews/{id}", format!("/reviews/{review}")),
        read("GET /user/@me", "/user/@me".into()),
        read("GET /user/{user_id}", format!("/user/{me}")),
        read("GET /user/{user_id}/walks", format!("/user/{me}/walks")),
        read("GET /user/{user_id}/reviews", format!("/user/{me}/reviews")),
        read("GET /user/@me/export", "/user/@me/export".into()),
        read("GET /auth/sessions", "/auth/sessions".into()),
        read("GET /auth/.well-known/jwks.json", "/auth/.well-known/jwks.json".into()),
        read("GET /health", "/health".into()),
        read("GET /openapi.json", "/openapi.json".into()),
    ];
    plans.extend(writes(&ids));
    Ok(plans)
}

/// Gives the person walks and reviews of the first titles, and tells their ids.
fn own(client: &Client, titles: &[String]) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let (mut walks, mut reviews) = (Vec::new(), Vec::new());
    let id = |made: serde_json::Value| made["id"].as_str().map(str::to_owned).context("an id");
    for title in titles.iter().take(OWN) {
        walks.push(id(made(client, "walk", title, &json!({"title_id": title, "state": "planned"}))?)?);
        let review = json!({"title_id": title, "rating": 50, "text": "Made up. ".repeat(10)});
        reviews.push(id(made(client, "review", title, &review)?)?);
    }
    Ok((walks, reviews))
}

/// The person's walk or review of a title, made where it is not there.
fn made(
    client: &Client,
    what: &str,
    title: &str,
    body: &serde_json::Value,
) -> anyhow::Result<serde_json::Value> {
    let there = client.get(&format!("/titles/{title}"))?;
    match &there[format!("my_{what}")] {
        serde_json::Value::Null => client.send("POST", &format!("/{what}s"), body),
        there => Ok(there.clone()),
    }
}

/// The writes: what pgbench draws anew in its statement is what these change from request to request.
fn writes(titles: &[String]) -> Vec<Plan> {
    let plan = |name, method, lines, drawn: Option<(usize, [u16; 2])>| Plan {
        name,
        bound: false,
        requests: Requests { method, lines, encoding: None },
        drawn,
        compared: drawn.is_some(),
        titles: if drawn.is_some() { titles.iter().take(OWN).cloned().collect() } else { Vec::new() },
    };
    let own = titles.iter().take(OWN);
    let states = ["planned", "in_progress", "on_hold", "dropped", "completed"];
    let walks = states.iter().flat_map(|state| {
        own.clone()
            .map(move |title| ("/walks".to_owned(), json!({"title_id": title, "state": state}).to_string()))
    });
    let reviews = (0..7).flat_map(|round| {
        own.clone().map(move |title| {
            ("/reviews".to_owned(), json!({"title_id": title, "rating": round * 13}).to_string())
        })
    });
    let added =
        json!({"name": "Added {n}", "description": "Made up.", "type": "movie", "release_year": 2020});
    vec![
        plan("PATCH /walks", "PATCH", walks.collect(), Some((3, [1, 6]))),
        plan("PATCH /reviews", "PATCH", reviews.collect(), Some((3, [0, 100]))),
        plan("POST /titles", "POST", vec![("/titles".to_owned(), added.to_string())], None),
    ]
}
