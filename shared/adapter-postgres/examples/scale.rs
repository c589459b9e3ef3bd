#![allow(warnings)]
use adapter_postgres::*;
use contract::chance::{Dice, after, id, later, now};
use contract::made;
use models::*;
use ports::*;
use std::time::Instant;

#[tokio::main]
async fn main() {
    let url = std::env::args().nth(1).unwrap();
    let n: usize = std::env::args().nth(2).unwrap().parse().unwrap();
    let settings = Settings { connections: 2, ..Settings::new(&url) };
    migrate(&settings).await.unwrap();
    let store = Postgres::new(&settings).unwrap();
    let load = Loader::new(store.clone());
    let words = [
        "dark",
        "sky",
        "red",
        "moon",
        "lost",
        "king",
        "fire",
        "iron",
        "deep",
        "wild",
        "старый",
        "новый",
        "мир",
        "ночь",
        "день",
        "путь",
        "город",
        "лес",
    ];
    let mut dice = Dice::new(1);
    let begin = now();
    let t0 = Instant::now();
    let users: Vec<SeedUser> = (0..3000)
        .map(|i| SeedUser {
            id: UserId::new(id()),
            email: made::email(),
            username: made::username(&format!("user_{i}")),
            password_hash: "x".into(),
            joined_at: begin,
        })
        .collect();
    for c in users.chunks(1000) {
        load.users(c).await.unwrap();
    }
    let mut titles: Vec<TitleId> = vec![];
    for chunk in 0..n.div_ceil(2000) {
        let batch: Vec<Title> = (0..2000.min(n - chunk * 2000))
            .map(|i| {
                let name = format!(
                    "{} {} {} {}",
                    dice.pick(&words),
                    dice.pick(&words),
                    made::some_word(),
                    dice.roll(1000)
                );
                let kind = if dice.roll(4) == 0 { *dice.pick(TitleType::ALL) } else { TitleType::Movie };
                made::title(&name, kind, 1950 + dice.roll(70) as i64)
            })
            .collect();
        titles.extend(batch.iter().map(|t| t.id));
        load.titles(&batch).await.unwrap();
    }
    println!("titles {:?}", t0.elapsed());
    // reviews: ~1 per title for 60%, by random users
    let mut reviews = vec![];
    let mut walks = vec![];
    let mut seen = std::collections::HashSet::new();
    for t in &titles {
        if dice.roll(10) < 6 {
            let u = dice.pick(&users).id;
            if seen.insert((*t, u)) {
                reviews.push(made::review(
                    *t,
                    u,
                    dice.roll(101) as i64,
                    later(begin, dice.roll(1000000) as i64),
                ));
                walks.push(made::walk(
                    *t,
                    u,
                    *dice.pick(WalkState::ALL),
                    later(begin, dice.roll(1000000) as i64),
                ));
            }
        }
    }
    let hot = titles[titles.len() / 2];
    let heavy = users[7].id;
    for u in &users {
        if seen.insert((hot, u.id)) {
            reviews.push(made::review(
                hot,
                u.id,
                dice.roll(101) as i64,
                later(begin, dice.roll(1000000) as i64),
            ));
            walks.push(made::walk(
                hot,
                u.id,
                *dice.pick(WalkState::ALL),
                later(begin, dice.roll(1000000) as i64),
            ));
        }
    }
    for t in titles.iter().take(1900) {
        if seen.insert((*t, heavy)) {
            reviews.push(made::review(
                *t,
                heavy,
                dice.roll(101) as i64,
                later(begin, dice.roll(1000000) as i64),
            ));
            walks.push(made::walk(
                *t,
                heavy,
                *dice.pick(WalkState::ALL),
                later(begin, dice.roll(1000000) as i64),
            ));
        }
    }
    for c in reviews.chunks(2000) {
        load.reviews(c).await.unwrap();
    }
    for c in walks.chunks(2000) {
        load.walks(c).await.unwrap();
    }
    println!("all {:?} reviews {}", t0.elapsed(), reviews.len());
    let (client, c) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(c);
    client.batch_execute("vacuum analyze").await.unwrap();
    let db = url.rsplit('/').next().unwrap().to_string();
    for s in [
        "session_preload_libraries='auto_explain'",
        "auto_explain.log_min_duration=0",
        "auto_explain.log_analyze=on",
        "auto_explain.log_buffers=on",
        "auto_explain.log_timing=off",
    ] {
        client.batch_execute(&format!("alter database {db} set {s}")).await.unwrap();
    }
    let store = Postgres::new(&settings).unwrap();
    let mark = |s: String| {
        let store = store.clone();
        let settings = settings.clone();
        async move {
            let (client, c) = tokio_postgres::connect(&settings.url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(c);
            client.query_typed(&format!("select 'MARK {s}'"), &[]).await.unwrap();
        }
    };
    let viewer = users[9].id;
    // warm catalogs
    for _ in 0..2 {
        store.find_title(hot, viewer).await;
    }
    mark("find title".into()).await;
    store.find_title(hot, viewer).await;
    for sort in [TitleSort::Id, TitleSort::ReleaseYear, TitleSort::Rating] {
        for order in [Order::Asc, Order::Desc] {
            let q = TitleQuery { kind: TitleType::Movie, search: None, sort, order };
            let mut after = None;
            let pages = 40;
            for p in 0..pages {
                if p == 0 || p == pages - 1 {
                    mark(format!("list {sort:?} {order:?} page {p}")).await;
                } else {
                    mark("skip".into()).await
                }
                let page = Titles::list(&store, &q, PageRequest { limit: 20, after }).await.unwrap();
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            // into the unrated
            if sort == TitleSort::Rating {
                mark(format!("list {sort:?} {order:?} unrated")).await;
                let e = titles[titles.len() / 3].uuid();
                Titles::list(
                    &store,
                    &q,
                    PageRequest { limit: 20, after: Some(Position { value: None, id: e }) },
                )
                .await
                .unwrap();
                mark(format!("list {sort:?} {order:?} deep")).await;
                Titles::list(
                    &store,
                    &q,
                    PageRequest { limit: 20, after: Some(Position { value: Some(440), id: e }) },
                )
                .await
                .unwrap();
            }
        }
    }
    mark("hot reviews newest".into()).await;
    let p = Reviews::of_title(
        &store,
        hot,
        ReviewSort::UpdatedAt,
        Order::Desc,
        PageRequest { limit: 20, after: None },
    )
    .await
    .unwrap()
    .unwrap();
    let mut after = p.next;
    for _ in 0..20 {
        mark("skip".into()).await;
        after = Reviews::of_title(
            &store,
            hot,
            ReviewSort::UpdatedAt,
            Order::Desc,
            PageRequest { limit: 20, after },
        )
        .await
        .unwrap()
        .unwrap()
        .next;
    }
    mark("hot reviews newest page 22".into()).await;
    Reviews::of_title(&store, hot, ReviewSort::UpdatedAt, Order::Desc, PageRequest { limit: 20, after })
        .await
        .unwrap();
    mark("hot reviews best".into()).await;
    Reviews::of_title(&store, hot, ReviewSort::Rating, Order::Desc, PageRequest { limit: 20, after: None })
        .await
        .unwrap();
    mark("hot reviews worst deep".into()).await;
    Reviews::of_title(
        &store,
        hot,
        ReviewSort::Rating,
        Order::Asc,
        PageRequest { limit: 20, after: Some(Position { value: Some(50), id: viewer.uuid() }) },
    )
    .await
    .unwrap();
    mark("hot walks all".into()).await;
    let p = Walks::of_title(&store, hot, &[], PageRequest { limit: 20, after: None }).await.unwrap().unwrap();
    mark("hot walks two states".into()).await;
    Walks::of_title(
        &store,
        hot,
        &[WalkState::Planned, WalkState::Dropped],
        PageRequest { limit: 20, after: p.next },
    )
    .await
    .unwrap();
    mark("heavy walks".into()).await;
    let p = Walks::of_user(&store, heavy, &WalkFilter::default(), PageRequest { limit: 20, after: None })
        .await
        .unwrap()
        .unwrap();
    mark("heavy walks page 2".into()).await;
    Walks::of_user(&store, heavy, &WalkFilter::default(), PageRequest { limit: 20, after: p.next })
        .await
        .unwrap();
    mark("heavy walks filtered".into()).await;
    Walks::of_user(
        &store,
        heavy,
        &WalkFilter { kinds: vec![TitleType::Anime], states: vec![WalkState::Planned] },
        PageRequest { limit: 20, after: None },
    )
    .await
    .unwrap();
    mark("heavy reviews".into()).await;
    Reviews::of_user(&store, heavy, &[], PageRequest { limit: 20, after: None }).await.unwrap();
    mark("heavy reviews filtered".into()).await;
    Reviews::of_user(&store, heavy, &[TitleType::Movie], PageRequest { limit: 20, after: None })
        .await
        .unwrap();
    mark("light profile".into()).await;
    Users::find(&store, viewer).await.unwrap();
    mark("heavy profile".into()).await;
    Users::find(&store, heavy).await.unwrap();
    for q in ["dark", "d", "с", "мир", "dark red", &format!("{} moo", "dar")] {
        for sort in [TitleSort::Id, TitleSort::ReleaseYear, TitleSort::Rating] {
            mark(format!("search {q} {sort:?}")).await;
            let t = Instant::now();
            let r = Titles::list(
                &store,
                &TitleQuery {
                    kind: TitleType::Movie,
                    search: Search::parse(q).unwrap(),
                    sort,
                    order: Order::Desc,
                },
                PageRequest { limit: 20, after: None },
            )
            .await
            .unwrap();
            println!("search {q} {sort:?} {:?} {}", t.elapsed(), r.items.len());
        }
    }
    let r = &reviews[0];
    mark("write add review".into()).await;
    Reviews::add(&store, &made::review(titles[titles.len() - 1], viewer, 50, now())).await.unwrap();
    mark("write change review".into()).await;
    Reviews::change(
        &store,
        ReviewRef::Id(r.id),
        r.user_id,
        ReviewPatch { rating: Some(made::rating(3)), text: None },
        now(),
    )
    .await
    .unwrap();
    mark("write delete review".into()).await;
    Reviews::delete(&store, r.id, r.user_id).await.unwrap();
    let t = Instant::now();
    Users::delete(&store, heavy, "x").await.unwrap();
    println!("delete heavy user {:?}", t.elapsed());
    let t = Instant::now();
    Titles::delete(&store, hot, viewer, true).await.unwrap();
    println!("delete hot title {:?}", t.elapsed());
    mark("END".into()).await;
}
trait F {
    async fn find_title(&self, t: TitleId, u: UserId);
}
impl F for Postgres {
    async fn find_title(&self, t: TitleId, u: UserId) {
        Titles::find(self, t, u).await.unwrap();
    }
}
