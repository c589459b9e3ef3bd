use std::time::Duration;

use adapter_postgres::testing::TestDatabase;
use models::{Name, TitleId, Username};
use uuid::Uuid;

use super::blocks::Blocks;
use crate::capacity::scene::Scene;
use crate::support::{Store, World};

/// A world whose catalogue has so many titles, what counts its blocks, and the title that everybody knows.
pub(super) async fn of(titles: u32) -> (Scene<Blocks>, TitleId) {
    let database = TestDatabase::new().await;
    let blocks = Blocks::of(&database.url).await;
    blocks.run(&format!("set growth.titles = {titles}")).await;
    blocks.run(include_str!("load.sql")).await;
    rest(&blocks).await;
    check(&blocks, titles).await;
    let store = Store::Postgres(database);
    let ports = store.ports();
    let database = store.ports().0;
    let world = World::on(store, ports, World::wide_rules()).await;
    let known = blocks.rows("select id from titles order by id limit 1").await[0].get::<_, Uuid>(0);
    (Scene { world, database, count: blocks, lines: Vec::new() }, TitleId::new(known))
}

/// As autovacuum leaves what has rested for a while; a vacuum that finds few dead entries would leave those. What another
/// session may still see stays, be it for a moment, such as while the server analyses its own tables: then it is done again.
async fn rest(blocks: &Blocks) {
    const NOT_AT_REST: &str = "
        select count(*) from pg_class
        where relkind = 'r' and relnamespace = 'public'::regnamespace and relallvisible < relpages";
    for _ in 0..20 {
        blocks.run("vacuum (analyze, index_cleanup on)").await;
        if blocks.rows(NOT_AT_REST).await[0].get::<_, i64>(0) == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    panic!("somebody keeps old rows from being removed");
}

/// What was loaded is what the application would have kept.
async fn check(blocks: &Blocks, titles: u32) {
    let wrong: i64 = blocks.rows(include_str!("consistent.sql")).await[0].get(0);
    assert_eq!(wrong, 0, "records that are not as the application keeps them");
    let counts = blocks.rows("select count(*), max(rating_count) from titles").await;
    assert_eq!(counts[0].get::<_, i64>(0), i64::from(titles));
    let hot = i32::try_from(titles / 2).expect("a count");
    assert!((hot..=hot + 1).contains(&counts[0].get::<_, i32>(1)), "the hot title has everybody's review");
    keys(blocks).await;
}

/// Names and usernames have the keys and words that the models make of them.
async fn keys(blocks: &Blocks) {
    let names =
        "select name, name_key, (select array_agg(word order by word) from title_words where title_id = t.id)
        from titles t order by id desc limit 20";
    for row in blocks.rows(names).await {
        let name = Name::try_from(row.get::<_, String>(0)).expect("a name");
        let key = blocks.rows(&format!("select sha256(convert_to('{}', 'UTF8'))", name.key())).await;
        assert_eq!(row.get::<_, Vec<u8>>(1), key[0].get::<_, Vec<u8>>(0), "the key of a name");
        let mut words = name.words();
        words.sort_unstable();
        assert_eq!(row.get::<_, Vec<String>>(2), words, "the words of a name");
    }
    for row in blocks.rows("select username, username_key from profiles order by user_id limit 20").await {
        let username = Username::try_from(row.get::<_, String>(0)).expect("a username");
        assert_eq!(row.get::<_, String>(1), username.key(), "the key of a username");
    }
}
