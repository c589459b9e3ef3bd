//! `/api/v1/reviews`, on a real Postgres.

use serde_json::json;

use crate::support::World;

#[tokio::test]
async fn a_review_is_in_the_average_when_the_call_returns() {
    let world = World::new().await;
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    let title = anna.add_title("game", "The Dunes", 2020).await;
    anna.add_review(&title, 100).await;
    let id = boris.add_review(&title, 51).await;
    let shown = anna.get(&format!("/api/v1/titles/{title}")).await.expect(200);
    assert_eq!((&shown.body["rating"], &shown.body["reviews_count"]), (&json!(75.5), &json!(2)));
    boris.delete(&format!("/api/v1/reviews/{id}")).await.expect(204);
    let shown = anna.get(&format!("/api/v1/titles/{title}")).await.expect(200);
    assert_eq!((&shown.body["rating"], &shown.body["reviews_count"]), (&json!(100.0), &json!(1)));
}

#[tokio::test]
async fn a_review_of_no_title_is_not_found() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let body = json!({"title_id": "019aa5c4-6f00-7cc3-98c4-dc0c0c07398f", "rating": 50, "text": ""});
    assert_eq!(anna.post("/api/v1/reviews", body).await.refusal(), "404 not_found");
    assert_eq!(world.db_count("select count(*) from reviews").await, 0);
}
