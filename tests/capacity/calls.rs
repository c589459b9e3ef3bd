use http::Method;
use models::{TitleId, UserId};
use serde_json::json;

use super::scene::{Caller, Count, Scene};
use crate::support::png;

const PASSWORD: &str = "лиловый трактор едет в Омск";
const ANOTHER: &str = "a lilac tractor to Omsk";

/// The way in and out.
pub(crate) async fn accounts(scene: &mut Scene<impl Count>) -> (Caller, UserId) {
    let email = json!({"email": "anna@example.org"});
    let ask = email.clone();
    scene
        .note(("POST /auth/email/validate", ""), async |w| {
            w.anybody().post("/api/v1/auth/email/validate", ask).await
        })
        .await;
    let body =
        json!({"email": "anna@example.org", "username": "anna", "password": PASSWORD, "code": scene.code()});
    let made = scene
        .note(("POST /auth/signin", ""), async |w| w.anybody().post("/api/v1/auth/signin", body).await)
        .await;
    let login = |password: &str| json!({"email": "anna@example.org", "password": password});
    // The first on a connection reads the catalogue for the plans of `open_session`.
    let first = scene.world.anybody().post("/api/v1/auth/token", login(PASSWORD)).await.expect(200);
    let first = Caller(first.text("/access_token"));
    first.send(&scene.world, Method::POST, "/auth/logout", Some(json!({}))).await.expect(204);
    let pair = scene
        .note(("POST /auth/token", ""), async |w| {
            w.anybody().post("/api/v1/auth/token", login(PASSWORD)).await
        })
        .await;
    let refresh = json!({"refresh_token": pair.text("/refresh_token")});
    scene
        .note(("POST /auth/token/update", ""), async |w| {
            w.anybody().post("/api/v1/auth/token/update", refresh).await
        })
        .await;
    let caller = Caller(made.text("/tokens/access_token"));
    let sessions =
        scene.note(("GET /auth/sessions", ""), async |w| caller.get(w, "/auth/sessions").await).await;
    let ended =
        sessions.body["items"].as_array().expect("a list").iter().find(|s| s["current"] == json!(false));
    let path = format!("/auth/sessions/{}", ended.expect("another session")["id"].as_str().expect("an id"));
    scene
        .note(("DELETE /auth/sessions/{id}", ""), async |w| caller.send(w, Method::DELETE, &path, None).await)
        .await;
    scene.world.anybody().post("/api/v1/auth/token", login(PASSWORD)).await.expect(200);
    scene
        .note(("DELETE /auth/sessions", "one other"), async |w| {
            caller.send(w, Method::DELETE, "/auth/sessions", None).await
        })
        .await;
    let leaves = scene.world.anybody().post("/api/v1/auth/token", login(PASSWORD)).await.expect(200);
    let leaves = Caller(leaves.text("/access_token"));
    scene
        .note(("POST /auth/logout", ""), async |w| {
            leaves.send(w, Method::POST, "/auth/logout", Some(json!({}))).await
        })
        .await;
    let change = json!({"current_password": PASSWORD, "new_password": ANOTHER});
    scene
        .note(("POST /auth/password/change", ""), async |w| {
            caller.send(w, Method::POST, "/auth/password/change", Some(change)).await
        })
        .await;
    let new = json!({"email": "anna.new@example.org"});
    caller.send(&scene.world, Method::POST, "/auth/email/validate", Some(new)).await.expect(202);
    let body = json!({"email": "anna.new@example.org", "password": ANOTHER, "code": scene.code()});
    scene
        .note(("POST /auth/email/change", ""), async |w| {
            caller.send(w, Method::POST, "/auth/email/change", Some(body)).await
        })
        .await;
    let id = made.text("/user/id").parse().expect("an id");
    (caller, id)
}

pub(crate) async fn restore(scene: &mut Scene<impl Count>) -> Caller {
    let path = "/api/v1/auth/password/restore";
    let email = "anna.new@example.org";
    let ask = json!({"email": email});
    scene.note(("POST /auth/password/restore", ""), async |w| w.anybody().post(path, ask).await).await;
    let check = json!({"email": email, "code": scene.code()});
    let verify = format!("{path}/verify");
    scene
        .note(("POST /auth/password/restore/verify", ""), async |w| w.anybody().post(&verify, check).await)
        .await;
    let new = json!({"email": email, "code": scene.code(), "new_password": PASSWORD});
    scene
        .note(("PUT /auth/password/restore", "one session"), async |w| w.anybody().put(path, new).await)
        .await;
    let login = json!({"email": email, "password": PASSWORD});
    let pair = scene.world.anybody().post("/api/v1/auth/token", login).await.expect(200);
    Caller(pair.text("/access_token"))
}

pub(crate) async fn catalogue(scene: &mut Scene<impl Count>, caller: &Caller, known: TitleId) {
    let body = json!({"name": "The Dunes by Night", "description": "d".repeat(500), "type": "game", "release_year": 2026});
    let added = scene
        .note(("POST /titles", "a name of four words"), async |w| {
            caller.send(w, Method::POST, "/titles", Some(body)).await
        })
        .await;
    for (how, query) in [
        ("20 by id", "sort=id"),
        ("20 by year", "sort=release_year"),
        ("20 by rating", "sort=rating"),
        ("a search that finds one", "search=00017"),
    ] {
        let path = format!("/titles?type=game&{query}");
        scene.note(("GET /titles", how), async |w| caller.get(w, &path).await).await;
    }
    let title = format!("/titles/{known}");
    scene.note(("GET /titles/{id}", ""), async |w| caller.get(w, &title).await).await;
    for (endpoint, part) in
        [("GET /titles/{id}/reviews", "reviews?limit=20"), ("GET /titles/{id}/walks", "walks?limit=20")]
    {
        let path = format!("{title}/{part}");
        scene.note((endpoint, "20"), async |w| caller.get(w, &path).await).await;
    }
    let own = format!("/titles/{}", added.text("/id"));
    for (how, body) in [
        ("the description", json!({"description": "e".repeat(500)})),
        ("a name of four words", json!({"name": "Some Dunes by Day"})),
    ] {
        scene
            .note(("PATCH /titles/{id}", how), async |w| {
                caller.send(w, Method::PATCH, &own, Some(body)).await
            })
            .await;
    }
    let cover = format!("/api/v1{own}/cover");
    scene
        .note(("POST /titles/{id}/cover", ""), async |w| {
            let client = w.anybody().with("authorization", &format!("Bearer {}", caller.0));
            client.send(Method::POST, &cover, Some("image/png"), png(80, 80)).await
        })
        .await;
    let history = format!("{own}/history");
    scene.note(("GET /titles/{id}/history", "3"), async |w| caller.get(w, &history).await).await;
    scene
        .note(("DELETE /titles/{id}", "3 changes"), async |w| {
            caller.send(w, Method::DELETE, &own, None).await
        })
        .await;
}

/// Walks and reviews, on the title that everybody knows.
pub(crate) async fn records(scene: &mut Scene<impl Count>, caller: &Caller, known: TitleId) {
    let walk = |state: &str| json!({"title_id": known.to_string(), "state": state});
    let id = scene
        .note(("POST /walks", ""), async |w| {
            caller.send(w, Method::POST, "/walks", Some(walk("planned"))).await
        })
        .await
        .text("/id");
    let path = format!("/walks/{id}");
    scene.note(("GET /walks/{id}", ""), async |w| caller.get(w, &path).await).await;
    scene
        .note(("PATCH /walks", ""), async |w| {
            caller.send(w, Method::PATCH, "/walks", Some(walk("completed"))).await
        })
        .await;
    scene
        .note(("PATCH /walks/{id}", ""), async |w| {
            caller.send(w, Method::PATCH, &path, Some(json!({"state": "planned"}))).await
        })
        .await;
    scene.note(("DELETE /walks/{id}", ""), async |w| caller.send(w, Method::DELETE, &path, None).await).await;
    let review = json!({"title_id": known.to_string(), "rating": 70, "text": "t".repeat(300)});
    let id = scene
        .note(("POST /reviews", "the rounded average stays"), async |w| {
            caller.send(w, Method::POST, "/reviews", Some(review)).await
        })
        .await
        .text("/id");
    let path = format!("/reviews/{id}");
    scene.note(("GET /reviews/{id}", ""), async |w| caller.get(w, &path).await).await;
    let words = json!({"title_id": known.to_string(), "text": "u".repeat(300)});
    scene
        .note(("PATCH /reviews", "the text"), async |w| {
            caller.send(w, Method::PATCH, "/reviews", Some(words)).await
        })
        .await;
    scene
        .note(("PATCH /reviews/{id}", "the mark, and the average moves"), async |w| {
            caller.send(w, Method::PATCH, &path, Some(json!({"rating": 0}))).await
        })
        .await;
    scene
        .note(("DELETE /reviews/{id}", "the average moves"), async |w| {
            caller.send(w, Method::DELETE, &path, None).await
        })
        .await;
}

pub(crate) async fn people(scene: &mut Scene<impl Count>, caller: &Caller, id: UserId) {
    scene.history(id, 25).await;
    scene.note(("GET /user/@me", "25 walks"), async |w| caller.get(w, "/user/@me").await).await;
    for (endpoint, how, path) in [
        ("GET /user/{user_id}", "25 walks", format!("/user/{id}")),
        ("GET /user/{user_id}/walks", "20", format!("/user/{id}/walks?limit=20")),
        ("GET /user/{user_id}/reviews", "20", format!("/user/{id}/reviews?limit=20")),
        ("GET /user/@me/export", "25 walks, 25 reviews", "/user/@me/export".to_owned()),
    ] {
        scene.note((endpoint, how), async |w| caller.get(w, &path).await).await;
    }
    for (how, body) in [
        ("the text, 25 walks", json!({"about": "a".repeat(300)})),
        ("the name, 25 walks", json!({"username": "hanna"})),
    ] {
        scene
            .note(("PATCH /user/@me", how), async |w| {
                caller.send(w, Method::PATCH, "/user/@me", Some(body)).await
            })
            .await;
    }
    scene
        .note(("PUT /user/@me/avatar", "25 walks"), async |w| {
            let client = w.anybody().with("authorization", &format!("Bearer {}", caller.0));
            client.send(Method::PUT, "/api/v1/user/@me/avatar", Some("image/png"), png(80, 80)).await
        })
        .await;
    scene
        .note(("DELETE /user/@me/avatar", "25 walks"), async |w| {
            caller.send(w, Method::DELETE, "/user/@me/avatar", None).await
        })
        .await;
    let password = json!({"password": PASSWORD});
    scene
        .note(("DELETE /user/@me", "25 walks, 25 reviews, 3 sessions' tokens"), async |w| {
            caller.send(w, Method::DELETE, "/user/@me", Some(password)).await
        })
        .await;
}
